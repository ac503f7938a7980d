use std::collections::BTreeMap;

use super::index::{Index, NodeId};
use super::nearest::nearest;
use crate::cmdb::RelationKind;
use crate::wire::cmdb::RelationGroup;

/// The relations of a CI by kind and direction; each group is counted in full and has its first `shown` CIs by
/// name. O(relations of the CI), so that the page of a hub with ten thousand of them costs hardly more.
#[must_use]
pub fn relation_groups(index: &Index, node: NodeId, shown: usize) -> Vec<RelationGroup> {
    let mut groups: BTreeMap<(RelationKind, bool), Vec<NodeId>> = BTreeMap::new();
    for hop in index.hops(node.0) {
        let others = groups.entry((hop.kind, hop.outgoing)).or_default();
        others.push(NodeId(hop.other));
    }
    let group = |((kind, outgoing), others): (_, Vec<NodeId>)| {
        let rows = others.iter().enumerate().map(|(at, other)| (at, *other, 0));
        let first = nearest(index, rows, shown);
        RelationGroup {
            kind,
            outgoing,
            total: others.len() as u64,
            items: first.into_iter().map(|at| index.summary(others[at])).collect(),
        }
    };
    groups.into_iter().map(group).collect()
}
