//! Filling an empty database from a backup. Until it is finished, the database says so and nobody works with it.

use std::path::Path;

use domain::Epoch;
use domain::release::Rev;
use domain::sync::Life;
use surrealdb::types::Value;

use super::super::migrate::{self, MIGRATIONS};
use super::super::query::{Vars, broken};
use super::super::{Error, MetaRow, READ_META, Store, Target, reach};
use super::{LEFT_OUT, Record, SchemaStep};

const DOING: &str = "restoring a backup";

const TABLES: &str = "(INFO FOR DB STRUCTURE).tables.name";
const REMOVE: &str = "REMOVE TABLE $table";
const RECORDS: &str = "INSERT INTO $table $rows RETURN NONE";
const RELATIONS: &str = "INSERT RELATION INTO $table $rows RETURN NONE";
const COUNT: &str = "RETURN count(SELECT VALUE id FROM type::table($table))";
const BEGIN_LIFE: &str = "BEGIN;
    UPDATE meta:state SET epoch = $epoch, durable_rev = head, lives = $lives RETURN NONE;
    DELETE migration:restoring RETURN NONE;
    COMMIT";

/// A database that is being filled.
pub(crate) struct Restoring {
    store: Store,
    tables: Vec<String>,
}

/// Whether this version can read what a database with these schema steps holds.
///
/// # Errors
/// [`Error::Unusable`] for a newer version's, or one that is not ours.
pub(crate) fn check_schema(steps: &[SchemaStep]) -> Result<(), Error> {
    let steps = steps
        .iter()
        .map(|step| (step.name.as_str(), step.sha256.as_str()));
    migrate::known(steps, MIGRATIONS)
}

impl Restoring {
    /// Opens the database at `target`, which must be empty or hold a restore that did not finish, and gives it
    /// the schema that the backup was made with.
    ///
    /// # Errors
    /// [`Error::Unusable`] when there is something in it.
    pub(crate) async fn begin(target: &Target, steps: &[SchemaStep]) -> Result<Self, Error> {
        check_schema(steps)?;
        let (db, lock) = reach(target).await?;
        let store = Store::around(target.clone(), db, lock, Epoch(ulid::Ulid::nil()));
        let tables = prepare(&store, steps.len()).await;
        match tables {
            Ok(tables) => Ok(Self { store, tables }),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Writes records of a table, or all of them or none.
    ///
    /// # Errors
    /// When there is no such table, or the schema does not take a record.
    pub(crate) async fn insert(&self, table: &str, records: Vec<Record>) -> Result<(), Error> {
        if !self.tables.iter().any(|known| known == table) {
            return Err(Error::Unusable(format!(
                "the backup holds a table `{}`, which its version of slipway does not have",
                domain::shorten(table)
            )));
        }
        let relations = records.first().is_some_and(is_relation);
        let text = if relations { RELATIONS } else { RECORDS };
        let rows: Vec<Value> = records.into_iter().map(|record| record.0).collect();
        let vars = Vars::new()
            .with("table", surrealdb::types::Table::new(table))
            .with("rows", rows);
        let doing = format!("restoring the table {table}");
        self.store.ask(&doing, text, vars).await.map(|_| ())
    }

    /// How many records a table holds now.
    pub(crate) async fn count(&self, table: &str) -> Result<u64, Error> {
        let vars = Vars::new().with("table", table);
        let count: Option<u64> = self.store.ask(DOING, COUNT, vars).await?.one(0)?;
        count.ok_or_else(|| broken(DOING, "no count"))
    }

    /// Brings the schema up to date and begins a new life: what was in the backup is durable, and clients
    /// learn from the new epoch that the server may have forgotten something.
    pub(crate) async fn finish(&self) -> Result<Epoch, Error> {
        migrate::advance(&self.store, MIGRATIONS).await?;
        let epoch = Epoch(ulid::Ulid::new());
        let lives = self.lives_with(epoch).await?;
        let vars = Vars::new().with("epoch", epoch.to_string()).with("lives", lives);
        self.store.ask(DOING, BEGIN_LIFE, vars).await?;
        Ok(epoch)
    }

    /// The lives of the database with the one that begins now, as JSON: devices that knew an older one are compared
    /// with what it and this one have in common.
    async fn lives_with(&self, epoch: Epoch) -> Result<String, Error> {
        let unreadable = |e: String| broken(DOING, e);
        let meta: Option<MetaRow> = self.store.ask(DOING, READ_META, Vars::new()).await?.one(0)?;
        let meta = meta.ok_or_else(|| broken(DOING, "the counters are gone"))?;
        let mut lives: Vec<Life> = match &meta.lives {
            Some(lives) => serde_json::from_str(lives).map_err(|e| unreadable(e.to_string()))?,
            None => vec![Life {
                epoch: meta.epoch.parse().map_err(|e| unreadable(format!("{e}")))?,
                from: Rev(0),
            }],
        };
        let from = Rev(meta.counters()?.head);
        lives.push(Life { epoch, from });
        serde_json::to_string(&lives).map_err(|e| unreadable(e.to_string()))
    }

    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}

/// Marks the database, empties it of an earlier attempt and makes the tables; answers their names.
async fn prepare(store: &Store, steps: usize) -> Result<Vec<String>, Error> {
    let there = tables(store).await?;
    if !there.is_empty() && !migrate::is_restoring(store).await? {
        return Err(Error::Unusable(format!(
            "the database is not empty ({}); restore into an empty one",
            store.target()
        )));
    }
    migrate::mark_restoring(store).await?;
    for table in there.iter().filter(|table| *table != "migration") {
        let vars = Vars::new().with("table", table.as_str());
        store.ask(DOING, REMOVE, vars).await?;
    }
    let ours = MIGRATIONS.get(..steps).unwrap_or(MIGRATIONS);
    migrate::advance(store, ours).await?;
    let mut made = tables(store).await?;
    made.retain(|table| !LEFT_OUT.contains(&table.as_str()));
    Ok(made)
}

async fn tables(store: &Store) -> Result<Vec<String>, Error> {
    store.ask(DOING, TABLES, Vars::new()).await?.rows(0)
}

fn is_relation(record: &Record) -> bool {
    let Value::Object(fields) = &record.0 else {
        return false;
    };
    ["in", "out"]
        .iter()
        .all(|end| matches!(fields.get(*end), Some(Value::RecordId(_))))
}

/// Where in a data folder a restore puts things together. While there is a database in it, the folder is not
/// whole; moving that database to its place is what finishes the restore.
pub(crate) const STAGING: &str = "restoring";

/// Refuses a data folder in which a restore was cut off.
pub(in crate::db) fn refuse_unfinished(dir: &Path) -> Result<(), Error> {
    let staging = dir.join(STAGING);
    if staging.join("db").exists() {
        return Err(Error::Unusable(format!(
            "a restore into the data folder {} did not finish; run `slipway restore` again, it starts over \
             (or, if you want what was there before the restore, remove {})",
            dir.display(),
            staging.display()
        )));
    }
    Ok(())
}
