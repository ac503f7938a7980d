//! Hand-made meetings of two people: the rows of the conflict taxonomy that drafting reaches.

use super::bench::*;
use crate::access::Right;
use crate::release::*;
use crate::sync::*;
use crate::{CiKey, StepId};

/// Ann drafted a release with two steps; Ben looks at the same base.
fn two_people() -> (Server, Client, Client, [StepId; 2]) {
    let mut server = Server::default();
    let (mut ann, mut ben) = (Client::new(editor(10), 100), Client::new(editor(20), 200));
    ann.create("Replace switches");
    for title in ["Drain", "Swap"] {
        let step = NewStep {
            title: title.into(),
            minutes: Some(10),
            ..NewStep::default()
        };
        ann.command(Command::AddStep { after: None, step }).unwrap();
    }
    assert!(
        ann.push(&mut server)
            .iter()
            .all(|(_, o)| matches!(o, Outcome::Applied { .. }))
    );
    ann.pull(&server);
    ben.pull(&server);
    let plan = server.release().plan();
    let steps = [plan[0].0, plan[1].0];
    (server, ann, ben, steps)
}

fn set(field: ReleaseField, value: &str) -> Command {
    Command::Set {
        field,
        value: value.into(),
    }
}

fn set_step(step: StepId, field: StepField, value: &str) -> Command {
    Command::SetStep {
        step,
        field,
        value: value.into(),
    }
}

fn only(outcomes: Vec<(u64, Outcome)>) -> Outcome {
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes.into_iter().next().unwrap().1
}

#[test]
fn row_1_two_values_for_one_field_are_shown_and_the_first_stands() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ann.command(set(ReleaseField::Title, "Ann's title")).unwrap();
    ben.command(set(ReleaseField::Title, "Ben's title")).unwrap();
    ann.push(&mut server);
    let Outcome::Conflicted { conflict, .. } = only(ben.push(&mut server)) else {
        panic!()
    };
    let release = server.release();
    assert_eq!(release.title(), "Ann's title");
    let open = &release.conflicts[&conflict];
    assert_eq!(
        (open.was.as_text(), open.theirs.as_text(), open.yours.as_text()),
        ("Replace switches", "Ann's title", "Ben's title")
    );
    // Resolving is an op with its own base.
    ann.pull(&server);
    ann.command(Command::Resolve {
        conflict,
        take: Take::Mine,
    })
    .unwrap();
    assert!(matches!(only(ann.push(&mut server)), Outcome::Applied { .. }));
    assert_eq!(server.release().title(), "Ben's title");
    assert!(server.release().conflicts.is_empty());
}

#[test]
fn a_decision_that_meets_another_edit_is_again_a_conflict() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ann.command(set(ReleaseField::Title, "A")).unwrap();
    ben.command(set(ReleaseField::Title, "B")).unwrap();
    ann.push(&mut server);
    let Outcome::Conflicted { conflict, .. } = only(ben.push(&mut server)) else {
        panic!()
    };
    ann.pull(&server);
    ben.pull(&server);
    ann.command(set(ReleaseField::Title, "A2")).unwrap();
    ben.command(Command::Resolve {
        conflict,
        take: Take::Mine,
    })
    .unwrap();
    ann.push(&mut server);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Conflicted { .. }));
    assert_eq!(server.release().title(), "A2");
    assert_eq!(server.release().conflicts.len(), 1);
}

#[test]
fn the_same_value_from_both_is_no_conflict() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ann.command(set(ReleaseField::Title, "Same")).unwrap();
    ben.command(set(ReleaseField::Title, "Same")).unwrap();
    ann.push(&mut server);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Applied { .. }));
}

#[test]
fn row_2_ones_part_of_a_merged_text_can_be_taken_out_again() {
    let (mut server, mut ann, mut ben, [step, _]) = two_people();
    let write = |text: &str| set_step(step, StepField::Instructions, text);
    ann.command(write("one\ntwo\nthree\nfour\nfive")).unwrap();
    ann.push(&mut server);
    ann.pull(&server);
    ben.pull(&server);
    ann.command(write("ONE\ntwo\nthree\nfour\nfive")).unwrap();
    ben.command(write("one\ntwo\nthree\nfour\nFIVE")).unwrap();
    let merged = ben.outbox.last().unwrap().op.clone();
    ann.push(&mut server);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Merged { .. }));
    ben.pull(&server);
    ben.enqueue(vec![undo_part(server.release(), &merged).unwrap()]);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Applied { .. }));
    let text = |server: &Server| {
        server.release().steps[&step]
            .text(StepField::Instructions)
            .to_owned()
    };
    assert_eq!(text(&server), "ONE\ntwo\nthree\nfour\nfive");
    assert_eq!(undo_part(server.release(), &merged), None, "it is out already");

    ann.pull(&server);
    ann.command(write("ONE\ntwo\nthree\nfour\nsix")).unwrap();
    ann.push(&mut server);
    assert_eq!(
        undo_part(server.release(), &merged),
        None,
        "its line was changed again"
    );
}

