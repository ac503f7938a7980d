//! What happened, in the order of the revisions: the journal of releases, and what happened apart from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use domain::Epoch;
use domain::release::{Action, Party};
use domain::sync::{Category, JournalEntry, Life};
use domain::wire::release::ReleaseSummary;
use domain::wire::webhook::{EventKind, MessageActor, MessageRelease};
use serde::Deserialize;
use surrealdb::types::{RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use super::oplog::{op_id, op_of};
use super::query::{Vars, broken, id, key_of};
use super::words::from_word;
use super::{Error, Store};

/// Rows of each table that are read at once.
const ROWS: usize = 100;
const DOING: &str = "reading what happened";

/// A deed of the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub action: Action,
    /// To whom it was given, or with whom it was shared.
    pub to: Option<Party>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the order of commits.
    pub rev: u64,
    /// What it is.
    pub kind: EventKind,
    /// What was done, where it moved a release on or handed it over.
    pub done: Option<Done>,
    /// When, by the server.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: MessageActor,
    /// The release it is about, as it is now.
    pub release: Option<MessageRelease>,
    /// A sentence without the actor.
    pub text: String,
    /// The page to look at.
    pub page: String,
}

/// Events that follow each other, and how far was looked: nothing else happened up to there.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    pub(crate) events: Vec<Event>,
    pub(crate) through: u64,
}

#[derive(SurrealValue)]
struct EntryRow {
    rev: u64,
    entry: String,
}

#[derive(SurrealValue)]
struct HappeningRow {
    id: RecordId,
    event: String,
    at: DateTime<Utc>,
    by: String,
    text: String,
    link: String,
}

#[derive(SurrealValue)]
struct OpRow {
    id: RecordId,
    envelope: String,
}

#[derive(SurrealValue)]
struct SummaryRow {
    id: RecordId,
    summary: String,
}

/// What of an op says what it is.
#[derive(Deserialize)]
struct Envelope {
    op: Kind,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
    #[serde(default)]
    act: Option<Act>,
}

#[derive(Deserialize)]
struct Act {
    action: String,
    /// A person or a group, depending on the action.
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    with: Option<Party>,
}

impl Kind {
    /// The word of the op, or of its act.
    fn word(&self) -> &str {
        self.act.as_ref().map_or(&self.kind, |act| &act.action)
    }

    /// `None` for what is no deed of the workflow, or one of a later version.
    fn done(&self) -> Option<Done> {
        let action: Action = from_word(self.word())?;
        let act = self.act.as_ref();
        let to = act.and_then(|act| act.to.as_deref());
        let to = match action {
            Action::ChangeGroup => to.and_then(|to| Some(Party::Group(to.parse().ok()?))),
            Action::Delegate => to.and_then(|to| Some(Party::User(to.parse().ok()?))),
            _ => act.and_then(|act| act.with),
        };
        Some(Done { action, to })
    }
}

// One transaction: both tables and the head are of the same moment, so nothing slips in between.
const BETWEEN: &str = "BEGIN;
    SELECT rev, entry FROM $journal LIMIT $rows;
    SELECT * FROM $happenings LIMIT $rows;
    SELECT VALUE head FROM ONLY meta:state;
    COMMIT";
const ABOUT: &str = "
    SELECT id, envelope FROM $ops;
    SELECT id, summary FROM $releases";

/// The records of `table` whose key is a revision after `after`, up to `through`.
pub(super) fn revisions(table: &str, after: u64, through: u64) -> RecordId {
    let key = |rev: u64| RecordIdKey::Number(i64::try_from(rev).unwrap_or(i64::MAX));
    let range = RecordIdKeyRange {
        start: Bound::Excluded(key(after)),
        end: Bound::Included(key(through)),
    };
    RecordId::new(table, RecordIdKey::Range(Box::new(range)))
}

impl Store {
    /// What happened after this revision, oldest first, not necessarily all of it.
    pub(crate) async fn events_after(&self, after: u64) -> Result<Stretch, Error> {
        self.events_between(after, u64::MAX).await
    }

    /// What happened at this revision; `None` where subscriptions are not told of it.
    pub(crate) async fn event_at(&self, rev: u64) -> Result<Option<Event>, Error> {
        let Some(before) = rev.checked_sub(1) else {
            return Ok(None);
        };
        let stretch = self.events_between(before, rev).await?;
        Ok(stretch.events.into_iter().find(|event| event.rev == rev))
    }

