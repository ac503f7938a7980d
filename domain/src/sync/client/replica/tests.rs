use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use ulid::Ulid;

use super::*;
use crate::access::{Right, Types};
use crate::release::{Command, NewRelease, NewStep, ReleaseField, Value};
use crate::sync::{Batch, ClientState, Take, decide};
use crate::{Epoch, ReleaseNumber};

fn stamp() -> Stamp {
    Stamp {
        wall: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        skew_ms: None,
    }
}

fn somebody(n: u128) -> Actor {
    let rights = [Right::View, Right::Create, Right::Edit];
    Actor {
        user: UserId(Ulid(n)),
        name: format!("user {n}"),
        roles: BTreeSet::new(),
        groups: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: rights.into_iter().map(|right| (right, Types::All)).collect(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

/// The server, in memory: the same decision as the real one, without its database.
struct Server {
    epoch: Epoch,
    head: Rev,
    releases: BTreeMap<ReleaseId, Release>,
    changed: BTreeMap<ReleaseId, Rev>,
    clients: BTreeMap<ClientId, ClientState>,
    outcomes: BTreeMap<OpId, Outcome>,
}

impl Server {
    fn new() -> Self {
        Self {
            epoch: Epoch(Ulid(1)),
            head: Rev(0),
            releases: BTreeMap::new(),
            changed: BTreeMap::new(),
            clients: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    fn push(&mut self, actor: &Actor, request: &PushReq) -> PushResp {
        let sent = request.read_ops().unwrap();
        let batch = Batch {
            states: BTreeMap::new(),
            directory: None,
            actor,
            now: stamp().wall,
            epoch: self.epoch,
            lives: &[],
            client: self.clients.get(&request.client).cloned(),
            releases: self.releases.clone(),
            head: self.head,
            next_number: ReleaseNumber(u32::try_from(self.releases.len()).unwrap() + 1),
            outcomes: self.outcomes.clone(),
            cis: BTreeMap::new(),
            records: BTreeMap::new(),
            forms: BTreeSet::new(),
        };
        let committed = match decide(batch, request, &sent) {
            Ok(committed) => committed,
            Err(answer) => return answer,
        };
        for op in &committed.ops {
            self.outcomes.insert(op.id, op.outcome.clone());
        }
        for (id, release) in &committed.releases {
            self.releases.insert(*id, release.clone());
            self.changed.insert(*id, committed.head);
        }
        self.head = committed.head;
        self.clients.insert(
            request.client,
            ClientState {
                user: actor.user,
                through: committed.through,
            },
        );
        committed.answer(self.epoch, stamp().wall)
    }

    fn pull(&self, request: &PullReq) -> PullResp {
        let since = request.cursor.map_or(Rev(0), |cursor| cursor.rev);
        let changes = request
            .follow
            .iter()
            .filter(|id| self.changed.get(id).is_some_and(|rev| *rev > since))
            .map(|id| Change::Release {
                release: Box::new(self.releases[id].clone()),
            })
            .collect();
        let outcomes = self
            .outcomes
            .iter()
            .filter(|(id, _)| id.client == request.client && id.seq > request.through)
            .map(|(id, outcome)| (id.seq, outcome.clone()))
            .collect();
        PullResp::Delta(Delta {
            from: request.cursor,
            to: Cursor {
                epoch: self.epoch,
                rev: self.head,
            },
            changes,
            through: self.clients.get(&request.client).map_or(0, |c| c.through),
            outcomes,
            now: stamp().wall,
            more: false,
            digest: None,
            rulebook: None,
            durable_rev: Rev(0),
            build: String::new(),
        })
    }
}

struct Device {
    actor: Actor,
    replica: Replica,
    release: ReleaseId,
    fresh: u128,
}

impl Device {
    fn new(n: u128, release: ReleaseId) -> Self {
        let mut replica = Replica::new(ClientId(Ulid(n)));
        replica.follow(release);
        Self {
            actor: somebody(n),
            replica,
            release,
            fresh: n << 32,
        }
    }

    fn ids(&mut self) -> Ulid {
        self.fresh += 1;
        Ulid(self.fresh)
    }

    fn shown(&self) -> Release {
        self.replica.shown(self.release, &self.actor).release.unwrap()
    }

    fn act(&mut self, command: Command) {
        let shown = self.shown();
        let ops = command.into_ops(&shown, || self.ids()).unwrap();
        self.queue(ops);
    }

    fn queue(&mut self, ops: Vec<ReleaseOp>) {
        let gesture = GestureId(self.ids());
        self.replica
            .enqueue(self.actor.user, self.release, gesture, stamp(), ops);
    }

    fn title(&mut self, text: &str) {
        self.act(Command::Set {
            field: ReleaseField::Title,
            value: text.into(),
        });
    }

    fn push(&mut self, server: &mut Server) -> Next {
        let Some(request) = self.replica.next_push("test").unwrap() else {
            return Next::Go(Vec::new());
        };
        let answer = server.push(&self.actor, &request);
        self.replica.pushed(answer)
    }

    fn pull(&mut self, server: &Server) -> Next {
        let answer = server.pull(&self.replica.next_pull(self.release));
        self.replica.pulled(self.release, answer)
    }
}

fn draft() -> NewRelease {
    NewRelease {
        fields: BTreeMap::from([(ReleaseField::Title, Value::from("Replace switches"))]),
        steps: vec![NewStep {
            title: "Drain".into(),
            ..NewStep::default()
        }],
    }
}

/// A server with a draft on it, its author and a colleague who both have it.
fn two() -> (Server, Device, Device) {
    let release = ReleaseId(Ulid(77));
    let (mut server, mut anna, mut ben) = (Server::new(), Device::new(1, release), Device::new(2, release));
    let ops = draft().into_ops(|| anna.ids());
    anna.queue(ops);
    anna.push(&mut server);
    anna.pull(&server);
    ben.pull(&server);
    (server, anna, ben)
}

/// With nobody else writing, what is shown before sync is what is confirmed after it (I14), marks and number aside.
#[test]
fn prediction_is_what_the_server_makes_of_it() {
    let (mut server, mut anna, _) = two();
    anna.title("One");
    anna.title("Two");
    let first = anna.shown().plan()[0].0;
    anna.act(Command::AddStep {
        after: Some(first),
        step: NewStep {
            title: "Pull".into(),
            ..NewStep::default()
        },
    });
    let second = anna.shown().plan()[1].0;
    anna.act(Command::AddPrerequisite {
        step: second,
        needs: first,
    });
    anna.act(Command::MoveStep {
        step: second,
        after: None,
    });
    let predicted = anna.shown();
    assert_eq!(anna.replica.waiting(), 5);
    anna.push(&mut server);
    assert_eq!(anna.replica.waiting(), 0);
    assert_eq!(
        anna.shown(),
        predicted,
        "an outcome alone changes nothing on the page"
    );
    anna.pull(&server);
    let confirmed = anna.shown();
    assert_eq!(confirmed.content_hash(), predicted.content_hash());
    assert_eq!(Some(&confirmed), server.releases.get(&anna.release));
    assert!(anna.replica.shown(anna.release, &anna.actor).pending.is_empty());
}

/// A lost answer to a push costs nothing: the outcome comes with the next pull, and a repeat is recognised.
#[test]
fn a_lost_answer_is_made_good() {
    let (mut server, mut anna, _) = two();
    anna.title("Lost");
    let request = anna.replica.next_push("test").unwrap().unwrap();
    let _lost = server.push(&anna.actor, &request);
    let Next::Go(news) = anna.pull(&server) else {
        panic!("no delta")
    };
    assert_eq!(news.len(), 1);
    assert_eq!(anna.replica.waiting(), 0);
    assert!(anna.replica.next_push("test").unwrap().is_none());

    anna.title("Twice");
    let request = anna.replica.next_push("test").unwrap().unwrap();
    let _lost = server.push(&anna.actor, &request);
    let head = server.head;
    anna.push(&mut server);
    assert_eq!(server.head, head, "the repeat was not applied again");
    assert_eq!(anna.replica.waiting(), 0);
}

/// Typing goes on while the first edit is on its way: later edits rest on the own op, not on a conflict with it.
#[test]
fn edits_rest_on_own_edits_across_a_pull() {
    let (mut server, mut anna, _) = two();
    anna.title("First");
    let request = anna.replica.next_push("test").unwrap().unwrap();
    anna.title("Second");
    let answer = server.push(&anna.actor, &request);
    anna.replica.pushed(answer);
    anna.pull(&server);
    assert_eq!(anna.shown().title(), "Second");
    assert!(anna.shown().conflicts.is_empty());
    anna.push(&mut server);
    anna.pull(&server);
    assert_eq!(server.releases[&anna.release].title(), "Second");
    assert!(server.releases[&anna.release].conflicts.is_empty());
}

/// Two titles at once: the later one is kept beside, both people see it, and a decision ends it.
#[test]
fn a_conflict_is_shown_and_decided() {
    let (mut server, mut anna, mut ben) = two();
    anna.title("Anna's");
    ben.title("Ben's");
    anna.push(&mut server);
    ben.pull(&server);
    assert_eq!(ben.shown().title(), "Anna's");
    assert_eq!(
        ben.shown().conflicts.len(),
        1,
        "predicted before the server says so"
    );
    let Next::Go(news) = ben.push(&mut server) else {
        panic!("refused")
    };
    assert!(matches!(news[0].1, Outcome::Conflicted { .. }));
    ben.pull(&server);
    let conflict = *ben.shown().conflicts.keys().next().unwrap();
    ben.act(Command::Resolve {
        conflict,
        take: Take::Mine,
    });
    assert_eq!(ben.shown().title(), "Ben's");
    ben.push(&mut server);
    ben.pull(&server);
    anna.pull(&server);
    assert_eq!(anna.shown().title(), "Ben's");
    assert!(anna.shown().conflicts.is_empty());
}

/// A refusal leaves the queue with its content in the news, and what comes after it goes on.
#[test]
fn a_refusal_never_blocks() {
    let (mut server, mut anna, mut ben) = two();
    let step = anna.shown().plan()[0].0;
    ben.act(Command::RestoreStep {
        step: crate::StepId(Ulid(999)),
    });
    ben.title("Still sent");
    let shown = ben.replica.shown(ben.release, &ben.actor);
    assert_eq!(shown.doubtful.len(), 1);
    let Next::Go(news) = ben.push(&mut server) else {
        panic!("nothing taken")
    };
    assert!(matches!(news[0].1, Outcome::Rejected { .. }));
    assert!(matches!(news[0].0.op, ReleaseOp::RestoreStep { .. }));
    assert!(matches!(news[1].1, Outcome::Applied { .. }));
    ben.pull(&server);
    anna.pull(&server);
    assert_eq!(anna.shown().title(), "Still sent");
    assert_eq!(anna.shown().plan()[0].0, step);
}

/// A late answer to an older pull does not turn the clock back.
#[test]
fn answers_may_overtake_each_other() {
    let (mut server, mut anna, mut ben) = two();
    let old = server.pull(&ben.replica.next_pull(ben.release));
    anna.title("Newer");
    anna.push(&mut server);
    ben.pull(&server);
    ben.replica.pulled(ben.release, old);
    assert_eq!(ben.shown().title(), "Newer");
}

/// More ops than fit into one push: cut between gestures.
#[test]
fn gestures_travel_whole() {
    let (mut server, mut anna, _) = two();
    for n in 0..(MAX_OPS - 1) {
        anna.title(&format!("Title {n}"));
    }
    let pair = vec![
        ReleaseOp::LinkCi {
            ci: "device/a".parse().unwrap(),
        },
        ReleaseOp::LinkCi {
            ci: "device/b".parse().unwrap(),
        },
    ];
    anna.queue(pair);
    let first = anna.replica.next_push("test").unwrap().unwrap();
    assert_eq!(first.ops.len(), MAX_OPS - 1);
    anna.push(&mut server);
    assert_eq!(anna.replica.next_push("test").unwrap().unwrap().ops.len(), 2);
}

/// After a restore of the server the base is fetched anew and unsent ops stay.
#[test]
fn another_database_keeps_the_queue() {
    let (mut server, mut anna, _) = two();
    anna.title("Waiting");
    server.epoch = Epoch(Ulid(2));
    assert_eq!(anna.push(&mut server), Next::PullAnew);
    assert_eq!(anna.replica.next_pull(anna.release).cursor, None);
    anna.pull(&server);
    anna.push(&mut server);
    assert_eq!(server.releases[&anna.release].title(), "Waiting");
}
