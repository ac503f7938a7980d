//! Impact.
use crate::ui::Page;
use leptos::prelude::*;
/// Impact.
#[component]
pub fn ImpactPage() -> impl IntoView {
    view! { <Page title="Impact">""</Page> }
}
