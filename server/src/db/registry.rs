//! The registers of changes, problems, articles, purchases and media: reading and writing records.
//!
//! - [`stored`]: how a record is stored, and how it is found;
//! - [`shelf`]: their heads in memory, for lists and search;
//! - [`linked`]: what releases that link records see of them;
//! - [`import`]: many at once;
//! - [`follow`]: drafts take over which CIs a change changes.

mod follow;
mod import;
mod linked;
mod shelf;
mod stored;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::registry::{Record, RecordRef, RegisterKind};
use domain::shorten;
use domain::wire::admin::AuditDeed;
use domain::wire::problem::FieldError;
use domain::wire::registry::{LinkingRelease, NewRecord, RecordDetail, RecordPatch};

use super::audit::{By, Change};
use super::cmdb::allow;
use super::query::{Vars, broken};
use super::writer::{Commit, REREADS, Writer, crowded, guarded};
use super::{Error, Store};

pub(super) use linked::link_id;
pub(super) use shelf::Shelf;
use stored::{Row, StoredRecord};

/// Most releases listed with a record.
const MOST_RELEASES: usize = 100;

const STORE: &str = guarded!(
    "INSERT INTO register_record $rows ON DUPLICATE KEY UPDATE
         body = $input.body, version = $input.version, updated = $input.updated, user = $input.user,
         by = $input.by, deleted = $input.deleted, following = $input.following RETURN NONE;
     INSERT INTO audit $audit RETURN NONE"
);

/// A change of a record that is about to be stored.
struct Write {
    at: RecordRef,
    before: Option<StoredRecord>,
    after: StoredRecord,
}

impl Write {
    /// Whether releases that link the record have something to take over.
    fn is_followed(&self) -> bool {
        let before = self.before.as_ref().map(|stored| &stored.record);
        self.at.register == RegisterKind::Changes
            && self.after.deleted.is_none()
            && before.is_some_and(|before| {
                before
                    .cis
                    .iter()
                    .map(|one| &one.ci)
                    .ne(self.after.record.cis.iter().map(|one| &one.ci))
                    || before.title() != self.after.record.title()
            })
    }

    fn audit(&self) -> Change {
        let json = |stored: &StoredRecord| serde_json::to_value(&stored.record).ok();
        let was_deleted = self.before.as_ref().map(|before| before.deleted.is_some());
        let deed = match (was_deleted, self.after.deleted.is_some()) {
            (None, _) => AuditDeed::Created,
            (Some(false), true) => AuditDeed::Retired,
            (Some(true), false) => AuditDeed::Restored,
            _ => AuditDeed::Changed,
        };
        Change {
            register: self.at.register.as_str(),
            record: self.at.key.to_string(),
            label: self.after.record.title().to_owned(),
            deed,
            before: self.before.as_ref().and_then(json),
            after: json(&self.after),
        }
    }
}

fn unknown(at: &RecordRef) -> Error {
    Error::NotFound(format!(
        "there is no {} `{}`",
        at.register.one(),
        shorten(at.key.as_str())
    ))
}

