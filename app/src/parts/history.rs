//! The versions of a CI as a list of differences.

use domain::wire::cmdb::CiVersion;
use leptos::prelude::*;
use serde_json::Value;

use crate::ui::{Moment, StateKind, state_view};
use crate::words;

/// Newest first.
#[must_use]
pub fn view(history: &[CiVersion]) -> AnyView {
    if history.is_empty() {
        return state_view(
            StateKind::Empty,
            "No history",
            "Nothing has been recorded for this CI yet.",
            None,
        );
    }
    view! { <ol class="part-history">{history.iter().map(version).collect_view()}</ol> }.into_any()
}

fn version(version: &CiVersion) -> impl IntoView + use<> {
    let first = version.changes.is_empty().then(|| {
        let text = if version.revision == 1 {
            "Created"
        } else {
            "Seen again, unchanged"
        };
        view! { <p>{text}</p> }
    });
    let change = |(field, (before, after)): (&String, &(Value, Value))| {
        let side = |value: &Value, word: &'static str| match shown(value) {
            None => view! { <span class="soft">"nothing"</span> }.into_any(),
            Some(text) if word == "was" => view! { <del>{text}</del> }.into_any(),
            Some(text) => view! { <ins>{text}</ins> }.into_any(),
        };
        view! {
            <tr>
                <th scope="row">{words::plain(field)}</th>
                <td data-label="was">{side(before, "was")}</td>
                <td data-label="now">{side(after, "now")}</td>
            </tr>
        }
    };
    let table = (!version.changes.is_empty()).then(|| {
        view! {
            <table class="part-diff">
                <caption class="sr-only">{format!("What revision {} changed", version.revision)}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Was"</th>
                        <th scope="col">"Now"</th>
                    </tr>
                </thead>
                <tbody>{version.changes.iter().map(change).collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <li class="ui-panel">
            <header>
                <h2>{format!("Revision {}", version.revision)}</h2>
                <span class="soft meta">
                    <Moment at=version.at ago=true /> {format!(" by {}, {}", version.by, version.origin)}
                </span>
            </header>
            {first}
            {table}
        </li>
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
