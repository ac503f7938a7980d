//! The hours of a kind of day: an interval a row, from and to.

use domain::calendar::MAX_INTERVALS;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::fields::hours_wrong;
use crate::ui::{Button, For, Icon, icon, unique_id};

/// The rows and the button below them.
pub fn editor(label: &'static str, value: RwSignal<Value>) -> AnyView {
    let count = Memo::new(move |_| value.with(|hours| hours.as_array().map_or(0, Vec::len)));
    let add = move |()| change(value, |hours| hours.push(json!({ "from": "", "to": "" })));
    let full = Signal::derive(move || {
        (count.get() >= MAX_INTERVALS).then(|| format!("A day has at most {MAX_INTERVALS} intervals"))
    });
    view! {
        <fieldset class="cell wide page-admin-hours">
            <legend>{label}</legend>
            <For each=move || 0..count.get() key=|at| *at children=move |at| interval(value, at) />
            <div><Button icon=Icon::Plus blocked=full on_press=add>"Add hours"</Button></div>
        </fieldset>
    }
    .into_any()
}

fn change(value: RwSignal<Value>, change: impl FnOnce(&mut Vec<Value>)) {
    value.update(|hours| {
        let mut all = hours.as_array().cloned().unwrap_or_default();
        change(&mut all);
        *hours = Value::Array(all);
    });
}

fn interval(value: RwSignal<Value>, at: usize) -> AnyView {
    let about = unique_id("hours");
    let wrong = Memo::new(move |_| value.with(|hours| hours_wrong(hours).into_iter().nth(at).flatten()));
    let described = about.clone();
    let time = move |key: &'static str, label: &'static str| {
        let (name, described) = (format!("{label}, interval {}", at + 1), described.clone());
        // A day that is worked to its end ends at 24:00, which a field of a browser has no word for.
        let text = Memo::new(move |_| {
            let text = value.with(|hours| hours[at][key].as_str().unwrap_or_default().to_owned());
            if text == "24:00" { "00:00".to_owned() } else { text }
        });
        // Told when it is complete: what is half typed must not move below the fingers.
        let put = move |ev: leptos::ev::Event| {
            let typed = event_target_value(&ev);
            let typed = if key == "to" && typed == "00:00" {
                "24:00"
            } else {
                &typed
            };
            change(value, |hours| {
                if let Some(one) = hours.get_mut(at) {
                    one[key] = json!(typed);
                }
            });
        };
        view! {
            <label class="cell">
                <span>{label}</span>
                <input
                    class="ui-input"
                    type="time"
                    aria-label=name
                    aria-invalid=move || wrong.get().is_some().then_some("true")
                    aria-describedby=move || wrong.get().is_some().then(|| described.clone())
                    prop:value=move || text.get()
                    on:change=put
                />
            </label>
        }
    };
    let remove = move |_| {
        change(value, |hours| {
            if at < hours.len() {
                hours.remove(at);
            }
        });
    };
    view! {
        <div class="interval">
            {time("from", "From")}
            {time("to", "To")}
            <button type="button" class="ui-button" data-kind="quiet" title="Take it away" on:click=remove>
                {icon(Icon::Close)}
                <span class="sr-only">{format!("Take interval {} away", at + 1)}</span>
            </button>
            <p class="error" id=about aria-live="polite">{move || wrong.get()}</p>
        </div>
    }
    .into_any()
}
