//! The registers of changes, problems, articles, purchases and media.

use std::collections::HashMap;
use std::io::BufReader;

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::{Extension, Json};
use chrono::Utc;
use domain::BadId;
use domain::registry::{RecordRef, RegisterKind, read_table};
use domain::wire::Page;
use domain::wire::registry::{
    NewRecord, RecordDetail, RecordPatch, RecordSummary, RegisterQuery, RegisterReport,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Query, Segment};
use super::problem::Refusal;
use super::routes::REGISTER_LIMIT;
use super::upload;
use crate::auth::caller::Caller;
use crate::state::AppState;

type Answer<T> = Result<Json<T>, Refusal>;

/// A record, as the two last segments of an address name it. What cannot be one does not exist.
pub struct At(RecordRef);

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(segments) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::malformed("The path holds an escape that is not UTF-8."))?;
        let segment = |name: &str| segments.get(name).map(String::as_str).unwrap_or_default();
        let wrong = |error: BadId| Refusal::not_found(format!("{error}."));
        Ok(Self(RecordRef {
            register: segment("kind").parse().map_err(wrong)?,
            key: segment("key").parse().map_err(wrong)?,
        }))
    }
}

/// The records of a register, by key; all filters together must hold.
#[utoipa::path(get, path = "/api/v1/registers/{kind}", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"),
    ("q" = Option<String>, Query, description = "Words that must all occur in key, title, status or detail"),
    ("status" = Option<String>, Query, description = "Only with this status"),
    ("deleted" = Option<bool>, Query, description = "Deleted records instead of the others"),
    ("limit" = Option<u32>, Query, description = "Rows in a page", minimum = 1, maximum = 500),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<RecordSummary>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(kind): Segment<RegisterKind>,
    Query(query): Query<RegisterQuery>,
) -> Answer<Page<RecordSummary>> {
    Ok(Json(state.store.records(&caller.actor, kind, &query).await?))
}

/// Adds a record.
#[utoipa::path(post, path = "/api/v1/registers/{kind}", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"),
), request_body(content = NewRecord, example = json!({
    "key": "CHG-1",
    "fields": {"title": "Firmware of the core switches", "status": "approved", "risk": "high",
               "link": "https://itsm.example/changes/CHG-1"},
    "back_out": ["Boot the image before", "Check the uplinks"],
    "cis": [{"ci": "sw-c1", "what": "firmware 2.1"}],
})), responses(
    (status = 201, body = RecordDetail, headers(("location" = String, description = "The new record"))),
    (status = 409, description = "The key is taken"),
))]
pub async fn add(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(kind): Segment<RegisterKind>,
    Body(new): Body<NewRecord>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<RecordDetail>), Refusal> {
    let detail = state
        .store
        .add_record(&caller.actor, kind, new, Utc::now())
        .await?;
    let segment: String = form_urlencoded::byte_serialize(detail.record.key.as_str().as_bytes()).collect();
    let location = format!("/api/v1/registers/{kind}/{}", segment.replace('+', "%20"));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(detail)))
}

/// A record with the releases that link it and that the caller may see.
#[utoipa::path(get, path = "/api/v1/registers/{kind}/{key}", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"),
    ("key" = String, Path, description = "Key, percent-encoded as one segment", example = "CHG-1"),
), responses((status = 200, body = RecordDetail)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    At(at): At,
) -> Answer<RecordDetail> {
    Ok(Json(state.store.register_record(&caller.actor, &at).await?))
}

/// Changes a record. Drafts that link a change take over which CIs it changes.
#[utoipa::path(patch, path = "/api/v1/registers/{kind}/{key}", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"),
    ("key" = String, Path, description = "Key, percent-encoded as one segment", example = "CHG-1"),
), request_body(content = RecordPatch, example = json!({"version": 1, "fields": {"status": "done", "risk": null}})), responses(
    (status = 200, body = RecordDetail),
    (status = 409, description = "Another version is there now"),
))]
pub async fn patch(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    At(at): At,
    Body(patch): Body<RecordPatch>,
) -> Answer<RecordDetail> {
    let changing = state.store.patch_record(&caller.actor, at, patch, Utc::now());
    Ok(Json(changing.await?))
}

/// Deletes a record: it is no longer listed and cannot be linked anew; `{"deleted": false}` brings it back.
#[utoipa::path(delete, path = "/api/v1/registers/{kind}/{key}", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"),
    ("key" = String, Path, description = "Key, percent-encoded as one segment", example = "CHG-1"),
), responses((status = 204, description = "It is deleted")))]
pub async fn delete(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    At(at): At,
) -> Result<StatusCode, Refusal> {
    state.store.delete_record(&caller.actor, at, Utc::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How to treat a file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RegisterImport {
    /// Only say what would happen.
    #[serde(default)]
    #[param(required = false)]
    pub dry_run: bool,
}

/// Imports a CSV file into a register. Importing the same file again changes nothing.
///
/// The first line names the columns: `key` and fields of the register; changes also have `back_out` (a step a line)
/// and `cis` (`key => what changes`, separated by semicolons). Rows that cannot be taken are reported with line and
/// field; all others are stored in one transaction.
#[utoipa::path(post, path = "/api/v1/registers/{kind}/imports", tag = "registers", params(
    ("kind" = RegisterKind, Path, description = "The register"), RegisterImport,
), request_body(content(
    (String = "text/csv"),
    (String = "multipart/form-data"),
), description = "The file"), responses((status = 200, body = RegisterReport)))]
pub async fn import(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(kind): Segment<RegisterKind>,
    Query(options): Query<RegisterImport>,
    request: Request,
) -> Answer<RegisterReport> {
    let uploads = upload::receive(request, &state.options.uploads, REGISTER_LIMIT.0).await?;
    let [one] = <[upload::Upload; 1]>::try_from(uploads)
        .map_err(|many| Refusal::invalid("file", format!("{} files were sent; send one", many.len())))?;
    let reading = tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(one.file.path())?;
        Ok::<_, std::io::Error>(read_table(kind, BufReader::new(file)))
    });
    let table = reading
        .await
        .map_err(|error| Refusal::internal(format!("reading a file: {error}")))?
        .map_err(|error| Refusal::internal(format!("reading a file: {error}")))?;
    let importing = state
        .store
        .import_records(&caller.actor, kind, table, options.dry_run, Utc::now());
    Ok(Json(importing.await?))
}
