//! The machine alone: what it promises whatever its driver and the server do. How it works with others is in `sim`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use ulid::Ulid;

use super::*;
use crate::access::{Actor, Right, Types};
use crate::release::{CiFact, FieldRef, FieldVer, OpId, Release, ReleaseField, ReleaseType, Rev};
use crate::sync::store::{Durability, Generation, Row, StoreFault, Table, Tx, Write};
use crate::sync::{
    Change, Ctx, Cursor, Delta, OP_VERSION, OpEnvelope, Outcome, Package, PullResp, PushResp, ReleaseOp,
    Rulebook, Stamp, World, apply,
};
use crate::{CiKey, ClientId, Epoch, GestureId, ReleaseId, UserId};

const ME: UserId = UserId(Ulid(1));
const RELEASE: ReleaseId = ReleaseId(Ulid(7));

fn at(mono: u64) -> Now {
    let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let wall = start + TimeDelta::milliseconds(i64::try_from(mono).unwrap());
    Now { wall, mono }
}

fn act(n: u128) -> Input {
    let title = FieldRef::Release {
        field: ReleaseField::Title,
    };
    Input::Act(Act {
        release: RELEASE,
        gesture: GestureId(Ulid(n)),
        made: Stamp {
            wall: at(0).wall,
            skew_ms: None,
        },
        ops: vec![ReleaseOp::SetField {
            at: title,
            base: FieldVer::default(),
            from: "".into(),
            to: format!("title {n}").into(),
        }],
        typed: Vec::new(),
    })
}

fn commit(effects: &[Effect]) -> Option<(TxId, Tx)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Commit { id, tx } => Some((*id, tx.clone())),
        _ => None,
    })
}

fn sent(effects: &[Effect]) -> Option<RequestId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send { id, .. } => Some(*id),
        _ => None,
    })
}

/// A machine over an empty store that it has given an identity.
fn ready() -> Machine {
    let mut machine = Machine::new(ME, "test");
    machine.start(at(0));
    let effects = machine.handle(
        at(1),
        Input::Loaded {
            generation: Generation(0),
            rows: Vec::new(),
            fresh: ClientId(Ulid(5)),
        },
    );
    let (id, _) = commit(&effects).unwrap();
    machine.handle(at(2), Input::Committed(id));
    machine
}

#[test]
fn saved_means_that_a_strict_transaction_is_done() {
    let mut machine = ready();
    let (id, tx) = commit(&machine.handle(at(10), act(1))).unwrap();
    assert_eq!(tx.durability, Durability::Strict);
    assert_eq!(machine.standing().unsaved, 1);
    assert_eq!(machine.waiting()[0].kept, Kept::Unsaved);
    machine.handle(at(11), Input::Committed(id));
    assert_eq!((machine.standing().unsaved, machine.standing().waiting), (0, 1));
    assert_eq!(machine.waiting()[0].kept, Kept::Saved);
}

#[test]
fn a_gesture_is_decided_anew_when_another_tab_was_faster() {
    let mut machine = ready();
    let mut other = ready();
    let (_, theirs) = commit(&other.handle(at(10), act(1))).unwrap();
    let (id, mine) = commit(&machine.handle(at(10), act(2))).unwrap();
    assert_eq!(theirs.on, mine.on);
    // The word of the other tab comes first: no need to read the store.
    machine.handle(at(11), Input::Told(Word::Wrote(theirs.clone())));
    let effects = machine.handle(at(12), Input::NotCommitted(id, StoreFault::Stale));
    let (id, again) = commit(&effects).unwrap();
    assert_eq!(again.on, Generation(theirs.on.0 + 1));
    machine.handle(at(13), Input::Committed(id));
    let seqs: Vec<u64> = machine.waiting().iter().map(|one| one.op.id.seq).collect();
    assert_eq!(seqs, [1, 2]);
}

#[test]
fn a_full_device_keeps_the_gesture_and_says_so() {
    let mut machine = ready();
    let (id, _) = commit(&machine.handle(at(10), act(1))).unwrap();
    let effects = machine.handle(at(11), Input::NotCommitted(id, StoreFault::Quota));
    assert!(commit(&effects).is_none(), "not again at once");
    let standing = machine.standing();
    assert_eq!((standing.unsaved, standing.trouble), (1, Some(StoreFault::Quota)));
    let effects = machine.handle(at(5_000), Input::Tick);
    assert!(effects.contains(&Effect::Load {
        unless: Some(Generation(1))
    }));
    let effects = machine.handle(at(5_001), Input::Unchanged);
    assert!(commit(&effects).is_some());
}

/// What may happen to a machine, in any order.
fn request(effects: &[Effect]) -> Option<(RequestId, Request)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send { id, request, .. } => Some((*id, request.clone())),
        _ => None,
    })
}

