use chrono::{DateTime, Utc};
use domain::StepId;
use domain::release::{Command, StepResult, StepState, Unmet, start_unmet};
use leptos::prelude::*;

use super::photos::PhotoField;
use super::{RunView, use_run};
use crate::client::clock;
use crate::parts::people::use_people;
use crate::state::{OpenRelease, use_release, use_session, use_unrecorded};
use crate::ui::{Button, ButtonKind, Confirm, Icon, TextArea, icon};
use crate::words;

/// What the person can do at the step, at the bottom where the thumbs are. What failed and what went well are far
/// apart; what needs words says so before it is sent.
#[component]
pub fn DeedBar(
    /// Which step.
    id: StepId,
) -> impl IntoView {
    let (open, view) = (use_release(), use_run());
    let phase = Memo::new(move |_| phase(id, open, view));
    view! {
        {move || match phase.get() {
            Phase::Closed(why) => view! { <p class="part-run-why">{icon(Icon::Lock)} {why}</p> }.into_any(),
            Phase::Startable => view! { <Startable id=id /> }.into_any(),
            Phase::Mine(since) => view! { <Writing id=id since=Some(since) /> }.into_any(),
            Phase::Theirs => view! { <Theirs id=id /> }.into_any(),
            Phase::Recorded => view! { <Recorded id=id /> }.into_any(),
        }}
    }
}

/// What the bar offers.
#[derive(Clone, PartialEq)]
enum Phase {
    /// Nothing, for this reason.
    Closed(String),
    /// To start; or to record what was done all the same.
    Startable,
    /// To record how it went; begun at this time.
    Mine(DateTime<Utc>),
    /// Somebody else is at it.
    Theirs,
    /// It has a record that stands.
    Recorded,
}

fn phase(id: StepId, open: OpenRelease, view: RunView) -> Phase {
    if !view.may.get().execute {
        return Phase::Closed(if view.executing() {
            "You may read along; carrying out steps needs the right to execute.".into()
        } else {
            let stage = open.with(|release| release.stage.as_str()).unwrap_or_default();
            format!("The release is in {stage}. Steps start once it is authorised.")
        });
    }
    if let Some((_, claim)) = view.claim(id) {
        return if open.is_me(claim.mark.by) {
            Phase::Mine(claim.started)
        } else {
            Phase::Theirs
        };
    }
    match view.step(id).map(|step| step.state) {
        None => Phase::Closed("This step was deleted.".into()),
        Some(StepState::Waiting | StepState::Ready | StepState::Failed | StepState::BackedOut) => {
            Phase::Startable
        }
        Some(_) => Phase::Recorded,
    }
}

