//! Administration: registers around releases, and who changed what in them.

use axum::extract::State;
use axum::{Extension, Json};
use domain::wire::Page;
use domain::wire::admin::{AuditEntry, AuditQuery};

use super::extract::Query;
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// Who changed which record of a register, newest first. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "administration", params(
    ("register" = Option<String>, Query, description = "Only of this register, as `users`"),
    ("record" = Option<String>, Query, description = "Only of the record with this key"),
    ("by" = Option<String>, Query, description = "Only by this person: their identity, or `cli` for the command line"),
    ("q" = Option<String>, Query, description = "A text that occurs in the record's name, in who did it, or in what was there before or afterwards"),
    ("limit" = Option<u32>, Query, description = "Rows in a page, 1 to 500"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<AuditEntry>)))]
pub async fn audit(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    Ok(Json(state.store.audit(&caller.actor, &query).await?))
}
