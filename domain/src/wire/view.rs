//! Lists that somebody has kept under a name.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{BadId, GroupId, UserId, ViewId};

/// Longest name, in characters.
pub const MAX_VIEW_NAME: usize = 80;
/// Longest query, in characters.
pub const MAX_VIEW_QUERY: usize = 2_000;
/// Most views of one person.
pub const MAX_VIEWS: usize = 100;

/// With whom a view is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedWith {
    /// `everybody`.
    Everybody,
    /// The id of a group: its members.
    Group(GroupId),
}

impl fmt::Display for SharedWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("everybody"),
            Self::Group(group) => write!(f, "{group}"),
        }
    }
}

impl FromStr for SharedWith {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "everybody" => Ok(Self::Everybody),
            group => group.parse().map(Self::Group),
        }
    }
}

impl Serialize for SharedWith {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SharedWith {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A list under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedView {
    /// Identity.
    pub id: ViewId,
    /// What people read.
    pub name: String,
    /// The query part of the list's address: filters, order, columns.
    pub query: String,
    /// Whose it is: only they may change it, and administrators what is shared.
    pub owner: UserId,
    /// With whom it is shared; absent where only its owner has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "everybody"))]
    pub shared: Option<SharedWith>,
    /// When it was last changed.
    pub changed: DateTime<Utc>,
}

/// A view to keep: body of `POST /api/v1/views`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// What people read.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub name: String,
    /// The query part of the list's address.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 2000, example = "stage=execution&overdue=true&sort=due")
    )]
    pub query: String,
    /// With whom it is shared: `everybody`, or the id of one of one's own groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "everybody"))]
    pub shared: Option<SharedWith>,
}

/// A change of a view: body of `PATCH /api/v1/views/{id}`. What is absent stays; `shared: null` shares it no longer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ViewChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Shared with others, or with nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub shared: Option<Option<SharedWith>>,
}

/// Tells an absent value from `null`.
mod double {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(s)
    }

    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(d).map(Some)
    }
}
