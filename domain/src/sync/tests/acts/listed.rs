//! What is listed as missing is all there is, and what waits for somebody they can do.

use super::*;

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
