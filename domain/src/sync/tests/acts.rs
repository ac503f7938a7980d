//! The later stages with hand-made people: what each act leaves behind, and that nothing is done twice, unseen or on
//! something else than was looked at.

mod ending;
mod listed;
mod next;
mod offline;
mod told;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use proptest::prelude::*;

use super::bench::{fact, now};
use super::matrix::{Estate, Held, Relation, actor, group, kind, person, release, run_at, run_made, world};
use crate::access::{Actor, Right};
use crate::cmdb::Lifecycle;
use crate::release::*;
use crate::sync::*;
use crate::wire::release::ReleaseSummary;
use crate::wire::session::Directory;
use crate::wire::waiting::Waiting;
use crate::{AttemptId, CiKey, ReleaseTypeKey, StepId, UserId};
use Relation::{
    Acceptor, Approver, Assignee, Author, Member, Onlooker, Requester, Stranger, Substitute, Tester,
};
use ulid::Ulid;

/// One release among people, and the time that passes.
struct Play {
    release: Option<Release>,
    world: Estate,
    now: DateTime<Utc>,
    rev: u64,
}

impl Play {
    fn at(stage: Stage) -> Self {
        Self::of(release(stage, Disposition::Active, false))
    }

    fn of(release: Release) -> Self {
        Self {
            release: Some(release),
            world: world(),
            now: now(),
            rev: 10,
        }
    }

    fn release(&self) -> &Release {
        self.release.as_ref().unwrap()
    }

    fn by(&mut self, actor: &Actor, op: ReleaseOp) -> Result<Note, Reason> {
        self.rev += 1;
        run_at(&mut self.release, op, actor, &self.world, (self.now, self.rev))
    }

    fn command(&mut self, who: Relation, command: Command) -> Result<Note, Reason> {
        let ops = command
            .into_ops(self.release(), || Ulid(u128::from(self.rev) + 9_000))
            .unwrap();
        let [op] = ops.try_into().unwrap();
        self.by(&actor(who, Held::Everything), op)
    }

    fn does(&mut self, who: Relation, command: Command) -> Note {
        self.command(who, command)
            .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// It is refused, and why.
    fn refused(&mut self, who: Relation, command: Command) -> Vec<String> {
        codes(&self.command(who, command).unwrap_err())
    }

    fn unmet(&self, action: Action, actor: &Actor) -> Vec<Unmet> {
        let scene = Scene {
            actor,
            release: self.release(),
            world: &self.world,
        };
        unmet_for(action, &scene)
    }

    fn kind(&mut self, change: impl FnOnce(&mut ReleaseType)) {
        change(&mut self.world.0.release_types[0]);
    }
}

fn codes(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::NotReady { unmet } => unmet.iter().map(|one| one.code.clone()).collect(),
        Reason::WrongStage { .. } => vec!["wrong_stage".into()],
        Reason::ContentChanged { .. } => vec!["content_changed".into()],
        Reason::Frozen { .. } => vec!["frozen".into()],
        Reason::Malformed { what } => vec![what.clone()],
        other => panic!("{other:?}"),
    }
}

const AUTHORISE: Command = Command::Authorise { seen: None };

fn next() -> Command {
    Command::Forward { from: None }
}

fn because() -> String {
    "because".into()
}

#[test]
fn the_go_ahead_takes_the_requester_and_the_quorum_and_each_once() {
    let mut play = Play::at(Stage::Draft);
    play.kind(|kind| kind.approvers[0].quorum = 2);
    play.does(Author, Command::Submit { seen: None });
    let said = play.does(Approver, AUTHORISE);
    assert!(
        said.text.contains("1 of Approvers") && said.text.contains("Requester (requester)"),
        "{said:?}"
    );
    assert_eq!(play.refused(Approver, AUTHORISE), ["authorised_by_you"]);
    play.does(Requester, AUTHORISE);
    assert_eq!(play.release().stage, Stage::Authorisation);
    // Somebody else of the group.
    let mut other = actor(Approver, Held::Everything);
    other.user = person(Onlooker);
    let seen = play.release().content_hash();
    play.by(&other, ReleaseOp::Authorise { seen: seen.clone() })
        .unwrap();
    assert_eq!(play.release().stage, Stage::Execution);
    assert!(play.release().authorised.is_some());
    let course = &play.release().course;
    assert!(
        course
            .approvals
            .iter()
            .all(|one| one.content == seen && one.void.is_none())
    );
    assert_eq!(course.approvals.len(), 3);
    assert_eq!(play.refused(Requester, AUTHORISE), ["wrong_stage"], "twice");
}

