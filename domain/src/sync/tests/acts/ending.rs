//! How a release ends: accepted, closed, judged, reopened.

use super::*;

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
fn how_it_ended_is_corrected_until_it_is_closed_and_the_journal_has_both() {
    let set = |field, value: &str| Command::Set {
        field,
        value: value.into(),
    };
    let code = |value| set(ReleaseField::ClosureCode, value);
    let mut play = Play::at(Stage::Closure);
    let content = play.release().content_hash();
    // Who closes it needs no right for that.
    let [op] = code("with_deviations")
        .into_ops(play.release(), || Ulid(1))
        .unwrap()
        .try_into()
        .unwrap();
    let said = play.by(&actor(Requester, Held::Nothing), op).unwrap();
    assert_eq!(
        (said.before, said.after),
        ("as_planned".into(), "with_deviations".into())
    );
    assert_eq!(
        play.release().content_hash(),
        content,
        "nothing of what was accepted"
    );
    play.does(
        Acceptor,
        set(ReleaseField::ClosureNotes, "Port 7 had to be reseated."),
    );
    // Who carried or tested it has had their say, unless they may accept it too.
    for (who, held) in [
        (Member, Held::Seeing(Right::Execute)),
        (Tester, Held::Seeing(Right::Test)),
        (Stranger, Held::Seeing(Right::View)),
        (Onlooker, Held::Nothing),
    ] {
        let [op] = code("in_part")
            .into_ops(play.release(), || Ulid(1))
            .unwrap()
            .try_into()
            .unwrap();
        let refused = play.by(&actor(who, held), op).unwrap_err();
        assert_eq!(
            refused,
            Reason::NotAllowed {
                needs: Right::Execute
            },
            "{who:?}"
        );
    }
    assert_eq!(play.refused(Acceptor, set(ReleaseField::Title, "x")), ["frozen"]);
    // It is not closed without: what acceptance asked for stays asked for.
    play.does(Acceptor, code(""));
    play.does(Requester, set(ReleaseField::ReleaseDate, ""));
    let unmet = play.unmet(Action::Close, &actor(Requester, Held::Everything));
    let codes: Vec<_> = unmet.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["closure_code", "release_date"]);
    assert!(
        unmet.iter().all(|one| one.who[0].name == "Requester"),
        "{unmet:?}"
    );
    play.does(Requester, set(ReleaseField::ReleaseDate, "2026-11-24T06:00:00Z"));
    play.does(Requester, code("miracle"));
    assert_eq!(play.refused(Requester, Command::Close), ["closure_code"]);
    play.does(Requester, code("in_part"));
    play.kind(|kind| {
        for choice in &mut kind.closure_codes {
            choice.active = false;
        }
    });
    play.does(Requester, Command::Close);
    assert!(
        play.command(Requester, code("as_planned")).is_err(),
        "it is closed"
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
            StepState::AwaitsConfirmation,
            "it counts, and was done before this run's go-ahead"
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

/// Seeds 58 and 148 of the simulation: reopened and carried out without a network, it counted for the run before, since
/// the server heard of the reopening after all of that was done.
#[test]
fn what_is_done_after_reopening_without_a_network_is_of_the_new_run() {
    let ahead = Some(7_200_000);
    for (skew_ms, who, run, state) in [
        // It counts, and was done before this run's go-ahead.
        (None, Onlooker, 2, StepState::AwaitsConfirmation),
        (ahead, Onlooker, 2, StepState::AwaitsConfirmation),
        // Nobody else could know of it.
        (None, Member, 1, StepState::Ready),
    ] {
        let mut play = Play::at(Stage::Closure);
        play.does(Requester, Command::Close);
        let step = *play.release().steps.keys().next().unwrap();
        let skew = TimeDelta::milliseconds(skew_ms.unwrap_or(0));
        let done = play.now + TimeDelta::hours(1);
        let heard = done + TimeDelta::hours(1);
        let mut at = |rev, who, op, minutes| {
            let wall = done + skew + TimeDelta::minutes(minutes);
            let made = Stamp { wall, skew_ms };
            let who = actor(who, Held::Everything);
            run_made(&mut play.release, op, &who, &play.world, (heard, rev), made).unwrap();
        };
        let reason = because();
        at(
            50,
            Onlooker,
            ReleaseOp::Act {
                act: Act::Reopen { reason },
            },
            0,
        );
        let record = |attempt, ended| ReleaseOp::Record {
            attempt: AttemptId(Ulid(attempt)),
            step,
            seen: FieldVer::Rev(Rev(9)),
            result: StepResult::Done,
            started: ended,
            ended,
            note: String::new(),
            evidence: vec![],
            after: BTreeSet::new(),
        };
        at(51, who, record(77, done + skew - TimeDelta::minutes(9)), 1);
        at(52, who, record(78, done + skew + TimeDelta::minutes(9)), 9);
        let runs = |attempt| play.release().records[&AttemptId(Ulid(attempt))].run;
        assert_eq!((runs(77), runs(78)), (1, run), "{who:?}");
        assert_eq!(play.release().run_state().step(step).unwrap().state, state);
    }
}
