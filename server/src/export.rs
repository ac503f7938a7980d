//! Everything in the CMDB as NDJSON: all CIs, then all relations. Importing it again changes nothing.

pub mod list;

use std::io::{self, Write};

use domain::transfer::{ci_line, relation_line};

use crate::db::{Error, Store};

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// CIs.
    pub cis: u64,
    /// Relations.
    pub relations: u64,
}

/// Writes the CMDB to `out`, one object a line.
///
/// # Errors
/// When the database fails or `out` cannot be written to.
pub async fn run(store: &Store, out: &mut (impl Write + Send)) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    store
        .each_ci(|ci| {
            counts.cis += 1;
            line(out, ci_line(&ci))
        })
        .await?;
    store
        .each_relation(|relation| {
            counts.relations += 1;
            line(out, relation_line(&relation))
        })
        .await?;
    Ok(counts)
}

fn line(out: &mut impl Write, line: serde_json::Result<String>) -> Result<(), Error> {
    let line = line.map_err(io::Error::from);
    line.and_then(|line| writeln!(out, "{line}"))
        .map_err(|e| Error::Unusable(format!("cannot write the export: {e}")))
}