#[test]
fn four_eyes_are_not_those_of_the_author() {
    let mut play = Play::at(Stage::Draft);
    play.kind(|kind| {
        kind.approvers.clear();
        kind.four_eyes = true;
    });
    let requester = Value::from(person(Author).to_string());
    play.does(
        Author,
        Command::Set {
            field: ReleaseField::Requester,
            value: requester,
        },
    );
    play.does(Author, Command::Submit { seen: None });
    let said = play.does(Author, AUTHORISE);
    assert!(said.text.contains("somebody else than its author"), "{said:?}");
    assert_eq!(play.release().stage, Stage::Authorisation);
    play.does(Onlooker, AUTHORISE);
    assert_eq!(play.release().stage, Stage::Execution);
}

#[test]
fn a_substitute_is_recorded_as_one() {
    let mut play = Play::at(Stage::Draft);
    play.kind(|kind| kind.approvers.clear());
    play.does(Author, Command::Submit { seen: None });
    let said = play.does(Substitute, AUTHORISE);
    assert_eq!(said.text, "authorised it on behalf of Requester");
    let approval = &play.release().course.approvals[0];
    assert_eq!(
        (approval.mark.by, approval.on_behalf_of),
        (person(Substitute), Some(person(Requester)))
    );
    let mut play = Play::at(Stage::Closure);
    let said = play.does(Substitute, Command::Close);
    assert!(
        said.text.starts_with("closed it on behalf of Requester"),
        "{said:?}"
    );
    assert_eq!(
        play.release().course.ended.as_ref().unwrap().on_behalf_of,
        Some(person(Requester))
    );
}

#[test]
fn a_refusal_ends_it_whoever_has_agreed() {
    let mut play = Play::at(Stage::Draft);
    play.does(Author, Command::Submit { seen: None });
    play.does(Requester, AUTHORISE);
    play.does(Approver, Command::Refuse { reason: because() });
    assert_eq!(play.release().stage, Stage::Draft);
    assert!(play.release().course.approvals[0].void.is_some());
    play.does(Author, Command::Submit { seen: None });
    let awaits = play.release().course.awaits.clone().unwrap();
    assert!(
        awaits.requester && awaits.given.is_empty(),
        "everybody is asked again: {awaits:?}"
    );
}

#[test]
fn decisions_name_exactly_what_was_seen() {
    let stale = || Some(ContentHash("0".repeat(64)));
    let mut play = Play::at(Stage::Authorisation);
    assert_eq!(
        play.refused(Requester, Command::Authorise { seen: stale() }),
        ["content_changed"]
    );
    let mut play = Play::at(Stage::Acceptance);
    assert_eq!(
        play.refused(Acceptor, Command::Accept { seen: stale() }),
        ["content_changed"]
    );
    let (start, end) = (now(), now() + TimeDelta::hours(9));
    let seen = stale();
    assert_eq!(
        play.refused(Acceptor, Command::ReDate { start, end, seen }),
        ["content_changed"]
    );
    // Whose work it is, and what is said at its end, is not part of what was decided on.
    let before = play.release().content_hash();
    let notes = Value::from("Port 7 had to be reseated.\n");
    play.does(
        Acceptor,
        Command::Set {
            field: ReleaseField::ClosureNotes,
            value: notes,
        },
    );
    play.does(Acceptor, Command::Delegate { to: person(Stranger) });
    assert_eq!(play.release().content_hash(), before);
}

