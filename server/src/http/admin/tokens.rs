//! Everybody's tokens, to see and to revoke.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::Utc;
use domain::UserId;
use domain::wire::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::http::extract::{Query, Segment};
use crate::http::identity::{Token, UlidText};
use crate::http::problem::Refusal;
use crate::state::AppState;

/// A token and whose it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnedToken {
    /// Whose.
    pub user: UserId,
    /// Their sign-in name.
    pub login: String,
    /// The token, without its secret.
    #[serde(flatten)]
    pub token: Token,
}

/// Query of the list of everybody's tokens.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TokenQuery {
    /// Only of this person.
    #[serde(default)]
    pub user: Option<UserId>,
    /// Words that must all occur in the token's name or the sign-in name.
    #[serde(default)]
    pub q: Option<String>,
    /// Also those that were revoked or have ended.
    #[serde(default)]
    pub retired: bool,
    /// Rows in a page, 1 to 500.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
}

/// Everybody's tokens, newest first. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/tokens", tag = "administration", params(
    ("user" = Option<String>, Query, description = "Only of this person"),
    ("q" = Option<String>, Query, description = "Words that must all occur in the token's name or the sign-in name"),
    ("retired" = Option<bool>, Query, description = "Also those that were revoked or have ended"),
    ("limit" = Option<u32>, Query, description = "Rows in a page, 1 to 500"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<OwnedToken>)))]
pub async fn tokens(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<TokenQuery>,
) -> Result<Json<Page<OwnedToken>>, Refusal> {
    let now = Utc::now();
    let words: Vec<String> = query
        .q
        .iter()
        .flat_map(|q| q.split_whitespace())
        .map(str::to_lowercase)
        .collect();
    let mut items: Vec<OwnedToken> = state
        .store
        .all_tokens(&caller.actor)
        .await?
        .into_iter()
        .filter(|(login, row)| {
            let text = format!("{login}\n{}", row.name).to_lowercase();
            let counts = row.revoked.is_none() && row.expires.is_none_or(|end| end > now);
            (query.retired || counts)
                && query.user.is_none_or(|user| row.user == user)
                && words.iter().all(|word| text.contains(word.as_str()))
        })
        .map(|(login, row)| OwnedToken {
            user: row.user,
            login,
            token: row.into(),
        })
        .collect();
    let total = items.len() as u64;
    let rows = crate::db::rows_asked(query.limit)?;
    if let Some(after) = &query.after {
        items.retain(|item| item.token.id < *after);
    }
    let more = items.len() > rows;
    items.truncate(rows);
    let next = items.last().filter(|_| more).map(|last| last.token.id.clone());
    Ok(Json(Page { items, next, total }))
}

/// Revokes anybody's token, from the next request on. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/tokens/{id}", tag = "administration", params(
    ("id" = String, Path, description = "Id of the token"),
), responses((status = 204, description = "It is revoked")))]
pub async fn revoke_token(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<StatusCode, Refusal> {
    let all = state.store.all_tokens(&caller.actor).await?;
    let owner = all.iter().find(|(_, row)| row.id == id).map(|(_, row)| row.user);
    let owner = owner.ok_or_else(|| Refusal::not_found("There is no such token."))?;
    let by = crate::db::By::from(&caller.actor);
    state.store.token_revoke(&by, owner, &id, Utc::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
