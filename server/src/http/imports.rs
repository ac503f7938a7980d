//! Imports: one request brings a file and is answered with the finished report; others may watch meanwhile.

use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::{Extension, Json};
use domain::wire::cmdb::{ImportRecord, ImportReport};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Query, Segment};
use super::identity::UlidText;
use super::problem::Refusal;
use super::routes::IMPORT_LIMIT;
use super::upload::{self, Upload};
use crate::auth::caller::Caller;
use crate::import;
use crate::state::AppState;

/// How to read an upload.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// What the file is: `netbox`, `ndjson`, `csv`, `debian-packages` or `cyclonedx`.
    #[param(example = "netbox")]
    pub format: String,
    /// Only say what would happen.
    #[serde(default)]
    #[param(required = false)]
    pub dry_run: bool,
}

/// Imports a file into the CMDB. Importing the same file again changes nothing.
///
/// The file is the body itself, or one or more parts of a form (`csv` takes `cis.csv` and `relations.csv`
/// together). The import goes on when the connection breaks; `location` names its record.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", params(ImportOptions),
    request_body(content(
        (String = "application/octet-stream"),
        (String = "multipart/form-data"),
    ), description = "The file"),
    responses((status = 200, body = ImportReport, headers(("location" = String, description = "The record of this import")))))]
pub async fn run(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(options): Query<ImportOptions>,
    request: Request,
) -> Result<([(HeaderName, String); 1], Json<ImportReport>), Refusal> {
    let format: import::Format = options
        .format
        .parse()
        .map_err(|error: domain::BadId| Refusal::invalid("format", error.to_string()))?;
    let uploads = upload::receive(request, &state.options.uploads, IMPORT_LIMIT.0).await?;
    // On a task of its own: a half-finished import because somebody closed a lid helps nobody.
    let task = tokio::spawn(import_uploads(state, caller, format, uploads, options.dry_run));
    let record = task
        .await
        .map_err(|error| Refusal::internal(format!("an import: {error}")))??;
    let location = format!("/api/v1/imports/{}", record.id);
    let report = record
        .report
        .ok_or_else(|| Refusal::internal(format!("import {} ended without a report", record.id)))?;
    Ok(([(header::LOCATION, location)], Json(report)))
}

async fn import_uploads(
    state: AppState,
    caller: Caller,
    format: import::Format,
    uploads: Vec<Upload>,
    dry_run: bool,
) -> Result<ImportRecord, Refusal> {
    let turn = state.imports.acquire().await;
    let _turn = turn.map_err(|error| Refusal::internal(error.to_string()))?;
    let files = uploads
        .iter()
        .map(|upload| (upload.name.clone(), upload.file.path().to_owned()))
        .collect();
    let now = chrono::Utc::now();
    let record = import::run(&state.store, &caller.actor, format, files, dry_run, now, None).await?;
    Ok(record)
}

/// Past and running imports, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", responses((status = 200, body = Vec<ImportRecord>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<ImportRecord>>, Refusal> {
    Ok(Json(state.store.imports(&caller.actor).await?))
}

/// One import: its progress while it runs, its report afterwards.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", params(
    ("id" = String, Path, description = "Id of the import"),
), responses((status = 200, body = ImportRecord)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<Json<ImportRecord>, Refusal> {
    Ok(Json(state.store.import(&caller.actor, &id).await?))
}
