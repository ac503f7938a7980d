//! A field of small records: approving groups, reasons, kinds of day, exceptions. One row for each, with a button to
//! add one.

use leptos::prelude::*;
use serde_json::{Map, Value, json};

use crate::fields::{blank, key_of};
use crate::pages::admin::form::{Form, Slot};
use crate::pages::admin::names::{Names, Source};
use crate::pages::admin::register::{Cell, CellKind};
use crate::ui::{Button, For, Icon, icon};

/// One small record: what identifies its row, and its parts in the order of the cells.
#[derive(Clone)]
struct Row {
    id: u32,
    parts: Vec<ArcRwSignal<Value>>,
}

/// The rows and the button below them.
pub fn editor(
    form: Form,
    slot: Slot,
    cells: &'static [Cell],
    names: Names,
    error: Signal<Option<String>>,
) -> AnyView {
    let Slot { spec, value } = slot;
    let hint = (!spec.hint.is_empty()).then(|| view! { <p class="hint">{spec.hint}</p> });
    view! {
        <fieldset class="ui-field page-admin-set" data-invalid=move || error.get().is_some().then_some("true")>
            <legend>{spec.label}</legend>
            {hint}
            {of(form, spec.label, value, cells, names)}
            <p class="error" aria-live="polite">{move || error.get()}</p>
        </fieldset>
    }
    .into_any()
}

/// The rows of one list, also of one inside of another row.
fn of(
    form: Form,
    title: &'static str,
    value: RwSignal<Value>,
    cells: &'static [Cell],
    names: Names,
) -> AnyView {
    let next = StoredValue::new(0_u32);
    let fresh = move |record: Option<&Value>| {
        let id = next.get_value();
        next.set_value(id + 1);
        let part = |cell: &Cell| {
            let known = record.and_then(|record| record.get(cell.key)).cloned();
            ArcRwSignal::new(known.unwrap_or_else(|| start(cell.kind, record.is_none())))
        };
        Row {
            id,
            parts: cells.iter().map(part).collect(),
        }
    };
    let first = value.with_untracked(|value| {
        let records = value.as_array().into_iter().flatten();
        records.map(|record| fresh(Some(record))).collect::<Vec<_>>()
    });
    let rows = RwSignal::new(first);
    Effect::new(move |before: Option<()>| {
        let records = rows.with(|rows| rows.iter().map(|row| record(cells, row)).collect::<Vec<_>>());
        if before.is_some() {
            value.set(Value::Array(records));
        }
    });
    let view = move |row: Row| {
        let id = row.id;
        let place = move || {
            rows.with(|rows| rows.iter().position(|row| row.id == id))
                .unwrap_or_default()
        };
        let label = move || format!("{title}, {}", place() + 1);
        let parts = cells
            .iter()
            .zip(row.parts)
            .map(|(cell, part)| control(form, cell, part.into(), names));
        let up = move |_| {
            rows.update(|rows| {
                if let Some(at @ 1..) = rows.iter().position(|row| row.id == id) {
                    rows.swap(at - 1, at);
                }
            });
        };
        let remove = move |_| rows.update(|rows| rows.retain(|row| row.id != id));
        view! {
            <div class="page-admin-row" role="group" aria-label=label>
                {parts.collect_view()}
                <span class="tools">
                    <button type="button" class="ui-button" data-kind="quiet" title="Further up" on:click=up>
                        {icon(Icon::Up)}
                        <span class="sr-only">{move || format!("Move {} further up", label())}</span>
                    </button>
                    <button type="button" class="ui-button" data-kind="quiet" title="Take it away" on:click=remove>
                        {icon(Icon::Close)}
                        <span class="sr-only">{move || format!("Take {} away", label())}</span>
                    </button>
                </span>
            </div>
        }
    };
    let add = move |()| {
        let row = fresh(None);
        rows.update(|rows| rows.push(row));
    };
    view! {
        <div class="page-admin-rows">
            <For each=move || rows.get() key=|row| row.id children=view />
        </div>
        <div>
            <Button icon=Icon::Plus on_press=add>
                "Add"
                <span class="sr-only">{format!(" to {title}")}</span>
            </Button>
        </div>
    }
    .into_any()
}

/// What a part says while nobody has said anything.
fn start(kind: CellKind, new: bool) -> Value {
    match kind {
        CellKind::Flag(usual) if new => json!(usual),
        CellKind::Number => json!(1),
        _ => Value::Null,
    }
}

/// The small record that a row stands for; tracks.
fn record(cells: &[Cell], row: &Row) -> Value {
    let mut record = Map::new();
    for (cell, part) in cells.iter().zip(&row.parts) {
        let value = part.get();
        if !value.is_null() {
            record.insert(cell.key.to_owned(), value);
        }
    }
    let keyed = cells.iter().find(|cell| cell.kind == CellKind::Key);
    if let Some(cell) = keyed
        && record.get(cell.key).is_none_or(blank)
    {
        let text = record.get("text").and_then(Value::as_str).unwrap_or_default();
        record.insert(cell.key.to_owned(), json!(key_of(text)));
    }
    Value::Object(record)
}

