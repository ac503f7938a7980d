//! The back-out plan of a change: its steps, who answers for it, and when it was last tried (D18).

use domain::registry::{Record, RecordField};
use leptos::prelude::*;

use crate::ui::{Badge, Tone};

/// The plan, or that there is none.
#[must_use]
pub fn view(record: &Record) -> AnyView {
    if record.back_out.is_empty() {
        return view! {
            <p class="ui-bar" data-tone="warning">
                <span>"This change has no back-out plan. Ask its owner before it is carried out."</span>
            </p>
        }
        .into_any();
    }
    let owner = record.text(RecordField::BackOutOwner).to_owned();
    let tested = record.text(RecordField::BackOutTested).to_owned();
    let owner = (!owner.is_empty()).then(|| view! { <span><span class="soft">"Owner "</span>{owner}</span> });
    let tested = if tested.is_empty() {
        view! { <Badge tone=Tone::Warning shape="!" text="never tried" /> }.into_any()
    } else {
        view! { <Badge tone=Tone::Success shape="✓" text=format!("tried on {tested}") /> }.into_any()
    };
    let steps = record.back_out.iter().cloned();
    view! {
        <div class="part-back-out">
            <p class="facts">{owner} {tested}</p>
            <ol>{steps.map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
        </div>
    }
    .into_any()
}
