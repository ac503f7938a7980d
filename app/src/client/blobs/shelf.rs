//! Photos and files of one person that wait on this device, in an IndexedDB database of their own
//! (`slipway_blobs_<user>`): `content` holds the bytes, `waiting` what is known about them. A photo counts as kept
//! when both are on the disk.

use domain::{BlobId, UserId};
use indexed_db_futures::database::Database;
use indexed_db_futures::error::Error;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{TransactionDurability, TransactionMode, TransactionOptions};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

const VERSION: u8 = 1;
const CONTENT: &str = "content";
const WAITING: &str = "waiting";

/// A photo or file that is not on the server yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its name.
    pub id: BlobId,
    /// Its length.
    pub bytes: u64,
    /// What the device takes it for.
    pub kind: String,
    /// Why the server does not take it; it stays here then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Its owner does not want it sent now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The document was taken off: its bytes stay here for when it is put back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Waiting {
    /// It is to be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.refused.is_none() && !self.paused && !self.withdrawn
    }
}

/// The database.
#[derive(Debug, Clone)]
pub struct Shelf(Database);

impl Shelf {
    /// Opens the shelf of a person, and makes it where there is none.
    ///
    /// # Errors
    /// The browser has no store for us, or the disk fails.
    pub async fn open(user: UserId) -> Result<Self, String> {
        let opened = Database::open(format!("slipway_blobs_{user}"))
            .with_version(VERSION)
            .with_on_upgrade_needed(|_, db| {
                for name in [CONTENT, WAITING] {
                    db.create_object_store(name).build()?;
                }
                Ok(())
            })
            .await;
        opened.map(Self).map_err(|error| error.to_string())
    }

    /// Everything that waits.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, String> {
        let read = async {
            let transaction = self.0.transaction(WAITING).build()?;
            let rows = transaction
                .object_store(WAITING)?
                .get_all::<String>()
                .primitive()?
                .await?;
            rows.collect::<Result<Vec<_>, Error>>()
        };
        let rows = read.await.map_err(|error| error.to_string())?;
        // A row that a newer build wrote is left for it.
        Ok(rows
            .iter()
            .filter_map(|row| domain::json::from_str(row).ok())
            .collect())
    }

    /// What is known about one now, also by other tabs; `None` when it does not wait any more.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn row(&self, id: BlobId) -> Result<Option<Waiting>, String> {
        let read = async {
            let transaction = self.0.transaction(WAITING).build()?;
            let store = transaction.object_store(WAITING)?;
            store.get::<String, _, _>(id.to_string()).primitive()?.await
        };
        let found: Option<String> = read.await.map_err(|error: Error| error.to_string())?;
        Ok(found.and_then(|row| domain::json::from_str(&row).ok()))
    }

    /// The bytes of one.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn content(&self, id: BlobId) -> Result<Option<Blob>, String> {
        let read = async {
            let transaction = self.0.transaction(CONTENT).build()?;
            let store = transaction.object_store(CONTENT)?;
            store.get::<JsValue, _, _>(id.to_string()).primitive()?.await
        };
        let found: Option<JsValue> = read.await.map_err(|error: Error| error.to_string())?;
        Ok(found.and_then(|content| content.dyn_into().ok()))
    }

    /// Keeps one; it is on the disk when this returns.
    ///
    /// # Errors
    /// The device has no room, or the disk fails.
    pub async fn keep(&self, waiting: &Waiting, content: &Blob) -> Result<(), String> {
        self.write(waiting, Some(content)).await
    }

    /// Notes what the server said about one.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn note(&self, waiting: &Waiting) -> Result<(), String> {
        self.write(waiting, None).await
    }

    async fn write(&self, waiting: &Waiting, content: Option<&Blob>) -> Result<(), String> {
        let key = waiting.id.to_string();
        let row = serde_json::to_string(waiting).map_err(|error| error.to_string())?;
        let write = async {
            let transaction = self.strict().build()?;
            let put = |name: &str, value: JsValue| {
                let store = transaction.object_store(name)?;
                store
                    .put(value)
                    .with_key(key.as_str())
                    .without_key_type()
                    .primitive()?;
                Ok::<_, Error>(())
            };
            if let Some(content) = content {
                put(CONTENT, content.into())?;
            }
            put(WAITING, row.as_str().into())?;
            transaction.commit().await
        };
        write.await.map_err(|error: Error| error.to_string())
    }

    /// Forgets one: the server has it.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn forget(&self, id: BlobId) -> Result<(), String> {
        let write = async {
            let transaction = self.strict().build()?;
            for name in [CONTENT, WAITING] {
                transaction
                    .object_store(name)?
                    .delete(id.to_string())
                    .primitive()?;
            }
            transaction.commit().await
        };
        write.await.map_err(|error: Error| error.to_string())
    }

    fn strict(
        &self,
    ) -> indexed_db_futures::database::TransactionBuilder<
        '_,
        [&'static str; 2],
        TransactionMode,
        TransactionOptions,
    > {
        let strict = TransactionOptions::new().with_durability(TransactionDurability::Strict);
        self.0
            .transaction([CONTENT, WAITING])
            .with_mode(TransactionMode::Readwrite)
            .with_options(strict)
    }
}
