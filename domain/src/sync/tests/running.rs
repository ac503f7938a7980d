//! Authorisation and execution with hand-made people: rows 19 and 20 of the taxonomy, and the gates.

use super::bench::*;
use crate::access::Right;
use crate::release::*;
use crate::sync::*;
use crate::{AttemptId, StepId};

/// Ann's release of two steps, the second waiting for the first and needing two people, submitted. Ben looks on.
fn submitted() -> (Server, Client, Client, [StepId; 2]) {
    let mut server = Server::default();
    let (mut ann, mut ben) = (Client::new(editor(10), 100), Client::new(editor(20), 200));
    ann.create("Replace switches");
    let (me, steps) = (ann.actor.user.to_string(), [1, 2].map(|n| StepId(ulid::Ulid(n))));
    let record = [
        (ReleaseField::ReleaseType, "standard"),
        (ReleaseField::Requester, me.as_str()),
        (ReleaseField::AssignmentGroup, me.as_str()),
        (ReleaseField::PlannedStart, "2026-11-23T20:00:00Z"),
        (ReleaseField::PlannedEnd, "2026-11-24T04:00:00Z"),
    ];
    for (field, value) in record {
        let value = value.into();
        ann.command(Command::Set { field, value }).unwrap();
    }
    for (place, id) in steps.iter().enumerate() {
        let step = NewStep {
            title: format!("Step {place}"),
            minutes: Some(10),
            needs: steps[..place].iter().copied().collect(),
            confirm_by_second: place == 1,
            ..NewStep::default()
        };
        let key = OrderKey::parse(&format!("{}", place + 2)).unwrap();
        ann.enqueue(vec![step.into_op(*id, key, None)]);
    }
    ann.command(Command::Submit { seen: None }).unwrap();
    ann.push(&mut server);
    assert_eq!(
        server.release().stage,
        Stage::Authorisation,
        "{:?}",
        unmet(server.release(), &fact)
    );
    ann.pull(&server);
    ben.pull(&server);
    (server, ann, ben, steps)
}

/// The same, authorised.
fn running() -> (Server, Client, Client, [StepId; 2]) {
    let (mut server, mut ann, mut ben, steps) = submitted();
    applied(&does(&mut ann, &mut server, Command::Authorise { seen: None }));
    ben.pull(&server);
    (server, ann, ben, steps)
}

/// Does it, sends it, and looks at the result.
fn does(client: &mut Client, server: &mut Server, command: Command) -> Outcome {
    client.command(command).unwrap();
    let outcome = client.push(server).pop().unwrap().1;
    client.pull(server);
    outcome
}

fn record(step: StepId, result: StepResult) -> Command {
    Command::Record {
        step,
        result,
        started: now(),
        ended: now(),
        note: "n".into(),
        evidence: vec![],
    }
}

fn start(step: StepId) -> Command {
    let started = now();
    Command::Start { step, started }
}

fn applied(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
}

