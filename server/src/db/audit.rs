//! Who changed which record of a register, and how. A row is written in the transaction of its change and never
//! touched again.
//!
//! A change is sent as [`audited!`] text, with its rows bound by [`Vars::audit`]:
//!
//! ```ignore
//! const RENAME: &str = audited!("UPDATE $id SET name = $name RETURN NONE");
//! let vars = vars.audit(&By::from(actor), now, &[change])?;
//! self.ask("renaming a unit", RENAME, vars).await?;
//! ```

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::UserId;
use domain::access::{Actor, Deed};
use domain::wire::Page;
use domain::wire::admin::{AuditDeed, AuditEntry, AuditQuery};
use serde_json::Value;
use surrealdb::types::{RecordId, SurrealValue};
use ulid::{Generator, Ulid};

use super::catalog::limit;
use super::query::{Vars, broken, id, key_of};
use super::words::{from_word, word};
use super::{Error, Store};

/// Longest text that is searched for.
const MAX_SEARCH: usize = 200;

/// Who changes a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    user: Option<UserId>,
    name: String,
}

impl By {
    /// Whoever runs a command on the data itself.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            user: None,
            name: "cli".to_owned(),
        }
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self {
            user: Some(actor.user),
            name: actor.name.clone(),
        }
    }
}

/// A change of one record, for the audit.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which register: the last part of its address, as `users`.
    pub register: &'static str,
    /// The key of the record.
    pub record: String,
    /// Its name, for people.
    pub label: String,
    /// What is done.
    pub deed: AuditDeed,
    /// The record before.
    pub before: Option<Value>,
    /// The record afterwards.
    pub after: Option<Value>,
}

impl Change {
    /// The head of a row; what is before and afterwards comes later.
    pub(super) fn of(register: &'static str, record: impl Into<String>, deed: AuditDeed) -> Self {
        Self {
            register,
            record: record.into(),
            label: String::new(),
            deed,
            before: None,
            after: None,
        }
    }
}

/// A transaction that ends with adding the rows bound to `$audit`. No `RETURN` statement in it: that ends it early,
/// and nothing is stored.
macro_rules! audited {
    ($($body:literal),+ $(,)?) => {
        concat!("BEGIN;\n", $($body),+, ";\nINSERT INTO audit $audit RETURN NONE;\nCOMMIT")
    };
}
pub(super) use audited;

#[derive(Clone, SurrealValue)]
struct Row {
    id: RecordId,
    at: DateTime<Utc>,
    user: Option<String>,
    by: String,
    register: String,
    record: String,
    label: String,
    deed: String,
    before: Option<String>,
    after: Option<String>,
}

/// What is left out unless it was asked for. `$by` is a person's identity or `cli`.
macro_rules! filtered {
    ($($part:literal),+) => {
        concat!(
            $($part, " ($register = NONE OR register = $register)
        AND ($record = NONE OR record = $record)
        AND ($by = NONE OR user = $by OR (user = NONE AND by = $by))
        AND ($q = NONE OR string::lowercase(string::join('\n', label, by, before OR '', after OR '')) CONTAINS $q)"),+,
            " GROUP ALL"
        )
    };
}
// Backwards from the newest, so that a page stops early.
const PAGE: &str = filtered!(
    "SELECT * FROM audit WHERE id < $before AND",
    " ORDER BY id DESC LIMIT $limit; SELECT VALUE count() FROM audit WHERE"
);
// Of one record: by the index over records.
const PAGE_OF_RECORD: &str = filtered!(
    "SELECT * FROM audit WHERE register = $register AND record = $record AND id < $before AND",
    " ORDER BY id DESC LIMIT $limit; SELECT VALUE count() FROM audit WHERE register = $register AND record = $record AND"
);

/// Later rows of this process have later ids, also within a millisecond.
fn next_id() -> Ulid {
    static LAST: Mutex<Generator> = Mutex::new(Generator::new());
    let mut generator = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    generator.generate().unwrap_or_else(|_| Ulid::new())
}

impl Vars {
    /// The rows that an [`audited!`] transaction adds.
    pub(super) fn audit(self, by: &By, at: DateTime<Utc>, changes: &[Change]) -> Result<Self, Error> {
        let json = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let rows: Vec<Row> = changes
            .iter()
            .map(|change| Row {
                id: id("audit", next_id().to_string()),
                at,
                user: by.user.map(|user| user.to_string()),
                by: by.name.clone(),
                register: change.register.to_owned(),
                record: change.record.clone(),
                label: change.label.clone(),
                deed: word(&change.deed),
                before: json(&change.before),
                after: json(&change.after),
            })
            .collect();
        Ok(self.with("audit", rows))
    }
}

impl Store {
    /// Changes of registers, newest first.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to administer, [`Error::Invalid`] for a wrong `limit`, `after` or `q`.
    pub async fn audit(&self, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditEntry>, Error> {
        super::cmdb::allow(actor, Deed::Administer, "read the audit")?;
        let rows = limit(query.limit)?;
        let before = match &query.after {
            // After every ULID.
            None => "~".to_owned(),
            Some(after) => Ulid::from_string(after)
                .map_err(|_| Error::invalid("after", "is not the `next` of a page before"))?
                .to_string(),
        };
        if query.q.as_ref().is_some_and(|q| q.chars().count() > MAX_SEARCH) {
            return Err(Error::invalid(
                "q",
                format!("is longer than {MAX_SEARCH} characters"),
            ));
        }
        let vars = Vars::new()
            .with("before", id("audit", before))
            .with("register", query.register.clone())
            .with("record", query.record.clone())
            .with("by", query.by.clone())
            .with("q", query.q.as_ref().map(|q| q.trim().to_lowercase()))
            .with("limit", rows + 1);
        let text = if query.register.is_some() && query.record.is_some() {
            PAGE_OF_RECORD
        } else {
            PAGE
        };
        let mut answers = self.ask("reading the audit", text, vars).await?;
        let total: Option<u64> = answers.rows(1)?.into_iter().next();
        let mut found: Vec<Row> = answers.rows(0)?;
        let more = found.len() > rows;
        found.truncate(rows);
        let items = found.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(Page {
            next: items.last().filter(|_| more).map(|last| last.id.clone()),
            items,
            total: total.unwrap_or(0),
        })
    }
}

fn entry(row: Row) -> Result<AuditEntry, Error> {
    let doing = "reading the audit";
    let json = |text: Option<String>| {
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|e| broken(doing, e.to_string()))
    };
    Ok(AuditEntry {
        id: key_of(row.id),
        at: row.at,
        user: row
            .user
            .map(|user| user.parse())
            .transpose()
            .map_err(|e: domain::BadId| broken(doing, e.to_string()))?,
        by: row.by,
        register: row.register,
        record: row.record,
        label: row.label,
        deed: from_word(&row.deed).ok_or_else(|| broken(doing, format!("the deed `{}`", row.deed)))?,
        before: json(row.before)?,
        after: json(row.after)?,
    })
}

#[cfg(test)]
mod tests;
