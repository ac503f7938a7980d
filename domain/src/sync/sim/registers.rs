//! The registers of the world: people, a release type with its calendar, and some records.

use std::collections::BTreeMap;

use ulid::Ulid;

use super::world::{PEOPLE, user_id};
use crate::calendar::{Calendar, Interval, Pattern, TimeOfDay, Timetable, Week, Zone};
use crate::registry::{KnownRecord, RecordRef};
use crate::release::ReleaseType;
use crate::wire::session::{Directory, Group, Person};
use crate::{CalendarId, GroupId};

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

/// Everybody, each with a group of their own under the same identity, and a release type that is worked on in office hours.
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
        groups: (0..PEOPLE)
            .map(|n| Group::new(GroupId(user_id(n).0), format!("group {n}")))
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
    let day = || Some("day".to_owned());
    Calendar {
        name: "Office".into(),
        description: String::new(),
        zone: "Etc/GMT-1".into(),
        patterns: vec![Pattern {
            name: "day".into(),
            intervals: interval().into_iter().collect(),
        }],
        week: Week {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            ..Week::default()
        },
        exceptions: Vec::new(),
        holidays: Vec::new(),
        works_on_holidays: false,
    }
}