    async fn events_between(&self, after: u64, through: u64) -> Result<Stretch, Error> {
        let vars = Vars::new()
            .with("journal", revisions("journal", after, through))
            .with("happenings", revisions("happening", after, through))
            .with("rows", ROWS);
        let mut answers = self.ask(DOING, BETWEEN, vars).await?;
        let entries: Vec<EntryRow> = answers.rows(1)?;
        let happenings: Vec<HappeningRow> = answers.rows(2)?;
        let head: Option<u64> = answers.one(3)?;
        // Where a table has more, only what is before its last row is known to be all.
        let mut looked = head.unwrap_or(after);
        if let Some(last) = entries.last().filter(|_| entries.len() == ROWS) {
            looked = looked.min(last.rev);
        }
        let mut events = Vec::with_capacity(entries.len() + happenings.len());
        for row in &happenings {
            events.extend(happened(row)?);
        }
        if let Some(last) = events.last().filter(|_| happenings.len() == ROWS) {
            looked = looked.min(last.rev);
        }
        events.extend(self.of_releases(&entries).await?);
        events.retain(|event| event.rev <= looked);
        events.sort_by_key(|event| event.rev);
        Ok(Stretch {
            events,
            through: looked.max(after),
        })
    }

    async fn of_releases(&self, rows: &[EntryRow]) -> Result<Vec<Event>, Error> {
        let entries: Vec<JournalEntry> = rows
            .iter()
            .map(|row| serde_json::from_str(&row.entry).map_err(|e| broken(DOING, e.to_string())))
            .collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let releases: BTreeSet<_> = entries.iter().map(|entry| entry.release).collect();
        let releases: Vec<RecordId> = releases.iter().map(|it| id("release", it.to_string())).collect();
        let ops: Vec<RecordId> = entries.iter().map(|entry| op_id(entry.op)).collect();
        let vars = Vars::new().with("ops", ops).with("releases", releases);
        let mut answers = self.ask(DOING, ABOUT, vars).await?;
        let mut kinds = BTreeMap::new();
        for row in answers.rows::<OpRow>(0)? {
            let read: Envelope =
                serde_json::from_str(&row.envelope).map_err(|e| broken(DOING, e.to_string()))?;
            kinds.extend(op_of(&row.id).map(|op| (op, read.op)));
        }
        let mut summaries: HashMap<String, ReleaseSummary> = HashMap::new();
        for row in answers.rows::<SummaryRow>(1)? {
            let summary = serde_json::from_str(&row.summary).map_err(|e| broken(DOING, e.to_string()))?;
            summaries.insert(key_of(row.id), summary);
        }
        let events = entries.into_iter().map(|entry| {
            let kind = kinds.get(&entry.op);
            let summary = summaries.get(&entry.release.to_string());
            release_event(entry, kind, summary)
        });
        Ok(events.collect())
    }

    /// The id that the message about a revision has, in every attempt and also after a restore: the name of the life
    /// of the database in which the revision was given, and the revision.
    #[must_use]
    pub fn message_id(&self, rev: u64) -> String {
        format!("msg_{}_{rev}", epoch_of(rev, &self.0.lives, self.0.epoch))
    }
}

/// The life of the database in which a revision was given; `now` where it never was restored.
fn epoch_of(rev: u64, lives: &[Life], now: Epoch) -> Epoch {
    let life = lives.iter().rev().find(|life| life.from.0 < rev);
    life.map_or(now, |life| life.epoch)
}

fn release_event(entry: JournalEntry, op: Option<&Kind>, summary: Option<&ReleaseSummary>) -> Event {
    let number = summary.and_then(|summary| summary.number);
    let page = match number {
        Some(number) => format!("/releases/{number}"),
        None => format!("/releases/{}", entry.release),
    };
    Event {
        rev: entry.rev.0,
        kind: EventKind::of(entry.category, op.map_or("", Kind::word)),
        // An op that met another one was kept for a decision.
        done: op
            .filter(|_| entry.category == Category::Workflow)
            .and_then(Kind::done),
        at: entry.at,
        actor: MessageActor {
            id: Some(entry.by),
            name: entry.by_name,
        },
        release: summary.map(|summary| MessageRelease {
            id: summary.id,
            number,
            title: summary.title.clone(),
            release_type: summary.release_type.clone(),
            stage: summary.stage,
        }),
        text: entry.text,
        page,
    }
}

/// `None` for what a later version noted and this one does not know.
fn happened(row: &HappeningRow) -> Result<Option<Event>, Error> {
    let RecordIdKey::Number(rev) = row.id.key else {
        return Err(broken(DOING, "a happening without a revision"));
    };
    Ok(EventKind::parse(&row.event).map(|kind| Event {
        rev: u64::try_from(rev).unwrap_or_default(),
        kind,
        done: None,
        at: row.at,
        actor: MessageActor {
            id: None,
            name: row.by.clone(),
        },
        release: None,
        text: row.text.clone(),
        page: row.link.clone(),
    }))
}

#[cfg(test)]
mod tests;
