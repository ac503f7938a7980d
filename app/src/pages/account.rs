//! One's own account: who one is, password, looks, tokens.

mod tokens;

use domain::access::Role;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::client::http::{self, ApiError};
use crate::frame::{Looks, sign_out};
use crate::state::{use_directory, use_session, use_toasts};
use crate::ui::{Button, ButtonKind, Icon, Page, TextField, icon};

/// Fewest characters of a password; the server's rule too.
const SHORTEST: usize = 10;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let leave = sign_out();
    let actions = move || view! { <Button icon=Icon::SignOut on_press=leave>"Sign out"</Button> };
    view! {
        <Page title="Account" actions=actions>
            <div class="ui-stack">
                <div class="ui-columns">
                    <Person />
                    <section class="ui-panel">
                        <h2>"This device"</h2>
                        <div class="ui-stack"><Looks /></div>
                    </section>
                    <Password />
                </div>
                <tokens::Tokens />
            </div>
        </Page>
    }
}

#[component]
fn Person() -> impl IntoView {
    let session = use_session();
    let directory = use_directory();
    let groups = move || {
        let mine = session.me().map(|me| me.actor.groups.clone()).unwrap_or_default();
        let names = directory.value.with(|directory| {
            let all = directory.iter().flat_map(|d| &d.groups);
            all.filter(|group| mine.contains(&group.id))
                .map(|group| group.name.clone())
                .collect::<Vec<_>>()
        });
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    let roles = move || {
        let roles = session.me().map(|me| me.actor.roles.clone()).unwrap_or_default();
        let word = |role: Role| match role {
            Role::CmdbViewer => "sees the CMDB",
            Role::CmdbKeeper => "keeps the CMDB",
            Role::Administrator => "administrator",
        };
        roles.into_iter().map(word).collect::<Vec<_>>().join(", ")
    };
    view! {
        <section class="ui-panel">
            <h2>"You"</h2>
            <dl class="ui-facts">
                <dt>"Name"</dt>
                <dd>{move || session.me().map(|me| me.actor.name.clone())}</dd>
                <dt>"Sign-in name"</dt>
                <dd class="mono">{move || session.me().map(|me| me.login.clone())}</dd>
                <dt>"Groups"</dt>
                <dd>{groups}</dd>
                <dt>"Roles"</dt>
                <dd>{roles}</dd>
            </dl>
        </section>
    }
}

#[component]
fn Password() -> impl IntoView {
    let toasts = use_toasts();
    let (old, new, again) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let tried = RwSignal::new(false);
    let short = move || {
        let length = new.with(|new| new.chars().count());
        (length < SHORTEST)
            .then(|| format!("At least {SHORTEST} characters; a sentence is easy to remember."))
    };
    let differs = move || (again.get() != new.get()).then(|| "This is not the same as above.".to_owned());
    let said = move |field: &'static str| failed.get().and_then(|error| error.field(field));
    let other = move || {
        failed
            .get()
            .filter(|error| error.field("old").is_none() && error.field("new").is_none())
    };
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        tried.set(true);
        if busy.get_untracked() || untrack(short).is_some() || untrack(differs).is_some() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let answer = api::session::change_password(old.get_untracked(), new.get_untracked());
        spawn_local(async move {
            match http::call(answer).await {
                Ok(()) => {
                    toasts.say("Password changed; your other sessions have ended");
                    for field in [old, new, again] {
                        field.try_set(String::new());
                    }
                    tried.try_set(false);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let shown = move |wrong: Option<String>| wrong.filter(|_| tried.get());
    view! {
        <section class="ui-panel">
            <h2>"Change password"</h2>
            <form class="ui-form" on:submit=submit novalidate>
                {move || {
                    other().map(|error| {
                        view! {
                            <p class="ui-bar" data-tone="danger" role="alert">
                                {icon(Icon::Warning)} <span>{error.message()}</span>
                            </p>
                        }
                    })
                }}
                <TextField
                    label="Password so far"
                    kind="password"
                    value=old
                    autocomplete="current-password"
                    error=Signal::derive(move || said("old").map(|_| "This is not your password.".to_owned()))
                />
                <TextField
                    label="New password"
                    kind="password"
                    value=new
                    autocomplete="new-password"
                    error=Signal::derive(move || shown(short()).or_else(|| said("new")))
                />
                <TextField
                    label="New password again"
                    kind="password"
                    value=again
                    autocomplete="new-password"
                    error=Signal::derive(move || shown(differs()))
                />
                <div class="ui-actions">
                    <Button kind=ButtonKind::Primary submit=true busy=busy>"Change password"</Button>
                </div>
            </form>
        </section>
    }
}
