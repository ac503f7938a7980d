//! `manifest.json`: what the server reads to serve the folder and to write the page that loads it.

use serde::Serialize;

/// The whole folder.
#[derive(Debug, Serialize)]
pub struct Manifest {
    /// Address of the JavaScript module whose default export starts the application.
    pub js: String,
    /// Address of the WebAssembly module.
    pub wasm: String,
    /// Address of the stylesheet.
    pub css: String,
    /// Every file, sorted by address.
    pub files: Vec<File>,
}

/// One file of the folder; its address is its path in the folder with `/` in front.
#[derive(Debug, Serialize)]
pub struct File {
    /// Address, for example `/pkg/slipway.1f0c3a5b9d2e.js`.
    pub url: String,
    /// Digest of the uncompressed content, lower-case hex.
    pub sha256: String,
    /// Whether the address changes with the content, so that it may be cached for ever.
    pub hashed: bool,
    /// Whether a device takes it along, to work without a network.
    pub offline: bool,
    /// Size in bytes.
    pub bytes: usize,
    /// Size of the `.gz` twin in bytes; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gzip: Option<usize>,
    /// Size of the `.br` twin in bytes; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brotli: Option<usize>,
}
