//! One step of a plan: a row that opens in place.

mod editor;
mod needs;
mod targets;

use std::collections::BTreeSet;

use domain::StepId;
use domain::release::{Command, Step, StepField, TargetField};
use domain::sync::ReleaseOp;
use leptos::prelude::*;

use super::plan::{PlanView, move_by_one, use_plan};
use super::run::state_words;
use crate::state::{OpenRelease, use_release};
use crate::ui::{Icon, icon};
use crate::words;

pub use needs::wait_text;
pub use targets::{ACTIONS, OUTAGES, outage_words};

/// What the closed row says.
#[derive(Clone, PartialEq, Default)]
struct Summary {
    title: String,
    minutes: Option<i64>,
    targets: usize,
    down: usize,
    at_risk: usize,
    final_step: bool,
    unstored: bool,
    conflicts: usize,
}

impl Summary {
    fn of(step: &Step) -> Self {
        let outage = |word: &str| {
            step.targets
                .values()
                .filter(|target| target.text(TargetField::Outage) == word)
                .count()
        };
        Self {
            title: step.title().to_owned(),
            minutes: step.minutes(),
            targets: step.targets.len(),
            down: outage("down"),
            at_risk: outage("at_risk"),
            final_step: step.value(StepField::PointOfNoReturn).as_flag(),
            unstored: false,
            conflicts: 0,
        }
    }
}

/// The id of a step's row.
#[must_use]
pub fn row_id(step: StepId) -> String {
    format!("step-{step}").to_lowercase()
}

/// A step: closed, one line; opened, everything about it.
#[component]
pub fn StepRow(
    /// Which.
    id: StepId,
) -> impl IntoView {
    let (plan, open) = (use_plan(), use_release());
    let summary = Memo::new(move |_| {
        open.shown.with(|shown| {
            let release = shown.release.as_ref()?;
            let mut summary = Summary::of(release.steps.get(&id)?);
            summary.unstored = shown.pending.iter().any(|at| at.step() == Some(id));
            summary.conflicts = release
                .conflicts
                .values()
                .filter(|conflict| conflict.about.step() == Some(id))
                .count();
            Some(summary)
        })
    });
    let place = Memo::new(move |_| plan.place(id));
    let opened = Memo::new(move |_| plan.opened.with(|opened| opened.contains(&id)));
    let locked = Memo::new(move |_| open.locked.with(Option::is_some));
    let over = RwSignal::new(false);
    let body_id = format!("{}-body", row_id(id));
    let on_key = move |ev: leptos::ev::KeyboardEvent| {
        let down = match ev.key().as_str() {
            "ArrowDown" => true,
            "ArrowUp" => false,
            _ => return,
        };
        if ev.alt_key() && !locked.get_untracked() {
            ev.prevent_default();
            move_by_one(id, down, plan, open);
        }
    };
    view! {
        <li
            class="part-step"
            id=row_id(id)
            data-open=move || opened.get().then_some("")
            data-focused=move || plan.focused.with(|at| *at == Some(id)).then_some("")
            data-dragged=move || plan.dragged.with(|at| *at == Some(id)).then_some("")
            data-over=move || over.get().then_some("")
            on:focusin=move |_| plan.focused.set(Some(id))
            on:keydown=on_key
            on:dragover=move |ev| {
                if plan.dragged.with_untracked(Option::is_some) {
                    ev.prevent_default();
                    over.set(true);
                }
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |ev| {
                ev.prevent_default();
                over.set(false);
                drop_on(id, plan, open);
            }
        >
            <div class="head">
                {move || (!locked.get()).then(|| drag_handle(id, plan))}
                <button
                    type="button"
                    class="open"
                    data-row=""
                    aria-expanded=move || if opened.get() { "true" } else { "false" }
                    aria-controls=body_id.clone()
                    on:click=move |_| toggle(id, plan)
                >
                    <span class="place">{move || place.get()}</span>
                    <span class="title">{move || summary.with(|s| s.as_ref().map(|s| s.title.clone()))}</span>
                    {icon(Icon::Down)}
                </button>
                <div class="facts">{facts(id, summary)}</div>
                {move || (!locked.get()).then(|| view! { <RowActions id=id place=place /> })}
            </div>
            <div class="body" id=body_id hidden=move || !opened.get()>
                {move || opened.get().then(|| view! { <editor::StepEditor id=id /> })}
            </div>
        </li>
    }
}

fn toggle(id: StepId, plan: PlanView) {
    plan.opened.update(|opened| {
        if !opened.remove(&id) {
            opened.insert(id);
        }
    });
}

/// What a closed row says beside its title: words and shapes, then numbers.
fn facts(id: StepId, summary: Memo<Option<Summary>>) -> impl IntoView {
    let after = wait_text(id);
    let known = move || summary.get().unwrap_or_default();
    let plan = use_plan();
    let state = Memo::new(move |_| plan.states.with(|states| states.get(&id).copied()));
    let state = move || {
        state.get().map(|state| {
            let (shape, word, tone) = state_words(state);
            view! { <span class="effect" data-tone=tone><i aria-hidden="true">{shape}</i>{word}</span> }
        })
    };
    move || {
        let now = known();
        let effect = |shape: &'static str, count: usize, word: &'static str, tone: &'static str| {
            (count > 0).then(|| {
                view! {
                    <span class="effect" data-tone=tone>
                        <i aria-hidden="true">{shape}</i>
                        {format!("{count} {word}")}
                    </span>
                }
            })
        };
        let minutes = now.minutes.and_then(|minutes| u64::try_from(minutes).ok());
        view! {
            {state()}
            {(now.conflicts > 0).then(|| view! { <span class="effect" data-tone="danger">"⚡ conflict"</span> })}
            {after.get().map(|text| view! { <span class="after">{text}</span> })}
            {effect("▼", now.down, "down", "danger")}
            {effect("◐", now.at_risk, "at risk", "warning")}
            {now.final_step.then(|| view! { <span class="effect" data-tone="warning">"⚑ no return"</span> })}
            {(now.targets > 0)
                .then(|| view! { <span>{words::many(u64::try_from(now.targets).unwrap_or(0), "CI", "CIs")}</span> })}
            <span class="minutes" data-none=minutes.is_none().then_some("")>
                {minutes.map_or_else(|| "no time".to_owned(), words::minutes)}
            </span>
            <span class="part-stored" data-state=if now.unstored { "unstored" } else { "idle" } title="Not stored yet"></span>
        }
    }
}

