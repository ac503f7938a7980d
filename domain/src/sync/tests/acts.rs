//! The later stages with hand-made people: what each act leaves behind, and that nothing is done twice, unseen or on
//! something else than was looked at.

mod ending;
mod listed;
mod next;
mod offline;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use proptest::prelude::*;

use super::bench::{fact, now};
use super::matrix::{Estate, Held, Relation, actor, group, kind, person, release, run_at, world};
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
    play.does(Requester, AUTHORISE);
    play.does(Approver, AUTHORISE);
    play.does(Member, next());
    assert_eq!(play.release().stage, Stage::Test);
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
