//! The versions of a release: what each changed, marking one as a baseline, comparing two, and bringing one back.

use domain::release::{
    Command, Difference, NoteBody, Release, Rev, differences, kept_words, restorable, restore_ops,
};
use domain::sync::ReleaseOp;
use domain::wire::Page;
use domain::wire::records::{ReleaseVersion, VersionDiff, VersionView};
use domain::{ReleaseNumber, StepId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::describe::value_words;
use super::journal::{category_words, readable};
use super::people::{People, use_people};
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::paths::Query;
use crate::state::{remote, use_directory, use_query, use_release, use_toasts};
use crate::ui::{
    Badge, Button, ButtonKind, Dialog, For, Icon, Moment, StateKind, TextField, Tone, icon, show,
    skeleton_lines, state_view,
};
use crate::words;

/// Rows in a page.
const PAGE: &str = "50";

fn path(number: ReleaseNumber) -> String {
    format!("/api/v1/releases/{number}/versions")
}

async fn load(number: ReleaseNumber, after: &str) -> Result<Page<ReleaseVersion>, ApiError> {
    let query = Query::default().with("limit", PAGE).with("after", after);
    http::get(&query.on(&path(number))).await
}

/// Versions, baselines, and two of them side by side.
#[component]
pub fn Versions() -> impl IntoView {
    let (open, sync) = (use_release(), use_sync());
    let number = Memo::new(move |_| open.number());
    let updated = Memo::new(move |_| open.with(|release| release.updated.ver));
    let list = remote(
        true,
        move || {
            sync.pokes.track();
            updated.track();
            number.get()
        },
        |number: Option<ReleaseNumber>| async move {
            match number {
                Some(number) => load(number, "").await,
                None => Ok(Page {
                    items: Vec::new(),
                    next: None,
                    total: 0,
                }),
            }
        },
    );
    let shown = show(
        list,
        "the versions",
        || skeleton_lines(8),
        move |page| match number.get_untracked() {
            Some(number) if page.total > 0 => view! { <List number=number first=page /> }.into_any(),
            _ => state_view(
                StateKind::Empty,
                "No version is stored yet",
                "Each stored change makes a version. It can be looked at, compared, and brought back.",
                None,
            ),
        },
    );
    view! {
        <div class="ui-stack">
            <Mark />
            <Compared />
            {shown}
        </div>
    }
}

/// Marking what is there now.
#[component]
fn Mark() -> impl IntoView {
    let open = use_release();
    let name = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let may = Memo::new(move |_| open.papers_locked.with(Option::is_none));
    let mark = move |()| {
        let text = name.get_untracked().trim().to_owned();
        let taken = open.with(|release| release.baselines.iter().any(|baseline| baseline.name == text));
        if text.is_empty() {
            wrong.set(Some("Give the baseline a name.".into()));
        } else if untrack(|| taken) == Some(true) {
            wrong.set(Some(
                "There is a baseline of this name already; take another.".into(),
            ));
        } else {
            wrong.set(None);
            open.act(Command::Baseline { name: text });
            name.set(String::new());
        }
    };
    view! {
        {move || {
            may.get()
                .then(|| {
                    view! {
                        <form
                            class="part-mark"
                            on:submit=move |ev| {
                                ev.prevent_default();
                                mark(());
                            }
                        >
                            <TextField
                                label="Mark what is there now as a baseline"
                                value=name
                                error=wrong
                                max=100
                                hint="To compare with, or to come back to: “As agreed with the customer”"
                            />
                            <Button submit=true icon=Icon::Check>"Mark baseline"</Button>
                        </form>
                    }
                })
        }}
    }
}

#[component]
fn List(number: ReleaseNumber, first: Page<ReleaseVersion>) -> impl IntoView {
    let toasts = use_toasts();
    let newest = first.items.first().map(|version| version.rev);
    let total = first.total;
    let next = RwSignal::new(first.next);
    let list = RwSignal::new(first.items);
    let busy = RwSignal::new(false);
    let restoring = RwSignal::new(None::<VersionView>);
    let more = move |()| {
        let Some(after) = next.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match load(number, &after).await {
                Ok(page) => {
                    list.update(|list| list.extend(page.items));
                    next.set(page.next);
                }
                Err(error) => toasts.fail(error.message()),
            }
            busy.set(false);
        });
    };
    view! {
        <p class="soft meta">{move || words::of(list.with(Vec::len) as u64, total)} " versions, newest first"</p>
        <ol class="part-versions">
            <For each=move || list.get() key=|version| (version.rev, version.baseline.clone()) let:version>
                <Row version=version number=number newest=newest restoring=restoring />
            </For>
        </ol>
        {move || next.with(Option::is_some).then(|| view! { <Button busy=busy on_press=more>"Show older versions"</Button> })}
        <Restore restoring=restoring />
    }
}

