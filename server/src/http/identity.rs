//! Who is calling, whom there is, and one's own API tokens.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::wire::session::{Directory, Me};
use domain::{BadId, shorten};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Segment};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::auth::token;
use crate::db::{By, TokenRow};
use crate::state::AppState;

/// Longest name of a token, in characters.
const MAX_NAME: usize = 100;
/// Most tokens of one person that still count.
const MAX_TOKENS: usize = 100;

/// Who is calling, with everything they may do, and how large a file this installation keeps.
#[utoipa::path(get, path = "/api/v1/me", tag = "identity", responses((status = 200, body = Me)))]
pub async fn me(State(state): State<AppState>, Extension(caller): Extension<Caller>) -> Json<Me> {
    Json(caller.me(&state.options))
}

/// People, groups and release types, for forms.
#[utoipa::path(get, path = "/api/v1/directory", tag = "identity", responses((status = 200, body = Directory)))]
pub async fn directory(State(state): State<AppState>) -> Result<Json<Directory>, Refusal> {
    Ok(Json(state.store.directory().await?))
}

/// An API token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Token {
    /// To revoke it by.
    #[schema(example = "01JD3Q7V3M8Z6N4K2T9R5W1XYZ")]
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// Last use, to within some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<DateTime<Utc>>,
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            scopes: row.scopes,
            created: row.created,
            expires: row.expires,
            last_used: row.last_used,
            revoked: row.revoked,
        }
    }
}

/// A token to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What to call it, so that you know it again.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may be used for; at least one.
    #[schema(min_items = 1)]
    pub scopes: BTreeSet<Scope>,
    /// When it ends; never without it.
    #[serde(default)]
    pub expires: Option<DateTime<Utc>>,
}

/// A new token with its secret, which is shown only here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MintedToken {
    /// The secret, `slp_...`.
    pub token: String,
    /// The rest.
    #[serde(flatten)]
    pub info: Token,
}

/// One's own tokens, newest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "identity", responses((status = 200, body = Vec<Token>)))]
pub async fn tokens(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<Token>>, Refusal> {
    let rows = state.store.tokens_of(caller.actor.user).await?;
    Ok(Json(rows.into_iter().map(Token::from).collect()))
}

/// Makes a token for oneself. Needs a browser session or a token with the scope `admin`.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "identity", request_body = NewToken, responses(
    (status = 201, body = MintedToken),
    (status = 409, description = "Too many tokens that still count"),
))]
pub async fn create_token(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<MintedToken>), Refusal> {
    let now = Utc::now();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            format!("1 to {MAX_NAME} visible characters are needed"),
        ));
    }
    if new.scopes.is_empty() {
        return Err(Refusal::invalid("scopes", "at least one is needed"));
    }
    if new.expires.is_some_and(|end| end <= now) {
        return Err(Refusal::invalid("expires", "is in the past"));
    }
    let known = state.store.tokens_of(caller.actor.user).await?;
    let living = known
        .iter()
        .filter(|row| row.revoked.is_none() && row.expires.is_none_or(|end| end > now));
    if living.count() >= MAX_TOKENS {
        return Err(Refusal::conflict(format!(
            "You have {MAX_TOKENS} tokens; revoke one first."
        )));
    }
    let secret = token::mint().map_err(|error| Refusal::internal(error.to_string()))?;
    let row = TokenRow {
        id: ulid::Ulid::new().to_string(),
        name: name.to_owned(),
        hash: secret.hash,
        user: caller.actor.user,
        scopes: new.scopes,
        created: now,
        expires: new.expires,
        last_used: None,
        revoked: None,
    };
    state.store.token_create(&By::from(&caller.actor), &row).await?;
    let minted = MintedToken {
        token: secret.clear,
        info: row.into(),
    };
    Ok((StatusCode::CREATED, Json(minted)))
}

/// The id of a token or an import in a path.
pub struct UlidText(pub String);

impl std::str::FromStr for UlidText {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match ulid::Ulid::from_string(text) {
            Ok(id) => Ok(Self(id.to_string())),
            Err(_) => Err(BadId(format!("`{}` is not an id", shorten(text)))),
        }
    }
}

/// Revokes one of one's own tokens, from the next request on.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "identity", params(
    ("id" = String, Path, description = "Id of the token"),
), responses((status = 204, description = "It is revoked")))]
pub async fn revoke_token(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(UlidText(id)): Segment<UlidText>,
) -> Result<StatusCode, Refusal> {
    if state
        .store
        .token_revoke(&By::from(&caller.actor), caller.actor.user, &id, Utc::now())
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::not_found("You have no such token."))
    }
}
