//! The bytes of a release's documents, under safe names.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::DocumentId;
use serde::Deserialize;

use super::blobs::{Place, serve};
use super::extract::{Query, Segments};
use super::problem::Refusal;
use super::releases::Which;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// Which version, and how it is to be shown.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Its number, from 1; the newest without it.
    #[serde(default)]
    version: Option<usize>,
    /// Show it in the page, where that is safe.
    #[serde(default)]
    inline: Option<bool>,
}

/// The content of a document. Pictures and plain text may be shown in a page (`inline=true`); everything else is only
/// ever saved.
#[utoipa::path(get, path = "/api/v1/releases/{number}/documents/{document}/content", tag = "documents", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("document" = String, Path, description = "The document", example = "01JD3Q7V3M8Z6N4K2T9R5W1XYZ"),
    ("version" = Option<u32>, Query, description = "Which version, from 1; the newest without it", minimum = 1),
    ("inline" = Option<bool>, Query, description = "To be shown in a page, where that is safe"),
), responses((status = 200, description = "The bytes", content(
    (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/heic"),
    (Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument"),
    (Vec<u8> = "application/vnd.oasis.opendocument"), (String = "text/plain"),
))))]
pub async fn content(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segments(which, id): Segments<Which, DocumentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let release = which.find(&state, &caller.actor).await?;
    let document = release
        .documents
        .get(&id)
        .ok_or_else(|| Refusal::not_found(format!("There is no document {id} in this release.")))?;
    let version = match asked.version {
        None => document.files.last(),
        Some(number) => number.checked_sub(1).and_then(|place| document.files.get(place)),
    };
    let version = version.ok_or_else(|| Refusal::not_found("The document has no such version."))?;
    let kept = state.store.blob(&caller.actor, version.file.blob).await?;
    let kept = kept.ok_or_else(|| {
        Refusal::not_found("The file has not arrived: whoever attached it has not sent it, or the server does not keep such files.")
    })?;
    let place = match asked.inline {
        Some(true) if kept.kind.can_be_shown() => Place::Inline,
        _ => Place::Attachment,
    };
    serve(
        &state,
        version.file.blob,
        kept,
        &version.file.name.for_kind(kept.kind),
        place,
    )
    .await
}
