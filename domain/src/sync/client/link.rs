//! What the connection is like, and when to try.
//!
//! Every pause ends: from any state, enough time leads to an attempt, whether timers ring or not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::input::{Failure, Now, RequestId};
use crate::sync::store::StoreFault;

/// First pause after a failure, in milliseconds; it doubles.
const FIRST_PAUSE: u64 = 1_000;
/// Longest pause.
const LONGEST_PAUSE: u64 = 60_000;
/// Pause where waiting is not expected to help: signed out, too old, refused.
const SLOW_PAUSE: u64 = 300_000;
/// A driver that has not answered so long after the timeout never will.
const GRACE: u64 = 5_000;

/// What is known of the connection to the server, in the words of the indicator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// Nothing was tried yet.
    #[default]
    Unknown,
    /// The server answered.
    Online {
        /// When last.
        contact: DateTime<Utc>,
    },
    /// It did not.
    Offline {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The session has ended; what is done goes on being kept. Signing in again goes on.
    LoginNeeded,
    /// This build of the app is too old to read from the server; what is queued is still taken.
    UpdateNeeded,
    /// The server is older than this build of the app; what is queued waits for it.
    ServerTooOld,
    /// Somebody else is signed in than whose store this is.
    WrongUser,
    /// Something that waiting does not cure.
    Blocked {
        /// What, and what to do, for people.
        why: String,
    },
}

/// Where sync stands, for the one indicator and the queue page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The connection.
    pub link: Link,
    /// Own ops without an outcome, unsaved ones among them.
    pub waiting: usize,
    /// Those of them that are only in the memory of this tab: being written, or the device has no room.
    pub unsaved: usize,
    /// A push is on its way.
    pub sending: bool,
    /// Own edits that met another one and are not decided yet.
    pub needs_you: usize,
    /// Refused gestures whose author has not dismissed them; one for a root and all that depended on it.
    pub refused: usize,
    /// Own edits that were merged with others and not dismissed.
    pub merged: usize,
    /// When the server last answered a pull: the age of everything shown.
    pub contact: Option<DateTime<Utc>>,
    /// Why the store of this device does not take anything.
    pub trouble: Option<StoreFault>,
}

/// One kind of request: at most one is on its way.
#[derive(Debug, Clone)]
pub(super) struct Lane<T> {
    flight: Option<(RequestId, u64, T)>,
    /// Not before this.
    rest: u64,
    /// Why it rests, while it does and until it succeeds.
    pub block: Option<Link>,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self {
            flight: None,
            rest: 0,
            block: None,
        }
    }
}

impl<T> Lane<T> {
    pub fn is_free(&self, now: Now) -> bool {
        self.flight.is_none() && self.rest <= now.mono
    }

    pub fn is_busy(&self) -> bool {
        self.flight.is_some()
    }

    pub fn send(&mut self, id: RequestId, until: u64, what: T) {
        self.flight = Some((id, until + GRACE, what));
    }

    /// What was asked, if this is the answer to it.
    pub fn land(&mut self, id: RequestId) -> Option<T> {
        self.flight
            .take_if(|(sent, ..)| *sent == id)
            .map(|(_, _, what)| what)
    }

    /// Gives up what was never answered.
    pub fn is_overdue(&mut self, now: Now) -> bool {
        self.flight.take_if(|(_, until, _)| *until <= now.mono).is_some()
    }

    pub fn drop_flight(&mut self) {
        self.flight = None;
    }

    pub fn rest_for(&mut self, now: Now, ms: u64) {
        self.rest = now.mono + ms;
    }

    /// Stops this kind of request for a good while, and says why.
    pub fn halt(&mut self, now: Now, why: Link) {
        self.block = Some(why);
        self.rest_for(now, SLOW_PAUSE);
    }

    pub fn wake(&mut self) {
        self.rest = 0;
    }

    fn due(&self, now: Now) -> Option<u64> {
        let flight = self.flight.as_ref().map(|(_, until, _)| *until);
        flight.or_else(|| (self.rest > now.mono).then_some(self.rest))
    }
}

