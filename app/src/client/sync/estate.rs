//! The CIs of the offline package as a graph: the server's own code answers what is down, over what this device has.

use domain::grow::Grow;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::CiKey;
use domain::graph::{Builder, Index, Node, answer, impact_over, standing_in};
use domain::sync::Package;
use domain::wire::cmdb::{Direction, ImpactAnswer};
use leptos::prelude::*;

use super::Sync;

/// An index and what it was made from.
#[derive(Debug, Clone)]
pub(super) struct Estate {
    at: DateTime<Utc>,
    index: Arc<Index>,
}

/// What this device can say about an impact.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalImpact {
    /// The answer, over the CIs of the package.
    pub answer: ImpactAnswer,
    /// When the package came.
    pub at: DateTime<Utc>,
    /// CIs that the package lacks, affected ones and those assumed down: the answer is too small by what these add.
    pub cut: u64,
}

impl Sync {
    /// What these CIs take with them when they are down, one set after the other, as far as this device knows;
    /// `None` where it has no package. Tracks.
    #[must_use]
    pub fn local_impact(self, phases: &[Vec<CiKey>], limit: usize) -> Option<LocalImpact> {
        let (at, cut) = self
            .read(|machine| machine.package().map(|packed| (packed.at, packed.package.cut)))
            .flatten()?;
        let index = self.index(at)?;
        let nodes = |down: &Vec<CiKey>| {
            down.iter()
                .filter_map(|key| index.node(key.as_str()))
                .collect::<Vec<_>>()
        };
        // A target chosen since the package came, or one that found no room: what it takes with it is not known here.
        let unknown = phases.iter().flatten().grow::<BTreeSet<_>>().into_iter();
        let unknown = unknown.filter(|key| index.node(key.as_str()).is_none()).count() as u64;
        let phases: Vec<_> = phases.iter().map(nodes).collect();
        let reached = impact_over(&index, &phases, Direction::Dependants, None);
        Some(LocalImpact {
            answer: answer(&index, &reached, limit),
            at,
            cut: cut + unknown,
        })
    }

    /// How many CIs stand in a site, location or room, as far as they are on this device; `None` where it is not yet.
    /// Tracks.
    #[must_use]
    pub fn standing_in(self, place: &CiKey) -> Option<u64> {
        let at = self
            .read(|machine| machine.package().map(|packed| packed.at))
            .flatten()?;
        let index = self.index(at)?;
        let node = index.node(place.as_str())?;
        Some(standing_in(&index, &[node]).len() as u64)
    }

    /// Built when it is first asked for: most pages never do.
    fn index(self, at: DateTime<Utc>) -> Option<Arc<Index>> {
        let known = self.estate.with_value(|estate| {
            let estate = estate.as_ref().filter(|estate| estate.at == at);
            estate.map(|estate| Arc::clone(&estate.index))
        });
        if known.is_some() {
            return known;
        }
        let built = untrack(|| self.read(|machine| machine.package().map(|packed| build(&packed.package))));
        let index = Arc::new(built.flatten()?);
        self.estate.set_value(Some(Estate {
            at,
            index: Arc::clone(&index),
        }));
        Some(index)
    }
}

/// What the package cannot say is left out: a relation to a CI outside of it, a CI beyond the size of an index.
fn build(package: &Package) -> Index {
    let mut builder = Builder::new();
    for ci in &package.cis {
        let _ = builder.ci(Node::from(ci));
    }
    for relation in &package.relations {
        let _ = builder.relation(relation.kind, relation.from.as_str(), relation.to.as_str());
    }
    builder.build()
}