#[test]
fn moved_dates_make_the_go_ahead_void_until_it_is_given_again() {
    let mut play = Play::at(Stage::Execution);
    let (start, end) = (now(), now() + TimeDelta::hours(9));
    let said = play.does(
        Member,
        Command::ReDate {
            start,
            end,
            seen: None,
        },
    );
    assert!(said.text.contains("void"), "{said:?}");
    let release = play.release();
    assert_eq!((release.stage, release.authorised), (Stage::Execution, None));
    assert_eq!(release.due(), Some(end));
    let unmet = play.unmet(Action::Forward, &actor(Member, Held::Everything));
    assert_eq!(unmet.len(), 1, "{unmet:?}");
    assert_eq!(unmet[0].code, "not_authorised");
    let who: Vec<_> = unmet[0].who.iter().map(|who| who.name.as_str()).collect();
    assert_eq!(who, ["Requester", "Approvers"]);
    // It waits for whoever must authorise, and not for whoever cannot go on.
    let waits = |who| ReleaseSummary::from(play.release()).waits_for(&actor(who, Held::Everything));
    assert_eq!(
        [Requester, Assignee, Member].map(waits),
        [Some(Waiting::GoAhead), None, None]
    );
    play.does(Requester, AUTHORISE);
    play.does(Approver, AUTHORISE);
    play.does(Member, next());
    assert_eq!(play.release().stage, Stage::Test);
}

#[test]
fn work_before_the_go_ahead_stays_and_somebody_else_looks_at_it() {
    let mut play = Play::at(Stage::Authorisation);
    let release = play.release.as_mut().unwrap();
    release.records.clear();
    let step = *release.steps.keys().next().unwrap();
    play.does(
        Member,
        Command::Record {
            step,
            result: StepResult::Done,
            started: now(),
            ended: now(),
            note: String::new(),
            evidence: vec![],
        },
    );
    // Whoever authorises is told, and nothing keeps them.
    let requester = actor(Requester, Held::Everything);
    let scene = Scene {
        actor: &requester,
        release: play.release(),
        world: &play.world,
    };
    let told = warnings_for(Action::Authorise, None, &scene, now());
    assert_eq!(
        told.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(),
        ["recorded_early"]
    );
    play.now += TimeDelta::minutes(1);
    play.does(Requester, AUTHORISE);
    play.does(Approver, AUTHORISE);
    assert_eq!(play.refused(Member, next()), ["step_unfinished"]);
    let attempt = *play.release().records.keys().next().unwrap();
    assert!(
        play.command(Member, Command::Confirm { attempt }).is_err(),
        "their own"
    );
    play.does(Assignee, Command::Confirm { attempt });
    play.does(Member, next());
}

/// A release that is carried out after one step of it was recorded before the go-ahead, by `who`.
fn recorded_early(who: Relation, second: bool) -> (Play, AttemptId) {
    let mut play = Play::at(Stage::Authorisation);
    let mark = play.release().updated;
    let release = play.release.as_mut().unwrap();
    release.records.clear();
    let (step, plan) = release.steps.iter_mut().next().unwrap();
    if second {
        let cell = Cell {
            value: Value::Flag(true),
            mark,
        };
        plan.fields.insert(StepField::ConfirmBySecond, cell);
    }
    let step = *step;
    play.does(who, done(step));
    play.now += TimeDelta::minutes(1);
    play.does(Requester, AUTHORISE);
    play.does(Approver, AUTHORISE);
    let attempt = *play.release().records.keys().next().unwrap();
    (play, attempt)
}

fn done(step: StepId) -> Command {
    Command::Record {
        step,
        result: StepResult::Done,
        started: now(),
        ended: now(),
        note: String::new(),
        evidence: vec![],
    }
}

