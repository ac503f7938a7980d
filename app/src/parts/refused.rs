//! What became of own changes, where it is not simply done: refused, merged, met by another. Each with what was
//! wanted and its content to copy; what hangs on a refusal stands under it, one thing to look at instead of twenty.

mod status;

use domain::ReleaseId;
use domain::release::{OpId, Stage};
use domain::sync::client::{Link, Standing};
use domain::sync::store::StoreFault;
use domain::sync::{MergeNote, OpEnvelope, Outcome, ReleaseOp, undo_part};
use leptos::prelude::*;

use super::conflicts::changed_lines;
use super::describe::{op_content, op_words};
use super::people::use_people;
use crate::client::sync::use_sync;
use crate::client::worker::{self, Update, use_worker};
use crate::paths;
use crate::state::use_session;
use crate::ui::{Button, CopyButton, For, Icon, LinkButton, Moment, icon};
use crate::words;

/// An outcome to be seen, and what hangs on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its op.
    pub op: OpEnvelope,
    /// What became of it.
    pub outcome: Outcome,
    /// Ops that were refused because of it.
    pub dependents: Vec<OpEnvelope>,
    /// A conflict that nobody has decided yet.
    pub open: bool,
    /// It was sent again after the server was restored.
    pub again: bool,
}

impl Told {
    /// Its content is nowhere else.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Rejected { .. })
    }
}

/// All outcomes to be seen, oldest first; tracks.
#[must_use]
pub fn use_told() -> Memo<Vec<Told>> {
    let sync = use_sync();
    Memo::new(move |_| {
        let told = sync.read(|machine| {
            let groups = machine.cards().into_iter();
            let told = groups.map(|group| Told {
                op: group.root.op.clone(),
                outcome: group.root.outcome.clone(),
                dependents: group.dependents.iter().map(|(_, card)| card.op.clone()).collect(),
                open: group.open,
                again: group.root.again,
            });
            told.collect()
        });
        told.unwrap_or_default()
    })
}

/// Outcomes of changes to this release, and why nothing is sent; nothing where there is nothing to say.
#[component]
pub fn RefusedCards(
    /// The release.
    #[prop(into)]
    release: Signal<Option<ReleaseId>>,
) -> impl IntoView {
    let told = use_told();
    let here = move || {
        let id = release.get();
        let of_release = |told: &Told| Some(told.op.release) == id;
        // What met another change is decided in the panel of conflicts.
        let elsewhere = |told: &Told| matches!(told.outcome, Outcome::Conflicted { .. });
        told.with(|told| {
            let mine = told.iter().filter(|told| of_release(told) && !elsewhere(told));
            mine.cloned().collect::<Vec<_>>()
        })
    };
    view! {
        <HaltBar />
        <For each=here key=key children=|told| view! { <ToldCard told=told /> } />
    }
}

/// What tells one card from another, for lists.
#[must_use]
pub fn key(told: &Told) -> (OpId, usize, bool) {
    (told.op.id, told.dependents.len(), told.open)
}

