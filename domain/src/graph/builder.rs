use super::adjacency::Adjacency;
use super::change::{IndexError, Node};
use super::edge::Edge;
use super::index::{Index, NodeId};
use crate::cmdb::{RelationKind, Spread};

/// Builds an [`Index`] from a stream: first the CIs, then the relations.
#[derive(Debug)]
pub struct Builder {
    index: Index,
    /// (whose list, edge) pairs that carry outages, in the direction an outage travels.
    spreading: Vec<(u32, Edge)>,
    /// The others, from source to target.
    plain: Vec<(u32, Edge)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            index: Index::empty(),
            spreading: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Takes a CI; a key that came before gets the new values.
    ///
    /// # Errors
    /// [`IndexError::Full`] beyond 536 million CIs.
    pub fn ci(&mut self, node: Node) -> Result<NodeId, IndexError> {
        self.index.upsert(node)
    }

    /// Takes a relation between two CIs that came before; repeated ones count once.
    ///
    /// # Errors
    /// [`IndexError::UnknownCi`] if one of the CIs did not come before.
    pub fn relation(&mut self, kind: RelationKind, from: &str, to: &str) -> Result<(), IndexError> {
        let end = |key: &str| {
            let unknown = || IndexError::UnknownCi(key.to_owned());
            self.index.node(key).ok_or_else(unknown)
        };
        self.link(kind, end(from)?, end(to)?)
    }

    /// Takes a relation between two CIs of this builder, as [`Builder::ci`] returned them.
    ///
    /// # Errors
    /// [`IndexError::Full`] beyond 4 billion relations.
    pub fn link(&mut self, kind: RelationKind, from: NodeId, to: NodeId) -> Result<(), IndexError> {
        let (pairs, near, far) = match kind.spread() {
            Spread::SourceToTarget => (&mut self.spreading, from, to),
            Spread::TargetToSource => (&mut self.spreading, to, from),
            Spread::None => (&mut self.plain, from, to),
        };
        if pairs.len() == u32::MAX as usize {
            return Err(IndexError::Full);
        }
        pairs.push((near.0, Edge::new(kind, far.0)));
        Ok(())
    }

    /// The index: O(CIs + relations).
    #[must_use]
    pub fn build(mut self) -> Index {
        let nodes = self.index.facts.len();
        let mut both_ways = |mut pairs: Vec<(u32, Edge)>| {
            let there = Adjacency::build(nodes, &pairs);
            for (near, edge) in &mut pairs {
                let far = edge.node();
                *edge = edge.with_node(*near);
                *near = far;
            }
            let back = Adjacency::build(nodes, &pairs);
            self.index.relations += there.edge_count();
            (there, back)
        };
        (self.index.affects, self.index.needs) = both_ways(self.spreading);
        (self.index.links, self.index.linked) = both_ways(self.plain);
        self.index
    }
}
