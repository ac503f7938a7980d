mod trace;
mod workflow;

use std::collections::BTreeMap;

use domain::GestureId;
use domain::release::{OrderKey, ReleaseField, ReleaseType, Stage};
use domain::sync::{
    Change, Cursor, Delta, OP_VERSION, OpEnvelope, PROTOCOL, PullReq, PullResp, ReleaseOp, Stamp, StepBody,
    TargetBody,
};
use domain::wire::list::ReleaseQuery;

use super::super::JournalOf;
use super::super::samples::{administrator, author, ci, fill, key};
use super::*;

/// A store of ops of one person.
pub(in crate::db) struct Device {
    client: ClientId,
    pub(in crate::db) actor: Actor,
    seq: u64,
}

impl Device {
    pub(in crate::db) fn of(actor: &Actor) -> Self {
        Self {
            client: ClientId(ulid::Ulid::new()),
            actor: actor.clone(),
            seq: 0,
        }
    }

    pub(in crate::db) fn push(&mut self, release: ReleaseId, ops: Vec<ReleaseOp>) -> PushReq {
        let gesture = GestureId(ulid::Ulid::new());
        let ops = ops.into_iter().map(|op| {
            self.seq += 1;
            let envelope = OpEnvelope {
                id: OpId {
                    client: self.client,
                    seq: self.seq,
                },
                v: OP_VERSION,
                author: self.actor.user,
                made: Stamp {
                    wall: Utc::now(),
                    skew_ms: None,
                },
                release,
                base_rev: Rev(0),
                epoch: None,
                gesture,
                op,
            };
            serde_json::to_value(envelope).unwrap()
        });
        PushReq {
            proto: PROTOCOL,
            build: "test".to_owned(),
            epoch: None,
            head: None,
            client: self.client,
            ops: ops.collect(),
        }
    }

    fn pull(&self, release: ReleaseId, cursor: Option<Cursor>) -> PullReq {
        PullReq {
            proto: PROTOCOL,
            build: "test".to_owned(),
            client: self.client,
            cursor,
            follow: vec![release],
            fresh: Vec::new(),
            mine: false,
            held: Vec::new(),
            through: 0,
            rulebook: None,
        }
    }
}

pub(in crate::db) fn create(title: &str) -> ReleaseOp {
    ReleaseOp::Create {
        fields: BTreeMap::from([(ReleaseField::Title, title.into())]),
    }
}

fn add_step(targets: &[&str]) -> ReleaseOp {
    let targets = targets
        .iter()
        .map(|ci| (key(ci), TargetBody::default()))
        .collect();
    ReleaseOp::AddStep {
        step: domain::StepId(ulid::Ulid::new()),
        place: OrderKey::between(None, None),
        after: None,
        body: StepBody {
            targets,
            ..StepBody::default()
        },
    }
}

pub(in crate::db) fn fresh() -> ReleaseId {
    ReleaseId(ulid::Ulid::new())
}

pub(in crate::db) async fn outcomes(store: &Store, actor: &Actor, push: &PushReq) -> Vec<Outcome> {
    match store.push(actor, push, Utc::now()).await.unwrap() {
        PushResp::Ok { outcomes, .. } => outcomes.into_iter().map(|(_, outcome)| outcome).collect(),
        other => panic!("{other:?}"),
    }
}

