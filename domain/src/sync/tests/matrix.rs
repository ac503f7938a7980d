//! The workflow against a policy that was written down on its own: every stage, disposition, action, set of rights and
//! relation to the release, one cell each. What the policy does not allow is refused with a reason in words, and what
//! the release lists as missing is exactly what the reducer looks at.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use ulid::Ulid;

use super::bench::{RELEASE, fact, now};
use crate::access::{Actor, Right, Role, Scope, Types};
use crate::registry::{RecordFact, RecordRef};
use crate::release::{
    Act, Action, Activity, Approvers, Awaits, Cell, CiFact, CiState, Disposition, Ended, FieldVer, Figures,
    Form, Hold, Mark, NewStep, OpId, OrderKey, Party, Release, ReleaseField, ReleaseType, Rev, Scene, Stage,
    Submission, Value, is_offered, unmet_for,
};
use crate::sync::*;
use crate::wire::session::{Directory, Group, Person};
use crate::{CiKey, ClientId, ContractId, FormKey, GestureId, GroupId, ReleaseTypeKey, StepId, UserId};

// stages: d draft, a authorisation, e execution, t test, c acceptance, l closure.
// dispositions: A active, H on hold, C concluded, X cancelled.
// who: everybody listed, by relation and right; `sees` must hold for each of them.
const POLICY: &str = "
submit        d      A   author+create
withdraw      a      A   author+create
authorise     a      A   requester substitute approver+authorise
refuse        a      A   requester substitute anybody+authorise
forward       e      A   member+execute assignee+execute administrator
forward       t      A   tester+test assignee+test administrator
unresolved    e      A   member+execute assignee+execute administrator
unresolved    t      A   tester+test assignee+test administrator
unresolved    c      A   acceptor+accept assignee+accept administrator
accept        c      A   acceptor+accept assignee+accept administrator
close         l      A   requester substitute
cancel        daetcl AH  anybody+cancel
cancel        d      AH  author+create
reopen        daetcl CX  anybody+reopen
hold          aetcl  A   anybody+hold
resume        daetcl H   anybody+resume
claim         ae     A   member+execute administrator
claim         t      A   tester+test administrator
claim         c      A   acceptor+accept administrator
delegate      aetc   AH  anybody+delegate
share         daetcl AH  author requester assignee anybody+delegate
unshare       daetcl AH  author requester assignee anybody+delegate
change_group  aetc   AH  anybody+delegate
change_group  ae     AH  member+execute assignee+execute
change_group  t      AH  tester+test assignee+test
change_group  c      AH  acceptor+accept assignee+accept
re_date       aetc   AH  anybody+re_date
schedule      ae     AH  member+execute assignee+execute administrator
schedule      t      AH  tester+test assignee+test administrator
schedule      c      AH  acceptor+accept assignee+accept administrator
";

/// The same where the go-ahead became void after authorisation: it is asked for again, and nothing moves on.
const VOID: &str = "
authorise     etcl   A   requester substitute approver+authorise
refuse        etcl   A   requester substitute anybody+authorise
forward       -      A   nobody
accept        -      A   nobody
close         -      A   nobody
";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Author,
    Requester,
    Substitute,
    Assignee,
    Member,
    Approver,
    Tester,
    Acceptor,
    Onlooker,
    Stranger,
    Administrator,
}

use Relation::*;

const RELATIONS: [Relation; 11] = [
    Author,
    Requester,
    Substitute,
    Assignee,
    Member,
    Approver,
    Tester,
    Acceptor,
    Onlooker,
    Stranger,
    Administrator,
];

/// What somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    /// Only this right.
    One(Right),
    /// This and *view*.
    Seeing(Right),
    Everything,
    /// Everything, but by a token that only reads.
    ReadToken,
    /// Everything, but of another release type.
    OtherType,
}

fn held() -> Vec<Held> {
    let mut all = vec![Held::Nothing, Held::Everything, Held::ReadToken, Held::OtherType];
    all.extend(Right::ALL.map(Held::One));
    all.extend(Right::ALL.map(Held::Seeing));
    all
}

pub(super) fn person(relation: Relation) -> UserId {
    let place = RELATIONS.iter().position(|one| *one == relation).unwrap();
    UserId(Ulid(1_000 + place as u128))
}

