use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Action, Activity, ContentHash, Party, Stage};
use crate::{GroupId, UserId};

/// Something that moves a release on, with what it needs: the content of an op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// From execution to test, from test to acceptance.
    Forward {
        /// The stage that is done with: whoever comes second does not skip one.
        #[serde(deserialize_with = "crate::json::apart")]
        from: Stage,
    },
    /// Back to authorisation.
    Unresolved {
        /// The stage that it was found in.
        #[serde(deserialize_with = "crate::json::apart")]
        from: Stage,
        /// What did not work; at most 4,000 characters.
        reason: String,
    },
    /// Accept exactly what was seen.
    Accept {
        /// Hash of what was seen.
        seen: ContentHash,
    },
    /// Close it.
    Close,
    /// Give it up.
    Cancel {
        /// Why; at most 4,000 characters.
        reason: String,
    },
    /// Begin another run.
    Reopen {
        /// Why; at most 4,000 characters.
        reason: String,
    },
    /// Put it on hold.
    Hold {
        /// Key of a reason of its type.
        reason: String,
        /// What else there is to say; at most 4,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Go on where it was.
    Resume,
    /// Take the work upon oneself.
    Claim {
        /// Who had it when one looked: it is taken from nobody unseen.
        #[serde(default)]
        seen: Option<UserId>,
    },
    /// Give the work to a person.
    Delegate {
        /// To whom.
        to: UserId,
        /// Who had it when one looked.
        #[serde(default)]
        seen: Option<UserId>,
    },
    /// Let somebody look on.
    Share {
        /// Whom.
        #[serde(deserialize_with = "crate::json::apart")]
        with: Party,
    },
    /// Let them look on no longer.
    Unshare {
        /// Whom.
        #[serde(deserialize_with = "crate::json::apart")]
        with: Party,
    },
    /// Give the work to another group.
    ChangeGroup {
        /// To which.
        to: GroupId,
    },
    /// Move the planned dates of exactly what was seen.
    ReDate {
        /// Planned start.
        start: DateTime<Utc>,
        /// Planned end.
        end: DateTime<Utc>,
        /// Hash of what was seen.
        seen: ContentHash,
    },
    /// Put the work into the calendar of a group, or take it out.
    Schedule {
        /// The work; takes it out without.
        #[serde(default, deserialize_with = "crate::json::apart")]
        activity: Option<Activity>,
    },
}

impl Act {
    /// Which row of the table it is.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Forward { .. } => Action::Forward,
            Self::Unresolved { .. } => Action::Unresolved,
            Self::Accept { .. } => Action::Accept,
            Self::Close => Action::Close,
            Self::Cancel { .. } => Action::Cancel,
            Self::Reopen { .. } => Action::Reopen,
            Self::Hold { .. } => Action::Hold,
            Self::Resume => Action::Resume,
            Self::Claim { .. } => Action::Claim,
            Self::Delegate { .. } => Action::Delegate,
            Self::Share { .. } => Action::Share,
            Self::Unshare { .. } => Action::Unshare,
            Self::ChangeGroup { .. } => Action::ChangeGroup,
            Self::ReDate { .. } => Action::ReDate,
            Self::Schedule { .. } => Action::Schedule,
        }
    }
}
