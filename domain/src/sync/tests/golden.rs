//! The wire format, held still: every message of the protocol and every op, as JSON that was written once.
//!
//! Today's types must read these lines and write them again byte for byte. A line is never changed: what has to read
//! otherwise gets a new protocol or op schema, a new file, and reading of the old one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bench::now;
use crate::access::Right;
use crate::release::*;
use crate::sync::*;
use crate::{CiKey, ClientId, Epoch, ReleaseId, StepId};

/// Messages that were written once, by name.
struct Golden<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Golden<'a> {
    fn read(lines: &'a str) -> Self {
        let mut all = BTreeMap::new();
        for line in lines.lines() {
            let inner = line.strip_prefix("{\"").and_then(|line| line.strip_suffix('}'));
            let (name, json) = inner.and_then(|inner| inner.split_once("\":")).unwrap();
            assert!(all.insert(name, json).is_none(), "two lines are named {name}");
        }
        Self(all)
    }

    /// Takes a line out, which must read as a value that is written the same.
    fn same<T: Serialize + DeserializeOwned>(&mut self, name: &str) -> T {
        let Some(kept) = self.0.remove(name) else {
            panic!("there is no golden {name:?}");
        };
        let read: T = serde_json::from_str(kept).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            kept,
            "{name} is written otherwise"
        );
        let in_browser: T = crate::json::from_str(kept).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            serde_json::to_string(&in_browser).unwrap(),
            kept,
            "{name} is read otherwise in a browser"
        );
        read
    }

    /// Takes a line out, which must read as this value.
    fn is<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(&mut self, name: &str, today: &T) {
        let json = serde_json::to_string(today).unwrap();
        assert!(
            self.0.contains_key(name),
            "no golden line; today it would be {{{name:?}:{json}}}"
        );
        assert_eq!(self.same::<T>(name), *today, "{name} reads otherwise");
    }

    /// Every line was looked at.
    fn done(self) {
        assert!(self.0.is_empty(), "lines without a test: {:?}", self.0.keys());
    }
}

const CLIENT: ClientId = ClientId(ulid::Ulid(100));
const EPOCH: Epoch = Epoch(ulid::Ulid(7));
const RELEASE: ReleaseId = ReleaseId(ulid::Ulid(1));

fn op(seq: u64) -> OpId {
    OpId { client: CLIENT, seq }
}

fn at() -> Cursor {
    let rev = Rev(77);
    Cursor { epoch: EPOCH, rev }
}

/// Every outcome there is, with every reason.
fn outcomes() -> Vec<(u64, Outcome)> {
    let what = || "step 1".to_owned();
    let field = FieldRef::Step {
        step: StepId(ulid::Ulid(1)),
        field: StepField::Instructions,
    };
    let taken = [
        Verdict::Applied,
        Verdict::Merged(MergeNote::Text { at: field }),
        Verdict::Merged(MergeNote::AnchorGone),
        Verdict::Merged(MergeNote::KeptElement),
        Verdict::Conflicted(ConflictId(op(5))),
    ]
    .map(|verdict| verdict.at(Rev(77)));
    let unmet = Unmet {
        who: vec![],
        code: "title_missing".into(),
        text: "Give it a title.".into(),
        at: FieldPlace::Release {
            field: ReleaseField::Title,
        },
    };
    let refused = [
        Reason::NotAllowed { needs: Right::Edit },
        Reason::Frozen {
            stage: Stage::Authorisation,
        },
        Reason::WrongStage {
            stage: Stage::Draft,
            needs: Stage::Execution,
        },
        Reason::SamePerson,
        Reason::ContentChanged {
            now: ContentHash("ab".repeat(32)),
        },
        Reason::NotReady { unmet: vec![unmet] },
        Reason::Malformed { what: what() },
        Reason::NoSuch { what: what() },
        Reason::Duplicate { what: what() },
        Reason::Cycle {
            path: vec![StepId(ulid::Ulid(1)), StepId(ulid::Ulid(2))],
        },
        Reason::TooMany { what: what() },
        Reason::GestureRefused,
        Reason::RestsOnRefused,
        Reason::TakenBack,
    ]
    .map(|reason| Outcome::Rejected {
        depends_on: matches!(reason, Reason::RestsOnRefused).then(|| op(4)),
        reason,
    });
    (1..).zip(taken.into_iter().chain(refused)).collect()
}