#[component]
fn Row(
    version: ReleaseVersion,
    number: ReleaseNumber,
    newest: Option<Rev>,
    restoring: RwSignal<Option<VersionView>>,
) -> impl IntoView {
    let (open, query, toasts) = (use_release(), use_query(), use_toasts());
    let rev = version.rev;
    let (tone, word) = category_words(version.kind);
    let busy = RwSignal::new(false);
    let restore = move |()| {
        busy.set(true);
        spawn_local(async move {
            match http::get::<VersionView>(&format!("{}/{rev}", path(number))).await {
                Ok(version) => restoring.set(Some(version)),
                Err(error) => toasts.fail(error.message()),
            }
            busy.set(false);
        });
    };
    let compare = move |from: Option<Rev>, to: Rev| {
        let query = query.now.get_untracked();
        let from = from.map(|from| from.to_string()).unwrap_or_default();
        query.with("from", &from).with("to", &to.to_string())
    };
    let is_newest = newest == Some(rev);
    let more = version
        .changes
        .saturating_sub(u32::try_from(version.what.len()).unwrap_or(0));
    let mut what = version.what.join("; ");
    if more > 0 {
        what = format!(
            "{what}; and {}",
            words::many(u64::from(more), "more change", "more changes")
        );
    }
    let by = version.by_name.clone();
    view! {
        <li data-baseline=version.baseline.is_some().then_some("")>
            <div class="line">
                <span class="mono soft">{rev.to_string()}</span>
                <Moment at=version.at ago=true />
                <Badge tone=tone text=word.to_owned() />
                {version.baseline.clone().map(|name| view! { <Badge tone=Tone::Success text=format!("Baseline: {name}") /> })}
                {is_newest.then(|| view! { <Badge tone=Tone::Neutral text="now".to_owned() /> })}
            </div>
            <p class="what"><b>{by}</b> " " {what}</p>
            <div class="acts">
                <button type="button" class="link" on:click=move |_| query.set(compare(None, rev))>
                    "What changed" <span class="sr-only">{format!(" in version {rev}")}</span>
                </button>
                {(!is_newest)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="link"
                                on:click=move |_| {
                                    if let Some(newest) = newest {
                                        query.set(compare(Some(rev), newest));
                                    }
                                }
                            >
                                "Compare with now" <span class="sr-only">{format!(", version {rev}")}</span>
                            </button>
                        }
                    })}
                {move || {
                    (!is_newest && open.locked.with(Option::is_none))
                        .then(|| {
                            view! {
                                <button type="button" class="link" aria-busy=move || busy.get().then_some("true") on:click=move |_| restore(())>
                                    "Bring back…" <span class="sr-only">{format!(" version {rev}")}</span>
                                </button>
                            }
                        })
                }}
            </div>
        </li>
    }
}

/// Two versions side by side; which, stands in the address.
#[component]
fn Compared() -> impl IntoView {
    let (open, query, people) = (use_release(), use_query(), use_people());
    let asked = Memo::new(move |_| {
        let to: u64 = query.get("to").parse().ok()?;
        Some((open.number()?, query.get("from").parse::<u64>().ok(), to))
    });
    let diff = remote(
        true,
        move || asked.get(),
        |asked: Option<(ReleaseNumber, Option<u64>, u64)>| async move {
            let Some((number, from, to)) = asked else {
                return Ok(None);
            };
            let from = from.map(|from| from.to_string()).unwrap_or_default();
            let query = Query::default().with("from", &from);
            let found: VersionDiff = http::get(&query.on(&format!("{}/{to}/changes", path(number)))).await?;
            Ok::<_, ApiError>(Some(found))
        },
    );
    let close = move |()| query.set(query.now.get_untracked().with("from", "").with("to", ""));
    view! {
        {move || {
            asked
                .with(Option::is_some)
                .then(|| {
                    let shown = show(
                        diff,
                        "the comparison",
                        || skeleton_lines(4),
                        move |found| match found {
                            Some(found) => compared(&found, people),
                            None => skeleton_lines(4),
                        },
                    );
                    view! {
                        <section class="ui-panel part-compared" aria-label="Comparison">
                            {shown}
                            <div class="ui-actions"><Button on_press=close>"Close the comparison"</Button></div>
                        </section>
                    }
                })
        }}
    }
}

fn compared(diff: &VersionDiff, people: People) -> AnyView {
    let title = match diff.from {
        Some(from) => format!("From version {from} to version {}", diff.to),
        None => format!("Version {} is the first", diff.to),
    };
    view! {
        <h2>{title}</h2>
        {differences_view(diff.differences.clone(), ["Was", "Now"], people)}
    }
    .into_any()
}

