use std::collections::HashMap;

use super::adjacency::Adjacency;
use super::bits::Bits;
use super::edge::Edge;
use super::index::{Index, NodeId};
use crate::cmdb::RelationKind;
use crate::wire::cmdb::{Direction, State};

/// A CI in an [`Impact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The CI.
    pub node: NodeId,
    /// Hops from the nearest CI assumed down.
    pub depth: u32,
    /// Down or degraded.
    pub state: State,
    /// The CI before it on a shortest path, and the relation between them.
    pub via: (NodeId, RelationKind),
}

/// Everything an outage reaches.
#[derive(Debug, Clone)]
pub struct Impact {
    /// First the CIs assumed down, then those down because of them in the order of the walk (nearest
    /// first), then the degraded.
    pub(super) rows: Vec<Row>,
    pub(super) roots: usize,
    pub(super) down_end: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) node: u32,
    pub(super) depth: u32,
    /// The relation, with the position in `rows` of the CI before in the place of the node; itself in a root.
    pub(super) via: Edge,
}

impl Impact {
    /// How many CIs are affected, without those assumed down.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() - self.roots
    }

    /// Nothing is affected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are down.
    #[must_use]
    pub fn down(&self) -> usize {
        self.down_end - self.roots
    }

    /// How many of them are degraded.
    #[must_use]
    pub fn degraded(&self) -> usize {
        self.rows.len() - self.down_end
    }

    /// The affected CIs: the down nearest first, then the degraded nearest first.
    pub fn reached(&self) -> impl ExactSizeIterator<Item = Reached> + '_ {
        (self.roots..self.rows.len()).map(|at| self.row(at))
    }

    pub(super) fn row(&self, at: usize) -> Reached {
        let row = self.rows[at];
        Reached {
            node: NodeId(row.node),
            depth: row.depth,
            state: if at < self.down_end {
                State::Down
            } else {
                State::Degraded
            },
            via: (NodeId(self.rows[row.via.node() as usize].node), row.via.kind()),
        }
    }

    /// One shortest path to the `n`-th of [`Impact::reached`], from the CI assumed down to it; each hop
    /// with the relation that led to it, the first without. Costs the length of the path.
    #[must_use]
    pub fn path(&self, n: usize) -> Vec<(NodeId, Option<RelationKind>)> {
        let mut at = self.roots + n;
        let mut path = Vec::new();
        while at >= self.roots {
            let row = self.rows[at];
            path.push((NodeId(row.node), Some(row.via.kind())));
            at = row.via.node() as usize;
        }
        path.push((NodeId(self.rows[at].node), None));
        path.reverse();
        path
    }
}

/// What is affected when the CIs `down` are out of service, or, walking the other way, what they need.
///
/// An outage travels as [`RelationKind::spread`] says, and on from every CI that is down; a degraded CI
/// still works, so it goes no further. `max_depth` limits the hops. O(CIs / 64 + what is reached).
///
/// Towards [`Direction::Dependencies`] redundancy groups do not matter, and all states are down: each CI
/// reached is one whose loss can be felt.
#[must_use]
pub fn impact(index: &Index, down: &[NodeId], direction: Direction, max_depth: Option<u32>) -> Impact {
    let lists = match direction {
        Direction::Dependants => &index.affects,
        Direction::Dependencies => &index.needs,
    };
    let mut walk = Walk::from(index, down);
    let limit = max_depth.unwrap_or(u32::MAX);
    if direction == Direction::Dependencies || index.redundancy.is_empty() {
        walk.spread(lists, limit);
        walk.finish(Vec::new())
    } else {
        let degraded = walk.spread_guarded(index, limit);
        walk.finish(degraded)
    }
}

/// What an outage of them could reach if nothing were redundant; all of it counts as down.
pub(super) fn unguarded(index: &Index, down: &[NodeId]) -> Impact {
    let mut walk = Walk::from(index, down);
    walk.spread(&index.affects, u32::MAX);
    walk.finish(Vec::new())
}

/// The CIs themselves and all that an outage of them could reach if nothing were redundant, nearest first.
pub(super) fn reach(index: &Index, down: &[NodeId]) -> Vec<NodeId> {
    let mut walk = Walk::from(index, down);
    walk.spread(&index.affects, u32::MAX);
    walk.rows.into_iter().map(|row| NodeId(row.node)).collect()
}

