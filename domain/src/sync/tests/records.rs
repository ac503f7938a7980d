//! The papers of a release: journal entries, documents, checklists, baselines, and coming back to one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ulid::Ulid;

use super::bench::*;
use crate::access::Right;
use crate::release::*;
use crate::sync::*;
use crate::{BlobId, ChecklistId, DocumentId, FormKey, QuestionKey, StepId};

fn template(key: &str) -> (FormKey, Form) {
    let key: FormKey = key.parse().unwrap();
    shipped().into_iter().find(|(known, _)| *known == key).unwrap()
}

fn q(key: &str) -> QuestionKey {
    key.parse().unwrap()
}

fn file(number: u8, name: &str) -> FileRef {
    FileRef {
        blob: BlobId([number; 32]),
        bytes: 1,
        kind: "application/pdf".into(),
        name: name.parse().unwrap(),
    }
}

/// Ann's draft with two steps, stored; Ben looks at the same.
fn two_people() -> (Server, Client, Client) {
    let mut server = Server::default();
    let (mut ann, mut ben) = (Client::new(editor(10), 100), Client::new(editor(20), 200));
    ann.create("Replace switches");
    for title in ["Drain", "Swap"] {
        let step = NewStep {
            title: title.into(),
            ..NewStep::default()
        };
        ann.command(Command::AddStep { after: None, step }).unwrap();
    }
    ann.push(&mut server);
    ann.pull(&server);
    ben.pull(&server);
    (server, ann, ben)
}

fn send(client: &mut Client, server: &mut Server, command: Command) -> Outcome {
    client.command(command).unwrap();
    let outcome = client.push(server).pop().unwrap().1;
    client.pull(server);
    outcome
}

fn with_checklist(key: &str) -> (Server, Client, Client, ChecklistId) {
    let (mut server, mut ann, mut ben) = two_people();
    let (template, form) = template(key);
    let form = Some(form);
    let added = send(&mut ann, &mut server, Command::AddChecklist { template, form });
    assert!(matches!(added, Outcome::Applied { .. }), "{added:?}");
    ben.pull(&server);
    let id = *server.release().checklists.keys().next().unwrap();
    (server, ann, ben, id)
}

fn answer(checklist: ChecklistId, question: &str, value: impl Into<Value>) -> Command {
    Command::Answer {
        checklist,
        question: q(question),
        field: AnswerField::Answer,
        value: value.into(),
    }
}

/// Answers everything that is required.
fn fill(client: &mut Client, server: &mut Server, id: ChecklistId) {
    let asked: Vec<Question> = server.release().checklists[&id].missing().cloned().collect();
    for question in asked {
        let value: Value = match &question.answer {
            AnswerKind::YesNo => "yes".into(),
            AnswerKind::Text => "said".into(),
            AnswerKind::Number => 3.into(),
            AnswerKind::Choice { options } => options[0].as_str().into(),
            AnswerKind::Date => "2026-11-28".into(),
        };
        let outcome = send(client, server, answer(id, question.key.as_str(), value));
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    }
}

#[test]
fn an_entry_is_in_the_journal_and_nowhere_else() {
    let (mut server, mut ann, _) = two_people();
    let before = server.release().content_hash();
    let note = NoteBody {
        category: "Diagnosis".into(),
        source: "Phone".into(),
        minutes: 20,
        short: " Fan 2 is stuck ".into(),
        text: "It rattles.".into(),
        contact: "Kim, 4711".into(),
        stage: Some(Stage::Execution),
    };
    let outcome = send(&mut ann, &mut server, Command::Note { note });
    assert!(matches!(outcome, Outcome::Applied { .. }));
    let entry = server.journal.last().unwrap();
    let told = entry.note.as_ref().unwrap();
    assert_eq!(
        (entry.category, entry.text.as_str(), told.minutes, told.stage),
        (Category::Note, "Fan 2 is stuck", 20, Some(Stage::Execution))
    );
    assert_eq!(server.release().content_hash(), before);

    // Who may only look may still say something; who may not see it may not.
    let mut looker = Client::new(actor(30, &[Right::View]), 300);
    looker.pull(&server);
    let note = NoteBody {
        category: "Memo".into(),
        short: "x".into(),
        ..NoteBody::default()
    };
    let said = send(&mut looker, &mut server, Command::Note { note: note.clone() });
    assert!(matches!(said, Outcome::Applied { .. }));
    let mut stranger = Client::new(actor(40, &[]), 400);
    stranger.pull(&server);
    let said = send(&mut stranger, &mut server, Command::Note { note });
    assert!(
        matches!(
            said,
            Outcome::Rejected {
                reason: Reason::NoSuch { .. },
                ..
            }
        ),
        "{said:?}"
    );
}

