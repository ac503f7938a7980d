//! The controls of a form, one for each kind of field. Each writes what is typed into the value of its field.

mod hours;
mod pick;
mod rows;
mod week;

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::form::Form;
use super::form::Slot;
use super::names::Names;
use super::register::Kind;
use super::{password, rights, words};
use crate::client::clock;
use crate::ui::{SelectField, TextArea, TextField};

/// The control of a field. `locked`: it is shown and cannot be changed.
#[must_use]
pub fn editor(form: Form, slot: Slot, names: Names, locked: bool) -> AnyView {
    let Slot { spec, value } = slot;
    let error = Signal::derive(move || form.wrong(slot));
    let hint = (!spec.hint.is_empty()).then(|| spec.hint.to_owned());
    if locked || spec.elsewhere || (spec.fixed && !form.is_new()) {
        return shown(slot, names);
    }
    match spec.kind {
        Kind::Line(max) => {
            let text = typed(value);
            view! {
                <TextField
                    label=spec.label
                    value=text
                    hint=hint.unwrap_or_default()
                    required=spec.required
                    max=max
                    error=error
                />
            }
            .into_any()
        }
        Kind::Prose(max) | Kind::Text(max) => {
            let text = typed(value);
            let rows = if matches!(spec.kind, Kind::Text(_)) { 16 } else { 3 };
            view! { <TextArea label=spec.label value=text hint=hint.unwrap_or_default() rows=rows max=max error=error /> }
                .into_any()
        }
        Kind::Lines => {
            let text = lines(value);
            view! { <TextArea label=spec.label value=text hint=hint.unwrap_or_default() rows=2 error=error /> }.into_any()
        }
        Kind::Secret => password::field(spec.label, spec.hint, typed(value), error),
        Kind::Date => {
            let text = typed(value);
            view! {
                <TextField
                    label=spec.label
                    kind="date"
                    value=text
                    hint=hint.unwrap_or_default()
                    required=spec.required
                    error=error
                />
            }
            .into_any()
        }
        Kind::Moment => {
            let text = moment(value);
            let error = Signal::derive(move || {
                let typed = text.get();
                let unreal = clock::read(&typed, "").err().filter(|wrong| !wrong.is_empty());
                unreal
                    .map(|wrong| format!("{}.", crate::words::capital(&wrong)))
                    .or_else(|| error.get())
            });
            let zone = format!("In the time zone of this device, {}.", clock::zone());
            view! {
                <TextField
                    label=spec.label
                    kind="datetime-local"
                    value=text
                    hint=hint.unwrap_or(zone)
                    required=spec.required
                    error=error
                />
            }
            .into_any()
        }
        Kind::Flag(words) => flag(slot, words, error),
        Kind::Choice(options) => {
            let none = (String::new(), "…".to_owned());
            let all = options
                .iter()
                .map(|(key, label)| ((*key).to_owned(), (*label).to_owned()));
            let options: Vec<(String, String)> = [none].into_iter().chain(all).collect();
            let text = typed(value);
            view! {
                <SelectField
                    label=spec.label
                    value=text
                    options=options
                    hint=hint.unwrap_or_default()
                    required=spec.required
                    error=error
                />
            }
            .into_any()
        }
        Kind::Several(options) => several(slot, options),
        Kind::One(source) => pick::one(slot, source, names, error),
        Kind::Many(source) => pick::many(slot, source, names, error),
        Kind::Rights => rights::in_words(value, names),
        Kind::Rows(cells) => rows::editor(form, slot, cells, names, error),
        Kind::Week => week::editor(form, slot, error),
    }
}

/// A field that cannot be changed here.
fn shown(slot: Slot, names: Names) -> AnyView {
    let text = move || {
        let text = slot
            .value
            .with(|value| words::by_kind(slot.spec.kind, value, names));
        if text.is_empty() {
            "nothing".to_owned()
        } else {
            text
        }
    };
    let said = slot.spec.elsewhere && !slot.spec.hint.is_empty();
    let hint = said.then(|| view! { <p class="hint">{slot.spec.hint}</p> });
    view! {
        <div class="ui-field">
            <span class="page-admin-label">{slot.spec.label}</span>
            <p class="page-admin-shown">{text}</p>
            {hint}
        </div>
    }
    .into_any()
}

/// The text of a value; what is typed goes back into it.
fn typed(value: RwSignal<Value>) -> RwSignal<String> {
    bound(
        value,
        |value| value.as_str().unwrap_or_default().to_owned(),
        |text| if text.is_empty() { Value::Null } else { json!(text) },
    )
}

fn lines(value: RwSignal<Value>) -> RwSignal<String> {
    bound(
        value,
        |value| {
            let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            texts.collect::<Vec<_>>().join("\n")
        },
        |text| {
            let texts = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Value::Array(texts.map(|line| json!(line)).collect())
        },
    )
}

fn moment(value: RwSignal<Value>) -> RwSignal<String> {
    bound(
        value,
        |value| {
            let at = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
            at.map(clock::to_input).unwrap_or_default()
        },
        |text| {
            let at = clock::read(text, "").ok();
            at.map_or(Value::Null, |at| {
                json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))
            })
        },
    )
}

/// A text that stands for `value` until somebody types.
fn bound(
    value: RwSignal<Value>,
    read: impl Fn(&Value) -> String,
    write: impl Fn(&str) -> Value + 'static,
) -> RwSignal<String> {
    let text = RwSignal::new(value.with_untracked(read));
    Effect::new(move |before: Option<String>| {
        let now = text.get();
        if before.is_some_and(|before| before != now) {
            value.set(write(&now));
        }
        now
    });
    text
}

fn flag(slot: Slot, words: &'static str, error: Signal<Option<String>>) -> AnyView {
    let Slot { spec, value } = slot;
    let hint = (!spec.hint.is_empty()).then(|| view! { <p class="hint">{spec.hint}</p> });
    view! {
        <fieldset class="ui-field page-admin-set">
            <legend>{spec.label}</legend>
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || value.with(|value| *value == Value::Bool(true))
                    on:change=move |ev| value.set(Value::Bool(event_target_checked(&ev)))
                />
                <span>{words}</span>
            </label>
            {hint}
            <p class="error" aria-live="polite">{move || error.get()}</p>
        </fieldset>
    }
    .into_any()
}

fn several(slot: Slot, options: &'static [(&'static str, &'static str)]) -> AnyView {
    let Slot { spec, value } = slot;
    let hint = (!spec.hint.is_empty()).then(|| view! { <p class="hint">{spec.hint}</p> });
    let boxes = options.iter().map(|(key, label)| {
        view! {
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || value.with(|value| holds(value, key))
                    on:change=move |ev| {
                        let on = event_target_checked(&ev);
                        value.update(|value| put(value, key, on));
                    }
                />
                <span>{*label}</span>
            </label>
        }
    });
    view! {
        <fieldset class="ui-field page-admin-set">
            <legend>{spec.label}</legend>
            {boxes.collect_view()}
            {hint}
        </fieldset>
    }
    .into_any()
}

/// A list of texts holds this one.
fn holds(list: &Value, text: &str) -> bool {
    list.as_array()
        .is_some_and(|items| items.iter().any(|item| item == text))
}

/// Puts a text into a list of texts, or takes it out.
fn put(list: &mut Value, text: &str, on: bool) {
    let mut items = list.as_array().cloned().unwrap_or_default();
    items.retain(|item| item != text);
    if on {
        items.push(json!(text));
    }
    *list = Value::Array(items);
}