#[test]
fn rows_2_to_4_prose_merges_by_lines_and_commands_never() {
    let (mut server, mut ann, mut ben, [step, _]) = two_people();
    for field in [StepField::Instructions, StepField::Command] {
        ann.command(set_step(step, field, "one\ntwo\nthree\nfour\nfive"))
            .unwrap();
        ann.push(&mut server);
        ann.pull(&server);
        ben.pull(&server);
        ann.command(set_step(step, field, "ONE\ntwo\nthree\nfour\nfive"))
            .unwrap();
        ben.command(set_step(step, field, "one\ntwo\nthree\nfour\nFIVE"))
            .unwrap();
        ann.push(&mut server);
        let outcome = only(ben.push(&mut server));
        let text = server.release().steps[&step].text(field).to_owned();
        if field == StepField::Instructions {
            assert!(
                matches!(
                    outcome,
                    Outcome::Merged {
                        note: MergeNote::Text { .. },
                        ..
                    }
                ),
                "{outcome:?}"
            );
            assert_eq!(text, "ONE\ntwo\nthree\nfour\nFIVE");
        } else {
            assert!(matches!(outcome, Outcome::Conflicted { .. }), "{outcome:?}");
            assert_eq!(text, "ONE\ntwo\nthree\nfour\nfive");
        }
        ben.pull(&server);
        ann.pull(&server);
    }
}

#[test]
fn rows_5_to_7_edit_and_delete_in_both_orders() {
    let (mut server, mut ann, mut ben, [first, second]) = two_people();
    ann.command(Command::DeleteStep { step: first }).unwrap();
    ben.command(set_step(first, StepField::Title, "Drain hv-07"))
        .unwrap();
    ann.push(&mut server);
    let Outcome::Conflicted { conflict, .. } = only(ben.push(&mut server)) else {
        panic!()
    };
    assert!(server.release().steps[&first].deleted.is_some());
    ben.pull(&server);
    ben.command(Command::Resolve {
        conflict,
        take: Take::Mine,
    })
    .unwrap();
    assert!(matches!(only(ben.push(&mut server)), Outcome::Applied { .. }));
    assert!(server.release().steps[&first].deleted.is_none());
    assert_eq!(server.release().steps[&first].title(), "Drain hv-07");

    ann.pull(&server);
    ben.pull(&server);
    ben.command(set_step(second, StepField::Title, "Swap sw-c3"))
        .unwrap();
    ann.command(Command::DeleteStep { step: second }).unwrap();
    ben.push(&mut server);
    let Outcome::Conflicted { conflict, .. } = only(ann.push(&mut server)) else {
        panic!()
    };
    assert!(server.release().steps[&second].deleted.is_none());
    ann.pull(&server);
    ann.command(Command::Resolve {
        conflict,
        take: Take::Mine,
    })
    .unwrap();
    ann.push(&mut server);
    assert!(server.release().steps[&second].deleted.is_some());
    ben.pull(&server);
    // Deleting twice is nothing special.
    ben.enqueue(vec![ReleaseOp::DeleteStep {
        step: second,
        base: FieldVer::default(),
    }]);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Applied { .. }));
}

#[test]
fn row_9_submitting_something_else_than_seen_is_refused() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ben.command(set(ReleaseField::Description, "more")).unwrap();
    ben.push(&mut server);
    ann.command(Command::Submit { seen: None }).unwrap();
    let Outcome::Rejected {
        reason: Reason::ContentChanged { now },
        ..
    } = only(ann.push(&mut server))
    else {
        panic!()
    };
    assert_eq!(now, server.release().content_hash());
}

#[test]
fn row_10_two_places_for_one_step() {
    let (mut server, mut ann, mut ben, [first, second]) = two_people();
    let step = NewStep {
        title: "Check".into(),
        ..NewStep::default()
    };
    ann.command(Command::AddStep { after: None, step }).unwrap();
    ann.push(&mut server);
    ann.pull(&server);
    ben.pull(&server);
    let last = server.release().plan()[2].0;
    ann.command(Command::MoveStep {
        step: last,
        after: None,
    })
    .unwrap();
    ben.command(Command::MoveStep {
        step: last,
        after: Some(first),
    })
    .unwrap();
    ann.push(&mut server);
    assert!(matches!(only(ben.push(&mut server)), Outcome::Conflicted { .. }));
    let order: Vec<_> = server.release().plan().iter().map(|(id, _)| *id).collect();
    assert_eq!(order, [last, first, second]);
}

