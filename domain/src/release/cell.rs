use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::{BadId, ClientId, UserId, shorten};

/// A place in the server's order of commits. Counts from 1; 0 is before everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Rev(pub u64);

impl fmt::Display for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Identity of an op: which store made it, and its place there. `seq` starts at 1 and has no gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpId {
    /// The store.
    pub client: ClientId,
    /// Its how-manieth op.
    pub seq: u64,
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.client, self.seq)
    }
}

impl FromStr for OpId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.split_once('.')
            .and_then(|(client, seq)| {
                Some(Self {
                    client: client.parse().ok()?,
                    seq: seq.parse().ok()?,
                })
            })
            .ok_or_else(|| BadId(format!("`{}` is not an op id such as 01J...XYZ.7", shorten(text))))
    }
}

/// Which version of a register somebody saw: a committed one, or one made by an own op that has no outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldVer {
    /// Committed at this revision; `0` means "never set".
    Rev(Rev),
    /// Made by this op of the same client.
    Mine(OpId),
}

impl FieldVer {
    /// The revision, if it is committed.
    #[must_use]
    pub fn rev(self) -> Option<Rev> {
        match self {
            Self::Rev(rev) => Some(rev),
            Self::Mine(_) => None,
        }
    }
}

impl Default for FieldVer {
    fn default() -> Self {
        Self::Rev(Rev(0))
    }
}

/// Version, author and time of a change. The time is the server's on committed data, the device's before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mark {
    /// Version.
    pub ver: FieldVer,
    /// Author.
    pub by: UserId,
    /// Time.
    pub at: DateTime<Utc>,
}

/// A scalar as it travels. The field's [`super::FieldKind`] says which of these it may be; times are RFC 3339 text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Value {
    /// Nothing; JSON `null`.
    #[default]
    Empty,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text, a key, an identity or a time.
    Text(String),
}

impl Value {
    /// The text, `""` for anything else.
    #[must_use]
    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The number.
    #[must_use]
    pub fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The flag; `false` for anything else.
    #[must_use]
    pub fn as_flag(&self) -> bool {
        matches!(self, Self::Flag(true))
    }

    /// The time.
    #[must_use]
    pub fn as_time(&self) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(self.as_text())
            .ok()
            .map(|t| t.to_utc())
    }

    /// A time in its one canonical text: UTC, whole seconds, `Z`.
    #[must_use]
    pub fn time(time: DateTime<Utc>) -> Self {
        Self::Text(time.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// Nothing, or a text of nothing but space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Flag(_) | Self::Number(_) => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("—"),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A register: a value and its last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// Its last change.
    #[serde(flatten)]
    pub mark: Mark,
}
