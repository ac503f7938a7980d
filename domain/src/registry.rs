//! The registers beside the CMDB: changes, problems, knowledge articles, purchases and definitive media. Slipway is
//! not where these are worked on; it holds enough of them for a release to link real records (S7 to S13).
//!
//! One design for all: a [`Record`] has a key and the fields that [`RegisterKind::fields`] lists, each with a shape
//! that says what it may hold. Forms, the REST interface, imports and search are all made from that list.

mod fields;
mod record;
#[cfg(feature = "transfer")]
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{BadId, CiKey, RecordKey, shorten};

pub use fields::{FieldSpec, MAX_LINK, RecordField, Shape, link};
pub use record::{ChangedCi, MAX_BACK_OUT, MAX_CIS, Record, RecordDraft};
#[cfg(feature = "transfer")]
pub use table::{MAX_ROWS, Row, RowProblem, Table, read_table};

/// A register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegisterKind {
    /// Requests for change, with the CIs that they change and how to back out.
    Changes,
    /// Causes of incidents, known or looked for.
    Problems,
    /// Articles to consult.
    Knowledge,
    /// What is bought for a release.
    Purchases,
    /// Definitive media: what is installed from, with its digest.
    Media,
}

impl RegisterKind {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 5] = [
        Self::Changes,
        Self::Problems,
        Self::Knowledge,
        Self::Purchases,
        Self::Media,
    ];

    /// The word in JSON and addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Problems => "problems",
            Self::Knowledge => "knowledge",
            Self::Purchases => "purchases",
            Self::Media => "media",
        }
    }

    /// The register, as people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Changes => "Changes",
            Self::Problems => "Problems",
            Self::Knowledge => "Knowledge",
            Self::Purchases => "Purchases",
            Self::Media => "Definitive media",
        }
    }

    /// One record of it, in a sentence.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Changes => "change",
            Self::Problems => "problem",
            Self::Knowledge => "knowledge article",
            Self::Purchases => "purchase",
            Self::Media => "media item",
        }
    }

    /// Several records of it, in a sentence.
    #[must_use]
    pub fn many(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Problems => "problems",
            Self::Knowledge => "knowledge articles",
            Self::Purchases => "purchases",
            Self::Media => "media items",
        }
    }

    /// Whether a link to such a record says *what* is rolled out. These links are content: they are frozen with the
    /// plan at submission, and an approval names them. The others accompany a release as long as it is open.
    #[must_use]
    pub fn is_content(self) -> bool {
        matches!(self, Self::Changes | Self::Media)
    }
}

impl fmt::Display for RegisterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RegisterKind {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let all = Self::ALL.map(Self::as_str).join(", ");
                BadId(format!(
                    "there is no register `{}`; there are {all}",
                    shorten(text)
                ))
            })
    }
}

/// The address of a record: `changes/CHG-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The register.
    pub register: RegisterKind,
    /// The key in it.
    pub key: RecordKey,
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.register, self.key)
    }
}

impl FromStr for RecordRef {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let (register, key) = text
            .split_once('/')
            .ok_or_else(|| BadId(format!("`{}` is not a register and a key", shorten(text))))?;
        Ok(Self {
            register: register.parse()?,
            key: key.parse()?,
        })
    }
}

/// What the reducer knows about a record that a release links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFact {
    /// It is in the register.
    Known(KnownRecord),
    /// It never was, or was deleted.
    Never,
    /// Nothing is known here (offline); not held against the release.
    Unknown,
}

/// What of a record matters to a release that links it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRecord {
    /// Its title.
    pub title: String,
    /// Its status; empty where it has none.
    pub status: String,
    /// The CIs that a change changes, with their names.
    pub cis: BTreeMap<CiKey, String>,
}
