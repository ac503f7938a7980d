//! Passwords that an administrator sets: typed or suggested, and shown only here and now.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;

use super::form::{Form, said};
use super::names::Names;
use super::register::text;
use crate::client::fresh;
use crate::client::http::{self, ApiError};
use crate::paths::{Query, encode};
use crate::state::{offline, use_connection, use_toasts};
use crate::ui::{Button, ButtonKind, CopyButton, Dialog, Icon, LinkButton, TextField, icon};

/// A password to type or to have suggested. It is readable: somebody has to be told it.
pub fn field(
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
    error: Signal<Option<String>>,
) -> AnyView {
    let suggest = move |()| value.set(fresh::secret());
    let copy = move || {
        let now = value.get();
        (!now.is_empty()).then(|| view! { <CopyButton text=now what="password" /> })
    };
    view! {
        <div class="page-admin-secret">
            <TextField label=label value=value hint=hint error=error />
            <div class="ui-actions">{copy} <Button on_press=suggest>"Suggest one"</Button></div>
        </div>
    }
    .into_any()
}

/// Beside the form of a person: a new password, and what signs in for them.
pub fn aside(form: Form, _: Names) -> AnyView {
    if form.is_new() {
        return ().into_any();
    }
    let record = form.base.get_untracked();
    let open = RwSignal::new(false);
    let tokens = Query::default().with("user", &record.id).on("/admin/tokens");
    let login = text(&record.fields, "login");
    let id = record.id;
    let words = login.clone();
    view! {
        <section class="ui-panel">
            <h2>"Signing in"</h2>
            <div class="ui-stack">
                <p>"Signs in as " <span class="mono">{words}</span> "."</p>
                <div class="ui-actions page-admin-start">
                    <Button icon=Icon::Lock on_press=move |()| open.set(true)>"Set a new password"</Button>
                    <LinkButton href=tokens>"Their tokens"</LinkButton>
                </div>
            </div>
            <Dialog open=open title="Set a new password">
                <Reset id=id.clone() login=login.clone() open=open />
            </Dialog>
        </section>
    }
    .into_any()
}

#[derive(Serialize)]
struct NewPassword {
    password: String,
}

/// The form in the dialog; once it is set, the password, to be handed over.
#[component]
fn Reset(id: String, login: String, open: RwSignal<bool>) -> impl IntoView {
    let (toasts, connection) = (use_toasts(), use_connection());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let done = RwSignal::new(false);
    let id = StoredValue::new(id);
    let out_of_reach = offline();
    let blocked = Signal::derive(move || {
        let empty = password
            .with(String::is_empty)
            .then(|| "Type one, or have one suggested".to_owned());
        empty.or_else(|| out_of_reach.get())
    });
    let set = move |()| {
        busy.set(true);
        failed.set(None);
        let path = id.with_value(|id| format!("/api/v1/admin/users/{}/password", encode(id, b"")));
        let body = NewPassword {
            password: password.get_untracked(),
        };
        spawn_local(async move {
            let _saving = connection.saving();
            let answer = http::post::<_, ()>(&path, &body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    toasts.say("The new password counts; sessions of this person have ended");
                    done.try_set(true);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let error = Signal::derive(move || failed.with(|failed| said(failed.as_ref()?, "password")));
    let elsewhere = move || {
        let failed = failed.get().filter(|error| said(error, "password").is_none());
        failed.map(|error| {
            view! {
                <p class="ui-bar" data-tone="danger" role="alert">{icon(Icon::Warning)} <span>{error.message()}</span></p>
            }
        })
    };
    let login = StoredValue::new(login);
    move || {
        if done.get() {
            return view! {
                <p>
                    "Hand this over to " <span class="mono">{login.get_value()}</span>
                    ". It is shown only now; nobody can look it up later."
                </p>
                <p class="page-admin-once">
                    <span class="mono">{password.get_untracked()}</span>
                    <CopyButton text=password.get_untracked() what="password" />
                </p>
                <div class="ui-actions">
                    <Button kind=ButtonKind::Primary on_press=move |()| open.set(false)>"Done"</Button>
                </div>
            }
            .into_any();
        }
        view! {
            <p>
                "The password so far stops counting at once, and every session of this person ends. What they typed and did not save stays on their device."
            </p>
            {elsewhere}
            {field("New password", "At least 10 characters.", password, error)}
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Go back"</Button>
                <Button kind=ButtonKind::Primary busy=busy blocked=blocked on_press=set>"Set the password"</Button>
            </div>
        }
        .into_any()
    }
}