/// One outcome.
#[component]
pub fn ToldCard(
    /// Which.
    told: Told,
    /// Among those of other releases: says and links which.
    #[prop(optional)]
    named: bool,
) -> impl IntoView {
    let (sync, session, people) = (use_sync(), use_session(), use_people());
    let id = told.op.release;
    let shown = untrack(|| session.me()).map(|me| untrack(|| sync.shown(id, &me.actor)));
    let release = shown.and_then(|shown| shown.release);
    let what = |op: &OpEnvelope| op_words(&op.op, release.as_ref());
    let (tone, picture, headline, text) = match &told.outcome {
        Outcome::Rejected { reason, .. } => (
            "danger",
            Icon::Warning,
            format!("Not stored: {}", what(&told.op)),
            reason.to_string(),
        ),
        Outcome::Merged { note, .. } => (
            "info",
            Icon::Check,
            format!("Merged: {}", what(&told.op)),
            merged(note, &told.op.op),
        ),
        Outcome::Conflicted { .. } => (
            "warning",
            Icon::Warning,
            format!("Met another change: {}", what(&told.op)),
            if told.open {
                "Somebody changed the same thing. Both versions are kept until somebody decides.".into()
            } else {
                "It has been decided.".into()
            },
        ),
        Outcome::Applied { .. } => (
            "info",
            Icon::Check,
            format!("Stored: {}", what(&told.op)),
            String::new(),
        ),
    };
    let title = release
        .as_ref()
        .map_or_else(|| "a release".to_owned(), |release| release.title().to_owned());
    let place = named.then(|| {
        view! { <a href=paths::release_by_id(id)>{title}</a> " · " }
    });
    let undo = matches!(told.outcome, Outcome::Merged { .. }).then(|| {
        let release = release.as_ref().filter(|release| release.stage == Stage::Draft)?;
        undo_part(release, &told.op.op)
    });
    let undo = undo.flatten();
    let difference = match (&told.op.op, &undo) {
        (ReleaseOp::EditText { text, .. }, Some(ReleaseOp::EditText { base_text, .. })) => Some(view! {
            <details>
                <summary>"What stands now, against what you wrote"</summary>
                {changed_lines(text, base_text)}
            </details>
        }),
        _ => None,
    };
    let both = release
        .as_ref()
        .and_then(|release| status::sides(&told, release, people));
    let mine = release
        .as_ref()
        .and_then(|release| status::take_mine(&told, release));
    let content = op_content(&told.op.op, people);
    let copy = (!content.is_empty()).then(|| {
        view! {
            <div class="content">
                <pre>{content.clone()}</pre>
                <CopyButton text=content.clone() what="text" />
            </div>
        }
    });
    let again = told
        .again
        .then_some(" It was sent again because the server had been restored from a backup.");
    let hanging = (!told.dependents.is_empty()).then(|| {
        let count = u64::try_from(told.dependents.len()).unwrap_or(u64::MAX);
        let line = |op: &OpEnvelope| {
            let content = op_content(&op.op, people);
            view! { <li>{what(op)} {(!content.is_empty()).then(|| view! { <pre>{content}</pre> })}</li> }
        };
        view! {
            <details>
                <summary>{words::many(count, "change that rested on it", "changes that rested on it")}</summary>
                <ul>{told.dependents.iter().map(line).collect_view()}</ul>
            </details>
        }
    });
    let (op, made, open, refused) = (told.op.id, told.op.made.wall, told.open, told.is_refused());
    view! {
        <article class="ui-panel part-refused" data-tone=tone role=refused.then_some("alert")>
            <h3>{icon(picture)} {headline}</h3>
            <p>{place} {text} {again} " " <span class="soft meta"><Moment at=made /></span></p>
            {copy}
            {both}
            {difference}
            {hanging}
            <div class="ui-actions">
                {refused.then(|| view! { <Button icon=Icon::Retry on_press=move |()| sync.retry(op)>"Try again"</Button> })}
                {mine
                    .map(|mine| {
                        view! {
                            <Button on_press=move |()| {
                                sync.act(id, mine.clone());
                                sync.dismiss(vec![op]);
                            }>"Take mine"</Button>
                        }
                    })}
                {undo
                    .map(|undo| {
                        view! {
                            <Button on_press=move |()| {
                                sync.act(id, vec![undo.clone()]);
                                sync.dismiss(vec![op]);
                            }>"Undo my part"</Button>
                        }
                    })}
                {(open && named)
                    .then(|| view! { <LinkButton href=paths::release_by_id(id)>"Decide it"</LinkButton> })}
                {(!open)
                    .then(|| {
                        view! { <Button on_press=move |()| sync.dismiss(vec![op])>"Seen, take it away"</Button> }
                    })}
            </div>
        </article>
    }
}

fn merged(note: &MergeNote, op: &ReleaseOp) -> String {
    match note {
        MergeNote::KeptElement if matches!(op, ReleaseOp::SetChangeStatus { .. }) => {
            "Somebody else said something else about this change first; what they said stands.".into()
        }
        MergeNote::Text { at } => {
            format!(
                "Lines of yours and of somebody else's {} were put together. Read it once more.",
                at.label()
            )
        }
        MergeNote::AnchorGone => "The step before yours was deleted meanwhile; yours kept its place.".into(),
        MergeNote::KeptElement => {
            "Not removed: somebody else changed it meanwhile. Remove it again if you still want to.".into()
        }
    }
}

