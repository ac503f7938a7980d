//! How the rows of the store read. These formats live for years on devices: fields are added with a default, never
//! renamed or removed.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::release::{OpId, Release, Rev};
use crate::sync::store::{Row, Table, Write};
use crate::sync::{Cursor, OP_VERSION, OpEnvelope, Outcome, Package, PackageReq};
use crate::{CiKey, ClientId, Epoch, ReleaseId, UserId};

/// Whose store it is and how far it has numbered. Row `store` of [`Table::Meta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreMark {
    /// Minted with the store.
    pub client: ClientId,
    /// Whose it is.
    pub user: UserId,
    /// What the next op gets.
    pub next_seq: u64,
}

/// How far the store is with the server. Row `sync` of [`Table::Meta`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncMark {
    /// The life of the database that the client last heard of.
    #[serde(default)]
    pub epoch: Option<Epoch>,
    /// What the rows of [`Table::Base`] are a checkpoint of. Of an older life between a restore and the next pull.
    #[serde(default)]
    pub base: Option<Cursor>,
    /// Own ops up to here need no shelf any more.
    #[serde(default)]
    pub durable_rev: Rev,
    /// When the server last answered a pull, by this device.
    #[serde(default)]
    pub contact: Option<DateTime<Utc>>,
    /// How far the device's clock is ahead of the server's, in milliseconds.
    #[serde(default)]
    pub skew_ms: Option<i64>,
}

/// Why a release is followed beside being its user's. Rows `follow/<id>` of [`Table::Meta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowMark {
    /// Last opened.
    pub opened: DateTime<Utc>,
    /// Kept until unpinned.
    #[serde(default)]
    pub pinned: bool,
}

/// The server was restored from a backup, and what followed. Row `restored` of [`Table::Meta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredMark {
    /// When the client noticed.
    pub at: DateTime<Utc>,
    /// So many own changes were sent again.
    pub again: u64,
    /// So many were too old to be still on this device.
    pub lost: u64,
}

/// An own op without a settled outcome. Key: `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// What was done; `None` fills a number whose op is not on this device any more.
    #[serde(default)]
    pub op: Option<OpEnvelope>,
    /// Its author took it back: it is sent as nothing but its number.
    #[serde(default)]
    pub taken_back: bool,
    /// It had an outcome before the server was restored.
    #[serde(default)]
    pub again: bool,
}

/// An own op and its outcome, for its author to see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What was wanted, with all content.
    pub op: OpEnvelope,
    /// What became of it.
    pub outcome: Outcome,
    /// When the device learned it.
    pub at: DateTime<Utc>,
    /// It is the outcome of sending again after the server was restored.
    #[serde(default)]
    pub again: bool,
}

/// An own op with an outcome, until no restore of the server can lose it. Key: `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shelved {
    /// What was done; `None` for what had no effect: refused, or taken back.
    #[serde(default)]
    pub op: Option<OpEnvelope>,
    /// Its outcome's revision.
    #[serde(default)]
    pub rev: Option<Rev>,
    /// When the device learned it.
    pub at: DateTime<Utc>,
}

/// The offline package and what it was asked for. Row `package` of [`Table::Package`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    /// What was asked for.
    pub asked: PackageReq,
    /// The revision up to which the releases were known then.
    pub base: Rev,
    /// When it came, by this device.
    pub at: DateTime<Utc>,
    /// The answer.
    pub package: Package,
}

/// A row, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Store(StoreMark),
    Sync(SyncMark),
    Restored(RestoredMark),
    Follow(ReleaseId, FollowMark),
    Site(CiKey),
    Base(Box<Release>),
    Queued(u64, Box<Queued>),
    Card(OpId, Box<Card>),
    Shelved(u64, Box<Shelved>),
    Draft(String, String),
    Packed(Box<Packed>),
}

/// A row that this build cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRow {
    pub table: Table,
    pub key: String,
}

pub(super) const STORE: &str = "store";
pub(super) const SYNC: &str = "sync";
pub(super) const RESTORED: &str = "restored";
pub(super) const PACKAGE: &str = "package";
const FOLLOW: &str = "follow/";
const SITE: &str = "site/";

