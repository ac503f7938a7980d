//! Groups with their leaders, members and rights. A leader may say who belongs to their own group.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::access::{Actor, Right, Scope, Types};
use domain::wire::admin::{GroupRecord, Kept, Patch};
use domain::{ContractId, UserId};
use surrealdb::types::{RecordId, SurrealValue};

use super::super::Error;
use super::super::audit::audited;
use super::super::query::{Answers, Vars, broken, id, key_of};
use super::super::words::{from_word, word};
use super::known::Known;
use super::{Stored, pointer};

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    name: String,
    description: String,
    leader: Option<String>,
    emails: Vec<String>,
    mailed: Vec<String>,
    told: Vec<String>,
    obligatory: Vec<String>,
    version: u32,
    retired: bool,
}

#[derive(SurrealValue)]
struct MemberRow {
    id: RecordId,
    groups: Vec<String>,
}

#[derive(SurrealValue)]
struct GrantRow {
    group: String,
    right: String,
    types: Option<Vec<String>>,
}

#[derive(SurrealValue)]
struct LinkRow {
    contract: String,
    holder: String,
}

/// A right of a group, to store.
#[derive(Clone, SurrealValue)]
pub(crate) struct RightInsert {
    id: RecordId,
    group: String,
    right: String,
    types: Option<Vec<String>>,
}

/// The rows of a group's rights.
pub(crate) fn insert_rights(group: &str, rights: &BTreeMap<Right, Types>) -> Vec<RightInsert> {
    rights
        .iter()
        .map(|(right, types)| RightInsert {
            id: id("group_right", format!("{group}\t{}", word(right))),
            group: group.to_owned(),
            right: word(right),
            types: match types {
                Types::All => None,
                Types::Only(types) => Some(types.iter().map(ToString::to_string).collect()),
            },
        })
        .collect()
}

