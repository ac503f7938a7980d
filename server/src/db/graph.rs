//! Surroundings of a CI by graph queries: frontier by frontier, reading the edges' identities only. The id
//! of an edge holds its kind and both ends, so no edge or CI record is touched.

use std::collections::{BTreeSet, HashMap};

use domain::CiKey;
use domain::access::{Actor, Deed};
use domain::cmdb::Relation;
use domain::wire::cmdb::{CiSummary, Neighbour, Neighbourhood};
use surrealdb::types::RecordId;

use super::cmdb::{allow, unknown};
use super::query::{Vars, broken, id};
use super::relation;
use super::{Error, Store};

/// CIs of a frontier asked about in one request.
const FRONTIER: usize = 5_000;

/// All relations that touch CIs; one between two of them comes twice.
const AROUND: &str = "
    RETURN $from->(depends_on, runs_on, powered_by, part_of, located_in, connected_to, installed_from);
    RETURN $from<-(depends_on, runs_on, powered_by, part_of, located_in, connected_to, installed_from)";
const HELD: &str = "RETURN array::distinct($from<-(located_in, part_of)<-ci)";

impl Store {
    /// What surrounds a CI: every CI within `depth` hops over relations of any kind in either direction, at
    /// most `cap` of them as nodes, nearest first, then by name.
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
        if self.estate().await?.index.node(key.as_str()).is_none() {
            return Err(unknown(key));
        }
        let (depths, mut edges) = self.surroundings(key, depth).await?;
        let estate = self.estate().await?;
        let mut nodes: Vec<Neighbour> = depths
            .iter()
            .filter_map(|(key, depth)| {
                let node = estate.index.node(key.as_str())?;
                Some(Neighbour {
                    ci: estate.catalog.summary(key)?,
                    depth: *depth,
                    degree: estate.index.degree(node) as u64,
                })
            })
            .collect();
        let total = nodes.len() as u64;
        nodes.sort_by(|a, b| (a.depth, &a.ci.name, &a.ci.key).cmp(&(b.depth, &b.ci.name, &b.ci.key)));
        nodes.truncate(cap.max(1) as usize);
        // The walk has not looked beyond the outermost, and of them only those shown are of interest.
        let outermost: Vec<CiKey> = nodes
            .iter()
            .filter(|node| node.depth == depth)
            .map(|node| node.ci.key.clone())
            .collect();
        edges.extend(self.edges(AROUND, &outermost).await?);
        let shown: BTreeSet<&str> = nodes.iter().map(|node| node.ci.key.as_str()).collect();
        let relations = edges
            .into_iter()
            .filter(|edge| shown.contains(edge.from.as_str()) && shown.contains(edge.to.as_str()))
            .collect();
        Ok(Neighbourhood {
            centre: key.clone(),
            truncated: (nodes.len() as u64) < total,
            nodes,
            relations,
            total,
        })
    }

    /// How far every CI within `depth` hops is, and all relations of those nearer than that.
    async fn surroundings(
        &self,
        centre: &CiKey,
        depth: u32,
    ) -> Result<(HashMap<CiKey, u32>, BTreeSet<Relation>), Error> {
        let mut depths = HashMap::from([(centre.clone(), 0)]);
        let mut edges = BTreeSet::new();
        let mut frontier = vec![centre.clone()];
        for hops in 1..=depth {
            let mut next = Vec::new();
            for edge in self.edges(AROUND, &frontier).await? {
                for end in [&edge.from, &edge.to] {
                    if !depths.contains_key(end) {
                        depths.insert(end.clone(), hops);
                        next.push(end.clone());
                    }
                }
                edges.insert(edge);
            }
            frontier = next;
        }
        Ok((depths, edges))
    }

    /// The relations of these CIs that a text of two statements finds, as [`AROUND`] does.
    async fn edges(&self, text: &'static str, cis: &[CiKey]) -> Result<Vec<Relation>, Error> {
        let mut edges = Vec::new();
        for part in cis.chunks(FRONTIER) {
            let from: Vec<RecordId> = part.iter().map(|key| id("ci", key.as_str())).collect();
            let vars = Vars::new().with("from", from);
            let mut answers = self.ask("walking relations", text, vars).await?;
            for statement in 0..2 {
                for edge in answers.rows::<RecordId>(statement)? {
                    edges.push(relation::read(&edge)?);
                }
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
