//! The kind of each day of the week, out of the kinds that the calendar has.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::rows::{patterns, select};
use crate::pages::admin::form::{Form, Slot};
use crate::pages::admin::words::WEEK;

/// Seven choices.
pub fn editor(form: Form, slot: Slot, error: Signal<Option<String>>) -> AnyView {
    let Slot { spec, value } = slot;
    let day = move |(key, label): (&'static str, &'static str)| {
        let chosen = move || {
            value.with(|week| {
                week.get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            })
        };
        let options = move || patterns(form, &chosen());
        let choose = move |kind: String| {
            value.update(|week| {
                let mut days = week.as_object().cloned().unwrap_or_default();
                if kind.is_empty() {
                    days.remove(key);
                } else {
                    days.insert(key.to_owned(), json!(kind));
                }
                *week = Value::Object(days);
            });
        };
        select(
            label,
            "off",
            Signal::derive(chosen),
            Signal::derive(options),
            Callback::new(choose),
        )
    };
    let hint = (!spec.hint.is_empty()).then(|| view! { <p class="hint">{spec.hint}</p> });
    view! {
        <fieldset class="ui-field page-admin-set" data-invalid=move || error.get().is_some().then_some("true")>
            <legend>{spec.label}</legend>
            {hint}
            <div class="page-admin-week">{WEEK.into_iter().map(day).collect_view()}</div>
            <p class="error" aria-live="polite">{move || error.get()}</p>
        </fieldset>
    }
    .into_any()
}
