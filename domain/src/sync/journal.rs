use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::release::{NoteBody, OpId, Rev, Value};
use crate::{ReleaseId, UserId};

/// What kind of thing happened (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The draft was started.
    Creation,
    /// The record was edited.
    Edit,
    /// The plan was edited.
    Plan,
    /// Its CIs in scope were edited.
    Scope,
    /// Its links to changes, problems, articles, purchases, media and people were edited.
    Link,
    /// It moved in its workflow.
    Workflow,
    /// Something was done at a step.
    Execution,
    /// Two edits met, or such a meeting was decided.
    Conflict,
    /// Somebody wrote an entry.
    Note,
    /// A document came or went.
    Document,
    /// A checklist was added, answered or confirmed.
    Checklist,
    /// A version was marked.
    Baseline,
}

/// What the reducer has to say about an op it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub category: Category,
    /// A sentence without the author: "set the title".
    pub text: String,
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
}

/// One line of a release's journal: a fact that is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// Its place in the order of commits.
    pub rev: Rev,
    /// The release.
    pub release: ReleaseId,
    /// When, by the server.
    pub at: DateTime<Utc>,
    /// When, by the device.
    pub made: DateTime<Utc>,
    /// Who.
    pub by: UserId,
    /// The name they had.
    pub by_name: String,
    /// The op it records.
    pub op: OpId,
    /// What kind of thing.
    pub category: Category,
    /// A sentence without the author.
    pub text: String,
    /// Before.
    #[serde(default)]
    pub before: Value,
    /// After.
    #[serde(default)]
    pub after: Value,
    /// What somebody wrote; in entries of the category `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteBody>,
}
