//! What was sent to subscriptions, one row for each message, and how far they are.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use domain::ReleaseNumber;
use domain::access::{Actor, Deed};
use domain::wire::Page;
use domain::wire::webhook::{Delivery, DeliveryState, EventKind};
use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use super::super::catalog::limit;
use super::super::cmdb::allow;
use super::super::query::{Vars, broken, id};
use super::super::words::{from_word, word};
use super::super::{Error, Store};
use super::unknown;
use crate::hooks::send::Note;

const DOING: &str = "reading what was sent to a webhook";
const NOTING: &str = "noting what was sent to a webhook";

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    event: String,
    release: Option<u32>,
    state: String,
    attempts: u32,
    first: DateTime<Utc>,
    last: String,
}

const READ: &str = "SELECT * FROM ONLY $id";
const LIST: &str = "
    SELECT * FROM $range ORDER BY id DESC LIMIT $limit;
    RETURN (SELECT count() AS rows FROM $all GROUP ALL)[0].rows";
// A subscription that was taken away meanwhile gets no row.
const TAKEN: &str = "
    BEGIN;
    LET $there = UPDATE $hook SET delivered = $at RETURN VALUE id;
    UPDATE $hook SET cursor = $rev, attempts = 0, first = NONE, next = NONE, trouble = NONE
        WHERE cursor < $rev RETURN NONE;
    IF array::len($there) > 0 {
        UPSERT $delivery SET event = $event, release = $release, state = 'delivered',
            attempts = (attempts ?? 0) + 1, first = first ?? $at, at = $at, last = $last RETURN NONE
    };
    COMMIT";
const FAILED: &str = "
    BEGIN;
    LET $there = UPDATE $hook SET attempts += 1, first = first ?? $at, next = $next, trouble = $trouble
        WHERE cursor < $rev RETURN VALUE id;
    IF array::len($there) > 0 {
        UPSERT $delivery SET event = $event, release = $release, state = 'retrying',
            attempts = (attempts ?? 0) + 1, first = first ?? $at, at = $at, last = $last RETURN NONE
    };
    COMMIT";
const GIVEN_UP: &str = "
    BEGIN;
    LET $there = UPDATE $hook SET cursor = $rev, attempts = 0, first = NONE, next = NONE, trouble = $trouble,
        state = 'stopped' WHERE cursor < $rev RETURN VALUE id;
    IF array::len($there) > 0 {
        UPSERT $delivery SET event = $event, release = $release, state = 'given_up',
            attempts = (attempts ?? 0) + 1, first = first ?? $at, at = $at, last = $last RETURN NONE
    };
    COMMIT";
// A failure by hand changes nothing but the row: what was delivered once stays delivered.
const FAILED_BY_HAND: &str = "UPDATE $delivery SET attempts += 1, at = $at, last = $last RETURN NONE";
const PRUNE: &str = "DELETE webhook_delivery WHERE at < $before RETURN NONE";

/// The rows of one subscription with revisions from `from` on, before `before`.
fn between(webhook: &str, from: u64, before: u64) -> RecordId {
    let range = RecordIdKeyRange {
        start: Bound::Included(RecordIdKey::Array(place(webhook, from))),
        end: Bound::Excluded(RecordIdKey::Array(place(webhook, before))),
    };
    RecordId::new("webhook_delivery", RecordIdKey::Range(Box::new(range)))
}

/// All rows of one subscription.
pub(super) fn of(webhook: &str) -> RecordId {
    between(webhook, 0, u64::MAX)
}

fn place(webhook: &str, rev: u64) -> Array {
    let rev = i64::try_from(rev).unwrap_or(i64::MAX);
    vec![webhook.to_owned().into_value(), rev.into_value()].into()
}

fn record(webhook: &str, rev: u64) -> RecordId {
    RecordId::new("webhook_delivery", RecordIdKey::Array(place(webhook, rev)))
}

