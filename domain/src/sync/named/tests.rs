use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ulid::Ulid;

use super::*;
use crate::release::{
    Activity, Awaits, Cell, Claim, Conflict, ConflictId, FieldVer, Mark, OpId, ReleaseField, Rev,
};
use crate::sync::{OP_VERSION, OpEnvelope, Stamp};
use crate::{AttemptId, ClientId, GestureId, ReleaseId, StepId};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn user(n: u128) -> UserId {
    UserId(Ulid(n))
}

fn group(n: u128) -> GroupId {
    GroupId(Ulid(n))
}

fn mark(by: u128) -> Mark {
    Mark {
        ver: FieldVer::Rev(Rev(1)),
        by: user(by),
        at: NOW,
    }
}

/// A release that names somebody else in each place.
fn release() -> Release {
    let mut release = Release::draft(ReleaseId(Ulid(1)), user(10), NOW, mark(99));
    for (field, value) in [
        (ReleaseField::ReleaseType, "standard".to_owned()),
        (ReleaseField::Requester, user(11).to_string()),
        (ReleaseField::Assignee, user(12).to_string()),
        (ReleaseField::AssignmentGroup, group(20).to_string()),
        (ReleaseField::Contract, ContractId(Ulid(30)).to_string()),
    ] {
        let value = value.into();
        release.fields.insert(
            field,
            Cell {
                value,
                mark: mark(99),
            },
        );
    }
    let course = &mut release.course;
    course.duties.insert(group(21));
    course
        .shared_with
        .extend([Party::User(user(13)), Party::Group(group(22))]);
    course.awaits = Some(Awaits {
        groups: BTreeMap::from([(group(23), 1)]),
        ..Awaits::default()
    });
    course.activity = Some(Activity {
        group: group(24),
        instruction: "Look".to_owned(),
        at: NOW,
        minutes: 5,
    });
    let claim = Claim {
        step: StepId(Ulid(2)),
        started: NOW,
        mark: mark(14),
    };
    release.claims.insert(AttemptId(Ulid(3)), claim);
    release
}

fn op(op: ReleaseOp) -> OpEnvelope {
    OpEnvelope {
        id: OpId {
            client: ClientId(Ulid(1)),
            seq: 1,
        },
        v: OP_VERSION,
        author: user(10),
        made: Stamp {
            wall: NOW,
            skew_ms: None,
        },
        release: ReleaseId(Ulid(1)),
        base_rev: Rev(1),
        epoch: None,
        gesture: GestureId(Ulid(1)),
        op,
    }
}

/// Whom a decision about these ops may name, as numbers: people, groups, contracts.
fn named(ops: Vec<ReleaseOp>, release: &Release) -> [Vec<u128>; 3] {
    let sent: Vec<_> = ops.into_iter().map(op).collect();
    let sent: Vec<_> = sent
        .into_iter()
        .map(|op| SentOp {
            id: op.id,
            json: &serde_json::Value::Null,
            author: Some(op.author),
            op: Ok(op),
        })
        .collect();
    numbers(&Named::by_ops(&sent, [release].into_iter()))
}

fn numbers(named: &Named) -> [Vec<u128>; 3] {
    [
        named.people.iter().map(|id| id.0.0).collect(),
        named.groups.iter().map(|id| id.0.0).collect(),
        named.contracts.iter().map(|id| id.0.0).collect(),
    ]
}

fn set(field: ReleaseField, to: &impl ToString) -> ReleaseOp {
    ReleaseOp::SetField {
        at: FieldRef::Release { field },
        base: FieldVer::default(),
        from: Value::Empty,
        to: to.to_string().into(),
    }
}

#[test]
fn whoever_a_release_names_is_looked_up_and_nobody_else() {
    let release = release();
    let all = Named::by_release(&release);
    assert_eq!(
        numbers(&all),
        [vec![10, 11, 12, 13, 14], vec![20, 21, 22, 23, 24], vec![30]]
    );
    assert_eq!(all.types, ["standard".parse().unwrap()].into());
    assert!(!all.is_empty() && Named::default().is_empty());
}

#[test]
fn an_act_looks_up_whom_it_names_as_well() {
    let release = release();
    let [people, groups, _] = named(vec![ReleaseOp::Act { act: Act::Resume }], &release);
    assert_eq!((people.len(), groups.len()), (5, 5));
    let acts = [
        Act::Delegate {
            to: user(40),
            seen: None,
        },
        Act::Share {
            with: Party::Group(group(41)),
        },
        Act::ChangeGroup { to: group(42) },
        Act::Schedule {
            activity: Some(Activity {
                group: group(43),
                instruction: String::new(),
                at: NOW,
                minutes: 1,
            }),
        },
    ];
    let mut ops: Vec<_> = acts.into_iter().map(|act| ReleaseOp::Act { act }).collect();
    // What the same push has changed before.
    ops.push(set(ReleaseField::Requester, &user(44)));
    let [people, groups, _] = named(ops, &release);
    assert_eq!(people, [10, 11, 12, 13, 14, 40, 44]);
    assert_eq!(groups, [20, 21, 22, 23, 24, 41, 42, 43]);
}

#[test]
fn what_the_workflow_does_not_decide_looks_up_newly_chosen_contracts_only() {
    let mut release = release();
    let nobody = [vec![], vec![], vec![]];
    let title = set(ReleaseField::Title, &"Swap");
    assert_eq!(named(vec![title], &release), nobody);
    let ops = vec![
        set(ReleaseField::Requester, &user(44)),
        set(ReleaseField::Contract, &ContractId(Ulid(31))),
    ];
    assert_eq!(named(ops, &release), [vec![], vec![], vec![31]]);
    let conflict = ConflictId(OpId {
        client: ClientId(Ulid(7)),
        seq: 1,
    });
    let at = FieldRef::Release {
        field: ReleaseField::Contract,
    };
    let open = Conflict {
        about: ConflictAbout::Field { at },
        was: Value::Empty,
        theirs: Value::Empty,
        theirs_mark: None,
        yours: ContractId(Ulid(32)).to_string().into(),
        author: user(10),
        made: NOW,
    };
    release.conflicts.insert(conflict, open);
    let resolve = |take| ReleaseOp::Resolve {
        conflict,
        take,
        base: FieldVer::default(),
    };
    let mine = named(vec![resolve(Take::Mine)], &release);
    assert_eq!(mine, [vec![], vec![], vec![32]]);
    let other = Take::Value(ContractId(Ulid(33)).to_string().into());
    assert_eq!(named(vec![resolve(other)], &release)[2], [32, 33]);
}
