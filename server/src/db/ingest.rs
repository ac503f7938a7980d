//! Bulk writing for imports: one chunk, one transaction, nothing written that is there already.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::CiKey;
use domain::cmdb::{Ci, Relation, RelationKind};
use domain::wire::cmdb::{CiVersion, Tally};
use surrealdb::types::{RecordId, SurrealValue};

use super::ci::{CiRow, StoredCi, changes, digest};
use super::cmdb::VersionRow;
use super::query::{Vars, id, key_of};
use super::relation::{EdgeRow, record};
use super::writer::{Commit, REREADS, crowded, guarded};
use super::{Error, Store};

/// Who writes a chunk, when, and through what.
pub(crate) struct Origin<'a> {
    pub by: &'a str,
    pub origin: &'a str,
    pub at: DateTime<Utc>,
}

#[derive(SurrealValue)]
struct HashRow {
    id: RecordId,
    hash: String,
    revision: u64,
}

const HASHES: &str = "SELECT id, hash, revision FROM $ids";
const THERE: &str = "SELECT VALUE id FROM $ids";
// New CIs apart from changed ones: looking for what is to be updated takes the engine as long as inserting.
const WRITE_CIS: &str = guarded!(
    "INSERT INTO ci $new RETURN NONE;
     INSERT INTO ci $changed ON DUPLICATE KEY UPDATE
         name = $input.name, class = $input.class, lifecycle = $input.lifecycle, serial = $input.serial,
         asset_tag = $input.asset_tag, version = $input.version, owner = $input.owner,
         criticality = $input.criticality, site = $input.site, location = $input.location,
         rack = $input.rack, position = $input.position, face = $input.face, height = $input.height,
         attributes = $input.attributes, revision = $input.revision, updated = $input.updated,
         hash = $input.hash
         RETURN NONE;
     INSERT INTO ci_version $versions RETURN NONE"
);

fn write_relations(kind: RelationKind) -> &'static str {
    macro_rules! insert {
        ($table:literal) => {
            guarded!("INSERT RELATION INTO ", $table, " $rows RETURN NONE")
        };
    }
    match kind {
        RelationKind::DependsOn => insert!("depends_on"),
        RelationKind::RunsOn => insert!("runs_on"),
        RelationKind::PoweredBy => insert!("powered_by"),
        RelationKind::PartOf => insert!("part_of"),
        RelationKind::LocatedIn => insert!("located_in"),
        RelationKind::ConnectedTo => insert!("connected_to"),
        RelationKind::InstalledFrom => insert!("installed_from"),
    }
}

impl Store {
    /// Rows that go into one transaction.
    pub(crate) fn batch(&self) -> usize {
        self.target().batch()
    }

    /// Those of the keys that name a CI.
    pub(crate) async fn existing(&self, keys: &[CiKey]) -> Result<HashSet<CiKey>, Error> {
        let mut there = HashSet::new();
        for part in keys.chunks(self.batch()) {
            let ids: Vec<RecordId> = part.iter().map(|key| id("ci", key.as_str())).collect();
            let found: Vec<RecordId> = self
                .ask("looking up CIs", THERE, Vars::new().with("ids", ids))
                .await?
                .rows(0)?;
            let found: HashSet<String> = found.into_iter().map(key_of).collect();
            there.extend(part.iter().filter(|key| found.contains(key.as_str())).cloned());
        }
        Ok(there)
    }

