//! Links inside drawings. The router only follows links of HTML, so these follow themselves.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// What a press on a link in a drawing does: goes there without loading the page anew. New tabs and windows
/// stay the browser's business.
pub fn follow(href: String) -> impl Fn(MouseEvent) + 'static {
    let navigate = use_navigate();
    move |ev| {
        if ev.default_prevented() || ev.ctrl_key() || ev.meta_key() || ev.shift_key() || ev.button() != 0 {
            return;
        }
        ev.prevent_default();
        navigate(&href, NavigateOptions::default());
    }
}

/// A link in a drawing around some shapes.
#[must_use]
pub fn svg_link(href: &str, label: &str, class: &'static str, body: AnyView) -> AnyView {
    let press = follow(href.to_owned());
    let (href, label) = (href.to_owned(), label.to_owned());
    view! {
        <g class=class>
            <a href=href aria-label=label on:click=press>{body}</a>
        </g>
    }
    .into_any()
}
