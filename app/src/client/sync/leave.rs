//! Signing out: what is on this device only must not vanish without a word, and nothing of one person may be left
//! for the next.

use domain::UserId;
use domain::sync::client::leaving;
use domain::sync::store::StoreFault;
use leptos::prelude::*;

use super::Sync;
use crate::client::http::ApiError;
use crate::client::marks::{self, LossMark};
use crate::client::store::Store;

/// Tries against another tab that goes on writing.
const TRIES: u32 = 5;

/// What its author would leave behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Changes that the server does not have.
    pub waiting: usize,
    /// Changes that it refused, whose content is only here.
    pub refused: usize,
    /// Fields with text that is not queued.
    pub typed: usize,
}

impl Unfinished {
    /// All of it.
    #[must_use]
    pub fn total(self) -> usize {
        self.waiting + self.refused + self.typed
    }
}

impl Sync {
    /// What the person would leave behind; tracks.
    #[must_use]
    pub fn unfinished(self) -> Unfinished {
        let standing = self.standing();
        Unfinished {
            waiting: standing.waiting,
            refused: standing.refused,
            typed: self.typed_count(),
        }
    }

    /// Signs out, on the server as soon as it can be reached. What was fetched goes from this device at once. Own
    /// work stays sealed in the store of its author, unless `discard` says that it goes, too.
    ///
    /// # Errors
    /// The server says no, and nothing was done.
    pub async fn sign_out(self, discard: bool) -> Result<(), ApiError> {
        self.session.leave().await?;
        // The store gets it a moment after it was typed.
        self.rescue();
        let cleared = match self.hands() {
            Some(hands) => (hands.end)(self, discard).await,
            None => Ok(()),
        };
        if cleared.is_err() {
            self.toasts
                .fail("This browser could not clear what was stored. Close all tabs of this site, sign in and out again.");
            return Ok(());
        }
        // A fresh page: nothing in the memory of this one is for whoever comes next.
        let _ = window().location().assign("/sign-in");
        Ok(())
    }
}

pub(super) async fn clear(store: Store, user: UserId, discard: bool) -> Result<(), StoreFault> {
    for _ in 0..TRIES {
        let tx = match store.load(None).await? {
            Some((generation, rows)) if !discard => leaving(generation, &rows),
            _ => None,
        };
        let Some(tx) = tx else {
            LossMark::forget(user);
            if discard {
                marks::forget_all_typed(user);
            }
            return store.destroy().await;
        };
        match store.commit(&tx).await {
            Err(StoreFault::Stale) => {}
            done => return done,
        }
    }
    Err(StoreFault::Stale)
}
