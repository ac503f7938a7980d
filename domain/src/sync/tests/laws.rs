//! Generated histories: two to three people with views of different age, sensible and senseless actions mixed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::bench::*;
use crate::access::Right;
use crate::registry::RecordRef;
use crate::release::*;
use crate::sync::*;
use crate::{AttemptId, CiKey, StepId};

/// What somebody does; indices choose among what they see.
#[derive(Debug, Clone)]
enum Deed {
    Set(ReleaseField, Value),
    SetStep(Index, StepField, Value),
    SetTarget(Index, String, TargetField, Value),
    Add(Option<Index>, String, Option<String>),
    Move(Index, Option<Index>),
    Delete(Index),
    Restore(Index),
    Need(Index, Index),
    Unneed(Index, Index),
    Target(Index, String),
    Untarget(Index, String),
    Link(String),
    Unlink(String),
    LinkRecord(String),
    LinkPerson(String),
    EndLink(Index),
    ChangeStatus(String, Option<ChangeOutcome>),
    Follow(String),
    Submit,
    Withdraw,
    Authorise,
    Refuse(String),
    Resolve(Index, Take),
    Start(Index),
    Leave(Index),
    Record(Index, StepResult),
    /// A record by somebody who claims to know of nothing before.
    RecordBlind(Index, StepResult),
    Confirm(Index),
    Settle(Index),
    /// A gesture of a good and a hopeless op.
    HalfHopeless(String),
}

#[derive(Debug, Clone)]
enum Event {
    Does(usize, Deed),
    Pushes(usize),
    Pulls(usize),
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "a\nb\nc", "A\nb\nc", "a\nb\nC", "x y"]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        1 => (-3i64..40_000).prop_map(Value::Number),
        1 => any::<bool>().prop_map(Value::Flag),
        1 => Just(Value::Empty),
        1 => prop::sample::select(vec!["high", "low", "down", "none", "2026-11-23T22:00:00+01:00"]).prop_map(Value::from),
    ]
}

fn ci() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["ci-1", "ci-2", "ci-3", "ci-retired", "ci-gone", "never-was"])
        .prop_map(str::to_owned)
}

fn deed() -> impl Strategy<Value = Deed> {
    let ix = any::<Index>;
    let field = prop::sample::select(ReleaseField::ALL);
    let step_field = prop::sample::select(StepField::ALL);
    let target_field = prop::sample::select(TargetField::ALL);
    prop_oneof![
        4 => (field, value()).prop_map(|(f, v)| Deed::Set(f, v)),
        5 => (ix(), step_field, value()).prop_map(|(s, f, v)| Deed::SetStep(s, f, v)),
        2 => (ix(), ci(), target_field, value()).prop_map(|(s, c, f, v)| Deed::SetTarget(s, c, f, v)),
        3 => (prop::option::of(ix()), text(), prop::option::of(ci())).prop_map(|(a, t, c)| Deed::Add(a, t, c)),
        3 => (ix(), prop::option::of(ix())).prop_map(|(s, a)| Deed::Move(s, a)),
        2 => ix().prop_map(Deed::Delete),
        1 => ix().prop_map(Deed::Restore),
        4 => (ix(), ix()).prop_map(|(s, n)| Deed::Need(s, n)),
        1 => (ix(), ix()).prop_map(|(s, n)| Deed::Unneed(s, n)),
        2 => (ix(), ci()).prop_map(|(s, c)| Deed::Target(s, c)),
        1 => (ix(), ci()).prop_map(|(s, c)| Deed::Untarget(s, c)),
        1 => ci().prop_map(Deed::Link),
        1 => ci().prop_map(Deed::Unlink),
        3 => link_deed(),
        1 => Just(Deed::Submit),
        1 => Just(Deed::Withdraw),
        1 => Just(Deed::Authorise),
        1 => text().prop_map(Deed::Refuse),
        2 => (ix(), prop_oneof![Just(Take::Mine), Just(Take::Theirs), value().prop_map(Take::Value)])
            .prop_map(|(c, t)| Deed::Resolve(c, t)),
        5 => step_deed(),
        1 => text().prop_map(Deed::HalfHopeless),
    ]
}

