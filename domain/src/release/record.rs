use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Mark;
use crate::{AttemptId, BlobId, StepId};

/// A device clock that is further from the server's than this is worth a word beside the times it gave.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(2);

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

impl StepResult {
    /// What people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::BackedOut => "backed out",
        }
    }

    /// What the note of such a record has to say; `None` where it may be empty.
    #[must_use]
    pub fn asks_for(self) -> Option<&'static str> {
        match self {
            Self::Failed => Some("Say in the note what went wrong."),
            Self::Skipped => Some("Say in the note why it is skipped."),
            Self::Done | Self::BackedOut => None,
        }
    }
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
    /// The device's clock was off by more than [`CLOCK_TOLERANCE`].
    ClockOff,
}

impl RecordFlag {
    /// What people read.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NotInExecution => "recorded while the release was not in execution",
            Self::AfterEnd => "recorded after the release had ended",
            Self::StepDeleted => "the step had been deleted",
            Self::OlderInstructions => "done by an older version of the instructions",
            Self::ClockOff => "the device's clock was off",
        }
    }
}

/// What somebody did at a step: a fact. Never refused for the state of the release, only flagged; never changed,
/// only added to by a second person or a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecutionRecord {
    /// The step.
    pub step: StepId,
    /// The run of the release that it belongs to, counted from 1.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub run: u32,
    /// How it ended.
    pub result: StepResult,
    /// When it began, by the device.
    pub started: DateTime<Utc>,
    /// When it ended, by the device.
    pub ended: DateTime<Utc>,
    /// How far the device's clock was ahead of the server's, in milliseconds, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<i64>,
    /// What else there is to say.
    #[serde(default)]
    pub note: String,
    /// Photos and files that show it. Their bytes may still be on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<BlobId>,
    /// Earlier attempts at the step that the author knew of: this record replaces what they said.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<AttemptId>,
    /// Who recorded it; the time is the server's.
    pub mark: Mark,
    /// What is odd about it.
    #[serde(default)]
    pub flags: BTreeSet<RecordFlag>,
    /// The second person who confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Mark>,
    /// Who decided that another record counts instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overruled: Option<Mark>,
}

/// Somebody is at a step: others see it and leave it to them. Ends with their record of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The step.
    pub step: StepId,
    /// Since when, by the device.
    pub started: DateTime<Utc>,
    /// Who; the time is the server's.
    pub mark: Mark,
}

fn first() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_first(run: &u32) -> bool {
    *run == 1
}
