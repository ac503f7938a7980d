//! The workflow over the real store: races have one winner, and a closing is whole.

use domain::calendar::Calendar;
use domain::cmdb::Lifecycle;
use domain::release::{
    Act, Action, Approvers, Choice, Command, NewStep, NewTarget, Party, ReleaseType, StepResult,
};
use domain::sync::Reason;
use domain::wire::actions::Actions;
use domain::wire::admin::{Contract, GroupRecord};
use domain::wire::session::{Group, Person};
use domain::{GroupId, UserId};

use super::*;
use crate::db::{By, NewGroup, NewUser, new_key};

async fn person(store: &Store, login: &str) -> Actor {
    let id = UserId(ulid::Ulid::new());
    let new = NewUser {
        login: login.into(),
        person: Person {
            id,
            login: login.into(),
            name: format!("{login} the tester"),
            phone: None,
            email: None,
            unit: None,
            location: None,
        },
        password: None,
        roles: BTreeSet::new(),
        groups: BTreeSet::new(),
    };
    store.add_user(&new, Utc::now()).await.unwrap();
    let own = NewGroup {
        group: Group::new(GroupId(id.0), format!("{login}'s group")),
        rights: BTreeMap::new(),
    };
    store.add_group(&own).await.unwrap();
    Actor {
        user: id,
        name: new.person.name,
        ..administrator()
    }
}

/// Somebody does things to a release, one after the other, each on what is there then.
async fn does(store: &Store, actor: &Actor, release: ReleaseId, commands: Vec<Command>) {
    for command in commands {
        let seen = store.release_by_id(actor, release).await.unwrap();
        let ops = command.clone().into_ops(&seen, ulid::Ulid::new).unwrap();
        let done = outcomes(store, actor, &Device::of(actor).push(release, ops)).await;
        assert!(
            matches!(done[..], [Outcome::Applied { .. }]),
            "{command:?}: {done:?}"
        );
    }
}

/// A release of one step on these CIs, that is being carried out.
async fn running(store: &Store, owner: &Actor, targets: &[&str]) -> ReleaseId {
    let id = fresh();
    let mut device = Device::of(owner);
    let (me, start, end) = (
        owner.user.to_string(),
        "2027-03-01T20:00:00Z",
        "2027-03-01T23:00:00Z",
    );
    let fields = [
        (ReleaseField::Title, "Swap"),
        (ReleaseField::ReleaseType, "standard"),
        (ReleaseField::Requester, me.as_str()),
        (ReleaseField::AssignmentGroup, me.as_str()),
        (ReleaseField::PlannedStart, start),
        (ReleaseField::PlannedEnd, end),
    ];
    let fields = fields.map(|(field, value)| (field, value.into())).into();
    let target = |ci: &&str| NewTarget {
        ci: key(ci),
        action: Some("upgrade".into()),
        outage: None,
    };
    let step = NewStep {
        title: "Swap".into(),
        minutes: Some(10),
        targets: targets.iter().map(target).collect(),
        ..NewStep::default()
    };
    let step = step.into_op(
        domain::StepId(ulid::Ulid::new()),
        OrderKey::between(None, None),
        None,
    );
    let push = device.push(id, vec![ReleaseOp::Create { fields }, step]);
    outcomes(store, owner, &push).await;
    let (submit, authorise) = (Command::Submit { seen: None }, Command::Authorise { seen: None });
    does(store, owner, id, vec![submit, authorise]).await;
    id
}

