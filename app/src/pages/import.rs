//! Import.
use crate::ui::Page;
use leptos::prelude::*;
/// Import.
#[component]
pub fn ImportPage() -> impl IntoView {
    view! { <Page title="Import">""</Page> }
}
/// Report.
#[component]
pub fn ReportPage() -> impl IntoView {
    view! { <Page title="Report">""</Page> }
}
