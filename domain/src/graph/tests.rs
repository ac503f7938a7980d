//! The index against a naive reference that knows only sets of relations.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::cmdb::{Lifecycle, Relation, RelationKind, Spread};
use crate::wire::cmdb::{Direction, ImpactAnswer, State};

type Edges = BTreeSet<(RelationKind, u32, u32)>;

fn key(n: u32) -> crate::CiKey {
    format!("ci/{n}").parse().unwrap()
}

fn node(n: u32) -> Node {
    Node {
        key: key(n),
        // Several CIs share a name, so that order falls back to the key.
        name: format!("CI {}", n / 2),
        class: ["device", "vm", "service"][n as usize % 3].parse().unwrap(),
        lifecycle: Lifecycle::InProduction,
        site: (!n.is_multiple_of(4)).then(|| key(n % 2)),
        redundancy: Vec::new(),
    }
}

fn relation((kind, from, to): (RelationKind, u32, u32)) -> Relation {
    Relation {
        kind,
        from: key(from),
        to: key(to),
    }
}

fn build(nodes: impl IntoIterator<Item = u32>, edges: &Edges) -> Index {
    let mut builder = Builder::new();
    for n in nodes {
        builder.ci(node(n)).unwrap();
    }
    for edge in edges {
        let relation = relation(*edge);
        builder
            .relation(relation.kind, relation.from.as_str(), relation.to.as_str())
            .unwrap();
    }
    builder.build()
}

/// (affected, because of) pairs of a direction.
fn flows(edges: &Edges, direction: Direction) -> Vec<(u32, u32, RelationKind)> {
    let mut flows = Vec::new();
    for &(kind, from, to) in edges {
        let (cause, affected) = match kind.spread() {
            Spread::TargetToSource => (to, from),
            Spread::SourceToTarget => (from, to),
            Spread::None => continue,
        };
        flows.push(match direction {
            Direction::Dependants => (affected, cause, kind),
            Direction::Dependencies => (cause, affected, kind),
        });
    }
    flows
}

/// Rounds to a fixed point: node -> depth.
fn naive(edges: &Edges, down: &[u32], direction: Direction, limit: Option<u32>) -> BTreeMap<u32, u32> {
    let flows = flows(edges, direction);
    let mut depth: BTreeMap<u32, u32> = down.iter().map(|n| (*n, 0)).collect();
    for round in 1..=limit.unwrap_or(u32::MAX) {
        let before = depth.len();
        let reached: Vec<u32> = flows
            .iter()
            .filter(|f| depth.get(&f.1).is_some_and(|d| *d == round - 1))
            .map(|f| f.0)
            .collect();
        for n in reached {
            depth.entry(n).or_insert(round);
        }
        if depth.len() == before {
            break;
        }
    }
    depth.retain(|n, _| !down.contains(n));
    depth
}

fn number(index: &Index, node: NodeId) -> u32 {
    index.key(node).as_str()[3..].parse().unwrap()
}

fn depths(index: &Index, impact: &Impact) -> BTreeMap<u32, u32> {
    impact
        .reached()
        .map(|r| (number(index, r.node), r.depth))
        .collect()
}

/// What two indexes over the same estate must agree on, whatever their node numbers are.
fn all_of(index: &Index) -> (BTreeSet<String>, BTreeSet<Relation>, usize) {
    let nodes = index
        .nodes()
        .map(|n| format!("{:?} {}", index.summary(n), index.degree(n)))
        .collect();
    (nodes, index.all_relations().collect(), index.relation_count())
}

fn ids(index: &Index, numbers: &[u32]) -> Vec<NodeId> {
    let node = |n: &u32| index.node(key(*n).as_str());
    numbers.iter().filter_map(node).collect()
}

fn any_kind() -> impl Strategy<Value = RelationKind> {
    prop::sample::select(RelationKind::ALL.to_vec())
}

/// Cycles, self-loops and parallel relations of several kinds all occur at this density.
fn any_edges(nodes: u32, most: usize) -> impl Strategy<Value = Edges> {
    prop::collection::btree_set((any_kind(), 0..nodes, 0..nodes), 0..most)
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::Dependants, Direction::Dependencies])
}

