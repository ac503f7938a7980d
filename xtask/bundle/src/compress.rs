//! The `.br` and `.gz` twins the server sends to browsers that accept them.

use crate::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

/// Window of 2^22 bytes: the largest every brotli decoder must accept.
const BROTLI_WINDOW: u32 = 22;

/// Both encodings of one file.
pub struct Encoded {
    /// gzip, highest level.
    pub gzip: Vec<u8>,
    /// brotli at the quality asked for.
    pub brotli: Vec<u8>,
}

/// Encodes `bytes`, or `None` when the kind of file is compressed already or the twins would not be
/// smaller than the original.
///
/// # Errors
/// Only what the encoders report; writing to memory does not fail.
pub fn encode(path: &Path, bytes: &[u8], quality: u32) -> Result<Option<Encoded>> {
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    if matches!(
        extension,
        "png" | "jpg" | "jpeg" | "webp" | "avif" | "woff2" | "gz" | "br"
    ) {
        return Ok(None);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    let gzip = gzip.finish()?;

    let mut brotli = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut brotli, 1 << 16, quality, BROTLI_WINDOW);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    drop(encoder);

    let smaller = gzip.len() < bytes.len() && brotli.len() < bytes.len();
    Ok(smaller.then_some(Encoded { gzip, brotli }))
}
