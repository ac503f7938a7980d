//! The file: gzip over lines of JSON, each an object with one key that says what the line is.
//!
//! ```text
//! {"backup":{"format":1,"id":..,"taken":..,"version":..,"epoch":..,"head":..,"schema":[..]}}
//! {"part":"ci"}                                       a table; those of relations last
//! {"record":{"check":"1f0e2d3c","is":{"id":..}}}      its records, by id
//! {"end":{"part":"ci","records":2512,"sha256":".."}}
//! {"part":"blobs"}
//! {"blob":{"path":"ab/abc..","bytes":81920}}          followed by its content
//! {"data":"base64"}
//! {"end":{"part":"blobs","records":1,"sha256":".."}}
//! {"manifest":{"parts":[..]}}                         every `end` again
//! {"sha256":".."}                                     of every byte before this line
//! ```

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::Epoch;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::db::SchemaStep;

/// The format this version writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The part that holds files instead of records.
pub(super) const BLOBS: &str = "blobs";
/// Longest line, in bytes. A release with its whole plan is far below it.
pub(super) const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Bytes of a blob in one line.
pub(super) const BLOB_CHUNK: usize = 256 * 1024;

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format of the file.
    pub format: u32,
    /// Its own id.
    pub id: ulid::Ulid,
    /// The point in time.
    pub taken: DateTime<Utc>,
    /// The version of slipway that wrote it.
    pub version: String,
    /// The life of the database.
    pub epoch: Epoch,
    /// The last revision in it.
    pub head: u64,
    /// The steps of the schema, in order; there are as many as the schema's number says.
    pub schema: Vec<SchemaStep>,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// A table, or `blobs`.
    pub part: String,
    /// How many records or files.
    pub records: u64,
    /// SHA-256 of its lines.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) parts: Vec<Sum>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checked<'a> {
    /// The first eight digits of the SHA-256 of the record's text.
    pub(super) check: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) is: &'a RawValue,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlobHead {
    /// Below the folder of blobs, with `/`; the last segment is the SHA-256 of the content.
    pub(super) path: String,
    pub(super) bytes: u64,
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Backup(Header),
    Part(String),
    #[serde(borrow)]
    Record(Checked<'a>),
    Blob(BlobHead),
    Data(String),
    End(Sum),
    Manifest(Manifest),
    Sha256(String),
}

/// Only so much of a first line as every format has.
#[derive(Deserialize)]
pub(super) struct FirstLine {
    pub(super) backup: FormatOnly,
}

#[derive(Deserialize)]
pub(super) struct FormatOnly {
    pub(super) format: u32,
}

/// The check of a record.
pub(super) fn check_of(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// A name that a table may have; it never is a path.
pub(super) fn is_part_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
