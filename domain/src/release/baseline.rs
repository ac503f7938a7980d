use serde::{Deserialize, Serialize};

use super::{ContentHash, Mark};

/// Most baselines of one release.
pub const MAX_BASELINES: usize = 100;

/// A version of a release that somebody marked, to come back to or to compare with (S66).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Baseline {
    /// What it is called; unique in the release.
    pub name: String,
    /// Hash of the content at the time.
    pub hash: ContentHash,
    /// Who marked it, and when; its version is that of the release.
    pub mark: Mark,
}
