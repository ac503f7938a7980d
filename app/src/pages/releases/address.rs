//! The address of a list: filters under the names of the API, days in the time zone of this device, columns.

use chrono::{Days, NaiveDate};
use domain::list::Column;
use domain::wire::list::{BESIDE, BadFilter, Period, ReleaseQuery, View};

use super::state::List;
use crate::client::clock;
use crate::parts::more::ROWS;
use crate::paths::Query;

/// Filters that have a chip, with what people call them.
pub const FILTERS: [(&str, &str); 18] = [
    ("q", "words"),
    ("text", "text"),
    ("number", "number"),
    ("stage", "stage"),
    ("disposition", "disposition"),
    ("type", "type"),
    ("priority", "priority"),
    ("requester", "requester"),
    ("assignee", "assignee"),
    ("group", "group"),
    ("contract", "contract"),
    ("unit", "unit"),
    ("ci", "touches CI"),
    ("overdue", "overdue"),
    ("opened_from", "opened from"),
    ("opened_until", "opened until"),
    ("closed_from", "closed from"),
    ("closed_until", "closed until"),
];

/// Where an address says how the list is shown, as rows unless it says charts.
pub const SHOW: &str = "show";
/// As charts.
pub const CHARTS: &str = "charts";

/// What an address asks for, and the first filter in it that cannot be read: without it, the list would be another one
/// than was asked for.
pub fn wanted(address: &Query, list: List) -> (ReleaseQuery, Option<BadFilter>) {
    let mut wanted = ReleaseQuery {
        view: list.view(),
        limit: Some(ROWS),
        ..ReleaseQuery::default()
    };
    let mut wrong = None;
    for (name, value) in address.pairs() {
        let meant = match name {
            "opened_from" | "closed_from" => midnight(value, 0),
            // The last day belongs to the period.
            "opened_until" | "closed_until" => midnight(value, 1),
            "limit" | "after" => continue,
            SHOW if value != CHARTS => {
                wrong.get_or_insert(bad(name, "is `charts`, or is left out"));
                continue;
            }
            _ if BESIDE.contains(&name) => continue,
            _ => None,
        };
        let read = match wanted.take(name, meant.as_deref().unwrap_or(value)) {
            Ok(true) if name == "text" && !value.contains(char::is_alphanumeric) => {
                Err(bad(name, "has no word to look for"))
            }
            Ok(true) => Ok(()),
            Ok(false) => Err(bad(name, "is not a filter of this list")),
            Err(bad) => Err(bad),
        };
        if let Err(bad) = read {
            wrong.get_or_insert(bad);
        }
    }
    (wanted, wrong)
}

fn bad(name: &str, message: &str) -> BadFilter {
    BadFilter {
        name: name.to_owned(),
        message: message.to_owned(),
    }
}

/// What people call a filter.
pub fn filter_label(name: &str) -> &str {
    let known = FILTERS.iter().find(|(filter, _)| *filter == name);
    known.map_or(name, |(_, label)| label)
}

/// The beginning of a day, or of one after it, here.
fn midnight(day: &str, after: u64) -> Option<String> {
    let day: NaiveDate = day.parse().ok()?;
    let day = day.checked_add_days(Days::new(after))?;
    Some(clock::from_input(&format!("{day}T00:00"))?.to_rfc3339())
}

/// The columns that an address asks for, or those that the list has by itself.
pub fn columns(address: &Query, list: List) -> Vec<Column> {
    let asked: Vec<Column> = address
        .get("cols")
        .into_iter()
        .flat_map(|cols| cols.split(','))
        .filter_map(Column::parse)
        .collect();
    if asked.is_empty() {
        list.columns().to_vec()
    } else {
        asked
    }
}

/// Whether anything but the tab narrows the list.
pub fn is_filtered(wanted: &ReleaseQuery) -> bool {
    let bare = ReleaseQuery {
        view: View::All,
        sort: None,
        desc: None,
        limit: None,
        ..wanted.clone()
    };
    bare != ReleaseQuery::default() || wanted.opened != Period::default()
}

/// The address of the whole list as a file.
pub fn export(wanted: &ReleaseQuery, columns: &[Column]) -> String {
    let mut query = Query::default();
    for (name, value) in wanted.pairs() {
        if name != "limit" {
            query.add(name, &value);
        }
    }
    let words: Vec<_> = columns.iter().map(|column| column.as_str()).collect();
    query.with("cols", &words.join(",")).on("/api/v1/releases/export")
}