    /// Stores new and changed CIs of a chunk, or with `dry_run` only counts them. Answers which are new.
    pub(crate) async fn ingest_cis(
        &self,
        cis: &[Ci],
        origin: &Origin<'_>,
        dry_run: bool,
    ) -> Result<(Tally, Vec<CiKey>), Error> {
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let mut tally = Tally {
                read: cis.len() as u64,
                ..Tally::default()
            };
            let known = self.hashes(cis).await?;
            let mut writing = Vec::new();
            for ci in cis {
                match known.get(ci.key.as_str()) {
                    Some((hash, _)) if *hash == digest(ci) => tally.unchanged += 1,
                    Some((_, revision)) => {
                        tally.updated += 1;
                        writing.push((ci, revision + 1));
                    }
                    None => {
                        tally.created += 1;
                        writing.push((ci, 1));
                    }
                }
            }
            let new = writing.iter().filter(|(_, revision)| *revision == 1);
            let new: Vec<CiKey> = new.map(|(ci, _)| ci.key.clone()).collect();
            if dry_run || writing.is_empty() {
                return Ok((tally, new));
            }
            let before = self.before(&writing).await?;
            let (mut fresh, mut changed, mut versions) = (Vec::new(), Vec::new(), Vec::new());
            for (ci, revision) in &writing {
                let version = CiVersion {
                    revision: *revision,
                    at: origin.at,
                    by: origin.by.to_owned(),
                    origin: origin.origin.to_owned(),
                    changes: before
                        .get(&ci.key)
                        .map(|before| changes(before, ci))
                        .unwrap_or_default(),
                };
                versions.push(VersionRow::new(&ci.key, &version));
                let rows = if *revision == 1 { &mut fresh } else { &mut changed };
                rows.push(CiRow::new(StoredCi {
                    ci: (*ci).clone(),
                    revision: *revision,
                    updated: origin.at,
                }));
            }
            let vars = Vars::new()
                .with("new", fresh)
                .with("changed", changed)
                .with("versions", versions);
            let next = writer.counters().after(1);
            match writer
                .commit("storing imported CIs", WRITE_CIS, vars, next)
                .await?
            {
                Commit::Moved => {}
                Commit::Done => {
                    self.note_cmdb(writing.iter().map(|(ci, _)| *ci), []).await;
                    return Ok((tally, new));
                }
            }
        }
        Err(crowded())
    }

    async fn hashes(&self, cis: &[Ci]) -> Result<HashMap<String, (String, u64)>, Error> {
        let ids: Vec<RecordId> = cis.iter().map(|ci| id("ci", ci.key.as_str())).collect();
        let vars = Vars::new().with("ids", ids);
        let rows: Vec<HashRow> = self.ask("comparing CIs", HASHES, vars).await?.rows(0)?;
        Ok(rows
            .into_iter()
            .map(|row| (key_of(row.id), (row.hash, row.revision)))
            .collect())
    }

    /// The CIs that are about to be changed, as they are.
    async fn before(&self, writing: &[(&Ci, u64)]) -> Result<HashMap<CiKey, Ci>, Error> {
        let changed: Vec<CiKey> = writing
            .iter()
            .filter(|(_, revision)| *revision > 1)
            .map(|(ci, _)| ci.key.clone())
            .collect();
        if changed.is_empty() {
            return Ok(HashMap::new());
        }
        let stored = self.stored_cis(&changed).await?;
        Ok(stored
            .into_iter()
            .map(|stored| (stored.ci.key.clone(), stored.ci))
            .collect())
    }

    /// Stores the new relations of a chunk, all of one kind, or with `dry_run` only counts them. Both ends
    /// exist. With `fresh` they are known to be new, because one of their ends is: that spares looking.
    pub(crate) async fn ingest_relations(
        &self,
        kind: RelationKind,
        relations: &[Relation],
        mut fresh: bool,
        dry_run: bool,
    ) -> Result<Tally, Error> {
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let there = if fresh {
                HashSet::new()
            } else {
                self.related(relations).await?
            };
            let new: Vec<&Relation> = relations
                .iter()
                .filter(|relation| !there.contains(&key_of(record(relation))))
                .collect();
            let tally = Tally {
                read: relations.len() as u64,
                created: new.len() as u64,
                unchanged: (relations.len() - new.len()) as u64,
                ..Tally::default()
            };
            if dry_run || new.is_empty() {
                return Ok(tally);
            }
            let rows: Vec<EdgeRow> = new.iter().map(|relation| EdgeRow::new(relation)).collect();
            let next = writer.counters().after(1);
            let vars = Vars::new().with("rows", rows);
            let sent = writer
                .commit("storing imported relations", write_relations(kind), vars, next)
                .await;
            match sent {
                // Somebody else has related the new CI meanwhile: look, then.
                Err(_) if fresh => fresh = false,
                Err(error) => return Err(error),
                Ok(Commit::Moved) => {}
                Ok(Commit::Done) => {
                    self.note_cmdb([], new.iter().copied()).await;
                    return Ok(tally);
                }
            }
        }
        Err(crowded())
    }

    /// The ids of those relations that are stored.
    async fn related(&self, relations: &[Relation]) -> Result<HashSet<String>, Error> {
        let ids: Vec<RecordId> = relations.iter().map(record).collect();
        let vars = Vars::new().with("ids", ids);
        let there: Vec<RecordId> = self.ask("comparing relations", THERE, vars).await?.rows(0)?;
        Ok(there.into_iter().map(key_of).collect())
    }
}
