use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::CiKey;
use crate::cmdb::{Lifecycle, RelationKind};
use crate::graph::{Builder, Impact, Node, Redundancy, impact, impact_over};
use crate::wire::cmdb::{Direction, State};

const CIS: u32 = 12;
const ALL: Room = Room {
    cis: usize::MAX,
    relations: usize::MAX,
};

fn key(n: u32) -> CiKey {
    format!("ci/{n}").parse().unwrap()
}

/// A redundancy group: whose, how many are needed, among whom. The last key names no CI.
type Groups = Vec<(u32, u32, BTreeSet<u32>)>;
type Edges = BTreeSet<(RelationKind, u32, u32)>;

fn build(edges: &Edges, groups: &Groups) -> Index {
    let mut builder = Builder::new();
    for n in 0..CIS {
        let of_this = groups.iter().filter(|group| group.0 == n);
        let node = Node {
            key: key(n),
            name: format!("CI {n}"),
            class: "device".parse().unwrap(),
            lifecycle: Lifecycle::InProduction,
            site: None,
            redundancy: of_this
                .map(|group| Redundancy {
                    needed: group.1,
                    among: group.2.iter().copied().map(key).collect(),
                })
                .collect(),
        };
        builder.ci(node).unwrap();
    }
    for &(kind, from, to) in edges {
        builder
            .relation(kind, key(from).as_str(), key(to).as_str())
            .unwrap();
    }
    builder.build()
}

/// The extract as an index of its own, as a device builds it.
fn rebuilt(index: &Index, extract: &Extract) -> Index {
    let mut builder = Builder::new();
    for &node in &extract.nodes {
        let redundancy = index.redundancy.get(&node.0).cloned().unwrap_or_default();
        builder
            .ci(Node {
                key: index.key(node).clone(),
                name: index.name(node).to_owned(),
                class: index.class(node).clone(),
                lifecycle: index.lifecycle(node),
                site: index.site(node).cloned(),
                redundancy,
            })
            .unwrap();
    }
    for it in &extract.relations {
        builder
            .relation(it.kind, it.from.as_str(), it.to.as_str())
            .unwrap();
    }
    builder.build()
}

fn ids(index: &Index, numbers: &[u32]) -> Vec<NodeId> {
    let node = |n: &u32| index.node(key(*n).as_str());
    numbers.iter().filter_map(node).collect()
}

fn rows(index: &Index, impact: &Impact) -> BTreeSet<(CiKey, State, u32)> {
    impact
        .reached()
        .map(|it| (index.key(it.node).clone(), it.state, it.depth))
        .collect()
}

/// What each set of CIs takes with it, alone and one after the other.
fn answers(index: &Index, phases: &[Vec<u32>]) -> Vec<BTreeSet<(CiKey, State, u32)>> {
    let phases: Vec<_> = phases.iter().map(|phase| ids(index, phase)).collect();
    let alone = phases
        .iter()
        .map(|down| impact(index, down, Direction::Dependants, None));
    let over = impact_over(index, &phases, Direction::Dependants, None);
    alone.chain([over]).map(|it| rows(index, &it)).collect()
}

fn any_edges() -> impl Strategy<Value = Edges> {
    let kind = prop::sample::select(RelationKind::ALL.to_vec());
    prop::collection::btree_set((kind, 0..CIS, 0..CIS), 0..30)
}

fn any_groups() -> impl Strategy<Value = Groups> {
    let members = prop::collection::btree_set(0..=CIS, 1..4);
    prop::collection::vec((0..CIS, 0_u32..4, members), 0..6)
}

fn any_phases() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(0..CIS, 1..3), 1..4)
}

proptest! {
    #[test]
    fn an_extract_answers_as_the_whole(
        edges in any_edges(), groups in any_groups(), phases in any_phases(), more in 0..CIS,
    ) {
        let whole = build(&edges, &groups);
        // More is wanted than what goes down: any subset has to be right.
        let wanted = ids(&whole, &[phases.concat(), vec![more]].concat());
        let part = extract(&whole, &wanted, ALL);
        prop_assert_eq!(part.cut, 0);
        prop_assert_eq!(answers(&rebuilt(&whole, &part), &phases), answers(&whole, &phases));

        let here: BTreeSet<_> = part.nodes.iter().map(|node| whole.key(*node)).collect();
        let expected: Vec<Relation> = whole
            .all_relations()
            .filter(|it| here.contains(&it.from) && here.contains(&it.to))
            .collect();
        let found: BTreeSet<_> = part.relations.iter().collect();
        prop_assert_eq!(found, expected.iter().collect::<BTreeSet<_>>());
        prop_assert_eq!((here.len(), expected.len()), (part.nodes.len(), part.relations.len()), "each once");
    }

    #[test]
    fn without_room_it_says_how_many_are_missing_and_answers_too_little(
        edges in any_edges(), groups in any_groups(), wanted in prop::collection::vec(0..CIS, 1..4),
        cis in 0_usize..12, relations in 0_usize..30,
    ) {
        let whole = build(&edges, &groups);
        let roots = ids(&whole, &wanted);
        let all = extract(&whole, &roots, ALL);
        let part = extract(&whole, &roots, Room { cis, relations });
        prop_assert!(part.nodes.len() <= cis && part.relations.len() <= relations);
        let fits = all.nodes.len() <= cis && all.relations.len() <= relations;
        prop_assert_eq!(part.cut == 0, fits || reach(&whole, &roots).iter().all(|ci| part.nodes.contains(ci)));
        if fits {
            prop_assert_eq!(&part, &all);
        }
        let missing = reach(&whole, &roots).iter().filter(|ci| !part.nodes.contains(ci)).count();
        prop_assert_eq!(part.cut, missing);

        let device = rebuilt(&whole, &part);
        let down = |index: &Index| {
            let impact = impact(index, &ids(index, &wanted), Direction::Dependants, None);
            let is_down = |it: &crate::graph::Reached| it.state == State::Down;
            impact.reached().filter(is_down).map(|it| index.key(it.node).clone()).collect::<BTreeSet<_>>()
        };
        prop_assert!(down(&device).is_subset(&down(&whole)));
    }
}

#[test]
fn groups_come_whole_though_no_outage_reaches_their_members() {
    let edges = Edges::from([(RelationKind::PoweredBy, 0, 1), (RelationKind::PoweredBy, 0, 2)]);
    let whole = build(&edges, &vec![(0, 1, BTreeSet::from([1, 2]))]);
    let part = extract(&whole, &ids(&whole, &[1]), ALL);
    let keys: Vec<_> = part.nodes.iter().map(|node| whole.key(*node).as_str()).collect();
    assert_eq!(keys, ["ci/1", "ci/0", "ci/2"]);
    let tight = Room { cis: 2, ..ALL };
    assert_eq!(
        extract(&whole, &ids(&whole, &[1]), tight).cut,
        1,
        "not one member without the other"
    );
}
