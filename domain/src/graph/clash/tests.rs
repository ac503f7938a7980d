//! Against the definition, on small estates: sets of CIs that are down, round after round, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::cmdb::Ci;
use crate::graph::{Builder, Node};

const NODES: u8 = 9;

/// (dependant, what it hangs on), and pairs of spares by dependant: one of the two is enough.
#[derive(Debug, Clone)]
struct Estate {
    edges: BTreeSet<(u8, u8)>,
    spares: BTreeMap<u8, (u8, u8)>,
}

fn name(n: u8) -> String {
    format!("n{n}")
}

fn build(estate: &Estate) -> Index {
    let mut builder = Builder::new();
    for n in 0..NODES {
        let redundancy = match estate.spares.get(&n) {
            Some((a, b)) => serde_json::json!({"redundancy": [{"needed": 1, "among": [name(*a), name(*b)]}]}),
            None => serde_json::json!({}),
        };
        let json =
            serde_json::json!({"key": name(n), "name": name(n), "class": "device", "attributes": redundancy});
        let ci: Ci = serde_json::from_value(json).unwrap();
        builder.ci(Node::from(&ci)).unwrap();
    }
    for (from, to) in &estate.edges {
        builder
            .relation(RelationKind::DependsOn, &name(*from), &name(*to))
            .unwrap();
    }
    builder.build()
}

/// All that is down once nothing changes any more.
fn down(estate: &Estate, roots: &BTreeSet<u8>) -> BTreeSet<u8> {
    let mut down = roots.clone();
    loop {
        let falls = |n: &u8| {
            let lost: BTreeSet<u8> = estate
                .edges
                .iter()
                .filter(|(from, to)| from == n && down.contains(to))
                .map(|(_, to)| *to)
                .collect();
            match estate.spares.get(n) {
                Some((a, b)) => {
                    let both = lost.contains(a) && lost.contains(b);
                    both || lost.iter().any(|lost| lost != a && lost != b)
                }
                None => !lost.is_empty(),
            }
        };
        let more: Vec<u8> = (0..NODES).filter(|n| !down.contains(n)).filter(falls).collect();
        if more.is_empty() {
            return down;
        }
        down.extend(more);
    }
}

#[derive(Debug, Clone, Default)]
struct Plan {
    touched: BTreeSet<u8>,
    phases: Vec<BTreeSet<u8>>,
}

impl Plan {
    fn works_on(&self) -> BTreeSet<u8> {
        self.touched
            .iter()
            .chain(self.phases.iter().flatten())
            .copied()
            .collect()
    }

    fn down(&self, estate: &Estate) -> BTreeSet<u8> {
        self.phases.iter().flat_map(|phase| down(estate, phase)).collect()
    }

    fn footprint(&self, index: &Index) -> Footprint {
        let nodes = |set: &BTreeSet<u8>| set.iter().map(|n| index.node(&name(*n)).unwrap()).collect();
        Footprint {
            touched: nodes(&self.touched),
            phases: self.phases.iter().map(nodes).collect(),
        }
    }
}

/// By definition.
fn expected(estate: &Estate, ours: &Plan, theirs: &Plan) -> BTreeMap<u8, MeetKind> {
    let (mine, yours) = (ours.down(estate), theirs.down(estate));
    let mut together = BTreeSet::new();
    for our in &ours.phases {
        for their in &theirs.phases {
            together.extend(down(estate, &our.union(their).copied().collect()));
        }
    }
    let kind = |n: &u8| {
        let (works, work) = (ours.works_on().contains(n), theirs.works_on().contains(n));
        let (here, there) = (mine.contains(n), yours.contains(n));
        match () {
            () if works && work => Some(MeetKind::SameCi),
            () if works && there => Some(MeetKind::WeNeed),
            () if work && here => Some(MeetKind::TheyNeed),
            () if together.contains(n) && !here && !there => Some(MeetKind::Redundancy),
            () if here && there => Some(MeetKind::BothReach),
            () => None,
        }
    };
    (0..NODES)
        .filter_map(|n| kind(&n).map(|kind| (n, kind)))
        .collect()
}

fn number(index: &Index, node: NodeId) -> u8 {
    index.name(node)[1..].parse().unwrap()
}

/// A way begins at one of these and goes along relations.
fn check_way(estate: &Estate, index: &Index, way: &Way, begins: &BTreeSet<u8>, at: u8) {
    let hops: Vec<u8> = way.iter().map(|(node, _)| number(index, *node)).collect();
    assert!(begins.contains(&hops[0]), "{hops:?} begins at none of {begins:?}");
    assert_eq!(*hops.last().unwrap(), at, "{hops:?}");
    for (pair, (_, kind)) in hops.windows(2).zip(&way[1..]) {
        assert!(estate.edges.contains(&(pair[1], pair[0])), "{hops:?}");
        assert_eq!(*kind, Some(RelationKind::DependsOn));
    }
    assert_eq!(way[0].1, None);
}

