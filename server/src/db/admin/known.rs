//! What records may point at: what is there, and what of it may still be chosen.

use std::collections::BTreeMap;
use std::fmt::Display;

use domain::shorten;
use surrealdb::types::{RecordId, SurrealValue};

use super::super::query::{Vars, key_of};
use super::super::{Error, Store};

/// Everything that records may point at, as (name, may be chosen) by key.
pub(crate) struct Known {
    pub(super) users: Things,
    pub(super) groups: Things,
    pub(super) units: Things,
    pub(super) types: Things,
    pub(super) calendars: Things,
    pub(super) mail_templates: Things,
    pub(super) checklists: Things,
    /// Of each group, those members who may be chosen.
    members: BTreeMap<String, usize>,
}

/// The things of one kind.
pub(super) struct Things {
    one: &'static str,
    by_key: BTreeMap<String, (String, bool)>,
}

#[derive(SurrealValue)]
struct UserRow {
    id: RecordId,
    name: String,
    retired: bool,
    groups: Vec<String>,
}

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    name: String,
    retired: bool,
}

const KNOWN: &str = "
    SELECT id, name, retired = true AS retired, groups FROM user;
    SELECT id, name, retired = true AS retired FROM user_group;
    SELECT id, unique AS name, retired = true AS retired FROM unit;
    SELECT id, name, retired = true AS retired FROM release_type;
    SELECT id, unique AS name, retired = true AS retired FROM calendar;
    SELECT id, unique AS name, retired = true AS retired FROM mail_template";

impl Store {
    pub(super) async fn known(&self) -> Result<Known, Error> {
        let mut answers = self.ask("looking up what is there", KNOWN, Vars::new()).await?;
        let users: Vec<UserRow> = answers.rows(0)?;
        let mut members = BTreeMap::new();
        for group in users
            .iter()
            .filter(|row| !row.retired)
            .flat_map(|row| &row.groups)
        {
            *members.entry(group.clone()).or_default() += 1;
        }
        let users = users
            .into_iter()
            .map(|row| (key_of(row.id), (row.name, !row.retired)));
        let templates = self.checklist_templates().await?.into_iter();
        let templates = templates.map(|one| (one.key.to_string(), (one.form.title, !one.deleted)));
        let mut things = |statement, one| -> Result<Things, Error> {
            let rows: Vec<Row> = answers.rows(statement)?;
            Ok(Things {
                one,
                by_key: rows
                    .into_iter()
                    .map(|row| (key_of(row.id), (row.name, !row.retired)))
                    .collect(),
            })
        };
        Ok(Known {
            users: Things {
                one: "person",
                by_key: users.collect(),
            },
            groups: things(1, "group")?,
            units: things(2, "unit")?,
            types: things(3, "release type")?,
            calendars: things(4, "calendar")?,
            mail_templates: things(5, "mail template")?,
            checklists: Things {
                one: "checklist template",
                by_key: templates.collect(),
            },
            members,
        })
    }
}

impl Known {
    /// How many members of a group may be chosen.
    pub(super) fn members(&self, group: &impl Display) -> usize {
        self.members.get(&group.to_string()).copied().unwrap_or(0)
    }
}

impl Things {
    /// Whether one of them has this name, whatever the case of letters.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.by_key
            .values()
            .any(|(other, _)| other.to_lowercase() == name)
    }

    /// Whether it is there, retired or not.
    pub(super) fn is_there(&self, at: &str, key: impl Display) -> Result<(), Error> {
        let text = key.to_string();
        if self.by_key.contains_key(&text) {
            return Ok(());
        }
        Err(Error::invalid(
            at,
            format!("there is no {} `{}`", self.one, shorten(&text)),
        ))
    }

    /// Whether those that are in `now` and were not in `before` may be chosen.
    pub(super) fn may_choose<K: Display + Ord>(
        &self,
        at: &str,
        before: impl IntoIterator<Item = K>,
        now: impl IntoIterator<Item = K>,
    ) -> Result<(), Error> {
        let before: Vec<K> = before.into_iter().collect();
        for key in now {
            if before.contains(&key) {
                continue;
            }
            let text = key.to_string();
            match self.by_key.get(&text) {
                None => {
                    let message = format!("there is no {} `{}`", self.one, shorten(&text));
                    return Err(Error::invalid(at, message));
                }
                Some((name, false)) => {
                    let message = format!(
                        "the {} `{}` is retired and can no longer be chosen",
                        self.one,
                        shorten(name)
                    );
                    return Err(Error::invalid(at, message));
                }
                Some((_, true)) => {}
            }
        }
        Ok(())
    }
}
