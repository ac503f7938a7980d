use domain::registry::{FieldSpec, Record, Shape};
use domain::release::{FieldKind, Value};
use leptos::prelude::*;

use super::link_out;
use crate::ui::{CopyButton, Moment};
use crate::words;

/// A field of a record as people read it; `None` where it is empty.
#[must_use]
pub fn value_view(record: &Record, spec: &FieldSpec) -> Option<AnyView> {
    let value = record.fields.get(&spec.field)?;
    let text = value.as_text();
    Some(match spec.shape {
        Shape::Link => link_out(text, text.to_owned()),
        Shape::Size => {
            let bytes = value.as_number().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            let exact = format!("{} bytes", words::count(bytes));
            view! { <span title=exact>{words::bytes(bytes)}</span> }.into_any()
        }
        Shape::Digest => view! {
            <span class="mono">{text.to_owned()}</span>
            <CopyButton text=text.to_owned() what="SHA-256" />
        }
        .into_any(),
        Shape::Plain(FieldKind::Time) => match value.as_time() {
            Some(at) => view! { <Moment at=at /> }.into_any(),
            None => text.to_owned().into_any(),
        },
        Shape::Plain(FieldKind::Prose(_)) => view! { <p class="prose">{text.to_owned()}</p> }.into_any(),
        Shape::Plain(_) | Shape::Day => match value {
            Value::Text(text) => text.clone().into_any(),
            other => other.to_string().into_any(),
        },
    })
}