fn written(machine: &mut Machine, at: Now, effects: &[Effect]) -> Vec<Effect> {
    let (id, _) = commit(effects).unwrap();
    machine.handle(at, Input::Committed(id))
}

/// A pinned site brings the releases that are about it, until it is unpinned.
#[test]
fn a_pinned_site_brings_its_releases() {
    let mut machine = ready();
    let site: CiKey = "site/ham".parse().unwrap();
    machine.handle(at(3), Input::SignedIn(Some(ME)));
    let (id, _) = request(&machine.handle(at(4), Input::Leading(true))).unwrap();
    let nothing = Delta {
        from: None,
        to: Cursor {
            epoch: Epoch(Ulid(9)),
            rev: Rev(4),
        },
        changes: Vec::new(),
        more: false,
        digest: None,
        through: 0,
        outcomes: Vec::new(),
        rulebook: None,
        durable_rev: Rev(0),
        now: at(5).wall,
        build: "test".into(),
    };
    let answer = Answer::Pulled(Box::new(PullResp::Delta(nothing)));
    let effects = machine.handle(at(5), Input::Answered(id, answer));
    written(&mut machine, at(6), &effects);
    let effects = machine.handle(at(7), Input::Pin(Place::Site(site.clone())));
    let effects = written(&mut machine, at(8), &effects);
    let (id, Request::Package(asked)) = request(&effects).unwrap() else {
        panic!("no package is asked for: {effects:?}");
    };
    assert!(machine.is_pinned(&Place::Site(site.clone())) && asked.sites == [site.clone()]);
    let package = Package {
        at: Rev(4),
        now: at(9).wall,
        cis: Vec::new(),
        relations: Vec::new(),
        cut: 0,
        classes: Vec::new(),
        directory: crate::wire::session::Directory::default(),
        releases: vec![RELEASE],
    };
    let answer = Answer::Packaged(Box::new(package));
    let effects = machine.handle(at(9), Input::Answered(id, answer));
    let effects = written(&mut machine, at(10), &effects);
    let (id, Request::Pull(asked)) = request(&effects).unwrap() else {
        panic!("nothing is pulled: {effects:?}");
    };
    assert_eq!(asked.follow, [RELEASE]);

    machine.handle(at(11), Input::Answered(id, Answer::Failed(Failure::Unreachable)));
    let effects = machine.handle(at(12), Input::Unpin(Place::Site(site.clone())));
    written(&mut machine, at(13), &effects);
    let effects = machine.handle(at(80_000), Input::Hint(Hint::Online));
    let (_, Request::Pull(asked)) = request(&effects).unwrap() else {
        panic!("nothing is pulled: {effects:?}");
    };
    assert!(!machine.is_pinned(&Place::Site(site)) && asked.follow.is_empty());
}

/// A release as the server has it at a revision.
fn stored(rev: u64) -> Release {
    struct Nothing;
    impl World for Nothing {
        fn ci(&self, _: &CiKey) -> CiFact {
            CiFact::Unknown
        }
        fn outcome(&self, _: OpId) -> Option<Outcome> {
            None
        }
    }
    let op = OpEnvelope {
        id: OpId {
            client: ClientId(Ulid(6)),
            seq: 1,
        },
        v: OP_VERSION,
        author: ME,
        made: Stamp {
            wall: at(0).wall,
            skew_ms: None,
        },
        release: RELEASE,
        base_rev: Rev(0),
        epoch: None,
        gesture: GestureId(Ulid(99)),
        op: ReleaseOp::Create {
            fields: [(ReleaseField::Title, "as the server has it".into())].into(),
        },
    };
    let ctx = Ctx {
        actor: &me(),
        now: at(0).wall,
        stamp: FieldVer::Rev(Rev(rev)),
        number: None,
        world: &Nothing,
    };
    let mut slot = None;
    apply(&mut slot, &op, &ctx).unwrap();
    slot.unwrap()
}

fn me() -> Actor {
    Actor {
        user: ME,
        name: "me".into(),
        roles: [].into(),
        groups: [].into(),
        contracts: [].into(),
        rights: Right::ALL.map(|right| (right, Types::All)).into(),
        stands_in_for: [].into(),
        scopes: None,
    }
}

fn title(machine: &Machine) -> Option<String> {
    let shown = machine.shown(RELEASE, &me());
    shown.release.map(|release| release.title().to_owned())
}

fn rename(from: Rev, to: &str) -> Input {
    let Input::Act(mut act) = act(1) else {
        unreachable!()
    };
    act.ops = vec![ReleaseOp::SetField {
        at: FieldRef::Release {
            field: ReleaseField::Title,
        },
        base: FieldVer::Rev(from),
        from: "as the server has it".into(),
        to: to.into(),
    }];
    Input::Act(act)
}

