//! The directory: what people, groups, release types and contracts are called, and what releases are reckoned by. As a
//! whole for forms; for a decision only those whom it may name.

use std::collections::HashMap;
use std::str::FromStr;

use domain::list::Names;
use domain::release::ReleaseType;
use domain::sync::Named;
use domain::wire::admin::{Category, Contract, Kept, Unit};
use domain::wire::session::{ContractName, Directory, FormerPerson, Group, Person};
use surrealdb::types::{RecordId, SurrealValue};

use super::identity::{UserRow, user_id};
use super::query::{Vars, broken, id, key_of};
use super::staff::staff;
use super::timetables::timetables;
use super::{Error, Store};

#[derive(SurrealValue)]
pub(super) struct GroupRow {
    id: RecordId,
    name: String,
    leader: Option<String>,
    retired: bool,
}

#[derive(SurrealValue)]
pub(super) struct BodyRow {
    id: RecordId,
    retired: bool,
    body: String,
}

#[derive(SurrealValue)]
pub(super) struct TypeRow {
    id: RecordId,
    name: String,
    description: String,
    default_group: Option<String>,
    four_eyes: bool,
    policy: Option<String>,
    pub(super) version: u32,
}

#[derive(SurrealValue)]
struct NameRow {
    id: RecordId,
    name: String,
}

const WHOLE: &str = "SELECT * FROM user;
    SELECT id, name, leader, retired FROM user_group;
    SELECT * FROM release_type;
    SELECT id, retired, body FROM contract;
    SELECT id, retired, body FROM calendar;
    SELECT id, retired, body FROM unit;
    SELECT id, retired, body FROM category;
    SELECT group, right, types FROM group_right;
    SELECT contract, holder FROM contract_link";
const NAMES: &str = "SELECT id, name FROM user;
    SELECT id, name FROM user_group;
    SELECT id, name FROM release_type;
    SELECT id, retired, body FROM contract";
const TYPES: &str = "SELECT * FROM $types";
const NAMED: &str = "SELECT * FROM $people;
    SELECT id, name, leader, retired FROM $groups;
    SELECT id, retired, body FROM $contracts;
    SELECT id, retired, body FROM $calendars";

impl Store {
    /// Everybody and everything that forms offer or pages name, each by name. O(people + checklist templates): for who
    /// asks for it, and not for a single release; see `directory_of`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn directory(&self) -> Result<Directory, Error> {
        let doing = "reading the directory";
        let mut answers = self.ask(doing, WHOLE, Vars::new()).await?;
        let mut release_types = answers
            .rows(2)?
            .into_iter()
            .map(release_type)
            .collect::<Result<Vec<_>, _>>()?;
        release_types.sort_by(|a, b| a.name.cmp(&b.name));
        let units = names::<Unit>(answers.rows(5)?)?;
        let units = units.into_iter().map(|kept| (kept.id, kept.value.name)).collect();
        let users: Vec<UserRow> = answers.rows(0)?;
        let groups = groups(answers.rows(1)?)?;
        let staff = staff(&users, &groups, answers.rows(7)?, answers.rows(8)?)?;
        let (people, former) = people(users, &units)?;
        let mut categories = names::<Category>(answers.rows(6)?)?;
        categories.sort_by(|a, b| a.value.name.cmp(&b.value.name));
        Ok(Directory {
            people,
            former,
            groups,
            release_types,
            contracts: contracts(answers.rows(3)?)?,
            categories,
            calendars: timetables(answers.rows(4)?)?,
            checklists: self
                .checklist_templates()
                .await?
                .into_iter()
                .filter(|one| !one.deleted)
                .collect(),
            staff: Some(staff),
        })
    }

    /// What everybody and everything is called that a list is ordered by. O(people), and only their names are read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn names(&self) -> Result<Names, Error> {
        let mut answers = self.ask("reading names", NAMES, Vars::new()).await?;
        Ok(Names::new(
            named(answers.rows(0)?)?,
            named(answers.rows(1)?)?,
            named(answers.rows(2)?)?,
            contracts(answers.rows(3)?)?
                .into_iter()
                .map(|it| (it.id, it.name)),
        ))
    }

    /// Of the directory, those who are named, with the groups and calendars of their release types. Two requests, each by
    /// identity: O(named), however many others there are.
    pub(super) async fn directory_of(&self, mut named: Named) -> Result<Directory, Error> {
        let doing = "looking up who is named";
        let mut release_types: Vec<ReleaseType> = Vec::new();
        if !named.types.is_empty() {
            let ids = ids("release_type", &named.types);
            let mut answers = self.ask(doing, TYPES, Vars::new().with("types", ids)).await?;
            for row in answers.rows(0)? {
                let kind = release_type(row)?;
                named.take_type(&kind);
                release_types.push(kind);
            }
        }
        let calendars = release_types.iter().filter_map(|kind| kind.calendar.as_deref());
        let vars = Vars::new()
            .with("people", ids("user", &named.people))
            .with("groups", ids("user_group", &named.groups))
            .with("contracts", ids("contract", &named.contracts))
            .with("calendars", ids("calendar", calendars));
        let mut answers = self.ask(doing, NAMED, vars).await?;
        let (people, former) = people(answers.rows(0)?, &HashMap::new())?;
        let mut checklists = Vec::new();
        if !named.checklists.is_empty() {
            checklists = self.checklist_templates().await?;
            checklists.retain(|one| !one.deleted && named.checklists.contains(one.key.as_str()));
        }
        Ok(Directory {
            people,
            former,
            groups: groups(answers.rows(1)?)?,
            contracts: contracts(answers.rows(2)?)?,
            calendars: timetables(answers.rows(3)?)?,
            checklists,
            release_types,
            ..Directory::default()
        })
    }
}

