use serde::{Deserialize, Serialize};

use crate::StepId;
use crate::access::Right;
use crate::release::{ConflictId, ContentHash, FieldRef, OpId, Rev, Stage, Unmet};

/// What became of an op. Stored under its identity; a repeat gets the stored one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done as asked.
    Applied {
        /// At this revision.
        rev: Rev,
    },
    /// Done, together with somebody else's change.
    Merged {
        /// At this revision.
        rev: Rev,
        /// How.
        #[serde(deserialize_with = "crate::json::apart")]
        note: MergeNote,
    },
    /// Kept beside what stands, for a decision.
    Conflicted {
        /// At this revision.
        rev: Rev,
        /// The conflict to decide.
        conflict: ConflictId,
    },
    /// Not done; the content is kept.
    Rejected {
        /// Why.
        #[serde(deserialize_with = "crate::json::apart")]
        reason: Reason,
        /// The refused op it rests on, where that is the cause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        depends_on: Option<OpId>,
    },
}

impl Outcome {
    /// The revision at which it took effect; `None` for a refusal.
    #[must_use]
    pub fn rev(&self) -> Option<Rev> {
        match self {
            Self::Applied { rev } | Self::Merged { rev, .. } | Self::Conflicted { rev, .. } => Some(*rev),
            Self::Rejected { .. } => None,
        }
    }
}

/// What the reducer says of an op that it took; with a revision it becomes an [`Outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done as asked.
    Applied,
    /// Done, together with somebody else's change.
    Merged(MergeNote),
    /// Kept beside what stands.
    Conflicted(ConflictId),
}

impl Verdict {
    /// The outcome, now that the revision is known.
    #[must_use]
    pub fn at(self, rev: Rev) -> Outcome {
        match self {
            Self::Applied => Outcome::Applied { rev },
            Self::Merged(note) => Outcome::Merged { rev, note },
            Self::Conflicted(conflict) => Outcome::Conflicted { rev, conflict },
        }
    }
}

/// How two changes were brought together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "merged", rename_all = "snake_case")]
pub enum MergeNote {
    /// Lines of both texts were kept (taxonomy row 2).
    Text {
        /// The field.
        #[serde(deserialize_with = "crate::json::apart")]
        at: FieldRef,
    },
    /// The step it was put after is gone; its place was kept (row 13).
    AnchorGone,
    /// Somebody changed or added it again meanwhile, so it was not removed.
    KeptElement,
}

/// Why an op was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The right is missing.
    NotAllowed {
        /// The right that would be needed.
        #[serde(deserialize_with = "crate::json::apart")]
        needs: Right,
    },
    /// The content is frozen: only drafts are edited.
    Frozen {
        /// The stage the release is in.
        #[serde(deserialize_with = "crate::json::apart")]
        stage: Stage,
    },
    /// It belongs to another stage.
    WrongStage {
        /// The stage the release is in.
        #[serde(deserialize_with = "crate::json::apart")]
        stage: Stage,
        /// The stage in which it is done.
        #[serde(deserialize_with = "crate::json::apart")]
        needs: Stage,
    },
    /// A second person is needed, and this is the first one.
    SamePerson,
    /// Something else than the current content was named.
    ContentChanged {
        /// Hash of the current content.
        now: ContentHash,
    },
    /// Conditions are not met.
    NotReady {
        /// All of them.
        #[serde(deserialize_with = "crate::json::apart")]
        unmet: Vec<Unmet>,
    },
    /// It makes no sense in itself.
    Malformed {
        /// What is wrong, where, and what would be right.
        what: String,
    },
    /// It refers to something that is not there.
    NoSuch {
        /// What.
        what: String,
    },
    /// It is there already.
    Duplicate {
        /// What.
        what: String,
    },
    /// A prerequisite would close a circle.
    Cycle {
        /// Each needs the next, the last needs the first.
        path: Vec<StepId>,
    },
    /// There is no room for more.
    TooMany {
        /// Of what, and how many are allowed.
        what: String,
    },
    /// Another op of the same gesture was refused.
    GestureRefused,
    /// An own op it rests on was refused.
    RestsOnRefused,
    /// Its author took it back before it was sent.
    TakenBack,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAllowed { needs } => write!(f, "You do not hold the right to {needs:?} here."),
            Self::Frozen { stage: Stage::Draft } => {
                f.write_str("The release is no longer open. Reopen it first.")
            }
            Self::Frozen { stage } => {
                write!(
                    f,
                    "The release is in {}; only drafts can be edited.",
                    stage.as_str()
                )?;
                match stage {
                    Stage::Authorisation => f.write_str(" Withdraw it first."),
                    _ => Ok(()),
                }
            }
            Self::WrongStage { stage, needs } => {
                let (stage, needs) = (stage.as_str(), needs.as_str());
                write!(f, "The release is in {stage}; this is done in {needs}.")
            }
            Self::SamePerson => f.write_str("You recorded it yourself. Somebody else must confirm it."),
            Self::ContentChanged { .. } => {
                f.write_str("The release changed since you looked. Look at it again, then repeat.")
            }
            Self::NotReady { unmet } => {
                let texts: Vec<_> = unmet.iter().map(|u| u.text.as_str()).collect();
                write!(f, "Not ready: {}", texts.join(" "))
            }
            Self::Malformed { what } | Self::TooMany { what } => f.write_str(what),
            Self::NoSuch { what } => write!(f, "There is no {what}."),
            Self::Duplicate { what } => write!(f, "{what} is there already."),
            Self::Cycle { path } => {
                write!(
                    f,
                    "That would make {} steps wait for each other in a circle.",
                    path.len()
                )
            }
            Self::GestureRefused => f.write_str("Another part of the same action was refused."),
            Self::RestsOnRefused => f.write_str("It rests on a change of yours that was refused."),
            Self::TakenBack => f.write_str("You took it back before it was sent."),
        }
    }
}