/// For the pointer only: keys and buttons do the same.
fn drag_handle(id: StepId, plan: PlanView) -> impl IntoView {
    view! {
        <span
            class="drag"
            draggable="true"
            title="Drag to move; Alt with the arrow keys does the same"
            aria-hidden="true"
            on:dragstart=move |ev| {
                plan.dragged.set(Some(id));
                if let Some(data) = ev.data_transfer() {
                    data.set_effect_allowed("move");
                    let _ = data.set_data("text/plain", &id.to_string());
                }
            }
            on:dragend=move |_| plan.dragged.set(None)
        >
            {icon(Icon::Drag)}
        </span>
    }
}

/// Puts the dragged step where `target` is: above it when it comes from below, below it when it comes from above.
fn drop_on(target: StepId, plan: PlanView, open: OpenRelease) {
    let Some(step) = plan.dragged.get_untracked() else {
        return;
    };
    plan.dragged.set(None);
    if step == target {
        return;
    }
    let after = plan.order.with_untracked(|order| {
        let at = |wanted: StepId| order.iter().position(|id| *id == wanted);
        let (from, to) = (at(step)?, at(target)?);
        if from < to {
            Some(Some(target))
        } else {
            Some(to.checked_sub(1).and_then(|i| order.get(i).copied()))
        }
    });
    if let Some(after) = after {
        open.act(Command::MoveStep { step, after });
    }
}

#[component]
fn RowActions(id: StepId, place: Memo<usize>) -> impl IntoView {
    let (plan, open) = (use_plan(), use_release());
    let first = Memo::new(move |_| plan.neighbour(id, false).is_none());
    let last = Memo::new(move |_| plan.neighbour(id, true).is_none());
    let delete = move |_| {
        let said = untrack(|| {
            open.with(|release| {
                let title = release.steps.get(&id).map_or("", |step| step.title()).to_owned();
                format!("Deleted step {} “{title}”", place.get())
            })
        });
        open.act(Command::DeleteStep { step: id });
        plan.opened.update(|opened: &mut BTreeSet<StepId>| {
            opened.remove(&id);
        });
        let said = said.unwrap_or_else(|| "Deleted the step".into());
        open.undoable(said, ReleaseOp::RestoreStep { step: id });
    };
    view! {
        <div class="moves">
            <button
                type="button"
                class="ui-button"
                data-kind="quiet"
                aria-label=move || format!("Move step {} up", place.get())
                title="Move up (Alt ↑)"
                disabled=move || first.get()
                on:click=move |_| move_by_one(id, false, plan, open)
            >
                {icon(Icon::Up)}
            </button>
            <button
                type="button"
                class="ui-button"
                data-kind="quiet"
                aria-label=move || format!("Move step {} down", place.get())
                title="Move down (Alt ↓)"
                disabled=move || last.get()
                on:click=move |_| move_by_one(id, true, plan, open)
            >
                {icon(Icon::Down)}
            </button>
            <button
                type="button"
                class="ui-button"
                data-kind="quiet"
                aria-label=move || format!("Delete step {}", place.get())
                title="Delete; can be undone"
                on:click=delete
            >
                {icon(Icon::Trash)}
            </button>
        </div>
    }
}
