use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FieldRef, Mark, OpId, Value};
use crate::sync::ReleaseOp;
use crate::{BadId, StepId, UserId};

/// Identity of a conflict: the op whose edit met another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
pub struct ConflictId(pub OpId);

impl fmt::Display for ConflictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for ConflictId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.parse().map(Self)
    }
}

impl Serialize for ConflictId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConflictId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a conflict is about; rows of the taxonomy in docs/design/sync.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum ConflictAbout {
    /// Two values for one field (rows 1, 3, 4).
    Field {
        /// The field.
        #[serde(deserialize_with = "crate::json::apart")]
        at: FieldRef,
    },
    /// An edit of a step that somebody deleted (row 5).
    EditOfDeleted {
        /// The field that was edited.
        #[serde(deserialize_with = "crate::json::apart")]
        at: FieldRef,
    },
    /// A change to the targets or prerequisites of a step that somebody deleted (row 5).
    ChangeOfDeleted {
        /// The step.
        step: StepId,
        /// The change, to be made when the step is restored.
        #[serde(deserialize_with = "crate::json::apart")]
        change: Box<ReleaseOp>,
    },
    /// The deletion of a step that somebody edited (row 6).
    DeleteOfEdited {
        /// The step.
        step: StepId,
    },
    /// Two places for one step (row 10); the values are order keys.
    Move {
        /// The step.
        step: StepId,
    },
    /// A prerequisite that would close a circle with one that somebody else added (row 14).
    Cycle {
        /// The step that should wait.
        step: StepId,
        /// The step it should wait for.
        needs: StepId,
        /// The circle: each needs the next, the last needs the first.
        path: Vec<StepId>,
    },
}

/// An edit that met another one. The first committed value stays; this one is kept until somebody decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conflict {
    /// What it is about.
    #[serde(flatten)]
    pub about: ConflictAbout,
    /// What the author saw before editing.
    pub was: Value,
    /// What stands now.
    pub theirs: Value,
    /// Who made it stand, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs_mark: Option<Mark>,
    /// What the author wants.
    pub yours: Value,
    /// The author.
    pub author: UserId,
    /// When, by the author's device.
    pub made: DateTime<Utc>,
}

impl ConflictAbout {
    /// Is it about the content, which is frozen outside of draft?
    #[must_use]
    pub fn is_content(&self) -> bool {
        match self {
            Self::Field { at } | Self::EditOfDeleted { at } => at.is_content(),
            _ => true,
        }
    }

    /// The step it concerns, if it concerns one.
    #[must_use]
    pub fn step(&self) -> Option<StepId> {
        match self {
            Self::Field { at } | Self::EditOfDeleted { at } => at.step(),
            Self::ChangeOfDeleted { step, .. }
            | Self::DeleteOfEdited { step }
            | Self::Move { step }
            | Self::Cycle { step, .. } => Some(*step),
        }
    }
}