fn record() -> impl Strategy<Value = String> {
    let all = [
        "changes/C-1",
        "changes/C-2",
        "problems/P-1",
        "knowledge/K-1",
        "purchases/B-1",
        "media/M-1",
        "changes/none",
    ];
    prop::sample::select(all.to_vec()).prop_map(str::to_owned)
}

/// What is done to links.
fn link_deed() -> impl Strategy<Value = Deed> {
    let change = || prop::sample::select(vec!["C-1", "C-2", "none"]).prop_map(str::to_owned);
    let status = prop::option::of(prop::sample::select(ChangeOutcome::ALL.to_vec()));
    prop_oneof![
        4 => record().prop_map(Deed::LinkRecord),
        1 => text().prop_map(Deed::LinkPerson),
        2 => any::<Index>().prop_map(Deed::EndLink),
        2 => (change(), status).prop_map(|(change, status)| Deed::ChangeStatus(change, status)),
        1 => change().prop_map(Deed::Follow),
    ]
}

/// What is done at steps.
fn step_deed() -> impl Strategy<Value = Deed> {
    use StepResult::{BackedOut, Done, Failed, Skipped};
    let ix = any::<Index>;
    let result = || prop::sample::select(vec![Done, Done, Failed, Skipped, BackedOut]);
    prop_oneof![
        3 => ix().prop_map(Deed::Start),
        1 => ix().prop_map(Deed::Leave),
        3 => (ix(), result()).prop_map(|(s, r)| Deed::Record(s, r)),
        1 => (ix(), result()).prop_map(|(s, r)| Deed::RecordBlind(s, r)),
        1 => ix().prop_map(Deed::Confirm),
        1 => ix().prop_map(Deed::Settle),
    ]
}

/// What people do to a release in execution: mostly steps, sometimes anything.
fn execution(people: usize) -> impl Strategy<Value = Vec<Event>> {
    let does = prop_oneof![8 => step_deed(), 1 => deed()];
    let event = prop_oneof![
        6 => (0..people, does).prop_map(|(who, what)| Event::Does(who, what)),
        2 => (0..people).prop_map(Event::Pushes),
        2 => (0..people).prop_map(Event::Pulls),
    ];
    prop::collection::vec(event, 1..60)
}

fn history(people: usize) -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0..people, deed()).prop_map(|(who, what)| Event::Does(who, what)),
        2 => (0..people).prop_map(Event::Pushes),
        1 => (0..people).prop_map(Event::Pulls),
    ];
    prop::collection::vec(event, 1..60)
}

