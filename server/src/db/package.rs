//! The offline package: what a device takes along of the CMDB.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed, may_view};
use domain::cmdb::Ci;
use domain::graph::{NodeId, Room, extract, standing_in};
use domain::release::{Disposition, Release, Rev};
use domain::sync::{MAX_FOLLOW, MAX_SITES, Package, PackageReq};
use domain::{CiKey, ReleaseId};
use surrealdb::types::RecordId;

use super::cmdb::allow;
use super::oplog::BodyRow;
use super::query::{Vars, broken, id, key_of};
use super::{Error, Store};

/// CIs read in one request.
const CHUNK: usize = 2_000;

const NAMING: &str = "RETURN array::distinct(array::flatten($cis<-targets<-release))";
const BODIES: &str = "SELECT body FROM $releases";

impl Store {
    /// What a device needs to tell the impact of these releases and of what stands in these sites (or locations or
    /// rooms) without a network, and which releases are about these sites. Releases that are not
    /// there or may not be seen, and sites that are not there, add nothing.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to see the CMDB: an empty package would say that nothing is affected.
    /// [`Error::Invalid`] for too many releases or sites.
    pub async fn package(
        &self,
        actor: &Actor,
        request: &PackageReq,
        now: DateTime<Utc>,
    ) -> Result<Package, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        at_most("releases", request.releases.len(), MAX_FOLLOW)?;
        at_most("sites", request.sites.len(), MAX_SITES)?;
        // First of all: what is committed meanwhile may be in the package, but is not promised.
        let at = Rev(self.register().await?.head());
        let touched = self.touched(actor, &request.releases).await?;
        let (here, keys, relations, cut) = {
            let estate = self.estate().await?;
            let index = &estate.index;
            let nodes = |keys: &[CiKey]| -> Vec<NodeId> {
                keys.iter().filter_map(|key| index.node(key.as_str())).collect()
            };
            let keys = |nodes: &[NodeId]| -> Vec<CiKey> {
                nodes.iter().map(|node| index.key(*node).clone()).collect()
            };
            let here = standing_in(index, &nodes(&request.sites));
            let wanted = [nodes(&touched), here.clone()].concat();
            let part = extract(index, &wanted, Room::TABLET);
            (keys(&here), keys(&part.nodes), part.relations, part.cut)
        };
        let mut cis: Vec<Ci> = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            cis.extend(self.stored_cis(keys).await?.into_iter().map(|stored| stored.ci));
        }
        Ok(Package {
            at,
            now,
            cis,
            relations,
            cut: u64::try_from(cut).unwrap_or(u64::MAX),
            classes: self.classes().await?,
            directory: self.directory().await?,
            releases: self.naming(actor, &here).await?,
        })
    }

    /// The CIs that those of the releases touch which the actor may see.
    async fn touched(&self, actor: &Actor, releases: &[ReleaseId]) -> Result<Vec<CiKey>, Error> {
        let doing = "reading the releases of a package";
        let ids: Vec<RecordId> = releases.iter().map(|it| id("release", it.to_string())).collect();
        let vars = Vars::new().with("releases", ids);
        let rows: Vec<BodyRow> = self.ask(doing, BODIES, vars).await?.rows(0)?;
        let mut touched = Vec::new();
        for row in rows {
            let release: Release =
                serde_json::from_str(&row.body).map_err(|error| broken(doing, error.to_string()))?;
            if release.with_facts(|facts| may_view(actor, facts)) {
                touched.extend(release.touched_cis());
            }
        }
        Ok(touched)
    }

    /// The open releases that name one of the CIs and that the actor may see, last changed first.
    async fn naming(&self, actor: &Actor, cis: &[CiKey]) -> Result<Vec<ReleaseId>, Error> {
        let doing = "looking up the releases of a site";
        let mut named = BTreeSet::new();
        for chunk in cis.chunks(CHUNK) {
            let ids: Vec<RecordId> = chunk.iter().map(|ci| id("ci", ci.as_str())).collect();
            let vars = Vars::new().with("cis", ids);
            let found: Vec<RecordId> = self.ask(doing, NAMING, vars).await?.rows(0)?;
            for record in found {
                let release: ReleaseId = key_of(record)
                    .parse()
                    .map_err(|e| broken(doing, format!("{e}")))?;
                named.insert(release);
            }
        }
        let register = self.register().await?;
        let visible = named.into_iter().filter_map(|id| register.visible(actor, id));
        let mut open: Vec<_> = visible
            .filter(|release| matches!(release.disposition, Disposition::Active | Disposition::OnHold))
            .collect();
        open.sort_by_key(|release| std::cmp::Reverse(release.updated));
        Ok(open
            .into_iter()
            .take(MAX_FOLLOW)
            .map(|release| release.id)
            .collect())
    }
}

fn at_most(name: &'static str, number: usize, most: usize) -> Result<(), Error> {
    if number <= most {
        return Ok(());
    }
    Err(Error::invalid(
        name,
        format!("names {number}, at most {most} are allowed"),
    ))
}