/// What is different, as a table; `sides` says what the two are called.
fn differences_view(found: Vec<Difference>, sides: [&'static str; 2], people: People) -> AnyView {
    if found.is_empty() {
        return view! { <p class="soft">"Nothing that is shown differs."</p> }.into_any();
    }
    let row = |difference: Difference| {
        let Difference {
            part,
            what,
            at,
            was,
            now,
        } = difference;
        let words = move |value: &domain::release::Value, at: &Option<domain::release::FieldRef>| match at {
            Some(at) => value_words(value, Some(at), people),
            None => readable(value, people),
        };
        let at_now = at.clone();
        view! {
            <tr>
                <td data-label="Part">{part}</td>
                <th scope="row">{what}</th>
                <td data-label=sides[0]><del>{move || words(&was, &at)}</del></td>
                <td data-label=sides[1]><ins>{move || words(&now, &at_now)}</ins></td>
            </tr>
        }
    };
    view! {
        <table class="part-diff">
            <caption class="sr-only">"What is different"</caption>
            <thead>
                <tr>
                    <th scope="col">"Part"</th>
                    <th scope="col">"What"</th>
                    <th scope="col">{sides[0]}</th>
                    <th scope="col">{sides[1]}</th>
                </tr>
            </thead>
            <tbody>{found.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// Shows what bringing a version back would change, and does it when that is confirmed.
#[component]
fn Restore(restoring: RwSignal<Option<VersionView>>) -> impl IntoView {
    let (open, people, sync, toasts) = (use_release(), use_people(), use_sync(), use_toasts());
    let directory = use_directory();
    let shown = RwSignal::new(false);
    Effect::new(move |_| shown.set(restoring.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let now = shown.get();
        if before == Some(true) && !now {
            restoring.set(None);
        }
        now
    });
    let title = Signal::derive(move || {
        restoring.with(|version| match version {
            Some(VersionView { version, .. }) => match &version.baseline {
                Some(name) => format!("Bring back the baseline “{name}”?"),
                None => format!("Bring back version {}?", version.rev),
            },
            None => String::new(),
        })
    });
    // Its content as it can be brought back, and the fields that cannot.
    let wanted = move || {
        let then = restoring.get()?.release;
        open.with(|now| match directory.get() {
            Some(directory) => restorable(now, then.clone(), &directory),
            None => (then.clone(), Vec::new()),
        })
    };
    let changes = move || {
        let (wanted, kept) = wanted()?;
        let found = open.with(|now| content_differences(now, &wanted))?;
        Some((found, kept_words(&kept)))
    };
    let go = move |()| {
        let (Some(version), Some((wanted, kept))) = (restoring.get_untracked(), untrack(wanted)) else {
            return;
        };
        let ops = untrack(|| open.with(|now| restore_ops(now, &wanted))).unwrap_or_default();
        if let (Some(id), false) = (open.id.get_untracked(), ops.is_empty()) {
            let mut ops = ops;
            ops.push(ReleaseOp::Note {
                note: NoteBody::of_restoration(&version.version, &kept),
            });
            sync.act(id, ops);
            let left = kept_words(&kept).map(|words| format!(" {words}"));
            toasts.say(format!(
                "Version {} is back, as a new change.{}",
                version.version.rev,
                left.unwrap_or_default()
            ));
        }
        shown.set(false);
    };
    view! {
        <Dialog open=shown title=title>
            {move || {
                let (found, kept) = changes().unwrap_or_default();
                let nothing = found.is_empty();
                let count = words::many(found.len() as u64, "change", "changes");
                view! {
                    <p>
                        {if nothing {
                            "The content is already what it was then.".to_owned()
                        } else {
                            format!(
                                "{count} to fields, steps and scope. Records, documents, checklists and the journal stay; \
                                 the history keeps what is there now.",
                            )
                        }}
                    </p>
                    {(!nothing).then(|| view! { <div class="part-restore">{differences_view(found, ["Now", "Then"], people)}</div> })}
                    {kept.map(|kept| view! { <p>{icon(Icon::Warning)} " " {kept}</p> })}
                    <div class="ui-actions">
                        <Button on_press=move |()| shown.set(false)>"Go back"</Button>
                        {(!nothing).then(|| view! { <Button kind=ButtonKind::Primary on_press=go>"Bring it back"</Button> })}
                    </div>
                }
            }}
        </Dialog>
    }
}

/// What a restoration changes: the papers and the stage are not part of it.
fn content_differences(now: &Release, wanted: &Release) -> Vec<Difference> {
    let mut then = now.clone();
    then.fields.clone_from(&wanted.fields);
    then.scope.clone_from(&wanted.scope);
    then.links.retain(|key, _| !key.is_content());
    let linked = wanted.links.iter().filter(|(key, _)| key.is_content());
    then.links
        .extend(linked.map(|(key, link)| (key.clone(), link.clone())));
    let gone: Vec<StepId> = then.steps.keys().copied().collect();
    for id in gone {
        match wanted.steps.get(&id) {
            Some(step) => {
                then.steps.insert(id, step.clone());
            }
            None => {
                then.steps.remove(&id);
            }
        }
    }
    for (id, step) in &wanted.steps {
        then.steps.entry(*id).or_insert_with(|| step.clone());
    }
    differences(now, &then)
}
