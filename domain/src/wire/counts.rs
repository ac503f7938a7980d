//! How many releases of a list there are of each kind (S71b), for charts and for scripts.

use serde::{Deserialize, Serialize};

use crate::release::Rev;

/// How many releases of a list have one value of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    /// The value, as the filter of this name takes it: with it, the list has exactly these releases.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// Answer of `GET /api/v1/releases/counts`: a list of releases, counted by what it can be filtered by. Counts hold only
/// what the caller may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseCounts {
    /// All releases that match.
    pub total: u64,
    /// Of those that match: late. They are among the active ones.
    pub overdue: u64,
    /// All releases that the caller may see, whatever the filters.
    pub visible: u64,
    /// By disposition: all there are, also those of no release.
    pub disposition: Vec<Share>,
    /// By stage: all there are, in the order of the workflow, whatever the disposition.
    pub stage: Vec<Share>,
    /// By priority, 1 to 5.
    pub priority: Vec<Share>,
    /// By assignment group, the largest share first: those with releases, and `none`.
    pub group: Vec<Share>,
    /// The list is as it was at this revision, or later.
    #[serde(default)]
    pub rev: Rev,
}
