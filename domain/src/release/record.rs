use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Mark;
use crate::StepId;

/// How an attempt at a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// As planned.
    Done,
    /// It did not work.
    Failed,
    /// It was left out.
    Skipped,
    /// It was undone.
    BackedOut,
}

/// What is odd about a record. It counts all the same: what was done was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordFlag {
    /// The release was not in execution.
    NotInExecution,
    /// The release was cancelled or concluded.
    AfterEnd,
    /// The step was deleted.
    StepDeleted,
    /// The step was changed since the author read it.
    OlderInstructions,
}

/// What somebody did at a step: a fact. Never refused for the state of the release, only flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecutionRecord {
    /// The step.
    pub step: StepId,
    /// How it ended.
    pub result: StepResult,
    /// When it began, by the device.
    pub started: DateTime<Utc>,
    /// When it ended, by the device.
    pub ended: DateTime<Utc>,
    /// What else there is to say.
    #[serde(default)]
    pub note: String,
    /// Who recorded it; the time is the server's.
    pub mark: Mark,
    /// What is odd about it.
    #[serde(default)]
    pub flags: BTreeSet<RecordFlag>,
}