pub(super) fn seq_key(seq: u64) -> String {
    format!("{seq:020}")
}
pub(super) fn card_key(id: OpId) -> String {
    format!("{}.{:020}", id.client, id.seq)
}
pub(super) fn follow_key(release: ReleaseId) -> String {
    format!("{FOLLOW}{release}")
}
pub(super) fn site_key(site: &CiKey) -> String {
    format!("{SITE}{site}")
}

/// Which row a key names; for deletions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Store,
    Sync,
    Restored,
    Follow(ReleaseId),
    Site(CiKey),
    Base(ReleaseId),
    Queued(u64),
    Card(OpId),
    Shelved(u64),
    Draft(String),
    Packed,
}

impl Place {
    /// `None` for a row of a newer build.
    pub fn of(table: Table, key: &str) -> Option<Self> {
        Some(match table {
            Table::Meta => match key {
                STORE => Self::Store,
                SYNC => Self::Sync,
                RESTORED => Self::Restored,
                _ => match (key.strip_prefix(FOLLOW), key.strip_prefix(SITE)) {
                    (Some(id), _) => Self::Follow(id.parse().ok()?),
                    (_, Some(site)) => Self::Site(site.parse().ok()?),
                    _ => return None,
                },
            },
            Table::Base => Self::Base(key.parse().ok()?),
            Table::Outbox => Self::Queued(key.parse().ok()?),
            Table::Outcomes => Self::Card(key.parse().ok()?),
            Table::Shelf => Self::Shelved(key.parse().ok()?),
            Table::Drafts => Self::Draft(key.to_owned()),
            Table::Package => (key == PACKAGE).then_some(Self::Packed)?,
        })
    }
}

impl Known {
    /// Reads a row.
    pub fn read(row: &Row) -> Result<Self, BadRow> {
        fn json<T: DeserializeOwned>(row: &Row) -> Option<T> {
            crate::json::from_str(&row.value).ok()
        }
        let known = || {
            Some(match Place::of(row.table, &row.key)? {
                Place::Store => Self::Store(json(row)?),
                Place::Sync => Self::Sync(json(row)?),
                Place::Restored => Self::Restored(json(row)?),
                Place::Follow(id) => Self::Follow(id, json(row)?),
                Place::Site(site) => Self::Site(site),
                Place::Base(_) => Self::Base(json(row)?),
                Place::Queued(seq) => Self::Queued(seq, json(row)?),
                Place::Card(id) => Self::Card(id, json(row)?),
                Place::Shelved(seq) => Self::Shelved(seq, json(row)?),
                Place::Draft(field) => Self::Draft(field, json(row)?),
                Place::Packed => Self::Packed(json(row)?),
            })
        };
        known().filter(Self::is_whole).ok_or_else(|| BadRow {
            table: row.table,
            key: row.key.clone(),
        })
    }

    /// Nothing of it was lost in reading. An op of a newer schema may well read, without what is new in it.
    fn is_whole(&self) -> bool {
        let op = match self {
            Self::Queued(_, queued) => queued.op.as_ref(),
            Self::Card(_, card) => Some(&card.op),
            Self::Shelved(_, shelved) => shelved.op.as_ref(),
            _ => None,
        };
        op.is_none_or(|op| op.v <= OP_VERSION)
    }
}

/// Sets a row. The values are plain data whose maps have text keys: writing them as JSON does not fail, and if it
/// did, the row would read as one of a newer build and stop the client instead of losing anything.
pub(super) fn put<T: Serialize + ?Sized>(table: Table, key: impl Into<String>, value: &T) -> Write {
    Write::Put(Row {
        table,
        key: key.into(),
        value: serde_json::to_string(value).unwrap_or_default(),
    })
}

pub(super) fn delete(table: Table, key: impl Into<String>) -> Write {
    Write::Delete(table, key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_op_of_a_newer_schema_is_not_read_even_where_it_could_be() {
        let written = include_str!("../tests/ops-v2.ndjson").lines().next().unwrap();
        let mut op: OpEnvelope = serde_json::from_str(written).unwrap();
        let row = |op: &OpEnvelope| Row {
            table: Table::Outbox,
            key: seq_key(op.id.seq),
            value: serde_json::json!({ "op": op }).to_string(),
        };
        assert!(Known::read(&row(&op)).is_ok());
        op.v = OP_VERSION + 1;
        assert!(Known::read(&row(&op)).is_err());
    }
}
