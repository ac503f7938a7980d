use crate::cmdb::RelationKind;

/// The far end of a relation and its kind, in four bytes: 3 bits of kind, 29 bits of node.
///
/// Sorted edges are grouped by kind, then by node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Edge(u32);

const NODE_BITS: u32 = 29;
const NODE_MASK: u32 = (1 << NODE_BITS) - 1;

/// Most nodes an index can hold: 536 million.
pub(super) const MAX_NODES: usize = 1 << NODE_BITS;

impl Edge {
    /// `node` must be below [`MAX_NODES`]; the index hands out no others.
    pub(super) fn new(kind: RelationKind, node: u32) -> Self {
        Self((kind as u32) << NODE_BITS | node & NODE_MASK)
    }

    pub(super) fn node(self) -> u32 {
        self.0 & NODE_MASK
    }

    pub(super) fn kind(self) -> RelationKind {
        // The kind came from `new`, so it is one of ALL; three bits reach one further than its end.
        RelationKind::ALL[(self.0 >> NODE_BITS) as usize % RelationKind::ALL.len()]
    }

    /// The same kind with another number in the place of the node.
    pub(super) fn with_node(self, node: u32) -> Self {
        Self(self.0 & !NODE_MASK | node & NODE_MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_node_survive_packing() {
        for kind in RelationKind::ALL {
            for node in [0, 1, NODE_MASK] {
                let edge = Edge::new(kind, node);
                assert_eq!((edge.kind(), edge.node()), (kind, node));
                assert_eq!(edge.with_node(7), Edge::new(kind, 7));
            }
        }
    }
}
