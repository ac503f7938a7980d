//! Where a release is in its life, and how urgent it is, as badges.

use domain::release::{Disposition, Priority, Stage};
use leptos::prelude::*;

use crate::ui::{Badge, Tone};
use crate::words;

/// The stage as a word in its hue, hatched while on hold; and the disposition, where it is not simply active.
#[must_use]
pub fn stage_badge(stage: Stage, disposition: Disposition) -> AnyView {
    let other = match disposition {
        Disposition::Active => None,
        Disposition::OnHold => Some((Tone::Warning, "‖")),
        Disposition::Concluded => Some((Tone::Success, "✓")),
        Disposition::Cancelled => Some((Tone::Neutral, "✕")),
    };
    let other = other.map(|(tone, shape)| {
        view! { <Badge tone=tone shape=shape text=words::plain(disposition.as_str()) /> }
    });
    view! {
        <span class="ui-badge part-stage" data-stage=stage.as_str() data-disposition=disposition.as_str()>
            {stage.as_str()}
        </span>
        {other}
    }
    .into_any()
}

/// Priority 1 (highest) to 5: a number and as many bars as it is urgent.
#[must_use]
pub fn priority_badge(priority: Priority) -> AnyView {
    let word = priority_word(priority);
    view! {
        <span class="part-priority" data-priority=priority.to_string() title=format!("Priority {priority}: {word}")>
            <span class="bars" aria-hidden="true"></span>
            <span class="sr-only">"Priority "</span>
            {priority.to_string()}
            <span class="word">{word}</span>
        </span>
    }
    .into_any()
}

/// What a priority means.
#[must_use]
pub fn priority_word(priority: Priority) -> &'static str {
    match priority {
        1 => "critical",
        2 => "high",
        3 => "medium",
        4 => "low",
        _ => "planning",
    }
}
