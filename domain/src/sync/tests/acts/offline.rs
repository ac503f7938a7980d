//! What a device without a network and without an offline package predicts of a hold is what the server makes of it.

use super::*;
use crate::calendar::{Calendar, Timetable, Zone};
use crate::sync::client::{Act as Gesture, Input, Machine, Now, StoreMark, SyncMark};
use crate::sync::store::{Generation, Row, Table};
use crate::{CalendarId, ClientId, Epoch, GestureId};

/// A release type that is worked on from Monday to Friday, 8 to 18.
fn office() -> Estate {
    let mut world = world();
    let day = "day";
    let calendar: Calendar = serde_json::from_value(serde_json::json!({
        "name": "Office", "zone": "Etc/UTC",
        "patterns": [{ "name": day, "intervals": [{ "from": "08:00", "to": "18:00" }] }],
        "week": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day },
    }))
    .unwrap();
    let office = Timetable {
        id: CalendarId(Ulid(77)),
        retired: false,
        calendar,
        zone: Zone::fixed(0),
    };
    world.0.release_types[0].calendar = Some(office.id.to_string());
    world.0.calendars.push(office);
    world
}

/// A machine over a store that holds the release, and the rulebook if there is one.
fn device(holder: &Actor, release: &Release, rulebook: Option<&Rulebook>) -> Machine {
    let epoch = Epoch(Ulid(9));
    let row = |table, key: &str, value: String| Row {
        table,
        key: key.into(),
        value,
    };
    let store = StoreMark {
        client: ClientId(Ulid(5)),
        user: holder.user,
        next_seq: 1,
    };
    let sync = SyncMark {
        epoch: Some(epoch),
        base: Some(Cursor { epoch, rev: Rev(50) }),
        ..SyncMark::default()
    };
    let mut rows = vec![
        row(Table::Meta, "store", serde_json::to_string(&store).unwrap()),
        row(Table::Meta, "sync", serde_json::to_string(&sync).unwrap()),
        row(
            Table::Base,
            &release.id.to_string(),
            serde_json::to_string(release).unwrap(),
        ),
    ];
    if let Some(rulebook) = rulebook {
        let text = serde_json::to_string(rulebook).unwrap();
        rows.push(row(Table::Base, "rulebook", text));
    }
    let mut machine = Machine::new(holder.user, "test");
    let loaded = Input::Loaded {
        generation: Generation(1),
        rows,
        fresh: ClientId(Ulid(6)),
    };
    machine.handle(clock(now()), loaded);
    machine
}

fn clock(wall: DateTime<Utc>) -> Now {
    Now { wall, mono: 1 }
}

/// Both say what becomes of an act: the device and the server.
fn act(
    machine: &mut Machine,
    slot: &mut Option<Release>,
    world: &Estate,
    holder: &Actor,
    act: &Act,
    at: &str,
) {
    let wall: DateTime<Utc> = at.parse().unwrap();
    let id = slot.as_ref().unwrap().id;
    let op = ReleaseOp::Act { act: act.clone() };
    let gesture = Gesture {
        release: id,
        gesture: GestureId(Ulid(wall.timestamp().unsigned_abs().into())),
        made: Stamp { wall, skew_ms: None },
        ops: vec![op.clone()],
        typed: Vec::new(),
    };
    machine.handle(clock(wall), Input::Act(gesture));
    run_at(slot, op, holder, world, (wall, 60)).unwrap();
}

const FRIDAY: &str = "2026-11-27T16:00:00Z";
const MONDAY: &str = "2026-11-30T09:00:00Z";

fn due_on_monday() -> Release {
    let mut release = release(Stage::Test, Disposition::Active, false);
    let cell = release.fields.get_mut(&ReleaseField::PlannedEnd).unwrap();
    cell.value = Value::from("2026-11-30T10:00:00Z");
    release
}

fn hold() -> Act {
    Act::Hold {
        reason: "parts".into(),
        note: String::new(),
    }
}

#[test]
fn a_hold_over_the_weekend_is_predicted_as_the_server_decides_it() {
    let (world, holder) = (office(), actor(Onlooker, Held::Everything));
    let Directory {
        release_types,
        calendars,
        ..
    } = world.0.clone();
    let rulebook = Rulebook::new(release_types, calendars).unwrap();
    let mut slot = Some(due_on_monday());
    let mut machine = device(&holder, slot.as_ref().unwrap(), Some(&rulebook));
    assert!(machine.package().is_none());

    act(&mut machine, &mut slot, &world, &holder, &hold(), FRIDAY);
    let of = |release: &Release| {
        let hold = release.course.hold.clone().unwrap();
        (hold.text, hold.seconds_left)
    };
    let shown = machine.shown(slot.as_ref().unwrap().id, &holder).release.unwrap();
    // Two hours on Friday, and two on Monday.
    assert_eq!(of(&shown), ("Waiting for parts".into(), Some(4 * 3_600)));
    assert_eq!(of(&shown), of(slot.as_ref().unwrap()));

    act(&mut machine, &mut slot, &world, &holder, &Act::Resume, MONDAY);
    let shown = machine.shown(shown.id, &holder).release.unwrap();
    assert_eq!(shown.due(), Some("2026-11-30T13:00:00Z".parse().unwrap()));
    assert_eq!(shown.due(), slot.as_ref().unwrap().due());
}

/// Nothing is reckoned round the clock that may go by a calendar.
#[test]
fn where_nothing_is_known_of_types_no_time_is_made_up() {
    let (world, holder) = (office(), actor(Onlooker, Held::Everything));
    let mut slot = Some(due_on_monday());
    let mut machine = device(&holder, slot.as_ref().unwrap(), None);
    let id = slot.as_ref().unwrap().id;
    act(&mut machine, &mut slot, &world, &holder, &hold(), FRIDAY);
    let shown = machine.shown(id, &holder).release.unwrap();
    assert!(!machine.world().reckons(shown.release_type().as_ref()));
    let hold = shown.course.hold.clone().unwrap();
    assert_eq!(hold.seconds_left, None);
    assert!(hold.text.contains("not known on this device"), "{}", hold.text);
    act(&mut machine, &mut slot, &world, &holder, &Act::Resume, MONDAY);
    let shown = machine.shown(id, &holder).release.unwrap();
    assert_eq!((shown.course.due_moved, shown.course.held_seconds), (None, 0));

    // A page has asked for the directory meanwhile.
    machine.learn_directory(world.0.clone());
    let shown = machine.shown(id, &holder).release.unwrap();
    assert_eq!(shown.due(), slot.as_ref().unwrap().due());
}
