//! Backups: everything an installation holds as one file, and an installation from such a file.
//!
//! - `format`: what the lines of the file say; `writer` and `reader` write and check them, knowing no files;
//! - `take`: reads one point in time of a database, and the blobs beside it, into chunks of such a file;
//! - [`file`](mod@file): a file that is complete, on disk and read back before it has its name; [`verify`];
//! - `restore`: fills an empty database from a file, all or nothing;
//! - `blobs`: the files beside the database.

mod blobs;
pub mod file;
mod format;
mod reader;
pub mod restore;
mod take;
mod writer;

use crate::db;

pub use file::verify;
pub use format::{Header, Sum};
pub use restore::restore;
pub use take::{Chunks, Taken, take};

/// Why a backup was not taken, not accepted or not restored; the text says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a whole, undamaged backup that this version reads.
    #[error("{0}")]
    Damaged(String),
    /// It would be wrong to go on.
    #[error("{0}")]
    Refused(String),
    /// A file or folder cannot be read or written.
    #[error("cannot {doing} {path}: {error}")]
    Disk {
        /// The verb.
        doing: &'static str,
        /// Which file or folder.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Error {
    fn disk(doing: &'static str, path: &std::path::Path, error: std::io::Error) -> Self {
        Self::Disk {
            doing,
            path: path.display().to_string(),
            error,
        }
    }
}