pub(super) fn group(relation: Relation) -> GroupId {
    GroupId(person(relation).0)
}

const OTHER_GROUP: GroupId = GroupId(Ulid(5_000));

pub(super) fn actor(relation: Relation, held: Held) -> Actor {
    let all = |types: &Types| Right::ALL.iter().map(|right| (*right, types.clone())).collect();
    let rights: BTreeMap<Right, Types> = match held {
        Held::Nothing => BTreeMap::new(),
        Held::One(right) => BTreeMap::from([(right, Types::All)]),
        Held::Seeing(right) => BTreeMap::from([(right, Types::All), (Right::View, Types::All)]),
        Held::Everything | Held::ReadToken => all(&Types::All),
        Held::OtherType => all(&Types::Only(BTreeSet::from(["other".parse().unwrap()]))),
    };
    let groups = match relation {
        Member | Approver | Tester | Acceptor => BTreeSet::from([group(relation)]),
        Stranger => BTreeSet::from([OTHER_GROUP]),
        _ => BTreeSet::new(),
    };
    let administrator = (relation == Administrator).then_some(Role::Administrator);
    Actor {
        user: person(relation),
        name: format!("{relation:?}"),
        roles: administrator.into_iter().chain([Role::CmdbViewer]).collect(),
        groups,
        rights,
        contracts: BTreeSet::new(),
        stands_in_for: (relation == Substitute)
            .then(|| person(Requester))
            .into_iter()
            .collect(),
        scopes: (held == Held::ReadToken).then(|| BTreeSet::from([Scope::Read])),
    }
}

pub(super) struct Estate(pub Directory);

impl World for Estate {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
    fn directory(&self) -> Option<&Directory> {
        Some(&self.0)
    }
}

/// The same world with those only whom a store would have read.
struct Few<'a> {
    directory: Option<Directory>,
    whole: &'a dyn World,
}

impl World for Few<'_> {
    fn ci(&self, key: &CiKey) -> CiFact {
        self.whole.ci(key)
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        self.whole.record(record)
    }
    fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.whole.outcome(op)
    }
    fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }
    fn ci_state(&self, key: &CiKey) -> Option<CiState> {
        self.whole.ci_state(key)
    }
    fn worked(&self, kind: Option<&ReleaseTypeKey>, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        self.whole.worked(kind, from, to)
    }
    fn after_working(
        &self,
        kind: Option<&ReleaseTypeKey>,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> DateTime<Utc> {
        self.whole.after_working(kind, from, work)
    }
    fn knows_form(&self, template: &FormKey, form: &Form) -> bool {
        self.whole.knows_form(template, form)
    }
    fn knows_contract(&self, contract: ContractId) -> bool {
        self.whole.knows_contract(contract)
    }
}

pub(super) fn kind() -> ReleaseType {
    ReleaseType {
        approvers: vec![Approvers {
            group: group(Approver),
            quorum: 1,
        }],
        test_group: Some(group(Tester)),
        acceptance_group: Some(group(Acceptor)),
        ..ReleaseType::new("standard".parse().unwrap(), "Standard")
    }
}

pub(super) fn world() -> Estate {
    let people = RELATIONS.map(|relation| Person {
        id: person(relation),
        login: format!("{relation:?}").to_lowercase(),
        name: format!("{relation:?}"),
        phone: None,
        email: None,
        unit: None,
        location: None,
    });
    let named = |id: GroupId, name: String| Group::new(id, name);
    let mut groups: Vec<Group> = RELATIONS
        .iter()
        .map(|relation| named(group(*relation), format!("{relation:?}s")))
        .collect();
    groups.push(named(OTHER_GROUP, "Others".into()));
    Estate(Directory {
        people: people.to_vec(),
        groups,
        release_types: vec![kind()],
        ..Directory::default()
    })
}

pub(super) fn mark(by: Relation) -> Mark {
    Mark {
        ver: FieldVer::Rev(Rev(1)),
        by: person(by),
        at: now(),
    }
}