impl Stored for GroupRecord {
    const TABLE: &'static str = "user_group";
    const ALL: &'static str = "SELECT * FROM user_group;
        SELECT id, groups FROM user;
        SELECT group, right, types FROM group_right;
        SELECT contract, holder FROM contract_link";
    const ONE_ROW: &'static str = "SELECT * FROM $id;
        SELECT id, groups FROM user WHERE $key IN groups;
        SELECT group, right, types FROM group_right WHERE group = $key;
        SELECT contract, holder FROM contract_link WHERE holder = $key";
    const CREATE: &'static str = audited!(
        "CREATE $id SET name = $name, description = $description, leader = $leader, emails = $emails,
             mailed = $mailed, told = $told, obligatory = $obligatory,
             version = $version, retired = $retired RETURN NONE;
         UPDATE $joining SET groups = array::union(groups, [$key]), version += 1 RETURN NONE;
         INSERT INTO group_right $rights RETURN NONE"
    );
    const CHANGE: &'static str = audited!(
        "LET $done = UPDATE ONLY $id SET name = $name, description = $description, leader = $leader,
             emails = $emails, mailed = $mailed, told = $told, obligatory = $obligatory,
             version = $version, retired = $retired WHERE version = $was RETURN AFTER;
         IF $done = NONE { THROW 'stale' };
         UPDATE $joining SET groups = array::union(groups, [$key]), version += 1 RETURN NONE;
         UPDATE $leaving SET groups = array::complement(groups, [$key]), version += 1 RETURN NONE;
         DELETE group_right WHERE group = $key RETURN NONE;
         INSERT INTO group_right $rights RETURN NONE"
    );

    fn read(mut answers: Answers) -> Result<Vec<Kept<Self>>, Error> {
        let doing = "reading a group";
        let wrong = |e: domain::BadId| broken(doing, e.to_string());
        let mut members: HashMap<String, BTreeSet<UserId>> = HashMap::new();
        for row in answers.rows::<MemberRow>(1)? {
            let user = key_of(row.id).parse().map_err(wrong)?;
            for group in row.groups {
                members.entry(group).or_default().insert(user);
            }
        }
        let mut rights: HashMap<String, BTreeMap<Right, Types>> = HashMap::new();
        for row in answers.rows::<GrantRow>(2)? {
            let Some(right) = from_word(&row.right) else {
                continue;
            };
            let types = match row.types {
                None => Types::All,
                Some(keys) => Types::Only(keys.iter().filter_map(|key| key.parse().ok()).collect()),
            };
            rights.entry(row.group).or_default().insert(right, types);
        }
        let mut contracts: HashMap<String, BTreeSet<ContractId>> = HashMap::new();
        for row in answers.rows::<LinkRow>(3)? {
            let contract = row.contract.parse().map_err(wrong)?;
            contracts.entry(row.holder).or_default().insert(contract);
        }
        let groups: Vec<Row> = answers.rows(0)?;
        groups
            .into_iter()
            .map(|row| {
                let key = key_of(row.id);
                Ok(Kept {
                    version: row.version,
                    retired: row.retired,
                    value: Self {
                        name: row.name,
                        description: row.description,
                        leader: row
                            .leader
                            .map(|leader| leader.parse())
                            .transpose()
                            .map_err(wrong)?,
                        members: members.remove(&key).unwrap_or_default(),
                        emails: row.emails,
                        mailed: row.mailed.iter().filter_map(|user| user.parse().ok()).collect(),
                        told: row.told.iter().filter_map(|word| from_word(word)).collect(),
                        obligatory: row.obligatory.iter().filter_map(|word| from_word(word)).collect(),
                        contracts: contracts.remove(&key).unwrap_or_default(),
                        rights: rights.remove(&key).unwrap_or_default(),
                    },
                    id: key,
                })
            })
            .collect()
    }

    fn vars(before: Option<&Kept<Self>>, now: &Kept<Self>, _: DateTime<Utc>) -> Result<Vars, Error> {
        let group = &now.value;
        let none = BTreeSet::new();
        let belonged = before.map_or(&none, |before| &before.value.members);
        let people = |users: Vec<&UserId>| -> Vec<RecordId> {
            users.into_iter().map(|user| pointer("user", user)).collect()
        };
        Ok(Vars::new()
            .with("key", now.id.clone())
            .with("name", group.name.clone())
            .with("description", group.description.clone())
            .with("leader", group.leader.map(|leader| leader.to_string()))
            .with("emails", group.emails.clone())
            .with(
                "mailed",
                group.mailed.iter().map(UserId::to_string).collect::<Vec<_>>(),
            )
            .with("told", group.told.iter().map(word).collect::<Vec<_>>())
            .with(
                "obligatory",
                group.obligatory.iter().map(word).collect::<Vec<_>>(),
            )
            .with("version", now.version)
            .with("retired", now.retired)
            .with("joining", people(group.members.difference(belonged).collect()))
            .with("leaving", people(belonged.difference(&group.members).collect()))
            .with("rights", insert_rights(&now.id, &group.rights)))
    }

    fn check_links(before: Option<&Self>, now: &Self, known: &Known) -> Result<(), Error> {
        let renamed = before.is_none_or(|group| group.name.to_lowercase() != now.name.to_lowercase());
        if renamed && known.groups.has_name(&now.name) {
            return Err(Error::Taken {
                at: "name".to_owned(),
                message: format!(
                    "`{}` is taken by another group, perhaps a retired one or with other capitals",
                    domain::shorten(&now.name)
                ),
            });
        }
        let leader = before.and_then(|group| group.leader);
        known.users.may_choose("leader", leader, now.leader)?;
        let members = before.iter().flat_map(|group| &group.members);
        known.users.may_choose("members", members, &now.members)?;
        let named = |group: &Self| -> BTreeSet<String> {
            let types = group.rights.values().filter_map(|types| match types {
                Types::All => None,
                Types::Only(types) => Some(types),
            });
            types.flatten().map(ToString::to_string).collect()
        };
        let types = before.map(named).unwrap_or_default();
        known.types.may_choose("rights", types, named(now))?;
        if before.map_or(!now.contracts.is_empty(), |group| {
            group.contracts != now.contracts
        }) {
            return Err(Error::invalid(
                "contracts",
                "is said on the contract: change the groups of the contract instead",
            ));
        }
        Ok(())
    }

    fn is_open_to(&self, actor: &Actor) -> bool {
        self.leader == Some(actor.user)
    }

    fn may_change(&self, actor: &Actor, patch: &Patch) -> Result<bool, Error> {
        let writes =
            |scopes: &BTreeSet<Scope>| scopes.contains(&Scope::Write) || scopes.contains(&Scope::Admin);
        if !self.is_open_to(actor) || !actor.scopes.as_ref().is_none_or(writes) {
            return Ok(false);
        }
        let other = patch.fields.keys().find(|name| *name != "members");
        let other = other.map(String::as_str).or(patch.retired.map(|_| "retired"));
        match other {
            None => Ok(true),
            Some(field) => Err(Error::NotAllowed(format!(
                "you lead this group and may change its members; `{}` is for an administrator",
                domain::shorten(field)
            ))),
        }
    }
}
