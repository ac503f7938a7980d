//! Why one CI depends on another: a shortest way between them, frontier by frontier like the surroundings.
//! The engine's own `{..+shortest}` looks at the CIs of a frontier one by one: over the packages of Debian it
//! takes ten times as long.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::CiKey;
use domain::access::{Actor, Deed};
use domain::cmdb::{RelationKind, Spread};
use domain::wire::cmdb::{DependencyPath, PathHop};

use super::super::cmdb::{allow, unknown};
use super::super::{Error, Store};

/// Hops after which nobody looks further.
const MOST_HOPS: usize = 256;

// Where what CIs need is found: along the relations they are the source of, some of which carry no outage to them,
// and backwards to their parts, because a whole needs those.
const TOWARDS: &str = "RETURN array::concat($from->(?), $from<-part_of)";

/// For each CI reached the one before it and how that needs it; nothing for the first.
type Reached = HashMap<CiKey, Option<(CiKey, RelationKind)>>;

impl Store {
    /// A shortest way by which `from` depends on `to`, along relations that carry an outage.
    ///
    /// # Errors
    /// [`Error::NotFound`] naming the CI that is not there, [`Error::Invalid`] when both are the same,
    /// [`Error::NotAllowed`].
    pub async fn dependency_path(
        &self,
        actor: &Actor,
        from: &CiKey,
        to: &CiKey,
    ) -> Result<DependencyPath, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let summary = async |key: &CiKey| {
            let estate = self.estate().await?;
            estate.catalog.summary(key).ok_or_else(|| unknown(key))
        };
        let (from, to) = (summary(from).await?, summary(to).await?);
        if from.key == to.key {
            return Err(Error::invalid("to", "is the CI itself; name another"));
        }
        let reached = self.needed_until(&from.key, &to.key).await?;
        let estate = self.estate().await?;
        let hop = |(key, kind): (&CiKey, Option<RelationKind>)| PathHop {
            key: key.clone(),
            name: estate.catalog.name(key).unwrap_or(key.as_str()).to_owned(),
            kind,
        };
        let path = way_to(&to.key, &reached).into_iter().map(hop).collect();
        Ok(DependencyPath { from, to, path })
    }

    /// What a CI needs, nearest first, until `to` is among it.
    async fn needed_until(&self, from: &CiKey, to: &CiKey) -> Result<Reached, Error> {
        let mut reached = Reached::from([(from.clone(), None)]);
        let mut frontier = vec![from.clone()];
        for _ in 0..MOST_HOPS {
            let mut next = Vec::new();
            for relation in self.edges(TOWARDS, &frontier).await? {
                let (needing, needed) = match relation.kind.spread() {
                    Spread::SourceToTarget => (relation.to, relation.from),
                    Spread::TargetToSource => (relation.from, relation.to),
                    Spread::None => continue,
                };
                // A part does not need its whole: such a relation leads to where the walk already is.
                if let Entry::Vacant(place) = reached.entry(needed) {
                    next.push(place.key().clone());
                    place.insert(Some((needing, relation.kind)));
                }
            }
            if next.is_empty() || reached.contains_key(to) {
                break;
            }
            frontier = next;
        }
        Ok(reached)
    }
}

/// The way to a CI from the first, each hop with the relation that led there; empty when it was not reached.
fn way_to<'a>(to: &CiKey, reached: &'a Reached) -> Vec<(&'a CiKey, Option<RelationKind>)> {
    let mut way = Vec::new();
    let mut at = reached.get_key_value(to);
    while let Some((key, before)) = at {
        way.push((key, before.as_ref().map(|(_, kind)| *kind)));
        at = before.as_ref().and_then(|(key, _)| reached.get_key_value(key));
    }
    way.reverse();
    way
}
