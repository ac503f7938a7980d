//! Who belongs to which group, and what groups may do: for what to know before something is handed to somebody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::access::{Grant, Place, Right, Role, Staff, TOLD, Types};
use domain::sync::Named;
use domain::wire::session::{Directory, Group};
use domain::{ContractId, GroupId};
use surrealdb::types::SurrealValue;

use super::directory::{groups, people};
use super::identity::{UserRow, user_id};
use super::query::{Vars, broken};
use super::words::{from_word, word};
use super::{Error, Store};

#[derive(SurrealValue)]
pub(super) struct GrantRow {
    group: String,
    right: String,
    types: Option<Vec<String>>,
}

#[derive(SurrealValue)]
pub(super) struct LinkRow {
    contract: String,
    holder: String,
}

const STAFF: &str = "SELECT * FROM user;
    SELECT id, name, leader, retired FROM user_group;
    SELECT group, right, types FROM group_right;
    SELECT contract, holder FROM contract_link";

const DOING: &str = "reading who could do something";

impl Store {
    /// Of the directory, what is named, everybody and all groups, and who could do something. O(named + people + groups).
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn staffed(&self, named: Named) -> Result<Directory, Error> {
        // Nobody is looked up by identity who is read below.
        let others = Named {
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            ..named
        };
        let directory = self.directory_of(others).await?;
        let mut answers = self.ask(DOING, STAFF, Vars::new()).await?;
        let users = answers.rows(0)?;
        let groups = groups(answers.rows(1)?)?;
        let staff = staff(&users, &groups, answers.rows(2)?, answers.rows(3)?)?;
        let (people, former) = people(users, &HashMap::new())?;
        Ok(Directory {
            people,
            former,
            groups,
            staff: Some(staff),
            ..directory
        })
    }
}

/// Puts it together: people, groups, rights of groups, and contracts that groups and units are linked to.
pub(super) fn staff(
    users: &[UserRow],
    groups: &[Group],
    grants: Vec<GrantRow>,
    links: Vec<LinkRow>,
) -> Result<Staff, Error> {
    let wrong = |e: domain::BadId| broken(DOING, e.to_string());
    let in_use = groups.iter().filter(|group| !group.retired).map(|group| group.id);
    let in_use: BTreeSet<GroupId> = in_use.collect();
    let mut groups: BTreeMap<GroupId, Grant> = BTreeMap::new();
    for row in grants {
        let group = row.group.parse().map_err(wrong)?;
        let right = from_word::<Right>(&row.right).filter(|right| TOLD.contains(right));
        if let Some(right) = right.filter(|_| in_use.contains(&group)) {
            let keys = |keys: Vec<String>| keys.iter().filter_map(|key| key.parse().ok()).collect();
            let types = row.types.map_or(Types::All, |types| Types::Only(keys(types)));
            groups.entry(group).or_default().rights.insert(right, types);
        }
    }
    let mut of_units: BTreeMap<String, BTreeSet<ContractId>> = BTreeMap::new();
    for row in links {
        let contract = row.contract.parse().map_err(wrong)?;
        match row.holder.parse().ok().filter(|group| in_use.contains(group)) {
            Some(group) => groups.entry(group).or_default().contracts.insert(contract),
            None => of_units.entry(row.holder).or_default().insert(contract),
        };
    }
    let mut people = BTreeMap::new();
    for row in users.iter().filter(|row| !row.is_out()) {
        let groups = row.groups.iter().filter_map(|group| group.parse().ok());
        let unit = row.unit_id.as_ref().and_then(|unit| of_units.get(unit));
        let place = Place {
            groups: groups.filter(|group| in_use.contains(group)).collect(),
            contracts: unit.cloned().unwrap_or_default(),
            administrator: row.roles.contains(&word(&Role::Administrator)),
        };
        people.insert(user_id(row.id.clone())?, place);
    }
    Ok(Staff { people, groups })
}
