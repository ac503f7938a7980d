//! One webhook: how it is, what people decide about it, what was sent.

use domain::wire::webhook::{Webhook, WebhookPatch, WebhookState, WebhookTest, WebhookWithSecret};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::AdminPage;
use super::webhooks::{API, Log, SecretOnce, Values, WebhookForm, events_in_words, state_badge};
use crate::client::http::{self, ApiError};
use crate::state::{Remote, remote, use_path, use_toasts};
use crate::ui::{Button, ButtonKind, Confirm, Dialog, Icon, Moment, icon, show, skeleton_lines};

/// The page.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let path = use_path();
    // Of the page that is being left, it stays what it was.
    let id = Memo::new(move |before: Option<&String>| {
        let here = path.with(|path| path.strip_prefix("/admin/webhooks/").map(str::to_owned));
        here.or_else(|| before.cloned()).unwrap_or_default()
    });
    // What the page's head shows of it.
    let shown = RwSignal::new(None::<Webhook>);
    let title = Signal::derive(move || {
        let name = shown.with(|shown| shown.as_ref().map(|webhook| webhook.name.clone()));
        name.unwrap_or_else(|| "Webhook".to_owned())
    });
    let over = || view! { <a href="/admin/webhooks">"Webhooks"</a> };
    let beside = move || shown.with(|shown| shown.as_ref().map(state_badge));
    view! {
        <AdminPage title=title over=over beside=beside>
            <One id=id shown=shown />
        </AdminPage>
    }
}

/// Made, and so asked for, only by administrators.
#[component]
fn One(id: Memo<String>, shown: RwSignal<Option<Webhook>>) -> impl IntoView {
    let webhook = remote(
        false,
        move || id.get(),
        |id| async move { http::get::<Webhook>(&format!("{API}/{id}")).await },
    );
    Effect::new(move |_| shown.set(webhook.value.get()));
    let there = Memo::new(move |_| webhook.value.with(Option::is_some));
    let secret = RwSignal::new(None::<WebhookWithSecret>);
    let again = RwSignal::new(0_u32);
    view! {
        {move || {
            secret
                .get()
                .map(|with| {
                    view! {
                        <SecretOnce
                            name=with.webhook.name
                            secret=with.secret
                            on_done=move |()| secret.set(None)
                        />
                    }
                })
        }}
        {show(
            webhook,
            "this webhook",
            || skeleton_lines(8),
            move |value| view! { <Standing value webhook secret again /> }.into_any(),
        )}
        {move || there.get().then(|| view! { <Log id=id.get() again=again /> })}
    }
}

/// How it is and what can be done about it.
#[component]
fn Standing(
    value: Webhook,
    webhook: Remote<Webhook>,
    secret: RwSignal<Option<WebhookWithSecret>>,
    again: RwSignal<u32>,
) -> impl IntoView {
    let trouble = value.trouble.clone().map(|trouble| {
        let stopped = value.state == WebhookState::Stopped;
        let (tone, begin) = if stopped {
            ("danger", "Stopped: ")
        } else {
            ("warning", "Not taken: ")
        };
        let then = value.next_attempt.map(|at| view! { " Tried again " <Moment at=at /> });
        view! {
            <div class="ui-bar" data-tone=tone role="status">
                {icon(Icon::Warning)}
                <span>
                    {begin}{trouble}"."
                    {then}
                    {stopped.then_some(" What happened since waits; resume it once the receiver is well. What was given up can be sent again below.")}
                </span>
            </div>
        }
    });
    let both = value.old_secret_until.map(|until| {
        view! { <dt>"Two secrets until"</dt> <dd><Moment at=until /></dd> }
    });
    let types = value.release_types.as_ref().map(|types| {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        view! { <dt>"Only types"</dt> <dd>{types.join(", ")}</dd> }
    });
    view! {
        {trouble}
        <section class="ui-panel">
            <dl class="ui-facts">
                <dt>"Address"</dt>
                <dd class="mono">{value.url.clone()}</dd>
                <dt>"Told of"</dt>
                <dd>{events_in_words(&value)}</dd>
                {types}
                <dt>"Made"</dt>
                <dd>{value.created_by.clone()}", "<Moment at=value.created /></dd>
                {both}
            </dl>
            <Actions value=value webhook secret again />
        </section>
    }
}

