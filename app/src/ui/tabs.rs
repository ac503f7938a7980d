use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

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
    let row = NodeRef::new();
    keep_current_in_sight(row, move || tabs.track());
    view! {
        <nav class="ui-tabs" aria-label=label node_ref=row>
            <ul>{move || tabs.get().into_iter().map(tab).collect_view()}</ul>
        </nav>
    }
}

/// Scrolls a row of links, where it is longer than the page is wide, so that the current one is seen.
pub fn keep_current_in_sight(row: NodeRef<html::Nav>, follow: impl Fn() + 'static) {
    Effect::new(move |_| {
        follow();
        request_animation_frame(move || {
            let Some(Some(row)) = row.try_get_untracked() else {
                return;
            };
            let current = row.query_selector("[aria-current]").ok().flatten();
            if let Some(current) = current.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
                row.set_scroll_left(
                    current.offset_left() - (row.client_width() - current.offset_width()) / 2,
                );
            }
        });
    });
}
