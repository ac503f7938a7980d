//! A line for paper only.

use leptos::prelude::*;

use crate::client::clock;
use crate::state::use_session;

/// What is on the paper, when it was printed and by whom.
#[component]
pub fn Paper(
    /// What it is.
    #[prop(into)]
    what: Signal<String>,
) -> impl IntoView {
    let (session, printed) = (use_session(), RwSignal::new(clock::now()));
    let before = window_event_listener_untyped("beforeprint", move |_| printed.set(clock::now()));
    on_cleanup(move || before.remove());
    let said = move || {
        let by = session.me().map(|me| me.actor.name.clone()).unwrap_or_default();
        format!("{}. Printed {} by {by}.", what.get(), clock::local(printed.get()))
    };
    view! { <p class="print-only">{said}</p> }
}
