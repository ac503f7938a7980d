use leptos::prelude::*;

use super::icon::{Icon, icon};

/// What a badge feels like; the word in it says what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Just a fact.
    #[default]
    Neutral,
    /// Under way, or worth knowing.
    Info,
    /// Well.
    Success,
    /// Take care.
    Warning,
    /// Bad, or dangerous.
    Danger,
}

impl Tone {
    /// The word in `data-tone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}

/// A state, as a word, optionally with a shape before it (`▼`, `◐`).
#[component]
pub fn Badge(
    /// What it feels like.
    #[prop(optional)]
    tone: Tone,
    /// A shape that carries the meaning without colour.
    #[prop(optional)]
    shape: &'static str,
    /// The word.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let shape = (!shape.is_empty()).then(|| view! { <span aria-hidden="true" class="shape">{shape}</span> });
    view! { <span class="ui-badge" data-tone=tone.as_str()>{shape}{text}</span> }
}

/// A filter that is on, as a link to the page without it.
#[component]
pub fn FilterChip(
    /// The field, as people call it.
    #[prop(into)]
    name: Signal<String>,
    /// Its value, as people call it.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the filter off.
    on_remove: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="ui-chip"
            on:click=move |_| on_remove.run(())
        >
            <span class="sr-only">"Remove filter "</span>
            <span class="name">{move || name.get()} <span class="sr-only">": "</span></span>
            <span class="value">{move || value.get()}</span>
            {icon(Icon::Close)}
        </button>
    }
}
