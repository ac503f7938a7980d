//! Somebody who acts: their rights, roles and scopes, and what they hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{ContractId, GroupId, ReleaseTypeKey, UserId};

/// A right over releases of a type, granted to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See releases of others.
    View,
    /// Draft and submit releases.
    Create,
    /// Edit drafts of others.
    Edit,
    /// Give or refuse the go-ahead.
    Authorise,
    /// Carry out steps and move a release on from execution.
    Execute,
    /// Test and move a release on from test.
    Test,
    /// Accept a release.
    Accept,
    /// Hand work to someone else.
    Delegate,
    /// Put on hold.
    Hold,
    /// Resume what is on hold.
    Resume,
    /// Move planned dates.
    ReDate,
    /// Cancel.
    Cancel,
    /// Reopen what is concluded or cancelled.
    Reopen,
    /// Change the release type itself.
    Administer,
}

impl Right {
    /// All rights, in the order of the matrix.
    pub const ALL: [Self; 14] = [
        Self::View,
        Self::Create,
        Self::Edit,
        Self::Authorise,
        Self::Execute,
        Self::Test,
        Self::Accept,
        Self::Delegate,
        Self::Hold,
        Self::Resume,
        Self::ReDate,
        Self::Cancel,
        Self::Reopen,
        Self::Administer,
    ];
}

/// A role a person holds over the whole installation, apart from the rights over releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May see the CMDB. Everybody who may sign in has it unless taken away.
    CmdbViewer,
    /// May import into and edit the CMDB.
    CmdbKeeper,
    /// May manage users, groups, tokens and types, and do everything above.
    Administrator,
}

/// What an API token may be used for. A token never does more than its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read everything the owner may read.
    Read,
    /// Also change releases.
    Write,
    /// Also change and import into the CMDB.
    Import,
    /// Also administer.
    Admin,
}

/// For which release types a right holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Types {
    /// For all, also those made later.
    All,
    /// For these.
    Only(BTreeSet<ReleaseTypeKey>),
}

/// Somebody who acts, with everything needed to decide what they may do. Made at the border, once a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The name people read.
    pub name: String,
    /// Roles over the installation.
    pub roles: BTreeSet<Role>,
    /// Groups they belong to.
    pub groups: BTreeSet<GroupId>,
    /// Contracts they reach, through any of the groups or their unit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contracts: BTreeSet<ContractId>,
    /// Rights over releases, through any of the groups.
    pub rights: BTreeMap<Right, Types>,
    /// People they stand in for at the moment: what needs one of these in person, they may do on their behalf.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stands_in_for: BTreeSet<UserId>,
    /// With a token: what the token allows. `None` in a browser session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<Scope>>,
}

impl Actor {
    pub(super) fn scope_allows(&self, scope: Scope) -> bool {
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&scope) || scopes.contains(&Scope::Admin))
    }

    /// An administrator, with a token only where the token says so.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.roles.contains(&Role::Administrator) && self.scope_allows(Scope::Admin)
    }

    /// Is this person, or stands in for them.
    #[must_use]
    pub fn acts_for(&self, person: UserId) -> bool {
        self.user == person || self.stands_in_for.contains(&person)
    }

    /// The person they stand in for, if it is not their own.
    #[must_use]
    pub fn on_behalf_of(&self, person: UserId) -> Option<UserId> {
        (self.user != person && self.stands_in_for.contains(&person)).then_some(person)
    }

    /// Holds `right` for releases of `release_type`; an unknown type needs the right for all types or for any.
    #[must_use]
    pub fn holds(&self, right: Right, release_type: Option<&ReleaseTypeKey>) -> bool {
        let scope = if right == Right::View {
            Scope::Read
        } else {
            Scope::Write
        };
        if !self.scope_allows(scope) {
            return false;
        }
        if self.roles.contains(&Role::Administrator) {
            return true;
        }
        match (self.rights.get(&right), release_type) {
            (None, _) => false,
            (Some(Types::All), _) => true,
            (Some(Types::Only(types)), Some(one)) => types.contains(one),
            (Some(Types::Only(types)), None) => !types.is_empty(),
        }
    }
}