#[test]
fn a_crew_of_one_is_not_stuck_with_what_it_recorded_early() {
    // Who gave the go-ahead confirms it, without the right to carry it out.
    let (mut play, attempt) = recorded_early(Member, false);
    let confirm = || ReleaseOp::Confirm { attempt };
    assert!(play.by(&actor(Requester, Held::Nothing), confirm()).is_ok());
    play.does(Member, next());
    for (who, held) in [
        (Substitute, Held::Nothing),
        (Approver, Held::Seeing(Right::Authorise)),
        (Stranger, Held::Seeing(Right::Execute)),
    ] {
        let (mut play, attempt) = recorded_early(Member, false);
        let confirmed = play.by(&actor(who, held), ReleaseOp::Confirm { attempt });
        assert!(confirmed.is_ok(), "{who:?}");
    }
    let (mut play, attempt) = recorded_early(Member, false);
    let refused = play.by(&actor(Onlooker, Held::Nothing), ReleaseOp::Confirm { attempt });
    assert_eq!(
        refused.unwrap_err(),
        Reason::NotAllowed {
            needs: Right::Execute
        }
    );
    // All alone, the requester included: it is looked at again under the go-ahead, and recorded anew.
    let (mut play, attempt) = recorded_early(Requester, false);
    let own = play.by(
        &actor(Requester, Held::Everything),
        ReleaseOp::Confirm { attempt },
    );
    assert_eq!(own.unwrap_err(), Reason::SamePerson);
    let step = *play.release().steps.keys().next().unwrap();
    play.does(Requester, done(step));
    play.does(Member, next());
    assert!(play.release().records.contains_key(&attempt), "it stays a fact");
}

#[test]
fn where_two_people_are_asked_for_the_go_ahead_is_none_of_them() {
    let (mut play, _) = recorded_early(Member, true);
    let step = *play.release().steps.keys().next().unwrap();
    play.does(Member, done(step));
    let again = |play: &Play| {
        let run = play.release().run_state();
        run.step(step).unwrap().standing[0]
    };
    let attempt = again(&play);
    assert_eq!(play.refused(Member, next()), ["step_unfinished"]);
    let requester = play.by(&actor(Requester, Held::Nothing), ReleaseOp::Confirm { attempt });
    assert!(requester.is_err(), "it is not about the go-ahead any more");
    play.does(Assignee, Command::Confirm { attempt });
    play.does(Member, next());
}

#[test]
fn times_that_cannot_be_are_said_and_the_record_is_kept() {
    let mut play = Play::at(Stage::Execution);
    let step = *play.release().steps.keys().next().unwrap();
    play.release.as_mut().unwrap().records.clear();
    play.does(
        Member,
        Command::Record {
            step,
            result: StepResult::Done,
            started: now() - TimeDelta::days(9_000),
            ended: now() + TimeDelta::days(9_000),
            note: String::new(),
            evidence: vec![],
        },
    );
    let release = play.release();
    let odd = release.odd_times(release.records.values().next().unwrap());
    assert_eq!(
        odd,
        [
            "ends after it was recorded",
            "begins before the release was drafted"
        ]
    );
}

#[test]
fn only_somebody_who_is_there_is_asked_and_gets_the_work() {
    let mut play = Play::at(Stage::Draft);
    let nobody = Value::from(Ulid(404).to_string());
    let set = |field, value: &Value| Command::Set {
        field,
        value: value.clone(),
    };
    play.does(Author, set(ReleaseField::Requester, &nobody));
    play.does(Author, set(ReleaseField::AssignmentGroup, &nobody));
    let submit = || Command::Submit { seen: None };
    assert_eq!(
        play.refused(Author, submit()),
        ["requester_unknown", "group_unknown"]
    );
    let somebody = Value::from(person(Requester).to_string());
    play.does(Author, set(ReleaseField::Requester, &somebody));
    let members = Value::from(group(Member).to_string());
    play.does(Author, set(ReleaseField::AssignmentGroup, &members));
    let left = play
        .world
        .0
        .people
        .iter()
        .position(|it| it.id == person(Requester));
    let left = play.world.0.people.remove(left.unwrap());
    let former = crate::wire::session::FormerPerson {
        id: left.id,
        name: left.name,
    };
    play.world.0.former.push(former);
    assert_eq!(play.refused(Author, submit()), ["requester_retired"]);
    // Who stands in for somebody who has left can close what waits for them, and who cannot is told so.
    let mut play = Play {
        world: play.world,
        ..Play::at(Stage::Closure)
    };
    let unmet = play.unmet(Action::Close, &actor(Member, Held::Everything));
    assert!(
        unmet[0].text.contains("Requester may no longer sign in"),
        "{unmet:?}"
    );
    play.does(Substitute, Command::Close);
}

