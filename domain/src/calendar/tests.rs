use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn interval(from: &str, to: &str) -> Interval {
    Interval {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

/// Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00.
fn office() -> Calendar {
    Calendar {
        patterns: vec![
            Pattern {
                name: "day".into(),
                intervals: vec![interval("08:00", "12:00"), interval("13:00", "17:00")],
            },
            Pattern {
                name: "night".into(),
                intervals: vec![interval("00:00", "06:00"), interval("22:00", "24:00")],
            },
        ],
        week: Week::weekdays("day"),
        ..Calendar::new("Office", "Europe/Berlin")
    }
}

fn always(pattern: &str) -> Week {
    let day = || Some(pattern.to_owned());
    Week {
        saturday: day(),
        sunday: day(),
        ..Week::weekdays(pattern)
    }
}

/// Berlin around the changes of 2026: +1, +2 from 29 March 01:00 UTC, +1 from 25 October 01:00 UTC.
fn berlin() -> Zone {
    Zone {
        first: 3_600,
        changes: vec![
            (at("2026-03-29T01:00:00Z").timestamp(), 7_200),
            (at("2026-10-25T01:00:00Z").timestamp(), 3_600),
        ],
    }
}

fn hours(n: i64) -> TimeDelta {
    TimeDelta::hours(n)
}

#[test]
fn a_hold_over_a_weekend_does_not_cost_the_weekend() {
    let (calendar, zone) = (office(), berlin());
    let clock = Clock {
        calendar: &calendar,
        zone: &zone,
    };
    // Friday 15:30 local, due on Monday 10:00: one and a half hours and two.
    let (held, due) = (at("2026-05-08T13:30:00Z"), at("2026-05-11T08:00:00Z"));
    assert_eq!(clock.worked(held, due), TimeDelta::minutes(210));
    // Resumed on Monday at 09:00 local: due at 13:30 local, after lunch.
    assert_eq!(
        clock.due_after_hold(due, held, at("2026-05-11T07:00:00Z")),
        Some(at("2026-05-11T11:30:00Z"))
    );
    // Held and resumed outside of working time: nothing was lost.
    let (friday, sunday) = (at("2026-05-08T18:00:00Z"), at("2026-05-10T18:00:00Z"));
    assert_eq!(clock.due_after_hold(due, friday, sunday), Some(due));
    // Overdue before the hold.
    assert_eq!(
        clock.due_after_hold(held, due, at("2026-05-12T07:00:00Z")),
        Some(held)
    );
}

#[test]
fn minutes_carry_into_hours_and_seconds_are_kept() {
    let (calendar, zone) = (office(), berlin());
    let clock = Clock {
        calendar: &calendar,
        zone: &zone,
    };
    let one = clock.worked(at("2026-05-11T06:00:00Z"), at("2026-05-11T06:50:30Z"));
    let two = clock.worked(at("2026-05-12T06:00:00Z"), at("2026-05-12T06:50:31Z"));
    assert_eq!(one + two, TimeDelta::seconds(6_061));
    let due = clock.after(at("2026-05-11T06:00:00Z"), one + two).unwrap();
    assert_eq!(due, at("2026-05-11T07:41:01Z"));
}

#[test]
fn a_skipped_hour_never_counts_and_a_repeated_one_counts_twice() {
    let mut calendar = office();
    calendar.patterns[1].intervals = vec![interval("01:00", "04:00")];
    calendar.week = always("night");
    let zone = berlin();
    let clock = Clock {
        calendar: &calendar,
        zone: &zone,
    };
    let night = |day: &str| {
        let noon = at(&format!("{day}T12:00:00Z"));
        clock.worked(noon - hours(24), noon)
    };
    assert_eq!(night("2026-03-28"), hours(3));
    assert_eq!(night("2026-03-29"), hours(2), "02:00 to 03:00 is skipped");
    assert_eq!(night("2026-10-25"), hours(4), "02:00 to 03:00 comes twice");
    // Work that begins in the gap begins at its end: 02:30 is not there, 03:00 is 01:00 UTC.
    calendar.patterns[1].intervals = vec![interval("02:30", "04:00")];
    let clock = Clock {
        calendar: &calendar,
        zone: &zone,
    };
    let before = at("2026-03-29T00:00:00Z");
    assert_eq!(
        clock.after(before, TimeDelta::seconds(1)),
        Some(at("2026-03-29T01:00:01Z"))
    );
}

#[test]
fn exceptions_come_before_holidays_and_later_ones_before_earlier() {
    let mut calendar = office();
    calendar.holidays = vec![
        Holiday {
            date: date("2020-05-01"),
            yearly: true,
            name: "May Day".into(),
        },
        Holiday {
            date: date("2026-05-14"),
            yearly: false,
            name: "Once".into(),
        },
    ];
    let off = |from, to| Exception {
        from: date(from),
        to: date(to),
        pattern: None,
        note: String::new(),
    };
    assert!(calendar.on(date("2026-05-01")).is_empty());
    assert!(calendar.on(date("2026-05-14")).is_empty());
    assert_eq!(calendar.on(date("2027-05-14")).len(), 2);
    calendar.exceptions = vec![
        off("2026-05-01", "2026-05-03"),
        Exception {
            pattern: Some("night".into()),
            ..off("2026-05-01", "2026-05-01")
        },
    ];
    assert_eq!(calendar.on(date("2026-05-01"))[0], interval("00:00", "06:00"));
    assert!(calendar.on(date("2026-05-02")).is_empty());
    calendar.exceptions.clear();
    calendar.works_on_holidays = true;
    assert_eq!(calendar.on(date("2026-05-01")).len(), 2);
}

#[test]
fn a_calendar_without_working_time_is_refused_and_never_loops() {
    let mut calendar = office();
    calendar.week = Week::default();
    let error = calendar.check().unwrap_err();
    assert_eq!(error.at, "week");
    let zone = berlin();
    let clock = Clock {
        calendar: &calendar,
        zone: &zone,
    };
    let now = at("2026-05-08T13:30:00Z");
    assert_eq!(clock.after(now, hours(1)), None);
    assert_eq!(clock.after(now, TimeDelta::zero()), Some(now));
    assert_eq!(
        clock.worked(now, now + TimeDelta::days(10_000)),
        TimeDelta::zero()
    );
}

#[test]
fn what_is_wrong_with_a_calendar_names_its_place() {
    let place = |change: fn(&mut Calendar)| {
        let mut calendar = office();
        change(&mut calendar);
        calendar.check().unwrap_err().at
    };
    assert_eq!(office().check(), Ok(()));
    assert_eq!(place(|c| c.name.clear()), "name");
    assert_eq!(place(|c| c.zone.clear()), "zone");
    assert_eq!(place(|c| c.patterns[1].name = "day".into()), "patterns[1].name");
    assert_eq!(
        place(|c| c.patterns[0].intervals.clear()),
        "patterns[0].intervals"
    );
    assert_eq!(
        place(|c| c.patterns[0].intervals = vec![interval("08:00", "09:00"); 6]),
        "patterns[0].intervals"
    );
    assert_eq!(
        place(|c| c.patterns[0].intervals[0] = interval("08:00", "08:00")),
        "patterns[0].intervals[0].to"
    );
    assert_eq!(
        place(|c| c.patterns[0].intervals[1] = interval("11:59", "17:00")),
        "patterns[0].intervals[1].from"
    );
    assert_eq!(place(|c| c.week.sunday = Some("none".into())), "week.sunday");
    let off = || Exception {
        from: date("2026-05-02"),
        to: date("2026-05-01"),
        pattern: None,
        note: String::new(),
    };
    let mut calendar = office();
    calendar.exceptions = vec![off()];
    assert_eq!(calendar.check().unwrap_err().at, "exceptions[0].to");
    for wrong in ["24:01", "8:00", "08:60", "0800", "-1:00", "08:00:00"] {
        assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
    }
    assert_eq!("24:00".parse::<TimeOfDay>().unwrap().to_string(), "24:00");
}

#[cfg(feature = "zones")]
#[test]
fn zones_are_taken_from_the_tables_for_sixty_years() {
    let zone = Zone::named("Europe/Berlin").unwrap();
    for change in berlin().changes {
        assert!(zone.changes.contains(&change), "{change:?}");
    }
    assert_eq!(zone.first, 3_600);
    assert_eq!(zone.changes.len(), 120, "two in each of sixty years");
    assert!(Zone::named("Asia/Kolkata").unwrap().changes.is_empty());
    assert!(Zone::named("UTC").unwrap().changes.is_empty());
    assert!(Zone::named("Mars/Olympus").is_err());
    assert_eq!(Zone::named("Australia/Lord_Howe").unwrap().first, 39_600);
}

/// A calendar with any patterns, weekdays, exceptions and holidays around May 2026.
fn calendars() -> impl Strategy<Value = Calendar> {
    let intervals = prop::collection::btree_set(0_u16..=1_440, 2..=10).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let time = |n: u16| TimeOfDay::from_minutes(n).unwrap();
        cuts.chunks_exact(2)
            .map(|pair| Interval {
                from: time(pair[0]),
                to: time(pair[1]),
            })
            .collect::<Vec<_>>()
    });
    let pattern = || prop::option::of(prop::sample::select(vec!["a".to_owned(), "b".to_owned()]));
    let week = prop::collection::vec(pattern(), 7);
    let day = |n: u64| date("2026-03-25") + chrono::Days::new(n);
    let exception = (0_u64..10, 0_u64..3, pattern()).prop_map(move |(from, length, pattern)| Exception {
        from: day(from),
        to: day(from + length),
        pattern,
        note: String::new(),
    });
    let holiday = (0_u64..10, any::<bool>()).prop_map(move |(n, yearly)| Holiday {
        date: day(n),
        yearly,
        name: "off".into(),
    });
    (
        intervals.clone(),
        intervals,
        week,
        prop::collection::vec(exception, 0..3),
        prop::collection::vec(holiday, 0..3),
        any::<bool>(),
    )
        .prop_map(|(a, b, week, exceptions, holidays, works_on_holidays)| {
            let mut week = week.into_iter();
            let mut next = || week.next().flatten();
            Calendar {
                patterns: vec![
                    Pattern {
                        name: "a".into(),
                        intervals: a,
                    },
                    Pattern {
                        name: "b".into(),
                        intervals: b,
                    },
                ],
                week: Week {
                    monday: next(),
                    tuesday: next(),
                    wednesday: next(),
                    thursday: next(),
                    friday: next(),
                    saturday: next(),
                    sunday: next(),
                },
                exceptions,
                holidays,
                works_on_holidays,
                ..Calendar::new("any", "any")
            }
        })
}