fn act(client: &mut Client, deed: Deed) -> Vec<OpId> {
    let Some(shown) = client.shown.clone() else {
        return vec![];
    };
    let all: Vec<StepId> = shown.steps.keys().copied().collect();
    let step = |index: Index| {
        if all.is_empty() {
            StepId(ulid::Ulid(999))
        } else {
            all[index.index(all.len())]
        }
    };
    let key = |text: String| -> CiKey { text.parse().unwrap() };
    let command = match deed {
        Deed::Set(field, value) => Command::Set { field, value },
        Deed::SetStep(s, field, value) => Command::SetStep {
            step: step(s),
            field,
            value,
        },
        Deed::SetTarget(s, c, field, value) => Command::SetTarget {
            step: step(s),
            ci: key(c),
            field,
            value,
        },
        Deed::Add(after, title, ci) => {
            let targets = ci.map(|c| NewTarget {
                ci: key(c),
                action: None,
                outage: Some("down".into()),
            });
            let minutes = Some(title.len() as i64);
            let new = NewStep {
                title,
                minutes,
                targets: targets.into_iter().collect(),
                ..NewStep::default()
            };
            Command::AddStep {
                after: after.map(step),
                step: new,
            }
        }
        Deed::Move(s, after) => Command::MoveStep {
            step: step(s),
            after: after.map(step),
        },
        Deed::Delete(s) => Command::DeleteStep { step: step(s) },
        Deed::Restore(s) => Command::RestoreStep { step: step(s) },
        Deed::Need(s, n) => Command::AddPrerequisite {
            step: step(s),
            needs: step(n),
        },
        Deed::Unneed(s, n) => Command::RemovePrerequisite {
            step: step(s),
            needs: step(n),
        },
        Deed::Target(s, c) => Command::AddTarget {
            step: step(s),
            target: NewTarget {
                ci: key(c),
                action: None,
                outage: None,
            },
        },
        Deed::Untarget(s, c) => Command::RemoveTarget {
            step: step(s),
            ci: key(c),
        },
        Deed::Link(c) => Command::LinkCi { ci: key(c) },
        Deed::Unlink(c) => Command::UnlinkCi { ci: key(c) },
        Deed::LinkRecord(address) => {
            let RecordRef { register, key } = address.parse().unwrap();
            Command::Link { register, key }
        }
        Deed::LinkPerson(name) => Command::LinkPerson {
            person: PersonCard {
                name,
                role: "watches".into(),
                ..PersonCard::default()
            },
        },
        Deed::EndLink(index) => {
            let all: Vec<_> = shown.links.keys().cloned().collect();
            if all.is_empty() {
                return vec![];
            }
            Command::Unlink {
                link: all[index.index(all.len())].clone(),
            }
        }
        Deed::ChangeStatus(change, status) => Command::SetChangeStatus {
            change: change.parse().unwrap(),
            status,
        },
        Deed::Follow(change) => Command::FollowChange {
            change: change.parse().unwrap(),
        },
        Deed::Submit => Command::Submit { seen: None },
        Deed::Withdraw => Command::Withdraw,
        Deed::Resolve(index, take) => {
            let open: Vec<_> = shown.conflicts.keys().copied().collect();
            if open.is_empty() {
                return vec![];
            }
            Command::Resolve {
                conflict: open[index.index(open.len())],
                take,
            }
        }
        Deed::Authorise => Command::Authorise { seen: None },
        Deed::Refuse(reason) => Command::Refuse { reason },
        Deed::Start(s) => Command::Start {
            step: step(s),
            started: now(),
        },
        Deed::Leave(index) => {
            let under_way: Vec<_> = shown.claims.keys().copied().collect();
            if under_way.is_empty() {
                return vec![];
            }
            Command::Leave {
                attempt: under_way[index.index(under_way.len())],
            }
        }
        Deed::Record(s, result) => Command::Record {
            step: step(s),
            result,
            started: now(),
            ended: now(),
            note: "n".into(),
            evidence: vec![],
        },
        Deed::RecordBlind(s, result) => {
            let op = ReleaseOp::Record {
                attempt: AttemptId(client.fresh()),
                step: step(s),
                seen: FieldVer::default(),
                result,
                started: now(),
                ended: now(),
                note: String::new(),
                evidence: vec![],
                after: BTreeSet::new(),
            };
            return client.enqueue(vec![op]);
        }
        Deed::Confirm(index) => {
            let records: Vec<_> = shown.records.keys().copied().collect();
            if records.is_empty() {
                return vec![];
            }
            Command::Confirm {
                attempt: records[index.index(records.len())],
            }
        }
        Deed::Settle(index) => {
            let disputed = |step: &StepRun| step.state == StepState::Disputed;
            let run = shown.run_state();
            let Some(step) = run.steps.iter().find(|step| disputed(step)) else {
                return vec![];
            };
            Command::Settle {
                step: step.step,
                attempt: step.standing[index.index(step.standing.len())],
            }
        }
        Deed::HalfHopeless(title) => {
            let at = FieldRef::Release {
                field: ReleaseField::Title,
            };
            let set = |to: Value| ReleaseOp::SetField {
                at: at.clone(),
                base: FieldVer::default(),
                from: Value::Empty,
                to,
            };
            return client.enqueue(vec![set(title.into()), set(Value::Number(1))]);
        }
    };
    client.command(command).unwrap_or_default()
}

