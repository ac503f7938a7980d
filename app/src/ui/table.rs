use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::state::use_preferences;

/// A table with a caption, in a frame that scrolls sideways on narrow screens.
///
/// Children are `<thead>` and `<tbody>`. The main link of a row carries `data-row=""`: J, K and the arrow
/// keys move between those links, Enter opens one.
#[component]
pub fn TableFrame(
    /// What the table shows, and of how many.
    #[prop(into)]
    caption: Signal<String>,
    /// The caption is only for screen readers: the page says it elsewhere.
    #[prop(optional)]
    quiet: bool,
    children: Children,
) -> impl IntoView {
    let letters = use_preferences();
    let table = NodeRef::<html::Table>::new();
    let on_key = move |ev: leptos::ev::KeyboardEvent| {
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() {
            return;
        }
        let allowed = letters.with_untracked(|p| p.letters);
        let step = match ev.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "j" if allowed => 1,
            "k" if allowed => -1,
            _ => return,
        };
        if let Some(table) = table.get_untracked()
            && move_focus(&table, step)
        {
            ev.prevent_default();
        }
    };
    let caption_class = if quiet { "sr-only" } else { "" };
    view! {
        <div class="ui-table-frame">
            <table class="ui-table" node_ref=table on:keydown=on_key>
                <caption class=caption_class>{move || caption.get()}</caption>
                {children()}
            </table>
        </div>
    }
}

/// Moves the focus to the next or previous row link; `false` when the focus is not on one.
fn move_focus(table: &web_sys::HtmlElement, step: i32) -> bool {
    let Ok(links) = table.query_selector_all("[data-row]") else {
        return false;
    };
    let Some(active) = document().active_element() else {
        return false;
    };
    if active.dyn_ref::<web_sys::HtmlInputElement>().is_some() {
        return false;
    }
    let Some(row) = active.closest("tr").ok().flatten() else {
        return false;
    };
    let inside = |index: u32| links.item(index).is_some_and(|link| row.contains(Some(&link)));
    let Some(now) = (0..links.length()).find(|index| inside(*index)) else {
        return false;
    };
    let next = now.checked_add_signed(step).and_then(|index| links.item(index));
    if let Some(link) = next.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = link.focus();
    }
    true
}
