//! Who is signed in, and the directory of people, groups and release types that forms need.

use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::{GroupId, ReleaseTypeKey, UserId};

/// The signed-in person, as the pages need them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Who they are and what they may do.
    pub actor: Actor,
    /// Sign-in name.
    pub login: String,
    /// Version of the server.
    pub server_version: String,
}

/// A person to pick as requester, assignee or contact. The contact fields fill a release's contact snapshot (S2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// Identity.
    pub id: UserId,
    /// Sign-in name.
    pub login: String,
    /// Full name.
    pub name: String,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Business unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Place of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A group to assign work to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// Name, unique.
    pub name: String,
}

/// A kind of release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseType {
    /// Stable key.
    pub key: ReleaseTypeKey,
    /// What people read.
    pub name: String,
    /// When to choose it.
    pub description: String,
    /// Group that gets the work unless the draft says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_group: Option<GroupId>,
    /// Somebody else than the author must authorise.
    pub four_eyes: bool,
}

/// What forms need to offer choices. Small: people, groups and types of one organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Directory {
    /// People who may sign in, by name.
    pub people: Vec<Person>,
    /// Groups, by name.
    pub groups: Vec<Group>,
    /// Release types, by name.
    pub release_types: Vec<ReleaseType>,
}
