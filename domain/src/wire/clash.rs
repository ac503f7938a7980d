//! Clashes over HTTP: releases that run at the same time and get in each other's way.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cmdb::PathHop;
use crate::release::Stage;
use crate::{CiKey, ReleaseId, ReleaseNumber};

/// How two plans meet at a CI, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MeetKind {
    /// Both work on it.
    SameCi,
    /// This release works on it while the other takes it down.
    WeNeed,
    /// The other works on it while this release takes it down.
    TheyNeed,
    /// It survives each of them alone, and not both: its spares are in both.
    Redundancy,
    /// Both take it down, each on its own way.
    BothReach,
}

/// A CI at which two releases meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meeting {
    /// How.
    pub kind: MeetKind,
    /// The CI.
    pub key: CiKey,
    /// Its name.
    pub name: String,
    /// From what this release works on or takes down to the CI.
    pub ours: Vec<PathHop>,
    /// The same of the other.
    pub theirs: Vec<PathHop>,
}

/// Another release that is planned for the same time and meets this one somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseClash {
    /// Identity.
    pub id: ReleaseId,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    pub title: String,
    /// Where it is in its workflow.
    pub stage: Stage,
    /// Planned start.
    pub start: DateTime<Utc>,
    /// Planned end.
    pub end: DateTime<Utc>,
    /// At how many CIs they meet, by how.
    pub counts: BTreeMap<MeetKind, u64>,
    /// The first of them: the gravest kind first, then the nearest.
    pub meets: Vec<Meeting>,
}

/// What gets in the way of a release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clashes {
    /// Open releases that the caller may see, planned for a time that overlaps; whether or not they meet. `null` where
    /// this release has no planned start and end: then nothing can be said.
    pub overlapping: Option<u64>,
    /// How many of them were looked at: the nearest in time, at most 100.
    pub compared: u64,
    /// Those of them that meet this release, in the order of their start.
    pub items: Vec<ReleaseClash>,
}
