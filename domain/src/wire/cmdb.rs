//! The CMDB over HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cmdb::{Ci, CiClass, Lifecycle, Relation, RelationKind};
use crate::{CiKey, ClassKey, ReleaseId, ReleaseNumber};

/// A CI in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CiSummary {
    /// Natural key.
    pub key: CiKey,
    /// What people call it.
    pub name: String,
    /// Its class.
    pub class: ClassKey,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// The site it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<CiKey>,
    /// Serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// Query of `GET /api/v1/cis`; all filters together must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CiQuery {
    /// Words that must all occur in name, key, serial or asset tag; the last may be unfinished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassKey>,
    /// Only this lifecycle stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// Only at this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<CiKey>,
    /// Rows in a page, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The relations of a CI of one kind and direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelationGroup {
    /// The kind.
    pub kind: RelationKind,
    /// `true`: the CI is the source; `false`: it is the target.
    pub outgoing: bool,
    /// How many there are.
    pub total: u64,
    /// The first of them, by name.
    pub items: Vec<CiSummary>,
}

/// A release that targets a CI or has it in scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseOfCi {
    /// Identity.
    pub id: ReleaseId,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    pub title: String,
    /// Stage.
    pub stage: String,
    /// Planned start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_start: Option<DateTime<Utc>>,
}

/// One version in the life of a CI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CiVersion {
    /// Counts from 1.
    pub revision: u64,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// Who, as a name.
    pub by: String,
    /// Through what: an import, an edit, a release.
    pub origin: String,
    /// Field -> (before, after); `null` where absent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub changes: BTreeMap<String, (serde_json::Value, serde_json::Value)>,
}

/// A CI with everything its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CiDetail {
    /// The CI.
    #[serde(flatten)]
    pub ci: Ci,
    /// Counts edits; send it back with a patch.
    pub revision: u64,
    /// Last change.
    pub updated: DateTime<Utc>,
    /// Relations, grouped.
    pub relations: Vec<RelationGroup>,
    /// Releases that target it and that the caller may see, newest first.
    pub releases: Vec<ReleaseOfCi>,
    /// Latest versions, newest first, at most 50.
    pub history: Vec<CiVersion>,
}

/// A node of the neighbourhood picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbour {
    /// The CI.
    #[serde(flatten)]
    pub ci: CiSummary,
    /// Hops from the centre.
    pub depth: u32,
    /// All relations it has, also those not in the picture.
    pub degree: u64,
}

/// The surroundings of a CI, breadth first, capped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbourhood {
    /// The CI in the middle.
    pub centre: CiKey,
    /// Nodes, the centre first.
    pub nodes: Vec<Neighbour>,
    /// Relations between these nodes.
    pub relations: Vec<Relation>,
    /// All CIs within the depth.
    pub total: u64,
    /// Some of them are not in `nodes`.
    pub truncated: bool,
}

/// Whom to ask: what stops working when a CI is down, or what a CI needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// What is affected when it is down.
    #[default]
    Dependants,
    /// What it needs in order to be up.
    Dependencies,
}

/// How a CI fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Out of service.
    Down,
    /// Works, with redundancy lost.
    Degraded,
}

/// One affected CI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImpactItem {
    /// Natural key.
    pub key: CiKey,
    /// What people call it.
    pub name: String,
    /// Its class.
    pub class: ClassKey,
    /// Down or degraded.
    pub state: State,
    /// Hops from the nearest CI assumed down.
    pub depth: u32,
    /// The CI through which it is affected: its predecessor on the shortest path.
    pub via: CiKey,
    /// The site it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<CiKey>,
    /// The whole shortest path, from the CI assumed down to this one.
    pub path: Vec<PathHop>,
}

/// One hop of an explaining path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathHop {
    /// The CI.
    pub key: CiKey,
    /// Its name.
    pub name: String,
    /// The relation that led here; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RelationKind>,
}

/// Why one CI depends on another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DependencyPath {
    /// The CI that may depend on the other.
    pub from: CiSummary,
    /// The CI that may be needed.
    pub to: CiSummary,
    /// A shortest way from the one to the other, both included; empty where none leads there.
    pub path: Vec<PathHop>,
}

/// The blast radius, as a query result; never stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImpactAnswer {
    /// CIs affected, without those assumed down.
    pub total: u64,
    /// `items` holds fewer than `total`.
    pub truncated: bool,
    /// Of them down.
    pub down: u64,
    /// Of them degraded.
    pub degraded: u64,
    /// How many of each class.
    pub by_class: BTreeMap<ClassKey, u64>,
    /// How many at each site; key `""` where the site is unknown.
    pub by_site: BTreeMap<String, u64>,
    /// The first rows, nearest first, then by name.
    pub items: Vec<ImpactItem>,
}

/// Body of `POST /api/v1/impact`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImpactRequest {
    /// CIs assumed down together. Between 1 and 1,000 here and in `phases`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub down: Vec<CiKey>,
    /// Instead of `down`: sets of CIs that are down one set after the other, as in a rollout. The answer has the
    /// worst state of each CI over all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Vec<CiKey>>,
    /// Which way to look.
    #[serde(default)]
    pub direction: Direction,
    /// Hops to follow at most; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<u32>,
    /// Rows to answer, 1 to 500; counts are always complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What happened to one kind of thing in an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// Found in the file.
    pub read: u64,
    /// New.
    pub created: u64,
    /// Known, with other values.
    pub updated: u64,
    /// Known, with the same values.
    pub unchanged: u64,
    /// Not taken; each has a problem.
    pub rejected: u64,
}

/// One thing in a file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// Line in the file, counted from 1; absent where the format has no lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The object: a key, a pointer such as `dcim.device[17]`, or a file name.
    pub reference: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What an import did, or with `dry_run` would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// Nothing was written.
    #[serde(default)]
    pub dry_run: bool,
    /// A file could not be read to its end, so nothing was written; `problems` says why.
    #[serde(default)]
    pub refused: bool,
    /// Configuration items.
    pub cis: Tally,
    /// Relations.
    pub relations: Tally,
    /// What was not taken, in file order; at most 10,000 are listed, `rejected` counts all.
    pub problems: Vec<ImportProblem>,
    /// Kinds of objects the format has and we do not map: kind -> how many. Named and counted, not hidden.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, u64>,
    /// CIs of each class found in the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u64>,
}

/// A past import, kept for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRecord {
    /// ULID of the import.
    pub id: String,
    /// `netbox`, `ndjson`, ...
    pub format: String,
    /// Names of the files.
    pub files: Vec<String>,
    /// When it started.
    pub started: DateTime<Utc>,
    /// When it ended; absent while it runs or after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// Who, as a name.
    pub by: String,
    /// Things handled so far and in all, for a progress bar.
    pub progress: (u64, u64),
    /// What it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ImportReport>,
}

/// A rack with what stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RackElevation {
    /// The rack itself; `height` is how many units it has.
    pub rack: Ci,
    /// What stands in it, highest position first; CIs without a position last.
    pub devices: Vec<Ci>,
}

/// A site, room or row with what it directly holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CmdbOverview {
    /// CIs in all.
    pub total: u64,
    /// Relations in all.
    pub relations: u64,
    /// How many of each class.
    pub by_class: BTreeMap<ClassKey, u64>,
    /// The classes there are.
    pub classes: Vec<CiClass>,
    /// The sites, by name.
    pub sites: Vec<CiSummary>,
}
