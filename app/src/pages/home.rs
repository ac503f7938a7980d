//! Home.
use crate::ui::Page;
use leptos::prelude::*;
/// Home.
#[component]
pub fn HomePage() -> impl IntoView {
    view! { <Page title="Home">""</Page> }
}
