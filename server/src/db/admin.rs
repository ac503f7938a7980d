//! The registers around releases: one way to list, read, make and change their records, whatever they are.
//!
//! - [`Stored`]: what a kind of record says about how it is stored;
//! - `plain`: those that are JSON in a table of their own; `users`, `groups`, `types`: those with columns;
//! - `known`: what records may point at; `rights`: the rights of several groups at once;
//! - `explain`: why somebody can or cannot.

mod explain;
mod groups;
mod known;
mod plain;
mod rights;
mod types;
mod users;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::shorten;
use domain::wire::Page;
use domain::wire::admin::{AuditDeed, Kept, Patch, Register, RegisterQuery};
use domain::wire::problem::FieldError;
use serde_json::Value;
use surrealdb::types::RecordId;
use ulid::Ulid;

use super::audit::{By, Change};
use super::catalog::limit;
use super::error::Failure;
use super::query::{Answers, Vars, broken, explain, id};
use super::{Error, Store};

pub(super) use groups::insert_rights;
use known::Known;

/// Longest text that is searched for.
const MAX_SEARCH: usize = 200;

/// How records of a register are stored.
pub(crate) trait Stored: Register {
    /// Their table.
    const TABLE: &'static str;
    /// Reads all of them.
    const ALL: &'static str = plain::ALL;
    /// Reads the one at `$id`, in the same statements.
    const ONE_ROW: &'static str = plain::ONE_ROW;
    /// Makes one at `$id`; [`super::audit::audited`].
    const CREATE: &'static str = plain::CREATE;
    /// Changes the one at `$id` if its version is `$was`, and throws `stale` otherwise.
    const CHANGE: &'static str = plain::CHANGE;

    /// What [`Stored::ALL`] or [`Stored::ONE_ROW`] answered.
    fn read(answers: Answers) -> Result<Vec<Kept<Self>>, Error> {
        plain::read(answers)
    }

    /// The values of [`Stored::CREATE`] and [`Stored::CHANGE`].
    fn vars(_before: Option<&Kept<Self>>, now: &Kept<Self>, _at: DateTime<Utc>) -> Result<Vars, Error> {
        plain::vars(now)
    }

    /// Whether everything it newly points at is there and may be chosen.
    fn check_links(_before: Option<&Self>, _now: &Self, _known: &Known) -> Result<(), Error> {
        Ok(())
    }

    /// Who may see this record, beside administrators.
    fn is_open_to(&self, _actor: &Actor) -> bool {
        false
    }

    /// Whether they may make this change, beside administrators.
    fn may_change(&self, _actor: &Actor, _patch: &Patch) -> Result<bool, Error> {
        Ok(false)
    }
}

impl Store {
    /// The records of a register that match and that the actor may see, by name.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for somebody who may see none, [`Error::Invalid`] for a wrong query.
    pub(crate) async fn list_kept<T: Stored>(
        &self,
        actor: &Actor,
        query: &RegisterQuery,
    ) -> Result<Page<Kept<T>>, Error> {
        let rows = limit(query.limit)?;
        if query.q.as_ref().is_some_and(|q| q.chars().count() > MAX_SEARCH) {
            return Err(Error::invalid(
                "q",
                format!("is longer than {MAX_SEARCH} characters"),
            ));
        }
        let vars = Vars::new().with("table", T::TABLE);
        let doing = format!("listing the {}", T::NAME);
        let mut found = T::read(self.ask(&doing, T::ALL, vars).await?)?;
        if !actor.is_administrator() {
            found.retain(|record| record.value.is_open_to(actor));
            if found.is_empty() {
                return Err(not_allowed::<T>());
            }
        }
        let words: Vec<String> = query
            .q
            .iter()
            .flat_map(|q| q.split_whitespace())
            .map(str::to_lowercase)
            .collect();
        found.retain(|record| {
            (query.retired || !record.retired)
                && (words.is_empty() || {
                    let text = format!("{}\n{}", record.value.name(), record.value.text()).to_lowercase();
                    words.iter().all(|word| text.contains(word.as_str()))
                })
        });
        page(found, rows, query.after.as_deref())
    }