fn rows(written: &[Tx]) -> Vec<Row> {
    let mut rows: BTreeMap<(Table, String), Row> = BTreeMap::new();
    for write in written.iter().flat_map(|tx| &tx.writes) {
        match write {
            Write::Put(row) => {
                rows.insert((row.table, row.key.clone()), row.clone());
            }
            Write::Delete(table, key) => {
                rows.remove(&(*table, key.clone()));
            }
            Write::Clear(table) => rows.retain(|(of, _), _| of != table),
        }
    }
    rows.into_values().collect()
}

fn delta(rev: u64, changes: Vec<Change>, outcomes: Vec<(u64, Outcome)>) -> Answer {
    Answer::Pulled(Box::new(PullResp::Delta(Delta {
        from: None,
        to: Cursor {
            epoch: Epoch(Ulid(9)),
            rev: Rev(rev),
        },
        changes,
        more: false,
        digest: None,
        through: outcomes.len() as u64,
        outcomes,
        rulebook: None,
        durable_rev: Rev(0),
        now: at(5).wall,
        build: "test".into(),
    })))
}

/// What somebody does to a release that the server has shown and no pull has brought is shown at once, is there after
/// the page was loaded anew without a network, and leaves nothing behind once a pull has brought the release.
#[test]
fn work_on_a_release_that_is_not_held_yet_is_shown_and_kept() {
    let mut machine = ready();
    let mut kept = Vec::new();
    assert!(machine.seed(&stored(4)) && !machine.seed(&stored(4)));
    assert_eq!(title(&machine).as_deref(), Some("as the server has it"));
    let (id, tx) = commit(&machine.handle(at(10), rename(Rev(4), "mine"))).unwrap();
    assert_eq!(title(&machine).as_deref(), Some("mine"));
    kept.push(tx);
    machine.handle(at(11), Input::Committed(id));
    assert_eq!(title(&machine).as_deref(), Some("mine"));

    let mut later = Machine::new(ME, "test");
    later.start(at(0));
    let mut all = rows(&kept);
    let store = all.iter_mut().find(|row| row.key == "store").unwrap();
    assert!(store.value.contains("next_seq"));
    let loaded = Input::Loaded {
        generation: Generation(2),
        rows: all,
        fresh: ClientId(Ulid(8)),
    };
    later.handle(at(1), loaded);
    assert_eq!(title(&later).as_deref(), Some("mine"));
    assert_eq!(later.releases().count(), 1);

    // A pull that was asked before says nothing of it, although the op is decided: it stays shown.
    later.handle(at(2), Input::SignedIn(Some(ME)));
    let effects = later.handle(at(3), Input::Leading(true));
    let pull = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Send {
                id,
                request: Request::Pull(request),
                ..
            } => Some((*id, request.clone())),
            _ => None,
        })
    };
    let (id, asked) = pull(&effects).unwrap();
    assert_eq!((asked.follow, asked.fresh), (vec![RELEASE], vec![RELEASE]));
    let applied = || vec![(1, Outcome::Applied { rev: Rev(7) })];
    let effects = later.handle(at(4), Input::Answered(id, delta(9, Vec::new(), applied())));
    let mut effects = written(&mut later, at(5), &effects);
    assert_eq!(
        title(&later).as_deref(),
        Some("mine"),
        "decided, and not in what is held"
    );

    // The next one brings it.
    if pull(&effects).is_none() {
        effects = later.handle(at(6), Input::Poke(Rev(10)));
    }
    let (id, _) = pull(&effects).unwrap();
    let mut newer = stored(7);
    newer.fields.get_mut(&ReleaseField::Title).unwrap().value = "mine, as stored".into();
    let change = Change::Release {
        release: Box::new(newer),
    };
    let effects = later.handle(at(7), Input::Answered(id, delta(10, vec![change], Vec::new())));
    let (_, tx) = commit(&effects).unwrap();
    written(&mut later, at(8), &effects);
    assert_eq!(title(&later).as_deref(), Some("mine, as stored"));
    assert!(later.waiting().is_empty());
    kept.push(tx);
    let bases = rows(&kept).into_iter().filter(|row| row.table == Table::Base);
    let keys: Vec<String> = bases.map(|row| row.key).collect();
    assert_eq!(keys, [RELEASE.to_string()], "the seed is gone");
    assert!(!later.seed(&stored(8)), "what is held is not shown over");
}

