//! Checklist templates over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::Utc;
use domain::FormKey;
use domain::wire::records::{ChecklistTemplate, NewTemplate, TemplateChange};

use super::extract::{Body, Segment};
use super::problem::Refusal;
use super::releases::Answer;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// All checklist templates, by title.
#[utoipa::path(get, path = "/api/v1/checklist-templates", tag = "checklists", responses(
    (status = 200, body = Vec<ChecklistTemplate>),
))]
pub async fn list(State(state): State<AppState>) -> Answer<Vec<ChecklistTemplate>> {
    Ok(Json(state.store.checklist_templates().await?))
}

/// One checklist template.
#[utoipa::path(get, path = "/api/v1/checklist-templates/{key}", tag = "checklists", params(
    ("key" = String, Path, description = "Its key", example = "ci-test"),
), responses((status = 200, body = ChecklistTemplate)))]
pub async fn detail(
    State(state): State<AppState>,
    Segment(key): Segment<FormKey>,
) -> Answer<ChecklistTemplate> {
    let all = state.store.checklist_templates().await?;
    let found = all.into_iter().find(|template| template.key == key);
    found
        .map(Json)
        .ok_or_else(|| Refusal::not_found(format!("There is no checklist template {key}.")))
}

/// Makes a checklist template.
#[utoipa::path(post, path = "/api/v1/checklist-templates", tag = "checklists", request_body = NewTemplate, responses(
    (status = 201, body = ChecklistTemplate),
    (status = 409, description = "The key is taken"),
))]
pub async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewTemplate>,
) -> Result<(StatusCode, Json<ChecklistTemplate>), Refusal> {
    let made = state
        .store
        .add_checklist_template(&caller.actor, new, Utc::now())
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a checklist template, takes it out of use or gives it back. Checklists made of it stay as they are.
#[utoipa::path(patch, path = "/api/v1/checklist-templates/{key}", tag = "checklists", params(
    ("key" = String, Path, description = "Its key", example = "ci-test"),
), request_body = TemplateChange, responses(
    (status = 200, body = ChecklistTemplate),
    (status = 409, description = "It was changed since"),
))]
pub async fn change(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<FormKey>,
    Body(change): Body<TemplateChange>,
) -> Answer<ChecklistTemplate> {
    let changed = state
        .store
        .change_checklist_template(&caller.actor, &key, change, Utc::now())
        .await?;
    Ok(Json(changed))
}
