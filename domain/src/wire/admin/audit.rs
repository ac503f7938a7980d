use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::UserId;

/// What was done to a record of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditDeed {
    /// It was made.
    Created,
    /// Something in it was changed.
    Changed,
    /// It was taken out of use; it can be given back.
    Retired,
    /// It is in use again.
    Restored,
    /// A new password was set; neither it nor the one before is kept here.
    PasswordSet,
    /// A token was revoked.
    Revoked,
    /// Records came in from a file.
    Imported,
    /// It was taken away for good.
    Deleted,
    /// A new secret was made; neither it nor the one before is kept here.
    SecretSet,
    /// It was put in line again, to be sent at once.
    SentAgain,
}

/// One change of a record that is no release. Such rows are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Identity; later rows have later ones.
    pub id: String,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// Who; absent for the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Their name then; `cli` for the command line.
    pub by: String,
    /// Which register: `users`, `groups`, `calendars`, ...
    pub register: String,
    /// The key of the record in it.
    pub record: String,
    /// The name of the record then.
    pub label: String,
    /// What was done.
    pub deed: AuditDeed,
    /// The record before; absent for one that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// The record afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
}

/// Query of `GET /api/v1/admin/audit`; all filters together must hold. Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Only of this register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
    /// Only of the record with this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Only by this person: their identity, or `cli`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// A text that must occur in the record's name, in who did it, or in what was there before or afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Rows in a page, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
