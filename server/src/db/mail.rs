//! Mails: the queue and the log of them, one row for each address and entry of the journal. `circle`: whom a release may
//! concern.

mod circle;

use std::ops::Bound;

use chrono::{DateTime, Utc};
use domain::ReleaseNumber;
use domain::access::{Actor, Deed};
use domain::mail::{MailTemplate, Moment, Rendered};
use domain::shorten;
use domain::wire::Page;
use domain::wire::admin::AuditDeed;
use domain::wire::mail::{Mail, MailQuery, MailState};
use surrealdb::types::{Array, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue};

use super::audit::{By, Change, audited};
use super::catalog::limit;
use super::cmdb::allow;
use super::query::{Vars, broken};
use super::words::{from_word, word};
use super::{Error, Store};

const DOING: &str = "reading the log of mails";
const NOTING: &str = "noting what became of a mail";
/// Mails that are looked at together.
const ROUND: usize = 20;

/// A mail to queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// The revision it is about.
    pub rev: u64,
    /// Its `Message-ID`.
    pub message: String,
    /// About what.
    pub moment: Moment,
    /// The release.
    pub release: Option<ReleaseNumber>,
    /// Where it goes.
    pub address: String,
    /// Whose address that is.
    pub recipient: String,
    /// What it says.
    pub rendered: Rendered,
    /// When that happened.
    pub at: DateTime<Utc>,
}

/// A mail that waits to be sent.
#[derive(Debug, Clone)]
pub struct QueuedMail {
    id: RecordId,
    /// Its `Message-ID`.
    pub message: String,
    /// Where it goes.
    pub address: String,
    /// Whose address that is.
    pub recipient: String,
    /// What it says.
    pub rendered: Rendered,
    /// When it became due.
    pub created: DateTime<Utc>,
    /// When it is tried.
    pub next: DateTime<Utc>,
    /// The first attempt.
    pub first: Option<DateTime<Utc>>,
    /// Attempts since then.
    pub attempts: u32,
}

#[derive(Clone, SurrealValue)]
struct Row {
    id: RecordId,
    message: String,
    moment: String,
    release: Option<u32>,
    address: String,
    recipient: String,
    subject: String,
    text: String,
    state: String,
    attempts: u32,
    created: DateTime<Utc>,
    first: Option<DateTime<Utc>>,
    at: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
    trouble: Option<String>,
}

#[derive(SurrealValue)]
struct CountRow {
    state: String,
    rows: u64,
}

const CURSOR: &str = "
    BEGIN;
    IF !record::exists(mail_feed:state) { CREATE mail_feed:state SET cursor = $head RETURN NONE };
    SELECT VALUE cursor FROM ONLY mail_feed:state;
    COMMIT";
const FORGET: &str = "DELETE mail_feed:state RETURN NONE";
// Where the cursor is there already, these mails are there as well.
const QUEUE: &str = "
    BEGIN;
    LET $moved = UPDATE mail_feed:state SET cursor = $through WHERE cursor < $through RETURN VALUE id;
    IF array::len($moved) > 0 { INSERT IGNORE INTO mail $mails RETURN NONE };
    COMMIT";
const WAITING: &str = "SELECT * FROM mail WHERE state = 'queued' ORDER BY next LIMIT $rows";
const SENT: &str =
    "UPDATE $id SET state = 'sent', attempts += 1, first = first ?? $at, at = $at, next = NONE,
    trouble = NONE RETURN NONE";
const FAILED: &str =
    "UPDATE $id SET attempts += 1, first = first ?? $at, at = $at, next = $next, trouble = $trouble
    RETURN NONE";
const GIVEN_UP: &str =
    "UPDATE $id SET state = 'given_up', attempts += 1, first = first ?? $at, at = $at, next = NONE,
    trouble = $trouble RETURN NONE";
const AGAIN: &str =
    audited!("UPDATE ONLY $id SET state = 'queued', attempts = 0, first = NONE, next = $now RETURN AFTER");
const READ: &str = "SELECT * FROM ONLY $id";
const LIST: &str = "
    SELECT * FROM $range WHERE $state = NONE OR state = $state ORDER BY id DESC LIMIT $limit;
    RETURN (SELECT count() AS rows FROM mail WHERE $state = NONE OR state = $state GROUP ALL)[0].rows";
const COUNTS: &str = "SELECT state, count() AS rows FROM mail GROUP BY state";
const PRUNE: &str = "DELETE mail WHERE created < $before AND state != 'queued' RETURN NONE";

