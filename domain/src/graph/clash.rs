//! Where two plans that run at the same time get in each other's way.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::impact::{Impact, impact, unguarded};
use super::index::{Index, NodeId};
use crate::cmdb::RelationKind;
use crate::wire::clash::MeetKind;
use crate::wire::cmdb::{Direction, State};

/// What of a plan matters to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The CIs it works on: targets of its steps, and its scope.
    pub touched: Vec<NodeId>,
    /// The CIs it takes down, one set after the other.
    pub phases: Vec<Vec<NodeId>>,
}

/// A way to a CI; each hop with the relation that led to it, the first without.
pub type Way = Vec<(NodeId, Option<RelationKind>)>;

/// A CI at which two plans meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meet {
    /// How.
    pub kind: MeetKind,
    /// The CI.
    pub at: NodeId,
    /// From what the first plan works on or takes down to the CI.
    pub ours: Way,
    /// The same of the second.
    pub theirs: Way,
}

/// Where two plans meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clash {
    /// At how many CIs, by how.
    pub counts: BTreeMap<MeetKind, usize>,
    /// The first of them: the gravest kind first, then the nearest.
    pub meets: Vec<Meet>,
}

/// All CIs at which two plans meet that run at the same time, each once, by the gravest way in which they do: the order
/// of [`MeetKind`]; the first `most` with the ways there. Nobody knows which of their phases fall together, so any two
/// may.
///
/// O(phases of the one x phases of the other x what is reached).
#[must_use]
pub fn clash(index: &Index, ours: &Footprint, theirs: &Footprint, most: usize) -> Clash {
    let (mine, yours) = (Outage::of(index, ours), Outage::of(index, theirs));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut add = |kind: MeetKind, at: NodeId, depth: u32| {
        if seen.insert(at) {
            found.push((kind, depth, at));
        }
    };
    for node in mine.works_on.intersection(&yours.works_on) {
        add(MeetKind::SameCi, *node, 0);
    }
    for node in &mine.works_on {
        if let Some(depth) = yours.down_after(*node) {
            add(MeetKind::WeNeed, *node, depth);
        }
    }
    for node in &yours.works_on {
        if let Some(depth) = mine.down_after(*node) {
            add(MeetKind::TheyNeed, *node, depth);
        }
    }
    for (node, depth) in broken_together(index, ours, theirs, &mine, &yours) {
        add(MeetKind::Redundancy, node, depth);
    }
    for node in mine.down.keys() {
        if let (Some(our), Some(their)) = (mine.down_after(*node), yours.down_after(*node)) {
            add(MeetKind::BothReach, *node, our + their);
        }
    }
    found.sort_by_key(|(kind, depth, at)| (*kind, *depth, index.key(*at)));
    let mut counts = BTreeMap::new();
    for (kind, ..) in &found {
        *counts.entry(*kind).or_default() += 1;
    }
    let meets = found
        .into_iter()
        .take(most)
        .map(|(kind, _, at)| {
            let here = || vec![(at, None)];
            let (ours, theirs) = match kind {
                MeetKind::SameCi => (here(), here()),
                MeetKind::WeNeed => (here(), yours.way(at)),
                MeetKind::TheyNeed => (mine.way(at), here()),
                MeetKind::Redundancy => (mine.way_if_alone(at), yours.way_if_alone(at)),
                MeetKind::BothReach => (mine.way(at), yours.way(at)),
            };
            Meet {
                kind,
                at,
                ours,
                theirs,
            }
        })
        .collect();
    Clash { counts, meets }
}

/// What becomes of the estate while one plan runs.
struct Outage {
    /// What it works on, and what it takes down by plan.
    works_on: BTreeSet<NodeId>,
    /// Taken down by plan, in any phase.
    planned: BTreeSet<NodeId>,
    walks: Vec<Impact>,
    /// Down because of it: after how many hops, and where in which of `walks`; the nearest.
    down: HashMap<NodeId, (u32, usize, usize)>,
    /// What could go down if nothing were redundant, and where in there.
    at_all: Impact,
    at_all_at: HashMap<NodeId, usize>,
}

impl Outage {
    fn of(index: &Index, plan: &Footprint) -> Self {
        let walks: Vec<Impact> = plan
            .phases
            .iter()
            .map(|down| impact(index, down, Direction::Dependants, None))
            .collect();
        let planned: BTreeSet<NodeId> = plan.phases.iter().flatten().copied().grow();
        let mut down = HashMap::new();
        for (walk_at, walk) in walks.iter().enumerate() {
            for (at, reached) in walk.reached().enumerate() {
                let here = (reached.depth, walk_at, at);
                if reached.state == State::Down && !planned.contains(&reached.node) {
                    let nearest = down.entry(reached.node).or_insert(here);
                    *nearest = (*nearest).min(here);
                }
            }
        }
        let roots: Vec<NodeId> = planned.iter().copied().collect();
        let at_all = unguarded(index, &roots);
        Self {
            works_on: plan.touched.iter().chain(&planned).copied().grow(),
            at_all_at: at_all
                .reached()
                .enumerate()
                .map(|(at, reached)| (reached.node, at))
                .collect(),
            at_all,
            planned,
            walks,
            down,
        }
    }

    /// After how many hops this CI is down, if it is.
    fn down_after(&self, node: NodeId) -> Option<u32> {
        if self.planned.contains(&node) {
            return Some(0);
        }
        self.down.get(&node).map(|(depth, ..)| *depth)
    }

    /// The way on which it goes down.
    fn way(&self, node: NodeId) -> Way {
        match self.down.get(&node) {
            Some((_, walk, at)) => self.walks[*walk].path(*at),
            None => vec![(node, None)],
        }
    }

    /// The way on which it would go down without its spares.
    fn way_if_alone(&self, node: NodeId) -> Way {
        match self.at_all_at.get(&node) {
            Some(at) => self.at_all.path(*at),
            None => vec![(node, None)],
        }
    }
}

/// CIs that survive each plan alone and not both together, because their spares are in both; after how many hops.
fn broken_together(
    index: &Index,
    ours: &Footprint,
    theirs: &Footprint,
    mine: &Outage,
    yours: &Outage,
) -> BTreeMap<NodeId, u32> {
    let mut broken = BTreeMap::new();
    // What hangs on spares must be within reach of both.
    let within =
        |plan: &Outage, node: &NodeId| plan.at_all_at.contains_key(node) || plan.planned.contains(node);
    let could = mine
        .at_all_at
        .keys()
        .any(|node| index.guarded.contains(node.0) && within(yours, node));
    if !could {
        return broken;
    }
    for our in &ours.phases {
        for their in &theirs.phases {
            let both: Vec<NodeId> = our.iter().chain(their).copied().collect();
            let walk = impact(index, &both, Direction::Dependants, None);
            for reached in walk.reached().filter(|reached| reached.state == State::Down) {
                let alone = [mine, yours]
                    .iter()
                    .any(|plan| plan.down_after(reached.node).is_some());
                if !alone {
                    let nearest = broken.entry(reached.node).or_insert(reached.depth);
                    *nearest = reached.depth.min(*nearest);
                }
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests;