async fn delta(store: &Store, actor: &Actor, pull: &PullReq) -> Delta {
    match store.pull(actor, pull, Utc::now()).await.unwrap() {
        PullResp::Delta(delta) => delta,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_stored_whole_and_a_repeat_answers_the_same() {
    let store = Store::in_memory().await;
    fill(&store, &[ci("vm/1", "vm"), ci("vm/2", "vm")], &[]).await;
    let bob = author();
    let mut device = Device::of(&bob);
    let (id, before) = (fresh(), store.head());
    let push = device.push(
        id,
        vec![
            create("Upgrade"),
            add_step(&["vm/1"]),
            ReleaseOp::LinkCi { ci: key("vm/2") },
        ],
    );
    let first = outcomes(&store, &bob, &push).await;
    assert!(first.iter().all(|outcome| outcome.rev().is_some()), "{first:?}");
    assert_eq!(store.head(), before + 3);

    let release = store.release_by_id(&bob, id).await.unwrap();
    let number = release.number.unwrap();
    assert_eq!((release.title(), release.stage), ("Upgrade", Stage::Draft));
    assert_eq!(store.release(&bob, number).await.unwrap(), release);
    let list = store
        .releases(&bob, &ReleaseQuery::default(), Utc::now())
        .await
        .unwrap();
    assert_eq!((list.total, list.items[0].steps), (1, 1));
    let journal = store
        .journal(&bob, number, 2, None, JournalOf::All)
        .await
        .unwrap();
    assert_eq!(
        (journal.total, journal.items.len(), journal.items[0].rev.0),
        (3, 2, before + 3)
    );
    let rest = store
        .journal(&bob, number, 2, journal.next.as_deref(), JournalOf::All)
        .await
        .unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    for vm in ["vm/1", "vm/2"] {
        assert_eq!(
            store.ci(&administrator(), &key(vm)).await.unwrap().releases.len(),
            1,
            "{vm}"
        );
    }

    assert_eq!(outcomes(&store, &bob, &push).await, first, "a repeat");
    assert_eq!(store.head(), before + 3, "a repeat writes nothing");
    let unlink = device.push(
        id,
        vec![ReleaseOp::UnlinkCi {
            ci: key("vm/2"),
            base: release.scope[&key("vm/2")].mark.ver,
        }],
    );
    outcomes(&store, &bob, &unlink).await;
    assert!(
        store
            .ci(&administrator(), &key("vm/2"))
            .await
            .unwrap()
            .releases
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_seen_is_not_there() {
    let store = Store::in_memory().await;
    let (bob, other) = (author(), author());
    let mut device = Device::of(&bob);
    let id = fresh();
    outcomes(&store, &bob, &device.push(id, vec![create("Secret")])).await;
    let number = store.release_by_id(&bob, id).await.unwrap().number.unwrap();
    assert_eq!(
        store
            .releases(&other, &ReleaseQuery::default(), Utc::now())
            .await
            .unwrap()
            .total,
        0
    );
    let hidden = store.release(&other, number).await.unwrap_err();
    let absent = store.release(&other, ReleaseNumber(999)).await.unwrap_err();
    assert_eq!(hidden, absent);
    assert_eq!(store.release_by_id(&other, id).await.unwrap_err(), absent);
    assert_eq!(
        store
            .journal(&other, number, 10, None, JournalOf::All)
            .await
            .unwrap_err(),
        absent
    );

    let theirs = device.push(id, vec![create("x")]);
    assert_eq!(
        store.push(&other, &theirs, Utc::now()).await,
        Ok(PushResp::WrongUser)
    );
    let pull = device.pull(id, None);
    assert_eq!(
        store.pull(&other, &pull, Utc::now()).await,
        Ok(PullResp::WrongUser)
    );
    let own = Device::of(&other).pull(id, None);
    assert_eq!(delta(&store, &other, &own).await.changes, [Change::Evict { id }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_brings_what_is_new_and_the_outcomes() {
    let store = Store::in_memory().await;
    let bob = author();
    let (mut device, id) = (Device::of(&bob), fresh());
    outcomes(&store, &bob, &device.push(id, vec![create("One")])).await;
    let Delta {
        to,
        changes,
        outcomes: heard,
        through,
        digest: sum,
        ..
    } = delta(&store, &bob, &device.pull(id, None)).await;
    assert!(matches!(changes.as_slice(), [Change::Release { release }] if release.title() == "One"));
    assert_eq!((to.rev.0, through, heard.len()), (store.head(), 1, 1));
    assert_eq!(sum, Some(domain::sync::digest(&BTreeMap::from([(id, to.rev)]))));
    assert_eq!(delta(&store, &bob, &device.pull(id, Some(to))).await.changes, []);
    // What its user wrote comes by itself, also when it is older than the cursor.
    let mine = PullReq {
        mine: true,
        follow: Vec::new(),
        ..device.pull(id, Some(to))
    };
    let came = delta(&store, &bob, &mine).await.changes;
    assert!(matches!(came.as_slice(), [Change::Release { release }] if release.id == id));

    let elsewhere = Cursor {
        epoch: domain::Epoch(ulid::Ulid::new()),
        ..to
    };
    let ahead = Cursor {
        rev: Rev(store.head() + 1),
        ..to
    };
    let answer = store
        .pull(&bob, &device.pull(id, Some(elsewhere)), Utc::now())
        .await;
    assert!(
        matches!(&answer, Ok(PullResp::Reset { restored, .. }) if restored.through == 1),
        "{answer:?}"
    );
    let answer = store.pull(&bob, &device.pull(id, Some(ahead)), Utc::now()).await;
    assert_eq!(answer, Ok(PullResp::Behind { head: to.rev }));
}

#[tokio::test(flavor = "multi_thread")]
async fn release_types_and_calendars_come_with_a_pull_that_asks_for_them() {
    let store = Store::in_memory().await;
    let bob = author();
    let (device, id) = (Device::of(&bob), fresh());
    let kind = ReleaseType::new("office".parse().unwrap(), "Office");
    store.add_release_type(&kind).await.unwrap();
    let asks = |tag: Option<&str>| PullReq {
        rulebook: tag.map(str::to_owned),
        ..device.pull(id, None)
    };
    let rulebook = async |tag| delta(&store, &bob, &asks(tag)).await.rulebook;
    assert_eq!(rulebook(None).await, None, "an older device does not ask");
    let first = rulebook(Some("")).await.unwrap();
    assert!(first.release_types.contains(&kind));
    assert_eq!(rulebook(Some(&first.tag)).await, None, "it has it already");
    let other = ReleaseType::new("night".parse().unwrap(), "Night");
    store.add_release_type(&other).await.unwrap();
    let next = rulebook(Some(&first.tag)).await.unwrap();
    assert!(next.tag != first.tag && next.release_types.contains(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_pushes_change_nothing() {
    let store = Store::in_memory().await;
    let bob = author();
    let mut device = Device::of(&bob);
    device.seq = 4;
    let gap = device.push(fresh(), vec![create("x")]);
    assert_eq!(
        store.push(&bob, &gap, Utc::now()).await,
        Ok(PushResp::UnknownClient)
    );
    let mut garbage = device.push(fresh(), vec![]);
    garbage.ops = vec![serde_json::json!({ "hello": 1 })];
    let refused = store.push(&bob, &garbage, Utc::now()).await;
    assert!(
        matches!(refused, Err(Error::Invalid { ref at, .. }) if at == "ops[0]"),
        "{refused:?}"
    );
    let mut too_many = device.push(fresh(), vec![]);
    too_many.ops = vec![serde_json::Value::Null; 300];
    assert!(matches!(
        store.push(&bob, &too_many, Utc::now()).await,
        Err(Error::Invalid { .. })
    ));
    assert_eq!(store.head(), 0);
    let unknown = Device::of(&bob).push(fresh(), vec![create("x"), add_step(&["never/there"])]);
    let outcome = outcomes(&store, &bob, &unknown).await;
    assert!(
        outcome.iter().all(|outcome| outcome.rev().is_none()),
        "all or none: {outcome:?}"
    );
    assert_eq!(
        (
            store.head(),
            store
                .releases(&bob, &ReleaseQuery::default(), Utc::now())
                .await
                .unwrap()
                .total
        ),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_at_the_same_time_get_revisions_and_numbers_of_their_own() {
    let store = Store::in_memory().await;
    let bob = author();
    let mut tasks = Vec::new();
    for n in 0..20 {
        let (store, bob) = (store.clone(), bob.clone());
        tasks.push(tokio::spawn(async move {
            let push = Device::of(&bob).push(fresh(), vec![create(&format!("Release {n}"))]);
            outcomes(&store, &bob, &push).await[0].rev().unwrap().0
        }));
    }
    let mut revs = BTreeSet::new();
    for task in tasks {
        revs.insert(task.await.unwrap());
    }
    assert_eq!(revs, (1..=20).collect());
    let page = store
        .releases(&bob, &ReleaseQuery::default(), Utc::now())
        .await
        .unwrap();
    let numbers: BTreeSet<_> = page
        .items
        .iter()
        .filter_map(|release| release.number)
        .map(|n| n.0)
        .collect();
    assert_eq!(numbers, (1..=20).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_another_process_is_noticed_and_read() {
    let store = Store::in_memory().await;
    let bob = author();
    store.warm().await.unwrap();
    let elsewhere = "UPDATE meta:state SET head = 41, next_number = 7";
    store.ask("testing", elsewhere, Vars::new()).await.unwrap();
    let id = fresh();
    let outcome = outcomes(&store, &bob, &Device::of(&bob).push(id, vec![create("x")])).await;
    assert_eq!(outcome[0].rev(), Some(Rev(42)));
    assert_eq!(
        store.release_by_id(&bob, id).await.unwrap().number,
        Some(ReleaseNumber(7))
    );
    assert_eq!(
        store
            .releases(&bob, &ReleaseQuery::default(), Utc::now())
            .await
            .unwrap()
            .total,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_reopening_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let target =
        super::super::Target::folder(dir.path().join("with space"), super::super::SyncMode::Every).unwrap();
    let (bob, id) = (author(), fresh());
    let mut device = Device::of(&bob);
    let store = Store::connect(&target).await.unwrap();
    fill(&store, &[ci("vm/1", "vm")], &[]).await;
    outcomes(
        &store,
        &bob,
        &device.push(id, vec![create("Kept"), add_step(&["vm/1"])]),
    )
    .await;
    let (head, epoch, release) = (
        store.head(),
        store.epoch(),
        store.release_by_id(&bob, id).await.unwrap(),
    );
    let in_use = Store::connect(&target).await.err().unwrap().to_string();
    assert!(in_use.contains("in use by process"), "{in_use}");
    store.close().await;
    assert!(matches!(store.ping().await, Err(Error::Busy(_))));

    let store = Store::connect(&target).await.unwrap();
    assert_eq!((store.head(), store.epoch()), (head, epoch));
    assert_eq!(store.release_by_id(&bob, id).await.unwrap(), release);
    let next = outcomes(&store, &bob, &device.push(fresh(), vec![create("Next")])).await;
    assert_eq!(next[0].rev(), Some(Rev(head + 1)));
    store.close().await;
}
