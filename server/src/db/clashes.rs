//! Which releases get in each other's way.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::graph::{Footprint, Way, clash};
use domain::release::{Release, ReleaseField};
use domain::wire::clash::{Clashes, Meeting, ReleaseClash};
use domain::wire::cmdb::PathHop;
use domain::wire::release::ReleaseSummary;
use domain::{CiKey, ReleaseId};
use surrealdb::types::RecordId;

use super::catalog::limit;
use super::estate::Estate;
use super::oplog::BodyRow;
use super::query::{Vars, broken, id};
use super::{Error, Store};

const DOING: &str = "comparing releases";
/// Releases that are looked at for one answer, the nearest in time.
const MOST: usize = 100;
const BODIES: &str = "SELECT body FROM $ids";

impl Store {
    /// The open releases that the actor may see, that are planned for the same time as this one, and that meet it
    /// somewhere; `rows` CIs of each.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to see the CMDB, [`Error::Invalid`] for a wrong number of rows.
    pub async fn release_clashes(
        &self,
        actor: &Actor,
        release: &Release,
        rows: u32,
    ) -> Result<Clashes, Error> {
        super::cmdb::allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let rows = limit(Some(rows))?;
        let time = |field| release.time(field);
        let (Some(start), Some(end)) = (time(ReleaseField::PlannedStart), time(ReleaseField::PlannedEnd))
        else {
            return Ok(Clashes::default());
        };
        let (overlapping, nearest) = self.overlapping(actor, release.id, start, end).await?;
        let bodies = self.bodies(nearest.keys()).await?;
        let estate = self.estate().await?;
        let ours = footprint(&estate, release);
        let mut items = Vec::new();
        for other in &bodies {
            let Some((summary, start, end)) = nearest.get(&other.id) else {
                continue;
            };
            let found = clash(&estate.index, &ours, &footprint(&estate, other), rows);
            if found.meets.is_empty() {
                continue;
            }
            let meets = found.meets.into_iter().map(|meet| Meeting {
                kind: meet.kind,
                key: estate.index.key(meet.at).clone(),
                name: estate.index.name(meet.at).to_owned(),
                ours: hops(&estate, meet.ours),
                theirs: hops(&estate, meet.theirs),
            });
            items.push(ReleaseClash {
                id: summary.id,
                number: summary.number,
                title: summary.title.clone(),
                stage: summary.stage,
                start: *start,
                end: *end,
                meets: meets.collect(),
                counts: found
                    .counts
                    .into_iter()
                    .map(|(kind, count)| (kind, count as u64))
                    .collect(),
            });
        }
        items.sort_by_key(|item| (item.start, item.id));
        Ok(Clashes {
            overlapping: Some(overlapping),
            compared: bodies.len() as u64,
            items,
        })
    }

    /// How many open releases are planned for a time that overlaps, and the nearest of them.
    async fn overlapping(
        &self,
        actor: &Actor,
        but: ReleaseId,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<(u64, Nearest), Error> {
        let register = self.register().await?;
        let mut found: Vec<(&ReleaseSummary, DateTime<Utc>, DateTime<Utc>)> = register
            .open(actor)
            .filter(|summary| summary.id != but)
            .filter_map(|summary| Some((summary, summary.planned_start?, summary.planned_end?)))
            .filter(|(_, from, to)| *from < end && start < *to)
            .collect();
        let all = found.len() as u64;
        found.sort_by_key(|(summary, from, _)| ((*from - start).abs(), summary.id));
        let nearest = found.into_iter().take(MOST);
        let nearest = nearest.map(|(summary, from, to)| (summary.id, (summary.clone(), from, to)));
        Ok((all, nearest.collect()))
    }

    async fn bodies(&self, releases: impl Iterator<Item = &ReleaseId>) -> Result<Vec<Release>, Error> {
        let ids: Vec<RecordId> = releases
            .map(|release| id("release", release.to_string()))
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<BodyRow> = self
            .ask(DOING, BODIES, Vars::new().with("ids", ids))
            .await?
            .rows(0)?;
        rows.iter()
            .map(|row| serde_json::from_str(&row.body).map_err(|e| broken(DOING, e.to_string())))
            .collect()
    }
}

type Nearest = BTreeMap<ReleaseId, (ReleaseSummary, DateTime<Utc>, DateTime<Utc>)>;

/// What is not in the CMDB meets nobody.
fn footprint(estate: &Estate, release: &Release) -> Footprint {
    let node = |key: &CiKey| estate.index.node(key.as_str());
    Footprint {
        touched: release.touched_cis().iter().filter_map(node).collect(),
        phases: release
            .outages()
            .iter()
            .map(|down| down.iter().filter_map(node).collect())
            .collect(),
    }
}

fn hops(estate: &Estate, way: Way) -> Vec<PathHop> {
    way.into_iter()
        .map(|(node, kind)| PathHop {
            key: estate.index.key(node).clone(),
            name: estate.index.name(node).to_owned(),
            kind,
        })
        .collect()
}
