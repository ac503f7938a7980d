//! Does the index in memory say what graph queries of the database say?

use std::collections::BTreeSet;

use domain::CiKey;
use domain::cmdb::Relation;
use domain::graph::{Index, impact};
use domain::wire::cmdb::Direction;
use surrealdb::types::RecordId;

use super::graph::FROM;
use super::query::{Vars, broken, id, key_of};
use super::{Error, Store};

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// CIs in the index.
    pub cis: u64,
    /// Relations in the index.
    pub relations: u64,
    /// CIs whose relations and dependencies were compared.
    pub compared: u64,
    /// A sentence for each that differs.
    pub differences: Vec<String>,
}

// What CIs need directly: along the relations that carry an outage, against its direction. Walking from
// several CIs answers a list for each of them.
const NEEDS: &str = "RETURN array::distinct(array::flatten(array::concat(
    $from->(depends_on, runs_on, powered_by, located_in)->ci, $from<-part_of<-ci)))";

impl Store {
    /// Compares the relations that `sample` CIs, spread evenly (0: all), are the source of, and what they depend
    /// on, as the index and as graph queries see them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_graph(&self, sample: usize) -> Result<Verification, Error> {
        let mut keys: Vec<CiKey> = {
            let estate = self.estate().await?;
            estate
                .index
                .nodes()
                .map(|node| estate.index.key(node).clone())
                .collect()
        };
        keys.sort();
        let every = if sample == 0 {
            1
        } else {
            keys.len().div_ceil(sample).max(1)
        };
        let mut found = Verification {
            cis: keys.len() as u64,
            relations: self.graph_size().1,
            compared: 0,
            differences: Vec::new(),
        };
        for key in keys.iter().step_by(every) {
            found.compared += 1;
            let mut stored = self.edges(FROM, std::slice::from_ref(key)).await?;
            stored.sort_unstable();
            let indexed = relations(&self.estate().await?.index, key);
            if stored != indexed {
                found.differences.push(format!(
                    "{key}: the database finds {} relations from it, the index {}, {} in common",
                    stored.len(),
                    indexed.len(),
                    stored
                        .iter()
                        .filter(|it| indexed.binary_search(it).is_ok())
                        .count()
                ));
            }
            let stored = self.needs(key).await?;
            let indexed = dependencies(&self.estate().await?.index, key);
            if stored != indexed {
                found.differences.push(format!(
                    "{key}: the database finds {} dependencies, the index {}, {} in common",
                    stored.len(),
                    indexed.len(),
                    stored.intersection(&indexed).count()
                ));
            }
        }
        Ok(found)
    }

    /// What a CI needs, by graph queries, frontier by frontier.
    async fn needs(&self, key: &CiKey) -> Result<BTreeSet<CiKey>, Error> {
        let doing = "walking dependencies";
        let mut seen = BTreeSet::from([key.clone()]);
        let mut frontier = vec![key.clone()];
        while !frontier.is_empty() {
            let from: Vec<RecordId> = frontier.iter().map(|key| id("ci", key.as_str())).collect();
            let next: Vec<RecordId> = self
                .ask(doing, NEEDS, Vars::new().with("from", from))
                .await?
                .rows(0)?;
            frontier.clear();
            for record in next {
                let key: CiKey = key_of(record)
                    .parse()
                    .map_err(|e| broken(doing, format!("{e}")))?;
                if seen.insert(key.clone()) {
                    frontier.push(key);
                }
            }
        }
        seen.remove(key);
        Ok(seen)
    }
}

/// The relations that a CI is the source of, sorted.
fn relations(index: &Index, key: &CiKey) -> Vec<Relation> {
    let node = index.node(key.as_str());
    let mut relations: Vec<Relation> = node
        .into_iter()
        .flat_map(|node| index.relations_from(node))
        .collect();
    relations.sort_unstable();
    relations
}

fn dependencies(index: &Index, key: &CiKey) -> BTreeSet<CiKey> {
    let Some(node) = index.node(key.as_str()) else {
        return BTreeSet::new();
    };
    let reached = impact(index, &[node], Direction::Dependencies, None);
    reached
        .reached()
        .map(|reached| index.key(reached.node).clone())
        .collect()
}
