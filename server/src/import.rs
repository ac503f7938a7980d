//! Importing files into the CMDB.
//!
//! An import reads its files three times over: first to the end without writing, so that a damaged file or a
//! wrong format changes nothing; then the CIs, then the relations, in chunks of one transaction each. Each CI
//! and relation is written whole or not at all, and what is there already is not written again. If an import
//! is cut off, the chunks that were committed stay, and repeating it does the rest.

mod run;
mod survey;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use domain::transfer::Format;
pub use run::run;

/// A file to import: its name for messages, and where it is.
pub type File = (String, PathBuf);

/// Problems that a report lists; all are counted.
const LISTED: usize = 10_000;
