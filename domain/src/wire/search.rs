//! One search over everything that has a name.

use serde::{Deserialize, Serialize};

use super::Page;
use super::cmdb::CiSummary;
use super::list::ReleasePage;

/// Answer of `GET /api/v1/search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchAnswer {
    /// Releases, best first.
    pub releases: ReleasePage,
    /// CIs, by name; absent where the caller may not see the CMDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cis: Option<Page<CiSummary>>,
}
