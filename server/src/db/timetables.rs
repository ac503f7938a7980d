//! Calendars with their zones, as releases are reckoned by and devices take them along.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::calendar::{Calendar, Timetable, Zone};
use domain::sync::Rulebook;

use super::Error;
use super::directory::{BodyRow, TypeRow, names, release_type};
use super::query::broken;

/// The zone with this name; looked up in the tables once.
pub(super) fn zone(name: &str) -> Result<Zone, String> {
    static KNOWN: Mutex<Option<HashMap<String, Zone>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(zone) = known.get(name) {
        return Ok(zone.clone());
    }
    let zone = Zone::named(name)?;
    known.insert(name.to_owned(), zone.clone());
    Ok(zone)
}

/// Calendars by name, from their rows.
pub(super) fn timetables(rows: Vec<BodyRow>) -> Result<Vec<Timetable>, Error> {
    let doing = "reading the calendars";
    let mut tables = names::<Calendar>(rows)?
        .into_iter()
        .map(|kept| {
            Ok(Timetable {
                id: kept.id.parse().map_err(|e| broken(doing, format!("{e}")))?,
                retired: kept.retired,
                zone: zone(&kept.value.zone).map_err(|e| broken(doing, e))?,
                calendar: kept.value,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    tables.sort_by(|a, b| a.calendar.name.cmp(&b.calendar.name));
    Ok(tables)
}

/// What devices hold of the registers, from the rows of release types and calendars; `None` where it is too much.
pub(super) fn rulebook(types: Vec<TypeRow>, calendars: Vec<BodyRow>) -> Result<Option<Rulebook>, Error> {
    let mut types = types
        .into_iter()
        .map(release_type)
        .collect::<Result<Vec<_>, Error>>()?;
    types.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Rulebook::new(types, timetables(calendars)?))
}