    /// One record of a register, also when it is retired.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub(crate) async fn kept<T: Stored>(&self, actor: &Actor, key: &str) -> Result<Kept<T>, Error> {
        let found = self.find::<T>(key).await?;
        match found {
            Some(record) if actor.is_administrator() || record.value.is_open_to(actor) => Ok(record),
            None if actor.is_administrator() => Err(unknown::<T>(key)),
            _ => Err(not_allowed::<T>()),
        }
    }

    /// Makes a record.
    ///
    /// # Errors
    /// [`Error::NotAllowed`]; [`Error::Invalid`] and [`Error::Taken`] name the field.
    pub(crate) async fn make_kept<T: Stored>(
        &self,
        actor: &Actor,
        key: String,
        value: T,
        now: DateTime<Utc>,
    ) -> Result<Kept<T>, Error> {
        let (made, change) = self.checked(actor, key, value).await?;
        let vars = T::vars(None, &made, now)?;
        self.store_new(actor, made, vars, &[change], now).await
    }

    /// A new record that may be stored, and the audit row that says so.
    async fn checked<T: Stored>(
        &self,
        actor: &Actor,
        key: String,
        mut value: T,
    ) -> Result<(Kept<T>, Change), Error> {
        allow::<T>(actor)?;
        value.check().map_err(at_field)?;
        T::check_links(None, &value, &self.known().await?)?;
        let made = Kept {
            id: key,
            version: 1,
            retired: false,
            value,
        };
        let change = Change {
            label: made.value.name().to_owned(),
            after: Some(json(&made.value)?),
            ..Change::of(T::NAME, &made.id, AuditDeed::Created)
        };
        Ok((made, change))
    }

    async fn store_new<T: Stored>(
        &self,
        actor: &Actor,
        made: Kept<T>,
        vars: Vars,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<Kept<T>, Error> {
        let vars =
            vars.with("id", id(T::TABLE, &made.id))
                .with("was", 0)
                .audit(&By::from(actor), now, changes)?;
        self.send::<T>(T::CREATE, vars, &made).await?;
        Ok(made)
    }

    /// Changes a record, retires it or gives it back.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`]; [`Error::Stale`] when it was changed meanwhile;
    /// [`Error::Invalid`] and [`Error::Taken`] name the field.
    pub(crate) async fn change_kept<T: Stored>(
        &self,
        actor: &Actor,
        key: &str,
        patch: &Patch,
        now: DateTime<Utc>,
    ) -> Result<Kept<T>, Error> {
        let found = self.find::<T>(key).await?;
        let before = match found {
            Some(before) if actor.is_administrator() || before.value.may_change(actor, patch)? => before,
            None if actor.is_administrator() => return Err(unknown::<T>(key)),
            _ => return Err(not_allowed::<T>()),
        };
        if before.version != patch.version {
            return Err(stale(&before, patch)?);
        }
        let mut value = merged(&before.value, patch)?;
        value.check().map_err(at_field)?;
        T::check_links(Some(&before.value), &value, &self.known().await?)?;
        let after = Kept {
            id: before.id.clone(),
            version: before.version + 1,
            retired: patch.retired.unwrap_or(before.retired),
            value,
        };
        if after.value == before.value && after.retired == before.retired {
            return Ok(before);
        }
        let deed = match (before.retired, after.retired) {
            (false, true) => AuditDeed::Retired,
            (true, false) => AuditDeed::Restored,
            _ => AuditDeed::Changed,
        };
        let change = Change {
            label: after.value.name().to_owned(),
            before: Some(json(&before.value)?),
            after: Some(json(&after.value)?),
            ..Change::of(T::NAME, &after.id, deed)
        };
        let vars = T::vars(Some(&before), &after, now)?
            .with("id", id(T::TABLE, &after.id))
            .with("was", before.version)
            .audit(&By::from(actor), now, &[change])?;
        match self.send::<T>(T::CHANGE, vars, &after).await {
            Ok(()) => Ok(after),
            // Between reading and writing.
            Err(Error::Conflict(word)) if word == STALE => match self.find::<T>(key).await? {
                Some(current) => Err(stale(&current, patch)?),
                None => Err(unknown::<T>(key)),
            },
            Err(error) => Err(error),
        }
    }

    /// Retires a record; one that is retired stays so.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`], [`Error::Busy`] when others keep changing it.
    pub(crate) async fn retire_kept<T: Stored>(
        &self,
        actor: &Actor,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        for _ in 0..RETIRE_TRIES {
            let patch = Patch {
                version: self.kept::<T>(actor, key).await?.version,
                retired: Some(true),
                fields: std::collections::BTreeMap::new(),
            };
            match self.change_kept::<T>(actor, key, &patch, now).await {
                Err(Error::Stale { .. }) => {}
                outcome => return outcome.map(|_| ()),
            }
        }
        Err(Error::Busy(format!(
            "others keep changing this {}. Try again",
            T::ONE
        )))
    }

    pub(super) async fn find<T: Stored>(&self, key: &str) -> Result<Option<Kept<T>>, Error> {
        let vars = Vars::new()
            .with("id", id(T::TABLE, key))
            .with("key", key.to_owned());
        let doing = format!("reading a {}", T::ONE);
        Ok(T::read(self.ask(&doing, T::ONE_ROW, vars).await?)?
            .into_iter()
            .next())
    }

    async fn send<T: Stored>(&self, text: &'static str, vars: Vars, record: &Kept<T>) -> Result<(), Error> {
        let doing = format!("storing a {}", T::ONE);
        match self.attempt(&doing, text, vars).await {
            Ok(_) => Ok(()),
            Err(Failure::Taken(_)) => {
                let (at, value) = record.value.unique().unwrap_or(("id", &record.id));
                Err(Error::Taken {
                    at: at.to_owned(),
                    message: format!(
                        "`{}` is taken by another {}, perhaps a retired one",
                        shorten(value),
                        T::ONE
                    ),
                })
            }
            Err(Failure::Thrown(word)) if word == STALE => Err(Error::Conflict(word)),
            Err(Failure::Thrown(word)) if word == LAST => Err(Error::Conflict(
                "nobody would be left who may administer. Make somebody else an administrator first".into(),
            )),
            Err(failure) => Err(explain(&doing, failure)),
        }
    }
}

