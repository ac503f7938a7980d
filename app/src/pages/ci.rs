//! CI.
use crate::ui::Page;
use leptos::prelude::*;
/// CI.
#[component]
pub fn CiPage() -> impl IntoView {
    view! { <Page title="CI">""</Page> }
}
