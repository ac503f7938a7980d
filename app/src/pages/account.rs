//! Account.
use crate::ui::Page;
use leptos::prelude::*;
/// Account.
#[component]
pub fn AccountPage() -> impl IntoView {
    view! { <Page title="Account">""</Page> }
}
