//! Who is signed in, and the directory of people, groups and release types that forms need.

use serde::{Deserialize, Serialize};

use crate::access::{Actor, Staff};
use crate::calendar::Timetable;
use crate::release::{FieldKind, Party, ReleaseType, Value};
use crate::wire::admin::{Category, Kept};
use crate::wire::blob::MAX_BLOB;
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
    /// Most bytes of one photo, file or document that this installation keeps.
    #[serde(default = "usual_file")]
    pub largest_file: u64,
}

/// What an installation keeps unless it says otherwise.
fn usual_file() -> u64 {
    MAX_BLOB
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

/// Somebody who may no longer sign in. No longer to be chosen; still named where they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormerPerson {
    /// Identity.
    pub id: UserId,
    /// Full name.
    pub name: String,
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
    /// People who may no longer sign in, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerPerson>,
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
    /// Who belongs to which group and what groups may do; absent where only some are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<Staff>,
}

impl Directory {
    /// Is what a field chooses in the registers, in use or not? What chooses nothing is.
    #[must_use]
    pub fn knows(&self, kind: FieldKind, value: &Value) -> bool {
        let text = value.as_text();
        let named = |party: Option<Party>| party.is_some_and(|party| self.name(party).is_some());
        match kind {
            _ if value.is_blank() => true,
            FieldKind::User => named(text.parse().ok().map(Party::User)),
            FieldKind::Group => named(text.parse().ok().map(Party::Group)),
            FieldKind::Contract => self.contracts.iter().any(|one| one.id.to_string() == text),
            FieldKind::ReleaseType => self.release_types.iter().any(|one| one.key.as_str() == text),
            _ => true,
        }
    }

    /// A person or group that is still named, and may no longer be chosen.
    #[must_use]
    pub fn is_retired(&self, party: Party) -> bool {
        match party {
            Party::User(id) => self.former.iter().any(|former| former.id == id),
            Party::Group(id) => self.groups.iter().any(|group| group.id == id && group.retired),
        }
    }

    /// The name of a person or group, also of one that is no longer in use; `None` where there never was one.
    #[must_use]
    pub fn name(&self, party: Party) -> Option<&str> {
        match party {
            Party::User(id) => {
                let people = self.people.iter().map(|person| (person.id, &person.name));
                let former = self.former.iter().map(|former| (former.id, &former.name));
                let mut named = people.chain(former);
                named.find(|(one, _)| *one == id).map(|(_, name)| name.as_str())
            }
            Party::Group(id) => self
                .groups
                .iter()
                .find(|group| group.id == id)
                .map(|it| it.name.as_str()),
        }
    }
}
