//! The journal as it is stored: rows bound into a chain, and the check that nobody has changed them since.

use std::collections::BTreeMap;

use domain::release::Rev;
use domain::sync::{Chain, JournalEntry, common_with};
use serde::Serialize;
use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use super::backup::Snapshot;
use super::query::broken;
use super::{Error, MetaRow, READ_META, Store};
use crate::checkpoints::Checkpoint;

#[derive(Clone, SurrealValue)]
pub(super) struct JournalRow {
    id: RecordId,
    release: String,
    rev: u64,
    entry: String,
    /// Its number in the chain; absent where it is older than the chain.
    place: Option<u64>,
    /// The digest over it and all before.
    chain: Option<String>,
}

/// The rows of entries that follow `chain`, and where the chain stands after them.
pub(super) fn rows(entries: &[JournalEntry], mut chain: Chain) -> Result<(Vec<JournalRow>, Chain), Error> {
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let failed = |e: String| broken("storing changes", e);
        let key = i64::try_from(entry.rev.0).map_err(|e| failed(e.to_string()))?;
        let text = serde_json::to_string(entry).map_err(|e| failed(e.to_string()))?;
        chain = chain.then(&text);
        rows.push(JournalRow {
            id: RecordId::new("journal", key),
            release: entry.release.to_string(),
            rev: entry.rev.0,
            entry: text,
            place: Some(chain.entries()),
            chain: Some(chain.digest()),
        });
    }
    Ok((rows, chain))
}

/// What a check of the journal found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JournalReport {
    /// Entries in the journal, up to the first bad one.
    pub entries: u64,
    /// Of these, entries that are older than the chain: nothing can be said about them.
    pub before_chain: u64,
    /// Entries 1 to this of the chain are as they were when a checkpoint was written.
    pub anchored: u64,
    /// Entries of the chain after these: they agree with each other, but whoever can write the database could have
    /// written all of them anew.
    pub unanchored: u64,
    /// Checkpoints that agree.
    pub checkpoints: u64,
    /// Checkpoints that say nothing about this journal: of another database, or of changes that a restore gave up.
    pub other_checkpoints: u64,
    /// The first entry that is not as it was written.
    pub bad: Option<BadEntry>,
}

/// An entry that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadEntry {
    /// Its revision; absent if it is missing.
    pub rev: Option<u64>,
    /// Its number in the chain, counted from 1.
    pub place: u64,
    /// The release it is listed under.
    pub release: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl Store {
    /// Where the chain of the journal stands, for a checkpoint; `None` before the first entry.
    pub(crate) async fn journal_end(&self) -> Option<Checkpoint> {
        let counters = self.writer().await.counters();
        (counters.chain != Chain::BEGIN).then(|| Checkpoint {
            epoch: self.epoch(),
            rev: Rev(counters.head),
            entries: counters.chain.entries(),
            digest: counters.chain.digest(),
            at: chrono::Utc::now(),
        })
    }

    /// Reads the whole journal and checks it against its chain and against `checkpoints`, as it is at one moment.
    /// O(entries); the first bad entry ends it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_journal(&self, checkpoints: &[Checkpoint]) -> Result<JournalReport, Error> {
        let snapshot = self.snapshot().await?;
        let report = self.check_journal(&snapshot, checkpoints).await;
        snapshot.end().await;
        report
    }

    async fn check_journal(
        &self,
        snapshot: &Snapshot,
        checkpoints: &[Checkpoint],
    ) -> Result<JournalReport, Error> {
        let meta: Option<MetaRow> = snapshot.one(READ_META).await?;
        let meta = meta.ok_or_else(|| broken("checking the journal", "the counters are gone"))?;
        let (ours, other) = self.ours(checkpoints);
        let mut check = Check {
            chain: Chain::BEGIN,
            begins_after: meta.chained_after,
            report: JournalReport {
                other_checkpoints: other,
                ..JournalReport::default()
            },
            checkpoints: ours,
        };
        let mut rows = snapshot.records("journal")?;
        while let Some(row) = rows.next().await? {
            if let Err(bad) = check.take(&row.read()?) {
                check.report.bad = Some(bad);
                return Ok(check.report);
            }
        }
        check.report.bad = check.end(meta.counters()?.chain);
        Ok(check.report)
    }

    /// The checkpoints that this journal must agree with, by entries; and how many are about something else.
    fn ours<'a>(&self, checkpoints: &'a [Checkpoint]) -> (BTreeMap<u64, &'a Checkpoint>, u64) {
        let is_ours = |checkpoint: &&Checkpoint| {
            checkpoint.epoch == self.epoch() || checkpoint.rev <= common_with(&self.0.lives, checkpoint.epoch)
        };
        let (ours, other): (Vec<_>, Vec<_>) = checkpoints.iter().partition(is_ours);
        let ours = ours.into_iter().map(|it| (it.entries, it)).collect();
        (ours, other.len() as u64)
    }
}

