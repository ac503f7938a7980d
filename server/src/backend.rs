//! What the pages' server functions ask for, on behalf of one request.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use app::api::ApiError;
use app::backend::{Answer, Backend};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::Utc;
use domain::UserId;
use domain::wire::session::Me;

use crate::auth::caller::{self, Caller, Means};
use crate::auth::origin::{self, Origin};
use crate::auth::{password, session};
use crate::db::By;
use crate::http::problem::Refusal;
use crate::state::AppState;

/// The backend for one request; collects the headers that go out with the answer.
pub struct RequestBackend {
    state: AppState,
    headers: HeaderMap,
    address: Option<IpAddr>,
    outgoing: Mutex<Vec<(HeaderName, HeaderValue)>>,
}

impl RequestBackend {
    /// For the request with these parts.
    #[must_use]
    pub fn new(state: AppState, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            address: peer.map(|ConnectInfo(peer)| state.options.proxies.client(peer.ip(), &parts.headers)),
            headers: parts.headers.clone(),
            outgoing: Mutex::new(Vec::new()),
            state,
        }
    }

    /// The headers to add to the answer; once.
    #[must_use]
    pub fn take_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        std::mem::take(&mut *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn send(&self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) {
        self.outgoing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(headers);
    }

    fn refuse(&self, refusal: Refusal) -> ApiError {
        let (problem, headers) = refusal.into_parts();
        self.send(headers);
        ApiError(problem)
    }

    fn cookie(&self, value: Option<HeaderValue>) {
        self.send(value.map(|value| (header::SET_COOKIE, value)));
    }

    /// Who asks, if they may change something by this request.
    async fn changing(&self) -> Result<Option<Caller>, Refusal> {
        let caller = caller::resolve(&self.state, &self.headers, Utc::now()).await?;
        if let Some(Caller {
            means: Means::Session(_),
            ..
        }) = caller
            && origin::of(&self.headers) != Origin::Own
        {
            return Err(Refusal::foreign_origin());
        }
        Ok(caller)
    }

    /// A new session, and the end of the one this browser had.
    async fn start_session(&self, user: UserId) -> Result<(), Refusal> {
        let (secret, row) =
            session::open(user, Utc::now()).map_err(|error| Refusal::internal(error.to_string()))?;
        self.state.store.session_create(&row).await?;
        if let Some(old) = self.state.options.cookies.read(&self.headers) {
            self.state.store.session_delete(&old).await?;
        }
        self.cookie(self.state.options.cookies.set(&secret));
        Ok(())
    }

    async fn check_password(&self, login: &str, password: String) -> Result<Option<UserId>, Refusal> {
        self.state
            .throttle
            .try_now(login, self.address, Instant::now())
            .map_err(|seconds| {
                Refusal::too_often(
                    seconds,
                    format!("Too many failed sign-ins; try again in {seconds} seconds."),
                )
            })?;
        let known = self.state.store.credentials(login).await?;
        let (user, phc) = match known {
            Some(known) if !known.disabled => (Some(known.user), known.password),
            _ => (None, None),
        };
        let right = self
            .state
            .passwords
            .verify(password, phc)
            .await
            .map_err(|error| Refusal::internal(error.to_string()))?;
        if !right {
            return Ok(None);
        }
        self.state.throttle.succeeded(login, self.address);
        Ok(user)
    }

    async fn try_sign_in(&self, login: &str, password: String) -> Result<Me, Refusal> {
        let Some(user) = self.check_password(login, password).await? else {
            return Err(if self.state.store.user_count().await? == 0 {
                Refusal::unauthenticated(
                    "There are no people yet. Make the first with `slipway user add NAME --admin --password-stdin` \
                     on the server, or start it with `--demo`.",
                )
            } else {
                Refusal::unauthenticated("Sign-in name and password do not belong together.")
            });
        };
        let Some((actor, login)) = self.state.store.actor(user).await? else {
            return Err(Refusal::unauthenticated(
                "Sign-in name and password do not belong together.",
            ));
        };
        self.start_session(user).await?;
        let means = Means::Session(String::new());
        Ok(Caller { actor, login, means }.me(&self.state.options))
    }

    async fn try_sign_out(&self) -> Result<(), Refusal> {
        if let Some(Caller {
            means: Means::Session(hash),
            ..
        }) = self.changing().await?
        {
            self.state.store.session_delete(&hash).await?;
        }
        self.cookie(self.state.options.cookies.clear());
        Ok(())
    }

    async fn try_change_password(&self, old: String, new: String) -> Result<(), Refusal> {
        let caller = self
            .changing()
            .await?
            .ok_or_else(|| Refusal::unauthenticated("Sign in first."))?;
        if !matches!(caller.means, Means::Session(_)) {
            return Err(Refusal::not_allowed(
                "A password is changed in the browser, not with a token.",
            ));
        }
        password::check_new(&new, &caller.login)
            .map_err(|error| Refusal::invalid("new", error.to_string()))?;
        if self.check_password(&caller.login, old).await? != Some(caller.actor.user) {
            return Err(Refusal::invalid("old", "is not your password"));
        }
        let phc = self
            .state
            .passwords
            .hash(new)
            .await
            .map_err(|error| Refusal::internal(error.to_string()))?;
        let by = By::from(&caller.actor);
        self.state
            .store
            .set_password(&by, caller.actor.user, &phc, Utc::now())
            .await?;
        self.start_session(caller.actor.user).await
    }
}

impl Backend for RequestBackend {
    fn sign_in(&self, login: String, password: String) -> Answer<'_, Me> {
        Box::pin(async move {
            let login = login.trim();
            self.try_sign_in(login, password)
                .await
                .map_err(|refusal| self.refuse(refusal))
        })
    }

    fn sign_out(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.try_sign_out().await.map_err(|refusal| self.refuse(refusal)) })
    }

    fn session(&self) -> Answer<'_, Option<Me>> {
        Box::pin(async move {
            let caller = caller::resolve(&self.state, &self.headers, Utc::now()).await;
            match caller {
                Ok(caller) => Ok(caller.map(|caller| caller.me(&self.state.options))),
                Err(refusal) => Err(self.refuse(refusal)),
            }
        })
    }

    fn change_password(&self, old: String, new: String) -> Answer<'_, ()> {
        Box::pin(async move {
            self.try_change_password(old, new)
                .await
                .map_err(|refusal| self.refuse(refusal))
        })
    }
}
