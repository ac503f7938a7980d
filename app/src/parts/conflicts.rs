//! Edits that met: was, theirs, yours, side by side, and the decision.

use domain::StepId;
use domain::release::{Command, Conflict, ConflictAbout, ConflictId, FieldKind, FieldRef, Release, Value};
use domain::sync::Take;
use leptos::prelude::*;

use super::describe::{op_words, place_words, step_words, value_words};
use super::focus::CONFLICTS;
use super::people::use_people;
use crate::lines::{Line, compare};
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, For, Moment};
use crate::words;

/// All open conflicts of the release; nothing where there are none.
#[component]
pub fn ConflictPanel() -> impl IntoView {
    let open = use_release();
    let ids = Memo::new(move |_| {
        open.with(|release| release.conflicts.keys().copied().collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let some = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    view! {
        {move || {
            some.get()
                .then(|| {
                    view! {
                        <section class="part-conflicts" id=CONFLICTS tabindex="-1" aria-label="Conflicts">
                            <h2>
                                {move || words::many(ids.with(Vec::len) as u64, "conflict", "conflicts")}
                                " to decide"
                            </h2>
                            <p class="soft">
                                "Two people changed the same thing. What was stored first stands; the other version is kept here."
                            </p>
                            <For each=move || ids.get() key=|id| *id let:id>
                                <ConflictCard id=id />
                            </For>
                        </section>
                    }
                })
        }}
    }
}

#[component]
fn ConflictCard(id: ConflictId) -> impl IntoView {
    let open = use_release();
    let conflict = Memo::new(move |_| open.with(|release| release.conflicts.get(&id).cloned()).flatten());
    view! {
        <article class="ui-panel part-conflict">
            {move || conflict.get().map(|conflict| view! { <Sides id=id conflict=conflict /> })}
        </article>
    }
}

/// The register whose values are compared, where the conflict is about one.
fn register(about: &ConflictAbout) -> Option<FieldRef> {
    match about {
        ConflictAbout::Field { at } | ConflictAbout::EditOfDeleted { at } => Some(at.clone()),
        _ => None,
    }
}

fn headline(conflict: &Conflict, release: Option<&Release>) -> String {
    match &conflict.about {
        ConflictAbout::Field { at } => place_words(at, release),
        ConflictAbout::EditOfDeleted { at } => format!("{}: the step was deleted", place_words(at, release)),
        ConflictAbout::ChangeOfDeleted { step, change } => {
            format!(
                "{}: {} was deleted",
                op_words(change, release),
                step_words(*step, release)
            )
        }
        ConflictAbout::DeleteOfEdited { step } => {
            format!(
                "Delete {}: somebody edited it meanwhile",
                step_words(*step, release)
            )
        }
        ConflictAbout::Move { step } => format!("Two places for {}", step_words(*step, release)),
        ConflictAbout::Cycle { step, needs, .. } => format!(
            "{} should wait for {}: that would close a circle",
            step_words(*step, release),
            step_words(*needs, release)
        ),
    }
}

#[component]
fn Sides(id: ConflictId, conflict: Conflict) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let at = register(&conflict.about);
    let title = {
        let conflict = conflict.clone();
        move || {
            open.shown
                .with(|shown| headline(&conflict, shown.release.as_ref()))
        }
    };
    let decide = move |take: Take| open.act(Command::Resolve { conflict: id, take });
    let locked = at.as_ref().map_or(open.locked, |at| open.locked_at(at));
    let was = conflict.was.clone();
    let side = |heading: &'static str, value: &Value, by: AnyView| {
        let (value, at) = (value.clone(), at.clone());
        let kind = at.as_ref().map(FieldRef::kind);
        let code = matches!(kind, Some(FieldKind::Command(_)));
        // Texts of several lines are shown by what became of each line since both set out.
        let lined = matches!(kind, Some(FieldKind::Prose(_) | FieldKind::Command(_))) && value != was;
        let content = if lined {
            changed_lines(was.as_text(), value.as_text())
        } else {
            (move || value_words(&value, at.as_ref(), people)).into_any()
        };
        view! {
            <div class="side">
                <h4>{heading}</h4>
                <p class="by soft meta">{by}</p>
                <pre class="value" data-code=code.then_some("")>{content}</pre>
            </div>
        }
    };
    let theirs_by = match conflict.theirs_mark {
        Some(mark) => view! { {move || people.name(mark.by)} ", " <Moment at=mark.at /> }.into_any(),
        None => "".into_any(),
    };
    let (author, made) = (conflict.author, conflict.made);
    let yours_by = view! { {move || people.name(author)} ", " <Moment at=made /> }.into_any();
    let is_mine = open.is_me(author);
    let more = {
        let conflict = conflict.clone();
        let yours = if is_mine { "you" } else { "the second author" };
        move || {
            open.with(|release| particulars(&conflict, release, yours))
                .flatten()
        }
    };
    let compares = at.is_some();
    let editable = match &conflict.about {
        ConflictAbout::Field { at } => editable_text(at, &conflict),
        _ => None,
    };
    let keep = match conflict.about {
        ConflictAbout::EditOfDeleted { .. } | ConflictAbout::ChangeOfDeleted { .. } => "Leave it deleted",
        ConflictAbout::DeleteOfEdited { .. } => "Keep the step",
        ConflictAbout::Cycle { .. } => "Do not wait",
        _ if is_mine => "Keep theirs",
        _ => "Keep what stands",
    };
    let mine = match conflict.about {
        ConflictAbout::EditOfDeleted { .. } | ConflictAbout::ChangeOfDeleted { .. } => {
            "Restore the step with this change"
        }
        ConflictAbout::DeleteOfEdited { .. } => "Delete the step",
        ConflictAbout::Cycle { .. } => "Try again",
        _ if is_mine => "Use mine",
        _ => "Use the other version",
    };
    view! {
        <h3>{title}</h3>
        {compares
            .then(|| {
                view! {
                    <div class="sides">
                        {side("Was", &conflict.was, if is_mine { "what you saw" } else { "what the second author saw" }.into_any())}
                        {side(if is_mine { "Theirs, stands now" } else { "Stands now" }, &conflict.theirs, theirs_by)}
                        {side(if is_mine { "Yours, kept beside it" } else { "Kept beside it" }, &conflict.yours, yours_by)}
                    </div>
                }
            })}
        {(!compares)
            .then(|| view! { <p class="soft meta">"Wanted by " {move || people.name(author)} ", " <Moment at=made /></p> })}
        {more}
        {editable.map(|text| view! { <Rewrite id=id text=text /> })}
        <div class="ui-actions">
            <Button blocked=locked on_press=move |()| decide(Take::Theirs)>{keep}</Button>
            <Button kind=ButtonKind::Primary on_press=move |()| {
                if locked.get_untracked().is_none() {
                    decide(Take::Mine);
                }
            }>{mine}</Button>
        </div>
        <p class="soft meta">"Whatever is decided, the journal keeps both versions."</p>
    }
}

/// A text as it came from another: each line marked in words' own way, by a sign and not by colour alone.
pub(super) fn changed_lines(from: &str, to: &str) -> AnyView {
    let line = |line: Line<'_>| {
        let (mark, text) = match line {
            Line::Same(text) => (None, text),
            Line::Gone(text) => (Some("gone"), text),
            Line::New(text) => (Some("new"), text),
        };
        let said = match mark {
            Some("gone") => "removed: ",
            Some(_) => "added: ",
            None => "",
        };
        view! { <span data-line=mark><span class="sr-only">{said}</span>{text.to_owned()}</span> }
    };
    view! { <span class="part-lines">{compare(from, to).into_iter().map(line).collect_view()}</span> }
        .into_any()
}

