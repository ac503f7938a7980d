use domain::release::{Disposition, Stage};
use domain::wire::list::DISPOSITIONS;
use leptos::prelude::*;

use super::super::state::ListState;
use crate::parts::people::{or_none, use_people};
use crate::ui::{Button, SelectField, TextField};
use crate::words;

/// All filters. Each works at once, and is in the address.
#[component]
pub fn Panel() -> impl IntoView {
    let state = expect_context::<ListState>();
    let people = use_people();
    let own = |mine: &str, none: &str, others: Vec<(String, String)>| {
        let mut options = or_none(others, "Anybody");
        options.insert(1, ("me".to_owned(), mine.to_owned()));
        options.insert(2, ("none".to_owned(), none.to_owned()));
        options
    };
    let persons = Signal::derive(move || own("Me", "Nobody", people.people_ever()));
    let groups = Signal::derive(move || {
        let mut options = own("My groups", "No group", people.groups_ever());
        if let Some(first) = options.first_mut() {
            "Any group".clone_into(&mut first.1);
        }
        options
    });
    let contracts = Signal::derive(move || {
        let mut options = own("Mine", "No contract", people.contracts_ever());
        if let Some(first) = options.first_mut() {
            "Any contract".clone_into(&mut first.1);
        }
        options
    });
    let stages = Stage::ALL
        .into_iter()
        .map(|stage| (stage.as_str().to_owned(), stage.as_str().to_owned()));
    let dispositions = DISPOSITIONS
        .into_iter()
        .map(|it: Disposition| (it.as_str().to_owned(), words::plain(it.as_str())));
    let priorities = (1..=5_u8).map(|it| {
        (
            it.to_string(),
            format!("{it}, {}", crate::parts::stage::priority_word(it)),
        )
    });
    let late = Signal::derive(|| {
        [
            ("", "Late or not"),
            ("true", "Only late ones"),
            ("false", "Only those in time"),
        ]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec()
    });
    let close = move |()| state.tool.set(None);
    let clear = move |()| {
        let mut next = state.query.now.get_untracked();
        for (name, _) in super::super::address::FILTERS {
            next = next.with(name, "");
        }
        state.query.set(next);
    };
    view! {
        <section class="ui-panel part-filter-panel no-print" aria-label="All filters">
            {several("stage", "Stage", stages.collect())}
            {several("disposition", "Disposition", dispositions.collect())}
            {several("priority", "Priority", priorities.collect())}
            {move || several("type", "Type", people.types_ever())}
            <div class="fields">
                {choice("assignee", "Assignee", persons)}
                {choice("requester", "Requester", persons)}
                {choice("group", "Group", groups)}
                {choice("overdue", "Time limit", late)}
                {choice("contract", "Contract", contracts)}
                {line("unit", "Unit", "text")}
                {line("ci", "Touches the CI with the key", "text")}
                {line("number", "Number", "text")}
                {line("opened_from", "Opened from", "date")}
                {line("opened_until", "Opened until", "date")}
                {line("closed_from", "Closed from", "date")}
                {line("closed_until", "Closed until", "date")}
            </div>
            <div class="ui-actions">
                <Button on_press=clear>"Take all filters off"</Button>
                <Button on_press=close>"Close"</Button>
            </div>
        </section>
    }
}

fn set(state: ListState, name: &'static str, value: &str) {
    state
        .query
        .set(state.query.now.get_untracked().with(name, value.trim()));
}

/// A filter of which several values may be on.
fn several(name: &'static str, label: &'static str, options: Vec<(String, String)>) -> AnyView {
    let state = expect_context::<ListState>();
    let is_on = move |value: &str| state.query.get(name).split(',').any(|on| on == value);
    let turn = move |value: &str, on: bool| {
        let now = untrack(|| state.query.get(name));
        let mut values: Vec<&str> = now
            .split(',')
            .filter(|it| !it.is_empty() && *it != value)
            .collect();
        if on {
            values.push(value);
        }
        set(state, name, &values.join(","));
    };
    let option = |(value, label): (String, String)| {
        let mine = value.clone();
        view! {
            <label>
                <input
                    type="checkbox"
                    prop:checked=move || is_on(&mine)
                    on:change=move |ev| turn(&value, event_target_checked(&ev))
                />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="ui-choices">
            <legend>{label}</legend>
            {options.into_iter().map(option).collect_view()}
        </fieldset>
    }
    .into_any()
}

/// What the address says of a filter, as a field has it.
fn value_of(state: ListState, name: &'static str) -> RwSignal<String> {
    let value = RwSignal::new(untrack(|| state.query.get(name)));
    Effect::new(move |_| value.set(state.query.get(name)));
    value
}

fn choice(name: &'static str, label: &'static str, options: Signal<Vec<(String, String)>>) -> AnyView {
    let state = expect_context::<ListState>();
    let value = value_of(state, name);
    view! { <SelectField label=label value=value options=options on_change=move |v: String| set(state, name, &v) /> }
        .into_any()
}

fn line(name: &'static str, label: &'static str, kind: &'static str) -> AnyView {
    let state = expect_context::<ListState>();
    let value = value_of(state, name);
    view! { <TextField label=label kind=kind value=value on_change=move |v: String| set(state, name, &v) /> }
        .into_any()
}