/// Says why nothing is kept or sent, where waiting does not cure it, and what to do.
#[component]
pub fn HaltBar() -> impl IntoView {
    let (sync, worker) = (use_sync(), use_worker());
    let halt = Memo::new(move |_| {
        let standing = sync.standing();
        let halt = Halt::of(&standing, worker.update.get() == Update::Ready)?;
        let waiting = u64::try_from(standing.waiting).unwrap_or(u64::MAX);
        let count = (waiting > 0).then(|| format!("{} to send. ", words::many(waiting, "change", "changes")));
        // The banner above the page says so already.
        let said = halt.remedy == Remedy::SignIn && waiting == 0;
        (!said).then(|| (count.unwrap_or_default() + &halt.text, halt.remedy))
    });
    let act = move |remedy: Remedy| match remedy {
        Remedy::Update => worker.consent(),
        Remedy::Look => worker.check(),
        Remedy::Reload => {
            let _ = window().location().reload();
        }
        Remedy::Retry | Remedy::SignIn => sync.wake(),
    };
    move || {
        halt.get().map(|(text, remedy)| {
            view! {
                <div class="ui-bar part-halt" data-tone="warning" role="alert">
                    {icon(Icon::Warning)}
                    <span>{text}</span>
                    <Button on_press=move |()| act(remedy)>{remedy.words()}</Button>
                </div>
            }
        })
    }
}

/// What a person can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    Retry,
    SignIn,
    Update,
    Look,
    Reload,
}

impl Remedy {
    fn words(self) -> &'static str {
        match self {
            Self::Retry | Self::SignIn => "Try again",
            Self::Update => "Update now",
            Self::Look => "Look for the update",
            Self::Reload => "Reload",
        }
    }
}

/// Why things stand still.
struct Halt {
    text: String,
    remedy: Remedy,
}

impl Halt {
    /// `update`: a newer build of the app is on this device and waits for consent.
    fn of(standing: &Standing, update: bool) -> Option<Self> {
        let halt = |text: &str, remedy| {
            Some(Self {
                text: text.to_owned(),
                remedy,
            })
        };
        if let Some(trouble) = &standing.trouble {
            let text = match trouble {
                StoreFault::Quota => {
                    "This device is full. What you did last is only in this window: leave it open, delete files or \
                     other apps to make room, then try again."
                }
                _ => {
                    "The browser did not keep what you did last. It is only in this window: leave it open. It is tried \
                     again by itself."
                }
            };
            return halt(text, Remedy::Retry);
        }
        match &standing.link {
            Link::Unknown | Link::Online { .. } | Link::Offline { .. } => None,
            Link::LoginNeeded => halt(
                "Your session has ended. What you do is kept on this device; sign in and it is sent.",
                Remedy::SignIn,
            ),
            Link::WrongUser => halt(
                "Somebody else is signed in now. These changes wait on this device until their author signs in here again.",
                Remedy::Retry,
            ),
            Link::UpdateNeeded if update => halt(
                "This page is older than the server. What waits stays on this device; update, and it is sent.",
                Remedy::Update,
            ),
            Link::UpdateNeeded if worker::is_supported() => halt(
                "This page is older than the server. What waits stays on this device. The newer page is fetched; when \
                 it is here, update, and what waits is sent.",
                Remedy::Look,
            ),
            Link::UpdateNeeded => halt(
                "This page is older than the server. What waits stays on this device; reload, and it is sent.",
                Remedy::Reload,
            ),
            Link::ServerTooOld => halt(
                "The server is older than this page and does not understand it. Nothing is lost: what waits stays on \
                 this device and is sent when the server has been updated. Tell whoever runs the server. What cannot \
                 wait you can export to a file.",
                Remedy::Retry,
            ),
            Link::Blocked { why } => halt(why, Remedy::Retry),
        }
    }
}
