//! Photos and files over HTTP.

use serde::{Deserialize, Serialize};

use crate::BlobId;

/// Most bytes of one photo, file or document, unless the installation says otherwise.
pub const MAX_BLOB: u64 = 200 * 1024 * 1024;
/// Most bytes of one photo of a record, after it was made smaller.
pub const MAX_PHOTO: u64 = 20 * 1024 * 1024;
/// Bytes of one piece of an upload; the last one may have fewer.
pub const BLOB_PIECE: u64 = 512 * 1024;
/// The header that says how many bytes the server has on disk.
pub const UPLOAD_OFFSET: &str = "upload-offset";
/// The content type of one piece of an upload.
pub const PIECE_TYPE: &str = "application/offset+octet-stream";

/// Body of `POST /api/v1/blobs`: begins an upload, or asks how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBlob {
    /// SHA-256 of the whole.
    pub sha256: BlobId,
    /// Its length; at least 1, and at most what the installation keeps (200 MiB unless it says otherwise).
    pub bytes: u64,
    /// What the sender takes it for: `image/jpeg`. What it is, the server finds out from the content.
    #[serde(rename = "type")]
    pub kind: String,
}

/// How far an upload is. It is complete when `offset` is `bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadState {
    /// Bytes on the server's disk.
    pub offset: u64,
    /// Bytes in all.
    pub bytes: u64,
}

impl UploadState {
    /// Nothing is missing.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.offset == self.bytes
    }
}
