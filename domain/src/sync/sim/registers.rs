//! The registers of the world: people and their rights, groups, a release type with its calendar, and some records.

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

use super::device::Person as Somebody;
use crate::access::{Actor, Right, Role, Types};
use crate::calendar::{Calendar, Interval, Pattern, TimeOfDay, Timetable, Week, Zone};
use crate::registry::{KnownRecord, RecordRef};
use crate::release::{AnswerKind, Form, FormGroup, Question, ReleaseType};
use crate::wire::session::{Directory, Group, Person};
use crate::{CalendarId, FormKey, GroupId, ReleaseId, UserId};

/// Most people in a world.
pub(super) const PEOPLE: usize = 4;

/// Identity of a person of the world.
pub(super) fn user_id(n: usize) -> UserId {
    UserId(Ulid(10 + n as u128))
}

pub(super) fn person(n: usize) -> Somebody {
    let user = user_id(n);
    let actor = Actor {
        user,
        name: format!("person {n}"),
        roles: BTreeSet::from([Role::CmdbViewer]),
        groups: BTreeSet::from([group_id(n % GROUPS)]),
        contracts: BTreeSet::new(),
        rights: all_rights(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    };
    Somebody { user, actor }
}

pub(super) fn all_rights() -> BTreeMap<Right, Types> {
    Right::ALL.map(|right| (right, Types::All)).into()
}

/// Groups that have members.
const GROUPS: usize = 2;

/// Identity of a group of the world.
pub(super) fn group_id(n: usize) -> GroupId {
    GroupId(Ulid(30 + n as u128))
}

/// Identity of a release that the world makes.
pub(super) fn release_id(ulid: Ulid) -> ReleaseId {
    ReleaseId(ulid)
}

/// Two changes of some CIs, and something to consult.
pub(super) fn some_records() -> BTreeMap<RecordRef, KnownRecord> {
    let record = |address: &str, cis: std::ops::Range<u32>| {
        let names = cis.map(|n| format!("ci-{n}"));
        let known = KnownRecord {
            title: format!("title of {address}"),
            status: String::new(),
            cis: names.filter_map(|n| Some((n.parse().ok()?, n))).collect(),
        };
        address.parse().ok().map(|at| (at, known))
    };
    let all = [
        record("changes/C-1", 0..3),
        record("changes/C-2", 2..4),
        record("knowledge/K-1", 0..0),
    ];
    all.into_iter().flatten().collect()
}

/// The name of the only checklist template.
pub(super) fn checklist_key() -> Option<FormKey> {
    "service-test".parse().ok()
}

/// What it asks; or something that it never asked.
pub(super) fn checklist_form(known: bool) -> Option<Form> {
    let question = |key: &str, text: &str, answer, required| {
        Some(Question {
            key: key.parse().ok()?,
            text: text.into(),
            hint: String::new(),
            answer,
            required,
        })
    };
    let works = question("works", "Does it work?", AnswerKind::YesNo, true)?;
    let seen = question("seen", "What was seen?", AnswerKind::Text, false)?;
    Some(Form {
        title: if known { "Service test" } else { "Another test" }.into(),
        groups: vec![FormGroup {
            title: "Afterwards".into(),
            text: String::new(),
            questions: vec![works, seen],
        }],
    })
}

/// Everybody, and a release type that is worked on in office hours.
pub(super) fn directory() -> Directory {
    let person = |n: usize| Person {
        id: user_id(n),
        login: format!("person{n}"),
        name: format!("person {n}"),
        phone: None,
        email: None,
        unit: None,
        location: None,
    };
    let office = Timetable {
        id: CalendarId(Ulid(5)),
        retired: false,
        calendar: office_hours(),
        zone: Zone::fixed(3_600),
    };
    let standard = |key| ReleaseType {
        calendar: Some(office.id.to_string()),
        ..ReleaseType::new(key, "Standard")
    };
    Directory {
        release_types: "standard".parse().ok().into_iter().map(standard).collect(),
        people: (0..PEOPLE).map(person).collect(),
        groups: (0..GROUPS)
            .map(|n| Group::new(group_id(n), format!("group {n}")))
            .collect(),
        calendars: vec![office.clone()],
        ..Directory::default()
    }
}

/// Monday to Friday, 8 to 18.
fn office_hours() -> Calendar {
    let time = |hour: u16| TimeOfDay::from_minutes(hour * 60);
    let interval = || {
        Some(Interval {
            from: time(8)?,
            to: time(18)?,
        })
    };
    Calendar {
        patterns: vec![Pattern {
            name: "day".into(),
            intervals: interval().into_iter().collect(),
        }],
        week: Week::weekdays("day"),
        ..Calendar::new("Office", "Etc/GMT-1")
    }
}
