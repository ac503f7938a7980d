//! Choosing records of other registers: a choice among few, a search among many, chips for what was chosen.

use domain::grow::Arrange;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{holds, put};
use crate::pages::admin::form::Slot;
use crate::pages::admin::names::{Known, Names, Source};
use crate::ui::{Choice, Combobox, Found, Icon, Search, SelectField, icon};

/// Most matches that are shown at once.
const SHOWN: usize = 30;

/// One record.
pub fn one(slot: Slot, source: Source, names: Names, error: Signal<Option<String>>) -> AnyView {
    let Slot { spec, value } = slot;
    if source == Source::People {
        return person(slot, names, error);
    }
    let text = RwSignal::new(value.with_untracked(|value| value.as_str().unwrap_or_default().to_owned()));
    let options = Signal::derive(move || {
        let chosen = text.get();
        let known = names.all(source).into_iter();
        let offered = known.filter(|known| !known.retired || known.id == chosen);
        let none = (String::new(), "none".to_owned());
        let all = offered.map(|known| (known.id.clone(), known.words()));
        [none].into_iter().chain(all).collect::<Vec<_>>()
    });
    let choose = move |id: String| value.set(if id.is_empty() { Value::Null } else { json!(id) });
    view! {
        <SelectField
            label=spec.label
            value=text
            options=options
            hint=spec.hint
            required=spec.required
            error=error
            on_change=choose
        />
    }
    .into_any()
}

/// One of many people: a search, and who was found.
fn person(slot: Slot, names: Names, error: Signal<Option<String>>) -> AnyView {
    let Slot { spec, value } = slot;
    let chosen = move || value.with(|value| value.as_str().map(str::to_owned));
    let chips = move || {
        chosen().map(|id| {
            let name = names.name(Source::People, &id);
            let remove = Callback::new(move |()| value.set(Value::Null));
            view! { <ul class="ui-chips" aria-label=spec.label>{chip(name, remove)}</ul> }
        })
    };
    let pick = move |choice: Choice| value.set(json!(choice.key));
    view! {
        <div class="page-admin-pick">
            <Combobox
                label=spec.label
                placeholder="Type a name"
                hint=spec.hint
                error=error
                search=search(Source::People, names, move |id| value.with_untracked(|value| value == id))
                on_pick=pick
            />
            {chips}
        </div>
    }
    .into_any()
}

/// Any number of records.
pub fn many(slot: Slot, source: Source, names: Names, error: Signal<Option<String>>) -> AnyView {
    let Slot { spec, value } = slot;
    let chosen = move || {
        let mut all: Vec<(String, String)> = value.with(|value| {
            let ids = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            ids.map(|id| (names.name(source, id), id.to_owned())).collect()
        });
        all.arrange_by_key(|(name, _)| name.to_lowercase());
        all
    };
    let chips = move || {
        let all = chosen();
        if all.is_empty() {
            return view! { <p class="soft meta">"none"</p> }.into_any();
        }
        let chips = all.into_iter().map(|(name, id)| {
            let remove = Callback::new(move |()| value.update(|value| put(value, &id, false)));
            chip(name, remove)
        });
        view! { <ul class="ui-chips" aria-label=spec.label>{chips.collect_view()}</ul> }.into_any()
    };
    let pick = move |choice: Choice| value.update(|value| put(value, &choice.key, true));
    view! {
        <div class="page-admin-pick">
            <Combobox
                label=spec.label
                placeholder="Type to add"
                hint=spec.hint
                error=error
                search=search(source, names, move |id| value.with_untracked(|value| holds(value, id)))
                on_pick=pick
            />
            {chips}
        </div>
    }
    .into_any()
}

fn chip(name: String, remove: Callback<()>) -> AnyView {
    view! {
        <li>
            <button type="button" class="ui-chip" on:click=move |_| remove.run(())>
                <span class="sr-only">"Remove "</span>
                <span class="value">{name}</span>
                {icon(Icon::Close)}
            </button>
        </li>
    }
    .into_any()
}

/// Finds what is in use, not `chosen` yet, and holds all the words that are typed.
fn search(source: Source, names: Names, chosen: impl Fn(&str) -> bool + Copy + 'static) -> Search {
    Search::new(move |text: String| {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let fits = |known: &Known| {
            let name = known.name.to_lowercase();
            !known.retired && !chosen(&known.id) && words.iter().all(|word| name.contains(word.as_str()))
        };
        let all: Vec<Known> = untrack(|| names.all(source)).into_iter().filter(fits).collect();
        async move {
            let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
            let items = all.into_iter().take(SHOWN).map(|known| Choice {
                key: known.id,
                label: known.name,
                detail: String::new(),
            });
            Ok(Found {
                items: items.collect(),
                total,
            })
        }
    })
}