/// Runs a history from a new draft and calls `check` with the server after each push.
fn run(people: usize, events: Vec<Event>, check: impl FnMut(&Server)) -> (Server, Vec<Client>) {
    let mut server = Server::default();
    let mut clients: Vec<Client> = (0..people as u128)
        .map(|n| Client::new(editor(10 + n), 100 + n))
        .collect();
    clients[0].create("start");
    clients[0].push(&mut server);
    for client in &mut clients {
        client.pull(&server);
    }
    drive(&mut server, &mut clients, events, check);
    (server, clients)
}

/// Lets the people act; at the end everything is sent.
fn drive(server: &mut Server, clients: &mut [Client], events: Vec<Event>, mut check: impl FnMut(&Server)) {
    for event in events {
        match event {
            Event::Does(who, deed) => {
                act(&mut clients[who], deed);
            }
            Event::Pushes(who) | Event::Pulls(who) => {
                clients[who].push(server);
                check(server);
                if matches!(event, Event::Pulls(_)) {
                    clients[who].pull(server);
                } else {
                    // Keep looking at the old base: later ops rest on stale versions.
                    clients[who].shown = clients[who].base.clone();
                }
            }
        }
    }
    for client in clients {
        client.push(server);
        check(server);
    }
}

/// Every value that an op of the log brought in.
fn brought_in(server: &Server) -> BTreeSet<String> {
    fn walk(json: &serde_json::Value, into: &mut BTreeSet<String>) {
        match json {
            serde_json::Value::String(text) => {
                into.insert(text.clone());
                into.insert(text.trim().to_owned());
                into.extend(text.lines().map(str::to_owned));
                if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
                    into.insert(Value::time(time.to_utc()).as_text().to_owned());
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, into)),
            serde_json::Value::Object(fields) => fields.values().for_each(|item| walk(item, into)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    server.ops.values().for_each(|op| walk(op, &mut all));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    /// I4: every text in a release is some op's text, or consists of lines of op texts; commands are never merged.
    #[test]
    fn i4_nothing_is_invented(events in history(3)) {
        let (server, _) = run(3, events, |_| {});
        let known = brought_in(&server);
        let release = server.release();
        let steps = release.steps.values().flat_map(|s| s.fields.iter().map(|(f, c)| (f.kind(), &c.value)));
        let fields = release.fields.iter().map(|(f, c)| (f.kind(), &c.value));
        for (kind, value) in fields.chain(steps) {
            let Value::Text(text) = value else { continue };
            let whole = known.contains(text);
            let lines = kind.policy() == Policy::Prose && text.lines().all(|line| known.contains(line));
            prop_assert!(whole || lines, "{text:?} was never written");
        }
    }

    /// I2 and I3: repeating any push changes nothing and answers the same; every op has exactly one outcome.
    #[test]
    fn i2_i3_repeats_answer_the_same_and_no_op_is_lost(events in history(2)) {
        let mut server = Server::default();
        let mut clients = [Client::new(editor(10), 100), Client::new(editor(11), 101)];
        clients[0].create("start");
        clients[0].push(&mut server);
        for client in &mut clients { client.pull(&server); }
        for event in events {
            let (Event::Does(who, _) | Event::Pushes(who) | Event::Pulls(who)) = event;
            if let Event::Does(_, deed) = event {
                act(&mut clients[who], deed);
                continue;
            }
            let request = clients[who].request();
            let first = clients[who].push(&mut server);
            let before = (server.releases.clone(), server.head, server.outcomes.clone(), server.journal.len());
            let PushResp::Ok { outcomes, .. } = server.push(&clients[who].actor, &request) else { panic!() };
            prop_assert_eq!(first, outcomes);
            prop_assert_eq!(before, (server.releases.clone(), server.head, server.outcomes.clone(), server.journal.len()));
            clients[who].pull(&server);
        }
        for client in &mut clients {
            client.push(&mut server);
            for seq in 1..=client.seq {
                let id = OpId { client: client.id, seq };
                prop_assert!(server.outcomes.contains_key(&id));
                prop_assert!(server.ops[&id].is_object(), "the content of {id} is gone");
            }
        }
    }

    /// I5 and I6: revisions grow with seq for each client, one for each op that took effect; the journal has them all.
    #[test]
    fn i5_i6_revisions_are_dense_and_in_order(events in history(3)) {
        let (server, clients) = run(3, events, |_| {});
        let revs: Vec<_> = server.journal.iter().map(|entry| entry.rev.0).collect();
        prop_assert_eq!(revs, (1..=server.head.0).collect::<Vec<_>>());
        for client in clients {
            let of_client: Vec<_> = server.outcomes.iter().filter(|(id, _)| id.client == client.id).filter_map(|(_, o)| o.rev()).collect();
            prop_assert!(of_client.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    /// I7: of a gesture either every op takes effect or none does.
    #[test]
    fn i7_gestures_are_all_or_none(events in history(2)) {
        let (server, _) = run(2, events, |_| {});
        let mut gestures = std::collections::BTreeMap::<String, BTreeSet<bool>>::new();
        for (id, json) in &server.ops {
            let refused = matches!(server.outcomes[id], Outcome::Rejected { .. });
            gestures.entry(json["gesture"].to_string()).or_default().insert(refused);
        }
        prop_assert!(gestures.values().all(|kinds| kinds.len() == 1));
    }

    /// I8: somebody without rights changes nothing, whatever they predict on their own device.
    #[test]
    fn i8_predictions_have_no_influence(events in history(1), rights in prop::sample::subsequence(vec![Right::View, Right::Create], 0..=2)) {
        let (mut server, _) = run(1, vec![], |_| {});
        let before = server.release().clone();
        let mut intruder = Client::new(editor(66), 600);
        intruder.pull(&server);
        for event in events {
            if let Event::Does(_, deed) = event {
                act(&mut intruder, deed);
            }
        }
        intruder.actor.rights.retain(|right, _| rights.contains(right));
        let outcomes = intruder.push(&mut server);
        let refused = outcomes.iter().all(|(_, o)| matches!(o, Outcome::Rejected { .. }));
        prop_assert!(refused, "something was taken: {outcomes:?}");
        prop_assert_eq!(server.release(), &before);
    }

    /// I9: while submitted, the content stays what was submitted.
    #[test]
    fn i9_frozen_is_frozen(before in history(2), after in history(2)) {
        let (mut server, mut clients) = run(2, before, |_| {});
        submit(&mut server, &mut clients[0]);
        let mut frozen = 0;
        drive(&mut server, &mut clients, after, |server| {
            let release = server.release();
            match &release.submitted {
                Some(submission) => {
                    frozen += 1;
                    assert_ne!(release.stage, Stage::Draft);
                    assert_eq!(submission.content, release.content_hash(), "a frozen release changed");
                }
                None => assert_eq!(release.stage, Stage::Draft),
            }
        });
        let thawed = |entry: &JournalEntry| entry.text.contains("withdrew") || entry.text.contains("refused it");
        prop_assert!(frozen > 0 || server.journal.iter().any(thawed));
    }

    /// Links are added and ended, never replaced and never lost; only those to changes bring CIs along.
    #[test]
    fn links_are_never_lost(events in history(3)) {
        let mut known: BTreeSet<LinkKey> = BTreeSet::new();
        run(3, events, |server| {
            let links = &server.release().links;
            assert!(known.iter().all(|key| links.contains_key(key)), "a link is gone");
            known.extend(links.keys().cloned());
            for (key, link) in links {
                let change = key.is_in(crate::registry::RegisterKind::Changes);
                assert!(change || (link.cis.is_empty() && link.status.is_none()), "{key}");
                assert!(matches!(key, LinkKey::Person(_)) == link.person.is_some(), "{key}");
            }
        });
    }

    /// I10: prerequisites never form a circle, and every live step has a well-formed place.
    #[test]
    fn i10_prerequisites_are_a_dag_and_order_is_total(events in history(3)) {
        run(3, events, |server| {
            let release = server.release();
            for (id, step) in &release.steps {
                assert!(step.order().is_some(), "a step without a place");
                for need in step.needs.keys() {
                    assert!(release.cycle_through(*id, *need).is_none(), "a circle");
                }
            }
            assert_eq!(release.plan().len(), release.steps.values().filter(|s| s.deleted.is_none()).count());
        });
    }

    /// I11: every record op that was not malformed or forbidden is a record, whatever the state of the release.
    #[test]
    fn i11_facts_are_total(events in history(3)) {
        let (server, _) = run(3, events, |_| {});
        facts_are_total(&server)?;
    }

    /// I11 and row 20, in execution: no fact is lost or changed, whatever claims, confirmations and decisions there
    /// are; nobody confirms what they recorded; records that disagree are never taken for an agreement.
    #[test]
    fn i11_facts_outlive_every_decision(events in execution(3)) {
        let (mut server, mut clients) = run(3, vec![], |_| {});
        start_execution(&mut server, &mut clients);
        let mut facts = std::collections::BTreeMap::new();
        drive(&mut server, &mut clients, events, |server| {
            let release = server.release();
            assert_eq!(release.stage, Stage::Execution);
            for (attempt, record) in &release.records {
                let fact = (record.step, record.result, record.mark);
                assert_eq!(*facts.entry(*attempt).or_insert(fact), fact, "a fact changed");
                assert!(record.confirmed.is_none_or(|second| second.by != record.mark.by), "one person, two votes");
            }
            assert!(facts.keys().all(|attempt| release.records.contains_key(attempt)), "a fact is gone");
            for claim in release.claims.values() {
                let own = |r: &&ExecutionRecord| r.step == claim.step && r.mark.by == claim.mark.by;
                let ended = |r: &ExecutionRecord| r.mark.ver > claim.mark.ver;
                assert!(!release.records.values().filter(own).any(ended), "recorded and still at it");
            }
            for step in release.run_state().steps {
                agreement_is_real(release, &step);
            }
        });
        facts_are_total(&server)?;
    }

    /// Row 20: facts of several tablets add up to the same, in whatever order they arrive.
    #[test]
    fn facts_add_up_in_any_order(one in prop::collection::vec(step_deed(), 1..12), two in prop::collection::vec(step_deed(), 1..12)) {
        let (mut server, mut clients) = run(2, vec![], |_| {});
        start_execution(&mut server, &mut clients);
        let records = |deed: &Deed| matches!(deed, Deed::Record(..) | Deed::RecordBlind(..));
        for (client, deeds) in clients.iter_mut().zip([one, two]) {
            for deed in deeds.into_iter().filter(records) {
                act(client, deed);
            }
        }
        let arrive = |order: [usize; 2]| {
            let (mut server, mut clients) = (server.clone(), clients.clone());
            for who in order {
                clients[who].push(&mut server);
            }
            let states = |step: StepRun| (step.step, step.state, step.waits_for, BTreeSet::from_iter(step.standing));
            server.release().run_state().steps.into_iter().map(states).collect::<Vec<_>>()
        };
        prop_assert_eq!(arrive([0, 1]), arrive([1, 0]));
    }

    /// The gate before a step: whoever started one, by the server's word, found its prerequisites finished.
    #[test]
    fn only_what_may_start_is_started(events in execution(2)) {
        let (mut server, mut clients) = run(2, vec![], |_| {});
        start_execution(&mut server, &mut clients);
        for event in events {
            let (Event::Does(who, _) | Event::Pushes(who) | Event::Pulls(who)) = event;
            if let Event::Does(_, deed) = event {
                let before = server.release().clone();
                let started = matches!(deed, Deed::Start(_));
                act(&mut clients[who], deed);
                let step = clients[who].outbox.last().and_then(|op| match op.op {
                    ReleaseOp::Start { step, .. } => Some(step),
                    _ => None,
                });
                // One op at a time, so that the state before it is known.
                let outcomes = clients[who].push(&mut server);
                if let (true, Some(step), [(_, outcome)]) = (started, step, outcomes.as_slice()) {
                    let may = start_unmet(&before, step).is_empty();
                    prop_assert_eq!(may, matches!(outcome, Outcome::Applied { .. }), "{:?}", outcome);
                    let run = before.run_state();
                    let unfinished = before.steps.get(&step).map_or(0, |s| {
                        s.needs.keys().filter(|need| run.step(**need).is_some_and(|n| !n.state.is_finished())).count()
                    });
                    prop_assert!(!may || unfinished == 0);
                }
            }
            clients[who].pull(&server);
        }
    }

    /// I12: of two concurrent ops, the later one ends visibly in both orders of arrival, or in neither.
    #[test]
    fn i12_conflicts_are_symmetric(one in deed(), two in deed()) {
        let (server, mut clients) = run(2, start_plan(), |_| {});
        for client in &mut clients { client.pull(&server); }
        let mine = act(&mut clients[0], one.clone());
        let theirs = act(&mut clients[1], two.clone());
        // One op each, both of them good when alone.
        let (mut first, mut second) = (server.clone(), server.clone());
        let (mut a, mut b) = (clients[0].clone(), clients[1].clone());
        let alone = |server: &Server, client: &Client| {
            client.clone().push(&mut server.clone()).iter().all(|(_, o)| matches!(o, Outcome::Applied { .. }))
        };
        prop_assume!(mine.len() == 1 && theirs.len() == 1 && alone(&server, &a) && alone(&server, &b));
        // Submissions and withdrawals are decisions, not edits: the one who comes second sees what changed.
        prop_assume!(!matches!(one, Deed::Submit | Deed::Withdraw) && !matches!(two, Deed::Submit | Deed::Withdraw));
        a.push(&mut first);
        let b_second = b.clone().push(&mut first);
        b.push(&mut second);
        let a_second = clients[0].clone().push(&mut second);
        let visible = |outcomes: &[(u64, Outcome)]| outcomes.iter().any(|(_, o)| matches!(o, Outcome::Conflicted { .. } | Outcome::Rejected { .. }));
        // Keeping an element that was changed is said to whoever removes it, in one order only (taxonomy: sets);
        // a step removed before it is named again is the same meeting seen from the other side.
        let kept = |outcomes: &[(u64, Outcome)]| outcomes.iter().any(|(_, o)| matches!(o, Outcome::Merged { .. }));
        if kept(&a_second) || kept(&b_second) {
            return Ok(());
        }
        prop_assert_eq!(visible(&a_second), visible(&b_second), "{:?} / {:?}: {:?} {:?}", one, two, a_second, b_second);
    }

    /// I14: with nobody else writing, what the client predicted is what the server has.
    #[test]
    fn i14_prediction_agrees_without_concurrency(events in history(1)) {
        let mut server = Server::default();
        let mut client = Client::new(editor(10), 100);
        client.create("start");
        for event in events {
            match event {
                Event::Does(_, deed) => { act(&mut client, deed); }
                Event::Pushes(_) | Event::Pulls(_) => {
                    client.push(&mut server);
                    let predicted = client.shown.clone().unwrap();
                    let stored = server.release();
                    prop_assert_eq!(predicted.content_hash(), stored.content_hash());
                    prop_assert_eq!(predicted.stage, stored.stage);
                    prop_assert_eq!(predicted.conflicts.len(), stored.conflicts.len());
                    prop_assert_eq!(predicted.records.len(), stored.records.len());
                    let links = |release: &Release| -> Vec<_> {
                        let all = release.links.iter();
                        all.map(|(key, link)| (key.clone(), link.ended.is_some(), link.status, link.cis.clone())).collect()
                    };
                    prop_assert_eq!(links(&predicted), links(stored));
                    prop_assert!(predicted.claims.keys().eq(stored.claims.keys()));
                    prop_assert_eq!(predicted.run_state(), stored.run_state());
                    client.pull(&server);
                }
            }
        }
    }
}

/// A plan of three steps, pushed.
fn start_plan() -> Vec<Event> {
    let add = |title: &str| Event::Does(0, Deed::Add(None, title.into(), Some("ci-1".into())));
    vec![add("a"), add("b"), add("x y"), Event::Pulls(0), Event::Pulls(1)]
}

/// I11, counted from the ops.
fn facts_are_total(server: &Server) -> Result<(), TestCaseError> {
    let records = server
        .ops
        .iter()
        .filter(|(_, json)| json["op"]["kind"] == "record");
    let mut expected = 0;
    for (id, json) in records {
        match &server.outcomes[id] {
            Outcome::Applied { .. } => expected += 1,
            Outcome::Rejected {
                reason: Reason::Malformed { what },
                ..
            } => {
                prop_assert!(what.contains("there never was a step"), "{what}");
            }
            other => prop_assert!(false, "a fact met {other:?}: {json}"),
        }
    }
    prop_assert_eq!(server.release().records.len(), expected);
    Ok(())
}

/// What a step is said to be, compared with its records one by one.
fn agreement_is_real(release: &Release, step: &StepRun) {
    let all = || {
        release
            .records
            .iter()
            .filter(|(_, record)| record.step == step.step)
    };
    let counts = |attempt: &AttemptId, record: &ExecutionRecord| {
        record.overruled.is_none()
            && all().all(|(own, other)| own == attempt || !other.after.contains(attempt))
    };
    let results: BTreeSet<StepResult> = all()
        .filter(|(attempt, record)| counts(attempt, record))
        .map(|(_, record)| record.result)
        .collect();
    assert_eq!(
        results.len() > 1,
        step.state == StepState::Disputed,
        "{results:?} {step:?}"
    );
    if step.state.is_finished() {
        assert!(results.is_subset(&BTreeSet::from([StepResult::Done, StepResult::Skipped])));
        assert!(!results.is_empty());
    }
}

/// A chain of three steps, submitted and authorised; everybody has seen it.
fn start_execution(server: &mut Server, clients: &mut [Client]) {
    submit(server, &mut clients[0]);
    clients[0].command(Command::Withdraw).unwrap();
    clients[0].push(server);
    clients[0].pull(server);
    for second in [true, false] {
        let last = server.release().plan().last().map(|(id, _)| *id);
        let step = NewStep {
            title: "And then".into(),
            minutes: Some(5),
            needs: last.into_iter().collect(),
            confirm_by_second: second,
            ..NewStep::default()
        };
        clients[0]
            .command(Command::AddStep { after: None, step })
            .unwrap();
        clients[0].push(server);
        clients[0].pull(server);
    }
    clients[0].command(Command::Submit { seen: None }).unwrap();
    clients[0].command(Command::Authorise { seen: None }).unwrap();
    clients[0].push(server);
    assert_eq!(server.release().stage, Stage::Execution);
    for client in clients {
        client.pull(server);
    }
}

/// Makes the release ready as a careful author would, and submits it.
fn submit(server: &mut Server, author: &mut Client) {
    author.pull(server);
    let mut send = |commands: Vec<Command>| {
        for command in commands {
            author.command(command).expect("it names what is shown");
        }
        author.push(server);
        author.pull(server);
        server.release().clone()
    };
    let mut release = send(vec![]);
    if release.stage == Stage::Authorisation {
        release = send(vec![Command::Withdraw]);
    }
    let decide = |conflict: &ConflictId| Command::Resolve {
        conflict: *conflict,
        take: Take::Theirs,
    };
    release = send(release.conflicts.keys().map(decide).collect());
    release = send(
        release
            .plan()
            .iter()
            .map(|(step, _)| Command::DeleteStep { step: *step })
            .collect(),
    );
    let user = release.author.to_string();
    let record = [
        (ReleaseField::Title, "ready"),
        (ReleaseField::ReleaseType, "standard"),
        (ReleaseField::Requester, user.as_str()),
        (ReleaseField::AssignmentGroup, user.as_str()),
        (ReleaseField::PlannedStart, "2026-11-23T20:00:00Z"),
        (ReleaseField::PlannedEnd, "2026-11-24T04:00:00Z"),
    ];
    send(
        record
            .map(|(field, value)| Command::Set {
                field,
                value: value.into(),
            })
            .into(),
    );
    let step = NewStep {
        title: "Swap".into(),
        minutes: Some(10),
        ..NewStep::default()
    };
    send(vec![Command::AddStep { after: None, step }]);
    let submitted = send(vec![Command::Submit { seen: None }]);
    assert_eq!(
        submitted.stage,
        Stage::Authorisation,
        "{:?}",
        unmet(&submitted, &fact)
    );
}