/// Start, with what is in the way; and a way to say what was done without it.
#[component]
fn Startable(id: StepId) -> impl IntoView {
    let (open, view) = (use_release(), use_run());
    let anyway = RwSignal::new(false);
    let missing = Memo::new(move |_| open.with(|release| start_unmet(release, id)).unwrap_or_default());
    let blocked = Signal::derive(move || {
        missing.with(|missing| {
            (!missing.is_empty()).then(|| words::many(missing.len() as u64, "reason", "reasons"))
        })
    });
    let again = move || {
        matches!(
            view.step(id).map(|s| s.state),
            Some(StepState::Failed | StepState::BackedOut)
        )
    };
    let reason = |unmet: Unmet| view! { <li>{unmet.text}</li> };
    view! {
        {move || {
            missing
                .with(|missing| !missing.is_empty())
                .then(|| view! { <ul class="part-run-unmet">{missing.get().into_iter().map(reason).collect_view()}</ul> })
        }}
        {move || {
            if anyway.get() {
                view! { <Writing id=id since=None on_done=move |()| anyway.set(false) /> }.into_any()
            } else {
                view! {
                    <div class="part-run-bar">
                        <Button kind=ButtonKind::Quiet on_press=move |()| anyway.set(true)>"Record without starting"</Button>
                        <Button
                            kind=ButtonKind::Primary
                            blocked=blocked
                            on_press=move |()| open.act(Command::Start { step: id, started: clock::now() })
                        >
                            {move || if again() { "Start again" } else { "Start" }}
                        </Button>
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

/// Note, photos, and the four ways it can have gone.
#[component]
fn Writing(
    /// Which step.
    id: StepId,
    /// When it was begun; `None`: it is being recorded afterwards.
    since: Option<DateTime<Utc>>,
    /// It was recorded.
    #[prop(optional, into)]
    on_done: Option<Callback<()>>,
) -> impl IntoView {
    let (open, view) = (use_release(), use_run());
    let draft = use_unrecorded().draft(id);
    let wrong = RwSignal::new(None::<String>);
    let finish = move |result: StepResult| {
        let note = draft.note.get_untracked().trim().to_owned();
        if let Some(needed) = result.asks_for().filter(|_| note.is_empty()) {
            wrong.set(Some(needed.to_owned()));
            return;
        }
        let ended = clock::now();
        open.act(Command::Record {
            step: id,
            result,
            // A clock that was set back meanwhile must not make a record that ends before it starts.
            started: since.unwrap_or(ended).min(ended),
            ended,
            note,
            evidence: draft.photos.get_untracked(),
        });
        draft.clear();
        if let Some(on_done) = on_done {
            on_done.run(());
        }
    };
    let leave = move |()| {
        if let Some((attempt, _)) = untrack(|| view.claim(id)) {
            open.act(Command::Leave { attempt });
        }
    };
    let running = move || {
        since.map(|since| {
            let minutes = u64::try_from((view.now.get() - since).num_minutes()).unwrap_or(0);
            format!("You are on it, {}", words::minutes(minutes))
        })
    };
    view! {
        <div class="part-run-write">
            <TextArea
                label="Note"
                value=draft.note
                rows=1
                max=4_000_u32
                hint="Needed for failed and skipped"
                error=wrong
                on_change=move |_: String| wrong.set(None)
            />
            <PhotoField draft=draft />
        </div>
        <div class="part-run-bar part-run-more">
            <Button kind=ButtonKind::Quiet on_press=move |()| finish(StepResult::Skipped)>"Skipped"</Button>
            <Button kind=ButtonKind::Quiet on_press=move |()| finish(StepResult::BackedOut)>"Backed out"</Button>
            {since.map(|_| view! { <Button kind=ButtonKind::Quiet on_press=leave>"Not me"</Button> })}
            <span class="soft" role="timer">{running}</span>
        </div>
        <div class="part-run-bar" data-ends="">
            <Button kind=ButtonKind::Danger icon=Icon::Close on_press=move |()| finish(StepResult::Failed)>"Failed"</Button>
            <Button kind=ButtonKind::Primary icon=Icon::Check on_press=move |()| finish(StepResult::Done)>"Done"</Button>
        </div>
    }
}

/// Who is at it, and a way to take over: both ends in one gesture.
#[component]
fn Theirs(id: StepId) -> impl IntoView {
    let (open, view, people) = (use_release(), use_run(), use_people());
    let asking = RwSignal::new(false);
    let who = move || {
        view.claim(id)
            .map(|(_, claim)| people.name(claim.mark.by))
            .unwrap_or_default()
    };
    let take = move |()| {
        if let Some((attempt, _)) = untrack(|| view.claim(id)) {
            open.act_all(vec![
                Command::Leave { attempt },
                Command::Start {
                    step: id,
                    started: clock::now(),
                },
            ]);
        }
    };
    let since = move || {
        let (_, claim) = view.claim(id)?;
        let minutes = u64::try_from((view.now.get() - claim.started).num_minutes()).unwrap_or(0);
        Some(format!(
            "{} is on it since {}, {}.",
            who(),
            clock::local(claim.started),
            words::minutes(minutes)
        ))
    };
    view! {
        <p class="part-run-why">{icon(Icon::Person)} {since}</p>
        <div class="part-run-bar">
            <Button on_press=move |()| asking.set(true)>"Take over"</Button>
        </div>
        <Confirm
            open=asking
            title=Signal::derive(move || format!("Take over from {}?", who()))
            text=Signal::derive(move || format!("{} sees that you are on it. What they record all the same is kept.", who()))
            action="Take over"
            on_confirm=take
        />
    }
}

/// It has a record: what may still be added.
#[component]
fn Recorded(id: StepId) -> impl IntoView {
    let (open, view, session) = (use_release(), use_run(), use_session());
    let correcting = RwSignal::new(false);
    let state = Memo::new(move |_| view.step(id).map(|step| step.state));
    let next = move || {
        let next = view.run.with(|run| run.next())?;
        Some(view! { <a class="ui-button" data-kind="primary" href=format!("?step={next}")>"Next step"</a> })
    };
    let said = move || match state.get() {
        Some(StepState::AwaitsConfirmation) => {
            let early = open.with(|release| release.early_steps().contains(&id));
            Some(if early == Some(true) {
                "It was recorded before the go-ahead. Somebody else confirms it, above; or look at it again now, and \
                 record it anew."
                    .to_owned()
            } else {
                "Done once a second person has confirmed it, above.".to_owned()
            })
        }
        Some(StepState::Disputed) => {
            Some("Two records contradict each other. Decide above which one counts.".to_owned())
        }
        _ => session.me().is_none().then(|| "Nobody is signed in.".to_owned()),
    };
    view! {
        {move || said().map(|text| view! { <p class="part-run-why">{icon(Icon::Warning)} {text}</p> })}
        {move || {
            if correcting.get() {
                view! { <Writing id=id since=None on_done=move |()| correcting.set(false) /> }.into_any()
            } else {
                view! {
                    <div class="part-run-bar">
                        <Button kind=ButtonKind::Quiet on_press=move |()| correcting.set(true)>"Record something else"</Button>
                        {next}
                    </div>
                }
                    .into_any()
            }
        }}
    }
}
