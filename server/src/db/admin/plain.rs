//! Registers whose records are JSON in a table of their own: what [`Stored`] does unless a register says otherwise.

use chrono::{DateTime, Utc};
use domain::calendar::Calendar;
use domain::mail::MailTemplate;
use domain::wire::admin::{Category, Contract, Kept, Register, Substitute, Unit};
use serde::de::DeserializeOwned;
use surrealdb::types::{RecordId, SurrealValue};

use super::super::Error;
use super::super::audit::audited;
use super::super::query::{Answers, Vars, broken, id, key_of};
use super::super::timetables::zone;
use super::Stored;
use super::known::Known;

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    version: u32,
    retired: bool,
    body: String,
}

#[derive(Clone, SurrealValue)]
struct LinkRow {
    id: RecordId,
    contract: String,
    holder: String,
}

/// Reads all rows of one of these tables.
pub(super) const ALL: &str = "SELECT id, version, retired, body FROM type::table($table)";
pub(super) const ONE_ROW: &str = "SELECT id, version, retired, body FROM $id";
pub(super) const CREATE: &str = audited!(
    "CREATE $id SET unique = $unique, version = $version, retired = $retired, body = $body RETURN NONE"
);
pub(super) const CHANGE: &str = audited!(
    "LET $done = UPDATE ONLY $id SET unique = $unique, version = $version, retired = $retired, body = $body
         WHERE version = $was RETURN AFTER;
     IF $done = NONE { THROW 'stale' }"
);

pub(super) fn read<T: DeserializeOwned>(mut answers: Answers) -> Result<Vec<Kept<T>>, Error> {
    let rows: Vec<Row> = answers.rows(0)?;
    rows.into_iter()
        .map(|row| {
            Ok(Kept {
                value: serde_json::from_str(&row.body)
                    .map_err(|e| broken("reading a register", e.to_string()))?,
                id: key_of(row.id),
                version: row.version,
                retired: row.retired,
            })
        })
        .collect()
}

pub(super) fn vars<T: Register>(record: &Kept<T>) -> Result<Vars, Error> {
    let body = serde_json::to_string(&record.value).map_err(|e| broken("storing a record", e.to_string()))?;
    let unique = record
        .value
        .unique()
        .map_or(record.id.as_str(), |(_, value)| value);
    Ok(Vars::new()
        .with("unique", unique.to_lowercase())
        .with("version", record.version)
        .with("retired", record.retired)
        .with("body", body))
}

impl Stored for MailTemplate {
    const TABLE: &'static str = "mail_template";
}

impl Stored for Unit {
    const TABLE: &'static str = "unit";
}

impl Stored for Category {
    const TABLE: &'static str = "category";
}

impl Stored for Calendar {
    const TABLE: &'static str = "calendar";

    fn check_links(_: Option<&Self>, now: &Self, _: &Known) -> Result<(), Error> {
        zone(&now.zone)
            .map(|_| ())
            .map_err(|message| Error::invalid("zone", message))
    }
}

impl Stored for Contract {
    const TABLE: &'static str = "contract";
    const CREATE: &'static str = audited!(
        "CREATE $id SET unique = $unique, version = $version, retired = $retired, body = $body RETURN NONE;
         INSERT INTO contract_link $links RETURN NONE"
    );
    const CHANGE: &'static str = audited!(
        "LET $done = UPDATE ONLY $id SET unique = $unique, version = $version, retired = $retired, body = $body
             WHERE version = $was RETURN AFTER;
         IF $done = NONE { THROW 'stale' };
         DELETE contract_link WHERE contract = $key RETURN NONE;
         INSERT INTO contract_link $links RETURN NONE"
    );

    fn vars(_: Option<&Kept<Self>>, now: &Kept<Self>, _: DateTime<Utc>) -> Result<Vars, Error> {
        let groups = now.value.groups.iter().map(ToString::to_string);
        let units = now.value.units.iter().map(ToString::to_string);
        let links: Vec<LinkRow> = groups
            .chain(units)
            .map(|holder| LinkRow {
                id: id("contract_link", format!("{}\t{holder}", now.id)),
                contract: now.id.clone(),
                holder,
            })
            .collect();
        Ok(vars(now)?.with("key", now.id.clone()).with("links", links))
    }

    fn check_links(before: Option<&Self>, now: &Self, known: &Known) -> Result<(), Error> {
        let groups = before.iter().flat_map(|contract| &contract.groups);
        known.groups.may_choose("groups", groups, &now.groups)?;
        let units = before.iter().flat_map(|contract| &contract.units);
        known.units.may_choose("units", units, &now.units)
    }
}

impl Stored for Substitute {
    const TABLE: &'static str = "substitute";
    const CREATE: &'static str = audited!(
        "CREATE $id SET unique = $unique, version = $version, retired = $retired, body = $body,
             person = $person, substitute = $substitute, begins = $begins, ends = $ends RETURN NONE"
    );
    const CHANGE: &'static str = audited!(
        "LET $done = UPDATE ONLY $id SET unique = $unique, version = $version, retired = $retired, body = $body,
             person = $person, substitute = $substitute, begins = $begins, ends = $ends
             WHERE version = $was RETURN AFTER;
         IF $done = NONE { THROW 'stale' }"
    );

    fn vars(_: Option<&Kept<Self>>, now: &Kept<Self>, _: DateTime<Utc>) -> Result<Vars, Error> {
        Ok(vars(now)?
            .with("person", now.value.person.to_string())
            .with("substitute", now.value.substitute.to_string())
            .with("begins", now.value.from)
            .with("ends", now.value.until))
    }

    fn check_links(before: Option<&Self>, now: &Self, known: &Known) -> Result<(), Error> {
        // Also for somebody who has left: what waits for them in person would wait for ever.
        known.users.is_there("person", now.person)?;
        let substitute = before.map(|before| before.substitute);
        known.users.may_choose("substitute", substitute, [now.substitute])
    }
}
