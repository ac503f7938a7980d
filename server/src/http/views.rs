//! Lists that people keep under a name.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::{Extension, Json};
use chrono::Utc;
use domain::ViewId;
use domain::wire::view::{NewView, SavedView, ViewChange};

use super::extract::{Body, Segment};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// One's own views and those shared with one, by name.
#[utoipa::path(get, path = "/api/v1/views", tag = "views", responses((status = 200, body = Vec<SavedView>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<SavedView>>, Refusal> {
    Ok(Json(state.store.views(&caller.actor).await?))
}

/// Keeps a list under a name, for oneself, a group or everybody.
#[utoipa::path(post, path = "/api/v1/views", tag = "views", request_body = NewView, responses(
    (status = 201, body = SavedView, headers(("location" = String, description = "The new view"))),
    (status = 409, description = "Too many views"),
))]
pub async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewView>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<SavedView>), Refusal> {
    let view = state.store.view_create(&caller.actor, new, Utc::now()).await?;
    let location = format!("/api/v1/views/{}", view.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)))
}

/// Changes a view: only its owner may, and administrators what is shared.
#[utoipa::path(patch, path = "/api/v1/views/{id}", tag = "views", params(
    ("id" = String, Path, description = "Id of the view"),
), request_body = ViewChange, responses((status = 200, body = SavedView)))]
pub async fn change(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(view): Segment<ViewId>,
    Body(change): Body<ViewChange>,
) -> Result<Json<SavedView>, Refusal> {
    let view = state
        .store
        .view_change(&caller.actor, view, change, Utc::now())
        .await?;
    Ok(Json(view))
}

/// Deletes a view.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "views", params(
    ("id" = String, Path, description = "Id of the view"),
), responses((status = 204, description = "It is gone")))]
pub async fn delete(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(view): Segment<ViewId>,
) -> Result<StatusCode, Refusal> {
    state.store.view_delete(&caller.actor, view, Utc::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