fn estate() -> impl Strategy<Value = Estate> {
    let edges = prop::collection::btree_set((0..NODES, 0..NODES), 0..24);
    let guarded = prop::collection::btree_map(0..NODES, (0..NODES, 0..NODES), 0..4);
    (edges, guarded).prop_map(|(mut edges, guarded)| {
        // A CI hangs on its spares, which are two.
        let spares: BTreeMap<_, _> = guarded.into_iter().filter(|(_, (a, b))| a != b).collect();
        for (n, (a, b)) in &spares {
            edges.extend([(*n, *a), (*n, *b)]);
        }
        Estate { edges, spares }
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let set = |most| prop::collection::btree_set(0..NODES, 0..most);
    (set(3), prop::collection::vec(set(3), 0..3)).prop_map(|(touched, phases)| Plan { touched, phases })
}

proptest! {
    #[test]
    fn two_plans_meet_where_the_definition_says(estate in estate(), ours in plan(), theirs in plan()) {
        let index = build(&estate);
        let (here, there) = (ours.footprint(&index), theirs.footprint(&index));
        let found = clash(&index, &here, &there, usize::MAX);
        let kinds: BTreeMap<u8, MeetKind> =
            found.meets.iter().map(|meet| (number(&index, meet.at), meet.kind)).collect();
        prop_assert_eq!(kinds.len(), found.meets.len(), "a CI is there twice");
        prop_assert_eq!(&kinds, &expected(&estate, &ours, &theirs));
        prop_assert!(found.meets.is_sorted_by_key(|meet| meet.kind));
        for meet in &found.meets {
            let at = number(&index, meet.at);
            check_way(&estate, &index, &meet.ours, &ours.works_on(), at);
            check_way(&estate, &index, &meet.theirs, &theirs.works_on(), at);
        }
        let counted: usize = found.counts.values().sum();
        prop_assert_eq!(counted, found.meets.len());
        // The other release sees the same from its side.
        let turned = clash(&index, &there, &here, usize::MAX);
        let swap = |kind| match kind {
            MeetKind::WeNeed => MeetKind::TheyNeed,
            MeetKind::TheyNeed => MeetKind::WeNeed,
            kind => kind,
        };
        let turned: BTreeMap<u8, MeetKind> =
            turned.meets.iter().map(|meet| (number(&index, meet.at), swap(meet.kind))).collect();
        let both_need = |n: &u8| kinds.get(n) != turned.get(n);
        prop_assert!(!kinds.keys().any(both_need), "{kinds:?} {turned:?}");
        let first = clash(&index, &here, &there, 2);
        prop_assert_eq!(&first.counts, &found.counts);
        prop_assert_eq!(&first.meets[..], &found.meets[..found.meets.len().min(2)]);
    }
}

#[test]
fn each_kind_in_a_small_estate() {
    // vm 0 on host 1; host 1 on switches 2 and 3, one is enough; service 4 on both vm 0 and database 5.
    let estate = Estate {
        edges: BTreeSet::from([(0, 1), (1, 2), (1, 3), (4, 0), (4, 5)]),
        spares: BTreeMap::from([(1, (2, 3))]),
    };
    let index = build(&estate);
    let takes_down = |n: u8| Plan {
        phases: vec![BTreeSet::from([n])],
        ..Plan::default()
    };
    let works_on = |n: u8| Plan {
        touched: BTreeSet::from([n]),
        ..Plan::default()
    };
    let meets = |ours: &Plan, theirs: &Plan| {
        let found = clash(&index, &ours.footprint(&index), &theirs.footprint(&index), 10);
        let meets = found
            .meets
            .iter()
            .map(|meet| (meet.kind, number(&index, meet.at)));
        meets.collect::<Vec<_>>()
    };
    assert_eq!(meets(&works_on(0), &works_on(0)), [(MeetKind::SameCi, 0)]);
    assert_eq!(meets(&works_on(0), &takes_down(1)), [(MeetKind::WeNeed, 0)]);
    assert_eq!(meets(&takes_down(1), &works_on(0)), [(MeetKind::TheyNeed, 0)]);
    assert_eq!(
        meets(&takes_down(2), &takes_down(3)),
        [
            (MeetKind::Redundancy, 1),
            (MeetKind::Redundancy, 0),
            (MeetKind::Redundancy, 4)
        ]
    );
    assert_eq!(meets(&takes_down(1), &takes_down(5)), [(MeetKind::BothReach, 4)]);
    assert_eq!(meets(&takes_down(2), &takes_down(5)), []);
    assert_eq!(meets(&works_on(2), &works_on(3)), []);
}
