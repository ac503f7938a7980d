//! The heads of all records in memory: lists and search with exact totals.

use std::collections::BTreeMap;

use domain::access::{Actor, Deed};
use domain::registry::{Record, RecordField, RecordRef, RegisterKind};
use domain::wire::Page;
use domain::wire::registry::{RecordSummary, RegisterQuery};
use tokio::sync::RwLockReadGuard;

use super::{Row, StoredRecord};
use crate::db::catalog::limit;
use crate::db::cmdb::allow;
use crate::db::{Error, Store};

/// Longest text that is searched for.
const MAX_SEARCH: usize = 200;

const ALL: &str = "SELECT * FROM register_record";

/// All records by register and key.
#[derive(Debug, Default)]
pub(in crate::db) struct Shelf(BTreeMap<RecordRef, Head>);

#[derive(Debug)]
struct Head {
    summary: RecordSummary,
    deleted: bool,
    /// What is searched, in small letters.
    text: String,
}

impl Shelf {
    /// Takes a record, new or changed.
    pub(super) fn put(&mut self, at: RecordRef, stored: &StoredRecord) {
        let record = &stored.record;
        let summary = RecordSummary {
            key: record.key.clone(),
            title: record.title().to_owned(),
            status: record.text(RecordField::Status).to_owned(),
            detail: detail(at.register, record).to_owned(),
            link: record.text(RecordField::Link).to_owned(),
            cis: u64::try_from(record.cis.len()).unwrap_or(u64::MAX),
            updated: stored.updated,
        };
        let text = format!(
            "{}\n{}\n{}\n{}",
            summary.key, summary.title, summary.status, summary.detail
        );
        let head = Head {
            text: text.to_lowercase(),
            deleted: stored.deleted.is_some(),
            summary,
        };
        self.0.insert(at, head);
    }

    fn list(&self, register: RegisterKind, query: &RegisterQuery) -> Result<Page<RecordSummary>, Error> {
        let limit = limit(query.limit)?;
        let q = query.q.as_deref().unwrap_or_default();
        if q.chars().count() > MAX_SEARCH {
            return Err(Error::invalid(
                "q",
                format!("is longer than {MAX_SEARCH} characters"),
            ));
        }
        let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
        let status = query.status.as_deref().map(str::to_lowercase);
        let deleted = query.deleted.unwrap_or(false);
        let matching = self.0.iter().filter(|(at, head)| {
            at.register == register
                && head.deleted == deleted
                && status
                    .as_ref()
                    .is_none_or(|status| head.summary.status.to_lowercase() == *status)
                && words.iter().all(|word| head.text.contains(word))
        });
        let (mut items, mut total, mut more) = (Vec::new(), 0, false);
        for (at, head) in matching {
            total += 1;
            let passed = query
                .after
                .as_ref()
                .is_some_and(|after| at.key.as_str() <= after.as_str());
            if passed {
                continue;
            }
            if items.len() < limit {
                items.push(head.summary.clone());
            } else {
                more = true;
            }
        }
        let next = items.last().filter(|_| more).map(|last| last.key.to_string());
        Ok(Page { items, next, total })
    }
}

fn detail(register: RegisterKind, record: &Record) -> &str {
    match register {
        RegisterKind::Changes => record.text(RecordField::Risk),
        RegisterKind::Purchases => record.text(RecordField::Project),
        RegisterKind::Media => record.text(RecordField::Version),
        RegisterKind::Problems | RegisterKind::Knowledge => "",
    }
}

impl Store {
    /// The records of a register that match, by key, a page at a time.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], and [`Error::Invalid`] for a wrong `limit` or `q`.
    pub async fn records(
        &self,
        actor: &Actor,
        register: RegisterKind,
        query: &RegisterQuery,
    ) -> Result<Page<RecordSummary>, Error> {
        allow(actor, Deed::ViewCmdb, "see the registers")?;
        self.shelf().await?.list(register, query)
    }

    async fn shelf(&self) -> Result<RwLockReadGuard<'_, Shelf>, Error> {
        loop {
            if let Ok(shelf) = RwLockReadGuard::try_map(self.0.shelf.read().await, Option::as_ref) {
                return Ok(shelf);
            }
            // Nothing is committed between reading the database and having it in memory.
            let _writer = self.0.writer.lock().await;
            let mut held = self.0.shelf.write().await;
            if held.is_none() {
                let mut shelf = Shelf::default();
                self.stream::<Row>("loading the registers", ALL, |row| {
                    let (at, stored) = row.read()?;
                    shelf.put(at, &stored);
                    Ok(())
                })
                .await?;
                *held = Some(shelf);
            }
        }
    }
}