/// What else there is to see of conflicts that are not about a value: the two places, the circle.
fn particulars(conflict: &Conflict, release: &Release, yours: &str) -> Option<AnyView> {
    match &conflict.about {
        ConflictAbout::Move { step } => {
            let place = |value: &Value| place_of(release, *step, value.as_text());
            let (theirs, mine) = (place(&conflict.theirs), place(&conflict.yours));
            Some(
                view! {
                    <ul class="part-places">
                        <li>{format!("It stands at {theirs}.")}</li>
                        <li>{format!("At {mine} is where {yours} put it.")}</li>
                    </ul>
                }
                .into_any(),
            )
        }
        ConflictAbout::Cycle { path, .. } => {
            let step = |id: StepId| view! { <li>{step_words(id, Some(release))}</li> };
            // Back to the first: a circle that is drawn open looks like a list.
            let round: Vec<StepId> = path.iter().chain(path.first()).copied().collect();
            Some(
                view! {
                    <ol class="part-circle" aria-label="The circle">
                        {round.into_iter().map(step).collect_view()}
                    </ol>
                }
                .into_any(),
            )
        }
        _ => None,
    }
}

/// "place 3" for an order key, among the steps as they are now.
fn place_of(release: &Release, moved: StepId, key: &str) -> String {
    let before = release
        .plan()
        .into_iter()
        .filter(|(id, step)| *id != moved && step.order().is_some_and(|order| order.as_str() < key))
        .count();
    format!("place {}", before + 1)
}

/// A third version can be written where the field is text.
fn editable_text(at: &FieldRef, conflict: &Conflict) -> Option<String> {
    matches!(
        at.kind(),
        FieldKind::Line(_) | FieldKind::Prose(_) | FieldKind::Command(_)
    )
    .then(|| conflict.yours.as_text().to_owned())
}

#[component]
fn Rewrite(id: ConflictId, text: String) -> impl IntoView {
    let open = use_release();
    let text = RwSignal::new(text);
    let save = move |()| {
        let value = match text.get_untracked() {
            text if text.is_empty() => Value::Empty,
            text => text.into(),
        };
        open.act(Command::Resolve {
            conflict: id,
            take: Take::Value(value),
        });
    };
    view! {
        <details class="rewrite">
            <summary>"Write a third version"</summary>
            <crate::ui::TextArea label="Third version" value=text rows=4 />
            <div class="ui-actions">
                <Button on_press=save>"Use this text"</Button>
            </div>
        </details>
    }
}
