//! Who is signed in.

use std::sync::Arc;

use domain::access::{self, Deed};
use domain::wire::session::Me;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::client::http::{self, ApiError, Seen};

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

    /// Asks the server who is signed in.
    pub async fn refresh(self) {
        match http::call(api::session::session()).await {
            Ok(Some(me)) => self.enter(me),
            Ok(None) => self.note(Seen::SignedOut),
            // Somebody known stays known while the server is away.
            Err(error) => {
                if untrack(|| self.me()).is_none() {
                    self.who.set(Who::Unknown(error));
                }
            }
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
        self.who.set(Who::Somebody(Arc::new(me)));
        self.sign_ins.update(|count| *count += 1);
    }

    /// Forgets the person, after signing out.
    pub fn leave(self) {
        self.who.set(Who::Nobody);
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
    };
    provide_context(session);
    spawn_local(session.refresh());
    session
}
