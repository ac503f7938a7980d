//! The filters that are always at hand, and all that are on as chips.

use domain::release::Stage;
use leptos::prelude::*;

use super::address::FILTERS;
use super::state::ListState;
use crate::parts::people::{People, or_none, use_people};
use crate::state::location::typed;
use crate::ui::{FilterChip, SelectField, TextField};
use crate::words;

/// Search, stage and type; and chips.
#[component]
pub fn Filters() -> impl IntoView {
    let state = expect_context::<ListState>();
    let (query, people) = (state.query, use_people());
    let asked = move || {
        let text = query.get("text");
        if text.is_empty() { query.get("q") } else { text }
    };
    // Also in descriptions and journals, or only in number and title.
    let deep = RwSignal::new(untrack(|| !query.get("text").is_empty()));
    let (stage, kind) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // The address is the truth; the controls follow it.
    Effect::new(move |_| {
        stage.set(query.get("stage"));
        kind.set(query.get("type"));
        if !query.get("text").is_empty() {
            deep.set(true);
        } else if !query.get("q").is_empty() {
            deep.set(false);
        }
    });
    let search = move |words: &str| {
        let (on, off) = if deep.get_untracked() {
            ("text", "q")
        } else {
            ("q", "text")
        };
        let next = query.now.get_untracked().with(off, "").with(on, words.trim());
        query.replace(next);
    };
    let text = typed(asked, search);
    let set =
        move |name: &'static str, value: &str| query.set(query.now.get_untracked().with(name, value.trim()));
    let several = |value: String, mut options: Vec<(String, String)>| {
        if value.contains(',') {
            options.push((value, "Several".to_owned()));
        }
        options
    };
    let stages = Signal::derive(move || {
        let all = Stage::ALL
            .into_iter()
            .map(|s| (s.as_str().to_owned(), s.as_str().to_owned()));
        several(stage.get(), or_none(all.collect(), "Any stage"))
    });
    let kinds = Signal::derive(move || several(kind.get(), or_none(people.types_ever(), "Any type")));
    let chip = move |(name, word): (&'static str, &'static str)| {
        let value = Signal::derive(move || readable(name, &query.get(name), people));
        let remove = Callback::new(move |()| set(name, ""));
        move || {
            (!query.get(name).is_empty())
                .then(|| view! { <FilterChip name=word value=value on_remove=remove /> })
        }
    };
    let any = Memo::new(move |_| FILTERS.iter().any(|(name, _)| !query.get(name).is_empty()));
    view! {
        <search class="part-filters" aria-label="Filter the list">
            <TextField label="Search" kind="search" value=text />
            <label class="ui-check part-deep">
                <input
                    type="checkbox"
                    prop:checked=move || deep.get()
                    on:change=move |ev| {
                        deep.set(event_target_checked(&ev));
                        search(&text.get_untracked());
                    }
                />
                <span>"Also in descriptions and journals"</span>
            </label>
            <SelectField label="Stage" value=stage options=stages on_change=move |v: String| set("stage", &v) />
            <SelectField label="Type" value=kind options=kinds on_change=move |v: String| set("type", &v) />
        </search>
        <div class="ui-chips" hidden=move || !any.get()>{FILTERS.into_iter().map(chip).collect_view()}</div>
    }
}

/// The value of a filter as people say it.
fn readable(name: &str, value: &str, people: People) -> String {
    let each = |say: &dyn Fn(&str) -> String| value.split(',').map(say).collect::<Vec<_>>().join(", ");
    let person = |word: &str| match word {
        "me" => "me".to_owned(),
        "none" => "nobody".to_owned(),
        id => id.parse().map_or_else(|_| id.to_owned(), |id| people.name(id)),
    };
    let group = |word: &str| match word {
        "me" => "my groups".to_owned(),
        "none" => "none".to_owned(),
        id => id.parse().map_or_else(|_| id.to_owned(), |id| people.group(id)),
    };
    match name {
        "type" => each(&|key| {
            key.parse()
                .map_or_else(|_| key.to_owned(), |key| people.release_type(&key))
        }),
        "requester" | "assignee" => each(&person),
        "group" => each(&group),
        "contract" => each(&|word| match word {
            "me" => "mine".to_owned(),
            "none" => "none".to_owned(),
            id => id
                .parse()
                .map_or_else(|_| id.to_owned(), |id| people.contract(id)),
        }),
        "overdue" => if value == "true" { "yes" } else { "no" }.to_owned(),
        "stage" | "disposition" | "priority" => each(&words::plain),
        _ => value.to_owned(),
    }
}
