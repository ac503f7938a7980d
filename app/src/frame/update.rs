use leptos::prelude::*;

use crate::client::worker::{Update, use_worker};
use crate::ui::{Button, Icon, icon};

/// Says that a newer build waits, and changes to it when asked to. Stands in the flow of the page, above its
/// content.
#[component]
pub fn UpdateBar() -> impl IntoView {
    let worker = use_worker();
    let later = RwSignal::new(false);
    let bar = move || match worker.update.get() {
        Update::Ready if !later.get() => Some(
            view! {
                <div class="ui-bar" data-tone="info">
                    {icon(Icon::Retry)}
                    <span>
                        <strong>"Update ready."</strong>
                        " All windows of Slipway start anew; what you typed is saved first."
                    </span>
                    <Button on_press=move |()| worker.consent()>"Update now"</Button>
                    <Button on_press=move |()| later.set(true)>"Later"</Button>
                </div>
            }
            .into_any(),
        ),
        Update::Saving => Some(
            view! {
                <div class="ui-bar" data-tone="info">
                    {icon(Icon::Saving)}
                    <span>"Slipway starts anew as soon as everything on this page is saved."</span>
                </div>
            }
            .into_any(),
        ),
        Update::Ready | Update::None => None,
    };
    // The region is there before its words, else screen readers would not read them.
    view! { <div role="status">{bar}</div> }
}