fn check_paths(index: &Index, edges: &Edges, down: &[u32], direction: Direction, impact: &Impact) {
    let flows: BTreeSet<_> = flows(edges, direction).into_iter().collect();
    for (n, reached) in impact.reached().enumerate() {
        let path = impact.path(n);
        assert_eq!(path.len() as u32, reached.depth + 1);
        assert!(down.contains(&number(index, path[0].0)) && path[0].1.is_none());
        assert_eq!(path.last().unwrap().0, reached.node);
        assert_eq!(path[path.len() - 2].0, reached.via.0);
        for hop in path.windows(2) {
            let (before, after) = (number(index, hop[0].0), number(index, hop[1].0));
            assert!(flows.contains(&(after, before, hop[1].1.unwrap())));
        }
    }
}

#[derive(Debug, Clone)]
enum Edit {
    Upsert(u32),
    Remove(u32),
    Relate(RelationKind, u32, u32),
    Unrelate(RelationKind, u32, u32),
    Fold,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let n = || 0_u32..12;
    prop_oneof![
        2 => n().prop_map(Edit::Upsert),
        1 => n().prop_map(Edit::Remove),
        6 => (any_kind(), n(), n()).prop_map(|(k, a, b)| Edit::Relate(k, a, b)),
        3 => (any_kind(), n(), n()).prop_map(|(k, a, b)| Edit::Unrelate(k, a, b)),
        1 => Just(Edit::Fold),
    ]
}