fn place(rev: u64, address: Option<&str>) -> RecordIdKey {
    let rev = i64::try_from(rev).unwrap_or(i64::MAX);
    let mut place = vec![rev.into_value()];
    place.extend(address.map(|address| address.to_lowercase().into_value()));
    RecordIdKey::Array(Array::from(place))
}

fn record(rev: u64, address: &str) -> RecordId {
    RecordId::new("mail", place(rev, Some(address)))
}

/// The rows before this one, or all.
fn before(end: Option<(u64, &str)>) -> RecordId {
    let end = end.map_or_else(
        || place(u64::MAX, None),
        |(rev, address)| place(rev, Some(address)),
    );
    let range = RecordIdKeyRange {
        start: Bound::Included(place(0, None)),
        end: Bound::Excluded(end),
    };
    RecordId::new("mail", RecordIdKey::Range(Box::new(range)))
}

/// The revision and the address in the name of a mail.
fn parts(name: &str) -> Option<(u64, &str)> {
    let (rev, address) = name.split_once('.')?;
    Some((rev.parse().ok()?, address))
}

fn unknown(name: &str) -> Error {
    Error::NotFound(format!(
        "there is no mail `{}` in the log; it goes back 30 days",
        shorten(name)
    ))
}

impl Store {
    /// The revision up to which mails were queued; that of now where none ever were.
    pub(crate) async fn mail_cursor(&self) -> Result<u64, Error> {
        let doing = "reading how far mails are";
        let vars = Vars::new().with("head", self.head());
        let cursor: Option<u64> = self.ask(doing, CURSOR, vars).await?.one(2)?;
        cursor.ok_or_else(|| broken(doing, "it is not there"))
    }

    /// Notes that nothing is queued from now on.
    pub(crate) async fn mail_forget(&self) -> Result<(), Error> {
        self.ask("noting that no mails are sent", FORGET, Vars::new())
            .await
            .map(|_| ())
    }

    /// Queues mails, and notes that everything up to `through` was looked at.
    pub(crate) async fn mail_queue(
        &self,
        mails: &[NewMail],
        through: u64,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let rows = mails.iter().map(|mail| Row {
            id: record(mail.rev, &mail.address),
            message: mail.message.clone(),
            moment: word(&mail.moment),
            release: mail.release.map(|number| number.0),
            address: mail.address.clone(),
            recipient: mail.recipient.clone(),
            subject: mail.rendered.subject.clone(),
            text: mail.rendered.text.clone(),
            state: word(&MailState::Queued),
            attempts: 0,
            created: mail.at,
            first: None,
            at: None,
            next: Some(now),
            trouble: None,
        });
        let vars = Vars::new()
            .with("mails", rows.collect::<Vec<_>>())
            .with("through", through);
        self.ask("queueing mails", QUEUE, vars).await.map(|_| ())
    }

    /// Some mails that wait, the next one first.
    pub(crate) async fn mails_waiting(&self) -> Result<Vec<QueuedMail>, Error> {
        let vars = Vars::new().with("rows", ROUND);
        let rows: Vec<Row> = self.ask("reading queued mails", WAITING, vars).await?.rows(0)?;
        let queued = rows.into_iter().map(|row| QueuedMail {
            id: row.id,
            message: row.message,
            address: row.address,
            recipient: row.recipient,
            rendered: Rendered {
                subject: row.subject,
                text: row.text,
            },
            created: row.created,
            next: row.next.unwrap_or(row.created),
            first: row.first,
            attempts: row.attempts,
        });
        Ok(queued.collect())
    }

    /// Notes that a mail was taken.
    pub(crate) async fn mail_sent(&self, mail: &QueuedMail, at: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("id", mail.id.clone()).with("at", at);
        self.ask(NOTING, SENT, vars).await.map(|_| ())
    }

