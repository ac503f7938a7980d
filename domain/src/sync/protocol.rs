//! Messages between a client and the server. History of the protocol number:
//! 1: first; push of ops, pull of whole releases.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::release::{Release, Rev};
use crate::{ClientId, Epoch, ReleaseId};

/// The transport protocol this build speaks; also in the header `x-sync-proto` of every request and answer.
pub const PROTOCOL: u16 = 1;

/// Most ops in one push.
pub const MAX_OPS: usize = 256;

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
    /// The sending store.
    pub client: ClientId,
    /// [`super::OpEnvelope`]s with contiguous `seq`. Kept as JSON, so that one unreadable op does not hold up the rest.
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
    /// The database is another one than the client knows; nothing was taken.
    EpochChanged {
        /// The life it is in now.
        epoch: Epoch,
    },
    /// The store belongs to somebody else than who is signed in, or ops carry another author; nothing was taken.
    WrongUser,
    /// The sender's protocol is no longer spoken.
    TooOld {
        /// The oldest that is.
        min_proto: u16,
    },
    /// The sender is newer than this server; it keeps its ops.
    TooNew,
}

/// Body of `POST /sync/v1/pull`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullReq {
    /// [`PROTOCOL`] of the sender.
    pub proto: u16,
    /// The asking store.
    pub client: ClientId,
    /// Up to where the client has everything; absent for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Releases the client follows; at most 500.
    pub follow: Vec<ReleaseId>,
    /// Last own `seq` whose outcome the client has.
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
    Delta {
        /// Where the client is now.
        to: Cursor,
        /// The changes.
        changes: Vec<Change>,
        /// Last `seq` of this client with an outcome.
        through: u64,
        /// Outcomes of own ops after the `through` of the request.
        outcomes: Vec<(u64, Outcome)>,
        /// The server's clock.
        now: DateTime<Utc>,
    },
    /// The client's base is of no use any more: forget it and pull from the start. Unsent ops stay.
    Reset {
        /// The life the database is in now.
        epoch: Epoch,
        /// Why, for people.
        why: String,
    },
    /// The sender's protocol is no longer spoken.
    TooOld {
        /// The oldest that is.
        min_proto: u16,
    },
    /// The sender is newer than this server.
    TooNew,
}

/// One entity that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The release as it is now.
    Release {
        /// All of it.
        release: Box<Release>,
    },
    /// It left what the client may see, or was never there; not the same as deleted.
    Evict {
        /// Which.
        id: ReleaseId,
    },
}
