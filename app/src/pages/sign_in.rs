//! Sign-in: as a page, and as a form for the dialog over a page whose session has ended.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api;
use crate::client::http::{self, ApiError};
use crate::frame::Looks;
use crate::state::session::Who;
use crate::state::{use_query, use_session};
use crate::ui::{Button, ButtonKind, Icon, Page, TextField, icon};

/// The page. Goes to where the person wanted to go, or to the start page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = use_session();
    let query = use_query();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(session.who(), Who::Somebody(_)) {
            let target = query
                .now
                .get_untracked()
                .get("return")
                .map(own_path)
                .unwrap_or("/")
                .to_owned();
            navigate(
                &target,
                NavigateOptions {
                    replace: true,
                    ..NavigateOptions::default()
                },
            );
        }
    });
    view! {
        <main class="frame-alone sign-in" id="main">
            <img src="/icon.svg" alt="" width="48" height="48" />
            <Page title="Sign in">
                <p class="lead">"Release management that works where the racks are."</p>
                <SignInForm />
            </Page>
            <details class="looks">
                <summary>"Colours and size"</summary>
                <Looks />
            </details>
        </main>
    }
}

/// Only paths of this origin: a link must not send a freshly signed-in person elsewhere.
fn own_path(target: &str) -> &str {
    let own = target.starts_with('/') && !target.starts_with("//") && !target.contains('\\');
    if own && !target.starts_with("/sign-in") {
        target
    } else {
        "/"
    }
}

/// The form itself; sets the session when it succeeds.
#[component]
pub fn SignInForm() -> impl IntoView {
    let session = use_session();
    let login = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if login.with_untracked(String::is_empty) || password.with_untracked(String::is_empty) {
            wrong.set(Some("Type your sign-in name and your password.".into()));
            return;
        }
        busy.set(true);
        wrong.set(None);
        let answer = api::session::sign_in(login.get_untracked(), password.get_untracked());
        spawn_local(async move {
            match http::call(answer).await {
                Ok(me) => session.enter(me),
                Err(error) => {
                    wrong.try_set(Some(explain(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            <div role="alert">
                {move || {
                    wrong.get().map(|text| view! { <p class="ui-bar" data-tone="danger">{icon(Icon::Warning)} <span>{text}</span></p> })
                }}
            </div>
            <TextField label="Sign-in name" value=login autocomplete="username" />
            <TextField label="Password" kind="password" value=password autocomplete="current-password" />
            <div class="ui-actions">
                <Button kind=ButtonKind::Primary submit=true busy=busy>"Sign in"</Button>
            </div>
        </form>
    }
}

/// Does not say which of the two was wrong.
fn explain(error: &ApiError) -> String {
    match error.status() {
        Some(401 | 422) => "This sign-in name and password do not belong together.".into(),
        Some(429) => format!("Too many attempts. {}", error.message()),
        _ => error.message(),
    }
}
