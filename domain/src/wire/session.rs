//! Who is signed in, and the directory of people, groups and release types that forms need.

use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::release::{Party, ReleaseType};
use crate::{GroupId, UserId};

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

impl Directory {
    /// The name of a person or group; `None` where there is none who is in use.
    #[must_use]
    pub fn name(&self, party: Party) -> Option<&str> {
        match party {
            Party::User(id) => self
                .people
                .iter()
                .find(|person| person.id == id)
                .map(|it| it.name.as_str()),
            Party::Group(id) => self
                .groups
                .iter()
                .find(|group| group.id == id)
                .map(|it| it.name.as_str()),
        }
    }
}
