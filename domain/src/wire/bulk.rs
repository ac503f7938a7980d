//! One command for many releases.

use serde::{Deserialize, Serialize};

use crate::release::{Command, Unmet};
use crate::{ReleaseId, ReleaseNumber};

/// Most releases of one request.
pub const MAX_BULK: usize = 500;

/// Body of `POST /api/v1/releases/bulk`: releases by name, or all that a query answers now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// Numbers or ids, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 500, example = json!(["REL-000012", "REL-000013"])))]
    pub releases: Vec<String>,
    /// In place of names: the query part of a list's address. At most 500 releases may match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What to do to each of them.
    pub command: Command,
    /// Only say what would become of it; nothing is done.
    #[serde(default)]
    pub preview: bool,
}

/// What became, or would become, of each release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAnswer {
    /// Nothing was done.
    pub preview: bool,
    /// For how many it is done, or would be.
    pub will: u64,
    /// For how many it is not.
    pub will_not: u64,
    /// Each, in the order asked for.
    pub items: Vec<BulkItem>,
}

/// What became of one release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkItem {
    /// As it was asked for.
    pub asked: String,
    /// Identity, where it may be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ReleaseId>,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// It is done, or would be.
    pub will: bool,
    /// Why not; or, where it is done all the same, what to know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The conditions that are not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<Unmet>,
}

impl Command {
    /// Whether it means the same for many releases: what names a step, a conflict or a content belongs to one.
    #[must_use]
    pub fn suits_many(&self) -> bool {
        use crate::release::ReleaseField::{Assignee, AssignmentGroup};
        match self {
            Self::Set { field, .. } => matches!(field, AssignmentGroup | Assignee),
            Self::Withdraw
            | Self::Cancel { .. }
            | Self::Hold { .. }
            | Self::Resume
            | Self::Claim { .. }
            | Self::Delegate { .. }
            | Self::Share { .. }
            | Self::Unshare { .. }
            | Self::ChangeGroup { .. } => true,
            _ => false,
        }
    }
}
