//! Own changes on their way, and the releases they are shown on. In memory: leaving the page with something unsent
//! is warned about. Everything else only sees this module, so that the queue can become a lasting one.

use domain::access::Actor;
use domain::release::{CiFact, Release};
use domain::sync::client::{Next, Replica, Shown};
use domain::sync::{OpEnvelope, PullReq, PullResp, PushReq, PushResp, ReleaseOp, Stamp};
use domain::{CiKey, ClientId, GestureId, ReleaseId, UserId};
use leptos::prelude::*;

use super::{clock, fresh};

/// Name of this build in pushes, for the server's log.
const BUILD: &str = concat!("app ", env!("CARGO_PKG_VERSION"));

/// The queue and the releases that are followed. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Outbox {
    replica: StoredValue<Replica>,
    owner: StoredValue<Option<UserId>>,
    skew_ms: StoredValue<Option<i64>>,
    /// Counts changes of the replica; reading through it makes views follow.
    version: RwSignal<u32>,
    /// Ops without an outcome.
    pub waiting: RwSignal<usize>,
    /// Fields with text typed and not yet queued.
    pub typing: RwSignal<u32>,
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            replica: StoredValue::new(Replica::new(ClientId(fresh::ulid()))),
            owner: StoredValue::new(None),
            skew_ms: StoredValue::new(None),
            version: RwSignal::new(0),
            waiting: RwSignal::new(0),
            typing: RwSignal::new(0),
        }
    }

    /// Takes note of who is signed in. Another person gets a store of their own, unless changes of the one
    /// before still wait; those are kept for them.
    pub fn belongs_to(self, user: UserId) {
        let before = self.owner.get_value();
        if before == Some(user) || (before.is_some() && self.waiting.get_untracked() > 0) {
            return;
        }
        self.owner.set_value(Some(user));
        if before.is_some() {
            self.change(|replica| {
                let followed = replica.followed();
                *replica = Replica::new(ClientId(fresh::ulid()));
                for release in followed {
                    replica.follow(release);
                }
            });
        }
    }

    /// Whose changes these are.
    #[must_use]
    pub fn owner(self) -> Option<UserId> {
        self.owner.get_value()
    }

    /// Queues the ops of one gesture of `author`.
    pub fn enqueue(self, author: UserId, release: ReleaseId, ops: Vec<ReleaseOp>) {
        let made = Stamp {
            wall: clock::now(),
            skew_ms: self.skew_ms.get_value(),
        };
        let gesture = GestureId(fresh::ulid());
        self.change(|replica| replica.enqueue(author, release, gesture, made, ops));
    }

    /// A release as it should be seen; tracks.
    #[must_use]
    pub fn shown(self, release: ReleaseId, actor: &Actor) -> Shown {
        self.version.track();
        self.replica.with_value(|replica| replica.shown(release, actor))
    }

    /// The ops without an outcome, oldest first; tracks.
    #[must_use]
    pub fn unsent(self) -> Vec<OpEnvelope> {
        self.version.track();
        self.replica
            .with_value(|replica| replica.unsent().cloned().collect())
    }

    /// Starts to follow a release.
    pub fn follow(self, release: ReleaseId) {
        self.change(|replica| replica.follow(release));
    }

    /// Ends following.
    pub fn forget(self, release: ReleaseId) {
        self.change(|replica| replica.forget(release));
    }

    /// Releases that are followed.
    #[must_use]
    pub fn followed(self) -> Vec<ReleaseId> {
        self.replica.with_value(Replica::followed)
    }

    /// Takes a release that came with another answer.
    pub fn seed(self, release: Release) {
        self.change(|replica| replica.seed(release));
    }

    /// Remembers the name of a CI that was picked.
    pub fn learn(self, ci: CiKey, name: String) {
        self.change(|replica| replica.learn(ci, CiFact::Live { name }));
    }

    /// The next push, if anything waits.
    #[must_use]
    pub fn next_push(self) -> Option<PushReq> {
        // Ops are plain data: writing them as JSON does not fail.
        self.replica
            .with_value(|replica| replica.next_push(BUILD))
            .ok()
            .flatten()
    }

    /// The next pull of a release.
    #[must_use]
    pub fn next_pull(self, release: ReleaseId) -> PullReq {
        self.replica.with_value(|replica| replica.next_pull(release))
    }

    /// Takes the answer to a push.
    pub fn pushed(self, answer: PushResp) -> Next {
        if let PushResp::Ok { now, .. } = &answer {
            self.skew_ms
                .set_value(Some((clock::now() - *now).num_milliseconds()));
        }
        self.change(|replica| replica.pushed(answer))
    }

    /// Takes the answer to a pull.
    pub fn pulled(self, release: ReleaseId, answer: PullResp) -> Next {
        self.change(|replica| replica.pulled(release, answer))
    }

    fn change<T>(self, with: impl FnOnce(&mut Replica) -> T) -> T {
        let done = with(&mut self.replica.write_value());
        self.waiting.set(self.replica.with_value(Replica::waiting));
        self.version.update(|version| *version += 1);
        done
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}
