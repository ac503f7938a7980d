use leptos::prelude::*;

use crate::client::sync::use_sync;
use crate::state::connection::Standing;
use crate::state::use_connection;
use crate::ui::{Icon, icon};

/// The one indicator of connection and saving, in the same place on every page.
#[component]
pub fn StandingSlot() -> impl IntoView {
    let connection = use_connection();
    let outbox = use_sync().outbox;
    let standing = Memo::new(move |_| connection.standing());
    let face = move || match standing.get() {
        Standing::Online => ("online", Icon::Online, "Online".to_owned()),
        Standing::Saving => ("saving", Icon::Saving, "Saving…".to_owned()),
        Standing::Offline(since) => match outbox.waiting.get() {
            0 => ("offline", Icon::Offline, format!("Offline since {since}")),
            waiting => (
                "offline",
                Icon::Offline,
                format!("Offline since {since} · {waiting} to send"),
            ),
        },
    };
    view! {
        <p class="frame-standing" role="status" data-standing=move || face().0>
            {move || icon(face().1)}
            <span class="word">{move || face().2}</span>
        </p>
    }
}