/// Zones that change by any number of minutes, up or down, at any minute of these days, up to three times.
fn zones() -> impl Strategy<Value = Zone> {
    let start = at("2026-03-25T00:00:00Z").timestamp();
    let change = (0_i64..14_400, -720_i32..=720);
    (
        -720_i32..=720,
        prop::collection::btree_map(0_i64..14_400, -720_i32..=720, 0..=3),
        change,
    )
        .prop_map(move |(first, changes, _)| Zone {
            first: first * 60,
            changes: changes
                .into_iter()
                .map(|(minute, east)| (start + minute * 60, east * 60))
                .collect(),
        })
}

/// Minutes since the beginning of 25 March 2026, UTC.
fn moment(minute: i64) -> DateTime<Utc> {
    at("2026-03-25T00:00:00Z") + TimeDelta::minutes(minute)
}

/// Does a clock on the wall show working time then?
fn is_working(calendar: &Calendar, zone: &Zone, moment: DateTime<Utc>) -> bool {
    let offset = zone
        .changes
        .iter()
        .rev()
        .find(|(from, _)| *from <= moment.timestamp())
        .map_or(zone.first, |(_, offset)| *offset);
    let wall = (moment + TimeDelta::seconds(i64::from(offset))).naive_utc();
    let second = i64::from(chrono::Timelike::num_seconds_from_midnight(&wall.time()));
    calendar
        .on(wall.date())
        .iter()
        .any(|interval| (interval.from.seconds()..interval.to.seconds()).contains(&second))
}

