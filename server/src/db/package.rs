//! The offline package: what a device takes along of the CMDB.

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed, may_view};
use domain::cmdb::Ci;
use domain::graph::{NodeId, Room, extract};
use domain::release::{Release, Rev};
use domain::sync::{MAX_FOLLOW, MAX_SITES, Package, PackageReq};
use domain::{CiKey, ReleaseId};
use surrealdb::types::RecordId;

use super::cmdb::allow;
use super::estate::Estate;
use super::oplog::BodyRow;
use super::query::{Vars, broken, id};
use super::{Error, Store};

/// CIs read in one request.
const CHUNK: usize = 2_000;

const BODIES: &str = "SELECT body FROM $releases";

impl Store {
    /// What a device needs to tell the impact of these releases and sites without a network. Releases that are not
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
        let (keys, relations, cut) = {
            let estate = self.estate().await?;
            let index = &estate.index;
            let touched = touched.iter().filter_map(|key| index.node(key.as_str()));
            let wanted: Vec<NodeId> = touched.chain(standing_in(&estate, &request.sites)).collect();
            let part = extract(index, &wanted, Room::TABLET);
            let keys: Vec<CiKey> = part.nodes.iter().map(|node| index.key(*node).clone()).collect();
            (keys, part.relations, part.cut)
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
}

/// The sites and the CIs in them.
fn standing_in<'a>(estate: &'a Estate, sites: &'a [CiKey]) -> impl Iterator<Item = NodeId> + 'a {
    let index = &estate.index;
    let here = move |node: &NodeId| {
        sites.contains(index.key(*node)) || index.site(*node).is_some_and(|site| sites.contains(site))
    };
    // Without a site there is no need to look at every CI.
    let all = (!sites.is_empty()).then(|| index.nodes());
    all.into_iter().flatten().filter(here)
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
