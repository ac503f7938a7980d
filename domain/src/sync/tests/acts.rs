//! The later stages with hand-made people: what each act leaves behind, and that nothing is done twice, unseen or on
//! something else than was looked at.

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

/// Monday to Friday, 8 to 18: ten hours a day.
struct OfficeHours(Estate);

impl OfficeHours {
    fn works(at: DateTime<Utc>) -> bool {
        !matches!(at.weekday(), Weekday::Sat | Weekday::Sun) && (8..18).contains(&at.hour())
    }
}

impl World for OfficeHours {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
    fn directory(&self) -> Option<&Directory> {
        self.0.directory()
    }
    fn worked(&self, _: Option<&ReleaseTypeKey>, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let minutes = (0..(to - from).num_minutes().max(0)).map(TimeDelta::minutes);
        let worked = minutes.filter(|minute| Self::works(from + *minute)).count();
        TimeDelta::minutes(worked as i64)
    }
    fn after_working(
        &self,
        _: Option<&ReleaseTypeKey>,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> DateTime<Utc> {
        let (mut at, mut left) = (from, work.num_minutes());
        while left > 0 {
            left -= i64::from(Self::works(at));
            at += TimeDelta::minutes(1);
        }
        at
    }
}

#[test]
fn a_hold_over_the_weekend_keeps_the_stage_and_what_was_left() {
    let world = OfficeHours(world());
    let friday: DateTime<Utc> = "2026-11-27T16:00:00Z".parse().unwrap();
    let due: DateTime<Utc> = "2026-11-30T10:00:00Z".parse().unwrap();
    let mut release = release(Stage::Test, Disposition::Active, false);
    let cell = release.fields.get_mut(&ReleaseField::PlannedEnd).unwrap();
    cell.value = Value::time(due);
    let mut slot = Some(release);
    let holder = actor(Onlooker, Held::Everything);
    let hold = |reason: &str| Act::Hold {
        reason: reason.into(),
        note: "Optics on Tuesday.".into(),
    };
    let mut act =
        |act: Act, at| run_at(&mut slot, ReleaseOp::Act { act }, &holder, &world, (at, 20)).map(|_| ());
    assert!(act(hold("no such"), friday).is_err());
    act(hold("parts"), friday).unwrap();
    assert_eq!(
        codes(&act(hold("parts"), friday).unwrap_err()),
        ["wrong_disposition"]
    );
    let monday: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
    act(Act::Resume, monday).unwrap();
    assert_eq!(
        codes(&act(Act::Resume, monday).unwrap_err()),
        ["wrong_disposition"]
    );
    let release = slot.unwrap();
    assert_eq!(
        (release.stage, release.disposition),
        (Stage::Test, Disposition::Active),
        "D8"
    );
    // Two hours on Friday and two on Monday were left.
    assert_eq!(release.due(), Some("2026-11-30T16:00:00Z".parse().unwrap()));
    // Friday 16 to 18, Monday 8 to 12.
    assert_eq!(release.course.held_seconds, 6 * 3_600);
    assert_eq!(release.figures(monday, &world).held, 6 * 60);
}

#[test]
fn one_wins_a_claim_and_the_loser_is_told_who() {
    let mut play = Play::at(Stage::Execution);
    let held = play.release().assignee();
    let taken = play.refused(Member, Command::Claim { from: None });
    assert_eq!(taken, ["claimed"], "nobody takes it unseen");
    play.now += TimeDelta::minutes(45);
    play.does(Member, Command::Claim { from: held });
    let captured = play.release().course.captured.unwrap();
    assert_eq!((captured.by, captured.at), (person(Member), play.now), "D12");
    // Another one of the group who looked before.
    let mut late = actor(Member, Held::Everything);
    late.user = person(Stranger);
    let claim = ReleaseOp::Act {
        act: Act::Claim { seen: held },
    };
    let refused = play.by(&late, claim).unwrap_err();
    assert_eq!(refused.to_string(), "Not ready: Member has it.");
    assert_eq!(
        play.refused(
            Member,
            Command::Claim {
                from: Some(person(Member))
            }
        ),
        ["yours_already"]
    );
    let figures = play
        .release()
        .figures(play.now + TimeDelta::minutes(5), &play.world);
    assert_eq!(
        (figures.capture, figures.service, figures.elapsed),
        (Some(45), Some(5), 50)
    );
}

#[test]
fn acceptance_asks_for_a_code_a_date_and_the_checklists() {
    let mut play = Play::at(Stage::Acceptance);
    play.kind(|kind| kind.checklists = vec!["deployment".into()]);
    let release = play.release.as_mut().unwrap();
    for field in [ReleaseField::ClosureCode, ReleaseField::ReleaseDate] {
        release.fields.remove(&field);
    }
    let accept = || Command::Accept { seen: None };
    assert_eq!(
        play.refused(Acceptor, accept()),
        ["closure_code", "release_date", "checklist"]
    );
    let set = |field, value: &str| Command::Set {
        field,
        value: value.into(),
    };
    play.does(Acceptor, set(ReleaseField::ClosureCode, "miracle"));
    play.does(Acceptor, set(ReleaseField::ReleaseDate, "2026-11-24T06:00:00Z"));
    play.kind(|kind| kind.checklists.clear());
    assert_eq!(play.refused(Acceptor, accept()), ["closure_code"]);
    play.does(Acceptor, set(ReleaseField::ClosureCode, "as_planned"));
    assert_eq!(play.refused(Acceptor, set(ReleaseField::Title, "x")), ["frozen"]);
    play.does(Acceptor, accept());
    assert_eq!(play.release().stage, Stage::Closure);
    assert!(
        play.refused(Acceptor, accept())
            .contains(&"wrong_stage".to_owned()),
        "twice"
    );
}

#[test]
fn times_are_fixed_at_the_end_and_a_reopened_release_begins_anew() {
    let mut play = Play::at(Stage::Closure);
    play.now += TimeDelta::hours(10);
    play.does(Requester, Command::Close);
    let (fixed, later) = (
        play.release().course.ended.clone().unwrap().figures,
        play.now + TimeDelta::days(9),
    );
    assert_eq!(play.release().figures(later, &play.world), fixed);
    assert_eq!(fixed.overdue, 4 * 60, "22:00 and ten hours, due at 4:00");
    let step = *play.release().steps.keys().next().unwrap();
    let edit = Command::Set {
        field: ReleaseField::ClosureNotes,
        value: "late".into(),
    };
    assert!(play.command(Acceptor, edit).is_err(), "it is closed");

    for run in 2..4 {
        play.now += TimeDelta::hours(1);
        play.does(Onlooker, Command::Reopen { reason: because() });
        let release = play.release();
        assert_eq!((release.run, release.stage), (run, Stage::Authorisation), "D13");
        assert_eq!((release.authorised, &release.course.ended), (None, &None));
        assert_eq!(release.text(ReleaseField::ClosureCode), "");
        assert_eq!(release.records.len(), 1, "facts stay");
        assert_eq!(
            release.run_state().step(step).unwrap().state,
            StepState::Ready,
            "and count for their run"
        );
        let record = |ended: DateTime<Utc>, attempt| ReleaseOp::Record {
            attempt: AttemptId(Ulid(attempt)),
            step,
            seen: FieldVer::Rev(Rev(9)),
            result: StepResult::Done,
            started: ended - TimeDelta::minutes(5),
            ended,
            note: String::new(),
            evidence: vec![],
            after: BTreeSet::new(),
        };
        // A tablet comes back with work of the run before.
        let crew = actor(Member, Held::Everything);
        let mut late = Play {
            release: play.release.clone(),
            world: world(),
            ..Play::at(Stage::Draft)
        };
        late.by(&crew, record(play.now - TimeDelta::minutes(1), 77))
            .unwrap();
        assert_eq!(
            late.release().run_state().step(step).unwrap().state,
            StepState::Ready
        );
        late.by(&crew, record(play.now + TimeDelta::minutes(1), 78))
            .unwrap();
        assert_eq!(
            late.release().run_state().step(step).unwrap().state,
            StepState::Done
        );
        assert_eq!(
            play.refused(Onlooker, Command::Reopen { reason: because() }),
            ["wrong_disposition"]
        );
        play.does(Onlooker, Command::Cancel { reason: because() });
        assert!(
            play.refused(Onlooker, Command::Cancel { reason: because() })
                .contains(&"wrong_disposition".to_owned())
        );
    }
    let mut draft = Play::at(Stage::Draft);
    draft.does(Author, Command::Cancel { reason: because() });
    assert!(
        draft
            .command(
                Author,
                Command::Set {
                    field: ReleaseField::Title,
                    value: "x".into()
                }
            )
            .is_err()
    );
    draft.does(Onlooker, Command::Reopen { reason: because() });
    assert_eq!(draft.release().stage, Stage::Draft, "it never was submitted");
}

#[test]
fn sharing_lets_somebody_look_on_until_it_ends() {
    let mut play = Play::at(Stage::Execution);
    let blind = actor(Stranger, Held::Nothing);
    let sees = |play: &Play| {
        play.release()
            .with_facts(|facts| crate::access::may_view(&blind, facts))
    };
    assert!(!sees(&play));
    let with = Party::User(person(Stranger));
    play.does(Author, Command::Share { with });
    assert!(sees(&play));
    assert!(matches!(
        play.command(Author, Command::Share { with }),
        Err(Reason::Duplicate { .. })
    ));
    play.does(Author, Command::Unshare { with });
    assert!(!sees(&play));
    let nobody = Party::User(UserId(Ulid(1)));
    assert_eq!(
        play.refused(Author, Command::Share { with: nobody }),
        ["with: there is no such person who may sign in"]
    );
    let gone = Command::ChangeGroup {
        to: crate::GroupId(Ulid(1)),
    };
    assert_eq!(play.refused(Member, gone), ["to: there is no such group"]);
}

#[test]
fn the_activity_moves_with_the_dates() {
    let mut play = Play::at(Stage::Execution);
    let activity = |minutes| Activity {
        group: group(Member),
        instruction: "Swap".into(),
        at: now(),
        minutes,
    };
    let schedule = |minutes| Command::Schedule {
        activity: Some(activity(minutes)),
    };
    assert_eq!(play.refused(Member, schedule(0)).len(), 1);
    play.does(Member, schedule(60));
    play.does(Member, schedule(90));
    assert_eq!(
        play.release().course.activity.as_ref().unwrap().minutes,
        90,
        "one a release"
    );
    let before = play.release().time(ReleaseField::PlannedStart).unwrap();
    let start = before + TimeDelta::days(2);
    let end = start + TimeDelta::hours(8);
    play.does(
        Member,
        Command::ReDate {
            start,
            end,
            seen: None,
        },
    );
    assert_eq!(
        play.release().course.activity.as_ref().unwrap().at,
        now() + TimeDelta::days(2)
    );
    play.does(Member, Command::Schedule { activity: None });
    assert_eq!(play.release().course.activity, None);
}

struct Lives(BTreeMap<CiKey, CiState>);

impl World for Lives {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
    fn ci_state(&self, key: &CiKey) -> Option<CiState> {
        self.0.get(key).cloned()
    }
}

/// Every place in a life, worked on with and without success, and only in scope.
#[test]
fn only_what_matches_moves_on_and_only_from_where_it_was_on_its_way() {
    use Lifecycle::{InAcceptance, InDevelopment, InProduction, Planned, Retired, ToBeVerified};
    let ci = |n: usize| -> CiKey { format!("ci-{n}").parse().unwrap() };
    let mut release = release(Stage::Closure, Disposition::Active, false);
    let step = *release.steps.keys().next().unwrap();
    let target = |action: &str| {
        let mark = release.updated;
        let value = action.into();
        Target {
            name: "box".into(),
            fields: BTreeMap::from([(TargetField::Action, Cell { value, mark })]),
            mark,
        }
    };
    let (upgrade, retire) = (target("upgrade"), target("retire"));
    let mut lives = BTreeMap::new();
    for (n, lifecycle) in Lifecycle::ALL.into_iter().enumerate() {
        let state = CiState {
            name: format!("box {n}"),
            lifecycle,
            owner: (n == 0).then(|| "Network".to_owned()),
        };
        lives.insert(ci(n), state);
    }
    let world = Lives(lives);
    let becomes = |release: &Release| -> Vec<Lifecycle> {
        let judged = judge(release, "Requester", now(), &world);
        judged.values().map(|one| one.becomes.unwrap()).collect()
    };
    for n in 0..7 {
        release.scope.insert(
            ci(n),
            ScopeLink {
                name: "box".into(),
                mark: release.updated,
            },
        );
    }
    assert_eq!(
        becomes(&release),
        Lifecycle::ALL,
        "nothing was done to what is only in scope"
    );
    release.steps.get_mut(&step).unwrap().targets = (0..7).map(|n| (ci(n), upgrade.clone())).collect();
    let moved: Vec<_> = Lifecycle::ALL
        .into_iter()
        .map(|was| match was {
            Planned | InDevelopment | InAcceptance => InProduction,
            other => other,
        })
        .collect();
    assert_eq!(becomes(&release), moved, "D14");
    release.steps.get_mut(&step).unwrap().targets = (0..7).map(|n| (ci(n), retire.clone())).collect();
    assert_eq!(becomes(&release), [Retired; 7]);
    release
        .records
        .values_mut()
        .for_each(|record| record.result = StepResult::Skipped);
    let mut differs = [ToBeVerified; 7];
    differs[6] = Retired;
    assert_eq!(becomes(&release), differs);
    let judged = judge(&release, "Requester", now(), &world);
    let verify = |n: usize| judged[&ci(n)].verify.clone().unwrap();
    assert_eq!(
        (verify(0).owner.as_str(), verify(1).owner.as_str()),
        ("Network", "Requester")
    );
    assert_eq!(verify(0).due, now() + VERIFY_WITHIN);
    assert!(
        judged
            .values()
            .all(|one| !one.matches && one.recorded[&step] == StepState::Skipped)
    );
}

#[test]
fn closing_says_how_many_are_to_be_verified() {
    let mut play = Play::at(Stage::Closure);
    let said = play.does(Requester, Command::Close);
    assert_eq!(said.text, "closed it", "it works on no CI");
    assert_eq!(
        play.refused(Requester, Command::Close),
        ["wrong_disposition"],
        "twice"
    );
}

/// What somebody would do about a condition, by its code alone.
fn cure(release: &mut Release, unmet: &Unmet) {
    let mark = release.updated;
    let mut set = |field, value: &str| {
        let value = Value::from(value);
        release.fields.insert(field, Cell { value, mark });
    };
    match unmet.code.as_str() {
        "closure_code" => set(ReleaseField::ClosureCode, "as_planned"),
        "release_date" => set(ReleaseField::ReleaseDate, "2026-11-24T06:00:00Z"),
        "yours_already" => {
            release.fields.remove(&ReleaseField::Assignee);
        }
        "open_conflicts" => release.conflicts.clear(),
        "not_authorised" => release.authorised = Some(mark),
        "authorised_by_you" | "not_asked" => release.course.awaits = None,
        "step_unfinished" => {
            let FieldPlace::Step { step, .. } = unmet.at else {
                panic!("{unmet:?}")
            };
            release.claims.clear();
            for record in release.records.values_mut().filter(|record| record.step == step) {
                record.result = StepResult::Skipped;
                record.confirmed = Some(mark);
            }
            if release
                .run_state()
                .step(step)
                .is_some_and(|run| run.standing.is_empty())
            {
                release.steps.get_mut(&step).unwrap().deleted = Some(mark);
            }
        }
        "step_title" | "step_minutes" | "step_back_out" | "no_steps" | "required" => panic!("{unmet:?}"),
        code => panic!("nobody knows what to do about {code}: {unmet:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No hidden guard: once everything that is listed is cured, it can be done.
    #[test]
    fn what_is_listed_is_all_there_is(
        which in 0_usize..6,
        damage in proptest::array::uniform8(any::<bool>()),
        result in 0_usize..4,
    ) {
        let (action, stage, who) = [
            (Action::Forward, Stage::Execution, Member),
            (Action::Forward, Stage::Test, Tester),
            (Action::Accept, Stage::Acceptance, Acceptor),
            (Action::Close, Stage::Closure, Requester),
            (Action::Claim, Stage::Execution, Member),
            (Action::Authorise, Stage::Authorisation, Requester),
        ][which];
        let mut play = Play::at(stage);
        play.kind(|kind| kind.tester_differs = true);
        let release = play.release.as_mut().unwrap();
        let mark = release.updated;
        if damage[0] {
            release.fields.remove(&ReleaseField::ClosureCode);
        }
        if damage[1] {
            release.fields.remove(&ReleaseField::ReleaseDate);
        }
        if damage[2] && stage != Stage::Authorisation {
            release.authorised = None;
            release.course.awaits = Some(Awaits::of(Some(&kind())));
        }
        if damage[3] {
            release.records.clear();
        }
        if damage[4] {
            let step = *release.steps.keys().next().unwrap();
            let claim = Claim { step, started: now(), mark };
            release.claims.insert(AttemptId(Ulid(5)), claim);
            release.records.clear();
        }
        if damage[5] {
            let id = ConflictId(OpId { client: crate::ClientId(Ulid(1)), seq: 1 });
            let at = FieldRef::Release { field: ReleaseField::Title };
            release.conflicts.insert(id, Conflict {
                about: ConflictAbout::Field { at },
                was: Value::Empty,
                theirs: Value::Empty,
                yours: Value::Empty,
                theirs_mark: None,
                author: mark.by,
                made: mark.at,
            });
        }
        if damage[6] {
            for record in release.records.values_mut() {
                record.result = [StepResult::Done, StepResult::Failed, StepResult::BackedOut, StepResult::Skipped][result];
            }
        }
        if damage[7] && action == Action::Claim {
            let value = person(Member).to_string().into();
            release.fields.insert(ReleaseField::Assignee, Cell { value, mark });
        }
        if damage[7] && stage == Stage::Authorisation {
            let mut awaits = Awaits::of(Some(&kind()));
            awaits.given.insert(person(Requester));
            release.course.awaits = Some(awaits);
        }
        let somebody = actor(who, Held::Everything);
        for one in play.unmet(action, &somebody) {
            prop_assert!(!one.text.is_empty());
            cure(play.release.as_mut().unwrap(), &one);
        }
        let left = play.unmet(action, &somebody);
        prop_assert!(left.is_empty(), "{:?} still waits for {:?}", action, left);
        let release = play.release();
        let seen = release.content_hash();
        let op = match action {
            Action::Authorise => ReleaseOp::Authorise { seen },
            Action::Accept => ReleaseOp::Act { act: Act::Accept { seen } },
            Action::Close => ReleaseOp::Act { act: Act::Close },
            Action::Claim => ReleaseOp::Act { act: Act::Claim { seen: release.assignee() } },
            _ => ReleaseOp::Act { act: Act::Forward { from: stage } },
        };
        let done = play.by(&somebody, op);
        prop_assert!(done.is_ok(), "{:?}: {:?}", action, done);
    }

    /// Every minute since it began is before the claim, after it, or on hold (D10).
    #[test]
    fn times_add_up(pauses in proptest::collection::vec((0_i64..500, 0_i64..500), 0..5), claim_at in 0_usize..5) {
        let mut play = Play::at(Stage::Execution);
        let mut held = 0;
        for (n, (work, pause)) in pauses.iter().enumerate() {
            play.now += TimeDelta::minutes(*work);
            if n == claim_at {
                let from = play.release().assignee();
                play.does(Member, Command::Claim { from });
            }
            play.does(Member, Command::Hold { reason: "parts".into(), note: String::new() });
            play.now += TimeDelta::minutes(*pause);
            play.does(Member, Command::Resume);
            held += pause;
        }
        play.now += TimeDelta::minutes(7);
        let figures = play.release().figures(play.now, &play.world);
        prop_assert_eq!(figures.held, held);
        prop_assert_eq!(figures.elapsed + held, (play.now - now()).num_minutes());
        if let (Some(capture), Some(service)) = (figures.capture, figures.service) {
            prop_assert_eq!(capture + service, figures.elapsed);
        } else {
            prop_assert!(claim_at >= pauses.len());
        }
        let summary = ReleaseSummary::from(play.release());
        prop_assert_eq!(summary.overdue_minutes(play.now), figures.overdue, "D11");
    }
}

#[test]
fn what_waits_for_somebody_can_be_done_by_them() {
    for stage in Stage::ALL {
        for who in [
            Author, Requester, Substitute, Assignee, Member, Approver, Tester, Acceptor, Onlooker, Stranger,
        ] {
            for held in [
                Held::Nothing,
                Held::Everything,
                Held::Seeing(Right::Authorise),
                Held::One(Right::Execute),
            ] {
                for unclaimed in [false, true] {
                    let mut play = Play::at(stage);
                    if unclaimed {
                        play.release
                            .as_mut()
                            .unwrap()
                            .fields
                            .remove(&ReleaseField::Assignee);
                    }
                    let somebody = actor(who, held);
                    let can = |action| play.unmet(action, &somebody).is_empty();
                    let waits = ReleaseSummary::from(play.release()).waits_for(&somebody);
                    let cell = format!("{stage:?} {who:?} {held:?} {unclaimed}: {waits:?}");
                    assert_eq!(waits == Some(Waiting::GoAhead), can(Action::Authorise), "{cell}");
                    assert_eq!(waits == Some(Waiting::Close), can(Action::Close), "{cell}");
                    let claims = unclaimed && stage != Stage::Authorisation && can(Action::Claim);
                    assert_eq!(waits == Some(Waiting::Claim), claims, "{cell}");
                    let works = matches!(waits, Some(Waiting::Execute | Waiting::Test | Waiting::Accept));
                    let theirs = who == Assignee && !unclaimed;
                    let at_work = matches!(stage, Stage::Execution | Stage::Test | Stage::Acceptance);
                    assert_eq!(works, theirs && at_work, "{cell}");
                }
            }
        }
    }
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
