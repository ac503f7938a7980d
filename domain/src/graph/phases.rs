use std::collections::BTreeMap;

use super::edge::Edge;
use super::impact::{Impact, Row, impact};
use super::index::{Index, NodeId};
use crate::wire::cmdb::{Direction, State};

/// What is affected at some time while one set of CIs after the other is down: the worst state of each CI over
/// all sets. Swapping switch A and then switch B takes down nobody who has both. O(sum of the walks).
///
/// A CI that is down by plan in any set is not counted as affected. Each path is a real one: every CI on it is
/// down at some time.
#[must_use]
pub fn impact_over(
    index: &Index,
    phases: &[Vec<NodeId>],
    direction: Direction,
    max_depth: Option<u32>,
) -> Impact {
    if let [down] = phases {
        return impact(index, down, direction, max_depth);
    }
    let walks: Vec<Impact> = phases
        .iter()
        .map(|down| impact(index, down, direction, max_depth))
        .collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut places = BTreeMap::new();
    for root in walks.iter().flat_map(|walk| &walk.rows[..walk.roots]) {
        places.entry(root.node).or_insert_with(|| {
            let via = Edge::new(root.via.kind(), rows.len() as u32);
            rows.push(Row { via, ..*root });
            rows.len() - 1
        });
    }
    let roots = rows.len();
    let mut found: Vec<_> = walks.iter().flat_map(Impact::reached).collect();
    // Worst first, then nearest: the CI before comes before, whichever set it is taken from.
    found.sort_by_key(|reached| (reached.state, reached.depth));
    let mut down_end = roots;
    for reached in found {
        let NodeId(node) = reached.node;
        let (NodeId(before), kind) = reached.via;
        let Some(&before) = places.get(&before) else {
            continue;
        };
        if places.contains_key(&node) {
            continue;
        }
        places.insert(node, rows.len());
        let depth = rows[before].depth + 1;
        rows.push(Row {
            node,
            depth,
            via: Edge::new(kind, before as u32),
        });
        if reached.state == State::Down {
            down_end = rows.len();
        }
    }
    Impact {
        rows,
        roots,
        down_end,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::cmdb::{Ci, RelationKind};
    use crate::graph::{Builder, Node};

    fn ci(name: &str, redundancy: &serde_json::Value) -> Ci {
        let json =
            serde_json::json!({"key": name, "name": name, "class": "device", "attributes": redundancy});
        serde_json::from_value(json).unwrap()
    }

    /// A host with two switches of which one is enough, and a VM on it.
    fn pair() -> Index {
        let mut builder = Builder::new();
        let either = serde_json::json!({"redundancy": [{"needed": 1, "among": ["sw-a", "sw-b"]}]});
        for ci in [
            ci("sw-a", &serde_json::json!({})),
            ci("sw-b", &serde_json::json!({})),
            ci("host", &either),
            ci("vm", &serde_json::json!({})),
        ] {
            builder.ci(Node::from(&ci)).unwrap();
        }
        builder.relation(RelationKind::DependsOn, "host", "sw-a").unwrap();
        builder.relation(RelationKind::DependsOn, "host", "sw-b").unwrap();
        builder.relation(RelationKind::RunsOn, "vm", "host").unwrap();
        builder.build()
    }

    #[test]
    fn one_after_the_other_is_not_both_at_once() {
        let index = pair();
        let node = |key: &str| index.node(key).unwrap();
        let at_once = impact_over(
            &index,
            &[vec![node("sw-a"), node("sw-b")]],
            Direction::Dependants,
            None,
        );
        assert_eq!((at_once.down(), at_once.degraded()), (2, 0));
        let in_turn = impact_over(
            &index,
            &[vec![node("sw-a")], vec![node("sw-b")]],
            Direction::Dependants,
            None,
        );
        assert_eq!((in_turn.down(), in_turn.degraded()), (0, 1));
        assert_eq!(in_turn.path(0).len(), 2);
        assert!(impact_over(&index, &[], Direction::Dependants, None).is_empty());
    }

    proptest! {
        /// Against a naive reference: the worst state over the separate walks, without what is down by plan.
        #[test]
        fn it_is_the_worst_of_each(
            edges in prop::collection::vec((0u8..12, 0u8..12), 0..40),
            phases in prop::collection::vec(prop::collection::vec(0u8..12, 0..3), 0..4),
        ) {
            let mut builder = Builder::new();
            for n in 0..12 {
                builder.ci(Node::from(&ci(&format!("n{n}"), &serde_json::json!({})))).unwrap();
            }
            for (from, to) in edges {
                builder.relation(RelationKind::DependsOn, &format!("n{from}"), &format!("n{to}")).unwrap();
            }
            let index = builder.build();
            let phases: Vec<Vec<NodeId>> =
                phases.iter().map(|p| p.iter().map(|n| index.node(&format!("n{n}")).unwrap()).collect()).collect();
            let mut expected = BTreeMap::new();
            for phase in &phases {
                for reached in impact(&index, phase, Direction::Dependants, None).reached() {
                    let worst = expected.entry(reached.node.0).or_insert(reached.state);
                    *worst = (*worst).min(reached.state);
                }
            }
            for NodeId(root) in phases.iter().flatten() {
                expected.remove(root);
            }
            let merged = impact_over(&index, &phases, Direction::Dependants, None);
            let found: BTreeMap<_, _> = merged.reached().map(|r| (r.node.0, r.state)).collect();
            prop_assert_eq!(found.len(), merged.len(), "a CI is there twice");
            prop_assert_eq!(found, expected);
            for (n, reached) in merged.reached().enumerate() {
                prop_assert_eq!(merged.path(n).len() as u32, reached.depth + 1);
            }
        }
    }
}
