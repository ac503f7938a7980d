use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::icon::{Icon, icon};
use crate::state::use_toasts;

/// Puts a text on the clipboard and says so.
#[component]
pub fn CopyButton(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is: "key", "serial number".
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let toasts = use_toasts();
    let label = format!("Copy {what}");
    let copy = move |_| {
        let done = window().navigator().clipboard().write_text(&text);
        let what = what.clone();
        spawn_local(async move {
            match JsFuture::from(done).await {
                Ok(_) => toasts.say(format!("Copied the {what}")),
                Err(_) => toasts.fail(format!(
                    "The browser did not let the page copy the {what}. Select it and press Ctrl C."
                )),
            }
        });
    };
    view! {
        <button type="button" class="ui-button ui-copy" data-kind="quiet" title=label.clone() aria-label=label on:click=copy>
            {icon(Icon::Copy)}
        </button>
    }
}