/// A pause of all requests: not before `earliest`, and at the latest after `latest`.
#[derive(Debug, Clone, Copy)]
struct Pause {
    earliest: u64,
    latest: u64,
}

/// The connection as it was last found, and the pause that follows from it.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection {
    pub link: Link,
    attempts: u32,
    pause: Option<Pause>,
}

impl Connection {
    /// May anything be sent? A pause ends by itself.
    pub fn is_open(&mut self, now: Now) -> bool {
        if self.pause.is_some_and(|pause| pause.latest <= now.mono) {
            self.pause = None;
        }
        self.pause.is_none()
    }

    /// A timer rang, or something hints that trying is worth it.
    pub fn nudge(&mut self, now: Now) {
        if self.pause.is_some_and(|pause| pause.earliest <= now.mono) {
            self.pause = None;
        }
    }

    /// Begin with short pauses again.
    pub fn take_heart(&mut self) {
        self.attempts = 0;
    }

    pub fn answered(&mut self, now: Now) {
        (self.attempts, self.pause) = (0, None);
        self.link = Link::Online { contact: now.wall };
    }

    pub fn lost(&mut self, now: Now) {
        if !matches!(self.link, Link::Offline { .. }) {
            self.link = Link::Offline { since: now.wall };
        }
    }

    /// Nothing came of it: wait up to twice as long as the last time.
    pub fn back_off(&mut self, now: Now) {
        let most = FIRST_PAUSE << self.attempts.min(6);
        self.attempts += 1;
        self.pause_between(now, 0, most.min(LONGEST_PAUSE));
    }

    /// The server said when.
    pub fn wait_as_told(&mut self, now: Now, ms: u64) {
        let ms = ms.min(SLOW_PAUSE);
        self.pause_between(now, ms, ms + ms / 2 + FIRST_PAUSE);
    }

    /// Somebody has to do something first.
    pub fn hold(&mut self, now: Now, link: Link) {
        self.link = link;
        self.pause_between(now, 0, SLOW_PAUSE);
    }

    pub fn resume(&mut self) {
        (self.attempts, self.pause) = (0, None);
    }

    fn pause_between(&mut self, now: Now, earliest: u64, latest: u64) {
        self.pause = Some(Pause {
            earliest: now.mono + earliest,
            latest: now.mono + latest,
        });
    }

    /// Takes a failure that concerns the whole connection; `false` if it is about this kind of request only.
    pub fn failed(&mut self, now: Now, failure: &Failure) -> bool {
        match failure {
            Failure::Unreachable | Failure::NotOurs => {
                self.lost(now);
                self.back_off(now);
            }
            Failure::Status(408 | 429, _) => self.back_off(now),
            Failure::Status(status, _) if *status >= 500 => {
                self.lost(now);
                self.back_off(now);
            }
            Failure::RetryAfter(ms) => self.wait_as_told(now, *ms),
            Failure::LoginNeeded => self.hold(now, Link::LoginNeeded),
            Failure::Status(..) => return false,
        }
        true
    }

    fn due(&self) -> Option<u64> {
        self.pause.map(|pause| pause.latest)
    }
}

/// When to be woken at the latest.
pub(super) fn next_due<'a>(
    now: Now,
    connection: &Connection,
    lanes: impl IntoIterator<Item = &'a dyn Due>,
    others: impl IntoIterator<Item = u64>,
) -> u64 {
    let lanes = lanes.into_iter().filter_map(|lane| lane.due_at(now));
    let all = lanes.chain(connection.due()).chain(others);
    all.min().unwrap_or(now.mono + SLOW_PAUSE).max(now.mono + 1)
}

/// Something that wants to be looked at again at a certain time.
pub(super) trait Due {
    fn due_at(&self, now: Now) -> Option<u64>;
}

impl<T> Due for Lane<T> {
    fn due_at(&self, now: Now) -> Option<u64> {
        self.due(now)
    }
}