#[test]
fn row_13_a_step_added_after_a_deleted_one_keeps_its_place() {
    let (mut server, mut ann, mut ben, [first, _]) = two_people();
    ann.command(Command::DeleteStep { step: first }).unwrap();
    ann.push(&mut server);
    let step = NewStep {
        title: "Between".into(),
        ..NewStep::default()
    };
    ben.command(Command::AddStep {
        after: Some(first),
        step,
    })
    .unwrap();
    assert!(matches!(
        only(ben.push(&mut server)),
        Outcome::Merged {
            note: MergeNote::AnchorGone,
            ..
        }
    ));
    assert_eq!(server.release().plan()[0].1.title(), "Between");
}

#[test]
fn row_14_a_circle_of_two_people_is_a_conflict_and_of_one_person_a_mistake() {
    let (mut server, mut ann, mut ben, [first, second]) = two_people();
    ann.command(Command::AddPrerequisite {
        step: first,
        needs: second,
    })
    .unwrap();
    ben.command(Command::AddPrerequisite {
        step: second,
        needs: first,
    })
    .unwrap();
    ann.push(&mut server);
    let Outcome::Conflicted { conflict, .. } = only(ben.push(&mut server)) else {
        panic!()
    };
    let ConflictAbout::Cycle { path, .. } = &server.release().conflicts[&conflict].about else {
        panic!()
    };
    assert_eq!(path, &vec![first, second]);

    ann.pull(&server);
    ann.command(Command::AddPrerequisite {
        step: second,
        needs: first,
    })
    .unwrap();
    let outcome = only(ann.push(&mut server));
    assert!(
        matches!(&outcome, Outcome::Rejected { reason: Reason::Cycle { path }, .. } if path.len() == 2),
        "{outcome:?}"
    );
    ann.pull(&server);
    ann.command(Command::AddPrerequisite {
        step: first,
        needs: first,
    })
    .unwrap();
    assert!(matches!(
        only(ann.push(&mut server)),
        Outcome::Rejected {
            reason: Reason::Malformed { .. },
            ..
        }
    ));
}

#[test]
fn row_15_a_vanished_ci_is_kept_and_blocks_submission_and_an_unknown_one_is_refused() {
    let (mut server, mut ann, _, [step, _]) = two_people();
    for (key, taken) in [("ci-gone", true), ("ci-retired", true), ("nonsense", false)] {
        let target = NewTarget {
            ci: key.parse().unwrap(),
            action: Some("verify".into()),
            outage: None,
        };
        ann.command(Command::AddTarget { step, target }).unwrap();
        assert_eq!(
            matches!(only(ann.push(&mut server)), Outcome::Applied { .. }),
            taken,
            "{key}"
        );
        ann.pull(&server);
    }
    let codes: Vec<_> = unmet(server.release(), &fact)
        .into_iter()
        .map(|u| u.code)
        .collect();
    assert!(
        codes.contains(&"target_dangling".into()) && codes.contains(&"target_retired".into()),
        "{codes:?}"
    );
}

#[test]
fn rows_16_and_17_without_rights_nothing_happens_and_nothing_is_revealed() {
    let (mut server, ann, _, _) = two_people();
    let before = server.release().clone();
    let mut stranger = Client::new(actor(30, &[Right::Create]), 300);
    stranger.base = Some(before.clone());
    stranger.shown = Some(before.clone());
    stranger.command(set(ReleaseField::Title, "mine now")).unwrap();
    assert!(matches!(
        only(stranger.push(&mut server)),
        Outcome::Rejected {
            reason: Reason::NoSuch { .. },
            ..
        }
    ));
    let mut reader = Client::new(actor(31, &[Right::View]), 301);
    reader.pull(&server);
    reader.command(set(ReleaseField::Title, "mine now")).unwrap();
    assert!(matches!(
        only(reader.push(&mut server)),
        Outcome::Rejected {
            reason: Reason::NotAllowed { needs: Right::Edit },
            ..
        }
    ));
    assert_eq!(server.release(), &before);
    drop(ann);
}

#[test]
fn row_21_ops_that_rest_on_a_refused_op_name_it() {
    let (mut server, mut ann, _, [step, _]) = two_people();
    let bad = ann.enqueue(vec![ReleaseOp::SetField {
        at: FieldRef::Step {
            step,
            field: StepField::Minutes,
        },
        base: FieldVer::default(),
        from: Value::Empty,
        to: Value::Number(-5),
    }])[0];
    ann.enqueue(vec![ReleaseOp::SetField {
        at: FieldRef::Step {
            step,
            field: StepField::Minutes,
        },
        base: FieldVer::Mine(bad),
        from: Value::Number(-5),
        to: Value::Number(7),
    }]);
    let outcomes = ann.push(&mut server);
    assert!(matches!(
        &outcomes[0].1,
        Outcome::Rejected {
            reason: Reason::Malformed { .. },
            depends_on: None
        }
    ));
    assert!(
        matches!(&outcomes[1].1, Outcome::Rejected { reason: Reason::RestsOnRefused, depends_on } if *depends_on == Some(bad))
    );
}

