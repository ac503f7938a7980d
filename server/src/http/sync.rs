//! Push, pull and pokes: how browsers and tablets keep up.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use domain::sync::{PROTOCOL, Package, PackageReq, PullReq, PullResp, PushReq, PushResp};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use super::extract::Body;
use super::problem::Refusal;
use crate::auth::caller::{self, Caller};
use crate::state::AppState;

/// On every answer, so that a client tells ours from that of a captive portal.
const X_SYNC_PROTO: HeaderName = HeaderName::from_static("x-sync-proto");
/// Pokes come at most this often; revisions in between are covered by the last.
const POKE_EVERY: Duration = Duration::from_millis(50);
/// How often a stream checks that its owner may still listen.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// How often a silent stream says something, so that proxies keep it open.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

fn stamped(body: impl IntoResponse) -> Response {
    let proto = HeaderValue::from(PROTOCOL);
    ([(X_SYNC_PROTO, proto)], body).into_response()
}

/// Hands in ops. Answered when every op has an outcome that is on disk; sending a batch again is harmless.
#[utoipa::path(post, path = "/sync/v1/push", tag = "sync", request_body = PushReq, responses(
    (status = 200, body = PushResp, headers(("x-sync-proto" = u16, description = "The protocol spoken"))),
))]
pub async fn push(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<PushReq>,
) -> Result<Response, Refusal> {
    let answer = state.store.push(&caller.actor, &request, Utc::now()).await?;
    Ok(stamped(Json(answer)))
}

/// What changed since the cursor in the releases that the client follows, and outcomes it has not heard of.
#[utoipa::path(post, path = "/sync/v1/pull", tag = "sync", request_body = PullReq, responses(
    (status = 200, body = PullResp, headers(("x-sync-proto" = u16, description = "The protocol spoken"))),
))]
pub async fn pull(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<PullReq>,
) -> Result<Response, Refusal> {
    let answer = state.store.pull(&caller.actor, &request, Utc::now()).await?;
    Ok(stamped(Json(answer)))
}

/// What a device takes along to tell the impact of some releases and sites without a network: CIs, their relations,
/// classes, people and groups. Releases and sites that are not there, or not for the caller to see, add nothing.
#[utoipa::path(post, path = "/sync/v1/package", tag = "sync", request_body = PackageReq, responses(
    (status = 200, body = Package, headers(("x-sync-proto" = u16, description = "The protocol spoken"))),
))]
pub async fn package(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<PackageReq>,
) -> Result<Response, Refusal> {
    let answer = state.store.package(&caller.actor, &request, Utc::now()).await?;
    Ok(stamped(Json(answer)))
}

/// A stream of pokes: events `poke` whose data is the newest revision, nothing else. Pull when one comes.
#[utoipa::path(get, path = "/sync/v1/events", tag = "sync", responses(
    (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
))]
pub async fn events(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let place = state
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| Refusal::busy("Too many event streams are open."))?;
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(poke(state, caller, headers, send, place));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(stamped(
        Sse::new(ReceiverStream::new(receive)).keep_alive(keep_alive),
    ))
}

type Poke = Result<Event, std::convert::Infallible>;

/// Feeds one stream until its owner goes, may no longer listen, or the server stops.
async fn poke(
    state: AppState,
    caller: Caller,
    headers: HeaderMap,
    send: mpsc::Sender<Poke>,
    _place: OwnedSemaphorePermit,
) {
    let mut heads = state.store.heads();
    heads.mark_changed();
    let mut ask = tokio::time::interval_at(Instant::now() + ASK_AGAIN, ASK_AGAIN);
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            () = send.closed() => return,
            _ = ask.tick() => {
                let now = caller::resolve(&state, &headers, Utc::now()).await;
                let same = matches!(&now, Ok(Some(now)) if now.actor.user == caller.actor.user);
                if !same {
                    return;
                }
            }
            changed = heads.changed() => {
                if changed.is_err() {
                    return;
                }
                let head = *heads.borrow_and_update();
                let event = Event::default().event("poke").data(head.to_string());
                if send.send(Ok(event)).await.is_err() {
                    return;
                }
                tokio::time::sleep(POKE_EVERY).await;
            }
        }
    }
}
