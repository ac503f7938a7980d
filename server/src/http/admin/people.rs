//! People: as every register, and their passwords.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::Utc;
use domain::UserId;
use domain::wire::Page;
use domain::wire::admin::{Kept, Patch, RegisterQuery, User};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Key, keep};
use crate::auth::caller::Caller;
use crate::auth::password;
use crate::db::{By, new_key};
use crate::http::extract::{Body, Query, Segment};
use crate::http::problem::Refusal;
use crate::state::AppState;

/// Somebody to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewUser {
    /// Their first password; without one they cannot sign in until one is set.
    #[serde(default)]
    pub password: Option<String>,
    /// Everything else about them.
    #[serde(flatten)]
    pub user: User,
}

/// A password to set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The new password; the one before no longer counts, and all sessions end.
    pub password: String,
}

keep! {
    User, "/api/v1/admin/users", "/api/v1/admin/users/{id}", "For administrators.";
    "People, by name." users, "One person." user,
    "Changes what is known about a person, their roles and groups." user_update,
    "Retires a person: they can no longer sign in or be chosen, and everything they did stays." user_retire
}

/// Adds a person. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/users", tag = "administration", request_body = NewUser, responses(
    (status = 201, body = Kept<User>),
    (status = 409, description = "The sign-in name is taken"),
))]
pub async fn create_user(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<Kept<User>>), Refusal> {
    let phc = match new.password {
        None => None,
        Some(text) => Some(hashed(&state, text, &new.user.login).await?),
    };
    let made = state
        .store
        .make_user(&caller.actor, new_key(), new.user, phc, Utc::now());
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Sets a person's password and ends their sessions. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/users/{id}/password", tag = "administration", request_body = NewPassword,
    params(("id" = String, Path, description = "Their identity")),
    responses((status = 204, description = "The new password counts")))]
pub async fn set_password(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(Key(id)): Segment<Key>,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, Refusal> {
    let found: Kept<User> = state.store.kept(&caller.actor, &id).await?;
    let user: UserId = id
        .parse()
        .map_err(|error: domain::BadId| Refusal::not_found(error.to_string()))?;
    let phc = hashed(&state, new.password, &found.value.login).await?;
    let by = By::from(&caller.actor);
    state.store.set_password(&by, user, &phc, Utc::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn hashed(state: &AppState, text: String, login: &str) -> Result<String, Refusal> {
    password::check_new(&text, login).map_err(|error| Refusal::invalid("password", error.to_string()))?;
    let hashing = state.passwords.hash(text).await;
    hashing.map_err(|error| Refusal::internal(error.to_string()))
}