/// Release types and calendars come with the releases, once, and again when they have changed.
#[test]
fn the_rulebook_comes_with_a_pull() {
    let mut machine = ready();
    machine.handle(at(3), Input::SignedIn(Some(ME)));
    let (id, Request::Pull(asked)) = request(&machine.handle(at(4), Input::Leading(true))).unwrap() else {
        panic!("nothing is pulled");
    };
    assert_eq!(asked.rulebook.as_deref(), Some(""));
    let kind = ReleaseType::new("standard".parse().unwrap(), "Standard");
    let rulebook = Rulebook::new(vec![kind.clone()], Vec::new()).unwrap();
    let Answer::Pulled(mut answer) = delta(4, Vec::new(), Vec::new()) else {
        unreachable!()
    };
    if let PullResp::Delta(delta) = answer.as_mut() {
        delta.rulebook = Some(Box::new(rulebook.clone()));
    }
    let effects = machine.handle(at(5), Input::Answered(id, Answer::Pulled(answer)));
    assert!(
        !machine.world().reckons(Some(&kind.key)),
        "not before it is stored"
    );
    written(&mut machine, at(6), &effects);
    assert_eq!(machine.world().rules().unwrap().kind(&kind.key), Some(&kind));
    let effects = machine.handle(at(80_000), Input::Poke(Rev(9)));
    let (_, Request::Pull(asked)) = request(&effects).unwrap() else {
        panic!("nothing is pulled: {effects:?}");
    };
    assert_eq!(asked.rulebook, Some(rulebook.tag));
}

fn input() -> impl Strategy<Value = Input> {
    let failure = prop::sample::select(vec![
        Failure::Unreachable,
        Failure::NotOurs,
        Failure::LoginNeeded,
        Failure::RetryAfter(1_000_000),
        Failure::Status(500, String::new()),
        Failure::Status(404, "not here".into()),
        Failure::Status(413, String::new()),
    ]);
    let pushed = prop::sample::select(vec![
        PushResp::WrongUser,
        PushResp::TooNew,
        PushResp::TooOld { min_proto: 9 },
        PushResp::Busy { retry_after_ms: 900 },
        PushResp::Behind { head: Rev(1) },
        PushResp::UnknownClient,
        PushResp::Gap { expected: 1 },
    ]);
    let pulled = prop::sample::select(vec![
        PullResp::WrongUser,
        PullResp::TooNew,
        PullResp::TooOld { min_proto: 9 },
        PullResp::Busy { retry_after_ms: 900 },
    ]);
    let hints = vec![
        Hint::Online,
        Hint::Offline,
        Hint::Visible,
        Hint::Focus,
        Hint::UserAsked,
    ];
    let request = (1..30u64).prop_map(RequestId);
    prop_oneof![
        (1..99u128).prop_map(act),
        Just(Input::Tick),
        prop::sample::select(hints).prop_map(Input::Hint),
        any::<bool>().prop_map(Input::Leading),
        (0..9u64).prop_map(|rev| Input::Poke(Rev(rev))),
        prop::option::of(1..3u128).prop_map(|user| Input::SignedIn(user.map(|user| UserId(Ulid(user))))),
        (request.clone(), failure).prop_map(|(id, failure)| Input::Answered(id, Answer::Failed(failure))),
        (request.clone(), pushed).prop_map(|(id, answer)| Input::Answered(id, Answer::Pushed(answer))),
        (request, pulled).prop_map(|(id, answer)| Input::Answered(id, Answer::Pulled(Box::new(answer)))),
        (0..40u64).prop_map(|id| Input::Committed(TxId(id))),
        Just(Input::Open(RELEASE)),
    ]
}

proptest! {
    /// From any state, enough time leads to an attempt, although no timer rings, no request is ever answered and
    /// nobody does anything: some input after a quarter of an hour is all it takes.
    #[test]
    fn every_pause_ends(inputs in prop::collection::vec((input(), 0..60_000u64), 0..40)) {
        let mut machine = ready();
        let mut time = 10;
        machine.handle(at(time), Input::Leading(true));
        let mut flying = None;
        for (input, after) in inputs {
            time += after;
            let effects = machine.handle(at(time), input);
            flying = commit(&effects).or(flying);
        }
        machine.handle(at(time), Input::Leading(true));
        let mut tried = false;
        for _ in 0..4 {
            time += 5 * 60 * 1_000 + 1;
            // A store that works: what is being written is done.
            let mut effects = machine.handle(at(time), Input::Tick);
            while let Some((id, _)) = commit(&effects).or_else(|| flying.take()) {
                tried |= sent(&effects).is_some();
                effects = machine.handle(at(time), Input::Committed(id));
            }
            if effects.iter().any(|effect| matches!(effect, Effect::Load { .. })) {
                let more = machine.handle(at(time), Input::Unchanged);
                tried |= sent(&more).is_some();
            }
            tried |= sent(&effects).is_some();
        }
        prop_assert!(tried, "{:?}", machine.standing());
    }
}