fn push_answers() -> [(&'static str, PushResp); 9] {
    let now: DateTime<Utc> = now();
    let restored = Restored {
        epoch: EPOCH,
        through: 4,
    };
    let ok = PushResp::Ok {
        epoch: EPOCH,
        through: 19,
        outcomes: outcomes(),
        head: Rev(77),
        now,
    };
    [
        ("push: ok", ok),
        ("push: gap", PushResp::Gap { expected: 3 }),
        ("push: unknown client", PushResp::UnknownClient),
        ("push: epoch changed", PushResp::EpochChanged(restored)),
        ("push: behind", PushResp::Behind { head: Rev(9) }),
        ("push: wrong user", PushResp::WrongUser),
        ("push: busy", PushResp::Busy { retry_after_ms: 250 }),
        ("push: too old", PushResp::TooOld { min_proto: 1 }),
        ("push: too new", PushResp::TooNew),
    ]
}

fn pull_answers(releases: [Release; 2]) -> [(&'static str, PullResp); 8] {
    let gone = ReleaseId(ulid::Ulid(2));
    let sent = releases.map(|release| Change::Release {
        release: Box::new(release),
    });
    let changes = sent.into_iter().chain([Change::Evict { id: gone }]).collect();
    let last = Delta {
        from: Some(at()),
        to: at(),
        changes,
        more: false,
        digest: Some("d1".into()),
        through: 19,
        outcomes: vec![(19, Outcome::Applied { rev: Rev(77) })],
        durable_rev: Rev(70),
        now: now(),
        build: "b1".into(),
    };
    let first = Delta {
        from: None,
        changes: Vec::new(),
        more: true,
        digest: None,
        outcomes: Vec::new(),
        ..last.clone()
    };
    let reset = PullResp::Reset {
        restored: Restored {
            epoch: EPOCH,
            through: 4,
        },
        why: "restored".into(),
    };
    [
        ("pull: first page", PullResp::Delta(first)),
        ("pull: last page", PullResp::Delta(last)),
        ("pull: reset", reset),
        ("pull: behind", PullResp::Behind { head: Rev(9) }),
        ("pull: wrong user", PullResp::WrongUser),
        ("pull: busy", PullResp::Busy { retry_after_ms: 250 }),
        ("pull: too old", PullResp::TooOld { min_proto: 2 }),
        ("pull: too new", PullResp::TooNew),
    ]
}

#[test]
fn messages_of_this_protocol_read_and_write_the_same() {
    assert_eq!(
        PROTOCOL, 2,
        "a new protocol gets a file of its own; the old one must still be read"
    );
    let mut golden = Golden::read(include_str!("messages-v2.ndjson"));
    let releases = [
        "a draft with every kind of conflict",
        "a release that is carried out",
    ];
    let releases = releases.map(|name| golden.same::<Release>(name));
    golden.same::<Package>("package");
    golden.same::<Package>("package of a site");
    let sites: Vec<CiKey> = vec!["site-ams".parse().unwrap()];
    let asked = PackageReq {
        releases: vec![RELEASE],
        sites,
    };
    golden.is("package request", &asked);
    golden.is("poke", &Rev(77));
    // Written when ops were of schema 2; it is read the same ever after.
    let back = TakenBack {
        v: 2,
        ..TakenBack::of(op(2), releases[0].author)
    };
    golden.is("an op that was taken back", &back);
    let first = PushReq {
        proto: PROTOCOL,
        build: "b1".into(),
        epoch: None,
        head: None,
        client: CLIENT,
        ops: Vec::new(),
    };
    let later = PushReq {
        epoch: Some(EPOCH),
        head: Some(Rev(77)),
        ops: vec![serde_json::to_value(back).unwrap()],
        ..first.clone()
    };
    golden.is("first push request", &first);
    golden.is("push request", &later);
    let first = PullReq {
        proto: PROTOCOL,
        build: "b1".into(),
        client: CLIENT,
        cursor: None,
        follow: Vec::new(),
        fresh: Vec::new(),
        mine: true,
        held: Vec::new(),
        through: 0,
    };
    let later = PullReq {
        cursor: Some(at()),
        follow: vec![RELEASE],
        fresh: vec![RELEASE],
        held: vec![RELEASE],
        through: 19,
        ..first.clone()
    };
    golden.is("first pull request", &first);
    golden.is("pull request", &later);
    for (name, answer) in push_answers() {
        golden.is(name, &answer);
    }
    for (name, answer) in pull_answers(releases) {
        golden.is(name, &answer);
    }
    golden.done();
}

/// The first protocol: a client that was away for a year still hands in its work, and its pull gets an answer.
#[test]
fn requests_of_the_first_protocol_stay_readable() {
    let mut golden = Golden::read(include_str!("messages-v1.ndjson"));
    for name in ["first push request", "push request"] {
        let kept = golden.0.remove(name).unwrap();
        let request: PushReq = serde_json::from_str(kept).unwrap();
        let ops = request.read_ops().unwrap();
        assert!(ops.iter().all(|sent| sent.op.is_ok()), "{name}: {ops:?}");
        assert_eq!(
            (request.proto, request.head, request.client, ops.len()),
            (1, None, CLIENT, 1),
            "{name}"
        );
    }
    for name in ["first pull request", "pull request"] {
        let kept = golden.0.remove(name).unwrap();
        let request: PullReq = serde_json::from_str(kept).unwrap();
        assert_eq!(
            (request.proto, request.follow.as_slice()),
            (1, [RELEASE].as_slice()),
            "{name}"
        );
    }
    golden.done();
}

/// A golden op of every kind, in the schema in which it was first written.
#[test]
fn ops_of_every_schema_read_and_write_the_same() {
    let golden = [
        (1, 17, include_str!("ops-v1.ndjson")),
        (2, 7, include_str!("ops-v2.ndjson")),
        (3, 16, include_str!("ops-v3.ndjson")),
    ];
    assert_eq!(
        golden.len(),
        usize::from(OP_VERSION),
        "a schema without golden ops"
    );
    for (version, of_kinds, lines) in golden {
        let mut kinds = BTreeSet::new();
        for line in lines.lines() {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            let op = OpEnvelope::parse(&json).unwrap_or_else(|e| panic!("{e}: {line}"));
            assert_eq!(op.v, version);
            assert_eq!(
                serde_json::to_string(&op).unwrap(),
                line,
                "the op is written otherwise"
            );
            kinds.insert(json["op"]["kind"].as_str().unwrap().to_owned());
        }
        assert_eq!(
            kinds.len(),
            of_kinds,
            "schema {version}: a kind is missing: {kinds:?}"
        );
    }
}
