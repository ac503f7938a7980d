//! Files that people bring: what they are, found out from their content, and names that are safe everywhere.

mod kind;
mod name;

use sha2::{Digest, Sha256};

use crate::BlobId;

pub use kind::{Kind, Sniffer};
pub use name::{FileName, MAX_NAME};

/// Finds out what a file is called by its content and what it is, while it is read piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Look {
    hash: Sha256,
    sniffer: Sniffer,
}

impl Look {
    /// The next piece.
    pub fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.sniffer.take(piece);
    }

    /// After the last piece: its name, and what it is if it is something that is kept.
    #[must_use]
    pub fn end(self) -> (BlobId, Option<Kind>) {
        (BlobId(self.hash.finalize().into()), self.sniffer.kind())
    }
}