#[component]
fn Actions(
    value: Webhook,
    webhook: Remote<Webhook>,
    secret: RwSignal<Option<WebhookWithSecret>>,
    again: RwSignal<u32>,
) -> impl IntoView {
    let toasts = use_toasts();
    let navigate = use_navigate();
    let (busy, editing, deleting, rotating) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let path = StoredValue::new(format!("{API}/{}", value.id));
    let name = value.name.clone();
    let values = StoredValue::new(Values::from(&value));
    let active = value.state == WebhookState::Active;
    // One request at a time; what it answers is shown, and the log may have changed.
    let ask = move |done: &'static str, request: Asking| {
        busy.set(true);
        spawn_local(async move {
            match request.await {
                Ok(Some(now)) => {
                    webhook.put(now);
                    toasts.say(done);
                }
                Ok(None) => {}
                Err(error) => toasts.fail(error.message()),
            }
            busy.try_set(false);
            again.try_update(|again| *again += 1);
        });
    };
    let turn = move |()| {
        let (state, done) = if active {
            (WebhookState::Paused, "Paused; messages wait")
        } else {
            (WebhookState::Active, "Active again")
        };
        let patch = WebhookPatch {
            state: Some(state),
            ..WebhookPatch::default()
        };
        ask(
            done,
            Box::pin(async move { http::patch(&path.get_value(), &patch).await.map(Some) }),
        );
    };
    let test = move |()| {
        let request = async move {
            let tried: WebhookTest = http::post(&format!("{}/test", path.get_value()), &()).await?;
            let said = super::webhooks::in_words(&tried.attempt);
            if tried.delivered {
                toasts.say(format!("The test was taken: {said}"));
            } else {
                toasts.fail(format!("The test was not taken: {said}"));
            }
            Ok(None)
        };
        ask("", Box::pin(request));
    };
    let rotate = move |()| {
        let request = async move {
            let with: WebhookWithSecret = http::post(&format!("{}/secret", path.get_value()), &()).await?;
            secret.try_set(Some(with.clone()));
            Ok(Some(with.webhook))
        };
        ask("New secret", Box::pin(request));
    };
    // Not by `ask`: afterwards there is no log to look at.
    let remove = move |()| {
        let navigate = navigate.clone();
        busy.set(true);
        spawn_local(async move {
            match http::delete(&path.get_value()).await {
                Ok(()) => {
                    toasts.say("Deleted");
                    navigate("/admin/webhooks", leptos_router::NavigateOptions::default());
                }
                Err(error) => {
                    toasts.fail(error.message());
                    busy.try_set(false);
                }
            }
        });
    };
    let change = Callback::new(move |values: Values| -> super::webhooks::Sending {
        Box::pin(async move {
            let patch = WebhookPatch {
                name: Some(values.name),
                url: Some(values.url),
                events: Some(values.events),
                release_types: Some(values.types),
                ..WebhookPatch::default()
            };
            let now: Webhook = http::patch(&path.get_value(), &patch).await?;
            editing.try_set(false);
            webhook.put(now);
            toasts.say("Changed");
            Ok(())
        })
    });
    view! {
        <div class="ui-actions">
            <Button icon=Icon::Edit on_press=move |()| editing.set(true)>"Edit"</Button>
            <Button busy=busy on_press=turn>{if active { "Pause" } else { "Resume" }}</Button>
            <Button busy=busy on_press=test>"Send a test"</Button>
            <Button on_press=move |()| rotating.set(true)>"New secret"</Button>
            <Button kind=ButtonKind::Danger icon=Icon::Trash on_press=move |()| deleting.set(true)>"Delete"</Button>
        </div>
        <Dialog open=editing title="Edit the webhook">
            <WebhookForm start=values.get_value() action="Save" on_send=change />
        </Dialog>
        <Confirm
            open=rotating
            title="Make a new secret?"
            text="For 24 hours messages carry a signature of each, the new and the old one. After that, a receiver that only knows the old one refuses them."
            action="Make a new secret"
            on_confirm=rotate
        />
        <Confirm
            open=deleting
            title=format!("Delete {name}?")
            text="Its address is told nothing any more, and its log of deliveries is deleted. What waits is not sent."
            action="Delete the webhook"
            danger=true
            on_confirm=remove
        />
    }
}

type Asking = std::pin::Pin<Box<dyn Future<Output = Result<Option<Webhook>, ApiError>>>>;