proptest! {
    #[test]
    fn impact_equals_the_naive_reference(
        edges in any_edges(14, 60),
        down in prop::collection::btree_set(0_u32..14, 1..4),
        direction in any_direction(),
        limit in prop::option::of(0_u32..6),
    ) {
        let down: Vec<u32> = down.into_iter().collect();
        let index = build(0..14, &edges);
        let impact = impact(&index, &ids(&index, &down), direction, limit);
        prop_assert_eq!(depths(&index, &impact), naive(&edges, &down, direction, limit));
        prop_assert_eq!((impact.down(), impact.degraded()), (impact.len(), 0));
        check_paths(&index, &edges, &down, direction, &impact);
    }

    #[test]
    fn an_index_kept_current_equals_a_rebuilt_one(
        start in any_edges(12, 20),
        edits in prop::collection::vec(any_edit(), 0..60),
        down in 0_u32..12,
    ) {
        let mut index = build(0..12, &start);
        let mut nodes: BTreeSet<u32> = (0..12).collect();
        let mut edges = start;
        for edit in edits {
            match edit {
                Edit::Upsert(n) => {
                    nodes.insert(n);
                    index.apply(Change::Upsert(node(n))).unwrap();
                }
                Edit::Remove(n) => {
                    nodes.remove(&n);
                    edges.retain(|e| e.1 != n && e.2 != n);
                    index.apply(Change::Remove(key(n))).unwrap();
                }
                Edit::Relate(kind, from, to) => {
                    let known = nodes.contains(&from) && nodes.contains(&to);
                    let outcome = index.apply(Change::Relate(relation((kind, from, to))));
                    prop_assert_eq!(outcome.is_ok(), known);
                    if known {
                        edges.insert((kind, from, to));
                    }
                }
                Edit::Unrelate(kind, from, to) => {
                    edges.remove(&(kind, from, to));
                    index.apply(Change::Unrelate(relation((kind, from, to)))).unwrap();
                }
                Edit::Fold => index.fold(),
            }
        }
        let rebuilt = build(nodes.iter().copied(), &edges);
        prop_assert_eq!(all_of(&index), all_of(&rebuilt));
        prop_assert_eq!(index.len(), nodes.len());
        for direction in [Direction::Dependants, Direction::Dependencies] {
            let [kept, fresh] = [&index, &rebuilt].map(|index| {
                let impact = impact(index, &ids(index, &[down]), direction, None);
                depths(index, &impact)
            });
            prop_assert_eq!(kept, fresh);
        }
    }

    #[test]
    fn an_answer_counts_all_and_shows_the_nearest_by_name(
        edges in any_edges(20, 80), down in 0_u32..20, limit in 0_usize..25,
    ) {
        let index = build(0..20, &edges);
        let impact = impact(&index, &ids(&index, &[down]), Direction::Dependants, None);
        let all = answer(&index, &impact, usize::MAX);
        let some = answer(&index, &impact, limit);
        prop_assert_eq!(all.items.len(), impact.len());
        let mut sorted = all.items.clone();
        sorted.sort_by(|a, b| (a.depth, &a.name, &a.key).cmp(&(b.depth, &b.name, &b.key)));
        prop_assert_eq!(&all.items, &sorted);
        prop_assert_eq!(&some.items[..], &sorted[..limit.min(sorted.len())]);
        prop_assert_eq!(some.truncated, limit < sorted.len());
        prop_assert_eq!((all.total, some.total), (sorted.len() as u64, sorted.len() as u64));
        prop_assert_eq!(some.by_class.values().sum::<u64>(), some.total);
        prop_assert_eq!(some.by_site.values().sum::<u64>(), some.total);
        for item in &all.items {
            prop_assert_eq!(&item.path[item.path.len() - 2].key, &item.via);
        }
    }

    #[test]
    fn redundancy_follows_its_definition(
        edges in any_edges(10, 30),
        groups in prop::collection::vec((0_u32..10, 0_u32..4, prop::collection::btree_set(0_u32..11, 1..4)), 0..6),
        down in prop::collection::btree_set(0_u32..10, 1..4),
    ) {
        let down: Vec<u32> = down.into_iter().collect();
        let groups_of = |n: u32| groups.iter().filter(move |g| g.0 == n);
        let mut index = build(0..10, &edges);
        for n in 0..10 {
            let redundancy = groups_of(n)
                .map(|g| Redundancy { needed: g.1, among: g.2.iter().map(|m| key(*m)).collect() })
                .collect();
            index.apply(Change::Upsert(Node { redundancy, ..node(n) })).unwrap();
        }
        // A CI goes down once a cause that is down is outside all its groups, or a group that a cause
        // that is down belongs to has too few members up; key 10 names no CI and is never up.
        let flows = flows(&edges, Direction::Dependants);
        let mut is_down: BTreeSet<u32> = down.iter().copied().collect();
        let mut touched = BTreeSet::new();
        loop {
            let before = is_down.len();
            for n in 0..10 {
                let causes: BTreeSet<u32> =
                    flows.iter().filter(|f| f.0 == n && is_down.contains(&f.1)).map(|f| f.1).collect();
                let fatal = causes.iter().any(|cause| {
                    let mut mine = groups_of(n).filter(|g| g.2.contains(cause)).peekable();
                    mine.peek().is_none()
                        || mine.any(|g| {
                            let up = g.2.iter().filter(|m| **m < 10 && !causes.contains(m)).count();
                            up < g.1 as usize
                        })
                });
                if !causes.is_empty() {
                    touched.insert(n);
                }
                if fatal {
                    is_down.insert(n);
                }
            }
            if is_down.len() == before {
                break;
            }
        }
        let impact = impact(&index, &ids(&index, &down), Direction::Dependants, None);
        for reached in impact.reached() {
            let n = number(&index, reached.node);
            let expected = if is_down.contains(&n) { State::Down } else { State::Degraded };
            prop_assert_eq!(reached.state, expected, "CI {}", n);
        }
        let expected: BTreeSet<u32> = touched.union(&is_down).filter(|n| !down.contains(n)).copied().collect();
        prop_assert_eq!(depths(&index, &impact).into_keys().collect::<BTreeSet<_>>(), expected);
        check_paths(&index, &edges, &down, Direction::Dependants, &impact);
    }

    #[test]
    fn a_neighbourhood_is_what_lies_within_the_hops(
        edges in any_edges(14, 30), centre in 0_u32..14, depth in 0_u32..4, cap in 0_usize..16,
    ) {
        let index = build(0..14, &edges);
        let both: Edges = edges.iter().flat_map(|e| {
            [(RelationKind::DependsOn, e.1, e.2), (RelationKind::DependsOn, e.2, e.1)]
        }).collect();
        let mut expected = naive(&both, &[centre], Direction::Dependants, Some(depth));
        expected.insert(centre, 0);
        let found = neighbourhood(&index, index.node(key(centre).as_str()).unwrap(), depth, cap);
        prop_assert_eq!(found.total, expected.len() as u64);
        prop_assert_eq!(found.nodes.len(), expected.len().min(cap.max(1)));
        prop_assert_eq!(found.truncated, found.nodes.len() < expected.len());
        prop_assert_eq!(&found.nodes[0].ci.key, &key(centre));
        let shown: BTreeSet<_> = found.nodes.iter().map(|n| n.ci.key.clone()).collect();
        for pair in found.nodes.windows(2) {
            prop_assert!((pair[0].depth, &pair[0].ci.name) <= (pair[1].depth, &pair[1].ci.name));
        }
        for node in &found.nodes {
            let n: u32 = node.ci.key.as_str()[3..].parse().unwrap();
            prop_assert_eq!(expected[&n], node.depth);
            let degree = edges.iter().map(|e| u64::from(e.1 == n) + u64::from(e.2 == n)).sum::<u64>();
            prop_assert_eq!(node.degree, degree);
        }
        let inside: BTreeSet<Relation> = edges.iter().map(|e| relation(*e))
            .filter(|r| shown.contains(&r.from) && shown.contains(&r.to)).collect();
        prop_assert_eq!(found.relations.len(), inside.len());
        prop_assert_eq!(found.relations.into_iter().collect::<BTreeSet<_>>(), inside);
    }
}

