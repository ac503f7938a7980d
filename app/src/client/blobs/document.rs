//! A document as it is kept: as it is, read once piece by piece for its name and for what it is.

use domain::BlobId;
use domain::files::{Kind, Look};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes that are in memory at a time.
const PIECE: f64 = 4.0 * 1024.0 * 1024.0;

/// A document that is ready to be kept.
pub struct Prepared {
    /// Its name.
    pub id: BlobId,
    /// What it is.
    pub kind: Kind,
    /// Its length.
    pub bytes: u64,
}

/// Reads a file of at most `most` bytes; `read` hears how many bytes it has seen, and says whether to go on.
///
/// # Errors
/// A sentence for people.
pub async fn prepare(file: &Blob, most: u64, read: impl Fn(u64) -> bool) -> Result<Prepared, String> {
    let size = file.size();
    if size == 0.0 {
        return Err("It is empty.".into());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size in bytes"
    )]
    let bytes = size as u64;
    if bytes > most {
        return Err(format!(
            "It has {}; at most {} are kept here.",
            crate::words::bytes(bytes),
            crate::words::bytes(most)
        ));
    }
    let unreadable = |_: JsValue| "The browser could not read it; choose it again.".to_owned();
    let mut look = Look::default();
    let mut from = 0.0;
    while from < size {
        let to = size.min(from + PIECE);
        let piece = file.slice_with_f64_and_f64(from, to).map_err(unreadable)?;
        let piece = JsFuture::from(piece.array_buffer()).await.map_err(unreadable)?;
        let piece: ArrayBuffer = piece.dyn_into().map_err(unreadable)?;
        look.take(&Uint8Array::new(&piece).to_vec());
        from = to;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size in bytes"
        )]
        let goes_on = read(from as u64);
        if !goes_on {
            return Err("You stopped it.".into());
        }
    }
    let (id, kind) = look.end();
    let kind = kind.ok_or_else(|| format!("This kind of file is not kept here. {}", Kind::KEPT))?;
    Ok(Prepared { id, kind, bytes })
}