/// A release in a stage where nothing is missing but the decision.
pub(super) fn release(stage: Stage, disposition: Disposition, void: bool) -> Release {
    let mut release = Release::draft(RELEASE, person(Author), now(), mark(Author));
    let mut set = |field, value: Value| {
        let mark = mark(Author);
        release.fields.insert(field, Cell { value, mark });
    };
    set(ReleaseField::Title, "Replace switches".into());
    set(ReleaseField::ReleaseType, "standard".into());
    set(ReleaseField::Requester, person(Requester).to_string().into());
    set(ReleaseField::AssignmentGroup, group(Member).to_string().into());
    set(ReleaseField::Assignee, person(Assignee).to_string().into());
    set(ReleaseField::PlannedStart, "2026-11-23T20:00:00Z".into());
    set(ReleaseField::PlannedEnd, "2026-11-24T04:00:00Z".into());
    set(ReleaseField::ClosureCode, "as_planned".into());
    set(ReleaseField::ReleaseDate, "2026-11-24T04:00:00Z".into());
    let step = NewStep {
        title: "Swap".into(),
        minutes: Some(10),
        ..NewStep::default()
    };
    let mut slot = Some(release);
    let world = world();
    let mut author = actor(Author, Held::Everything);
    let step_id = StepId(Ulid(9));
    let place = OrderKey::between(None, None);
    run(&mut slot, step.into_op(step_id, place, None), &author, &world).unwrap();
    if stage != Stage::Draft {
        let mut running = slot.take().unwrap();
        running.stage = Stage::Execution;
        running.authorised = Some(mark(Requester));
        slot = Some(running);
        author.user = person(Onlooker);
        let record = ReleaseOp::Record {
            attempt: crate::AttemptId(Ulid(8)),
            step: step_id,
            seen: FieldVer::Rev(Rev(2)),
            result: crate::release::StepResult::Done,
            started: now(),
            ended: now(),
            note: String::new(),
            evidence: vec![],
            after: BTreeSet::new(),
        };
        run(&mut slot, record, &author, &world).unwrap();
    }
    let mut release = slot.unwrap();
    release.stage = stage;
    release.disposition = disposition;
    release.course.shared_with = BTreeSet::from([Party::User(person(Onlooker))]);
    let standing = !matches!(stage, Stage::Draft | Stage::Authorisation) && !void;
    release.authorised = standing.then(|| mark(Requester));
    if stage != Stage::Draft {
        let content = release.content_hash();
        let mark = mark(Author);
        release.submitted = Some(Submission { content, mark });
        let mut awaits = Awaits::of(Some(&kind()));
        if standing {
            awaits = Awaits::default();
        }
        release.course.awaits = Some(awaits);
    }
    release.course.duties = match stage {
        Stage::Test => BTreeSet::from([group(Tester)]),
        Stage::Acceptance => BTreeSet::from([group(Acceptor)]),
        _ => BTreeSet::new(),
    };
    match disposition {
        Disposition::OnHold => {
            release.course.hold = Some(Hold {
                reason: "parts".into(),
                text: "Waiting for parts".into(),
                note: String::new(),
                seconds_left: Some(1_800),
                mark: mark(Author),
            });
        }
        Disposition::Concluded | Disposition::Cancelled => {
            release.course.ended = Some(Ended {
                mark: mark(Requester),
                on_behalf_of: None,
                reason: String::new(),
                figures: Figures::default(),
            });
        }
        Disposition::Active => {}
    }
    release
}

fn run(slot: &mut Option<Release>, op: ReleaseOp, actor: &Actor, world: &Estate) -> Result<(), Reason> {
    run_at(slot, op, actor, world, (now(), 2)).map(|_| ())
}

/// Does it at a moment, as a revision.
pub(super) fn run_at(
    slot: &mut Option<Release>,
    op: ReleaseOp,
    actor: &Actor,
    world: &dyn World,
    (now, rev): (DateTime<Utc>, u64),
) -> Result<Note, Reason> {
    let made = Stamp {
        wall: now,
        skew_ms: None,
    };
    run_made(slot, op, actor, world, (now, rev), made)
}