    /// Notes that a mail was not taken and is tried again at `next`.
    pub(crate) async fn mail_failed(
        &self,
        mail: &QueuedMail,
        at: DateTime<Utc>,
        next: DateTime<Utc>,
        trouble: String,
    ) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", mail.id.clone())
            .with("at", at)
            .with("next", next)
            .with("trouble", trouble);
        self.ask(NOTING, FAILED, vars).await.map(|_| ())
    }

    /// Notes that a mail was not taken and is not tried again.
    pub(crate) async fn mail_given_up(
        &self,
        mail: &QueuedMail,
        at: DateTime<Utc>,
        trouble: String,
    ) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", mail.id.clone())
            .with("at", at)
            .with("trouble", trouble);
        self.ask(NOTING, GIVEN_UP, vars).await.map(|_| ())
    }

    /// Forgets mails from before that time, apart from those that wait.
    pub(crate) async fn mails_prune(&self, before: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("before", before);
        self.ask("forgetting old mails", PRUNE, vars).await.map(|_| ())
    }

    /// The words under this key, retired or not.
    pub(crate) async fn mail_template(&self, key: &str) -> Result<Option<MailTemplate>, Error> {
        let found = self.find::<MailTemplate>(key).await?;
        Ok(found.map(|kept| kept.value))
    }

    /// How many mails of the log wait, were sent, and were given up.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the actor administers.
    pub async fn mail_counts(&self, actor: &Actor) -> Result<[u64; 3], Error> {
        allow(actor, Deed::Administer, "see the log of mails")?;
        let rows: Vec<CountRow> = self.ask("counting mails", COUNTS, Vars::new()).await?.rows(0)?;
        let count = |state: MailState| {
            let state = word(&state);
            rows.iter()
                .filter(|row| row.state == state)
                .map(|row| row.rows)
                .sum()
        };
        Ok([MailState::Queued, MailState::Sent, MailState::GivenUp].map(count))
    }

    /// The log, newest first; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::Invalid`].
    pub async fn mails(&self, actor: &Actor, query: &MailQuery) -> Result<Page<Mail>, Error> {
        allow(actor, Deed::Administer, "see the log of mails")?;
        let rows = limit(query.limit)?;
        let end = query.after.as_deref().map(|after| {
            parts(after).ok_or_else(|| Error::invalid("after", "is not the `next` of a page before"))
        });
        let vars = Vars::new()
            .with("range", before(end.transpose()?))
            .with("state", query.state.map(|state| word(&state)))
            .with("limit", rows + 1);
        let mut answers = self.ask(DOING, LIST, vars).await?;
        let total: Option<u64> = answers.one(1)?;
        let found: Vec<Row> = answers.rows(0)?;
        let mut items = found.into_iter().map(mail).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > rows;
        items.truncate(rows);
        let next = items.last().filter(|_| more).map(|last| last.id.clone());
        Ok(Page {
            items,
            next,
            total: total.unwrap_or(0),
        })
    }

    /// Queues a mail of the log again, to be sent at once.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn mail_again(&self, actor: &Actor, name: &str, now: DateTime<Utc>) -> Result<Mail, Error> {
        allow(actor, Deed::Administer, "send mails again")?;
        let (rev, address) = parts(name).ok_or_else(|| unknown(name))?;
        let id = record(rev, address);
        let vars = Vars::new().with("id", id.clone());
        let there: Option<Row> = self.ask(DOING, READ, vars).await?.one(0)?;
        let there = there.ok_or_else(|| unknown(name))?;
        let change = Change {
            label: format!("{} to {}", there.subject, there.address),
            ..Change::of("mails", name, AuditDeed::SentAgain)
        };
        let vars = Vars::new()
            .with("id", id)
            .with("now", now)
            .audit(&By::from(actor), now, &[change])?;
        let row: Option<Row> = self.ask("sending a mail again", AGAIN, vars).await?.one(1)?;
        mail(row.ok_or_else(|| unknown(name))?)
    }
}

fn mail(row: Row) -> Result<Mail, Error> {
    let RecordIdKey::Array(place) = row.id.key else {
        return Err(broken(DOING, "an id that is not a list"));
    };
    let mut place = place.into_iter();
    let rev = place.next().and_then(|rev| u64::from_value(rev).ok());
    let key = place.next().and_then(|key| String::from_value(key).ok());
    let (Some(rev), Some(key)) = (rev, key) else {
        return Err(broken(DOING, "an id that is not a revision and an address"));
    };
    Ok(Mail {
        id: format!("{rev}.{key}"),
        message: row.message,
        moment: from_word(&row.moment).ok_or_else(|| broken(DOING, "a moment that is not known"))?,
        release: row.release.map(ReleaseNumber),
        address: row.address,
        recipient: row.recipient,
        subject: row.subject,
        text: row.text,
        // A state of a later version is none that this one sends in.
        state: from_word(&row.state).unwrap_or(MailState::GivenUp),
        attempts: row.attempts,
        created: row.created,
        at: row.at,
        next: row.next,
        trouble: row.trouble,
    })
}

#[cfg(test)]
mod tests;
