//! Relations between CIs by graph queries. The id of an edge holds its kind and both ends, so no edge or CI
//! record is touched.
//!
//! `->(?)` looks once at each CI, where a list of kinds looks once at each CI and kind: over the seven kinds
//! that took six times as long.

use std::collections::HashSet;

use domain::CiKey;
use domain::access::{Actor, Deed};
use domain::cmdb::Relation;
use domain::graph::surroundings;
use domain::wire::cmdb::{CiSummary, Neighbourhood};
use surrealdb::types::RecordId;

use super::cmdb::{allow, unknown};
use super::query::{Vars, broken, id};
use super::relation;
use super::{Error, Store};

/// CIs asked about in one request.
const FRONTIER: usize = 5_000;

/// The relations that CIs are the source of.
pub(super) const FROM: &str = "RETURN $from->(?)";
const HELD: &str = "RETURN array::distinct($from<-(located_in, part_of)<-ci)";

impl Store {
    /// What surrounds a CI: every CI within `depth` hops over relations of any kind in either direction, at
    /// most `cap` of them as nodes, nearest first, then by name.
    ///
    /// Which CIs those are and how many there are in all is known from memory, as for every list; how they hang
    /// together is asked of the database. A relation between two of them is found at its source, so a hub costs
    /// nothing for the thousands that point at it and are not shown.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAllowed`].
    pub async fn neighbours(
        &self,
        actor: &Actor,
        key: &CiKey,
        depth: u32,
        cap: u32,
    ) -> Result<Neighbourhood, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let mut around = {
            let estate = self.estate().await?;
            let centre = estate.index.node(key.as_str()).ok_or_else(|| unknown(key))?;
            let mut around = surroundings(&estate.index, centre, depth, cap as usize);
            for node in &mut around.nodes {
                // The catalogue knows serial numbers, the index does not.
                node.ci.serial = estate.catalog.serial(&node.ci.key);
            }
            around
        };
        let shown: Vec<CiKey> = around.nodes.iter().map(|node| node.ci.key.clone()).collect();
        let mut relations = self.edges(FROM, &shown).await?;
        let shown: HashSet<CiKey> = shown.into_iter().collect();
        relations.retain(|relation| shown.contains(&relation.to));
        around.relations = relations;
        Ok(around)
    }

    /// The relations of these CIs that a text finds, as [`FROM`] does.
    pub(super) async fn edges(&self, text: &'static str, cis: &[CiKey]) -> Result<Vec<Relation>, Error> {
        let mut edges = Vec::new();
        for part in cis.chunks(FRONTIER) {
            let from: Vec<RecordId> = part.iter().map(|key| id("ci", key.as_str())).collect();
            let vars = Vars::new().with("from", from);
            let found: Vec<RecordId> = self.ask("walking relations", text, vars).await?.rows(0)?;
            for edge in &found {
                edges.push(relation::read(edge)?);
            }
        }
        Ok(edges)
    }

    /// What stands in or is a part of a CI, by name.
    pub(super) async fn held_by(&self, key: &CiKey) -> Result<Vec<CiSummary>, Error> {
        if self.estate().await?.index.node(key.as_str()).is_none() {
            return Err(unknown(key));
        }
        let vars = Vars::new().with("from", id("ci", key.as_str()));
        let held: Vec<RecordId> = self.ask("reading what a CI holds", HELD, vars).await?.rows(0)?;
        let keys = held.into_iter().map(ci_key).collect::<Result<Vec<_>, _>>()?;
        self.summaries(&keys).await
    }

    /// These CIs as rows of a list, by name.
    async fn summaries(&self, keys: &[CiKey]) -> Result<Vec<CiSummary>, Error> {
        let estate = self.estate().await?;
        let mut items: Vec<CiSummary> = keys
            .iter()
            .filter_map(|key| estate.catalog.summary(key))
            .collect();
        items.sort_by(|a, b| (&a.name, &a.key).cmp(&(&b.name, &b.key)));
        Ok(items)
    }
}

fn ci_key(record: RecordId) -> Result<CiKey, Error> {
    let key = super::query::key_of(record);
    key.parse()
        .map_err(|e| broken("reading a CI key", format!("{e}")))
}

mod path;
#[cfg(test)]
mod tests;
