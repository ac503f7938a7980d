//! What the list of one's own tokens and the list of everybody's have in common.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::access::Scope;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http;
use crate::paths::encode;
use crate::state::{offline, use_connection, use_toasts};
use crate::ui::{Button, Confirm, Moment};

/// What a token may be used for: its word, and what that means.
pub const SCOPES: [(Scope, &str, &str); 4] = [
    (Scope::Read, "read", "see what you may see"),
    (Scope::Write, "write", "change releases"),
    (Scope::Import, "import", "change the CMDB"),
    (Scope::Admin, "admin", "administer, and make tokens"),
];

/// The words of scopes, with commas.
#[must_use]
pub fn scope_words(scopes: &BTreeSet<Scope>) -> String {
    let held = SCOPES.into_iter().filter(|(scope, ..)| scopes.contains(scope));
    held.map(|(_, word, _)| word).collect::<Vec<_>>().join(", ")
}

/// When, or that it never was or will be.
#[must_use]
pub fn moment_or_never(at: Option<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => view! { <Moment at=at ago=true /> }.into_any(),
        None => view! { <span class="soft">"never"</span> }.into_any(),
    }
}

/// Revokes a token, once it was asked whether that is meant.
#[component]
pub fn Revoke(
    /// Where the tokens of the list are.
    route: &'static str,
    /// Id of the token.
    id: String,
    /// Its name.
    name: String,
    /// What comes of it.
    text: String,
    /// It is done.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let (toasts, connection) = (use_toasts(), use_connection());
    let (asking, busy) = (RwSignal::new(false), RwSignal::new(false));
    let (said, title) = (format!(" {name}"), format!("Revoke {name}?"));
    let revoke = move |()| {
        let (id, name) = (id.clone(), name.clone());
        busy.set(true);
        spawn_local(async move {
            let _saving = connection.saving();
            let answer = http::delete(&format!("{route}/{}", encode(&id, b""))).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    toasts.say(format!("{name} is revoked"));
                    on_done.run(());
                }
                Err(error) => toasts.fail(error.message()),
            }
        });
    };
    view! {
        <Button busy=busy blocked=offline() on_press=move |()| asking.set(true)>
            "Revoke" <span class="sr-only">{said}</span>
        </Button>
        <Confirm open=asking title=title text=text action="Revoke it" danger=true on_confirm=revoke />
    }
}
