use std::collections::{BTreeMap, BTreeSet};

use domain::cmdb::{Ci, Relation, RelationKind, Spread};
use domain::graph::{impact, neighbourhood};
use domain::wire::cmdb::Direction;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::super::samples::{administrator, ci, fill, key, relation};
use super::*;

/// A graph with cycles, self-loops, several kinds between the same two, and lonely CIs.
fn random_graph(seed: u64, nodes: usize, edges: usize) -> (Vec<Ci>, Vec<Relation>) {
    let mut random = StdRng::seed_from_u64(seed);
    let cis: Vec<Ci> = (0..nodes).map(|n| ci(&format!("ci {n}"), "device")).collect();
    let mut relations = BTreeSet::new();
    for _ in 0..edges {
        let mut end = || format!("ci {}", random.random_range(0..nodes));
        let (from, to) = (end(), end());
        let kind = *RelationKind::ALL.choose(&mut random).unwrap();
        relations.insert(relation(&from, kind, &to));
    }
    (cis, relations.into_iter().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn graph_queries_and_the_index_agree_on_random_graphs() {
    let ada = administrator();
    for seed in 0..3 {
        let store = Store::in_memory().await;
        let (cis, relations) = random_graph(seed, 40, 70);
        fill(&store, &cis, &relations).await;
        let found = store.verify_graph(0).await.unwrap();
        assert_eq!((found.cis, found.relations), (40, relations.len() as u64));
        assert_eq!((found.compared, found.differences), (40, vec![]), "seed {seed}");
        for (centre, depth, cap) in [("ci 0", 1, 100), ("ci 1", 2, 100), ("ci 2", 3, 5), ("ci 3", 0, 1)] {
            let mut stored = store.neighbours(&ada, &key(centre), depth, cap).await.unwrap();
            let estate = store.estate().await.unwrap();
            let node = estate.index.node(centre).unwrap();
            let mut indexed = neighbourhood(&estate.index, node, depth, cap as usize);
            drop(estate);
            stored.relations.sort();
            indexed.relations.sort();
            assert_eq!(stored, indexed, "seed {seed}, {centre}, {depth} hops");
            let walked = walk(&store, centre, depth).await;
            assert_eq!(
                stored.total,
                walked.len() as u64,
                "seed {seed}, {centre}, {depth} hops"
            );
            for node in &stored.nodes {
                assert_eq!(
                    walked.get(&node.ci.key),
                    Some(&node.depth),
                    "seed {seed}, {centre}"
                );
            }
        }
    }
}

/// How far the CIs around another are, by graph queries alone.
async fn walk(store: &Store, centre: &str, depth: u32) -> BTreeMap<CiKey, u32> {
    let mut depths = BTreeMap::from([(key(centre), 0)]);
    let mut frontier = vec![key(centre)];
    for hops in 1..=depth {
        let around = "RETURN array::concat($from->(?), $from<-(?))";
        let ends = store.edges(around, &frontier).await.unwrap();
        let ends: BTreeSet<CiKey> = ends.into_iter().flat_map(|edge| [edge.from, edge.to]).collect();
        frontier = ends.into_iter().filter(|end| !depths.contains_key(end)).collect();
        depths.extend(frontier.iter().map(|end| (end.clone(), hops)));
    }
    depths
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_is_as_long_as_in_the_index_and_made_of_relations_that_are_there() {
    let ada = administrator();
    for seed in 0..2 {
        let store = Store::in_memory().await;
        let (cis, relations) = random_graph(seed, 20, 50);
        fill(&store, &cis, &relations).await;
        let (mut ways, mut none, mut mixed) = (0, 0, 0);
        for from in &cis {
            for to in cis.iter().filter(|to| to.key != from.key).step_by(3) {
                let found = store.dependency_path(&ada, &from.key, &to.key).await.unwrap();
                let indexed = hops_in_index(&store, &from.key, &to.key).await;
                let case = format!("seed {seed}, {} to {}: {found:?}", from.key, to.key);
                let Some(hops) = indexed else {
                    none += 1;
                    assert_eq!(found.path, [], "{case}");
                    continue;
                };
                ways += 1;
                assert_eq!(found.path.len(), hops as usize + 1, "{case}");
                let ends = (found.path.first().unwrap(), found.path.last().unwrap());
                assert_eq!((&ends.0.key, &ends.1.key), (&from.key, &to.key), "{case}");
                assert_eq!((&ends.0.kind, &ends.0.name), (&None, &from.name), "{case}");
                for pair in found.path.windows(2) {
                    let kind = pair[1].kind.unwrap();
                    let (needing, needed) = (pair[0].key.as_str(), pair[1].key.as_str());
                    let used = match kind.spread() {
                        Spread::TargetToSource => relation(needing, kind, needed),
                        Spread::SourceToTarget => relation(needed, kind, needing),
                        Spread::None => panic!("{case}"),
                    };
                    assert!(relations.contains(&used), "{case}");
                    mixed += u32::from(kind.spread() == Spread::SourceToTarget);
                }
            }
        }
        assert!(
            ways > 20 && none > 20 && mixed > 0,
            "{ways} ways, {none} none, {mixed}"
        );
    }
}

/// How many hops away the index finds `to` among what `from` needs.
async fn hops_in_index(store: &Store, from: &CiKey, to: &CiKey) -> Option<u32> {
    let index = &store.estate().await.unwrap().index;
    let (from, to) = (index.node(from.as_str())?, index.node(to.as_str())?);
    let needed = impact(index, &[from], Direction::Dependencies, None);
    let mut reached = needed.reached();
    reached
        .find(|reached| reached.node == to)
        .map(|reached| reached.depth)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_needs_two_cis_that_are_there_and_goes_256_hops() {
    let store = Store::in_memory().await;
    let chain: Vec<Ci> = (0..260).map(|n| ci(&format!("n{n}"), "device")).collect();
    let links: Vec<Relation> = (1..260)
        .map(|n| relation(&format!("n{}", n - 1), RelationKind::DependsOn, &format!("n{n}")))
        .collect();
    fill(&store, &chain, &links).await;
    let ada = administrator();
    let ask = async |from: &str, to: &str| store.dependency_path(&ada, &key(from), &key(to)).await;
    assert_eq!(ask("n0", "n256").await.unwrap().path.len(), 257);
    assert_eq!(ask("n0", "n257").await.unwrap().path, [], "cut off");
    assert_eq!(ask("n256", "n0").await.unwrap().path, [], "the other direction");
    for (from, to, named) in [("n0", "x", "`x`"), ("y", "n0", "`y`")] {
        let missing = ask(from, to).await;
        assert!(
            matches!(&missing, Err(Error::NotFound(text)) if text.contains(named)),
            "{missing:?}"
        );
    }
    let same = ask("n3", "n3").await;
    assert!(matches!(same, Err(Error::Invalid { .. })), "{same:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_what_is_committed() {
    let store = Store::in_memory().await;
    let (cis, relations) = random_graph(9, 30, 60);
    let (early, late) = relations.split_at(30);
    fill(&store, &cis[..20], &[]).await;
    store.warm().await.unwrap();
    fill(&store, &cis, early).await;
    fill(&store, &[], late).await;
    let found = store.verify_graph(0).await.unwrap();
    assert_eq!((found.cis, found.relations), (30, 60.min(relations.len() as u64)));
    assert_eq!(found.differences, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn relations_of_a_ci_are_grouped_and_counted_in_full() {
    let store = Store::in_memory().await;
    let mut cis = vec![ci("hub", "device"), ci("rack", "rack")];
    let mut relations = vec![
        relation("hub", RelationKind::LocatedIn, "rack"),
        relation("hub", RelationKind::DependsOn, "hub"),
    ];
    for n in 0..120 {
        let mut vm = ci(&format!("vm {n:03}"), "vm");
        vm.serial = Some(format!("S{n}"));
        cis.push(vm);
        relations.push(relation(&format!("vm {n:03}"), RelationKind::RunsOn, "hub"));
    }
    fill(&store, &cis, &relations).await;
    let ada = administrator();
    let groups = store.ci(&ada, &key("hub")).await.unwrap().relations;
    let shape: Vec<_> = groups
        .iter()
        .map(|g| (g.kind, g.outgoing, g.total, g.items.len()))
        .collect();
    let expected = [
        (RelationKind::DependsOn, false, 1, 1),
        (RelationKind::DependsOn, true, 1, 1),
        (RelationKind::RunsOn, false, 120, 50),
        (RelationKind::LocatedIn, true, 1, 1),
    ];
    assert_eq!(shape, expected);
    let first: Vec<&str> = groups[2].items.iter().map(|vm| vm.key.as_str()).collect();
    let expected: Vec<String> = (0..50).map(|n| format!("vm {n:03}")).collect();
    assert_eq!(first, expected, "by name");
    assert_eq!(groups[2].items[7].serial.as_deref(), Some("S7"));

    let page = store.contents(&ada, &key("rack"), None, None).await.unwrap();
    assert_eq!((page.total, page.items[0].key.as_str()), (1, "hub"));
    assert!(matches!(
        store.neighbours(&ada, &key("nothing"), 2, 10).await,
        Err(Error::NotFound(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn relations_wrongly_taken_for_new_are_looked_up() {
    let store = Store::in_memory().await;
    let (cis, relations) = random_graph(5, 10, 0);
    let some = [
        relation("ci 0", RelationKind::RunsOn, "ci 1"),
        relation("ci 1", RelationKind::RunsOn, "ci 2"),
    ];
    fill(&store, &cis, &relations).await;
    fill(&store, &[], &some[..1]).await;
    let tally = store
        .ingest_relations(RelationKind::RunsOn, &some, true, false)
        .await
        .unwrap();
    assert_eq!((tally.created, tally.unchanged), (1, 1));
    assert_eq!(store.estate().await.unwrap().index.relation_count(), 2);
}