fn named<K: FromStr<Err = domain::BadId>>(rows: Vec<NameRow>) -> Result<Vec<(K, String)>, Error> {
    let wrong = |e: domain::BadId| broken("reading names", e.to_string());
    rows.into_iter()
        .map(|row| Ok((key_of(row.id).parse().map_err(wrong)?, row.name)))
        .collect()
}

fn ids<K: ToString>(table: &str, keys: impl IntoIterator<Item = K>) -> Vec<RecordId> {
    keys.into_iter().map(|key| id(table, key.to_string())).collect()
}

/// People who may sign in, and those who may no longer, each by name. The name of a unit in the register stands for
/// what was once written as text.
pub(super) fn people(
    rows: Vec<UserRow>,
    units: &HashMap<String, String>,
) -> Result<(Vec<Person>, Vec<FormerPerson>), Error> {
    let (mut people, mut former) = (Vec::new(), Vec::new());
    for row in rows {
        if row.is_out() {
            former.push(FormerPerson {
                id: user_id(row.id)?,
                name: row.name,
            });
            continue;
        }
        let unit = row.unit_id.as_ref().and_then(|unit| units.get(unit)).cloned();
        let person = person(row)?;
        people.push(Person {
            unit: unit.or(person.unit),
            ..person
        });
    }
    people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    former.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok((people, former))
}

pub(super) fn person(row: UserRow) -> Result<Person, Error> {
    Ok(Person {
        id: user_id(row.id)?,
        login: row.login,
        name: row.name,
        phone: row.phone,
        email: row.email,
        unit: row.unit,
        location: row.location,
    })
}

pub(super) fn groups(rows: Vec<GroupRow>) -> Result<Vec<Group>, Error> {
    let wrong = |e: domain::BadId| broken("reading a group", e.to_string());
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        groups.push(Group {
            id: key_of(row.id).parse().map_err(wrong)?,
            name: row.name,
            leader: row
                .leader
                .map(|leader| leader.parse())
                .transpose()
                .map_err(wrong)?,
            retired: row.retired,
        });
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(groups)
}

fn contracts(rows: Vec<BodyRow>) -> Result<Vec<ContractName>, Error> {
    let wrong = |e: domain::BadId| broken("reading a contract", e.to_string());
    let mut contracts = Vec::with_capacity(rows.len());
    for kept in names::<Contract>(rows)? {
        contracts.push(ContractName {
            id: kept.id.parse().map_err(wrong)?,
            name: kept.value.name,
            retired: kept.retired,
        });
    }
    contracts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(contracts)
}

/// Records of a register that is kept as JSON; a directory needs no versions.
pub(super) fn names<T: serde::de::DeserializeOwned>(rows: Vec<BodyRow>) -> Result<Vec<Kept<T>>, Error> {
    rows.into_iter()
        .map(|row| {
            Ok(Kept {
                id: key_of(row.id),
                version: 0,
                retired: row.retired,
                value: serde_json::from_str(&row.body)
                    .map_err(|e| broken("reading the directory", e.to_string()))?,
            })
        })
        .collect()
}

pub(super) fn release_type(row: TypeRow) -> Result<ReleaseType, Error> {
    let doing = "reading a release type";
    let wrong = |e: domain::BadId| broken(doing, e.to_string());
    let key: domain::ReleaseTypeKey = key_of(row.id).parse().map_err(wrong)?;
    let asks = match row.policy {
        Some(json) => serde_json::from_str(&json).map_err(|e| broken(doing, e.to_string()))?,
        None => ReleaseType::new(key.clone(), ""),
    };
    Ok(ReleaseType {
        key,
        name: row.name,
        description: row.description,
        default_group: row.default_group.map(|g| g.parse()).transpose().map_err(wrong)?,
        four_eyes: row.four_eyes,
        ..asks
    })
}
