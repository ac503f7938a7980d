//! Photos and files: uploaded in pieces that can be resumed, read by whoever may view a release that shows them.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{TimeDelta, Utc};
use domain::files::Kind;
use domain::wire::blob::{NewBlob, PIECE_TYPE, UPLOAD_OFFSET, UploadState};
use domain::{BlobId, UserId, shorten};
use tokio_util::io::ReaderStream;

use super::extract::{self, Segment};
use super::problem::Refusal;
use super::routes::PIECE_LIMIT;
use crate::auth::caller::Caller;
use crate::blobs::{Added, Whole};
use crate::db::KeptBlob;
use crate::state::AppState;

const OFFSET: HeaderName = HeaderName::from_static(UPLOAD_OFFSET);
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
/// An upload nobody finishes is thrown away after this; a tablet begins it anew.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// Whatever it holds, it runs nothing and loads nothing.
const ALONE: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Begins the upload of a photo or file, or asks how far one is. What is there already is not sent again.
#[utoipa::path(post, path = "/api/v1/blobs", tag = "evidence", request_body = NewBlob, responses(
    (status = 200, body = UploadState, description = "From where on bytes are missing; complete when `offset` is `bytes`"),
    (status = 413, description = "More than is kept here: 200 MB unless the installation says otherwise"),
    (status = 415, description = "A kind of file that is not kept here"),
    (status = 429, description = "Too many unfinished uploads"),
))]
pub async fn begin(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    extract::Body(new): extract::Body<NewBlob>,
) -> Result<Json<UploadState>, Refusal> {
    if new.bytes == 0 {
        return Err(Refusal::invalid("bytes", "an empty file shows nothing"));
    }
    let most = state.options.largest_file;
    if new.bytes > most {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The file is too large",
            format!(
                "It has {} bytes; at most {most} are kept. Make it smaller.",
                new.bytes
            ),
        ));
    }
    if Kind::from_media(&new.kind).is_none() {
        return Err(unwelcome(&format!("`{}` is not kept here.", shorten(&new.kind))));
    }
    let user = caller.actor.user;
    if let Some(kept) = state.store.blob(&caller.actor, new.sha256).await? {
        return Ok(Json(UploadState {
            offset: kept.bytes,
            bytes: kept.bytes,
        }));
    }
    match state.store.upload(user, new.sha256).await? {
        Some(bytes) if bytes == new.bytes => {
            let offset = offset(&state, user, new.sha256).await?;
            return Ok(Json(UploadState { offset, bytes }));
        }
        // It was announced with another length: one of the two was wrong, so nothing of it is trusted.
        Some(_) => state
            .blobs
            .drop_part(user, new.sha256)
            .await
            .map_err(|e| disk(&e))?,
        None => {}
    }
    let begun = state.store.upload_begin(user, &new, Utc::now()).await?;
    begun
        .map(Json)
        .ok_or_else(|| Refusal::too_often(60, "Too many uploads are unfinished; finish some of them first."))
}

/// Adds the next piece of an upload. It is on disk when this answers. The last one ends the upload: then the bytes
/// are compared with the hash, and what they are is found out from them.
#[utoipa::path(patch, path = "/api/v1/blobs/{sha256}", tag = "evidence", params(
    ("sha256" = String, Path, description = "SHA-256 of the whole"),
    ("upload-offset" = u64, Header, description = "Where the piece begins"),
), request_body(content = String, content_type = "application/offset+octet-stream", description = "At most 512 KiB"),
responses(
    (status = 200, body = UploadState),
    (status = 409, description = "The upload is somewhere else; `upload-offset` says where"),
))]
pub async fn add(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(blob): Segment<BlobId>,
    request: Request,
) -> Result<Json<UploadState>, Refusal> {
    let from = piece_offset(request.headers())?;
    let piece = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::too_large(PIECE_LIMIT.0),
            _ => Refusal::malformed("The piece broke off; ask how far it is and go on from there."),
        })?;
    // On a task of its own: whoever hangs up leaves files and database in step.
    let task = tokio::spawn(add_piece(state, caller.actor.user, blob, from, piece));
    task.await
        .map_err(|error| Refusal::internal(format!("an upload: {error}")))?
        .map(Json)
}

fn piece_offset(headers: &HeaderMap) -> Result<u64, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind != Some(PIECE_TYPE) {
        return Err(Refusal::wrong_type(format!(
            "Send a piece with `content-type: {PIECE_TYPE}`."
        )));
    }
    let offset = headers
        .get(OFFSET)
        .and_then(|offset| offset.to_str().ok()?.parse().ok());
    offset.ok_or_else(|| Refusal::invalid(UPLOAD_OFFSET, "must be the place where the piece begins"))
}

