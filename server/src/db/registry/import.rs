//! Many records at once, in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::registry::{RecordRef, RegisterKind, Row, RowProblem, Table};
use domain::wire::registry::{RegisterProblem, RegisterReport};

use super::{Write, changed};
use crate::db::audit::By;
use crate::db::cmdb::allow;
use crate::db::query::broken;
use crate::db::writer::{REREADS, crowded};
use crate::db::{Error, Store};

/// Most problems listed in a report.
const MOST_PROBLEMS: usize = 10_000;

impl Store {
    /// Stores what a file says, or with `dry_run` says what that would do. Rows that cannot be taken are reported; the
    /// others are stored together.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], and when the database fails; nothing is stored then.
    pub async fn import_records(
        &self,
        actor: &Actor,
        register: RegisterKind,
        table: Table,
        dry_run: bool,
        now: DateTime<Utc>,
    ) -> Result<RegisterReport, Error> {
        allow(actor, Deed::Import, "import into the registers")?;
        let (store, actor) = (self.clone(), actor.clone());
        // A caller who hangs up must not leave the memory behind the database.
        let task =
            tokio::spawn(async move { store.write_table(&actor, register, table, dry_run, now).await });
        task.await
            .map_err(|e| broken("importing records", e.to_string()))?
    }

    async fn write_table(
        &self,
        actor: &Actor,
        register: RegisterKind,
        table: Table,
        dry_run: bool,
        now: DateTime<Utc>,
    ) -> Result<RegisterReport, Error> {
        if table.unusable {
            return Ok(report(&table, &[], dry_run));
        }
        // Before the writer is taken: loading the estate takes it as well.
        drop(self.estate().await?);
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let (writes, mut report) = self.plan(actor, register, &table, now).await?;
            report.dry_run = dry_run;
            if dry_run || writes.is_empty() {
                return Ok(report);
            }
            if let Some(followed) = self
                .store_records(&mut writer, writes, &By::from(actor), now)
                .await?
            {
                drop(writer);
                self.follow(followed, now).await?;
                return Ok(report);
            }
        }
        Err(crowded())
    }

    /// What each row comes to on the records as they are.
    async fn plan(
        &self,
        actor: &Actor,
        register: RegisterKind,
        table: &Table,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Write>, RegisterReport), Error> {
        let place = |row: &Row| RecordRef {
            register,
            key: row.key.clone(),
        };
        let places: Vec<RecordRef> = table.rows.iter().map(place).collect();
        let mut there = self.stored_records(&places).await?;
        let (mut writes, mut problems, mut unchanged, mut created) = (Vec::new(), Vec::new(), 0, 0);
        for (row, at) in table.rows.iter().zip(places) {
            let problem = |field: &str, reason: String| RowProblem {
                line: row.line,
                reference: row.key.to_string(),
                field: Some(field.to_owned()),
                reason,
            };
            let before = there.remove(&at);
            if before.as_ref().is_some_and(|before| before.deleted.is_some()) {
                let reason = "is deleted here; bring it back on its page, or take it out of the file";
                problems.push(problem("key", reason.into()));
                continue;
            }
            let known = before.as_ref().map(|before| &before.record);
            let record = match row.draft.clone().apply(register, &at.key, known) {
                Ok(record) => record,
                Err(wrong) => {
                    problems.extend(wrong.into_iter().map(|wrong| problem(&wrong.at, wrong.message)));
                    continue;
                }
            };
            if let Some(missing) = self.missing(&record).await {
                problems.push(problem(&missing.at, missing.message));
                continue;
            }
            if known == Some(&record) {
                unchanged += 1;
                continue;
            }
            created += u64::from(before.is_none());
            writes.push(changed(actor, at, before, record, None, now));
        }
        let mut report = report(table, &problems, false);
        report.records.unchanged = unchanged;
        report.records.created = created;
        report.records.updated = u64::try_from(writes.len()).unwrap_or(u64::MAX) - created;
        Ok((writes, report))
    }
}

fn report(table: &Table, more: &[RowProblem], dry_run: bool) -> RegisterReport {
    let mut problems: Vec<&RowProblem> = table.problems.iter().chain(more).collect();
    problems.sort_by_key(|problem| problem.line);
    let lines: BTreeSet<u64> = problems.iter().map(|problem| problem.line).collect();
    let mut report = RegisterReport {
        dry_run,
        refused: table.unusable,
        problems: problems
            .into_iter()
            .take(MOST_PROBLEMS)
            .map(|problem| RegisterProblem {
                line: problem.line,
                reference: problem.reference.clone(),
                field: problem.field.clone(),
                reason: problem.reason.clone(),
            })
            .collect(),
        ..RegisterReport::default()
    };
    report.records.read = table.read;
    report.records.rejected = if table.unusable {
        table.read
    } else {
        u64::try_from(lines.len()).unwrap_or(u64::MAX)
    };
    report
}
