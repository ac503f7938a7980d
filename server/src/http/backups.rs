//! Backups of a running server: the file is streamed to whoever asks, and they say when they have it whole.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body as Stream, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use super::extract::{Body, Segment};
use super::identity::UlidText;
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::backup::{self, Chunks, Taken};
use crate::state::AppState;

/// Chunks of some 64 KiB on their way to a slow reader.
const CHUNKS: usize = 8;
/// Backups that were handed out and may still be confirmed.
const REMEMBERED: usize = 16;

/// The backups that this server hands out.
#[derive(Debug)]
pub struct Backups {
    /// One at a time.
    turn: Arc<Semaphore>,
    handed_out: Mutex<VecDeque<Taken>>,
}

impl Default for Backups {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            handed_out: Mutex::default(),
        }
    }
}

impl Backups {
    fn remember(&self, taken: Taken) {
        let mut known = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        known.truncate(REMEMBERED - 1);
        known.push_front(taken);
    }

    fn handed_out(&self, id: &str) -> Option<Taken> {
        let known = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .find(|taken| taken.header.id.to_string() == id)
            .cloned()
    }
}

/// Takes a backup of everything, of one point in time, while others work on. Administrators only.
///
/// The body is the backup file. Check it (`slipway backup --verify FILE --json`), then say so with the next
/// request: only then do devices forget what it holds.
#[utoipa::path(post, path = "/api/v1/backups", tag = "operation", responses(
    (status = 200, description = "The backup file", body = Vec<u8>, content_type = "application/gzip"),
))]
pub async fn take(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let turn = state.backups.turn.clone().try_acquire_owned();
    let turn = turn.map_err(|_| Refusal::busy("A backup is being taken; wait until it is finished."))?;
    let (chunks, receiver) = mpsc::channel(CHUNKS);
    tokio::spawn(hand_out(state, caller, chunks, turn));
    let mut chunks = ReceiverStream::new(receiver);
    // A backup that cannot even begin is a problem, not an empty file.
    let first = match tokio_stream::StreamExt::next(&mut chunks).await {
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(Refusal::internal(error.to_string())),
        None => return Err(Refusal::internal("a backup without content")),
    };
    let body = tokio_stream::StreamExt::chain(tokio_stream::once(io::Result::<Bytes>::Ok(first)), chunks);
    let headers = [
        (header::CONTENT_TYPE, "application/gzip"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"slipway.backup\"",
        ),
    ];
    Ok((headers, Stream::from_stream(body)).into_response())
}

/// On a task of its own: the snapshot is given back whether or not somebody still listens.
async fn hand_out(state: AppState, caller: Caller, chunks: Chunks, turn: OwnedSemaphorePermit) {
    let by = &caller.actor.name;
    tracing::info!(by, "a backup begins");
    match backup::take(&state.store, &chunks, &state.stopping).await {
        Ok(taken) => {
            tracing::info!(by, id = %taken.header.id, head = taken.header.head, "a backup was handed out");
            state.backups.remember(taken);
        }
        Err(error) => tracing::warn!(by, %error, "a backup was not handed out"),
    }
    drop(turn);
}

/// A backup that was read back and found whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The digest that verifying it has shown.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
}

/// How far what is backed up reaches now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmed {
    /// The last revision in a verified backup.
    pub durable_rev: u64,
}

/// Says that a backup is whole and kept: devices may forget what is in it. Administrators only.
#[utoipa::path(post, path = "/api/v1/backups/{id}/confirmation", tag = "operation", params(
    ("id" = String, Path, description = "Id of the backup"),
), request_body = Confirmation, responses(
    (status = 200, body = Confirmed),
    (status = 409, description = "The digest is not that of the backup which was handed out"),
))]
pub async fn confirm(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
    Body(confirmation): Body<Confirmation>,
) -> Result<Json<Confirmed>, Refusal> {
    let taken = state.backups.handed_out(&id).ok_or_else(|| {
        Refusal::not_found("This server has handed out no such backup since it started; take another one.")
    })?;
    if taken.sha256 != confirmation.sha256 {
        return Err(Refusal::conflict(
            "This is not the digest of what was handed out: the file is damaged or another. Take another backup.",
        ));
    }
    state.store.note_durable(taken.header.head).await?;
    tracing::info!(by = %caller.actor.name, %id, head = taken.header.head, "a backup was confirmed");
    Ok(Json(Confirmed {
        durable_rev: state.store.durable_rev(),
    }))
}