#[test]
fn a_missing_checklist_is_called_by_its_name_and_added_first() {
    let mut play = Play::at(Stage::Acceptance);
    play.kind(|kind| kind.checklists = vec!["ci-test".into(), "own".into()]);
    let form = shipped().remove(0).1;
    let offered = crate::wire::records::ChecklistTemplate {
        key: "own".parse().unwrap(),
        revision: 1,
        shipped: false,
        deleted: false,
        form: Form {
            title: "House rules".into(),
            ..form
        },
    };
    play.world.0.checklists.push(offered);
    let acceptor = actor(Acceptor, Held::Everything);
    let texts: Vec<_> = play
        .unmet(Action::Accept, &acceptor)
        .into_iter()
        .map(|it| it.text)
        .collect();
    assert_eq!(
        texts[1],
        "The checklist “House rules” is missing. Add it, answer it and confirm it."
    );
}

#[test]
fn what_cannot_be_seen_is_no_reason_and_no_title() {
    let mut play = Play::at(Stage::Execution);
    for reason in ["\u{0}", "\u{200b}", "\u{202e}evil\u{2066}"] {
        let reason = reason.to_owned();
        assert!(play.command(Member, Command::Cancel { reason }).is_err());
    }
    let mut play = Play::at(Stage::Draft);
    for title in ["a\u{0}b", "\u{202e}evil\u{2066}"] {
        let (field, value) = (ReleaseField::Title, title.into());
        assert!(play.command(Author, Command::Set { field, value }).is_err());
    }
    for time in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let (field, value) = (ReleaseField::PlannedEnd, time.into());
        assert!(play.command(Author, Command::Set { field, value }).is_err());
    }
}

#[test]
fn what_is_unresolved_is_authorised_anew_and_nothing_skips_a_stage() {
    let mut play = Play::at(Stage::Execution);
    play.does(Member, next());
    assert_eq!(play.release().assignee(), None, "the next group's turn");
    let from = Some(Stage::Execution);
    assert_eq!(
        play.refused(Tester, Command::Forward { from }),
        ["wrong_stage"],
        "twice"
    );
    play.does(Tester, next());
    assert_eq!(play.release().stage, Stage::Acceptance);
    assert!(
        play.refused(Acceptor, next()).contains(&"wrong_stage".to_owned()),
        "D17"
    );
    play.does(Acceptor, Command::Unresolved { reason: because() });
    let release = play.release();
    assert_eq!(
        (release.stage, release.run, release.authorised),
        (Stage::Authorisation, 1, None)
    );
    assert_eq!(release.sent_back.as_ref().unwrap().from, Some(Stage::Acceptance));
    assert!(
        play.command(Acceptor, Command::Unresolved { reason: because() })
            .is_err()
    );
    play.does(Requester, AUTHORISE);
    play.does(Approver, AUTHORISE);
    assert_eq!(
        (play.release().stage, &play.release().sent_back),
        (Stage::Execution, &None)
    );
}

#[test]
fn a_type_without_a_test_goes_straight_to_acceptance() {
    let mut play = Play::at(Stage::Execution);
    play.kind(|kind| kind.test_stage = false);
    play.does(Member, next());
    assert_eq!(play.release().stage, Stage::Acceptance);
}

#[test]
fn the_tester_is_not_who_carried_it_out() {
    let mut play = Play::at(Stage::Execution);
    play.kind(|kind| kind.tester_differs = true);
    let mut both = actor(Member, Held::Everything);
    both.groups.insert(group(Tester));
    let forward = |from| ReleaseOp::Act {
        act: Act::Forward { from },
    };
    play.by(&both, forward(Stage::Execution)).unwrap();
    let refused = play.by(&both, forward(Stage::Test)).unwrap_err();
    assert_eq!(codes(&refused), ["tester_differs"]);
    play.does(Tester, next());
}

/// Nothing in the workflow needs a step to be there.
#[test]
fn an_unknown_step_is_no_reason_to_stop() {
    let mut play = Play::at(Stage::Execution);
    let release = play.release.as_mut().unwrap();
    let record = release.records.values().next().unwrap().clone();
    let stray = ExecutionRecord {
        step: StepId(Ulid(404)),
        ..record
    };
    release.records.insert(AttemptId(Ulid(404)), stray);
    play.does(Member, next());
}
