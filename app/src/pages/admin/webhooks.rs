//! The webhooks there are, and a form for another one.

mod form;
mod log;
mod secret;

use domain::wire::Page as Rows;
use domain::wire::webhook::{EventKind, NewWebhook, Webhook, WebhookState, WebhookWithSecret};
use leptos::prelude::*;

use super::AdminPage;
use crate::client::http;
use crate::state::remote;
use crate::ui::{
    Badge, Button, ButtonKind, Dialog, Icon, Moment, StateKind, TableFrame, Tone, show, skeleton_table,
    state_view,
};
use crate::words;

pub(super) use form::{Sending, Values, WebhookForm};
pub(super) use log::{Log, in_words};
pub(super) use secret::SecretOnce;

/// Where webhooks are over HTTP.
pub(super) const API: &str = "/api/v1/admin/webhooks";

/// The page.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let making = RwSignal::new(false);
    let actions = move || {
        view! {
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=move |()| making.set(true)>
                "New webhook"
            </Button>
        }
    };
    view! {
        <AdminPage title="Webhooks" actions=actions>
            <p class="soft">
                "Other programs are told what happens: a request to their address for each event, signed, in order, again until it is taken. They are told of all releases, as an administrator sees them."
            </p>
            <List making=making />
        </AdminPage>
    }
}

/// Made, and so asked for, only by administrators.
#[component]
fn List(making: RwSignal<bool>) -> impl IntoView {
    let made = RwSignal::new(None::<WebhookWithSecret>);
    let list = remote(true, || (), |()| async { http::get::<Rows<Webhook>>(API).await });
    let create = Callback::new(move |values: Values| -> Sending {
        Box::pin(async move {
            let new = NewWebhook {
                name: values.name,
                url: values.url,
                events: values.events,
                release_types: Some(values.types).filter(|types| !types.is_empty()),
            };
            let answer = http::post::<_, WebhookWithSecret>(API, &new).await?;
            making.try_set(false);
            made.try_set(Some(answer));
            list.reload();
            Ok(())
        })
    });
    view! {
        {move || {
            made.get()
                .map(|with| {
                    view! {
                        <SecretOnce
                            name=with.webhook.name
                            secret=with.secret
                            on_done=move |()| made.set(None)
                        />
                    }
                })
        }}
        {show(list, "the webhooks", || skeleton_table(4), move |page| rows(page, making))}
        <Dialog open=making title="New webhook">
            <WebhookForm start=Values::default() action="Make the webhook" on_send=create />
        </Dialog>
    }
}

fn rows(page: Rows<Webhook>, making: RwSignal<bool>) -> AnyView {
    if page.items.is_empty() {
        return state_view(
            StateKind::Empty,
            "Nobody is told anything yet",
            "A webhook tells a chat, a pager or a script what happens to releases.",
            Some(
                view! { <Button icon=Icon::Plus on_press=move |()| making.set(true)>"New webhook"</Button> }
                    .into_any(),
            ),
        );
    }
    let row = |webhook: Webhook| {
        let badge = state_badge(&webhook);
        let events = events_in_words(&webhook);
        view! {
            <tr>
                <th scope="row">
                    <a data-row="" href=format!("/admin/webhooks/{}", webhook.id)>{webhook.name}</a>
                </th>
                <td class="mono">{webhook.url}</td>
                <td>{events}</td>
                <td>{badge}</td>
                <td class="time">
                    {match webhook.last_delivered {
                        Some(at) => view! { <Moment at=at ago=true /> }.into_any(),
                        None => view! { <span class="soft">"never"</span> }.into_any(),
                    }}
                </td>
            </tr>
        }
    };
    let caption = words::many(page.total, "webhook", "webhooks");
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Address"</th>
                    <th scope="col">"Told of"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Last delivered"</th>
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(row).collect_view()}</tbody>
        </TableFrame>
    }
    .into_any()
}

/// How a webhook is, in a word.
pub(super) fn state_badge(webhook: &Webhook) -> AnyView {
    match webhook.state {
        WebhookState::Active if webhook.attempts > 0 => {
            view! { <Badge tone=Tone::Warning shape="↻" text="trying again" /> }.into_any()
        }
        WebhookState::Active => view! { <Badge tone=Tone::Success shape="●" text="active" /> }.into_any(),
        WebhookState::Paused => view! { <Badge shape="‖" text="paused" /> }.into_any(),
        WebhookState::Stopped => view! { <Badge tone=Tone::Danger shape="✕" text="stopped" /> }.into_any(),
    }
}

/// "submitted, authorised", or how many where they are many.
pub(super) fn events_in_words(webhook: &Webhook) -> String {
    let all = EventKind::SUBSCRIBABLE;
    if webhook.events.len() == all.len() {
        return "everything".to_owned();
    }
    if webhook.events.len() > 3 {
        return format!("{} kinds of events", webhook.events.len());
    }
    let asked = all.into_iter().filter(|kind| webhook.events.contains(kind));
    asked
        .map(|kind| label(kind).0.to_lowercase())
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a kind of event is called, and when it comes.
pub(super) fn label(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Created => ("Started", "a draft was started"),
        EventKind::Changed => (
            "Edited",
            "record, plan or scope was edited; there are many of these",
        ),
        EventKind::Submitted => ("Submitted", "for authorisation"),
        EventKind::Withdrawn => ("Withdrawn", "back to draft, by its author"),
        EventKind::Authorised => ("Authorised", "it got the go-ahead"),
        EventKind::Refused => ("Refused", "back to draft, with a reason"),
        EventKind::StageChanged => (
            "Moved",
            "to another stage in any other way: forwarded, unresolved, accepted",
        ),
        EventKind::Held => ("Put on hold", "with a reason"),
        EventKind::Resumed => ("Resumed", "after a hold"),
        EventKind::Cancelled => ("Cancelled", "given up"),
        EventKind::Closed => ("Closed", "by its requester"),
        EventKind::Reopened => ("Reopened", "for another run"),
        EventKind::Assigned => (
            "Handed over",
            "claimed, delegated, shared, or given to another group",
        ),
        EventKind::Rescheduled => ("Dates moved", "or put into a calendar"),
        EventKind::Step => ("Step", "something was done at a step"),
        EventKind::Conflict => ("Conflict", "two edits met, or such a meeting was decided"),
        EventKind::ImportFinished => ("Import", "an import into the CMDB ended"),
        EventKind::Test => ("Test", "somebody tried the webhook out"),
    }
}
