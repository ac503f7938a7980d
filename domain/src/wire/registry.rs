//! Registers over HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::registry::{ChangedCi, Record, RecordDraft, RegisterKind};
use crate::release::{ChangeOutcome, Disposition, LinkKey, Stage, Value};
use crate::wire::cmdb::Tally;
use crate::{CiKey, RecordKey, ReleaseId, ReleaseNumber};

/// Query of `GET /api/v1/registers/{kind}`; all filters together must hold. By key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterQuery {
    /// Words that must all occur in key, title or status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only with this status, in any case of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Deleted records instead of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// Rows in a page, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A record in a list: all of it but its long texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordSummary {
    /// Key.
    pub key: RecordKey,
    /// Title.
    pub title: String,
    /// Status, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// What tells it from others: project of a purchase, version of a medium, risk of a change.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where it is worked on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// CIs that a change changes.
    #[serde(default)]
    pub cis: u64,
    /// Last change.
    pub updated: DateTime<Utc>,
}

/// A record with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordDetail {
    /// The register.
    pub register: RegisterKind,
    /// The record.
    #[serde(flatten)]
    pub record: Record,
    /// Counts its changes, from 1; what a change names to say what it was made from.
    pub version: u64,
    /// Last change.
    pub updated: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Since when it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<DateTime<Utc>>,
    /// Releases that link it and that the caller may see, last changed first; at most 100 are listed.
    pub releases: Vec<LinkingRelease>,
    /// How many there are of these.
    pub releases_total: u64,
}

/// A release that links a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkingRelease {
    /// Identity.
    pub id: ReleaseId,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    pub title: String,
    /// Where it is in its workflow.
    pub stage: Stage,
    /// Whether it is being worked on.
    pub disposition: Disposition,
}

/// Body of `POST /api/v1/registers/{kind}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// The key, as the system has it where it comes from.
    pub key: RecordKey,
    /// Fields by name: `title`, `status`, `link`, ... `null` empties one.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// The whole back-out plan, step by step. Only changes have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_out: Option<Vec<String>>,
    /// All CIs that it changes. Only changes have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cis: Option<Vec<ChangedCi>>,
}

impl NewRecord {
    /// What it says, under its key.
    #[must_use]
    pub fn new(key: RecordKey, draft: RecordDraft) -> Self {
        let RecordDraft {
            fields,
            back_out,
            cis,
        } = draft;
        Self {
            key,
            fields,
            back_out,
            cis,
        }
    }

    /// What it says.
    #[must_use]
    pub fn draft(self) -> RecordDraft {
        RecordDraft {
            fields: self.fields,
            back_out: self.back_out,
            cis: self.cis,
        }
    }
}

impl RecordPatch {
    /// A change of the record as it was at this version.
    #[must_use]
    pub fn new(version: u64, draft: RecordDraft) -> Self {
        let RecordDraft {
            fields,
            back_out,
            cis,
        } = draft;
        Self {
            version,
            fields,
            back_out,
            cis,
            deleted: None,
        }
    }

    /// What it is to say.
    #[must_use]
    pub fn draft(self) -> RecordDraft {
        RecordDraft {
            fields: self.fields,
            back_out: self.back_out,
            cis: self.cis,
        }
    }
}

/// Body of `PATCH /api/v1/registers/{kind}/{key}`; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordPatch {
    /// The version that was looked at; if another one is there now, nothing is changed.
    pub version: u64,
    /// Fields by name: `title`, `status`, `link`, ... `null` empties one.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// The whole back-out plan, step by step. Only changes have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_out: Option<Vec<String>>,
    /// All CIs that it changes. Only changes have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cis: Option<Vec<ChangedCi>>,
    /// `false` brings a deleted record back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
}

/// What an import into a register did, or with `dry_run` would do. Everything that is taken is stored in one
/// transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterReport {
    /// Nothing was written.
    pub dry_run: bool,
    /// The file could not be read to its end, so nothing was written; `problems` says why.
    pub refused: bool,
    /// Records.
    pub records: Tally,
    /// What was not taken, in file order; at most 10,000 are listed, `records.rejected` counts all rows.
    pub problems: Vec<RegisterProblem>,
}

/// One thing in a file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterProblem {
    /// Line in the file, counted from 1.
    pub line: u64,
    /// The key of the record, as far as it is known.
    pub reference: String,
    /// The column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// A record that a release links, as its register has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkNow {
    /// The link.
    pub link: LinkKey,
    /// What became of a change in this release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ChangeOutcome>,
    /// The record as it is now; absent where it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// CIs that the change changes now and not when the release took them over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<ChangedCi>,
    /// CIs that the release took over and that the change does not change any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub less: Vec<CiKey>,
}
