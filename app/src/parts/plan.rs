//! The steps of an open release: in order, opened in place, moved by buttons, keys and drag.

use std::collections::BTreeSet;

use domain::StepId;
use domain::release::{Command, NewStep};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::step::StepRow;
use crate::client::clock;
use crate::state::{use_preferences, use_release};
use crate::ui::{For, Icon, StateKind, icon, state_view};

/// Id of the field that adds a step.
pub const ADD_FIELD: &str = "add-step";

/// What of the plan is open, focused and under the pointer; shared by the plan and what stands beside it.
#[derive(Clone, Copy)]
pub struct PlanView {
    /// Live steps in order.
    pub order: Memo<Vec<StepId>>,
    /// Steps that are opened.
    pub opened: RwSignal<BTreeSet<StepId>>,
    /// The step the person is at; its blast radius is shown.
    pub focused: RwSignal<Option<StepId>>,
    /// The step that is dragged.
    pub dragged: RwSignal<Option<StepId>>,
}

/// The plan view of this page.
///
/// # Panics
/// Only outside a release page.
#[must_use]
pub fn use_plan() -> PlanView {
    expect_context()
}

impl PlanView {
    /// Creates it for the open release; once a page.
    #[must_use]
    pub fn provide() -> Self {
        let open = use_release();
        let order = Memo::new(move |_| {
            open.with(|release| release.plan().into_iter().map(|(id, _)| id).collect())
                .unwrap_or_default()
        });
        let plan = Self {
            order,
            opened: RwSignal::new(BTreeSet::new()),
            focused: RwSignal::new(None),
            dragged: RwSignal::new(None),
        };
        provide_context(plan);
        plan
    }

    /// The number people say, from 1; tracks.
    #[must_use]
    pub fn place(self, step: StepId) -> usize {
        self.order
            .with(|order| order.iter().position(|id| *id == step).map_or(0, |at| at + 1))
    }

    /// The step after which `step` would stand if it moved by one; `None` when it cannot move that way.
    #[must_use]
    pub fn neighbour(self, step: StepId, down: bool) -> Option<Option<StepId>> {
        self.order.with(|order| {
            let at = order.iter().position(|id| *id == step)?;
            if down {
                order.get(at + 1).map(|next| Some(*next))
            } else {
                let above = at.checked_sub(1)?;
                Some(above.checked_sub(1).and_then(|i| order.get(i).copied()))
            }
        })
    }
}

/// Moves a step up or down by one and keeps the focus on what had it.
pub fn move_by_one(step: StepId, down: bool, plan: PlanView, open: crate::state::OpenRelease) {
    if let Some(after) = untrack(|| plan.neighbour(step, down)) {
        open.act(Command::MoveStep { step, after });
    }
}

/// The list of steps and the field that adds one.
#[component]
pub fn Plan() -> impl IntoView {
    let (plan, open, preferences) = (use_plan(), use_release(), use_preferences());
    let list = NodeRef::<html::Ol>::new();
    let focus = Focus::keep(plan);
    let on_key = move |ev: leptos::ev::KeyboardEvent| {
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() {
            return;
        }
        let letters = preferences.with_untracked(|p| p.letters);
        let step = match ev.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "j" if letters => 1,
            "k" if letters => -1,
            _ => return,
        };
        if let Some(list) = list.get_untracked()
            && move_between_rows(&list, step)
        {
            ev.prevent_default();
        }
    };
    let empty = Memo::new(move |_| plan.order.with(Vec::is_empty));
    view! {
        <section class="part-plan" aria-label="Steps">
            {move || empty.get().then(|| state_view(
                StateKind::Empty,
                "No steps yet",
                "A plan is a list of steps. Each says what is done to which CIs, how long it takes and how to undo it.",
                None,
            ))}
            <ol
                node_ref=list
                on:keydown=on_key
                on:focusin=move |ev| focus.came(&ev)
                on:focusout=move |_| focus.went()
            >
                <For each=move || plan.order.get() key=|id| *id let:id>
                    <StepRow id=id />
                </For>
            </ol>
            {move || open.locked.with(Option::is_none).then(|| view! { <AddStep /> })}
        </section>
    }
}

/// Type a title, press Enter, go on with the next.
#[component]
fn AddStep() -> impl IntoView {
    let (plan, open) = (use_plan(), use_release());
    let title = RwSignal::new(String::new());
    let add = move || {
        let text = title.get_untracked();
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let step = NewStep {
            title: text.to_owned(),
            ..NewStep::default()
        };
        open.act(Command::AddStep { after: None, step });
        title.set(String::new());
    };
    let number = move || plan.order.with(Vec::len) + 1;
    view! {
        <form
            class="part-add-step"
            on:submit=move |ev| {
                ev.prevent_default();
                add();
            }
        >
            <label for=ADD_FIELD>
                <span class="place" aria-hidden="true">{number}</span>
                <span class="sr-only">"Title of a new step"</span>
            </label>
            <input
                id=ADD_FIELD
                class="ui-input"
                type="text"
                maxlength="200"
                autocomplete="off"
                placeholder="Add a step: what is done. Enter adds it and goes on."
                prop:value=move || title.get()
                on:input=move |ev| title.set(event_target_value(&ev))
            />
            <button type="submit" class="ui-button">{icon(Icon::Plus)}<span class="words">"Add step"</span></button>
        </form>
    }
}

/// J, K and the arrows move between the step buttons while one of them has the focus.
fn move_between_rows(list: &web_sys::HtmlElement, step: i32) -> bool {
    let Some(active) = document().active_element() else {
        return false;
    };
    if !active.has_attribute("data-row") {
        return false;
    }
    let Ok(rows) = list.query_selector_all("[data-row]") else {
        return false;
    };
    let here = (0..rows.length()).find(|i| rows.item(*i).is_some_and(|row| row.is_same_node(Some(&active))));
    let next = here
        .and_then(|here| here.checked_add_signed(step))
        .and_then(|next| rows.item(next));
    if let Some(row) = next.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = row.focus();
    }
    true
}

/// A browser takes the focus away from what is moved in the page. Whoever moved it, the person stays where they were.
#[derive(Clone, Copy)]
struct Focus {
    last: StoredValue<Option<web_sys::HtmlElement>, LocalStorage>,
    /// When the focus left it, by the device's clock in milliseconds.
    left: StoredValue<f64>,
}

/// The focus counts as taken away, not given up, when it left so shortly before the move, in milliseconds.
const TAKEN: f64 = 300.0;

impl Focus {
    fn keep(plan: PlanView) -> Self {
        let focus = Self {
            last: StoredValue::new_local(None),
            left: StoredValue::new(f64::MAX),
        };
        Effect::new(move |before: Option<()>| {
            plan.order.track();
            if before.is_some() {
                request_animation_frame(move || focus.give_back());
            }
        });
        focus
    }

    fn came(self, ev: &leptos::ev::FocusEvent) {
        self.left.set_value(f64::MAX);
        self.last
            .set_value(ev.target().and_then(|target| target.dyn_into().ok()));
    }

    fn went(self) {
        self.left.set_value(clock::now_ms());
    }

    fn give_back(self) {
        let Some(last) = self.last.try_get_value().flatten() else {
            return;
        };
        let nowhere = document()
            .active_element()
            .is_none_or(|now| now.tag_name().eq_ignore_ascii_case("body"));
        let taken = self
            .left
            .try_get_value()
            .is_some_and(|left| left == f64::MAX || clock::now_ms() - left < TAKEN);
        if nowhere && taken && last.is_connected() {
            let _ = last.focus();
        }
    }
}