async fn with_type(store: &Store) {
    let kind = ReleaseType::new("standard".parse().unwrap(), "Standard");
    store.add_release_type(&kind).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_claims_race_and_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let target =
        super::super::super::Target::folder(dir.path().join("data"), super::super::super::SyncMode::Never);
    let store = Store::connect(&target.unwrap()).await.unwrap();
    with_type(&store).await;
    let owner = person(&store, "ann").await;
    let rivals = [person(&store, "ben").await, person(&store, "cleo").await];
    let mut wins = [0, 0];
    for _ in 0..12 {
        let release = running(&store, &owner, &[]).await;
        let claim = || ReleaseOp::Act {
            act: Act::Claim { seen: None },
        };
        let pushes = rivals
            .each_ref()
            .map(|rival| Device::of(rival).push(release, vec![claim()]));
        let (first, second) = tokio::join!(
            outcomes(&store, &rivals[0], &pushes[0]),
            outcomes(&store, &rivals[1], &pushes[1]),
        );
        let both = [&first[0], &second[0]];
        let winners: Vec<usize> = (0..2).filter(|n| both[*n].rev().is_some()).collect();
        let [winner] = winners[..] else {
            panic!("{both:?}");
        };
        wins[winner] += 1;
        let Outcome::Rejected {
            reason: Reason::NotReady { unmet },
            ..
        } = both[1 - winner]
        else {
            panic!("{both:?}");
        };
        assert_eq!(unmet[0].text, format!("{} has it.", rivals[winner].name));
        let stored = store.release_by_id(&owner, release).await.unwrap();
        assert_eq!(stored.assignee(), Some(rivals[winner].user));
    }
    assert_eq!(wins.iter().sum::<u32>(), 12);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_moves_the_cis_in_the_same_transaction() {
    let store = Store::in_memory().await;
    with_type(&store).await;
    let mut cis = ["vm/planned", "vm/live", "vm/bystander"].map(|key| ci(key, "vm"));
    cis[0].lifecycle = Lifecycle::Planned;
    cis[2].lifecycle = Lifecycle::InDevelopment;
    fill(&store, &cis, &[]).await;
    store.warm().await.unwrap();
    let owner = person(&store, "ann").await;
    for (result, planned, live) in [
        (StepResult::Done, Lifecycle::InProduction, Lifecycle::InProduction),
        (
            StepResult::Skipped,
            Lifecycle::ToBeVerified,
            Lifecycle::ToBeVerified,
        ),
    ] {
        let id = running(&store, &owner, &["vm/planned", "vm/live"]).await;
        let release = store.release_by_id(&owner, id).await.unwrap();
        let step = *release.steps.keys().next().unwrap();
        let set = |field, value: &str| Command::Set {
            field,
            value: value.into(),
        };
        let next = || Command::Forward { from: None };
        let done = Command::Record {
            step,
            result,
            started: Utc::now(),
            ended: Utc::now(),
            note: "No time left".into(),
            evidence: vec![],
        };
        let commands = vec![
            done,
            next(),
            next(),
            set(ReleaseField::ClosureCode, "as_planned"),
            set(ReleaseField::ReleaseDate, "2027-03-02T00:00:00Z"),
            Command::Accept { seen: None },
            Command::Close,
        ];
        does(&store, &owner, id, commands).await;
        let number = release.number.unwrap();
        for (ci, expected) in [
            ("vm/planned", planned),
            ("vm/live", live),
            ("vm/bystander", Lifecycle::InDevelopment),
        ] {
            let detail = store.ci(&owner, &key(ci)).await.unwrap();
            assert_eq!(detail.ci.lifecycle, expected, "{ci} after {result:?}");
            let newest = &detail.history[0];
            let by_release = newest.origin == format!("release {number}") && newest.by == owner.name;
            let moved = ci != "vm/bystander" && !(result == StepResult::Done && ci == "vm/live");
            assert_eq!(by_release, moved, "{ci} after {result:?}: {newest:?}");
            assert_eq!(detail.revision, newest.revision);
        }
        let page = store
            .cis(&owner, &domain::wire::cmdb::CiQuery::default())
            .await
            .unwrap();
        let listed = page.items.iter().find(|ci| ci.key == key("vm/planned")).unwrap();
        assert_eq!(listed.lifecycle, planned, "the list in memory follows");
    }
    assert_eq!(
        store.verify_graph(10).await.unwrap().differences,
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_type_comes_back_as_it_was_made() {
    let store = Store::in_memory().await;
    let group = |n| GroupId(ulid::Ulid(n));
    let kind = ReleaseType {
        description: "For the core".into(),
        default_group: Some(group(1)),
        four_eyes: true,
        approvers: vec![Approvers {
            group: group(2),
            quorum: 2,
        }],
        test_stage: false,
        tester_differs: true,
        test_group: Some(group(3)),
        acceptance_group: Some(group(4)),
        checklists: vec!["deployment".into()],
        closure_codes: vec![Choice {
            key: "ok".into(),
            text: "All well".into(),
            active: true,
        }],
        hold_reasons: vec![],
        calendar: Some("office".into()),
        retired: true,
        ..ReleaseType::new("core".parse().unwrap(), "Core")
    };
    store.add_release_type(&kind).await.unwrap();
    // As a version before this one wrote it.
    const OLD: &str =
        "CREATE release_type:old SET name = 'Old', description = '', four_eyes = true RETURN NONE";
    store.ask("writing an old row", OLD, Vars::new()).await.unwrap();
    let types = store.directory().await.unwrap().release_types;
    let old = ReleaseType {
        four_eyes: true,
        ..ReleaseType::new("old".parse().unwrap(), "Old")
    };
    assert_eq!(types, vec![kind, old]);
}

/// Everything that can be asked of these people about a release, and what would become of acts of theirs.
async fn answers(store: &Store, people: &[Actor], release: ReleaseId) -> Vec<String> {
    let mut answers = Vec::new();
    for actor in people {
        let seen = store.release_by_id(actor, release).await.unwrap();
        let actions = store.release_actions(actor, &seen, None, None).await.unwrap();
        answers.push(serde_json::to_string(&actions).unwrap());
        for other in people {
            let reason = "Not now".to_owned();
            let acts = [
                Act::Claim { seen: None },
                Act::Claim {
                    seen: seen.assignee(),
                },
                Act::Delegate {
                    to: other.user,
                    seen: seen.assignee(),
                },
                Act::Share {
                    with: Party::User(other.user),
                },
                Act::ChangeGroup {
                    to: GroupId(other.user.0),
                },
                Act::Hold {
                    reason: "parts".into(),
                    note: String::new(),
                },
                Act::Resume,
                Act::Forward { from: seen.stage },
                Act::Cancel { reason },
            ];
            for act in acts {
                let push = Device::of(actor).push(release, vec![ReleaseOp::Act { act }]);
                let PushResp::Ok { outcomes, .. } = store.foresee(actor, &push, Utc::now()).await.unwrap()
                else {
                    panic!("not answered");
                };
                answers.push(format!("{:?}", outcomes[0].1));
            }
        }
        let view = store.release_view(actor, seen).await.unwrap();
        let figures = &view.figures;
        answers.push(format!("{:?} {:?} {:?}", figures.due, figures.effort, view.unmet));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_is_in_the_registers_the_answers_are_the_same() {
    let store = Store::in_memory().await;
    let people = [
        person(&store, "ann").await,
        person(&store, "ben").await,
        person(&store, "cleo").await,
    ];
    let [owner, worker, _] = &people;
    let mut groups = Vec::new();
    for name in ["Approvers", "Testers"] {
        let group: GroupRecord = serde_json::from_value(serde_json::json!({ "name": name })).unwrap();
        let made = store
            .make_kept(owner, new_key(), group, Utc::now())
            .await
            .unwrap();
        groups.push(made.id.parse::<GroupId>().unwrap());
    }
    let calendar = |name: &str, hour: &str| -> Calendar {
        serde_json::from_value(serde_json::json!({
            "name": name, "zone": "Europe/Berlin",
            "patterns": [{ "name": "day", "intervals": [{ "from": hour, "to": "17:00" }] }],
            "week": { "monday": "day", "tuesday": "day", "wednesday": "day", "thursday": "day", "friday": "day" },
        }))
        .unwrap()
    };
    let office = store
        .make_kept(owner, new_key(), calendar("Office", "08:00"), Utc::now())
        .await
        .unwrap();
    let kind = ReleaseType {
        approvers: vec![Approvers {
            group: groups[0],
            quorum: 1,
        }],
        test_group: Some(groups[1]),
        calendar: Some(office.id),
        ..ReleaseType::new("standard".parse().unwrap(), "Standard")
    };
    store.add_release_type(&kind).await.unwrap();
    let first = running(&store, owner, &[]).await;
    let second = running(&store, owner, &[]).await;
    let third = running(&store, owner, &[]).await;
    let delegate = Command::Delegate { to: worker.user };
    let share = Command::Share {
        with: Party::Group(groups[1]),
    };
    let hold = Command::Hold {
        reason: "parts".into(),
        note: String::new(),
    };
    does(&store, owner, second, vec![delegate, share]).await;
    does(&store, owner, third, vec![hold]).await;
    let all = async || {
        let mut all = Vec::new();
        for release in [first, second, third] {
            all.extend(answers(&store, &people, release).await);
        }
        all
    };
    // Whom they name may be gone: they are named as before.
    store
        .set_disabled(&By::command_line(), worker.user, true, Utc::now())
        .await
        .unwrap();
    let before = all().await;
    for part in [
        "1 of Approvers",
        "ben the tester has it",
        "may no longer sign in",
        "Some(0)",
    ] {
        assert!(before.iter().any(|answer| answer.contains(part)), "{part}");
    }

    for n in 0..60 {
        let other = person(&store, &format!("other{n}")).await;
        if n % 3 == 0 {
            store
                .set_disabled(&By::command_line(), other.user, true, Utc::now())
                .await
                .unwrap();
        }
        let group: GroupRecord = serde_json::from_value(
            serde_json::json!({ "name": format!("Group {n}"), "members": [other.user] }),
        )
        .unwrap();
        store
            .make_kept(owner, new_key(), group, Utc::now())
            .await
            .unwrap();
        let contract: Contract =
            serde_json::from_value(serde_json::json!({ "name": format!("Contract {n}") })).unwrap();
        store
            .make_kept(owner, new_key(), contract, Utc::now())
            .await
            .unwrap();
        let other = calendar(&format!("Calendar {n}"), "06:00");
        let other = store
            .make_kept(owner, new_key(), other, Utc::now())
            .await
            .unwrap();
        let kind = ReleaseType {
            calendar: Some(other.id),
            ..ReleaseType::new(format!("kind-{n}").parse().unwrap(), format!("Kind {n}"))
        };
        store.add_release_type(&kind).await.unwrap();
    }
    let after = all().await;
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_asks_why_somebody_else_cannot() {
    let store = Store::in_memory().await;
    with_type(&store).await;
    let owner = person(&store, "ann").await;
    let other = person(&store, "ben").await;
    let release = running(&store, &owner, &[]).await;
    let release = store.release_by_id(&owner, release).await.unwrap();
    let as_other = Some(other.user);
    let actions = store
        .release_actions(&owner, &release, as_other, None)
        .await
        .unwrap();
    let forward = |actions: &Actions| {
        actions
            .actions
            .iter()
            .find(|one| one.action == Action::Forward)
            .unwrap()
            .clone()
    };
    assert_eq!(actions.user, other.user);
    let codes: Vec<String> = forward(&actions).unmet.into_iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        ["not_allowed", "step_unfinished"],
        "stored without any right"
    );
    let plain = author();
    let refused = store.release_actions(&plain, &release, as_other, None).await;
    assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
    let own = store
        .release_actions(&plain, &release, Some(plain.user), None)
        .await;
    assert!(own.is_ok(), "one's own is everybody's");
    let nobody = store
        .release_actions(&owner, &release, Some(UserId(ulid::Ulid(3))), None)
        .await;
    assert!(matches!(nobody, Err(Error::NotFound(_))), "{nobody:?}");
}