/// Takes at a moment, as a revision, what was done at another one.
pub(super) fn run_made(
    slot: &mut Option<Release>,
    op: ReleaseOp,
    actor: &Actor,
    world: &dyn World,
    (now, rev): (DateTime<Utc>, u64),
    made: Stamp,
) -> Result<Note, Reason> {
    let id = OpId {
        client: ClientId(Ulid(77)),
        seq: rev,
    };
    let envelope = OpEnvelope {
        id,
        v: OP_VERSION,
        author: actor.user,
        made,
        release: RELEASE,
        base_rev: Rev(1),
        epoch: None,
        gesture: GestureId(Ulid(1)),
        op,
    };
    let ctx = Ctx {
        actor,
        now,
        stamp: FieldVer::Rev(Rev(rev)),
        number: None,
        world,
    };
    let sent = [SentOp {
        id,
        json: &serde_json::Value::Null,
        author: Some(actor.user),
        op: Ok(envelope.clone()),
    }];
    let named = Named::by_ops(&sent, slot.iter());
    let few = Few {
        directory: world.directory().map(|whole| named.of(whole)),
        whole: world,
    };
    let mut twin = slot.clone();
    let known_few = apply(&mut twin, &envelope, &Ctx { world: &few, ..ctx });
    let done = apply(slot, &envelope, &ctx);
    assert!(
        known_few == done && twin == *slot,
        "{envelope:?}\n{known_few:?} where only those are known who are named, otherwise {done:?}"
    );
    done.map(|(_, note)| note).map_err(|refusal| refusal.reason)
}

/// The op of an action, with data that fits.
fn op(action: Action, release: &Release) -> ReleaseOp {
    let reason = || "because".to_owned();
    let seen = release.content_hash();
    let act = match action {
        Action::Submit => return ReleaseOp::Submit { seen },
        Action::Withdraw => return ReleaseOp::Withdraw,
        Action::Authorise => return ReleaseOp::Authorise { seen },
        Action::Refuse => return ReleaseOp::Refuse { reason: reason() },
        Action::Forward => Act::Forward { from: release.stage },
        Action::Unresolved => Act::Unresolved {
            from: release.stage,
            reason: reason(),
        },
        Action::Accept => Act::Accept { seen },
        Action::Close => Act::Close,
        Action::Cancel => Act::Cancel { reason: reason() },
        Action::Reopen => Act::Reopen { reason: reason() },
        Action::Hold => Act::Hold {
            reason: "parts".into(),
            note: String::new(),
        },
        Action::Resume => Act::Resume,
        Action::Claim => Act::Claim {
            seen: release.assignee(),
        },
        Action::Delegate => Act::Delegate {
            to: person(Stranger),
            seen: release.assignee(),
        },
        Action::Share => Act::Share {
            with: Party::Group(OTHER_GROUP),
        },
        Action::Unshare => Act::Unshare {
            with: Party::User(person(Onlooker)),
        },
        Action::ChangeGroup => Act::ChangeGroup { to: OTHER_GROUP },
        Action::ReDate => Act::ReDate {
            start: now(),
            end: now() + TimeDelta::hours(3),
            seen,
        },
        Action::Schedule => Act::Schedule {
            activity: Some(Activity {
                group: group(Member),
                instruction: "Swap the switch".into(),
                at: now(),
                minutes: 60,
            }),
        },
    };
    ReleaseOp::Act { act }
}

fn letter(stage: Stage) -> char {
    match stage {
        Stage::Draft => 'd',
        Stage::Authorisation => 'a',
        Stage::Execution => 'e',
        Stage::Test => 't',
        Stage::Acceptance => 'c',
        Stage::Closure => 'l',
    }
}

fn sign(disposition: Disposition) -> char {
    match disposition {
        Disposition::Active => 'A',
        Disposition::OnHold => 'H',
        Disposition::Concluded => 'C',
        Disposition::Cancelled => 'X',
    }
}

const DISPOSITIONS: [Disposition; 4] = [
    Disposition::Active,
    Disposition::OnHold,
    Disposition::Concluded,
    Disposition::Cancelled,
];

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// Holds a right of this release's type, by the words of the policy.
fn has(relation: Relation, held: Held, right: &str) -> bool {
    match held {
        Held::ReadToken => right == "view",
        _ if relation == Administrator => true,
        Held::Nothing | Held::OtherType => false,
        Held::Everything => true,
        Held::One(one) => word(&one) == right,
        Held::Seeing(one) => word(&one) == right || right == "view",
    }
}