#[test]
fn a_kind_of_file_that_is_never_kept_is_not_attached() {
    let (mut server, mut ann, _) = two_people();
    for kind in ["application/x-msdownload", "text/html", "image/svg+xml", "x"] {
        let file = FileRef {
            kind: kind.into(),
            ..file(1, "a.exe")
        };
        let attach = Command::Attach {
            document: None,
            file,
            fields: BTreeMap::new(),
        };
        let outcome = send(&mut ann, &mut server, attach);
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{kind}: {outcome:?}");
    }
    assert!(server.release().documents().is_empty());
}

#[test]
fn a_new_version_shows_and_the_older_stays() {
    let (mut server, mut ann, mut ben) = two_people();
    let fields = BTreeMap::from([
        (DocumentField::Class, Value::from("legal")),
        (DocumentField::Name, Value::from("Contract")),
    ]);
    let attach = |document, file, fields| Command::Attach {
        document,
        file,
        fields,
    };
    send(
        &mut ann,
        &mut server,
        attach(None, file(1, "a.pdf"), fields.clone()),
    );
    let id = *server.release().documents.keys().next().unwrap();
    ben.pull(&server);
    // Ben takes off what Ann brings a new version of: hers stays.
    send(
        &mut ann,
        &mut server,
        attach(Some(id), file(2, "b.pdf"), BTreeMap::new()),
    );
    let taken = send(&mut ben, &mut server, Command::Detach { document: id });
    assert!(
        matches!(
            taken,
            Outcome::Merged {
                note: MergeNote::KeptElement,
                ..
            }
        ),
        "{taken:?}"
    );
    let document = &server.release().documents[&id];
    assert_eq!(
        (document.title(), document.class(), document.files.len()),
        ("Contract", "legal", 2)
    );
    assert_eq!(document.file().unwrap().file.blob, BlobId([2; 32]));
    assert_eq!(server.release().files().len(), 2);
    // Seen, it goes; and is not forgotten.
    assert!(matches!(
        send(&mut ben, &mut server, Command::Detach { document: id }),
        Outcome::Applied { .. }
    ));
    assert!(server.release().documents().is_empty());
    assert_eq!(server.release().files().len(), 2);
    assert!(matches!(
        send(&mut ben, &mut server, Command::Reattach { document: id }),
        Outcome::Applied { .. }
    ));
    assert_eq!(server.release().documents().len(), 1);
    let again = send(&mut ben, &mut server, attach(Some(id), file(3, "c.pdf"), fields));
    assert!(matches!(again, Outcome::Rejected { .. }), "{again:?}");
}

#[test]
fn two_descriptions_of_one_document_are_a_conflict_also_when_it_is_frozen() {
    let (mut server, mut ann, mut ben) = two_people();
    let attach = Command::Attach {
        document: None,
        file: file(1, "a.pdf"),
        fields: BTreeMap::new(),
    };
    send(&mut ann, &mut server, attach);
    server.releases.get_mut(&RELEASE).unwrap().stage = Stage::Execution;
    ann.pull(&server);
    ben.pull(&server);
    let document = *server.release().documents.keys().next().unwrap();
    let name = |value: &str| Command::Describe {
        document,
        field: DocumentField::Name,
        value: value.into(),
    };
    assert!(matches!(
        send(&mut ann, &mut server, name("Ann's")),
        Outcome::Applied { .. }
    ));
    let Outcome::Conflicted { conflict, .. } = send(&mut ben, &mut server, name("Ben's")) else {
        panic!("not a conflict")
    };
    let take = Command::Resolve {
        conflict,
        take: Take::Mine,
    };
    assert!(matches!(
        send(&mut ben, &mut server, take),
        Outcome::Applied { .. }
    ));
    assert_eq!(server.release().documents[&document].title(), "Ben's");
    // The content itself is as frozen as before.
    let title = Command::Set {
        field: ReleaseField::Title,
        value: "x".into(),
    };
    let refused = send(&mut ben, &mut server, title);
    assert!(matches!(
        refused,
        Outcome::Rejected {
            reason: Reason::Frozen { .. },
            ..
        }
    ));
}

