//! A server in memory and clients that look at bases of different age.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone, Utc};
use ulid::Ulid;

use crate::access::{Actor, Right, Role, Types};
use crate::registry::{KnownRecord, RecordFact, RecordRef};
use crate::release::{
    CiFact, Command, FieldVer, NewRelease, OpId, Release, ReleaseField, Rev, Value, shipped,
};
use crate::sync::*;
use crate::{CiKey, ClientId, Epoch, GestureId, ReleaseId, ReleaseNumber, UserId};

pub const EPOCH: Epoch = Epoch(Ulid(7));
pub const RELEASE: ReleaseId = ReleaseId(Ulid(1));

pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 22, 0, 0).unwrap()
}

pub fn actor(user: u128, rights: &[Right]) -> Actor {
    Actor {
        user: UserId(Ulid(user)),
        name: format!("user {user}"),
        roles: BTreeSet::from([Role::CmdbViewer]),
        groups: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: rights.iter().map(|right| (*right, Types::All)).collect(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

pub fn editor(user: u128) -> Actor {
    use Right::{Authorise, Create, Edit, Execute, View};
    actor(user, &[View, Create, Edit, Authorise, Execute])
}

/// Ten live CIs, one retired, one gone; anything else never was.
pub fn fact(key: &CiKey) -> CiFact {
    match key.as_str() {
        "ci-retired" => CiFact::Retired {
            name: "old box".into(),
        },
        "ci-gone" => CiFact::Gone,
        other if other.starts_with("ci-") && other.len() == 4 => CiFact::Live { name: other.into() },
        _ => CiFact::Never,
    }
}

/// A change of two CIs, one of none, a problem, an article, a purchase and a medium.
pub fn known_records() -> BTreeMap<RecordRef, KnownRecord> {
    let record = |key: &str, cis: &[&str]| {
        let known = KnownRecord {
            title: format!("title of {key}"),
            status: "open".into(),
            cis: cis.iter().map(|ci| (ci.parse().unwrap(), (*ci).into())).collect(),
        };
        (key.parse().unwrap(), known)
    };
    BTreeMap::from([
        record("changes/C-1", &["ci-1", "ci-9"]),
        record("changes/C-2", &[]),
        record("problems/P-1", &[]),
        record("knowledge/K-1", &[]),
        record("purchases/B-1", &[]),
        record("media/M-1", &[]),
    ])
}

#[derive(Clone, Default)]
pub struct Server {
    pub releases: BTreeMap<ReleaseId, Release>,
    pub clients: BTreeMap<ClientId, ClientState>,
    pub outcomes: BTreeMap<OpId, Outcome>,
    pub ops: BTreeMap<OpId, serde_json::Value>,
    pub journal: Vec<JournalEntry>,
    pub versions: Vec<Release>,
    pub head: Rev,
    pub numbers: u32,
}

impl Server {
    /// What the real server does, without the database.
    pub fn push(&mut self, actor: &Actor, req: &PushReq) -> PushResp {
        let ops = match req.read_ops() {
            Ok(ops) => ops,
            Err(Unreadable::Answer(answer)) => return answer,
            Err(Unreadable::Malformed(what)) => panic!("malformed push: {what}"),
        };
        let (needed, cis) = (outcomes_needed(&ops), cis_needed(&ops, self.releases.values()));
        let batch = Batch {
            states: BTreeMap::new(),
            directory: None,
            actor,
            now: now(),
            epoch: EPOCH,
            lives: &[],
            client: self.clients.get(&req.client).cloned(),
            releases: self.releases.clone(),
            head: self.head,
            next_number: ReleaseNumber(self.numbers + 1),
            outcomes: self
                .outcomes
                .iter()
                .filter(|(id, _)| needed.contains(id))
                .map(|(id, o)| (*id, o.clone()))
                .collect(),
            cis: cis.into_iter().map(|key| (key.clone(), fact(&key))).collect(),
            records: known_records(),
            forms: shipped()
                .into_iter()
                .map(|(key, form)| (key, form.digest()))
                .collect(),
        };
        let done = match decide(batch, req, &ops) {
            Ok(done) => done,
            Err(answer) => return answer,
        };
        let answer = done.answer(EPOCH, now());
        self.clients.insert(
            req.client,
            ClientState {
                user: actor.user,
                through: done.through,
            },
        );
        self.releases.extend(done.releases);
        self.journal.extend(done.journal);
        self.versions.extend(done.versions);
        self.head = done.head;
        self.numbers = done.next_number.0 - 1;
        for op in done.ops {
            assert!(
                self.outcomes.insert(op.id, op.outcome).is_none(),
                "an op got two outcomes"
            );
            self.ops.insert(op.id, op.json);
        }
        answer
    }

    pub fn release(&self) -> &Release {
        &self.releases[&RELEASE]
    }
}

/// A client with a base of its own, its unsent ops, and what it shows: the base with the ops applied.
#[derive(Clone)]
pub struct Client {
    pub actor: Actor,
    pub id: ClientId,
    pub seq: u64,
    pub base: Option<Release>,
    pub base_rev: Rev,
    pub shown: Option<Release>,
    pub outbox: Vec<OpEnvelope>,
    ids: u128,
}

struct Offline;
impl World for Offline {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        known_records()
            .remove(record)
            .map_or(RecordFact::Never, RecordFact::Known)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
}

impl Client {
    pub fn new(actor: Actor, id: u128) -> Self {
        let ids = id << 64;
        Self {
            actor,
            id: ClientId(Ulid(id)),
            seq: 0,
            base: None,
            base_rev: Rev(0),
            shown: None,
            outbox: Vec::new(),
            ids,
        }
    }

    pub fn fresh(&mut self) -> Ulid {
        self.ids += 1;
        Ulid(self.ids)
    }

    pub fn pull(&mut self, server: &Server) {
        assert!(self.outbox.is_empty(), "this bench rebases only when drained");
        self.base = server.releases.get(&RELEASE).cloned();
        self.base_rev = server.head;
        self.shown = self.base.clone();
    }

    /// One gesture, whatever its ops are.
    pub fn enqueue(&mut self, ops: Vec<ReleaseOp>) -> Vec<OpId> {
        let gesture = GestureId(self.fresh());
        let envelopes: Vec<_> = ops
            .into_iter()
            .map(|op| {
                self.seq += 1;
                OpEnvelope {
                    id: OpId {
                        client: self.id,
                        seq: self.seq,
                    },
                    v: OP_VERSION,
                    author: self.actor.user,
                    made: Stamp {
                        wall: now(),
                        skew_ms: None,
                    },
                    release: RELEASE,
                    base_rev: self.base_rev,
                    epoch: None,
                    gesture,
                    op,
                }
            })
            .collect();
        let with_ctx: Vec<_> = envelopes
            .iter()
            .map(|e| {
                let stamp = FieldVer::Mine(e.id);
                (
                    e,
                    Ctx {
                        actor: &self.actor,
                        now: now(),
                        stamp,
                        number: None,
                        world: &Offline,
                    },
                )
            })
            .collect();
        // What is predicted to fail is sent all the same: only the server refuses.
        apply_gesture(&mut self.shown, &with_ctx);
        let ids = envelopes.iter().map(|e| e.id).collect();
        self.outbox.extend(envelopes);
        ids
    }

    pub fn create(&mut self, title: &str) {
        let fields = BTreeMap::from([(ReleaseField::Title, Value::from(title))]);
        let ops = NewRelease {
            fields,
            steps: vec![],
        }
        .into_ops(|| unreachable!("no steps"));
        self.enqueue(ops);
    }

    /// A command on what the client shows; `None` if it names what is not there.
    pub fn command(&mut self, command: Command) -> Option<Vec<OpId>> {
        let shown = self.shown.clone()?;
        let ops = command.into_ops(&shown, || self.fresh()).ok()?;
        Some(self.enqueue(ops))
    }

    pub fn request(&self) -> PushReq {
        let ops = self
            .outbox
            .iter()
            .map(|op| serde_json::to_value(op).unwrap())
            .collect();
        PushReq {
            proto: PROTOCOL,
            build: "test".into(),
            epoch: Some(EPOCH),
            head: None,
            client: self.id,
            ops,
        }
    }

    /// Sends everything and forgets it. The outcomes, by op.
    pub fn push(&mut self, server: &mut Server) -> Vec<(u64, Outcome)> {
        let request = self.request();
        match server.push(&self.actor, &request) {
            PushResp::Ok {
                outcomes, through, ..
            } => {
                assert_eq!(through, self.seq);
                self.outbox.clear();
                outcomes
            }
            other => panic!("{other:?}"),
        }
    }
}