#[test]
fn a_hub_of_ten_thousand_and_a_long_chain() {
    let spokes = (1..=10_000).map(|n| (RelationKind::PoweredBy, n, 0));
    let chain = (10_001..=12_000).map(|n| (RelationKind::DependsOn, n, n - 1));
    let mut edges: Edges = spokes.chain(chain).collect();
    edges.insert((RelationKind::PoweredBy, 0, 0));
    let mut index = build(0..=12_000, &edges);
    let hub = index.node("ci/0").unwrap();
    let result = impact(&index, &[hub], Direction::Dependants, None);
    let expected = naive(&edges, &[0], Direction::Dependants, None);
    assert!(
        depths(&index, &result) == expected,
        "24,000 numbers are no message"
    );
    assert_eq!(result.reached().map(|r| r.depth).max(), Some(2_001));

    let shown: ImpactAnswer = answer(&index, &result, 100);
    assert_eq!(
        (shown.total, shown.items.len(), shown.truncated),
        (12_000, 100, true)
    );
    assert!(
        shown
            .items
            .iter()
            .all(|item| item.depth == 1 && item.via == key(0))
    );
    let near = neighbourhood(&index, hub, 1, 50);
    assert_eq!((near.total, near.nodes.len()), (10_001, 50));

    index.apply(Change::Remove(key(0))).unwrap();
    assert_eq!(index.relation_count(), 2_000);
    assert_eq!(index.node("ci/0"), None);
    index.apply(Change::Upsert(node(0))).unwrap();
    let alone = index.node("ci/0").unwrap();
    assert!(impact(&index, &[alone], Direction::Dependants, None).is_empty());
    assert_eq!(index.degree(alone), 0);
}

#[test]
fn a_redundancy_attribute_is_read_and_a_malformed_one_states_none() {
    let groups = vec![Redundancy {
        needed: 1,
        among: vec![key(1), key(2)],
    }];
    assert_eq!(Redundancy::parse(&Redundancy::to_attribute(&groups)), groups);
    for malformed in ["1", "[1]", r#"[{"needed":-1,"among":[]}]"#, r#"{"needed":1}"#] {
        assert_eq!(Redundancy::parse(&serde_json::from_str(malformed).unwrap()), []);
    }
}

#[test]
fn a_relation_to_nowhere_is_refused_by_name() {
    let mut builder = Builder::new();
    builder.ci(node(1)).unwrap();
    let error = builder
        .relation(RelationKind::RunsOn, "ci/1", "ci/2")
        .unwrap_err();
    assert!(error.to_string().contains("`ci/2`"), "{error}");
    assert!(Index::default().is_empty());
}