#[test]
fn a_checklist_is_confirmed_when_all_is_answered_and_a_later_answer_takes_that_away() {
    let (mut server, mut ann, mut ben, id) = with_checklist("ci-test");
    let template = "ci-test";
    let confirm = || Command::ConfirmChecklist { checklist: id };
    let Outcome::Rejected {
        reason: Reason::NotReady { unmet },
        ..
    } = send(&mut ann, &mut server, confirm())
    else {
        panic!("confirmed without answers")
    };
    assert_eq!(unmet.len(), server.release().checklists[&id].missing().count());
    fill(&mut ann, &mut server, id);
    assert!(!server.release().is_confirmed(template));
    assert!(matches!(
        send(&mut ann, &mut server, confirm()),
        Outcome::Applied { .. }
    ));
    assert!(server.release().is_confirmed(template));

    ben.pull(&server);
    send(&mut ben, &mut server, answer(id, "failed", 2));
    let list = &server.release().checklists[&id];
    assert!(!server.release().is_confirmed(template));
    assert_eq!(list.unconfirmed.map(|mark| mark.by), Some(ben.actor.user));
    assert!(
        server
            .journal
            .last()
            .unwrap()
            .text
            .contains("takes the confirmation away")
    );
    // Ann has not seen that answer: she does not confirm it by accident.
    ann.command(confirm()).unwrap();
    let unseen = ann.push(&mut server).pop().unwrap().1;
    assert!(matches!(
        unseen,
        Outcome::Applied { .. } | Outcome::Rejected { .. }
    ));
    assert!(
        !server.release().is_confirmed(template),
        "she confirmed what she had not seen"
    );
    // A second list of the same template, not confirmed, counts too.
    ann.pull(&server);
    send(&mut ann, &mut server, confirm());
    assert!(server.release().is_confirmed(template));
    let (key, form) = self::template(template);
    let form = Some(form);
    send(
        &mut ann,
        &mut server,
        Command::AddChecklist { template: key, form },
    );
    assert!(!server.release().is_confirmed(template));
}

#[test]
fn two_answers_to_one_question_are_a_conflict_and_wrong_ones_are_refused() {
    let (mut server, mut ann, mut ben, id) = with_checklist("ci-test");
    send(&mut ann, &mut server, answer(id, "run", 10));
    let met = send(&mut ben, &mut server, answer(id, "run", 12));
    assert!(matches!(met, Outcome::Conflicted { .. }), "{met:?}");
    // Answers to different questions meet without one.
    ann.pull(&server);
    ann.command(answer(id, "failed", 0)).unwrap();
    ben.command(answer(id, "like", "much alike")).unwrap();
    assert!(matches!(ann.push(&mut server)[0].1, Outcome::Applied { .. }));
    assert!(matches!(ben.push(&mut server)[0].1, Outcome::Applied { .. }));
    ben.pull(&server);
    for (question, value) in [
        ("run", Value::from("many")),
        ("like", "sort of".into()),
        ("tested", "tomorrow".into()),
        ("nobody-asked", "x".into()),
    ] {
        let outcome = send(&mut ben, &mut server, answer(id, question, value));
        assert!(
            matches!(outcome, Outcome::Rejected { .. }),
            "{question}: {outcome:?}"
        );
    }
    // Taken off, it takes no answers.
    send(&mut ben, &mut server, Command::RemoveChecklist { checklist: id });
    assert!(server.release().checklists().is_empty());
    let late = send(&mut ben, &mut server, answer(id, "run", 1));
    assert!(matches!(late, Outcome::Rejected { .. }), "{late:?}");
}