/// Takes part in it in this stage, or may see all. With whom it is shared looks on: their rights count where they would
/// without the sharing.
fn sees(relation: Relation, held: Held, stage: Stage, void: bool) -> bool {
    let concerned = match relation {
        Author | Requester | Substitute | Assignee | Member => true,
        Approver => stage == Stage::Authorisation || (void && stage != Stage::Draft),
        Tester => stage == Stage::Test,
        Acceptor => stage == Stage::Acceptance,
        Onlooker | Stranger | Administrator => false,
    };
    concerned || has(relation, held, "view")
}

fn allows(who: &str, relation: Relation, held: Held) -> bool {
    let (name, right) = who
        .split_once('+')
        .map_or((who, None), |(name, right)| (name, Some(right)));
    let is = name == "anybody" || name == format!("{relation:?}").to_lowercase();
    let writes = held != Held::ReadToken;
    is && writes && right.is_none_or(|right| has(relation, held, right))
}

/// Whom the policy allows it there.
fn who_may(action: Action, stage: Stage, disposition: Disposition, void: bool) -> Vec<&'static str> {
    let rows = |table: &'static str| {
        table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
    };
    let name = word(&action);
    let is_it = |row: &Vec<&str>| row.first() == Some(&name.as_str());
    let table = if void && rows(VOID).any(|row| is_it(&row)) {
        VOID
    } else {
        POLICY
    };
    let here = |row: &Vec<&str>| row[1].contains(letter(stage)) && row[2].contains(sign(disposition));
    rows(table)
        .filter(is_it)
        .filter(here)
        .flat_map(|row| row[3..].to_vec())
        .collect()
}

#[test]
fn every_cell_is_as_the_policy_says() {
    let world = world();
    let (mut cells, mut allowed) = (0_u32, BTreeMap::<Action, u32>::new());
    let mut wrong = Vec::new();
    for stage in Stage::ALL {
        for disposition in DISPOSITIONS {
            for void in [false, true] {
                if void && matches!(stage, Stage::Draft | Stage::Authorisation) {
                    continue;
                }
                let release = release(stage, disposition, void);
                let ops = Action::ALL.map(|action| {
                    let who = who_may(action, stage, disposition, void);
                    (action, op(action, &release), who)
                });
                let mut slot = Some(release.clone());
                for relation in RELATIONS {
                    for held in held() {
                        let actor = actor(relation, held);
                        for (action, op, who) in &ops {
                            let action = *action;
                            cells += 1;
                            let cell = || {
                                format!(
                                    "{action:?} {stage:?} {disposition:?} void={void} {relation:?} {held:?}"
                                )
                            };
                            let expected = sees(relation, held, stage, void)
                                && who.iter().any(|who| allows(who, relation, held));
                            let result = run(&mut slot, op.clone(), &actor, &world);
                            if result.is_ok() != expected {
                                wrong.push(format!("{}: {result:?}, the policy says {expected}", cell()));
                            }
                            let scene = Scene {
                                actor: &actor,
                                release: &release,
                                world: &world,
                            };
                            let unmet = unmet_for(action, &scene);
                            let few = Few {
                                directory: Some(Named::by_release(&release).of(&world.0)),
                                whole: &world,
                            };
                            let known_few = unmet_for(action, &Scene { world: &few, ..scene });
                            assert_eq!(known_few, unmet, "{}", cell());
                            if unmet.is_empty() != expected {
                                wrong.push(format!("{}: {unmet:?}, the policy says {expected}", cell()));
                            }
                            if result.is_ok() {
                                *allowed.entry(action).or_default() += 1;
                                assert!(is_offered(action, &actor, &release), "{} is not offered", cell());
                                slot = Some(release.clone());
                            } else {
                                assert!(slot.as_ref() == Some(&release), "{}: refused and changed", cell());
                                assert!(
                                    unmet.iter().all(|one| !one.text.is_empty()),
                                    "{}: {unmet:?}",
                                    cell()
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    let expected = (6 + 4) * 4 * RELATIONS.len() * held().len() * Action::ALL.len();
    assert_eq!(cells as usize, expected, "cells were left out");
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells differ, such as\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    for action in Action::ALL {
        assert!(allowed.contains_key(&action), "{action:?} can never be done");
    }
    println!("{cells} cells, {} of them allowed", allowed.values().sum::<u32>());
}
