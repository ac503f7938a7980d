use super::super::oplog::tests::{Device, create, fresh, outcomes};
use super::super::query::Vars;
use super::super::samples::author;
use super::*;

const ENTRIES: u64 = 6;

/// A store with so many entries in its journal, and a checkpoint in the middle.
async fn written() -> (Store, Vec<Checkpoint>) {
    let store = Store::in_memory().await;
    let bob = author();
    let mut checkpoints = Vec::new();
    for n in 1..=ENTRIES {
        let push = Device::of(&bob).push(fresh(), vec![create(&format!("Release {n}"))]);
        outcomes(&store, &bob, &push).await;
        if n == 4 {
            checkpoints.extend(store.journal_end().await);
        }
    }
    (store, checkpoints)
}

async fn stored(store: &Store) -> Vec<JournalRow> {
    let all = "SELECT * FROM journal ORDER BY rev";
    store
        .ask("testing", all, Vars::new())
        .await
        .unwrap()
        .rows(0)
        .unwrap()
}

async fn tamper(store: &Store, text: &'static str, vars: Vars) {
    store.ask("tampering", text, vars).await.unwrap();
}

async fn bad(store: &Store, checkpoints: &[Checkpoint]) -> BadEntry {
    store.verify_journal(checkpoints).await.unwrap().bad.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_touched_is_as_it_was_written() {
    let (store, checkpoints) = written().await;
    let found = store.verify_journal(&checkpoints).await.unwrap();
    let expected = JournalReport {
        entries: ENTRIES,
        anchored: 4,
        unanchored: 2,
        checkpoints: 1,
        ..JournalReport::default()
    };
    assert_eq!(found, expected);
    let elsewhere = Checkpoint {
        epoch: domain::Epoch(ulid::Ulid::new()),
        ..checkpoints[0].clone()
    };
    let found = store.verify_journal(&[elsewhere]).await.unwrap();
    assert_eq!((found.other_checkpoints, found.anchored, found.bad), (1, 0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_tampering_names_the_first_bad_entry() {
    const CHANGE: &str = "UPDATE $id SET entry = string::replace(entry, 'Release', 'Nothing') RETURN NONE";
    const MOVE: &str = "UPDATE $id SET release = 'other' RETURN NONE";
    const REMOVE: &str = "DELETE $id RETURN NONE";
    const STRIP: &str = "UPDATE $id SET place = NONE, chain = NONE RETURN NONE";
    const SWAP: &str =
        "LET $a = (SELECT VALUE entry FROM ONLY $id); LET $b = (SELECT VALUE entry FROM ONLY $other);
        UPDATE $id SET entry = $b RETURN NONE; UPDATE $other SET entry = $a RETURN NONE";
    let ways = [
        (CHANGE, "not what was written", 3),
        (MOVE, "another release", 3),
        (REMOVE, "entries 3 to 3 are missing before it", 3),
        (STRIP, "not part of the chain", 3),
        (SWAP, "not what was written", 3),
    ];
    for (way, says, place) in ways {
        let (store, checkpoints) = written().await;
        let rows = stored(&store).await;
        let vars = Vars::new()
            .with("id", rows[2].id.clone())
            .with("other", rows[4].id.clone());
        tamper(&store, way, vars).await;
        let bad = bad(&store, &checkpoints).await;
        assert!(bad.reason.contains(says), "{way}: {bad:?}");
        assert_eq!(bad.place, place, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_are_missing_at_the_end_are_noticed() {
    let (store, _) = written().await;
    let last = stored(&store).await.pop().unwrap();
    tamper(&store, "DELETE $id RETURN NONE", Vars::new().with("id", last.id)).await;
    let bad = bad(&store, &[]).await;
    assert_eq!((bad.rev, bad.place), (None, ENTRIES));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_was_written_anew_is_betrayed_by_a_checkpoint_alone() {
    const REPLACE: &str = "UPDATE $id SET entry = $entry, chain = $chain RETURN NONE";
    const END: &str = "UPDATE meta:state SET chain = $chain RETURN NONE";
    let (store, checkpoints) = written().await;
    let mut chain = Chain::BEGIN;
    for row in stored(&store).await {
        let entry = row.entry.replace("started", "never started");
        assert_ne!(entry, row.entry, "the forgery must change something");
        chain = chain.then(&entry);
        let vars = Vars::new()
            .with("id", row.id)
            .with("entry", entry)
            .with("chain", chain.digest());
        tamper(&store, REPLACE, vars).await;
    }
    tamper(&store, END, Vars::new().with("chain", chain.digest())).await;
    assert_eq!(
        store.verify_journal(&[]).await.unwrap().bad,
        None,
        "nothing else shows it"
    );
    let bad = bad(&store, &checkpoints).await;
    assert_eq!(bad.place, 4);
    assert!(bad.reason.contains("written anew"), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_older_than_the_chain_are_said_to_be_so() {
    let (store, _) = written().await;
    let rows = stored(&store).await;
    const OLD: &str = "UPDATE journal SET place = NONE, chain = NONE RETURN NONE;
        UPDATE meta:state SET chained = 0, chain = NONE, chained_after = $rev RETURN NONE";
    tamper(&store, OLD, Vars::new().with("rev", rows[5].rev)).await;
    let found = store.verify_journal(&[]).await.unwrap();
    assert_eq!(
        (found.before_chain, found.anchored, found.bad),
        (ENTRIES, 0, None)
    );
}
