//! Who may call a route, declared in [`super::routes`] and enforced here before the handler runs.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::{Actor, Deed, Scope, may};
use domain::shorten;

use super::problem::Refusal;
use super::routes::{BodyLimit, Deadline};
use crate::auth::caller::{self, Caller, Means};
use crate::auth::origin::{self, Origin};
use crate::state::AppState;

/// Who may call a route. Handlers and the store check again what depends on the thing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, signed in or not.
    Public,
    /// Whoever is signed in; a token needs this scope.
    SignedIn(Scope),
    /// Who may do this deed.
    Deed(Deed),
}

impl Policy {
    /// Whether somebody passes.
    #[must_use]
    pub fn admits(self, actor: &Actor) -> bool {
        match self {
            Self::Public => true,
            Self::SignedIn(scope) => actor
                .scopes
                .as_ref()
                .is_none_or(|scopes| scopes.contains(&scope) || scopes.contains(&Scope::Admin)),
            Self::Deed(deed) => may(actor, deed),
        }
    }
}

/// What stands before one route's handler.
#[derive(Clone)]
pub struct Gate {
    pub(super) state: AppState,
    pub(super) policy: Policy,
    pub(super) body: BodyLimit,
    pub(super) deadline: Deadline,
    /// The names that its address takes in its query; `None` where any may stand there.
    pub(super) names: Option<Arc<[&'static str]>>,
}

/// Finds out who calls, checks the route's policy and the request's origin, then runs the handler with
/// the caller in the request's extensions, for at most the route's time.
pub async fn guard(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    match admit(&gate, &mut request).await {
        Ok(()) => {}
        Err(refusal) => return refusal.into_response(),
    }
    let Some(limit) = gate.deadline.0 else {
        return next.run(request).await;
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::busy(format!(
            "This took longer than {} seconds and was given up; ask for less or try again later.",
            limit.as_secs()
        ))
        .into_response(),
    }
}

async fn admit(gate: &Gate, request: &mut Request) -> Result<(), Refusal> {
    request.extensions_mut().insert(gate.body);
    let from = origin::of(request.headers());
    let changes = origin::changes(request.method());
    if gate.policy == Policy::Public {
        // Also sign-in: a foreign page must not sign somebody in as another.
        if changes && from == Origin::Foreign {
            return Err(Refusal::foreign_origin());
        }
        return known(gate, request.uri().query());
    }
    let caller = caller::resolve(&gate.state, request.headers(), chrono::Utc::now())
        .await?
        .ok_or_else(|| Refusal::unauthenticated("Sign in, or send `authorization: Bearer slp_...`."))?;
    if changes && matches!(caller.means, Means::Session(_)) && from != Origin::Own {
        return Err(Refusal::foreign_origin());
    }
    if !gate.policy.admits(&caller.actor) {
        return Err(Refusal::not_allowed(lacking(&caller)));
    }
    request.extensions_mut().insert(caller);
    known(gate, request.uri().query())
}

/// Refuses a name in the query that the route does not know: a misspelled filter would mean everything, a misspelled
/// `dry_run` that it is done. An empty value is a filter that was left blank.
fn known(gate: &Gate, query: Option<&str>) -> Result<(), Refusal> {
    let (Some(names), Some(query)) = (&gate.names, query) else {
        return Ok(());
    };
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let unknown = pairs.find(|(name, value)| !value.trim().is_empty() && !names.contains(&name.as_ref()));
    let Some((name, _)) = unknown else {
        return Ok(());
    };
    let there_is = match &**names {
        [] => "nothing can be asked for in this address".to_owned(),
        names => format!("there is {}", names.join(", ")),
    };
    Err(Refusal::invalid(
        shorten(&name),
        format!("is not known here; {there_is}"),
    ))
}

fn lacking(caller: &Caller) -> &'static str {
    match caller.means {
        Means::Session(_) => "Your account does not have the right this needs; ask an administrator.",
        Means::Token(_) => "The token's scopes or its owner's rights do not allow this.",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::db::Store;
    use crate::http::Options;
    use crate::http::site::Site;
    use crate::state::Shared;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up_with_a_problem() {
        let store = Store::in_memory().await;
        let gate = Gate {
            state: Shared::new(store, Options::new(None, false), Site::none()),
            policy: Policy::Public,
            body: BodyLimit::default(),
            deadline: Deadline(Some(Duration::ZERO)),
            names: None,
        };
        let slow = get(std::future::pending::<()>).route_layer(from_fn_with_state(gate, guard));
        let router: Router = Router::new().route("/", slow);
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["retry-after"], "1");
    }
}