#[test]
fn a_checklist_that_no_template_ever_asked_is_refused() {
    let (mut server, mut ann, _) = two_people();
    let (template, mut form) = template("ci-test");
    for group in &mut form.groups {
        for question in &mut group.questions {
            question.required = false;
        }
    }
    let form = Some(form);
    let forged = send(&mut ann, &mut server, Command::AddChecklist { template, form });
    assert!(
        matches!(
            forged,
            Outcome::Rejected {
                reason: Reason::NoSuch { .. },
                ..
            }
        ),
        "{forged:?}"
    );
}

#[test]
fn who_takes_no_part_keeps_their_hands_off_documents_and_checklists() {
    let (mut server, _, _, id) = with_checklist("ci-test");
    let mut looker = Client::new(actor(30, &[Right::View]), 300);
    looker.pull(&server);
    let attach = Command::Attach {
        document: None,
        file: file(1, "a.pdf"),
        fields: BTreeMap::new(),
    };
    let baseline = Command::Baseline { name: "b".into() };
    for command in [
        attach,
        answer(id, "run", 1),
        Command::ConfirmChecklist { checklist: id },
        baseline,
    ] {
        let outcome = send(&mut looker, &mut server, command);
        assert!(
            matches!(
                outcome,
                Outcome::Rejected {
                    reason: Reason::NotAllowed { .. },
                    ..
                }
            ),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_baseline_is_kept_as_it_was_whatever_follows_in_the_same_push() {
    let (mut server, mut ann, _) = two_people();
    let title = |value: &str| Command::Set {
        field: ReleaseField::Title,
        value: value.into(),
    };
    ann.command(title("Before")).unwrap();
    ann.command(Command::Baseline {
        name: "Agreed".into(),
    })
    .unwrap();
    ann.command(title("After")).unwrap();
    ann.push(&mut server);
    let kept = server.versions.last().unwrap();
    assert_eq!((kept.title(), server.release().title()), ("Before", "After"));
    let baseline = &server.release().baselines[0];
    assert_eq!(baseline.hash, kept.content_hash());
    assert_eq!(baseline.mark.ver, kept.updated.ver);
    ann.pull(&server);
    // In one gesture, nothing follows it.
    let seen = server.release().clone();
    let mut ops = Command::Baseline { name: "Early".into() }
        .into_ops(&seen, || ann.fresh())
        .unwrap();
    ops.extend(title("Late").into_ops(&seen, || ann.fresh()).unwrap());
    ann.enqueue(ops);
    let outcomes = ann.push(&mut server);
    assert!(
        outcomes
            .iter()
            .all(|(_, it)| matches!(it, Outcome::Rejected { .. })),
        "{outcomes:?}"
    );
    ann.pull(&server);
    let again = send(
        &mut ann,
        &mut server,
        Command::Baseline {
            name: "Agreed".into(),
        },
    );
    assert!(matches!(
        again,
        Outcome::Rejected {
            reason: Reason::Duplicate { .. },
            ..
        }
    ));
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Title(u8),
    Describe(u8),
    Add(u8),
    Delete(u8),
    Bring(u8),
    Move(u8, u8),
    Need(u8, u8),
    NoNeed(u8, u8),
    Target(u8, u8),
    NoTarget(u8, u8),
    Outage(u8, u8),
    Minutes(u8, u8),
    Scope(u8),
    NoScope(u8),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let step = 0..6_u8;
    let one = prop_oneof![
        any::<u8>().prop_map(Deed::Title),
        any::<u8>().prop_map(Deed::Describe),
        any::<u8>().prop_map(Deed::Add),
        step.clone().prop_map(Deed::Delete),
        step.clone().prop_map(Deed::Bring),
        (step.clone(), step.clone()).prop_map(|(a, b)| Deed::Move(a, b)),
        (step.clone(), step.clone()).prop_map(|(a, b)| Deed::Need(a, b)),
        (step.clone(), step.clone()).prop_map(|(a, b)| Deed::NoNeed(a, b)),
        (step.clone(), 0..4_u8).prop_map(|(a, b)| Deed::Target(a, b)),
        (step.clone(), 0..4_u8).prop_map(|(a, b)| Deed::NoTarget(a, b)),
        (step.clone(), 0..4_u8).prop_map(|(a, b)| Deed::Outage(a, b)),
        (step, any::<u8>()).prop_map(|(a, b)| Deed::Minutes(a, b)),
        (0..4_u8).prop_map(Deed::Scope),
        (0..4_u8).prop_map(Deed::NoScope),
    ];
    prop::collection::vec(one, 0..24)
}

fn command(deed: Deed, release: &Release) -> Option<Command> {
    let ids: Vec<StepId> = release.steps.keys().copied().collect();
    let step = |number: u8| ids.get(usize::from(number)).copied();
    let ci = |number: u8| format!("ci-{number}").parse().unwrap();
    Some(match deed {
        Deed::Title(n) => Command::Set {
            field: ReleaseField::Title,
            value: if n < 40 {
                Value::Empty
            } else {
                format!("title {n}").into()
            },
        },
        Deed::Describe(n) => Command::Set {
            field: ReleaseField::Description,
            value: if n < 40 {
                Value::Empty
            } else {
                format!("line {n}\nsecond").into()
            },
        },
        Deed::Add(n) => Command::AddStep {
            after: None,
            step: NewStep {
                title: format!("step {n}"),
                ..NewStep::default()
            },
        },
        Deed::Delete(n) => Command::DeleteStep { step: step(n)? },
        Deed::Bring(n) => Command::RestoreStep { step: step(n)? },
        Deed::Move(n, after) => Command::MoveStep {
            step: step(n)?,
            after: step(after).filter(|after| Some(*after) != step(n)),
        },
        Deed::Need(n, needs) => Command::AddPrerequisite {
            step: step(n)?,
            needs: step(needs)?,
        },
        Deed::NoNeed(n, needs) => Command::RemovePrerequisite {
            step: step(n)?,
            needs: step(needs)?,
        },
        Deed::Target(n, c) => Command::AddTarget {
            step: step(n)?,
            target: NewTarget {
                ci: ci(c),
                action: Some("upgrade".into()),
                outage: None,
            },
        },
        Deed::NoTarget(n, c) => Command::RemoveTarget {
            step: step(n)?,
            ci: ci(c),
        },
        Deed::Outage(n, c) => Command::SetTarget {
            step: step(n)?,
            ci: ci(c),
            field: TargetField::Outage,
            value: if c % 2 == 0 { "down".into() } else { Value::Empty },
        },
        Deed::Minutes(n, minutes) => Command::SetStep {
            step: step(n)?,
            field: StepField::Minutes,
            value: i64::from(minutes).into(),
        },
        Deed::Scope(c) => Command::LinkCi { ci: ci(c) },
        Deed::NoScope(c) => Command::UnlinkCi { ci: ci(c) },
    })
}

fn work(client: &mut Client, server: &mut Server, deeds: Vec<Deed>) {
    for deed in deeds {
        let release = client.shown.clone().unwrap();
        if let Some(command) = command(deed, &release) {
            // What makes no sense is refused; the history goes on.
            client.command(command);
            client.push(server);
            client.pull(server);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn restoring_a_baseline_brings_its_content_back(first in deeds(), then in deeds()) {
        let (mut server, mut ann, _) = two_people();
        work(&mut ann, &mut server, first);
        send(&mut ann, &mut server, Command::Baseline { name: "Agreed".into() });
        let wanted = server.versions.last().unwrap().clone();
        work(&mut ann, &mut server, then);
        let now = server.release().clone();
        let ops = restore_ops(&now, &wanted);
        let content = |differences: Vec<Difference>| differences.len();
        prop_assert_eq!(ops.is_empty(), now.content_hash() == wanted.content_hash());
        let length = server.journal.len();
        if !ops.is_empty() {
            let count = ops.len();
            ann.enqueue(ops);
            let outcomes = ann.push(&mut server);
            for (_, outcome) in &outcomes {
                prop_assert!(matches!(outcome, Outcome::Applied { .. }), "{:?}", outcome);
            }
            prop_assert_eq!(server.journal.len(), length + count, "a gesture of ordinary ops");
        }
        prop_assert_eq!(server.release().content_hash(), server.release().baselines[0].hash.clone());
        prop_assert_eq!(content(differences(&wanted, server.release())), 0);
        prop_assert_eq!(&server.release().conflicts, &now.conflicts, "it decides no conflict and makes none");
    }

    /// What is different is said, and nothing else.
    #[test]
    fn versions_that_differ_have_differences(then in deeds()) {
        let (mut server, mut ann, _) = two_people();
        let before = server.release().clone();
        work(&mut ann, &mut server, then);
        let now = server.release();
        prop_assert!(differences(now, now).is_empty());
        let (there, back) = (differences(&before, now), differences(now, &before));
        if there.is_empty() {
            // Only places between the same neighbours may differ.
            let order = |release: &Release| release.plan().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
            prop_assert_eq!(order(&before), order(now));
        }
        prop_assert_eq!(there.len(), back.len());
    }
}

#[test]
fn a_step_of_another_life_is_added_again() {
    let (mut server, mut ann, _) = two_people();
    let wanted = server.release().clone();
    let lost = *wanted.steps.keys().last().unwrap();
    let release = server.releases.get_mut(&RELEASE).unwrap();
    release.steps.remove(&lost);
    ann.pull(&server);
    ann.enqueue(restore_ops(&server.release().clone(), &wanted));
    ann.push(&mut server);
    assert_eq!(server.release().content_hash(), wanted.content_hash());
}

#[test]
fn identities_of_papers_are_their_own() {
    let (mut server, mut ann, _) = two_people();
    let (template, form) = template("service-test");
    let op = ReleaseOp::AddChecklist {
        checklist: ChecklistId(Ulid(9)),
        template,
        form,
    };
    ann.enqueue(vec![op.clone()]);
    ann.enqueue(vec![op]);
    let outcomes = ann.push(&mut server);
    assert!(matches!(outcomes[0].1, Outcome::Applied { .. }));
    assert!(matches!(
        outcomes[1].1,
        Outcome::Rejected {
            reason: Reason::Duplicate { .. },
            ..
        }
    ));
    ann.pull(&server);
    ann.enqueue(vec![ReleaseOp::Detach {
        document: DocumentId(Ulid(9)),
        base: FieldVer::default(),
    }]);
    assert!(matches!(ann.push(&mut server)[0].1, Outcome::Rejected { .. }));
}

#[test]
fn what_the_registers_do_not_have_any_more_keeps_its_value_and_the_rest_comes_back() {
    use super::matrix::{release, world};
    let mut now = release(Stage::Draft, Disposition::Active, false);
    let mut wanted = now.clone();
    let mark = now.updated;
    let set = |release: &mut Release, field, value: &str| {
        let value = Value::from(value);
        release.fields.insert(field, Cell { value, mark });
    };
    let nobody = Ulid(424_242).to_string();
    for field in [
        ReleaseField::Requester,
        ReleaseField::AssignmentGroup,
        ReleaseField::Contract,
    ] {
        set(&mut wanted, field, &nobody);
    }
    set(&mut wanted, ReleaseField::ReleaseType, "gone");
    set(&mut wanted, ReleaseField::Title, "As it was");
    let directory = world().0;
    let (back, kept) = restorable(&now, wanted.clone(), &directory);
    assert_eq!(
        kept,
        [
            ReleaseField::ReleaseType,
            ReleaseField::Requester,
            ReleaseField::Contract
        ],
        "whose work it is is not brought back at all"
    );
    let said = kept_words(&kept).unwrap();
    assert!(
        said.starts_with("Release type, Requester and Contract keep their values"),
        "{said}"
    );
    let ops = restore_ops(&now, &back);
    let changed = |op: &ReleaseOp| {
        matches!(
            op,
            ReleaseOp::SetField {
                at: FieldRef::Release {
                    field: ReleaseField::Title
                },
                ..
            }
        )
    };
    assert!(ops.len() == 1 && ops.iter().all(changed), "{ops:?}");
    assert_eq!(
        restore_ops(&now, &wanted).len(),
        4,
        "as a whole it would be refused"
    );
    // What is the same already is nobody's affair, known or not.
    set(&mut now, ReleaseField::Contract, &nobody);
    assert!(
        !restorable(&now, wanted, &directory)
            .1
            .contains(&ReleaseField::Contract)
    );
    assert_eq!(kept_words(&[]), None);
}
