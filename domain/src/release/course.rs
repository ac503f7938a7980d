//! What a release's way through the stages has left behind: approvals, holds, who moved it on, and how it ended.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ContentHash, Figures, Judgement, Mark, Party, ReleaseType};
use crate::access::{Actor, ReleaseFacts, Right};
use crate::{CiKey, GroupId, UserId};

/// The data of a release's stages, beside its content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Course {
    /// Every go-ahead that was given, void ones included; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Whose go-ahead is still missing. Absent in drafts, and once all have given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
    /// Groups whose turn it is in this stage, beside the assignment group.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub duties: BTreeSet<GroupId>,
    /// Who may look on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<Party>,
    /// Who first claimed it in this run, and when (D12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Mark>,
    /// Why it is on hold, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Working seconds that it was on hold in this run, without a hold that goes on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub held_seconds: i64,
    /// How many of them were before it was claimed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub held_before_capture: i64,
    /// When it is due, where a hold has moved that from the planned end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_moved: Option<DateTime<Utc>>,
    /// Who said that it is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed: Option<Mark>,
    /// Who said that the test was passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Mark>,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Mark>,
    /// How it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// What was said of each CI when it was closed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judged: BTreeMap<CiKey, Judgement>,
    /// When this run began, from the second on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Mark>,
    /// When it was done on the device of whoever reopened it, which is earlier where that had no network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_made: Option<DateTime<Utc>>,
    /// The work in the calendar of a group (S18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
}

/// A go-ahead for exactly one content. The mark says who and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// By whom and when.
    pub mark: Mark,
    /// For whom they stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserId>,
    /// The groups they spoke for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// Hash of the content that was authorised.
    pub content: ContentHash,
    /// Since when it counts no longer, and by whose change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Mark>,
}

/// Whose go-ahead is missing. Made from the release type when it is submitted: a later change of the type does not
/// change what was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Awaits {
    /// The requester's.
    #[serde(default)]
    pub requester: bool,
    /// Of how many more members of a group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<GroupId, u8>,
    /// Of somebody else than the author.
    #[serde(default)]
    pub second: bool,
    /// Who has given theirs already.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub given: BTreeSet<UserId>,
}

/// Why a release is on hold, and what was left of its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// Key of the reason.
    pub reason: String,
    /// The reason in words, as it read then.
    pub text: String,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Working seconds that were left until it was due; absent where it was overdue or has no due time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<i64>,
    /// By whom and when.
    pub mark: Mark,
}

/// How a release ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ended {
    /// By whom and when.
    pub mark: Mark,
    /// For whom they stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserId>,
    /// Why it was cancelled.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Its times, fixed.
    pub figures: Figures,
}

/// A piece of work in the calendar of a group (S18, S64). One a release; it moves when the dates move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Whose calendar.
    pub group: GroupId,
    /// What is to be done.
    pub instruction: String,
    /// When.
    pub at: DateTime<Utc>,
    /// For how long.
    pub minutes: u32,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Course {
    /// Nothing happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// From when on what a person did is of this run; `None` in the first one. Whoever reopened the release went on
    /// with it at once, whenever the server heard of it; for all others it was closed until then.
    #[must_use]
    pub fn run_began(&self, by: UserId) -> Option<DateTime<Utc>> {
        let mark = self.reopened?;
        let made = self.reopened_made.filter(|_| mark.by == by);
        Some(made.map_or(mark.at, |made| made.min(mark.at)))
    }

    /// The approvals that count.
    pub fn standing(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.iter().filter(|approval| approval.void.is_none())
    }
}

impl Awaits {
    /// What a type asks for.
    #[must_use]
    pub fn of(kind: Option<&ReleaseType>) -> Self {
        let approvers = kind.into_iter().flat_map(|kind| &kind.approvers);
        Self {
            requester: true,
            groups: approvers.map(|one| (one.group, one.quorum.max(1))).grow(),
            second: kind.is_some_and(|kind| kind.four_eyes),
            given: BTreeSet::new(),
        }
    }

    /// Nobody's go-ahead is missing.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.requester && self.groups.is_empty() && !self.second
    }

    /// What of it `actor` can give, if anything. Once each.
    #[must_use]
    pub fn of_actor(&self, actor: &Actor, release: ReleaseFacts<'_>) -> Option<Gives> {
        if self.given.contains(&actor.user) {
            return None;
        }
        let holds = actor.holds(Right::Authorise, release.release_type);
        let gives = Gives {
            requester: self.requester && release.requester.is_some_and(|who| actor.acts_for(who)),
            groups: self
                .groups
                .keys()
                .filter(|group| holds && actor.groups.contains(group))
                .copied()
                .grow(),
            second: self.second && holds && actor.user != release.author,
        };
        (gives.requester || gives.second || !gives.groups.is_empty()).then_some(gives)
    }

    /// Takes what somebody gives.
    pub(crate) fn take(&mut self, by: UserId, author: UserId, gives: &Gives) {
        self.given.insert(by);
        self.requester &= !gives.requester;
        self.second &= by == author;
        for group in &gives.groups {
            if let Some(left) = self.groups.get_mut(group) {
                *left = left.saturating_sub(1);
            }
        }
        self.groups.retain(|_, left| *left > 0);
    }
}

/// Which of the missing go-aheads somebody can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gives {
    /// The requester's, in person or standing in.
    pub requester: bool,
    /// Of these groups.
    pub groups: BTreeSet<GroupId>,
    /// Of somebody else than the author.
    pub second: bool,
}
