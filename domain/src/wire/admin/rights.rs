use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::{Right, Types};
use crate::{GroupId, ReleaseTypeKey};

/// Who may do what with releases of which type: groups x release types (S31).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RightsMatrix {
    /// The release types, by name.
    pub types: Vec<TypeName>,
    /// The groups, by name.
    pub rows: Vec<RightsRow>,
}

/// A release type as a column of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TypeName {
    /// Its key.
    pub key: ReleaseTypeKey,
    /// What people read.
    pub name: String,
}

/// What one group may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RightsRow {
    /// The group.
    pub group: GroupId,
    /// Its name.
    pub name: String,
    /// The version of the group: a change of its rights is a change of it.
    pub version: u32,
    /// What its members may do, and with which types. A right that is not here they do not have.
    pub rights: BTreeMap<Right, Types>,
}

/// Body of `PATCH /api/v1/admin/rights`: changes that come into force together, or none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RightChanges {
    /// One for each group.
    pub changes: Vec<RightChange>,
}

/// What becomes of the rights of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RightChange {
    /// The group.
    pub group: GroupId,
    /// The version of the group that the author of the change has seen.
    pub version: u32,
    /// Rights with the types they are to hold for; `null` takes a right away. Rights that are not named stay.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<Right, Types>))]
    pub rights: BTreeMap<Right, Option<Types>>,
}
