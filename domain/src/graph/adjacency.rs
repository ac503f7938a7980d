use std::collections::HashMap;

use super::bits::Bits;
use super::edge::Edge;

/// For each node its sorted list of edges, all lists end to end in one array ("compressed sparse row"),
/// and over it the lists that changed since, until [`Adjacency::fold`] writes them in.
#[derive(Debug, Clone, Default)]
pub(super) struct Adjacency {
    /// Node `n` owns `edges[starts[n] .. starts[n + 1]]`.
    starts: Vec<u32>,
    edges: Vec<Edge>,
    /// Whole lists of the nodes in `changed`; they hide what `edges` says.
    overlay: HashMap<u32, Vec<Edge>>,
    changed: Bits,
}

impl Adjacency {
    /// Builds the lists by counting: O(nodes + pairs), plus the sorting of each list.
    pub(super) fn build(nodes: usize, pairs: &[(u32, Edge)]) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        for (from, _) in pairs {
            starts[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut edges = vec![Edge::new(crate::cmdb::RelationKind::DependsOn, 0); pairs.len()];
        for (from, edge) in pairs {
            let slot = &mut next[*from as usize];
            edges[*slot as usize] = *edge;
            *slot += 1;
        }
        sort_and_merge(&mut starts, &mut edges);
        Self {
            starts,
            edges,
            ..Self::default()
        }
    }

    /// The edges of a node, sorted. A node without any has an empty list.
    #[inline]
    pub(super) fn of(&self, node: u32) -> &[Edge] {
        if self.changed.contains(node)
            && let Some(list) = self.overlay.get(&node)
        {
            return list;
        }
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(&start), Some(&end)) => &self.edges[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Adds an edge; `false` if it is there. Costs the length of the list.
    pub(super) fn insert(&mut self, node: u32, edge: Edge) -> bool {
        match self.of(node).binary_search(&edge) {
            Ok(_) => false,
            Err(at) => {
                self.own(node).insert(at, edge);
                true
            }
        }
    }

    /// Removes an edge; `false` if it is not there. Costs the length of the list.
    pub(super) fn remove(&mut self, node: u32, edge: Edge) -> bool {
        match self.of(node).binary_search(&edge) {
            Ok(at) => {
                self.own(node).remove(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Removes all edges of a node and returns them.
    pub(super) fn take(&mut self, node: u32) -> Vec<Edge> {
        if self.of(node).is_empty() {
            return Vec::new();
        }
        std::mem::take(self.own(node))
    }

    fn own(&mut self, node: u32) -> &mut Vec<Edge> {
        if !self.overlay.contains_key(&node) {
            let list = self.of(node).to_vec();
            self.overlay.insert(node, list);
            self.changed.insert_growing(node);
        }
        self.overlay.entry(node).or_default()
    }

    /// Edges in the array, without those changed since.
    pub(super) fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Writes the changed lists into the array: O(nodes + edges).
    pub(super) fn fold(&mut self, nodes: usize) {
        if self.overlay.is_empty() && self.starts.len() == nodes + 1 {
            return;
        }
        let mut starts = Vec::with_capacity(nodes + 1);
        let mut edges = Vec::with_capacity(self.edges.len());
        starts.push(0);
        for node in 0..nodes as u32 {
            edges.extend_from_slice(self.of(node));
            starts.push(edges.len() as u32);
        }
        *self = Self {
            starts,
            edges,
            ..Self::default()
        };
    }
}

/// Sorts each list and drops repeated edges, moving the lists together.
fn sort_and_merge(starts: &mut [u32], edges: &mut Vec<Edge>) {
    let mut written = 0;
    let mut start = 0;
    for end in starts.iter_mut().skip(1) {
        let list = start..*end as usize;
        start = *end as usize;
        edges[list.clone()].sort_unstable();
        let mut last = None;
        for at in list {
            let edge = edges[at];
            if last != Some(edge) {
                last = Some(edge);
                edges[written] = edge;
                written += 1;
            }
        }
        *end = written as u32;
    }
    edges.truncate(written);
    edges.shrink_to_fit();
}
