//! Messages between a client and the server. History of the protocol number:
//! 1: first; push of ops, pull of whole releases. Pushes of it are taken for ever: a client that was away for a year
//!    may always hand in its work, even if it must be renewed before it can read again.
//! 2: one cursor for the whole scope, pages, digest; restored servers are noticed and made whole.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::release::{Release, Rev};
use crate::{ClientId, Epoch, ReleaseId};

/// The transport protocol this build speaks; also in the header `x-sync-proto` of every request and answer.
pub const PROTOCOL: u16 = 2;

/// The oldest protocol whose pushes are taken.
pub const MIN_PUSH: u16 = 1;

/// Most ops in one push.
pub const MAX_OPS: usize = 2_048;

/// Body of `POST /sync/v1/push`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushReq {
    /// [`PROTOCOL`] of the sender.
    pub proto: u16,
    /// Which build of the app sends, for the log.
    #[serde(default)]
    pub build: String,
    /// The life of the database the client knows; absent before the first contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The newest revision the client has heard of in that life. A server that is behind it was put back without
    /// saying so, and takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Rev>,
    /// The sending store.
    pub client: ClientId,
    /// [`super::OpEnvelope`]s with contiguous `seq`. Kept as JSON, so that one unreadable op does not hold up the rest.
    /// An op that its author took back before it was sent travels as [`super::TakenBack`]: numbers have no gaps.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<super::OpEnvelope>))]
    pub ops: Vec<serde_json::Value>,
}

/// Answer to a push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum PushResp {
    /// Taken: every op up to `through` has an outcome, on disk.
    Ok {
        /// Life of the database.
        epoch: Epoch,
        /// Last `seq` of this client with an outcome.
        through: u64,
        /// Outcomes of the ops sent, by `seq`.
        #[serde(deserialize_with = "crate::json::apart")]
        outcomes: Vec<(u64, Outcome)>,
        /// Newest revision.
        head: Rev,
        /// The server's clock.
        now: DateTime<Utc>,
    },
    /// Ops are missing before the first one sent; nothing was taken.
    Gap {
        /// The `seq` the server waits for.
        expected: u64,
    },
    /// The server has never heard of this store although it sent ops before; nothing was taken. Send from 1.
    UnknownClient,
    /// The database is another one than the client knows; nothing was taken.
    EpochChanged(Restored),
    /// The server is behind what the client has heard from it, in the same life: its data was put back without
    /// `slipway restore`. Nothing was taken; an operator must see to it.
    Behind {
        /// The server's newest revision.
        head: Rev,
    },
    /// The store belongs to somebody else than who is signed in, or ops carry another author; nothing was taken.
    WrongUser,
    /// The server has too much to do; nothing was taken.
    Busy {
        /// When to try again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The sender's protocol is no longer spoken.
    TooOld {
        /// The oldest that is.
        min_proto: u16,
    },
    /// The sender is newer than this server; it keeps its ops.
    TooNew,
}

/// A life of the database that the client did not know: it was restored from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Restored {
    /// The life it is in now.
    pub epoch: Epoch,
    /// Last `seq` of the client that this life knows; what the client sent after it must be sent again.
    #[serde(default)]
    pub through: u64,
}

/// Most releases that a pull may name as followed; and, apart from these, as held.
pub const MAX_FOLLOW: usize = 500;

/// Body of `POST /sync/v1/pull`: what the client has, and what it wants to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullReq {
    /// [`PROTOCOL`] of the sender.
    pub proto: u16,
    /// Which build of the app asks, for the log.
    #[serde(default)]
    pub build: String,
    /// The asking store.
    pub client: ClientId,
    /// Up to where the client has everything it holds; absent for the first time, and to get all of it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Releases the client wants to follow, whoever they belong to; at most [`MAX_FOLLOW`].
    #[serde(default)]
    pub follow: Vec<ReleaseId>,
    /// Those of `follow` that it has nothing of yet: they are sent whatever their age.
    #[serde(default)]
    pub fresh: Vec<ReleaseId>,
    /// Also follow what is [`super::is_mine`]; the server knows which.
    #[serde(default)]
    pub mine: bool,
    /// Releases it holds beside `follow`, because they were its user's: sent on while they are, evicted when not.
    #[serde(default)]
    pub held: Vec<ReleaseId>,
    /// Last own `seq` up to which the client has all outcomes.
    #[serde(default)]
    pub through: u64,
}

/// A place in the life of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor {
    /// Which life.
    pub epoch: Epoch,
    /// Where in it.
    pub rev: Rev,
}

/// Answer to a pull.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum PullResp {
    /// What changed since the cursor.
    Delta(#[serde(deserialize_with = "crate::json::apart")] Delta),
    /// The client's base is of another life of the database: ask again without a cursor. Unsent ops stay.
    Reset {
        /// Which life, and what it knows of the client.
        #[serde(flatten)]
        restored: Restored,
        /// Why, for people.
        why: String,
    },
    /// As [`PushResp::Behind`].
    Behind {
        /// The server's newest revision.
        head: Rev,
    },
    /// The store belongs to somebody else than who is signed in.
    WrongUser,
    /// The server has too much to do.
    Busy {
        /// When to try again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The sender's protocol is no longer spoken.
    TooOld {
        /// The oldest that is.
        min_proto: u16,
    },
    /// The sender is newer than this server.
    TooNew,
}

/// What changed since a cursor in what the client holds and wants; from no cursor, all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delta {
    /// The cursor of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Cursor>,
    /// Where the client is with these changes.
    pub to: Cursor,
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// There is more: ask again with what these changes make of the client's state, before showing any of it.
    #[serde(default)]
    pub more: bool,
    /// On the last page: [`super::digest`] over everything the client now holds. Both sides derive it from their own
    /// rows; where they differ the client asks for all of it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Last `seq` of this client with an outcome.
    pub through: u64,
    /// Outcomes of own ops after the `through` of the request.
    pub outcomes: Vec<(u64, Outcome)>,
    /// The revision that every backup the operator keeps contains. Older own ops need not be kept any more.
    #[serde(default)]
    pub durable_rev: Rev,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// Which build of the server answers.
    #[serde(default)]
    pub build: String,
}

/// One entity that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The release as it is now.
    Release {
        /// All of it.
        #[serde(deserialize_with = "crate::json::apart")]
        release: Box<Release>,
    },
    /// It is not among what the client may see and wants; not the same as deleted.
    Evict {
        /// Which.
        id: ReleaseId,
    },
}
