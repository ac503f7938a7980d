use super::For;
use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::state::toasts::Toast;
use crate::state::use_toasts;

/// Where messages appear; once, in the frame.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    let one = move |toast: Toast| {
        let id = toast.id;
        let undo = toast.undo.map(|undo| {
            let press = move |_| {
                toasts.close(id);
                undo.run(());
            };
            view! { <button type="button" class="ui-button" data-kind="quiet" on:click=press>"Undo"</button> }
        });
        view! {
            <div class="ui-toast" data-tone=if toast.failure { "danger" } else { "neutral" }>
                {icon(if toast.failure { Icon::Warning } else { Icon::Check })}
                <span class="text">{toast.text}</span>
                {undo}
                <button
                    type="button"
                    class="ui-button"
                    data-kind="quiet"
                    aria-label="Close message"
                    on:click=move |_| toasts.close(id)
                >
                    {icon(Icon::Close)}
                </button>
            </div>
        }
    };
    view! {
        <div class="ui-toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|toast| toast.id children=one />
        </div>
    }
}
