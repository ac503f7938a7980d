//! Who this device knows, in an IndexedDB database of its own (`slipway_person`). It holds no secret: the session
//! itself is a cookie that scripts cannot read. It lets a person go on without a server; what they may do is checked
//! again when their work arrives.
//!
//! No mark in localStorage: the browser writes that to the disk seconds to a minute later, so a battery that dies
//! would forget who had signed in, or know again who had signed out.

use chrono::{DateTime, Utc};
use domain::wire::session::Me;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::OpenDbError;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{TransactionDurability, TransactionMode, TransactionOptions};
use serde::{Deserialize, Serialize};

use super::clock;

const NAME: &str = "slipway_person";
const VERSION: u8 = 1;
const TABLE: &str = "person";
/// The only key: a device knows one person at a time.
const KEY: &str = "known";

/// The person in front of this device, as far as it knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The server knew this person.
    Somebody {
        /// Who, and what they were allowed to do then.
        me: Box<Me>,
        /// When that was.
        at: DateTime<Utc>,
    },
    /// Somebody signed out while the server could not be told. It has to be, before anybody's session counts.
    Left,
}

impl Known {
    /// What the device knows; `None` where it knows nobody or cannot keep anything.
    pub async fn read() -> Option<Self> {
        let read = async {
            let db = open().await?;
            let transaction = db.transaction(TABLE).build()?;
            let text = transaction.object_store(TABLE)?.get(KEY).primitive()?.await?;
            drop(transaction);
            db.close();
            Ok::<Option<String>, OpenDbError>(text)
        };
        domain::json::from_str(&read.await.ok()??).ok()
    }

    /// The server knows this person now.
    pub async fn note(me: Me) {
        let known = Self::Somebody {
            me: Box::new(me),
            at: clock::now(),
        };
        keep(Some(&known)).await;
    }

    /// The person signed out, and the server does not know it yet.
    pub async fn leave() {
        keep(Some(&Self::Left)).await;
    }

    /// The person signed out.
    pub async fn forget() {
        keep(None).await;
    }
}

/// Keeps it; on the disk when this returns. Where nothing can be kept, the next start has to ask the server: that
/// costs a convenience, never an edit.
async fn keep(known: Option<&Known>) {
    let text = known.and_then(|known| serde_json::to_string(known).ok());
    let write = async {
        let db = open().await?;
        let transaction = db
            .transaction(TABLE)
            .with_mode(TransactionMode::Readwrite)
            .with_options(TransactionOptions::new().with_durability(TransactionDurability::Strict))
            .build()?;
        let table = transaction.object_store(TABLE)?;
        match text {
            Some(text) => {
                table.put(text).with_key(KEY).without_key_type().primitive()?;
            }
            None => {
                table.delete(KEY).primitive()?;
            }
        }
        transaction.commit().await?;
        db.close();
        Ok::<(), OpenDbError>(())
    };
    let _ = write.await;
}

async fn open() -> Result<Database, OpenDbError> {
    Database::open(NAME)
        .with_version(VERSION)
        .with_on_upgrade_needed(|_, db| {
            db.create_object_store(TABLE).build()?;
            Ok(())
        })
        .await
}
