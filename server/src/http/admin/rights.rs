//! The matrix of rights: groups x release types.

use axum::extract::State;
use axum::{Extension, Json};
use chrono::Utc;
use domain::wire::admin::{RightChanges, RightsMatrix};

use crate::auth::caller::Caller;
use crate::http::extract::Body;
use crate::http::problem::Refusal;
use crate::state::AppState;

/// Who may do what with releases of which type. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/rights", tag = "administration", responses((status = 200, body = RightsMatrix)))]
pub async fn rights(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<RightsMatrix>, Refusal> {
    Ok(Json(state.store.rights_matrix(&caller.actor).await?))
}

/// Changes the rights of groups, all of them or none; each change is in the audit. For administrators.
#[utoipa::path(patch, path = "/api/v1/admin/rights", tag = "administration", request_body = RightChanges, responses(
    (status = 200, body = RightsMatrix),
    (status = 404, description = "There is no such group"),
    (status = 409, description = "A group was changed meanwhile (`stale`, with the group as it is now)"),
))]
pub async fn change_rights(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(body): Body<RightChanges>,
) -> Result<Json<RightsMatrix>, Refusal> {
    let changed = state
        .store
        .change_rights(&caller.actor, &body.changes, Utc::now());
    Ok(Json(changed.await?))
}
