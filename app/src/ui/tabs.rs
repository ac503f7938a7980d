use leptos::prelude::*;

use crate::words;

/// One tab: a link, so that what it shows has an address.
#[derive(Debug, Clone, PartialEq)]
pub struct TabLink {
    /// Where it goes.
    pub href: String,
    /// The word on it.
    pub label: String,
    /// How many things are behind it, where that says something.
    pub count: Option<u64>,
    /// It is the one shown.
    pub current: bool,
}

/// A row of tabs.
#[component]
pub fn TabLinks(
    /// What the tabs are of, for screen readers.
    #[prop(into)]
    label: String,
    /// The tabs.
    #[prop(into)]
    tabs: Signal<Vec<TabLink>>,
) -> impl IntoView {
    let tab = |tab: TabLink| {
        let count = tab
            .count
            .map(|count| view! { <span class="count">{words::count(count)}</span> });
        view! {
            <li>
                <a href=tab.href data-noscroll="" aria-current=tab.current.then_some("page")>
                    {tab.label}
                    {count}
                </a>
            </li>
        }
    };
    view! {
        <nav class="ui-tabs" aria-label=label>
            <ul>{move || tabs.get().into_iter().map(tab).collect_view()}</ul>
        </nav>
    }
}