struct Check<'a> {
    chain: Chain,
    begins_after: u64,
    report: JournalReport,
    checkpoints: BTreeMap<u64, &'a Checkpoint>,
}

impl Check<'_> {
    fn take(&mut self, row: &JournalRow) -> Result<(), BadEntry> {
        let bad = |place: u64, reason: String| BadEntry {
            rev: Some(row.rev),
            place,
            release: Some(row.release.clone()),
            reason,
        };
        self.report.entries += 1;
        let old = row.place.is_none() && row.chain.is_none() && row.rev <= self.begins_after;
        if old && self.chain == Chain::BEGIN {
            self.report.before_chain += 1;
            return Ok(());
        }
        let next = self.chain.then(&row.entry);
        let place = next.entries();
        if row.place != Some(place) {
            let reason = match row.place {
                Some(stored) if stored > place => {
                    format!("entries {place} to {} are missing before it", stored - 1)
                }
                Some(stored) => format!("it says that it is entry {stored} of the chain"),
                None => "it is not part of the chain".to_owned(),
            };
            return Err(bad(place, reason));
        }
        if row.chain.as_deref() != Some(&next.digest()) {
            let reason = "its text, or the order of the entries, is not what was written".to_owned();
            return Err(bad(place, reason));
        }
        let listed = serde_json::from_str::<JournalEntry>(&row.entry)
            .is_ok_and(|entry| entry.rev.0 == row.rev && entry.release.to_string() == row.release);
        if !listed || row.id.key != RecordIdKey::Number(i64::try_from(row.rev).unwrap_or(i64::MAX)) {
            let reason = "it is listed under another release or revision than it names".to_owned();
            return Err(bad(place, reason));
        }
        if let Some(checkpoint) = self.checkpoints.get(&place) {
            if checkpoint.digest != next.digest() {
                let reason = format!(
                    "it, or one after entry {}, is not what it was when the checkpoint of {} was written: \
                     the chain was written anew",
                    self.report.anchored,
                    checkpoint.at.format("%Y-%m-%d %H:%M:%S UTC")
                );
                return Err(bad(place, reason));
            }
            self.report.anchored = place;
            self.report.checkpoints += 1;
        }
        self.chain = next;
        self.report.unanchored = place - self.report.anchored;
        Ok(())
    }

    /// What is missing after the last entry.
    fn end(&self, counted: Chain) -> Option<BadEntry> {
        let missing = |reason: String| {
            Some(BadEntry {
                rev: None,
                place: self.chain.entries() + 1,
                release: None,
                reason,
            })
        };
        if let Some((entries, checkpoint)) = self.checkpoints.range(self.chain.entries() + 1..).next() {
            let at = checkpoint.at.format("%Y-%m-%d %H:%M:%S UTC");
            return missing(format!(
                "the journal had {entries} entries at {at}; those after the last are missing"
            ));
        }
        if counted.entries() > self.chain.entries() {
            let entries = counted.entries();
            return missing(format!(
                "the journal has had {entries} entries; those after the last are missing"
            ));
        }
        if counted != self.chain {
            return missing(
                "the end of the chain is not the one that was noted with the last change".to_owned(),
            );
        }
        None
    }
}

#[cfg(test)]
mod tests;