impl Store {
    /// What was sent to a subscription, newest first; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn webhook_deliveries(
        &self,
        actor: &Actor,
        webhook: &str,
        rows: Option<u32>,
        after: Option<&str>,
    ) -> Result<Page<Delivery>, Error> {
        self.webhook(actor, webhook).await?;
        let rows = limit(rows)?;
        let before = match after {
            None => u64::MAX,
            Some(after) => after
                .parse()
                .map_err(|_| Error::invalid("after", "is not the `next` of a page before"))?,
        };
        let vars = Vars::new()
            .with("range", between(webhook, 0, before))
            .with("all", of(webhook))
            .with("limit", rows + 1);
        let mut answers = self.ask(DOING, LIST, vars).await?;
        let total: Option<u64> = answers.one(1)?;
        let found: Vec<Row> = answers.rows(0)?;
        let mut items = found
            .into_iter()
            .map(|row| self.delivery(row))
            .collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > rows;
        items.truncate(rows);
        let next = items.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(Page {
            items,
            next,
            total: total.unwrap_or(0),
        })
    }

    /// One row of the log of a subscription.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn webhook_delivery(&self, actor: &Actor, webhook: &str, rev: u64) -> Result<Delivery, Error> {
        allow(actor, Deed::Administer, "see webhooks")?;
        self.hook_delivery(webhook, rev).await
    }

    async fn hook_delivery(&self, webhook: &str, rev: u64) -> Result<Delivery, Error> {
        let vars = Vars::new().with("id", record(webhook, rev));
        let row: Option<Row> = self.ask(DOING, READ, vars).await?.one(0)?;
        match row {
            Some(row) => self.delivery(row),
            None => Err(Error::NotFound(format!(
                "the log of this webhook has no message about revision {rev}; it goes back 30 days"
            ))),
        }
    }

    /// Notes that a message was taken: the next one is that after it.
    pub(crate) async fn hook_taken(&self, webhook: &str, note: &Note<'_>) -> Result<(), Error> {
        let vars = vars(webhook, note)?;
        self.ask(NOTING, TAKEN, vars).await.map(|_| ())
    }

    /// Notes that a message was not taken and is tried again at `next`.
    pub(crate) async fn hook_failed(
        &self,
        webhook: &str,
        note: &Note<'_>,
        next: DateTime<Utc>,
    ) -> Result<(), Error> {
        let vars = vars(webhook, note)?
            .with("next", next)
            .with("trouble", trouble(note));
        self.ask(NOTING, FAILED, vars).await.map(|_| ())
    }

    /// Notes that a message was given up, and stops the subscription.
    pub(crate) async fn hook_given_up(
        &self,
        webhook: &str,
        note: &Note<'_>,
        why: String,
    ) -> Result<(), Error> {
        let vars = vars(webhook, note)?.with("trouble", why);
        self.ask(NOTING, GIVEN_UP, vars).await.map(|_| ())
    }

    /// Notes what came of sending a message by hand.
    pub(crate) async fn hook_redelivered(&self, webhook: &str, note: &Note<'_>) -> Result<Delivery, Error> {
        if note.delivered {
            self.hook_taken(webhook, note).await?;
        } else {
            let vars = vars(webhook, note)?;
            self.ask(NOTING, FAILED_BY_HAND, vars).await?;
        }
        if self.hook(webhook).await?.is_none() {
            return Err(unknown(webhook));
        }
        self.hook_delivery(webhook, note.rev).await
    }

    /// Forgets what was last sent before that time.
    pub(crate) async fn deliveries_prune(&self, before: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("before", before);
        self.ask("forgetting old deliveries", PRUNE, vars)
            .await
            .map(|_| ())
    }

    fn delivery(&self, row: Row) -> Result<Delivery, Error> {
        let wrong = |what: &str| broken(DOING, what);
        let RecordIdKey::Array(place) = row.id.key else {
            return Err(wrong("its id is not a list"));
        };
        let rev = place.into_iter().nth(1).and_then(|rev| u64::from_value(rev).ok());
        let rev = rev.ok_or_else(|| wrong("its id holds no revision"))?;
        Ok(Delivery {
            id: rev,
            message: self.message_id(rev),
            event: EventKind::parse(&row.event).ok_or_else(|| wrong("an event that is not known"))?,
            release: row.release.map(ReleaseNumber),
            state: from_word(&row.state).unwrap_or(DeliveryState::GivenUp),
            attempts: row.attempts,
            first: row.first,
            last: serde_json::from_str(&row.last).map_err(|e| wrong(&e.to_string()))?,
        })
    }
}

fn vars(webhook: &str, note: &Note<'_>) -> Result<Vars, Error> {
    let last = serde_json::to_string(note.attempt).map_err(|e| broken(NOTING, e.to_string()))?;
    Ok(Vars::new()
        .with("hook", id("webhook", webhook))
        .with("delivery", record(webhook, note.rev))
        .with("rev", note.rev)
        .with("event", word(&note.event))
        .with("release", note.release.map(|number| number.0))
        .with("at", note.attempt.at)
        .with("last", last))
}

fn trouble(note: &Note<'_>) -> Option<String> {
    let error = note.attempt.error.clone()?;
    Some(match note.attempt.status {
        Some(status) => format!("{status}: {error}"),
        None => error,
    })
}
