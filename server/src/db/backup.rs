//! The whole database at one point in time, table by table, and the way back into an empty one.
//!
//! - [`Store::snapshot`]: one transaction, each table read in one go; nobody has to wait for it;
//! - [`restore`]: filling an empty database, table by table;
//! - [`value`]: records as JSON.

pub(crate) mod restore;
mod value;

use std::sync::atomic::Ordering;

use domain::Epoch;
use serde::{Deserialize, Serialize};
use surrealdb::IndexedResults;
use surrealdb::engine::any::Any;
use surrealdb::method::{ItemStream, StreamItem, Transaction};
use surrealdb::types::{SurrealValue, Value};
use tokio_stream::StreamExt;

use super::error::{Failure, real_error};
use super::migrate::Applied;
use super::query::{Vars, broken, explain};
use super::{Error, Store};

/// Tables that are not backed up: who is signed in, and the steps of the schema, which are named apart.
const LEFT_OUT: [&str; 2] = ["session", "migration"];
const DOING: &str = "reading the whole database";

const ABOUT: &str = "
    SELECT epoch, head FROM ONLY meta:state;
    SELECT number, name, sha256 FROM migration WHERE number >= 0 ORDER BY number;
    (INFO FOR DB STRUCTURE).tables.map(|$table| { name: $table.name, kind: $table.kind.kind })";
// In the order of the ids. Handed out while it is read; in pages, each page would read the rest of the table.
const TABLE: &str = "SELECT * FROM type::table($table)";
const NOTE_DURABLE: &str = "UPDATE meta:state SET durable_rev = $rev WHERE durable_rev < $rev RETURN NONE";

/// A step of the schema that a database has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaStep {
    /// Its name, which begins with its number.
    pub name: String,
    /// The digest of its text.
    pub sha256: String,
}

/// A table to back up. Those of relations come last: a relation needs both of its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Table {
    relations: bool,
    pub(crate) name: String,
}

/// One point in time of a database. It must be given back with [`Snapshot::end`].
pub(crate) struct Snapshot {
    transaction: Transaction<Any>,
    pub(crate) epoch: Epoch,
    /// The last revision in it.
    pub(crate) head: u64,
    pub(crate) schema: Vec<SchemaStep>,
    pub(crate) tables: Vec<Table>,
}

/// One record of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record(Value);

/// The records of a table, while they are read.
pub(crate) struct Records(ItemStream);

#[derive(SurrealValue)]
struct StateRow {
    epoch: String,
    head: u64,
}

#[derive(SurrealValue)]
struct TableRow {
    name: String,
    kind: String,
}

impl Store {
    /// Looks at the database as it is now, whatever is written meanwhile.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, Error> {
        let client = (*self.handle()?).clone();
        let failed = |error: surrealdb::Error| broken(DOING, error.message());
        let transaction = client.begin().await.map_err(failed)?;
        match about(&transaction).await {
            Ok((epoch, head, schema, tables)) => Ok(Snapshot {
                transaction,
                epoch,
                head,
                schema,
                tables,
            }),
            Err(error) => {
                cancel(transaction).await;
                Err(error)
            }
        }
    }

    /// The last revision that is in a verified backup. What came later is only here.
    #[must_use]
    pub fn durable_rev(&self) -> u64 {
        self.0.durable.load(Ordering::Relaxed)
    }

    /// Notes that everything up to `rev` is in a verified backup.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_durable(&self, rev: u64) -> Result<(), Error> {
        let _writer = self.writer().await;
        self.ask("noting a backup", NOTE_DURABLE, Vars::new().with("rev", rev))
            .await?;
        self.0.durable.fetch_max(rev, Ordering::Relaxed);
        Ok(())
    }
}

impl Snapshot {
    /// The records of a table, in the order of their ids.
    pub(crate) fn records(&self, table: &str) -> Result<Records, Error> {
        let query = self.transaction.query(TABLE);
        let stream = query.bind(("table", table.to_owned())).stream_items();
        stream.map(Records).map_err(|error| unread(&error))
    }

