use serde::{Deserialize, Serialize};

use crate::{GroupId, UserId};

/// A person or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// This person.
    User(UserId),
    /// Everybody in this group.
    Group(GroupId),
}

/// Somebody who can cure something, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Who {
    /// Who.
    pub party: Party,
    /// Their name; empty where it is not known here.
    pub name: String,
}