impl Store {
    /// A record with the releases that link it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn register_record(&self, actor: &Actor, at: &RecordRef) -> Result<RecordDetail, Error> {
        allow(actor, Deed::ViewCmdb, "see the registers")?;
        let stored = self.stored_record(at).await?.ok_or_else(|| unknown(at))?;
        let mut releases = Vec::new();
        {
            let ids = self.linked_by(at).await?;
            let register = self.register().await?;
            releases.extend(
                ids.into_iter()
                    .filter_map(|id| register.visible(actor, id))
                    .cloned(),
            );
        }
        releases.sort_by_key(|summary| std::cmp::Reverse(summary.updated));
        let releases_total = u64::try_from(releases.len()).unwrap_or(u64::MAX);
        Ok(RecordDetail {
            register: at.register,
            record: stored.record,
            version: stored.version,
            updated: stored.updated,
            by: stored.by,
            deleted: stored.deleted,
            releases: releases
                .into_iter()
                .take(MOST_RELEASES)
                .map(|summary| LinkingRelease {
                    id: summary.id,
                    number: summary.number,
                    title: summary.title,
                    stage: summary.stage,
                    disposition: summary.disposition,
                })
                .collect(),
            releases_total,
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key is taken, [`Error::Unfit`] for what is wrong with it, [`Error::NotAllowed`].
    pub async fn add_record(
        &self,
        actor: &Actor,
        register: RegisterKind,
        new: NewRecord,
        now: DateTime<Utc>,
    ) -> Result<RecordDetail, Error> {
        allow(actor, Deed::EditCmdb, "edit the registers")?;
        let at = RecordRef {
            register,
            key: new.key.clone(),
        };
        let record = new.draft().apply(register, &at.key, None).map_err(Error::Unfit)?;
        self.change_record(actor, at, now, move |_, before| match before {
            Some(there) => {
                let key = shorten(there.record.key.as_str());
                Err(Error::Conflict(if there.deleted.is_some() {
                    format!("{} `{key}` is deleted; bring it back instead", register.one())
                } else {
                    format!("there is a {} `{key}` already", register.one())
                }))
            }
            None => Ok((record.clone(), None)),
        })
        .await
    }

    /// Changes a record and answers it as it is then. Nothing happens when nothing differs.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `patch.version` is no longer the version, [`Error::Unfit`] for what is wrong with it,
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn patch_record(
        &self,
        actor: &Actor,
        at: RecordRef,
        patch: RecordPatch,
        now: DateTime<Utc>,
    ) -> Result<RecordDetail, Error> {
        allow(actor, Deed::EditCmdb, "edit the registers")?;
        self.change_record(actor, at, now, move |at, before| {
            let before = before.ok_or_else(|| unknown(at))?;
            if patch.version != before.version {
                return Err(Error::Conflict(format!(
                    "it was changed since you looked (version {}, now {} by {}). Look at it again, then repeat",
                    patch.version, before.version, before.by
                )));
            }
            let deleted = match patch.deleted {
                Some(false) => None,
                Some(true) => before.deleted.or(Some(now)),
                None => before.deleted,
            };
            if deleted.is_some() && before.deleted.is_some() {
                return Err(Error::Conflict("it is deleted; bring it back first".into()));
            }
            let draft = patch.clone().draft();
            let record = draft
                .apply(at.register, &at.key, Some(&before.record))
                .map_err(Error::Unfit)?;
            Ok((record, deleted))
        })
        .await
    }

    /// Deletes a record: it is no longer listed and cannot be linked anew; links that are there keep naming it.
    /// Deleting it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn delete_record(&self, actor: &Actor, at: RecordRef, now: DateTime<Utc>) -> Result<(), Error> {
        allow(actor, Deed::EditCmdb, "edit the registers")?;
        let deleting = self.change_record(actor, at, now, move |at, before| {
            let before = before.ok_or_else(|| unknown(at))?;
            Ok((before.record.clone(), before.deleted.or(Some(now))))
        });
        deleting.await.map(|_| ())
    }

    /// Stores what `change` makes of a record, under the one writer.
    async fn change_record(
        &self,
        actor: &Actor,
        at: RecordRef,
        now: DateTime<Utc>,
        change: impl Fn(&RecordRef, Option<&StoredRecord>) -> Result<(Record, Option<DateTime<Utc>>), Error>
        + Send
        + 'static,
    ) -> Result<RecordDetail, Error> {
        let (store, by, of) = (self.clone(), actor.clone(), at.clone());
        // A caller who hangs up must not leave the memory behind the database.
        let task = tokio::spawn(async move { store.write_record(&by, &of, now, change).await });
        task.await
            .map_err(|e| broken("storing a record", e.to_string()))??;
        self.register_record(actor, &at).await
    }

    async fn write_record(
        &self,
        actor: &Actor,
        at: &RecordRef,
        now: DateTime<Utc>,
        change: impl Fn(&RecordRef, Option<&StoredRecord>) -> Result<(Record, Option<DateTime<Utc>>), Error>,
    ) -> Result<(), Error> {
        // Before the writer is taken: loading the estate takes it as well.
        drop(self.estate().await?);
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let before = self.stored_record(at).await?;
            let (record, deleted) = change(at, before.as_ref())?;
            if let Some(before) = &before
                && before.record == record
                && before.deleted == deleted
            {
                return Ok(());
            }
            if let Some(missing) = self.missing(&record).await {
                return Err(Error::Unfit(vec![missing]));
            }
            let write = changed(actor, at.clone(), before, record, deleted, now);
            let by = By::from(actor);
            match self.store_records(&mut writer, vec![write], &by, now).await? {
                None => {}
                Some(followed) => {
                    drop(writer);
                    return self.follow(followed, now).await;
                }
            }
        }
        Err(crowded())
    }

    /// The first CI of a change that is not in the CMDB. What is in memory is enough: CIs are never deleted.
    async fn missing(&self, record: &Record) -> Option<FieldError> {
        let held = self.0.estate.read().await;
        let estate = held.as_ref()?;
        let missing = record
            .cis
            .iter()
            .find(|one| estate.index.node(one.ci.as_str()).is_none())?;
        Some(FieldError {
            at: "cis".into(),
            message: format!("there is no CI `{}` in the CMDB", shorten(missing.ci.as_str())),
        })
    }

    /// Stores records in one transaction; answers the changes that drafts have to follow, `None` if another process
    /// was faster and everything must be read again.
    async fn store_records(
        &self,
        writer: &mut Writer<'_>,
        mut writes: Vec<Write>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<RecordRef>>, Error> {
        let doing = "storing records";
        for write in &mut writes {
            write.after.following |= write.is_followed();
        }
        let rows = writes.iter().map(|write| Row::new(&write.at, &write.after));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let next = writer.counters().after(1);
        let audit: Vec<Change> = writes.iter().map(Write::audit).collect();
        let vars = Vars::new().with("rows", rows).audit(by, now, &audit)?;
        match writer.commit(doing, STORE, vars, next).await? {
            Commit::Moved => Ok(None),
            Commit::Done => {
                let followed = writes.iter().filter(|write| write.after.following);
                let followed = followed.map(|write| write.at.clone()).collect();
                if let Some(shelf) = &mut *self.0.shelf.write().await {
                    for write in writes {
                        shelf.put(write.at, &write.after);
                    }
                }
                Ok(Some(followed))
            }
        }
    }
}

/// A record after a change.
fn changed(
    actor: &Actor,
    at: RecordRef,
    before: Option<StoredRecord>,
    record: Record,
    deleted: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Write {
    let after = StoredRecord {
        record,
        version: before.as_ref().map_or(1, |before| before.version + 1),
        updated: now,
        user: actor.user,
        by: actor.name.clone(),
        deleted,
        following: before.as_ref().is_some_and(|before| before.following),
    };
    Write { at, before, after }
}

#[cfg(test)]
mod tests;
