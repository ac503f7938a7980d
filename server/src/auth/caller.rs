//! From the headers of a request to the person behind it.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::wire::session::Me;

use super::session;
use super::{secret::digest, token};
use crate::http::Options;
use crate::http::problem::Refusal;
use crate::state::AppState;

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// A browser session; the digest of its id.
    Session(String),
    /// An API token; its id.
    Token(String),
}

/// Somebody who sent a request and proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, with what they may do.
    pub actor: Actor,
    /// Sign-in name.
    pub login: String,
    /// How they proved it.
    pub means: Means,
}

impl Caller {
    /// The person as the pages need them, at this installation.
    #[must_use]
    pub fn me(&self, options: &Options) -> Me {
        Me {
            actor: self.actor.clone(),
            login: self.login.clone(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            largest_file: options.largest_file,
        }
    }
}

/// Who sent a request. A token counts before a cookie, and a bad token is never made good by a cookie.
///
/// # Errors
/// 401 for a token that does not count, 5xx when the database does not answer.
pub async fn resolve(
    state: &AppState,
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Result<Option<Caller>, Refusal> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let clear = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, clear)| clear.trim());
        let caller = match clear {
            Some(clear) => by_token(state, clear, now).await?,
            None => None,
        };
        return caller.map(Some).ok_or_else(|| {
            Refusal::unauthenticated(
                "The token is unknown, expired or revoked. Send `authorization: Bearer slp_...`.",
            )
        });
    }
    match state.options.cookies.read(headers) {
        Some(hash) => by_session(state, hash, now).await,
        None => Ok(None),
    }
}

async fn by_token(state: &AppState, clear: &str, now: DateTime<Utc>) -> Result<Option<Caller>, Refusal> {
    if !clear.starts_with(token::PREFIX) || clear.len() > 100 {
        return Ok(None);
    }
    let Some((row, holder)) = state.store.token_by_hash(&digest(clear)).await? else {
        return Ok(None);
    };
    if row.revoked.is_some() || row.expires.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    let Some((mut actor, login)) = holder else {
        return Ok(None);
    };
    actor.scopes = Some(row.scopes);
    if row.last_used.is_none_or(|used| now - used > session::TOUCH_AFTER) {
        state.store.token_touch(&row.id, now).await?;
    }
    Ok(Some(Caller {
        actor,
        login,
        means: Means::Token(row.id),
    }))
}

async fn by_session(state: &AppState, hash: String, now: DateTime<Utc>) -> Result<Option<Caller>, Refusal> {
    let Some((row, holder)) = state.store.session(&hash).await? else {
        return Ok(None);
    };
    if !session::is_alive(&row, now) {
        state.store.session_delete(&hash).await?;
        return Ok(None);
    }
    let Some((actor, login)) = holder else {
        return Ok(None);
    };
    if now - row.seen > session::TOUCH_AFTER {
        state.store.session_touch(&hash, now).await?;
    }
    Ok(Some(Caller {
        actor,
        login,
        means: Means::Session(hash),
    }))
}