/// What a change throws that was made on another version.
const STALE: &str = "stale";
/// What a change throws that would leave nobody who may administer.
const LAST: &str = "last administrator";
/// Tries to retire a record that others keep changing.
const RETIRE_TRIES: u32 = 5;

/// A key for a new record.
pub(crate) fn new_key() -> String {
    Ulid::new().to_string()
}

fn allow<T: Stored>(actor: &Actor) -> Result<(), Error> {
    if domain::access::may(actor, Deed::Administer) {
        Ok(())
    } else {
        Err(not_allowed::<T>())
    }
}

fn not_allowed<T: Stored>() -> Error {
    Error::NotAllowed(format!("you may not administer the {}", T::NAME))
}

fn unknown<T: Stored>(key: &str) -> Error {
    Error::NotFound(format!("there is no {} `{}`", T::ONE, shorten(key)))
}

fn at_field(error: FieldError) -> Error {
    Error::invalid(error.at, error.message)
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|e| broken("storing a record", e.to_string()))
}

/// The record with the fields of the patch in it.
fn merged<T: Stored>(before: &T, patch: &Patch) -> Result<T, Error> {
    let Value::Object(mut fields) = json(before)? else {
        return Err(broken("storing a record", "it is no object"));
    };
    for (name, value) in &patch.fields {
        fields.insert(name.clone(), value.clone());
    }
    // An emptied field is one that is not there.
    fields.retain(|_, value| !value.is_null());
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let at = error.path().to_string();
        let message: String = error.inner().to_string().chars().take(300).collect();
        Error::invalid(
            if at == "." {
                "body".to_owned()
            } else {
                shorten(&at)
            },
            message,
        )
    })
}

fn stale<T: Stored>(current: &Kept<T>, patch: &Patch) -> Result<Error, Error> {
    let shown = json(current)?;
    let errors = patch
        .fields
        .iter()
        .filter(|(name, sent)| shown.get(name).unwrap_or(&Value::Null) != *sent)
        .map(|(name, sent)| {
            let now = shown.get(name).unwrap_or(&Value::Null).to_string();
            FieldError {
                at: shorten(name),
                message: format!(
                    "is {} now; you sent {}",
                    shorten(&now),
                    shorten(&sent.to_string())
                ),
            }
        })
        .collect();
    Ok(Error::Stale {
        detail: format!(
            "This {} was changed since you saw it: it is at version {}, your change was made on version {}. \
             Look at `current` and send the change again with its version",
            T::ONE,
            current.version,
            patch.version
        ),
        errors,
        current: shown,
    })
}

/// A page of records, by name and then by key.
fn page<T: Stored>(
    mut found: Vec<Kept<T>>,
    rows: usize,
    after: Option<&str>,
) -> Result<Page<Kept<T>>, Error> {
    let place = |record: &Kept<T>| (record.value.name().to_lowercase(), record.id.clone());
    found.sort_by_cached_key(place);
    let total = found.len() as u64;
    if let Some(after) = after {
        let (name, key) = after
            .rsplit_once('\n')
            .ok_or_else(|| Error::invalid("after", "is not the `next` of a page before"))?;
        let after = (name.to_owned(), key.to_owned());
        let start = found.partition_point(|record| place(record) <= after);
        found.drain(..start);
    }
    let more = found.len() > rows;
    found.truncate(rows);
    let next = found.last().filter(|_| more).map(|last| {
        let (name, key) = place(last);
        format!("{name}\n{key}")
    });
    Ok(Page {
        items: found,
        next,
        total,
    })
}

/// The record id of a thing of another table.
fn pointer(table: &str, key: &impl ToString) -> RecordId {
    id(table, key.to_string())
}

#[cfg(test)]
mod tests;
