//! What releases that link records see of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Actor, Deed};
use domain::registry::{KnownRecord, Record, RecordField, RecordRef};
use domain::release::{CiFact, LinkKey, Release};
use domain::wire::registry::LinkNow;
use domain::{CiKey, ReleaseId};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use crate::db::cmdb::allow;
use crate::db::query::{Vars, broken};
use crate::db::{Error, Store};

const LINKED_BY: &str = "SELECT VALUE release FROM record_link:[$register, $key, '']..[$register, $key, '~']";

/// The row that says that a release links a record.
pub(in crate::db) fn link_id(at: &RecordRef, release: ReleaseId) -> RecordId {
    let place: Array = vec![
        at.register.as_str().into_value(),
        at.key.as_str().into_value(),
        release.to_string().into_value(),
    ]
    .into();
    RecordId::new("record_link", RecordIdKey::Array(place))
}

impl Store {
    /// The releases that link a record, whoever may see them.
    pub(super) async fn linked_by(&self, at: &RecordRef) -> Result<Vec<ReleaseId>, Error> {
        let doing = "looking up who links a record";
        let vars = Vars::new()
            .with("register", at.register.as_str())
            .with("key", at.key.to_string());
        let ids: Vec<String> = self.ask(doing, LINKED_BY, vars).await?.rows(0)?;
        ids.into_iter()
            .map(|id| id.parse().map_err(|e| broken(doing, format!("{e}"))))
            .collect()
    }

    /// What the write path must know about records, and about the CIs that they change; deleted ones are not there.
    pub(in crate::db) async fn known_records(
        &self,
        wanted: &BTreeSet<RecordRef>,
    ) -> Result<BTreeMap<RecordRef, KnownRecord>, Error> {
        let mut stored = self.stored_records(wanted).await?;
        stored.retain(|_, one| one.deleted.is_none());
        let cis: BTreeSet<CiKey> = stored
            .values()
            .flat_map(|one| one.record.cis.iter().map(|changed| changed.ci.clone()))
            .collect();
        let facts = self.ci_facts(&cis).await?;
        let name = |ci: &CiKey| match facts.get(ci) {
            Some(CiFact::Live { name } | CiFact::Retired { name }) => name.clone(),
            _ => ci.to_string(),
        };
        Ok(stored
            .into_iter()
            .map(|(at, one)| {
                let record = one.record;
                let known = KnownRecord {
                    title: record.title().to_owned(),
                    status: record.text(RecordField::Status).to_owned(),
                    cis: record
                        .cis
                        .iter()
                        .map(|changed| (changed.ci.clone(), name(&changed.ci)))
                        .collect(),
                };
                (at, known)
            })
            .collect())
    }

    /// What a release links, as the registers have it now; nothing for who may not see them.
    pub(in crate::db) async fn links_now(
        &self,
        actor: &Actor,
        release: &Release,
    ) -> Result<Vec<LinkNow>, Error> {
        if allow(actor, Deed::ViewCmdb, "see the registers").is_err() {
            return Ok(Vec::new());
        }
        let wanted: Vec<&RecordRef> = release.live_links().filter_map(|(key, _)| key.record()).collect();
        let mut stored = self.stored_records(wanted).await?;
        let links = release
            .live_links()
            .filter_map(|(key, link)| Some((key.record()?, link)));
        Ok(links
            .map(|(at, link)| {
                let record = stored
                    .remove(at)
                    .filter(|one| one.deleted.is_none())
                    .map(|one| one.record);
                let now = record.iter().flat_map(|record| &record.cis);
                let more = now
                    .filter(|one| !link.cis.contains_key(&one.ci))
                    .cloned()
                    .collect();
                let gone = |ci: &CiKey| {
                    let there = |record: &Record| record.cis.iter().any(|one| one.ci == *ci);
                    record.as_ref().is_some_and(|record| !there(record))
                };
                LinkNow {
                    link: LinkKey::Record(at.clone()),
                    status: link.status,
                    more,
                    less: link.cis.keys().filter(|ci| gone(ci)).cloned().collect(),
                    record,
                }
            })
            .collect())
    }
}