fn unmet_codes(outcome: &Outcome) -> Vec<&str> {
    match outcome {
        Outcome::Rejected {
            reason: Reason::NotReady { unmet },
            ..
        } => unmet.iter().map(|u| u.code.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

fn state(server: &Server, step: StepId) -> StepState {
    server.release().run_state().step(step).unwrap().state
}

#[test]
fn the_go_ahead_names_what_was_seen_and_is_given_once_by_who_may() {
    let (mut server, mut ann, mut ben, _) = submitted();
    ben.actor.rights.remove(&Right::Authorise);
    let refused = does(&mut ben, &mut server, Command::Authorise { seen: None });
    let needs = Right::Authorise;
    assert!(
        matches!(&refused, Outcome::Rejected { reason: Reason::NotAllowed { needs: n }, .. } if *n == needs),
        "{refused:?}"
    );
    let other = Some(ContentHash("0".repeat(64)));
    let refused = does(&mut ann, &mut server, Command::Authorise { seen: other });
    assert!(
        matches!(
            refused,
            Outcome::Rejected {
                reason: Reason::ContentChanged { .. },
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(server.release().stage, Stage::Authorisation);
    // The requester needs no further right.
    ann.actor.rights.remove(&Right::Authorise);
    applied(&does(&mut ann, &mut server, Command::Authorise { seen: None }));
    assert_eq!(server.release().authorised.unwrap().by, ann.actor.user);
    let twice = does(&mut ann, &mut server, Command::Authorise { seen: None });
    assert!(
        matches!(
            twice,
            Outcome::Rejected {
                reason: Reason::WrongStage { .. },
                ..
            }
        ),
        "{twice:?}"
    );
    // What was authorised stays as it was read.
    let edit = does(
        &mut ann,
        &mut server,
        Command::Set {
            field: ReleaseField::Title,
            value: "x".into(),
        },
    );
    assert!(
        matches!(
            edit,
            Outcome::Rejected {
                reason: Reason::Frozen { .. },
                ..
            }
        ),
        "{edit:?}"
    );
}

#[test]
fn what_is_submitted_or_withdrawn_at_the_wrong_time_is_told_where_it_is() {
    let (mut server, mut ann, _, _) = submitted();
    let told = |outcome: &Outcome| match outcome {
        Outcome::Rejected { reason, .. } => reason.to_string(),
        other => panic!("{other:?}"),
    };
    let again = does(&mut ann, &mut server, Command::Submit { seen: None });
    assert_eq!(unmet_codes(&again), ["wrong_stage"]);
    assert_eq!(
        told(&again),
        "Not ready: The release is in authorisation; this is done in draft."
    );
    applied(&does(&mut ann, &mut server, Command::Withdraw));
    let twice = does(&mut ann, &mut server, Command::Withdraw);
    assert_eq!(
        told(&twice),
        "Not ready: The release is in draft; this is done in authorisation."
    );
    applied(&does(&mut ann, &mut server, Command::Submit { seen: None }));
    applied(&does(&mut ann, &mut server, Command::Authorise { seen: None }));
    assert_eq!(
        unmet_codes(&does(&mut ann, &mut server, Command::Withdraw)),
        ["wrong_stage"]
    );
    let title = Command::Set {
        field: ReleaseField::Title,
        value: "x".into(),
    };
    assert_eq!(
        told(&does(&mut ann, &mut server, title)),
        "The release is in execution; only drafts can be edited."
    );
}

/// Seed 356 of the simulation: the CIs of a step that was deleted before were not looked up, and passed for gone.
#[test]
fn a_step_is_restored_and_submitted_in_one_push() {
    let (mut server, mut ann, _, [first, _]) = submitted();
    does(&mut ann, &mut server, Command::Withdraw);
    let target = NewTarget {
        ci: "ci-1".parse().unwrap(),
        action: None,
        outage: None,
    };
    let add = Command::AddTarget { step: first, target };
    applied(&does(&mut ann, &mut server, add));
    applied(&does(&mut ann, &mut server, Command::DeleteStep { step: first }));
    ann.command(Command::RestoreStep { step: first }).unwrap();
    ann.command(Command::Submit { seen: None }).unwrap();
    for (_, outcome) in ann.push(&mut server) {
        applied(&outcome);
    }
    assert_eq!(server.release().stage, Stage::Authorisation);
}

#[test]
fn a_refusal_needs_a_reason_which_stays_until_it_is_submitted_again() {
    let (mut server, mut ann, mut ben, _) = submitted();
    let reason = " ".to_owned();
    let refused = does(&mut ben, &mut server, Command::Refuse { reason });
    assert!(
        matches!(
            refused,
            Outcome::Rejected {
                reason: Reason::Malformed { .. },
                ..
            }
        ),
        "{refused:?}"
    );
    let reason = "No window.".to_owned();
    applied(&does(&mut ben, &mut server, Command::Refuse { reason }));
    let release = server.release();
    assert_eq!((release.stage, &release.submitted), (Stage::Draft, &None));
    assert_eq!(release.sent_back.as_ref().unwrap().reason, "No window.");
    ann.pull(&server);
    applied(&does(&mut ann, &mut server, Command::Submit { seen: None }));
    assert_eq!(server.release().sent_back, None);
}

#[test]
fn steps_start_in_order_one_person_at_each() {
    let (mut server, mut ann, mut ben, [first, second]) = running();
    let early = does(&mut ben, &mut server, start(second));
    assert_eq!(unmet_codes(&early), ["needs_unfinished"]);
    applied(&does(&mut ann, &mut server, start(first)));
    assert_eq!(state(&server, first), StepState::Running);
    // Ben has not seen it.
    let late = does(&mut ben, &mut server, start(first));
    assert_eq!(unmet_codes(&late), ["claimed"]);
    // Now he has, and takes over: one gesture.
    let attempt = *server.release().claims.keys().next().unwrap();
    let ops = [Command::Leave { attempt }, start(first)];
    let ops = ops.map(|command| {
        command
            .into_ops(server.release(), || ben.fresh())
            .unwrap()
            .remove(0)
    });
    ben.enqueue(ops.into());
    assert!(
        ben.push(&mut server)
            .iter()
            .all(|(_, o)| matches!(o, Outcome::Applied { .. }))
    );
    let claims = &server.release().claims;
    assert_eq!(
        claims.values().map(|claim| claim.mark.by).collect::<Vec<_>>(),
        [ben.actor.user]
    );
    // What Ann did meanwhile is a fact all the same.
    let bare = |result| Command::Record {
        step: first,
        result,
        started: now(),
        ended: now(),
        note: String::new(),
        evidence: vec![],
    };
    for result in [StepResult::Failed, StepResult::Skipped] {
        let made = bare(result).into_ops(server.release(), || ulid::Ulid(77));
        assert!(matches!(made, Err(CommandError::NoNote(_))), "{made:?}");
    }
    let command = bare(StepResult::Done);
    applied(&does(&mut ann, &mut server, command));
    assert_eq!(state(&server, first), StepState::Done);
    assert_eq!(state(&server, second), StepState::Ready);
}

#[test]
fn nobody_starts_a_step_before_the_go_ahead_but_a_fact_is_a_fact() {
    let (mut server, mut ann, _, [first, _]) = submitted();
    let early = does(&mut ann, &mut server, start(first));
    assert_eq!(unmet_codes(&early), ["not_in_execution"]);
    applied(&does(&mut ann, &mut server, record(first, StepResult::Done)));
    let release = server.release();
    let flags: Vec<_> = release
        .records
        .values()
        .flat_map(|r| r.flags.iter().copied())
        .collect();
    assert_eq!(flags, [RecordFlag::NotInExecution]);
}

#[test]
fn row_19_records_after_the_end_and_by_older_instructions_are_taken_and_flagged() {
    let (mut server, mut ann, _, [first, _]) = running();
    let release = server.releases.get_mut(&RELEASE).unwrap();
    release.disposition = Disposition::Cancelled;
    release.steps.get_mut(&first).unwrap().updated.ver = FieldVer::Rev(Rev(server.head.0 + 1));
    // Ann still looks at what was there before.
    ann.enqueue(
        record(first, StepResult::Done)
            .into_ops(ann.shown.as_ref().unwrap(), || ulid::Ulid(77))
            .unwrap(),
    );
    ann.outbox[0].made.skew_ms = Some(-CLOCK_TOLERANCE.num_milliseconds() - 1);
    applied(&ann.push(&mut server).pop().unwrap().1);
    let record = &server.release().records[&AttemptId(ulid::Ulid(77))];
    let odd = [
        RecordFlag::AfterEnd,
        RecordFlag::OlderInstructions,
        RecordFlag::ClockOff,
    ];
    assert_eq!(record.flags, odd.into());
}

#[test]
fn row_20_equal_records_count_once_and_contradicting_ones_wait_for_a_decision() {
    let (mut server, mut ann, mut ben, [first, second]) = running();
    // Both record what they saw, neither knowing of the other.
    ann.command(record(first, StepResult::Done)).unwrap();
    ben.command(record(first, StepResult::Failed)).unwrap();
    ann.push(&mut server);
    applied(&ben.push(&mut server).pop().unwrap().1);
    assert_eq!(server.release().records.len(), 2);
    assert_eq!(state(&server, first), StepState::Disputed);
    assert_eq!(state(&server, second), StepState::Waiting);
    ben.pull(&server);
    let blocked = does(&mut ben, &mut server, start(second));
    assert_eq!(unmet_codes(&blocked), ["needs_unfinished"]);
    // A third tablet comes back after the lead has looked, and before the decision arrives.
    ann.pull(&server);
    let of_ann = |record: &ExecutionRecord| record.mark.by == ann.actor.user;
    let attempt = *server
        .release()
        .records
        .iter()
        .find(|(_, r)| of_ann(r))
        .unwrap()
        .0;
    ann.command(Command::Settle { step: first, attempt }).unwrap();
    let mut cid = Client::new(editor(30), 300);
    cid.pull(&server);
    let unseen = ReleaseOp::Record {
        attempt: AttemptId(ulid::Ulid(5)),
        step: first,
        seen: FieldVer::default(),
        result: StepResult::Skipped,
        started: now(),
        ended: now(),
        note: String::new(),
        evidence: vec![],
        after: [].into(),
    };
    cid.enqueue(vec![unseen]);
    cid.push(&mut server);
    applied(&ann.push(&mut server).pop().unwrap().1);
    assert_eq!(
        state(&server, first),
        StepState::Disputed,
        "nobody has decided about the third"
    );
    ann.pull(&server);
    applied(&does(
        &mut ann,
        &mut server,
        Command::Settle { step: first, attempt },
    ));
    assert_eq!(state(&server, first), StepState::Done);
    assert_eq!(state(&server, second), StepState::Ready);
    // Nothing was thrown away, and one decision is enough.
    assert_eq!(server.release().records.len(), 3);
    ben.pull(&server);
    let again = does(&mut ben, &mut server, Command::Settle { step: first, attempt });
    assert!(
        matches!(
            again,
            Outcome::Rejected {
                reason: Reason::Duplicate { .. },
                ..
            }
        ),
        "{again:?}"
    );
}

#[test]
fn a_second_attempt_by_somebody_who_knew_of_the_first_is_no_dispute() {
    let (mut server, mut ann, mut ben, [first, _]) = running();
    applied(&does(&mut ann, &mut server, record(first, StepResult::Failed)));
    assert_eq!(state(&server, first), StepState::Failed);
    ben.pull(&server);
    applied(&does(&mut ben, &mut server, start(first)));
    assert_eq!(state(&server, first), StepState::Running);
    applied(&does(&mut ben, &mut server, record(first, StepResult::Done)));
    assert_eq!(state(&server, first), StepState::Done);
}

#[test]
fn where_two_people_are_asked_for_the_second_is_another_one() {
    let (mut server, mut ann, mut ben, [first, second]) = running();
    applied(&does(&mut ann, &mut server, record(first, StepResult::Skipped)));
    applied(&does(&mut ann, &mut server, record(second, StepResult::Done)));
    assert_eq!(state(&server, second), StepState::AwaitsConfirmation);
    let release = server.release();
    assert_eq!(release.progress(&release.run_state()).finished, 1);
    let attempt = *release.records.iter().find(|(_, r)| r.step == second).unwrap().0;
    let alone = does(&mut ann, &mut server, Command::Confirm { attempt });
    assert!(
        matches!(
            alone,
            Outcome::Rejected {
                reason: Reason::SamePerson,
                ..
            }
        ),
        "{alone:?}"
    );
    ben.pull(&server);
    applied(&does(&mut ben, &mut server, Command::Confirm { attempt }));
    assert_eq!(state(&server, second), StepState::Done);
    let second = server.release().records[&attempt].confirmed.unwrap();
    assert_eq!(second.by, ben.actor.user);
    let nowhere = Command::Confirm {
        attempt: AttemptId(ulid::Ulid(9)),
    };
    let nothing = does(&mut ben, &mut server, nowhere);
    assert!(
        matches!(
            nothing,
            Outcome::Rejected {
                reason: Reason::NoSuch { .. },
                ..
            }
        ),
        "{nothing:?}"
    );
}

#[test]
fn without_the_right_to_execute_nothing_is_started_recorded_or_confirmed() {
    let (mut server, mut ann, mut ben, [first, _]) = running();
    applied(&does(&mut ann, &mut server, record(first, StepResult::Done)));
    ben.pull(&server);
    ben.actor.rights.remove(&Right::Execute);
    let attempt = *server.release().records.keys().next().unwrap();
    let deeds = [
        start(first),
        record(first, StepResult::Failed),
        Command::Confirm { attempt },
        Command::Leave { attempt },
        Command::Settle { step: first, attempt },
    ];
    for deed in deeds {
        let outcome = does(&mut ben, &mut server, deed.clone());
        assert!(
            matches!(
                outcome,
                Outcome::Rejected {
                    reason: Reason::NotAllowed {
                        needs: Right::Execute
                    },
                    ..
                }
            ),
            "{deed:?}: {outcome:?}"
        );
    }
}
