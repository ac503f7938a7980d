//! How a record of a register is stored, and how it is found: by register and key.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::UserId;
use domain::registry::{Record, RecordRef, RegisterKind};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use crate::db::query::{Vars, broken};
use crate::db::{Error, Store};

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredRecord {
    pub(super) record: Record,
    /// Counts the changes, from 1.
    pub(super) version: u64,
    pub(super) updated: DateTime<Utc>,
    pub(super) user: UserId,
    pub(super) by: String,
    pub(super) deleted: Option<DateTime<Utc>>,
    /// Releases still have to take it over.
    pub(super) following: bool,
}

#[derive(Clone, SurrealValue)]
pub(super) struct Row {
    id: RecordId,
    body: String,
    version: u64,
    updated: DateTime<Utc>,
    user: String,
    by: String,
    deleted: Option<DateTime<Utc>>,
    following: bool,
}

const READ_MANY: &str = "SELECT * FROM $ids";

pub(super) fn row_id(at: &RecordRef) -> RecordId {
    let place: Array = vec![at.register.as_str().into_value(), at.key.as_str().into_value()].into();
    RecordId::new("register_record", RecordIdKey::Array(place))
}

impl Row {
    pub(super) fn new(at: &RecordRef, stored: &StoredRecord) -> Result<Self, Error> {
        let body = serde_json::to_string(&stored.record);
        Ok(Self {
            id: row_id(at),
            body: body.map_err(|e| broken("storing a record", e.to_string()))?,
            version: stored.version,
            updated: stored.updated,
            user: stored.user.to_string(),
            by: stored.by.clone(),
            deleted: stored.deleted,
            following: stored.following,
        })
    }

    pub(super) fn read(self) -> Result<(RecordRef, StoredRecord), Error> {
        let doing = "reading a record";
        let RecordIdKey::Array(place) = &self.id.key else {
            return Err(broken(doing, "its id is not a list"));
        };
        let register = place
            .first()
            .and_then(|word| String::from_value(word.clone()).ok());
        let register = register.unwrap_or_default().parse::<RegisterKind>();
        let record: Record = serde_json::from_str(&self.body).map_err(|e| broken(doing, e.to_string()))?;
        let at = RecordRef {
            register: register.map_err(|e| broken(doing, e.to_string()))?,
            key: record.key.clone(),
        };
        let stored = StoredRecord {
            record,
            version: self.version,
            updated: self.updated,
            user: self.user.parse().map_err(|e| broken(doing, format!("{e}")))?,
            by: self.by,
            deleted: self.deleted,
            following: self.following,
        };
        Ok((at, stored))
    }
}

impl Store {
    pub(super) async fn stored_record(&self, at: &RecordRef) -> Result<Option<StoredRecord>, Error> {
        let mut found = self.stored_records([at]).await?;
        Ok(found.remove(at))
    }

    /// Those of the records that are there, deleted ones included.
    pub(super) async fn stored_records(
        &self,
        at: impl IntoIterator<Item = &RecordRef>,
    ) -> Result<BTreeMap<RecordRef, StoredRecord>, Error> {
        let ids: Vec<RecordId> = at.into_iter().map(row_id).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let vars = Vars::new().with("ids", ids);
        let rows: Vec<Row> = self.ask("reading records", READ_MANY, vars).await?.rows(0)?;
        rows.into_iter().map(Row::read).collect()
    }
}