async fn add_piece(
    state: AppState,
    user: UserId,
    blob: BlobId,
    from: u64,
    piece: Bytes,
) -> Result<UploadState, Refusal> {
    let Some(bytes) = state.store.upload(user, blob).await? else {
        return Err(Refusal::not_found("No such upload is under way; begin it first."));
    };
    if from.saturating_add(piece.len() as u64) > bytes {
        return Err(Refusal::invalid(
            "body",
            format!("the piece goes beyond the {bytes} bytes that were announced"),
        ));
    }
    let offset = match state
        .blobs
        .add(user, blob, from, piece)
        .await
        .map_err(|e| disk(&e))?
    {
        Added::To(offset) => offset,
        Added::Elsewhere(offset) => {
            let refusal = Refusal::conflict(format!("The upload is at byte {offset}; go on from there."));
            return Err(refusal.with_header(OFFSET, &offset.to_string()));
        }
    };
    let now = UploadState { offset, bytes };
    if now.is_complete() {
        finish(&state, user, blob).await?;
    }
    Ok(now)
}

async fn finish(state: &AppState, user: UserId, blob: BlobId) -> Result<(), Refusal> {
    let refusal = match state.blobs.finish(user, blob).await.map_err(|e| disk(&e))? {
        Whole::Kept(kind) => {
            state.store.upload_finish(user, blob, kind, Utc::now()).await?;
            return Ok(());
        }
        Whole::OtherBytes => Refusal::invalid(
            "sha256",
            "these are other bytes than the hash says; send them anew",
        ),
        Whole::Unwelcome => unwelcome("The content is not of a kind that is kept here."),
    };
    state.store.upload_drop(user, blob).await?;
    Err(refusal)
}

/// One photo or file. `HEAD` also answers for an own unfinished upload, with how far it is.
#[utoipa::path(get, path = "/api/v1/blobs/{sha256}", tag = "evidence", params(
    ("sha256" = String, Path, description = "SHA-256 of the whole"),
), responses((status = 200, description = "The bytes", content(
    (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/heic"),
    (Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument"),
    (Vec<u8> = "application/vnd.oasis.opendocument"), (String = "text/plain"),
))))]
pub async fn read(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(blob): Segment<BlobId>,
    method: Method,
) -> Result<Response, Refusal> {
    let Some(kept) = state.store.blob(&caller.actor, blob).await? else {
        let under_way = match method {
            Method::HEAD => state.store.upload(caller.actor.user, blob).await?,
            _ => None,
        };
        let bytes = under_way.ok_or_else(|| {
            Refusal::not_found("There is no such file, or no release you may see shows it.")
        })?;
        let offset = offset(&state, caller.actor.user, blob).await?;
        return Ok(progress(offset, bytes).into_response());
    };
    let place = if kept.kind.is_safe_picture() {
        Place::Inline
    } else {
        Place::Attachment
    };
    let name = blob.to_string();
    let name = name.get(..12).unwrap_or_default();
    let name = format!("{name}.{}", kept.kind.ending());
    serve(&state, blob, kept, &name, place).await
}

/// What a browser is to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Show it.
    Inline,
    /// Save it.
    Attachment,
}

/// Sends a file that is kept, under a safe name.
pub(super) async fn serve(
    state: &AppState,
    blob: BlobId,
    kept: KeptBlob,
    name: &str,
    place: Place,
) -> Result<Response, Refusal> {
    let file = state.blobs.open(blob).await.map_err(|e| disk(&e))?;
    let headers = [
        (header::CONTENT_TYPE, kept.kind.media().to_owned()),
        (header::CONTENT_LENGTH, kept.bytes.to_string()),
        (header::CONTENT_DISPOSITION, disposition(place, name)),
        (header::CONTENT_SECURITY_POLICY, ALONE.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let body = Body::from_stream(ReaderStream::new(file));
    Ok((progress(kept.bytes, kept.bytes), headers, body).into_response())
}

/// RFC 6266: the name in ASCII for everybody, and as it is for those who read UTF-8.
fn disposition(place: Place, name: &str) -> String {
    let word = match place {
        Place::Inline => "inline",
        Place::Attachment => "attachment",
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_.()".contains(c);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if ascii == name {
        return format!("{word}; filename=\"{ascii}\"");
    }
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{word}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

fn progress(offset: u64, bytes: u64) -> [(HeaderName, HeaderValue); 2] {
    [(OFFSET, offset.into()), (LENGTH, bytes.into())]
}

async fn offset(state: &AppState, user: UserId, blob: BlobId) -> Result<u64, Refusal> {
    state.blobs.offset(user, blob).await.map_err(|e| disk(&e))
}

fn unwelcome(what: &str) -> Refusal {
    Refusal::wrong_type(format!("{what} {}", Kind::KEPT))
}

fn disk(error: &std::io::Error) -> Refusal {
    Refusal::internal(format!("a file could not be read or kept: {error}"))
}

/// Throws away uploads that nobody has finished.
pub(super) async fn sweep(state: &AppState) -> Result<(), Refusal> {
    for (user, blob) in state.store.uploads_begun(Utc::now() - PATIENCE).await? {
        state.blobs.drop_part(user, blob).await.map_err(|e| disk(&e))?;
        state.store.upload_drop(user, blob).await?;
    }
    Ok(())
}
