//! Versions of a release and checklist templates over HTTP.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::release::{ContentHash, Difference, Form, Release, Rev};
use crate::sync::Category;
use crate::{FormKey, UserId};

/// One version of a release: what was stored together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseVersion {
    /// The revision; names the version.
    pub rev: Rev,
    /// When, by the server.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: UserId,
    /// The name they had.
    pub by_name: String,
    /// What kind of thing happened; the first one, where several did.
    pub kind: Category,
    /// What was done, as in the journal; at most the first five.
    pub what: Vec<String>,
    /// How many changes it holds.
    pub changes: u32,
    /// The name of the baseline that it was marked as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
}

/// A version with everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionView {
    /// Which.
    pub version: ReleaseVersion,
    /// Hash of its content.
    pub hash: ContentHash,
    /// The release as it was.
    pub release: Release,
}

/// What is different between two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    /// The earlier one; absent where it is compared with nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Rev>,
    /// The later one.
    pub to: Rev,
    /// What is different.
    pub differences: Vec<Difference>,
}

/// A checklist template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChecklistTemplate {
    /// Its key.
    pub key: FormKey,
    /// Counts its changes, from 1.
    pub revision: u32,
    /// It came with the product and was not changed.
    pub shipped: bool,
    /// It is no longer offered; checklists made of it stay.
    #[serde(default)]
    pub deleted: bool,
    /// What it asks.
    pub form: Form,
}

/// Body of `POST /api/v1/checklist-templates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// A key that no other template has or had.
    pub key: FormKey,
    /// What it asks.
    pub form: Form,
}

/// Body of `PATCH /api/v1/checklist-templates/{key}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplateChange {
    /// The revision that the change was made on.
    pub revision: u32,
    /// What it asks from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Offer it again, or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
}