proptest! {
    #[test]
    fn the_clock_counts_what_the_wall_shows_minute_by_minute(
        calendar in calendars(), zone in zones(), from in 0_i64..14_400, length in 0_i64..2_000,
    ) {
        let clock = Clock { calendar: &calendar, zone: &zone };
        let counted = (from..from + length).filter(|n| is_working(&calendar, &zone, moment(*n))).count();
        let worked = clock.worked(moment(from), moment(from + length));
        prop_assert_eq!(worked, TimeDelta::minutes(counted as i64));
    }

    #[test]
    fn worked_time_adds_up_and_never_shrinks(
        calendar in calendars(), zone in zones(), times in prop::collection::vec(0_i64..1_000_000, 3),
    ) {
        let clock = Clock { calendar: &calendar, zone: &zone };
        let mut times: Vec<_> = times.into_iter().map(|n| moment(0) + TimeDelta::seconds(n)).collect();
        times.sort();
        let (a, b, c) = (times[0], times[1], times[2]);
        prop_assert_eq!(clock.worked(a, b) + clock.worked(b, c), clock.worked(a, c));
        prop_assert!(clock.worked(a, b) <= clock.worked(a, c));
        prop_assert!(clock.worked(a, c) <= c - a);
        prop_assert_eq!(clock.worked(c, a), if a == c { clock.worked(a, c) } else { TimeDelta::zero() });
    }

    #[test]
    fn after_is_the_first_moment_by_which_the_time_was_worked(
        calendar in calendars(), zone in zones(), from in 0_i64..1_000_000, seconds in 0_i64..400_000,
    ) {
        let clock = Clock { calendar: &calendar, zone: &zone };
        let (from, work) = (moment(0) + TimeDelta::seconds(from), TimeDelta::seconds(seconds));
        match clock.after(from, work) {
            Some(end) => {
                prop_assert_eq!(clock.worked(from, end), work);
                prop_assert!(work.is_zero() || clock.worked(from, end - TimeDelta::milliseconds(1)) < work);
            }
            None => prop_assert!(clock.worked(from, from + TimeDelta::days(30_000)) < work),
        }
        let more = clock.after(from, work + TimeDelta::seconds(60));
        prop_assert!(more.is_none_or(|more| Some(more) > clock.after(from, work)));
    }
}
