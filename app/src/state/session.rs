//! Who is signed in. Without a server, whoever the server knew last on this device goes on.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::access::{self, Deed};
use domain::wire::session::Me;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::client::clock;
use crate::client::http::{self, ApiError, Seen};
use crate::client::person::Known;

/// For so many days after the server last knew them, a person may work on this device without it. Afterwards they
/// can read, and what waits to be sent goes on waiting.
const TRUST_DAYS: i64 = 14;

/// How long the start waits for the server before it goes on with the person it knew last, in milliseconds.
const PATIENCE: u32 = 1_500;

/// What is known about the person in front of the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// The server has not answered yet.
    Asking,
    /// Nobody is signed in.
    Nobody,
    /// Somebody is.
    Somebody(Arc<Me>),
    /// Somebody was, and the session ended under the page. The page stays; signing in again goes on.
    Ended(Arc<Me>),
    /// The server could not say.
    Unknown(ApiError),
}

/// The session of this page.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    who: RwSignal<Who>,
    /// Counts sign-ins; loaders that were refused try again.
    pub sign_ins: RwSignal<u32>,
    /// When the server last knew the person.
    confirmed: RwSignal<Option<DateTime<Utc>>>,
}

impl Session {
    /// What is known; tracks.
    #[must_use]
    pub fn who(self) -> Who {
        self.who.get()
    }

    /// The signed-in person, also while the session has ended under the page; tracks.
    #[must_use]
    pub fn me(self) -> Option<Arc<Me>> {
        match self.who.get() {
            Who::Somebody(me) | Who::Ended(me) => Some(me),
            Who::Asking | Who::Nobody | Who::Unknown(_) => None,
        }
    }

    /// May they do this? The same rule as the server's; tracks.
    #[must_use]
    pub fn may(self, deed: Deed) -> bool {
        self.me().is_some_and(|me| access::may(&me.actor, deed))
    }

    /// Why nothing may be changed on this device any more, however long ago the server knew the person; tracks.
    #[must_use]
    pub fn lapsed(self) -> Option<String> {
        let confirmed = self.confirmed.get()?;
        let days = (clock::now() - confirmed).num_days();
        (days >= TRUST_DAYS).then(|| {
            format!(
                "The server has not seen you on this device for {days} days. You can read; to change something, \
                 connect and sign in. What waits to be sent is kept."
            )
        })
    }

    /// Asks the server who is signed in. It is told first of somebody who signed out without it.
    pub async fn refresh(self) {
        let left = Known::read().await == Some(Known::Left);
        if left && http::call(api::session::sign_out()).await.is_ok() {
            Known::forget().await;
        }
        match http::call(api::session::session()).await {
            Ok(Some(me)) if !left => self.enter(me),
            Ok(_) => self.note(Seen::SignedOut),
            Err(error) => self.go_on(Known::read().await, error),
        }
    }

    /// Goes on without the server, with the person it knew last. Somebody known stays known.
    fn go_on(self, known: Option<Known>, error: ApiError) {
        if untrack(|| self.me()).is_some() {
            return;
        }
        match known {
            Some(Known::Somebody { me, at }) => {
                self.confirmed.set(Some(at));
                self.who.set(Who::Somebody(Arc::from(me)));
            }
            Some(Known::Left) | None => self.who.set(Who::Unknown(error)),
        }
    }

    /// Finds out who is there. A network that swallows everything must not keep the person waiting.
    async fn begin(self) {
        spawn_local(self.refresh());
        TimeoutFuture::new(PATIENCE).await;
        let known = Known::read().await;
        if self.who.with_untracked(|who| *who == Who::Asking) && matches!(known, Some(Known::Somebody { .. }))
        {
            self.go_on(known, ApiError::Unreachable);
        }
    }

    /// Takes the person who has just signed in.
    pub fn enter(self, me: Me) {
        let before = untrack(|| self.me());
        if before.is_some_and(|before| before.actor.user != me.actor.user) {
            // What is on screen belongs to somebody else: begin anew.
            let _ = window().location().reload();
            return;
        }
        spawn_local(Known::note(me.clone()));
        self.confirmed.set(Some(clock::now()));
        self.who.set(Who::Somebody(Arc::new(me)));
        self.sign_ins.update(|count| *count += 1);
    }

    /// Ends the session; the page is to be left then. Without a server this device forgets the person now, and tells
    /// the server as soon as it can.
    ///
    /// # Errors
    /// The server says no; the person stays signed in.
    pub async fn leave(self) -> Result<(), ApiError> {
        match http::call(api::session::sign_out()).await {
            Ok(()) => Known::forget().await,
            Err(ApiError::Unreachable) => Known::leave().await,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes note of how a request went.
    pub fn note(self, seen: Seen) {
        if seen != Seen::SignedOut {
            return;
        }
        match self.who.get_untracked() {
            Who::Somebody(me) => self.who.set(Who::Ended(me)),
            Who::Asking | Who::Unknown(_) => self.who.set(Who::Nobody),
            Who::Nobody | Who::Ended(_) => {}
        }
    }
}

/// The session of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_session() -> Session {
    expect_context()
}

pub(super) fn provide() -> Session {
    let session = Session {
        who: RwSignal::new(Who::Asking),
        sign_ins: RwSignal::new(0),
        confirmed: RwSignal::new(None),
    };
    provide_context(session);
    spawn_local(session.begin());
    session
}
