//! What a client keeps on its device, as rows in tables: the one contract between the client machine, which decides
//! what is written, and whatever holds the rows (IndexedDB in a browser, memory in tests).
//!
//! A store is read once as a whole and then changed by transactions. Each transaction names the generation of the
//! store it was decided on; a store that has moved on (another tab was faster) refuses it whole, so nothing is ever
//! written from a stale view. Rows are JSON texts: serialised before the transaction opens, so that nothing is
//! awaited inside it.

use serde::{Deserialize, Serialize};

/// A table of the local store. The order is the order in which a driver creates them; names are stable for ever,
/// because devices keep their stores for years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Marks of the store: client id, generation, next `seq`, epoch, cursor, what is pinned.
    Meta,
    /// Confirmed releases; written by pulls only, and re-derivable from the server.
    Base,
    /// Own ops without an outcome. Key: `seq`. Never rewritten once queued; an upgrade of the schema leaves it alone.
    Outbox,
    /// Own ops with an outcome that their author must still see, with their content. Key: `seq`.
    Outcomes,
    /// Acknowledged ops that no verified backup of the server contains yet. Key: `seq`.
    Shelf,
    /// Text that was being typed and is not queued yet. Key: the field.
    Drafts,
    /// The offline package: CIs, relations, reference data. Re-derivable from the server.
    Package,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 7] = [
        Self::Meta,
        Self::Base,
        Self::Outbox,
        Self::Outcomes,
        Self::Shelf,
        Self::Drafts,
        Self::Package,
    ];

    /// Its name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Base => "base",
            Self::Outbox => "outbox",
            Self::Outcomes => "outcomes",
            Self::Shelf => "shelf",
            Self::Drafts => "drafts",
            Self::Package => "package",
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where it stands.
    pub table: Table,
    /// Key inside the table. Numbers are written with leading zeros, so that keys sort as text.
    pub key: String,
    /// JSON.
    pub value: String,
}

/// One change of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// Sets a row.
    Put(Row),
    /// Removes a row, if it is there.
    Delete(Table, String),
    /// Removes all rows of a table.
    Clear(Table),
}

/// How often a store has changed; kept in the row `generation` of [`Table::Meta`]. An empty store has 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// When a transaction counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// On the disk: what a person did must survive a battery that dies.
    Strict,
    /// With the system: what can be fetched again.
    Relaxed,
}

/// Changes that happen together or not at all. The driver checks `on` against the stored generation, applies
/// `writes` in order and stores `on + 1`, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tx {
    /// The generation it was decided on.
    pub on: Generation,
    /// When it counts as done.
    pub durability: Durability,
    /// The changes.
    pub writes: Vec<Write>,
}

/// Why a transaction did not happen. Nothing of it was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The store has moved on; read it again and decide anew.
    #[error("another tab was faster")]
    Stale,
    /// The device has no room left.
    #[error("this device has no room left")]
    Quota,
    /// The store is gone: deleted, damaged, or taken over by a newer build of the app.
    #[error("the store on this device is gone")]
    Gone,
    /// Anything else the driver reports.
    #[error("{0}")]
    Failed(String),
}