fn control(form: Form, cell: &'static Cell, value: RwSignal<Value>, names: Names) -> AnyView {
    let text = move || value.with(|value| value.as_str().unwrap_or_default().to_owned());
    let put = move |text: String| value.set(if text.is_empty() { Value::Null } else { json!(text) });
    match cell.kind {
        CellKind::Key => ().into_any(),
        CellKind::Text(max) => view! {
            <label class="cell wide">
                <span>{cell.label}</span>
                <input
                    class="ui-input"
                    type="text"
                    maxlength=max.to_string()
                    prop:value=text
                    on:input=move |ev| put(event_target_value(&ev))
                />
            </label>
        }
        .into_any(),
        CellKind::Hours => super::hours::editor(cell.label, value),
        CellKind::Number => view! {
            <label class="cell">
                <span>{cell.label}</span>
                <input
                    class="ui-input"
                    type="number"
                    min="1"
                    max="99"
                    prop:value=move || value.with(Value::to_string)
                    on:change=move |ev| value.set(json!(event_target_value(&ev).parse::<u8>().unwrap_or(1).max(1)))
                />
            </label>
        }
        .into_any(),
        CellKind::Flag(_) => view! {
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || value.with(|value| *value == Value::Bool(true))
                    on:change=move |ev| value.set(json!(event_target_checked(&ev)))
                />
                <span>{cell.label}</span>
            </label>
        }
        .into_any(),
        CellKind::Date => view! {
            <label class="cell">
                <span>{cell.label}</span>
                <input class="ui-input" type="date" prop:value=text on:change=move |ev| put(event_target_value(&ev)) />
            </label>
        }
        .into_any(),
        CellKind::Lines => {
            let now = value.with_untracked(|value| {
                let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                texts.collect::<Vec<_>>().join("\n")
            });
            let put = move |text: String| {
                let texts = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let texts: Vec<Value> = texts.map(|line| json!(line)).collect();
                value.set(if texts.is_empty() { Value::Null } else { Value::Array(texts) });
            };
            view! {
                <label class="cell wide">
                    <span>{cell.label}</span>
                    <textarea class="ui-input" rows="2" on:input=move |ev| put(event_target_value(&ev))>
                        {now}
                    </textarea>
                </label>
            }
            .into_any()
        }
        CellKind::Choice(options) => {
            let all = options.iter().map(|(key, label)| ((*key).to_owned(), (*label).to_owned()));
            let all: Vec<(String, String)> = all.collect();
            let options = Signal::derive(move || all.clone());
            select(cell.label, "…", Signal::derive(text), options, Callback::new(put))
        }
        CellKind::Rows(cells) => view! {
            <div class="page-admin-inner">
                <p class="meta">{cell.label}</p>
                {of(form, cell.label, value, cells, names)}
            </div>
        }
        .into_any(),
        CellKind::One(source) => {
            let options = move || offered(names, source, &text());
            select(cell.label, "…", Signal::derive(text), Signal::derive(options), Callback::new(put))
        }
        CellKind::Pattern => {
            let options = move || patterns(form, &text());
            select(cell.label, "off", Signal::derive(text), Signal::derive(options), Callback::new(put))
        }
    }
}

fn offered(names: Names, source: Source, chosen: &str) -> Vec<(String, String)> {
    let known = names.all(source).into_iter();
    let known = known.filter(|known| !known.retired || known.id == chosen);
    known.map(|known| (known.id.clone(), known.words())).collect()
}

/// Kinds of day in the field `patterns`, by their names; also `chosen`, where it is none of them any more.
pub fn patterns(form: Form, chosen: &str) -> Vec<(String, String)> {
    let value = form.get("patterns");
    let rows = value.as_array().into_iter().flatten();
    let names = rows.filter_map(|row| row.get("name").and_then(Value::as_str));
    let mut all: Vec<(String, String)> = names.map(|name| (name.to_owned(), name.to_owned())).collect();
    if !chosen.is_empty() && all.iter().all(|(name, _)| name != chosen) {
        all.push((chosen.to_owned(), format!("{chosen} (no such kind of day)")));
    }
    all
}

/// A choice with its label above it.
pub fn select(
    label: &'static str,
    none: &'static str,
    chosen: Signal<String>,
    options: Signal<Vec<(String, String)>>,
    choose: Callback<String>,
) -> AnyView {
    let option = move |(key, label): (String, String)| {
        let mine = key.clone();
        view! {
            <option value=key prop:selected=move || chosen.with(|chosen| *chosen == mine)>
                {label}
            </option>
        }
    };
    let all = move || {
        let none = (String::new(), none.to_owned());
        [none].into_iter().chain(options.get()).map(option).collect_view()
    };
    view! {
        <label class="cell">
            <span>{label}</span>
            <select class="ui-input" on:change=move |ev| choose.run(event_target_value(&ev))>
                {all}
            </select>
        </label>
    }
    .into_any()
}
