use domain::cmdb::{Ci, Relation, RelationKind};
use domain::graph::neighbourhood;
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
            stored.relations.sort();
            indexed.relations.sort();
            assert_eq!(stored, indexed, "seed {seed}, {centre}, {depth} hops");
        }
    }
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
        cis.push(ci(&format!("vm {n:03}"), "vm"));
        relations.push(relation(&format!("vm {n:03}"), RelationKind::RunsOn, "hub"));
    }
    fill(&store, &cis, &relations).await;
    let groups = store.relation_groups(&key("hub")).await.unwrap();
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
    assert_eq!(groups[2].items[0].key, key("vm 000"));

    let ada = administrator();
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
