//! The CMDB as people see it: lists, one CI, edits by hand, racks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed, may};
use domain::cmdb::CiPatch;
use domain::graph::{NodeId, answer, impact_over, relation_groups};
use domain::wire::Page;
use domain::wire::cmdb::{
    CiDetail, CiQuery, CiSummary, CiVersion, CmdbOverview, ImpactAnswer, ImpactRequest, RackElevation,
};
use domain::{CiKey, ClassKey, shorten};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use super::catalog::limit;
use super::ci::{CiRow, StoredCi, changes};
use super::estate::Estate;
use super::query::{Vars, broken, id};
use super::writer::{Commit, REREADS, crowded, guarded};
use super::{Error, Store};

/// Most CIs that an impact question may assume down.
const MAX_DOWN: usize = 1_000;

#[derive(SurrealValue)]
pub(super) struct VersionRow {
    pub(super) id: RecordId,
    pub(super) at: DateTime<Utc>,
    pub(super) by: String,
    pub(super) origin: String,
    pub(super) changes: String,
}

impl VersionRow {
    pub(super) fn new(key: &CiKey, version: &CiVersion) -> Self {
        let place: Array = vec![key.as_str().into_value(), version.revision.into_value()].into();
        Self {
            id: RecordId::new("ci_version", RecordIdKey::Array(place)),
            at: version.at,
            by: version.by.clone(),
            origin: version.origin.clone(),
            changes: serde_json::to_string(&version.changes).unwrap_or_default(),
        }
    }

    fn read(self) -> Result<CiVersion, Error> {
        let wrong = |detail: &str| broken("reading the history of a CI", detail);
        let RecordIdKey::Array(place) = self.id.key else {
            return Err(wrong("its id is not a list"));
        };
        let revision = place.into_iter().nth(1).and_then(|n| u64::from_value(n).ok());
        Ok(CiVersion {
            revision: revision.ok_or_else(|| wrong("its id holds no revision"))?,
            at: self.at,
            by: self.by,
            origin: self.origin,
            changes: serde_json::from_str(&self.changes).map_err(|e| wrong(&e.to_string()))?,
        })
    }
}

const READ: &str = "SELECT * FROM ONLY $id;
    SELECT * FROM ci_version:[$key, 0]..[$key, 9223372036854775807] ORDER BY id DESC LIMIT 50";
const PATCH: &str = guarded!(
    "UPDATE ONLY $id CONTENT $row RETURN NONE;
     INSERT INTO ci_version $version RETURN NONE"
);
const IN_RACK: &str = "SELECT * FROM ci WHERE rack = $rack";

pub(super) fn allow(actor: &Actor, deed: Deed, what: &str) -> Result<(), Error> {
    if may(actor, deed) {
        Ok(())
    } else {
        Err(Error::NotAllowed(format!("you may not {what}")))
    }
}

pub(super) fn unknown(key: &CiKey) -> Error {
    Error::NotFound(format!("there is no CI `{}`", shorten(key.as_str())))
}

/// Relations of one kind and direction that are shown with a CI.
const SHOWN_RELATIONS: usize = 50;

