//! The log of imports.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::shorten;
use domain::wire::cmdb::{ImportRecord, ImportReport};
use domain::wire::webhook::EventKind;
use surrealdb::types::{RecordId, SurrealValue};

use super::cmdb::allow;
use super::query::{Vars, broken, id, key_of};
use super::writer::{Commit, REREADS, crowded, guarded};
use super::{Error, Store};

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    format: String,
    files: Vec<String>,
    started: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    by: String,
    done: u64,
    all: u64,
    report: Option<String>,
}

const BEGIN: &str = "CREATE $id SET format = $format, files = $files, started = $started, by = $by, \
    done = 0, all = 0 RETURN NONE";
const END: &str = "UPDATE $id SET ended = $ended, done = $done, all = $all, report = $report RETURN NONE";
// What subscriptions are told takes a revision of its own, in the transaction that ends the import.
const END_AND_TELL: &str = guarded!(
    "UPDATE $id SET ended = $ended, done = $done, all = $all, report = $report RETURN NONE;
     INSERT INTO happening { id: $head, event: $event, at: $ended, by: $by, text: $text, link: $link } RETURN NONE"
);
const LATEST: &str = "SELECT * FROM cmdb_import ORDER BY id DESC LIMIT 100";
const READ: &str = "SELECT * FROM ONLY $id";

impl Store {
    /// The latest imports, newest first, at most 100; the problems of their reports are only in [`Store::import`].
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to import.
    pub async fn imports(&self, actor: &Actor) -> Result<Vec<ImportRecord>, Error> {
        allow(actor, Deed::Import, "see imports")?;
        let rows: Vec<Row> = self.ask("listing imports", LATEST, Vars::new()).await?.rows(0)?;
        rows.into_iter()
            .map(|row| {
                let mut record = self.record(row)?;
                if let Some(report) = &mut record.report {
                    report.problems.clear();
                }
                Ok(record)
            })
            .collect()
    }

    /// An import; its progress is of this moment.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn import(&self, actor: &Actor, import: &str) -> Result<ImportRecord, Error> {
        allow(actor, Deed::Import, "see imports")?;
        let vars = Vars::new().with("id", id("cmdb_import", import));
        let row: Option<Row> = self.ask("reading an import", READ, vars).await?.one(0)?;
        row.map_or_else(
            || {
                Err(Error::NotFound(format!(
                    "there is no import `{}`",
                    shorten(import)
                )))
            },
            |row| self.record(row),
        )
    }

    fn record(&self, row: Row) -> Result<ImportRecord, Error> {
        let report = row
            .report
            .map(|report| {
                serde_json::from_str(&report).map_err(|e| broken("reading an import", e.to_string()))
            })
            .transpose()?;
        let id = key_of(row.id);
        let running = self.progress_of(&id);
        Ok(ImportRecord {
            id,
            format: row.format,
            files: row.files,
            started: row.started,
            ended: row.ended,
            by: row.by,
            progress: running.unwrap_or((row.done, row.all)),
            report,
        })
    }

    /// How far a running import is: (things handled, things in all); `None` when it is not running here.
    #[must_use]
    pub fn progress_of(&self, import: &str) -> Option<(u64, u64)> {
        let running = self.0.importing.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(import).copied()
    }

    pub(crate) fn note_progress(&self, import: &str, done: u64, all: u64) {
        let mut running = self.0.importing.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(import.to_owned(), (done, all));
    }

    pub(crate) async fn import_begin(&self, record: &ImportRecord) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", id("cmdb_import", &record.id))
            .with("format", record.format.clone())
            .with("files", record.files.clone())
            .with("started", record.started)
            .with("by", record.by.clone());
        self.ask("noting an import", BEGIN, vars).await?;
        self.note_progress(&record.id, 0, 0);
        Ok(())
    }

    /// Files the report, or, without one, notes that the import ended without.
    pub(crate) async fn import_end(
        &self,
        import: &ImportRecord,
        ended: DateTime<Utc>,
        report: Option<&ImportReport>,
    ) -> Result<(), Error> {
        let (done, all) = self.progress_of(&import.id).unwrap_or_default();
        let vars = Vars::new()
            .with("id", id("cmdb_import", &import.id))
            .with("ended", ended)
            .with("done", done)
            .with("all", all)
            .with(
                "report",
                report.and_then(|report| serde_json::to_string(report).ok()),
            );
        let doing = "filing an import report";
        // What changed nothing is nobody else's affair.
        let filed = match report.filter(|report| !report.dry_run && !report.refused) {
            None => self.ask(doing, END, vars).await.map(|_| ()),
            Some(report) => {
                let vars = vars
                    .with("event", EventKind::ImportFinished.as_str())
                    .with("by", import.by.clone())
                    .with("text", summary(import, report))
                    .with("link", format!("/import/{}", import.id));
                self.end_and_tell(doing, vars).await
            }
        };
        self.0
            .importing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&import.id);
        filed
    }

    async fn end_and_tell(&self, doing: &str, vars: Vars) -> Result<(), Error> {
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let next = writer.counters().after(1);
            match writer.commit(doing, END_AND_TELL, vars.clone(), next).await? {
                Commit::Done => return Ok(()),
                Commit::Moved => {}
            }
        }
        Err(crowded())
    }
}

/// "imported estate.ndjson: 40 CIs and 80 relations created, 2 and 0 changed, 1 line not taken".
fn summary(import: &ImportRecord, report: &ImportReport) -> String {
    let (cis, relations) = (&report.cis, &report.relations);
    let files = match import.files.as_slice() {
        [] => "a file".to_owned(),
        [one] => shorten(one),
        [first, rest @ ..] => format!("{} and {} more", shorten(first), rest.len()),
    };
    format!(
        "imported {files}: {} CIs and {} relations created, {} and {} changed, {} and {} not taken",
        cis.created, relations.created, cis.updated, relations.updated, cis.rejected, relations.rejected
    )
}
