//! Mails over HTTP: how they are sent here, what was sent, and how a template reads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ReleaseNumber;
use crate::mail::{MailTemplate, Moment};

/// How far a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It waits for its first attempt, or for the next one.
    Queued,
    /// A mail server took it.
    Sent,
    /// It was not taken, and is not tried again.
    GivenUp,
}

/// A mail of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mail {
    /// Names it in this log.
    pub id: String,
    /// Its `Message-ID`, the same in every attempt.
    pub message: String,
    /// About what.
    pub moment: Moment,
    /// The release it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseNumber>,
    /// Where it goes.
    pub address: String,
    /// Whose address that is.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// How far it is.
    pub state: MailState,
    /// Attempts so far.
    pub attempts: u32,
    /// When it became due.
    pub created: DateTime<Utc>,
    /// The last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// The next one, while it is queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Query of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailQuery {
    /// Only mails that are this far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MailState>,
    /// Rows in a page, 1 to 500; 50 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// How mails are sent here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailStanding {
    /// The mail server, without its password. Absent: none was named when this server was started, and nothing is
    /// queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The sender of the mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Mails that wait.
    pub queued: u64,
    /// Mails of the log that were sent.
    pub sent: u64,
    /// Mails of the log that were given up.
    pub given_up: u64,
}

/// A template to look at, with the release that it is filled in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MailPreviewOf {
    /// The template as it is typed; it need not be stored.
    pub template: MailTemplate,
    /// Number of a release.
    pub release: ReleaseNumber,
}

/// How a mail reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailPreview {
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// What came of a test mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailTest {
    /// Where it went.
    pub address: String,
    /// Whether the mail server took it.
    pub sent: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}
