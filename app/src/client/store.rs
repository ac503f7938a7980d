//! The local store of one person on this device: drives [`domain::sync::store`] on IndexedDB. Decides nothing.
//!
//! One database a person (`slipway_<user>`), one object store a table, keys and values as texts. A transaction
//! awaits the stored generation and nothing else before it commits, so it cannot close under our hands.

use domain::UserId;
use domain::sync::store::{Durability, Generation, Row, StoreFault, Table, Tx, Write};
use indexed_db_futures::database::Database;
use indexed_db_futures::error::{DomException, Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use leptos::task::spawn_local;

/// Grows whenever [`Table::ALL`] does. An upgrade adds object stores and touches nothing that is there: queued work
/// outlives every version.
const VERSION: u8 = 1;

/// The row of [`Table::Meta`] with the generation.
const GENERATION: &str = "generation";

/// Where rows are kept.
#[derive(Debug, Clone)]
pub enum Store {
    /// On this device.
    Device(Database),
    /// Nowhere: the browser has no store for us (a private window, a policy). The page works and says that nothing
    /// survives it.
    Nowhere,
}

/// Name of a person's database.
fn name(user: UserId) -> String {
    format!("slipway_{user}")
}

impl Store {
    /// Opens the store of a person, and makes it where there is none. `lost` runs when the browser takes it away
    /// while it is open: its data was deleted, or a newer build in another tab waits to upgrade it. `blocked` runs
    /// when another tab holds an older version of it open.
    ///
    /// # Errors
    /// [`StoreFault::Gone`] where a newer build of the app has upgraded it. Where there is no IndexedDB at all, the
    /// answer is [`Store::Nowhere`].
    pub async fn open(
        user: UserId,
        blocked: impl Fn() + 'static,
        lost: impl FnOnce() + 'static,
    ) -> Result<Self, StoreFault> {
        let opened = Database::open(name(user))
            .with_version(VERSION)
            .with_on_blocked(move |_| {
                blocked();
                Ok(())
            })
            .with_on_upgrade_needed(|_, db| {
                let there: Vec<String> = db.object_store_names().collect();
                for table in Table::ALL {
                    if !there.iter().any(|name| name == table.as_str()) {
                        db.create_object_store(table.as_str()).build()?;
                    }
                }
                Ok(())
            })
            .await;
        let db = match opened {
            Ok(db) => db,
            Err(OpenDbError::Base(error)) if dom_name(&error).is_some_and(|name| name == "VersionError") => {
                return Err(StoreFault::Gone);
            }
            Err(_) => return Ok(Self::Nowhere),
        };
        if let Ok(mut events) = db.version_changes() {
            let db = db.clone();
            spawn_local(async move {
                // Either event means the same: let go of it at once, so that the other side is not held up.
                let _ = events.recv().await;
                db.close();
                lost();
            });
        }
        Ok(Self::Device(db))
    }

    /// Is anything kept at all?
    #[must_use]
    pub fn lasts(&self) -> bool {
        matches!(self, Self::Device(_))
    }

    /// Reads everything but the generation itself, in one transaction; `None` where the generation is `unless`.
    ///
    /// # Errors
    /// See [`StoreFault`].
    pub async fn load(
        &self,
        unless: Option<Generation>,
    ) -> Result<Option<(Generation, Vec<Row>)>, StoreFault> {
        match self {
            Self::Device(db) => read(db, unless).await.map_err(|error| fault(&error)),
            // What is nowhere was changed by nobody else.
            Self::Nowhere => Ok(unless.is_none().then(|| (Generation(0), Vec::new()))),
        }
    }

    /// Carries out a transaction, if the store is still as it was decided on.
    ///
    /// # Errors
    /// See [`StoreFault`]; nothing was stored then.
    pub async fn commit(&self, tx: &Tx) -> Result<(), StoreFault> {
        match self {
            Self::Device(db) => write(db, tx).await,
            Self::Nowhere => Ok(()),
        }
    }

    /// Closes it and deletes it with everything in it.
    ///
    /// # Errors
    /// The browser would not.
    pub async fn destroy(self) -> Result<(), StoreFault> {
        let Self::Device(db) = self else { return Ok(()) };
        let failed = |error: String| StoreFault::Failed(error);
        db.delete()
            .map_err(|error| failed(error.to_string()))?
            .await
            .map_err(|error| failed(error.to_string()))
    }
}

async fn read(db: &Database, unless: Option<Generation>) -> Result<Option<(Generation, Vec<Row>)>, Error> {
    let transaction = db.transaction(Table::ALL.map(Table::as_str)).build()?;
    let generation = generation(&transaction).await?;
    if unless == Some(generation) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for table in Table::ALL {
        let store = transaction.object_store(table.as_str())?;
        let keys = store.get_all_keys::<String>().primitive()?;
        let values = store.get_all::<String>().primitive()?;
        for (key, value) in keys.await?.zip(values.await?) {
            let (key, value) = (key?, value?);
            if table != Table::Meta || key != GENERATION {
                rows.push(Row { table, key, value });
            }
        }
    }
    Ok(Some((generation, rows)))
}

/// How often the store has changed. One that cannot be read is none that anything was decided on.
async fn generation(transaction: &Transaction<'_>) -> Result<Generation, Error> {
    let meta = transaction.object_store(Table::Meta.as_str())?;
    let text: Option<String> = meta.get(GENERATION).primitive()?.await?;
    Ok(text.map_or(Generation(0), |text| {
        domain::json::from_str(&text).unwrap_or(Generation(u64::MAX))
    }))
}

async fn write(db: &Database, tx: &Tx) -> Result<(), StoreFault> {
    let durability = match tx.durability {
        Durability::Strict => TransactionDurability::Strict,
        Durability::Relaxed => TransactionDurability::Relaxed,
    };
    let transaction = db
        .transaction(Table::ALL.map(Table::as_str))
        .with_mode(TransactionMode::Readwrite)
        .with_options(TransactionOptions::new().with_durability(durability))
        .build()
        .map_err(|error| fault(&error))?;
    // The crate tells an abort without its reason; the browser's own object knows it.
    let ended = transaction.as_sys().clone();
    let write = async {
        if generation(&transaction).await? != tx.on {
            return Ok(false);
        }
        for write in &tx.writes {
            match write {
                Write::Put(row) => put(
                    &transaction.object_store(row.table.as_str())?,
                    &row.key,
                    &row.value,
                )?,
                Write::Delete(table, key) => {
                    transaction
                        .object_store(table.as_str())?
                        .delete(key.as_str())
                        .primitive()?;
                }
                Write::Clear(table) => {
                    transaction.object_store(table.as_str())?.clear()?;
                }
            }
        }
        let next = (tx.on.0 + 1).to_string();
        put(
            &transaction.object_store(Table::Meta.as_str())?,
            GENERATION,
            &next,
        )?;
        Ok::<_, Error>(true)
    };
    // Dropped without a commit, a transaction rolls back.
    if !write.await.map_err(|error| fault(&error))? {
        return Err(StoreFault::Stale);
    }
    transaction.commit().await.map_err(|error| match ended.error() {
        Some(reason) => by_name(&reason.name(), reason.message()),
        None => fault(&error),
    })
}

fn put(
    store: &indexed_db_futures::object_store::ObjectStore<'_>,
    key: &str,
    value: &str,
) -> Result<(), Error> {
    store.put(value).with_key(key).without_key_type().primitive()?;
    Ok(())
}

fn dom_name(error: &Error) -> Option<String> {
    match error {
        Error::DomException(exception) => Some(exception.as_sys().name()),
        _ => None,
    }
}

fn fault(error: &Error) -> StoreFault {
    match (error, dom_name(error)) {
        (Error::DomException(DomException::InvalidStateError(_) | DomException::NotFoundError(_)), _) => {
            StoreFault::Gone
        }
        (error, Some(name)) => by_name(&name, error.to_string()),
        (error, None) => StoreFault::Failed(error.to_string()),
    }
}

fn by_name(name: &str, message: String) -> StoreFault {
    match name {
        "QuotaExceededError" => StoreFault::Quota,
        // The connection was closed under us, or the files behind it are damaged.
        "InvalidStateError" | "NotFoundError" | "UnknownError" => StoreFault::Gone,
        _ => StoreFault::Failed(message),
    }
}