impl Store {
    /// Counts, classes and sites.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to see the CMDB.
    pub async fn overview(&self, actor: &Actor) -> Result<CmdbOverview, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let classes = self.classes().await?;
        let estate = self.estate().await?;
        let index = &estate.index;
        let mut by_class: BTreeMap<ClassKey, u64> = BTreeMap::new();
        let mut sites = Vec::new();
        for node in index.nodes() {
            let class = index.class(node);
            match by_class.get_mut(class) {
                Some(count) => *count += 1,
                None => {
                    by_class.insert(class.clone(), 1);
                }
            }
            if class.as_str() == "site" {
                sites.push(summary(&estate, node));
            }
        }
        sites.sort_by(|a, b| (&a.name, &a.key).cmp(&(&b.name, &b.key)));
        Ok(CmdbOverview {
            total: index.len() as u64,
            relations: index.relation_count() as u64,
            by_class,
            classes,
            sites,
        })
    }

    /// The CIs that match, by name, a page at a time.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], and [`Error::Invalid`] for a wrong `limit` or `after`.
    pub async fn cis(&self, actor: &Actor, query: &CiQuery) -> Result<Page<CiSummary>, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        self.estate().await?.catalog.list(query)
    }

    /// A CI with its relations, history and the releases that target it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn ci(&self, actor: &Actor, key: &CiKey) -> Result<CiDetail, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let vars = Vars::new()
            .with("id", id("ci", key.as_str()))
            .with("key", key.to_string());
        let mut answers = self.ask("reading a CI", READ, vars).await?;
        let stored = answers.one::<CiRow>(0)?.ok_or_else(|| unknown(key))?.read()?;
        let history = answers
            .rows::<VersionRow>(1)?
            .into_iter()
            .map(VersionRow::read)
            .collect::<Result<Vec<_>, _>>()?;
        let releases = self.releases_of_ci(actor, key).await?;
        let estate = self.estate().await?;
        let node = estate.index.node(key.as_str());
        let mut relations = node
            .map(|node| relation_groups(&estate.index, node, SHOWN_RELATIONS))
            .unwrap_or_default();
        for item in relations.iter_mut().flat_map(|group| &mut group.items) {
            // The catalogue knows serial numbers, the index does not.
            item.serial = estate.catalog.serial(&item.key);
        }
        Ok(CiDetail {
            ci: stored.ci,
            revision: stored.revision,
            updated: stored.updated,
            relations,
            releases,
            history,
        })
    }

    /// Changes a CI by hand and answers it as it is then. Nothing happens when nothing differs.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `patch.revision` is no longer the revision, [`Error::Invalid`] for unfit values,
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn patch_ci(
        &self,
        actor: &Actor,
        key: &CiKey,
        patch: CiPatch,
        now: DateTime<Utc>,
    ) -> Result<CiDetail, Error> {
        allow(actor, Deed::EditCmdb, "edit the CMDB")?;
        let (store, by, of) = (self.clone(), actor.name.clone(), key.clone());
        // A caller who hangs up must not leave the memory behind the database.
        let task = tokio::spawn(async move { store.write_patch(&by, &of, patch, now).await });
        task.await.map_err(|e| broken("editing a CI", e.to_string()))??;
        self.ci(actor, key).await
    }

    async fn write_patch(
        &self,
        by: &str,
        key: &CiKey,
        patch: CiPatch,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let before = self.stored_ci(key).await?.ok_or_else(|| unknown(key))?;
            if let Some(seen) = patch.revision.filter(|seen| *seen != before.revision) {
                return Err(Error::Conflict(format!(
                    "the CI was changed since you looked (revision {seen}, now {}). Look at it again, then repeat",
                    before.revision
                )));
            }
            let ci = patch.clone().apply(before.ci.clone());
            ci.check().map_err(|message| Error::invalid("ci", message))?;
            let version = CiVersion {
                revision: before.revision + 1,
                at: now,
                by: by.to_owned(),
                origin: "edit".to_owned(),
                changes: changes(&before.ci, &ci),
            };
            if version.changes.is_empty() {
                return Ok(());
            }
            let after = StoredCi {
                ci: ci.clone(),
                revision: version.revision,
                updated: now,
            };
            let vars = Vars::new()
                .with("id", id("ci", key.as_str()))
                .with("row", CiRow::new(after))
                .with("version", VersionRow::new(key, &version));
            let next = writer.counters().after(1);
            match writer.commit("editing a CI", PATCH, vars, next).await? {
                Commit::Moved => {}
                Commit::Done => {
                    self.note_cmdb([&ci], []).await;
                    return Ok(());
                }
            }
        }
        Err(crowded())
    }

    /// What stops working when CIs are down, or what they need.
    ///
    /// # Errors
    /// [`Error::NotFound`] naming a CI that is not there, [`Error::Invalid`], [`Error::NotAllowed`].
    pub async fn impact(&self, actor: &Actor, request: &ImpactRequest) -> Result<ImpactAnswer, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let limit = limit(request.limit)?;
        let (at, phases) = match (request.down.is_empty(), request.phases.is_empty()) {
            (false, false) => return Err(Error::invalid("phases", "give `down` or `phases`, not both")),
            (_, true) => ("down", std::slice::from_ref(&request.down)),
            (true, false) => ("phases", request.phases.as_slice()),
        };
        let many: usize = phases.iter().map(Vec::len).sum();
        if many == 0 || many > MAX_DOWN || phases.len() > MAX_DOWN {
            return Err(Error::invalid(
                at,
                format!("names {many} CIs; 1 to {MAX_DOWN} are allowed"),
            ));
        }
        let estate = self.estate().await?;
        let node = |key: &CiKey| estate.index.node(key.as_str()).ok_or_else(|| unknown(key));
        let nodes = |down: &Vec<CiKey>| down.iter().map(node).collect::<Result<Vec<_>, _>>();
        let phases = phases.iter().map(nodes).collect::<Result<Vec<_>, _>>()?;
        let reached = impact_over(&estate.index, &phases, request.direction, request.max_depth);
        Ok(answer(&estate.index, &reached, limit))
    }

    /// A rack with what stands in it, highest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for a CI that is not a rack, [`Error::NotAllowed`].
    pub async fn elevation(&self, actor: &Actor, key: &CiKey) -> Result<RackElevation, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let rack = self.stored_ci(key).await?.map(|stored| stored.ci);
        let rack = rack
            .filter(|ci| ci.class.as_str() == "rack")
            .ok_or_else(|| Error::NotFound(format!("there is no rack `{}`", shorten(key.as_str()))))?;
        let vars = Vars::new().with("rack", key.to_string());
        let rows: Vec<CiRow> = self.ask("reading a rack", IN_RACK, vars).await?.rows(0)?;
        let mut devices = rows
            .into_iter()
            .map(|row| row.read().map(|stored| stored.ci))
            .collect::<Result<Vec<_>, _>>()?;
        // `None` sorts below every position, so it comes last from the top.
        devices.sort_by(|a, b| {
            let high = |ci: &domain::cmdb::Ci| ci.placement.position.unwrap_or(-1.0);
            high(b).total_cmp(&high(a)).then_with(|| a.name.cmp(&b.name))
        });
        Ok(RackElevation { rack, devices })
    }

    /// What stands in a site, room or rack or is a part of a CI, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Error::NotAllowed`].
    pub async fn contents(
        &self,
        actor: &Actor,
        key: &CiKey,
        asked: Option<u32>,
        after: Option<&str>,
    ) -> Result<Page<CiSummary>, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let limit = limit(asked)?;
        let mut inside = self.held_by(key).await?;
        let total = inside.len() as u64;
        if let Some(after) = after {
            let (name, key) = after
                .rsplit_once('\n')
                .ok_or_else(|| Error::invalid("after", "is not the `next` of a page before"))?;
            let start = inside.partition_point(|ci| (ci.name.as_str(), ci.key.as_str()) <= (name, key));
            inside.drain(..start);
        }
        let more = inside.len() > limit;
        inside.truncate(limit);
        let next = inside
            .last()
            .filter(|_| more)
            .map(|last| format!("{}\n{}", last.name, last.key));
        Ok(Page {
            items: inside,
            next,
            total,
        })
    }
}

fn summary(estate: &Estate, node: NodeId) -> CiSummary {
    let key = estate.index.key(node);
    estate
        .catalog
        .summary(key)
        .unwrap_or_else(|| estate.index.summary(node))
}

#[cfg(test)]
mod tests;
