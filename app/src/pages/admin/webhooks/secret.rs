//! A secret that is shown once.

use leptos::prelude::*;

use crate::ui::{Button, CopyButton};

/// Shows a secret until it was put somewhere.
#[component]
pub(in crate::pages::admin) fn SecretOnce(
    /// The webhook it is of.
    name: String,
    /// The secret.
    secret: String,
    /// It was kept.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="ui-panel part-secret" aria-label="New secret" role="status">
            <h2>{format!("The secret of {name}")}</h2>
            <p>
                "Give it to the receiver, which checks with it that a message is from here. It is shown only now; whoever loses it makes a new one."
            </p>
            <p class="secret">
                <code>{secret.clone()}</code>
                <CopyButton text=secret what="secret" />
            </p>
            <div class="ui-actions">
                <Button on_press=on_done>"I have kept it"</Button>
            </div>
        </section>
    }
}
