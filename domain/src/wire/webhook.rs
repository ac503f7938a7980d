//! Webhooks over HTTP: subscriptions, what is sent to them, and the log of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::release::Stage;
use crate::sync::Category;
use crate::{ReleaseId, ReleaseNumber, ReleaseTypeKey, UserId};

/// What a message is about. Each journal entry of a release is exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventKind {
    /// A draft was started.
    #[serde(rename = "release.created")]
    Created,
    /// Record, plan or scope was edited.
    #[serde(rename = "release.changed")]
    Changed,
    /// It was submitted for authorisation.
    #[serde(rename = "release.submitted")]
    Submitted,
    /// It was taken back to draft.
    #[serde(rename = "release.withdrawn")]
    Withdrawn,
    /// It got the go-ahead.
    #[serde(rename = "release.authorised")]
    Authorised,
    /// It was refused.
    #[serde(rename = "release.refused")]
    Refused,
    /// It moved to another stage in a way that has no event of its own: forwarded, found unresolved, accepted.
    #[serde(rename = "release.stage_changed")]
    StageChanged,
    /// It was put on hold.
    #[serde(rename = "release.held")]
    Held,
    /// It was resumed.
    #[serde(rename = "release.resumed")]
    Resumed,
    /// It was cancelled.
    #[serde(rename = "release.cancelled")]
    Cancelled,
    /// It was closed.
    #[serde(rename = "release.closed")]
    Closed,
    /// It was reopened.
    #[serde(rename = "release.reopened")]
    Reopened,
    /// It was claimed, delegated, shared, or given to another group.
    #[serde(rename = "release.assigned")]
    Assigned,
    /// Its dates were moved, or its work was put into a calendar.
    #[serde(rename = "release.rescheduled")]
    Rescheduled,
    /// Something was done at a step.
    #[serde(rename = "release.step")]
    Step,
    /// Two edits met, or such a meeting was decided.
    #[serde(rename = "release.conflict")]
    Conflict,
    /// An import into the CMDB ended.
    #[serde(rename = "import.finished")]
    ImportFinished,
    /// An administrator tries the subscription out.
    #[serde(rename = "webhook.test")]
    Test,
}

impl EventKind {
    /// Those that can be subscribed to, in the order of forms.
    pub const SUBSCRIBABLE: [Self; 17] = [
        Self::Created,
        Self::Submitted,
        Self::Withdrawn,
        Self::Authorised,
        Self::Refused,
        Self::StageChanged,
        Self::Held,
        Self::Resumed,
        Self::Cancelled,
        Self::Closed,
        Self::Reopened,
        Self::Assigned,
        Self::Rescheduled,
        Self::Step,
        Self::Changed,
        Self::Conflict,
        Self::ImportFinished,
    ];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "release.created",
            Self::Changed => "release.changed",
            Self::Submitted => "release.submitted",
            Self::Withdrawn => "release.withdrawn",
            Self::Authorised => "release.authorised",
            Self::Refused => "release.refused",
            Self::StageChanged => "release.stage_changed",
            Self::Held => "release.held",
            Self::Resumed => "release.resumed",
            Self::Cancelled => "release.cancelled",
            Self::Closed => "release.closed",
            Self::Reopened => "release.reopened",
            Self::Assigned => "release.assigned",
            Self::Rescheduled => "release.rescheduled",
            Self::Step => "release.step",
            Self::Conflict => "release.conflict",
            Self::ImportFinished => "import.finished",
            Self::Test => "webhook.test",
        }
    }

    /// Reads the word of [`EventKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::SUBSCRIBABLE.into_iter().chain([Self::Test]);
        known.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The event that a journal entry is: by the kind of its op, or of its act, where that has an event of its own, else
    /// by its category. A kind that is not known here is never dropped.
    #[must_use]
    pub fn of(category: Category, op: &str) -> Self {
        match (op, category) {
            (_, Category::Conflict) => Self::Conflict,
            ("submit", _) => Self::Submitted,
            ("withdraw", _) => Self::Withdrawn,
            ("authorise", _) => Self::Authorised,
            ("refuse", _) => Self::Refused,
            ("hold", _) => Self::Held,
            ("resume", _) => Self::Resumed,
            ("cancel", _) => Self::Cancelled,
            ("close", _) => Self::Closed,
            ("reopen", _) => Self::Reopened,
            ("claim" | "delegate" | "share" | "unshare" | "change_group", _) => Self::Assigned,
            ("re_date" | "schedule", _) => Self::Rescheduled,
            (_, Category::Creation) => Self::Created,
            (_, Category::Workflow) => Self::StageChanged,
            (_, Category::Execution) => Self::Step,
            _ => Self::Changed,
        }
    }
}

/// What is sent to a receiver: a fact, the same in every attempt but for what `release` says of its state, which is
/// that of the moment of sending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The same in every attempt, and in the header `webhook-id`: whoever has seen it can leave it alone.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When it happened, by the server.
    pub time: DateTime<Utc>,
    /// Who did it.
    pub actor: MessageActor,
    /// The release it is about; absent for an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<MessageRelease>,
    /// A sentence without the actor: "submitted it for authorisation".
    pub text: String,
    /// The page to look at; absolute where the server was told its public address.
    pub link: String,
    /// Its place in the order of everything that was committed.
    pub revision: u64,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageActor {
    /// Identity; absent where only the name was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// The name they had.
    pub name: String,
}

