use std::collections::BTreeMap;

use domain::access::Role;
use domain::calendar::Calendar;
use domain::release::{Act, OrderKey, ReleaseField, ReleaseType, StepField, Value};
use domain::sync::{Outcome, PushResp, ReleaseOp, StepBody};
use domain::wire::admin::{GroupRecord, Substitute};
use domain::wire::session::Person;
use domain::{ReleaseId, UserId};
use serde_json::json;

use super::super::oplog::tests::{Device, fresh};
use super::super::samples::administrator;
use super::super::{NewUser, Store};
use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn office() -> Calendar {
    serde_json::from_value(json!({
        "name": "Office", "zone": "Europe/Berlin",
        "patterns": [{ "name": "day", "intervals": [{ "from": "08:00", "to": "12:00" }, { "from": "13:00", "to": "17:00" }] }],
        "week": { "monday": "day", "tuesday": "day", "wednesday": "day", "thursday": "day", "friday": "day" },
    }))
    .unwrap()
}

/// Pushes at a time and asserts that everything was taken.
async fn push(store: &Store, device: &mut Device, release: ReleaseId, ops: Vec<ReleaseOp>, now: &str) {
    let request = device.push(release, ops);
    match store.push(&device.actor, &request, at(now)).await.unwrap() {
        PushResp::Ok { outcomes, .. } => {
            for (_, outcome) in outcomes {
                assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
            }
        }
        other => panic!("{other:?}"),
    }
}

async fn person(store: &Store, login: &str) -> UserId {
    let id = UserId(Ulid::new());
    let new = NewUser {
        login: login.to_owned(),
        person: Person {
            id,
            login: String::new(),
            name: login.to_owned(),
            phone: None,
            email: None,
            unit: None,
            location: None,
        },
        password: None,
        roles: [Role::CmdbViewer].into(),
        groups: [].into(),
    };
    store.add_user(&new, Utc::now()).await.unwrap();
    id
}

/// A draft that lacks nothing, due on Monday at 10:00 in Berlin.
async fn drafted(
    store: &Store,
    device: &mut Device,
    kind: &str,
    requester: UserId,
    group: &str,
) -> ReleaseId {
    let release = fresh();
    let fields = BTreeMap::from([
        (ReleaseField::Title, "Swap".into()),
        (ReleaseField::ReleaseType, kind.into()),
        (ReleaseField::Requester, requester.to_string().into()),
        (ReleaseField::AssignmentGroup, group.into()),
        (
            ReleaseField::PlannedStart,
            Value::time(at("2026-05-08T12:00:00Z")),
        ),
        (ReleaseField::PlannedEnd, Value::time(at("2026-05-11T08:00:00Z"))),
    ]);
    let step = ReleaseOp::AddStep {
        step: domain::StepId(Ulid::new()),
        place: OrderKey::between(None, None),
        after: None,
        body: StepBody {
            fields: BTreeMap::from([
                (StepField::Title, "Look".into()),
                (StepField::Minutes, Value::Number(5)),
            ]),
            ..StepBody::default()
        },
    };
    let draft = vec![ReleaseOp::Create { fields }, step];
    push(store, device, release, draft, "2026-05-08T12:00:00Z").await;
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_a_retired_group_is_kept_and_not_submitted() {
    let store = Store::in_memory().await;
    let admin = administrator();
    let now = Utc::now();
    let ada = person(&store, "ada").await;
    let group: GroupRecord = serde_json::from_value(json!({ "name": "Crew" })).unwrap();
    let group = store.make_kept(&admin, new_key(), group, now).await.unwrap();
    let kind = ReleaseType::new("always".parse().unwrap(), "always");
    store.make_kept(&admin, "always".into(), kind, now).await.unwrap();
    let mut device = Device::of(&admin);
    let release = drafted(&store, &mut device, "always", ada, &group.id).await;
    store
        .retire_kept::<GroupRecord>(&admin, &group.id, now)
        .await
        .unwrap();
    let kept = store.release_by_id(&admin, release).await.unwrap();
    assert_eq!(
        kept.assignment_group().map(|id| id.to_string()),
        Some(group.id.clone())
    );
    let request = device.push(
        release,
        vec![ReleaseOp::Submit {
            seen: kept.content_hash(),
        }],
    );
    let answer = store.push(&admin, &request, now).await.unwrap();
    let text = serde_json::to_string(&answer).unwrap();
    assert!(
        text.contains("The group Crew is retired. Choose another one."),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_over_a_weekend_does_not_move_what_is_due_by_the_weekend() {
    let store = Store::in_memory().await;
    let admin = administrator();
    let now = Utc::now();
    let calendar = store.make_kept(&admin, new_key(), office(), now).await.unwrap();
    let ada = person(&store, "ada").await;
    let group: GroupRecord = serde_json::from_value(json!({ "name": "Crew" })).unwrap();
    let group = store.make_kept(&admin, new_key(), group, now).await.unwrap();
    for (key, calendar, due) in [
        ("office", Some(calendar.id.clone()), "2026-05-11T11:30:00Z"),
        ("always", None, "2026-05-14T01:30:00Z"),
    ] {
        let kind = ReleaseType {
            calendar,
            ..ReleaseType::new(key.parse().unwrap(), key)
        };
        store.make_kept(&admin, key.into(), kind, now).await.unwrap();
        let mut device = Device::of(&admin);
        let release = drafted(&store, &mut device, key, ada, &group.id).await;
        let seen = store.release_by_id(&admin, release).await.unwrap().content_hash();
        let submit = vec![ReleaseOp::Submit { seen }];
        push(&store, &mut device, release, submit, "2026-05-08T12:01:00Z").await;
        // On hold from Friday 15:30 to Monday 09:00: three and a half hours of work were left, 66 and a half of all.
        let reason = "parts".to_owned();
        let note = String::new();
        let hold = ReleaseOp::Act {
            act: Act::Hold { reason, note },
        };
        push(&store, &mut device, release, vec![hold], "2026-05-08T13:30:00Z").await;
        let resume = ReleaseOp::Act { act: Act::Resume };
        push(&store, &mut device, release, vec![resume], "2026-05-11T07:00:00Z").await;
        let stored = store.release_by_id(&admin, release).await.unwrap();
        assert_eq!(stored.due(), Some(at(due)), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_in_does_so_from_the_first_moment_to_the_last_and_no_longer() {
    let store = Store::in_memory().await;
    let admin = administrator();
    let now = Utc::now();
    let (ada, bob) = (person(&store, "ada").await, person(&store, "bob").await);
    let stands_in = async |user: UserId| store.actor(user).await.unwrap().unwrap().0.stands_in_for;
    let hours = chrono::TimeDelta::hours;
    let substitute = |from, until| Substitute {
        person: ada,
        substitute: bob,
        from,
        until,
        note: String::new(),
    };
    for (from, until) in [(now - hours(2), now - hours(1)), (now + hours(1), now + hours(2))] {
        let new = substitute(from, until);
        store.make_kept(&admin, new_key(), new, now).await.unwrap();
    }
    assert_eq!(stands_in(bob).await, [].into());
    let new = substitute(now - hours(1), now + hours(1));
    let made = store.make_kept(&admin, new_key(), new, now).await.unwrap();
    assert_eq!(stands_in(bob).await, [ada].into());
    assert_eq!(stands_in(ada).await, [].into());
    store
        .retire_kept::<Substitute>(&admin, &made.id, now)
        .await
        .unwrap();
    assert_eq!(stands_in(bob).await, [].into());
}