/// A breadth-first walk; the rows are its queue and its result at once.
struct Walk {
    rows: Vec<Row>,
    seen: Bits,
    roots: usize,
}

impl Walk {
    fn from(index: &Index, down: &[NodeId]) -> Self {
        let mut seen = Bits::with_room_for(index.facts.len());
        let mut rows = Vec::with_capacity(down.len().max(256));
        for &NodeId(node) in down {
            if seen.insert(node) {
                let via = Edge::new(RelationKind::DependsOn, rows.len() as u32);
                rows.push(Row { node, depth: 0, via });
            }
        }
        let roots = rows.len();
        Self { rows, seen, roots }
    }

    fn spread(&mut self, lists: &Adjacency, limit: u32) {
        let mut at = 0;
        while let Some(&row) = self.rows.get(at) {
            if row.depth == limit {
                break;
            }
            for &edge in lists.of(row.node) {
                if self.seen.insert(edge.node()) {
                    self.rows.push(row.next(edge, at));
                }
            }
            at += 1;
        }
    }

    /// The same, asking the redundancy groups of a CI before it counts as down. Returns a row for each CI
    /// at the first loss it survived.
    fn spread_guarded(&mut self, index: &Index, limit: u32) -> Vec<Row> {
        let mut losses = Losses::default();
        let mut degraded = Vec::new();
        let mut at = 0;
        while let Some(&row) = self.rows.get(at) {
            if row.depth == limit {
                break;
            }
            for &edge in index.affects.of(row.node) {
                let node = edge.node();
                if self.seen.contains(node) {
                    continue;
                }
                if index.guarded.contains(node) {
                    match losses.lose(index, node, row.node) {
                        Loss::First => degraded.push(row.next(edge, at)),
                        Loss::Further => {}
                        Loss::Fatal => {
                            self.seen.insert(node);
                            self.rows.push(row.next(edge, at));
                        }
                    }
                } else {
                    self.seen.insert(node);
                    self.rows.push(row.next(edge, at));
                }
            }
            at += 1;
        }
        degraded.retain(|row| !self.seen.contains(row.node));
        degraded
    }

    fn finish(mut self, degraded: Vec<Row>) -> Impact {
        let down_end = self.rows.len();
        self.rows.extend(degraded);
        Impact {
            rows: self.rows,
            roots: self.roots,
            down_end,
        }
    }
}

impl Row {
    fn next(self, edge: Edge, at: usize) -> Self {
        Self {
            node: edge.node(),
            depth: self.depth + 1,
            via: edge.with_node(at as u32),
        }
    }
}

/// What a guarded CI lost so far, for the CIs that lost anything.
#[derive(Default)]
struct Losses(HashMap<u32, Vec<Group>>);

struct Group {
    needed: usize,
    /// Members that are still up.
    up: Vec<u32>,
    /// All members there are.
    members: Vec<u32>,
}

enum Loss {
    /// Survived; nothing was lost before.
    First,
    /// Survived, like those before.
    Further,
    /// Not survived.
    Fatal,
}

impl Losses {
    fn lose(&mut self, index: &Index, node: u32, lost: u32) -> Loss {
        let first = !self.0.contains_key(&node);
        let groups = self.0.entry(node).or_insert_with(|| {
            let groups = index.redundancy.get(&node).map_or(&[][..], Vec::as_slice);
            let resolve = |key| index.by_key.get(key).copied();
            groups
                .iter()
                .map(|group| {
                    let mut members: Vec<u32> = group.among.iter().filter_map(resolve).collect();
                    members.sort_unstable();
                    members.dedup();
                    Group {
                        needed: group.needed as usize,
                        up: members.clone(),
                        members,
                    }
                })
                .collect()
        });
        let mut guarded = false;
        let mut survived = true;
        for group in groups.iter_mut().filter(|group| group.members.contains(&lost)) {
            guarded = true;
            group.up.retain(|member| *member != lost);
            survived &= group.up.len() >= group.needed;
        }
        match (guarded && survived, first) {
            (true, true) => Loss::First,
            (true, false) => Loss::Further,
            (false, _) => Loss::Fatal,
        }
    }
}
