use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::*;
use crate::access::{Right, Types};
use crate::release::{Activity, Mark, Party, Release, ReleaseField, Rev, Value};
use crate::release::{Cell, FieldVer};
use crate::wire::list::Whose;
use crate::{GroupId, ReleaseId, UserId};

const GROUP: GroupId = GroupId(ulid::Ulid(100));
const OTHER: GroupId = GroupId(ulid::Ulid(101));

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn mark() -> Mark {
    Mark {
        ver: FieldVer::Rev(Rev(1)),
        by: UserId(ulid::Ulid(9)),
        at: at(0),
    }
}

fn actor(sees_all: bool) -> Actor {
    Actor {
        user: UserId(ulid::Ulid(1)),
        name: "Ada".to_owned(),
        roles: BTreeSet::new(),
        groups: BTreeSet::from([GROUP]),
        contracts: BTreeSet::new(),
        rights: if sees_all {
            BTreeMap::from([(Right::View, Types::All)])
        } else {
            BTreeMap::new()
        },
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

/// A release of somebody else with this window, as the work of this group.
fn release(n: u128, window: (i64, i64), group: Option<GroupId>) -> Release {
    let mut release = Release::draft(ReleaseId(ulid::Ulid(n)), UserId(ulid::Ulid(9)), at(0), mark());
    let mut set = |field, value| {
        let cell = Cell { value, mark: mark() };
        release.fields.insert(field, cell);
    };
    set(ReleaseField::Title, format!("Release {n}").into());
    set(ReleaseField::PlannedStart, Value::time(at(window.0)));
    set(ReleaseField::PlannedEnd, Value::time(at(window.1)));
    if let Some(group) = group {
        set(ReleaseField::AssignmentGroup, group.to_string().into());
    }
    release
}

fn scheduled(mut release: Release, group: GroupId, from: i64, hours: u32) -> Release {
    release.course.activity = Some(Activity {
        group,
        instruction: "Swap the fans\nand label them".to_owned(),
        at: at(from),
        minutes: hours * 60,
    });
    release
}

fn asked(from: i64, to: i64, group: &[Whose<GroupId>]) -> ScheduleQuery {
    ScheduleQuery {
        group: group.to_vec(),
        from: at(from),
        to: at(to),
    }
}

/// The entries as (release, what, start, end).
fn found(actor: &Actor, releases: &[Release], asked: &ScheduleQuery) -> Vec<(u128, ScheduleKind, i64, i64)> {
    let rows: Vec<ReleaseSummary> = releases.iter().map(ReleaseSummary::from).collect();
    let answer = schedule(actor, rows.iter(), asked);
    assert_eq!(answer.total, answer.items.len() as u64);
    let hours = |time: DateTime<Utc>| (time - at(0)).num_hours();
    answer
        .items
        .iter()
        .map(|entry| {
            (
                entry.release.0.0,
                entry.what,
                hours(entry.start),
                hours(entry.end),
            )
        })
        .collect()
}

use ScheduleKind::{Activity as Work, Window};

#[test]
fn what_overlaps_the_time_is_in_it_the_earliest_first() {
    let ada = actor(true);
    let releases = [
        release(1, (0, 10), None),
        release(2, (5, 30), None),
        release(3, (10, 20), None),
        release(4, (20, 25), None),
        // A moment.
        release(5, (10, 10), None),
        // Not a window.
        release(6, (18, 12), None),
    ];
    let wanted = [(2, Window, 5, 30), (5, Window, 10, 10), (3, Window, 10, 20)];
    assert_eq!(found(&ada, &releases, &asked(10, 20, &[])), wanted);
}

#[test]
fn the_work_of_a_group_is_apart_from_the_window_of_its_release() {
    let ada = actor(true);
    let releases = [
        scheduled(release(1, (0, 10), Some(OTHER)), GROUP, 40, 2),
        release(2, (0, 10), Some(GROUP)),
        release(3, (0, 10), None),
    ];
    let all = [
        (1, Window, 0, 10),
        (2, Window, 0, 10),
        (3, Window, 0, 10),
        (1, Work, 40, 42),
    ];
    assert_eq!(found(&ada, &releases, &asked(0, 50, &[])), all);
    let own = [(2, Window, 0, 10), (1, Work, 40, 42)];
    assert_eq!(found(&ada, &releases, &asked(0, 50, &[Whose::Own])), own);
    assert_eq!(found(&ada, &releases, &asked(0, 50, &[Whose::Of(GROUP)])), own);
    let others = [(1, Window, 0, 10), (3, Window, 0, 10)];
    let either = [Whose::Of(OTHER), Whose::Nobodys];
    assert_eq!(found(&ada, &releases, &asked(0, 50, &either)), others);
    let rows = [ReleaseSummary::from(&releases[0])];
    let answer = schedule(&ada, rows.iter(), &asked(39, 50, &[]));
    assert_eq!(answer.items[0].label, "Swap the fans…");
}

#[test]
fn what_one_may_not_see_and_what_was_cancelled_is_neither_shown_nor_counted() {
    let mut shared = release(2, (0, 10), Some(OTHER));
    shared.course.shared_with.insert(Party::Group(GROUP));
    let mut cancelled = release(3, (0, 10), Some(GROUP));
    cancelled.disposition = Disposition::Cancelled;
    let mut concluded = release(4, (1, 10), Some(GROUP));
    concluded.disposition = Disposition::Concluded;
    // The calendar of a group alone lets nobody see a release.
    let hidden = scheduled(release(1, (0, 10), Some(OTHER)), GROUP, 5, 1);
    let releases = [hidden, shared, cancelled, concluded];
    let seen = [(2, Window, 0, 10), (4, Window, 1, 10)];
    assert_eq!(found(&actor(false), &releases, &asked(0, 50, &[])), seen);
    assert_eq!(found(&actor(true), &releases, &asked(0, 50, &[])).len(), 4);
}

#[test]
fn an_answer_has_an_end_and_says_how_many_there_are() {
    let most = MAX_SCHEDULE_ENTRIES as u128;
    let rows: Vec<_> = (1..=most + 5)
        .map(|n| ReleaseSummary::from(&release(n, (0, 10), None)))
        .collect();
    let answer = schedule(&actor(true), rows.iter(), &asked(0, 50, &[]));
    assert_eq!(answer.items.len(), MAX_SCHEDULE_ENTRIES);
    assert_eq!(answer.total, rows.len() as u64);
}

#[test]
fn a_time_that_cannot_be_read_is_named() {
    let read = |pairs: &[(&str, &str)]| ScheduleQuery::read(pairs.iter().copied());
    let wrong = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().name;
    let day = [("from", "2026-11-01"), ("to", "2026-11-02"), ("group", "me,none")];
    let query = read(&day).unwrap();
    assert_eq!(query.to - query.from, TimeDelta::days(1));
    assert_eq!(query.group, [Whose::Own, Whose::Nobodys]);
    assert_eq!(wrong(&[("to", "2026-11-02")]), "from");
    assert_eq!(wrong(&[("from", "2026-11-02"), ("to", "")]), "to");
    assert_eq!(wrong(&[("from", "2026-11-02"), ("to", "2026-11-02")]), "to");
    assert_eq!(wrong(&[("from", "2026-11-01"), ("to", "2027-02-02")]), "to");
    assert!(read(&[("from", "2026-11-01"), ("to", "2027-02-01")]).is_ok());
    assert_eq!(wrong(&[("from", "tomorrow"), ("to", "2027-02-01")]), "from");
    assert_eq!(wrong(&[("group", "x"), day[0], day[1]]), "group");
}
