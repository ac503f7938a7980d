//! Who is signed in, and the directory of people, groups and release types that forms need.

use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::calendar::Timetable;
use crate::release::{Party, ReleaseType};
use crate::wire::admin::{Category, Kept};
use crate::wire::records::ChecklistTemplate;
use crate::{ContractId, GroupId, UserId};

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
    /// Who leads it, and may say who belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<UserId>,
    /// No longer to be chosen; still named where it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

impl Group {
    /// A group that may be chosen.
    #[must_use]
    pub fn new(id: GroupId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            leader: None,
            retired: false,
        }
    }
}

/// A contract to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractName {
    /// Identity.
    pub id: ContractId,
    /// Name, unique.
    pub name: String,
    /// No longer to be chosen; still named where it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
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
    /// Contracts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<ContractName>,
    /// Categories and sources of journal entries, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Kept<Category>>,
    /// Calendars, by name: what times of releases are reckoned by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<Timetable>,
    /// Checklist templates that are offered, by title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklists: Vec<ChecklistTemplate>,
}

impl Directory {
    /// A group that is still named, and may no longer be chosen.
    #[must_use]
    pub fn is_retired(&self, party: Party) -> bool {
        match party {
            Party::User(_) => false,
            Party::Group(id) => self.groups.iter().any(|group| group.id == id && group.retired),
        }
    }

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
