//! There is no such page.

use leptos::prelude::*;

use crate::ui::{LinkButton, Page, StateKind, state_view};

/// Says so, and offers the way back to solid ground.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let home = view! { <LinkButton href="/">"Go to the start page"</LinkButton> }.into_any();
    view! {
        <Page title="No such page">
            {state_view(
                StateKind::NotFound,
                "There is no page at this address",
                "A link may be old or mistyped. Search at the top finds CIs and releases by name.",
                Some(home),
            )}
        </Page>
    }
}
