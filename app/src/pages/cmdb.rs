//! CMDB.
use crate::ui::Page;
use leptos::prelude::*;
/// CMDB.
#[component]
pub fn CmdbPage() -> impl IntoView {
    view! { <Page title="CMDB">""</Page> }
}