    /// The one row that a question about that moment answers.
    pub(super) async fn one<T: SurrealValue>(&self, text: &'static str) -> Result<Option<T>, Error> {
        let mut answers = ask(&self.transaction, text, Vars::new()).await?;
        answers.take(0).map_err(|e| broken(DOING, e.message()))
    }

    /// Lets go of that point in time.
    pub(crate) async fn end(self) {
        cancel(self.transaction).await;
    }
}

impl Records {
    /// The next record; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Record>, Error> {
        while let Some(item) = self.0.next().await {
            match item.map_err(|error| unread(&error))? {
                StreamItem::Row { value, .. } => return Ok(Some(Record(value))),
                StreamItem::StatementEnd { result, .. } => result.map_err(|error| unread(&error))?,
            }
        }
        Ok(None)
    }
}

impl Record {
    /// The record as a row.
    pub(super) fn read<T: SurrealValue>(self) -> Result<T, Error> {
        T::from_value(self.0).map_err(|e| broken(DOING, e.to_string()))
    }

    /// The record as one line of JSON.
    pub(crate) fn into_json(self) -> Result<String, Error> {
        value::encode(self.0)
            .map(|json| json.to_string())
            .map_err(|problem| broken(DOING, problem))
    }

    /// Reads a record of `table`, or says what is wrong with it.
    pub(crate) fn from_json(table: &str, json: &str) -> Result<Self, String> {
        let json = serde_json::from_str(json).map_err(|error| error.to_string())?;
        match value::decode(json)? {
            Value::Object(object) => match object.get("id") {
                Some(Value::RecordId(id)) if id.table.as_str() == table => Ok(Self(Value::Object(object))),
                Some(_) => Err("its id is not one of this table".to_owned()),
                None => Err("it has no id".to_owned()),
            },
            _ => Err("it is no object".to_owned()),
        }
    }
}

async fn about(transaction: &Transaction<Any>) -> Result<(Epoch, u64, Vec<SchemaStep>, Vec<Table>), Error> {
    let mut answers = ask(transaction, ABOUT, Vars::new()).await?;
    let state: Option<StateRow> = answers.take(0).map_err(|e| broken(DOING, e.message()))?;
    let StateRow { epoch, head } = state.ok_or_else(|| broken(DOING, "the counters are gone"))?;
    let epoch = epoch.parse().map_err(|e| broken(DOING, format!("{e}")))?;
    let steps: Vec<Applied> = take(&mut answers, 1)?;
    let mut tables: Vec<Table> = take::<TableRow>(&mut answers, 2)?
        .into_iter()
        .filter(|row| !LEFT_OUT.contains(&row.name.as_str()))
        .map(|row| Table {
            relations: row.kind == "RELATION",
            name: row.name,
        })
        .collect();
    tables.sort();
    let step = |Applied { name, sha256, .. }| SchemaStep { name, sha256 };
    Ok((epoch, head, steps.into_iter().map(step).collect(), tables))
}

async fn ask(
    transaction: &Transaction<Any>,
    text: &'static str,
    vars: Vars,
) -> Result<IndexedResults, Error> {
    let mut results = transaction
        .query(text)
        .bind(vars.into_inner())
        .await
        .map_err(|error| unread(&error))?;
    match real_error(&mut results) {
        None => Ok(results),
        Some(error) => Err(unread(&error)),
    }
}

fn unread(error: &surrealdb::Error) -> Error {
    explain(DOING, Failure::from_error(error))
}

fn take<T: SurrealValue>(answers: &mut IndexedResults, statement: usize) -> Result<Vec<T>, Error> {
    answers.take(statement).map_err(|e| broken(DOING, e.message()))
}

async fn cancel(transaction: Transaction<Any>) {
    if let Err(error) = transaction.cancel().await {
        tracing::debug!(%error, "the transaction of a backup had ended already");
    }
}

#[cfg(test)]
mod tests;