/// The release a message is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageRelease {
    /// Identity.
    pub id: ReleaseId,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    pub title: String,
    /// Release type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_type: Option<ReleaseTypeKey>,
    /// Where it is in its workflow when this is sent.
    pub stage: Stage,
}

/// Whether a subscription is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Messages are sent.
    Active,
    /// An administrator has paused it; messages wait.
    Paused,
    /// A message was given up; the others wait until an administrator resumes it.
    Stopped,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// ULID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where messages go.
    pub url: String,
    /// What it is told.
    pub events: BTreeSet<EventKind>,
    /// Only about releases of these types; absent: of every type. Imports have none and are not filtered by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_types: Option<BTreeSet<ReleaseTypeKey>>,
    /// Whether it is served.
    pub state: WebhookState,
    /// Why it was stopped, or what went wrong last while a message is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Failed attempts at the message that is first in line.
    pub attempts: u32,
    /// When that message is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<DateTime<Utc>>,
    /// When a message was last taken by the receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivered: Option<DateTime<Utc>>,
    /// Until when messages are signed with the secret before as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
}

/// A subscription to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// What people call it; unique.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// Where messages go: `https://`, no user or password in it.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub url: String,
    /// What it is told; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub events: BTreeSet<EventKind>,
    /// Only about releases of these types; absent: of every type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_types: Option<BTreeSet<ReleaseTypeKey>>,
}

/// What changes of a subscription; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where messages go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<BTreeSet<EventKind>>,
    /// Only about releases of these types; an empty list: of every type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_types: Option<BTreeSet<ReleaseTypeKey>>,
    /// `active` or `paused`. Made active again, it goes on where it was, at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<WebhookState>,
    /// Forgets what waits: the next message is about what happens from now on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_waiting: bool,
}

/// A subscription with its secret, which is shown only here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookWithSecret {
    /// The secret, `whsec_...`.
    pub secret: String,
    /// The rest.
    #[serde(flatten)]
    pub webhook: Webhook,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The receiver took it.
    Delivered,
    /// It did not, and is asked again.
    Retrying,
    /// It did not for a day, or said that it is gone.
    GivenUp,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// What the receiver answered, if it did; 200 to 299 is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of the answer, at most 2,048 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

/// A message in the log of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its number in this log: the revision it is about.
    pub id: u64,
    /// The id it is sent with.
    pub message: String,
    /// What it is about.
    pub event: EventKind,
    /// The release it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseNumber>,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// The first attempt.
    pub first: DateTime<Utc>,
    /// What came of the last one.
    pub last: Attempt,
}

/// What came of trying a subscription out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookTest {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// What came of it.
    #[serde(flatten)]
    pub attempt: Attempt,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Action;

    #[test]
    fn the_word_is_the_one_in_json() {
        for kind in EventKind::SUBSCRIBABLE.into_iter().chain([EventKind::Test]) {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
        let once: BTreeSet<_> = EventKind::SUBSCRIBABLE.into_iter().collect();
        assert_eq!(once.len(), EventKind::SUBSCRIBABLE.len());
        assert_eq!(EventKind::parse("release.unheard"), None);
    }

    #[test]
    fn each_action_has_its_event() {
        let of = |action: Action| {
            let word = serde_json::to_value(action).unwrap();
            EventKind::of(Category::Workflow, word.as_str().unwrap())
        };
        for action in Action::ALL {
            let expected = match action {
                Action::Submit => EventKind::Submitted,
                Action::Withdraw => EventKind::Withdrawn,
                Action::Authorise => EventKind::Authorised,
                Action::Refuse => EventKind::Refused,
                Action::Forward | Action::Unresolved | Action::Accept => EventKind::StageChanged,
                Action::Close => EventKind::Closed,
                Action::Cancel => EventKind::Cancelled,
                Action::Reopen => EventKind::Reopened,
                Action::Hold => EventKind::Held,
                Action::Resume => EventKind::Resumed,
                Action::Claim | Action::Delegate | Action::Share | Action::Unshare | Action::ChangeGroup => {
                    EventKind::Assigned
                }
                Action::ReDate | Action::Schedule => EventKind::Rescheduled,
            };
            assert_eq!(of(action), expected, "{action:?}");
        }
    }

    #[test]
    fn an_op_of_a_later_version_is_told_by_its_category() {
        assert_eq!(
            EventKind::of(Category::Workflow, "teleport"),
            EventKind::StageChanged
        );
        assert_eq!(EventKind::of(Category::Workflow, "submit"), EventKind::Submitted);
        assert_eq!(EventKind::of(Category::Execution, "record"), EventKind::Step);
        assert_eq!(EventKind::of(Category::Plan, "add_step"), EventKind::Changed);
        assert_eq!(EventKind::of(Category::Creation, "create"), EventKind::Created);
        assert_eq!(
            EventKind::of(Category::Conflict, "set_field"),
            EventKind::Conflict
        );
    }
}
