//! The offline package: what a device needs beside its releases to plan and check without a network.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cmdb::{Ci, CiClass, Relation};
use crate::release::Rev;
use crate::wire::session::Directory;
use crate::{CiKey, ReleaseId};

/// Most sites in one package.
pub const MAX_SITES: usize = 20;

/// Body of `POST /sync/v1/package`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackageReq {
    /// Releases whose CIs are wanted; at most [`super::MAX_FOLLOW`].
    #[serde(default)]
    pub releases: Vec<ReleaseId>,
    /// Sites whose CIs are wanted; at most [`MAX_SITES`].
    #[serde(default)]
    pub sites: Vec<CiKey>,
}

/// The CMDB around some releases and sites, as the asking person may see it, with what forms offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Package {
    /// The revision it is of.
    pub at: Rev,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// The CIs: those asked for, what is affected when they are down, and what these need.
    pub cis: Vec<Ci>,
    /// All relations between them.
    pub relations: Vec<Relation>,
    /// Affected CIs that were left out because there are too many; an impact over the package is too small by these.
    pub cut: u64,
    /// Classes of CIs.
    pub classes: Vec<CiClass>,
    /// People, groups and release types.
    pub directory: Directory,
    /// Open releases that name a CI in one of the sites and that the user may see, last changed first; the client
    /// follows them. At most [`MAX_FOLLOW`](super::MAX_FOLLOW).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<ReleaseId>,
}
