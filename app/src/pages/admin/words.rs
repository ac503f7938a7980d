//! Values of fields in words: for lists, for what was changed, and for was / theirs / yours.

use chrono::{DateTime, Utc};
use domain::grow::Arrange;
use serde_json::Value;

use super::names::Names;
use super::register::{Cell, CellKind, Kind, Register};
use crate::client::clock;
use crate::fields::{self, blank};
use crate::words;

/// What people call a right.
#[must_use]
pub fn right(word: &str) -> String {
    match word {
        "re_date" => "re-date".to_owned(),
        other => words::plain(other),
    }
}

/// What people call a field of a register.
#[must_use]
pub fn field(register: Option<&Register>, key: &str) -> String {
    let spec = register.and_then(|register| register.field(key));
    match spec {
        Some(spec) => spec.label.to_owned(),
        None => capital(&words::plain(key)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A value in words, by the kind of its field; empty where it says nothing. Tracks names.
#[must_use]
pub fn of(register: Option<&Register>, key: &str, value: &Value, names: Names) -> String {
    match register.and_then(|register| register.field(key)) {
        Some(spec) => by_kind(spec.kind, value, names),
        None => plain(value),
    }
}

/// A value in words; empty where it says nothing. Tracks names.
#[must_use]
pub fn by_kind(kind: Kind, value: &Value, names: Names) -> String {
    if let (Kind::Flag(_), false) = (kind, value.is_null()) {
        return if *value == Value::Bool(true) { "yes" } else { "no" }.to_owned();
    }
    if blank(value) {
        return String::new();
    }
    let text = value.as_str().unwrap_or_default();
    let label = |options: &[(&str, &str)], text: &str| {
        let found = options.iter().find(|(option, _)| *option == text);
        found.map_or_else(|| words::plain(text), |(_, label)| (*label).to_owned())
    };
    match kind {
        Kind::Moment => text
            .parse::<DateTime<Utc>>()
            .map_or_else(|_| text.to_owned(), clock::local),
        Kind::Choice(options) => label(options, text),
        Kind::Several(options) => listed(value, |text| label(options, text)),
        Kind::One(source) => names.name(source, text),
        Kind::Many(source) => listed(value, |text| names.name(source, text)),
        Kind::Rights => rights(value, names),
        Kind::Rows(cells) => rows(cells, value, names),
        Kind::Week => week(value),
        Kind::Line(_)
        | Kind::Prose(_)
        | Kind::Text(_)
        | Kind::Lines
        | Kind::Secret
        | Kind::Date
        | Kind::Flag(_) => plain(value),
    }
}

fn listed(value: &Value, name: impl Fn(&str) -> String) -> String {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut names: Vec<String> = texts.map(name).collect();
    names.arrange_by_key(|name| name.to_lowercase());
    names.join(", ")
}

/// `2 of Network; 1 of Storage`: what each small record says, one after the other.
fn rows(cells: &[Cell], value: &Value, names: Names) -> String {
    let words = |row: &Value| {
        let word = |cell: &Cell| {
            let value = row.get(cell.key).cloned().unwrap_or_default();
            let text = match cell.kind {
                CellKind::Key => String::new(),
                CellKind::One(source) => value
                    .as_str()
                    .map(|id| names.name(source, id))
                    .unwrap_or_default(),
                CellKind::Flag(_) if value == Value::Bool(true) => cell.label.to_lowercase(),
                CellKind::Flag(_) => String::new(),
                CellKind::Hours => fields::hours_in_words(&value),
                CellKind::Number => value
                    .as_u64()
                    .map(|it| format!("{}: {it}", cell.label.to_lowercase()))
                    .unwrap_or_default(),
                CellKind::Choice(options) => {
                    let found = options.iter().find(|(key, _)| value == *key);
                    found.map(|(_, label)| (*label).to_owned()).unwrap_or_default()
                }
                CellKind::Rows(cells) => rows(cells, &value, names),
                CellKind::Text(_) | CellKind::Date | CellKind::Pattern | CellKind::Lines => plain(&value),
            };
            (!text.is_empty()).then_some(text)
        };
        cells.iter().filter_map(word).collect::<Vec<_>>().join(", ")
    };
    let rows = value.as_array().into_iter().flatten();
    rows.map(words).collect::<Vec<_>>().join("; ")
}

/// `Monday: working day, …`; days off are not named.
fn week(value: &Value) -> String {
    let day = |(key, label): &(&str, &str)| {
        let kind = value.get(key)?.as_str()?;
        Some(format!("{label}: {kind}"))
    };
    WEEK.iter().filter_map(day).collect::<Vec<_>>().join(", ")
}

/// The days of the week by their names in a record.
pub const WEEK: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];

/// `execute: all types; test: Standard, Normal`.
fn rights(value: &Value, names: Names) -> String {
    let Some(rights) = value.as_object() else {
        return plain(value);
    };
    let one = |(word, types): (&String, &Value)| {
        let types = match types.get("only").and_then(Value::as_array) {
            None => "all types".to_owned(),
            Some(keys) => {
                let keys = keys.iter().filter_map(Value::as_str);
                keys.map(|key| names.release_type(key))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        };
        format!("{}: {types}", right(word))
    };
    rights.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A value without knowing what it means.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let all_plain = items.iter().all(|item| !item.is_object() && !item.is_array());
            let glue = if all_plain { ", " } else { "; " };
            items.iter().map(plain).collect::<Vec<_>>().join(glue)
        }
        Value::Object(fields) => {
            let pair = |(key, value): (&String, &Value)| format!("{}: {}", words::plain(key), plain(value));
            fields.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
    }
}
