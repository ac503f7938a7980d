//! What was sent to a webhook, newest first, and sending it again.

use domain::wire::Page as Rows;
use domain::wire::webhook::{Attempt, Delivery, DeliveryState};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{API, label};
use crate::client::http::{self, ApiError};
use crate::parts::more::{self, ROWS};
use crate::paths;
use crate::state::{Remote, remote, use_toasts};
use crate::ui::{
    Badge, Button, ButtonKind, For, Icon, Moment, StateKind, TableFrame, Tone, show, skeleton_table,
    state_view,
};
use crate::words;

async fn fetch(webhook: String, after: Option<String>) -> Result<Rows<Delivery>, ApiError> {
    let query = paths::Query::default()
        .with("limit", &ROWS.to_string())
        .with("after", after.as_deref().unwrap_or_default());
    http::get(&query.on(&format!("{API}/{webhook}/deliveries"))).await
}

/// The log of one webhook; loaded anew whenever `again` changes.
#[component]
pub(in crate::pages::admin) fn Log(
    /// Its id.
    id: String,
    /// Counts what may have changed it.
    again: RwSignal<u32>,
) -> impl IntoView {
    let webhook = StoredValue::new(id);
    let list = remote(
        true,
        move || again.get(),
        move |_| fetch(webhook.get_value(), None),
    );
    view! {
        <section class="ui-stack part-log">
            <header class="part-log-head">
                <h2>"Deliveries"</h2>
                <Button icon=Icon::Retry on_press=move |()| list.reload()>"Look again"</Button>
            </header>
            {show(list, "the deliveries", || skeleton_table(5), move |page| rows(page, list, webhook, again))}
        </section>
    }
}

fn rows(
    page: Rows<Delivery>,
    list: Remote<Rows<Delivery>>,
    webhook: StoredValue<String>,
    again: RwSignal<u32>,
) -> AnyView {
    if page.items.is_empty() {
        return state_view(
            StateKind::Empty,
            "Nothing was sent yet",
            "What happens from now on and was asked for is listed here for 30 days. A test is not.",
            None,
        );
    }
    let total = page.total;
    let items = RwSignal::new(page.items);
    let next = RwSignal::new(page.next);
    let caption = more::caption(items, total, "delivery", "deliveries");
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Event"</th>
                    <th scope="col">"Release"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Last attempt"</th>
                    <th scope="col">"Answer"</th>
                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || items.get()
                    key=|delivery| (delivery.id, delivery.attempts)
                    children=move |delivery| view! { <LogRow delivery webhook again /> }
                />
            </tbody>
        </TableFrame>
        {more::more(next, items, list, total, move |after| fetch(webhook.get_value(), Some(after)))}
    }
    .into_any()
}

#[component]
fn LogRow(delivery: Delivery, webhook: StoredValue<String>, again: RwSignal<u32>) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = delivery.id;
    let name = label(delivery.event).0;
    let resend = move |()| {
        busy.set(true);
        let path = format!("{API}/{}/deliveries/{id}/redelivery", webhook.get_value());
        spawn_local(async move {
            match http::post::<_, Delivery>(&path, &()).await {
                Ok(sent) if sent.last.error.is_none() => toasts.say("Sent again, and taken"),
                Ok(sent) => toasts.fail(format!("Sent again, and not taken: {}", in_words(&sent.last))),
                Err(error) => toasts.fail(error.message()),
            }
            busy.try_set(false);
            again.try_update(|again| *again += 1);
        });
    };
    let release = delivery
        .release
        .map(|number| view! { <a href=paths::release(number)>{number.to_string()}</a> });
    let answer = delivery.last.response.clone();
    view! {
        <tr>
            <th scope="row" title=delivery.message>{name}</th>
            <td class="number">{release}</td>
            <td>
                {state_badge(delivery.state)}
                <span class="attempts">{words::many(delivery.attempts.into(), "attempt", "attempts")}</span>
            </td>
            <td class="time"><Moment at=delivery.last.at /></td>
            <td class="answer">
                {in_words(&delivery.last)}
                {answer
                    .map(|text| {
                        view! {
                            <details class="part-answer">
                                <summary>"What it said"</summary>
                                <pre>{text}</pre>
                            </details>
                        }
                    })}
            </td>
            <td>
                <Button kind=ButtonKind::Quiet busy=busy title=format!("Send {name} again") on_press=resend>
                    "Send again"
                </Button>
            </td>
        </tr>
    }
}

fn state_badge(state: DeliveryState) -> AnyView {
    match state {
        DeliveryState::Delivered => {
            view! { <Badge tone=Tone::Success shape="✓" text="delivered" /> }.into_any()
        }
        DeliveryState::Retrying => {
            view! { <Badge tone=Tone::Warning shape="↻" text="trying again" /> }.into_any()
        }
        DeliveryState::GivenUp => view! { <Badge tone=Tone::Danger shape="✕" text="given up" /> }.into_any(),
    }
}

/// "204 in 12 ms", "500 in 3 ms: the receiver did not take it", "no connection ...".
pub(in crate::pages::admin) fn in_words(attempt: &Attempt) -> String {
    let took = attempt.took_ms;
    match (attempt.status, &attempt.error) {
        (Some(status), None) => format!("{status} in {took} ms"),
        (Some(status), Some(error)) => format!("{status} in {took} ms: {error}"),
        (None, Some(error)) => error.clone(),
        (None, None) => "no answer".to_owned(),
    }
}
