//! Who could do something: people and groups with the rights that work needs. The directory says so, so that a page, a
//! device without a network and the server know before something is handed to somebody that they could not go on with
//! it. What somebody who asks may do is decided by their own [`Actor`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Actor, Right, Role, Types};
use crate::grow::Grow;
use crate::{ContractId, GroupId, UserId};

/// The rights that are told of groups: to see a release, to give the go-ahead, and to do the work of a stage.
pub const TOLD: [Right; 5] = [
    Right::View,
    Right::Authorise,
    Right::Execute,
    Right::Test,
    Right::Accept,
];

/// Everybody who may sign in, and what their groups may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Staff {
    /// People who may sign in.
    pub people: BTreeMap<UserId, Place>,
    /// Groups that are in use and may do something.
    pub groups: BTreeMap<GroupId, Grant>,
}

/// Where somebody belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Groups in use that they belong to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// Contracts that they reach through their unit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contracts: BTreeSet<ContractId>,
    /// Holds every right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub administrator: bool,
}

/// What the members of a group may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// Rights of [`TOLD`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rights: BTreeMap<Right, Types>,
    /// Contracts that they reach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contracts: BTreeSet<ContractId>,
}

impl Staff {
    /// Somebody as who acts, without a name, a token, or anybody whom they stand in for; `None` for who may not sign in.
    /// O(their groups).
    #[must_use]
    pub fn actor(&self, user: UserId) -> Option<Actor> {
        let place = self.people.get(&user)?;
        let grants = || place.groups.iter().filter_map(|group| self.groups.get(group));
        let mut rights = BTreeMap::new();
        for (right, types) in grants().flat_map(|grant| &grant.rights) {
            widen(&mut rights, *right, types);
        }
        let through_groups = grants().flat_map(|grant| &grant.contracts);
        Some(Actor {
            user,
            name: String::new(),
            roles: place
                .administrator
                .then_some(Role::Administrator)
                .into_iter()
                .grow(),
            groups: place.groups.clone(),
            contracts: place.contracts.iter().chain(through_groups).copied().grow(),
            rights,
            stands_in_for: BTreeSet::new(),
            scopes: None,
        })
    }

    /// Everybody who may sign in, as who acts. O(people and their groups).
    pub fn actors(&self) -> impl Iterator<Item = Actor> {
        self.people.keys().filter_map(|user| self.actor(*user))
    }

    /// Those of them who belong to a group. O(people).
    pub fn members(&self, group: GroupId) -> impl Iterator<Item = Actor> {
        let of_group = self
            .people
            .iter()
            .filter(move |(_, place)| place.groups.contains(&group));
        of_group.filter_map(|(user, _)| self.actor(*user))
    }
}

/// Rights through several groups add up.
fn widen(held: &mut BTreeMap<Right, Types>, right: Right, more: &Types) {
    match (held.get_mut(&right), more) {
        (Some(Types::All), _) => {}
        (Some(Types::Only(known)), Types::Only(more)) => known.extend(more.iter().cloned()),
        (_, more) => {
            held.insert(right, more.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ulid::Ulid;

    #[test]
    fn rights_and_contracts_come_through_all_groups_and_the_unit() {
        let (ann, crew, lab) = (UserId(Ulid(1)), GroupId(Ulid(2)), GroupId(Ulid(3)));
        let contract = |n| ContractId(Ulid(n));
        let only = |key: &str| Types::Only(BTreeSet::from([key.parse().unwrap()]));
        let grant = |rights: &[(Right, Types)], n| Grant {
            rights: rights.iter().cloned().collect(),
            contracts: BTreeSet::from([contract(n)]),
        };
        let staff = Staff {
            people: BTreeMap::from([(
                ann,
                Place {
                    groups: BTreeSet::from([crew, lab]),
                    contracts: BTreeSet::from([contract(12)]),
                    administrator: false,
                },
            )]),
            groups: BTreeMap::from([
                (
                    crew,
                    grant(
                        &[(Right::Execute, only("standard")), (Right::Test, Types::All)],
                        10,
                    ),
                ),
                (
                    lab,
                    grant(
                        &[(Right::Execute, only("normal")), (Right::Test, only("normal"))],
                        11,
                    ),
                ),
            ]),
        };
        let actor = staff.actor(ann).unwrap();
        let holds = |right, key: &str| actor.holds(right, key.parse().ok().as_ref());
        assert!(holds(Right::Execute, "standard") && holds(Right::Execute, "normal"));
        assert!(!holds(Right::Execute, "emergency") && holds(Right::Test, "emergency"));
        assert!(!holds(Right::Accept, "standard"));
        assert_eq!(actor.contracts, BTreeSet::from([10, 11, 12].map(contract)));
        assert_eq!(staff.members(lab).count(), 1);
        assert_eq!(staff.actor(UserId(Ulid(9))), None, "may not sign in");
    }
}
