//! Subscriptions of other programs, for administrators. What is sent and how it is checked: docs/webhooks.md.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::{Extension, Json};
use chrono::Utc;
use domain::shorten;
use domain::wire::Page;
use domain::wire::webhook::{
    Delivery, MessageActor, NewWebhook, Webhook, WebhookPatch, WebhookTest, WebhookWithSecret,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Query, Segment};
use super::identity::UlidText;
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::hooks::signature::draw_secret;
use crate::state::AppState;

/// All webhooks, by name. There are at most 50.
#[utoipa::path(get, path = "/api/v1/admin/webhooks", tag = "webhooks", responses(
    (status = 200, body = Page<Webhook>),
))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Page<Webhook>>, Refusal> {
    let items = state.store.webhooks(&caller.actor).await?;
    Ok(Json(Page {
        total: items.len() as u64,
        items,
        next: None,
    }))
}

/// Makes a webhook: from now on its address is told of these events. Its secret is shown only here.
#[utoipa::path(post, path = "/api/v1/admin/webhooks", tag = "webhooks", request_body = NewWebhook, responses(
    (status = 201, body = WebhookWithSecret),
    (status = 409, description = "There are too many"),
))]
pub async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookWithSecret>), Refusal> {
    check_url(&state, &new.url)?;
    let secret = new_secret()?;
    let webhook = state
        .store
        .webhook_create(&caller.actor, &new, &secret, Utc::now())
        .await?;
    tracing::info!(by = %caller.actor.name, id = %webhook.id, url = %webhook.url, "a webhook was made");
    state.hooks.wake();
    Ok((StatusCode::CREATED, Json(WebhookWithSecret { secret, webhook })))
}

/// One webhook.
#[utoipa::path(get, path = "/api/v1/admin/webhooks/{id}", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
), responses((status = 200, body = Webhook)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<Json<Webhook>, Refusal> {
    let hook = state.store.webhook(&caller.actor, &id).await?;
    Ok(Json(hook.webhook))
}

/// Changes a webhook, pauses it, or lets it go on.
#[utoipa::path(patch, path = "/api/v1/admin/webhooks/{id}", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
), request_body = WebhookPatch, responses((status = 200, body = Webhook)))]
pub async fn change(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
    Body(patch): Body<WebhookPatch>,
) -> Result<Json<Webhook>, Refusal> {
    if let Some(url) = &patch.url {
        check_url(&state, url)?;
    }
    let webhook = state
        .store
        .webhook_change(&caller.actor, &id, &patch, Utc::now())
        .await?;
    tracing::info!(by = %caller.actor.name, id = %webhook.id, url = %webhook.url, "a webhook was changed");
    state.hooks.wake();
    Ok(Json(webhook))
}

/// Takes a webhook away, with its log. What is on its way may still arrive.
#[utoipa::path(delete, path = "/api/v1/admin/webhooks/{id}", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
), responses((status = 204, description = "It is gone")))]
pub async fn remove(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<StatusCode, Refusal> {
    state.store.webhook_delete(&caller.actor, &id, Utc::now()).await?;
    tracing::info!(by = %caller.actor.name, %id, "a webhook was taken away");
    state.hooks.wake();
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook another secret, shown only here. For 24 hours its messages carry a signature of each.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/{id}/secret", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
), responses((status = 200, body = WebhookWithSecret)))]
pub async fn rotate(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<Json<WebhookWithSecret>, Refusal> {
    let secret = new_secret()?;
    let webhook = state
        .store
        .webhook_rotate(&caller.actor, &id, &secret, Utc::now())
        .await?;
    tracing::info!(by = %caller.actor.name, %id, "a webhook got another secret");
    state.hooks.wake();
    Ok(Json(WebhookWithSecret { secret, webhook }))
}

/// Sends a message of the type `webhook.test` at once and says what came of it. It is not in the log.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/{id}/test", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
), responses((status = 200, body = WebhookTest)))]
pub async fn try_out(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<Json<WebhookTest>, Refusal> {
    let hook = state.store.webhook(&caller.actor, &id).await?;
    let by = MessageActor {
        id: Some(caller.actor.user),
        name: caller.actor.name.clone(),
    };
    Ok(Json(state.hooks.try_out(&hook, by, Utc::now()).await))
}

/// Which page of a log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Rows in a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// What was sent to a webhook in the last 30 days, newest first.
#[utoipa::path(get, path = "/api/v1/admin/webhooks/{id}/deliveries", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
    LogQuery,
), responses((status = 200, body = Page<Delivery>)))]
pub async fn deliveries(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
    Query(query): Query<LogQuery>,
) -> Result<Json<Page<Delivery>>, Refusal> {
    let page = state
        .store
        .webhook_deliveries(&caller.actor, &id, query.limit, query.after.as_deref())
        .await?;
    Ok(Json(page))
}

/// A webhook and a message of its log.
pub struct Logged {
    webhook: String,
    rev: u64,
}

impl<S: Send + Sync> FromRequestParts<S> for Logged {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(segments) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::malformed("The path holds an escape that is not UTF-8."))?;
        let part = |name: &str| segments.get(name).map_or("", String::as_str);
        let UlidText(webhook) = part("id")
            .parse()
            .map_err(|error| Refusal::not_found(format!("{error}.")))?;
        let number = part("delivery");
        let rev = number
            .parse()
            .map_err(|_| Refusal::not_found(format!("`{}` is no number of a log.", shorten(number))))?;
        Ok(Self { webhook, rev })
    }
}

/// Sends a message of the log again at once, with the same `webhook-id`, and says what came of it.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/{id}/deliveries/{delivery}/redelivery", tag = "webhooks", params(
    ("id" = String, Path, description = "Id of the webhook"),
    ("delivery" = u64, Path, description = "Number of the message in the log"),
), responses((status = 200, body = Delivery)))]
pub async fn redeliver(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Logged { webhook, rev }: Logged,
) -> Result<Json<Delivery>, Refusal> {
    let hook = state.store.webhook(&caller.actor, &webhook).await?;
    state.store.webhook_delivery(&caller.actor, &webhook, rev).await?;
    let event = state.store.event_at(rev).await?;
    let event = event.ok_or_else(|| {
        Refusal::not_found("What this message is about is not in the journal; a restore has taken it back.")
    })?;
    let delivery = state.hooks.redeliver(&state.store, &hook, event).await?;
    Ok(Json(delivery))
}

fn check_url(state: &AppState, url: &str) -> Result<(), Refusal> {
    let checked = state.hooks.guard.receiver(url.trim());
    checked
        .map(|_| ())
        .map_err(|wrong| Refusal::invalid("url", wrong))
}

fn new_secret() -> Result<String, Refusal> {
    draw_secret().map_err(|error| Refusal::internal(error.to_string()))
}
