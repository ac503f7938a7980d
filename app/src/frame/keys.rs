use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::hooks::use_navigate;

use crate::client::clock;
use crate::state::use_preferences;

/// How long after `g` the next letter still belongs to it, in milliseconds.
const CHORD: f64 = 1_500.0;

/// Listens for the keys that work on every page.
pub fn listen(help: RwSignal<bool>) {
    let preferences = use_preferences();
    let navigate = use_navigate();
    let chord_until = StoredValue::new(0.0);
    let handle = window_event_listener(leptos::ev::keydown, move |ev| {
        let key = ev.key();
        if (ev.ctrl_key() || ev.meta_key()) && key.eq_ignore_ascii_case("k") {
            ev.prevent_default();
            focus_search();
            return;
        }
        let letters = preferences.with_untracked(|p| p.letters);
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || !letters || busy_elsewhere(&ev) {
            return;
        }
        let chord = clock::now_ms() < chord_until.get_value();
        chord_until.set_value(0.0);
        let target = match key.as_str() {
            "h" if chord => "/",
            "w" if chord => "/work",
            "r" if chord => "/releases",
            "s" if chord => "/schedule",
            "c" if chord => "/cmdb",
            "i" if chord => "/impact",
            "g" => {
                chord_until.set_value(clock::now_ms() + CHORD);
                return;
            }
            "/" => {
                ev.prevent_default();
                focus_search();
                return;
            }
            "j" => {
                // Inside a table the table moves; from elsewhere the first row is the beginning.
                focus_first_row();
                return;
            }
            "?" => {
                help.set(true);
                return;
            }
            _ => return,
        };
        ev.prevent_default();
        navigate(target, leptos_router::NavigateOptions::default());
    });
    on_cleanup(move || handle.remove());
}

/// Somebody types, or a dialog is open: letters are letters.
fn busy_elsewhere(ev: &KeyboardEvent) -> bool {
    let target = ev
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        target
            .closest("input, textarea, select, [contenteditable], dialog")
            .ok()
            .flatten()
            .is_some()
    })
}

fn focus_first_row() {
    let inside = document()
        .active_element()
        .and_then(|active| active.closest("table").ok().flatten());
    let first = document().query_selector("main [data-row]").ok().flatten();
    if let (None, Some(row)) = (
        inside,
        first.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()),
    ) {
        let _ = row.focus();
    }
}

fn focus_search() {
    let field = document().get_element_by_id(super::jump::FIELD);
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}