#[test]
fn a_chain_of_own_edits_makes_one_conflict_with_the_latest_text() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ann.command(set(ReleaseField::Title, "Ann's")).unwrap();
    ann.push(&mut server);
    for title in ["B", "Be", "Ben's"] {
        ben.command(set(ReleaseField::Title, title)).unwrap();
    }
    let outcomes = ben.push(&mut server);
    assert!(
        outcomes
            .iter()
            .all(|(_, o)| matches!(o, Outcome::Conflicted { .. })),
        "{outcomes:?}"
    );
    let conflicts = &server.release().conflicts;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts.values().next().unwrap().yours.as_text(), "Ben's");
}

#[test]
fn removing_what_somebody_changed_meanwhile_keeps_it() {
    let (mut server, mut ann, mut ben, [step, _]) = two_people();
    let ci: CiKey = "ci-1".parse().unwrap();
    let target = NewTarget {
        ci: ci.clone(),
        action: None,
        outage: None,
    };
    ann.command(Command::AddTarget { step, target }).unwrap();
    ann.push(&mut server);
    ann.pull(&server);
    ben.pull(&server);
    ben.command(Command::SetTarget {
        step,
        ci: ci.clone(),
        field: TargetField::Outage,
        value: "down".into(),
    })
    .unwrap();
    ben.push(&mut server);
    ann.command(Command::RemoveTarget { step, ci: ci.clone() })
        .unwrap();
    assert!(matches!(
        only(ann.push(&mut server)),
        Outcome::Merged {
            note: MergeNote::KeptElement,
            ..
        }
    ));
    assert!(server.release().steps[&step].targets.contains_key(&ci));
}

#[test]
fn push_answers_gap_wrong_user_epoch_and_versions() {
    let (mut server, mut ann, mut ben, _) = two_people();
    ann.command(set(ReleaseField::Title, "x")).unwrap();
    let good = ann.request();
    let mut gap = good.clone();
    gap.ops[0]["id"]["seq"] = 99.into();
    assert!(matches!(server.push(&ann.actor, &gap), PushResp::Gap { expected } if expected == ann.seq));
    assert_eq!(server.push(&ben.actor, &good), PushResp::WrongUser);
    let mut foreign = ben.request();
    foreign.ops = vec![serde_json::to_value(&ann.outbox[0]).unwrap()];
    foreign.ops[0]["id"] = serde_json::json!({"client": ben.id, "seq": 1});
    assert_eq!(server.push(&ben.actor, &foreign), PushResp::WrongUser);
    let mut other_epoch = good.clone();
    other_epoch.epoch = Some(crate::Epoch(ulid::Ulid(8)));
    assert_eq!(
        server.push(&ann.actor, &other_epoch),
        PushResp::EpochChanged(Restored {
            epoch: EPOCH,
            through: ann.seq - 1
        })
    );
    let mut newer = good.clone();
    newer.ops[0]["v"] = (OP_VERSION + 1).into();
    assert_eq!(server.push(&ann.actor, &newer), PushResp::TooNew);
    assert!(matches!(
        server.push(
            &ann.actor,
            &PushReq {
                proto: 0,
                ..good.clone()
            }
        ),
        PushResp::TooOld { .. }
    ));
    // A senseless op with an identity is refused by itself and holds up nobody.
    ben.command(set(ReleaseField::Description, "fine")).unwrap();
    let mut mixed = ben.request();
    let mut senseless = mixed.ops[0].clone();
    senseless["op"] = serde_json::json!({"kind": "explode"});
    mixed.ops[0]["id"]["seq"] = 2.into();
    mixed.ops.insert(0, senseless);
    let PushResp::Ok { outcomes, .. } = server.push(&ben.actor, &mixed) else {
        panic!()
    };
    assert!(matches!(
        outcomes[0].1,
        Outcome::Rejected {
            reason: Reason::Malformed { .. },
            ..
        }
    ));
    assert!(matches!(outcomes[1].1, Outcome::Applied { .. }));
}

#[test]
fn the_first_release_gets_number_one_and_keeps_it() {
    let (server, ..) = two_people();
    assert_eq!(server.release().number, Some(crate::ReleaseNumber(1)));
    assert_eq!(server.numbers, 1);
}
