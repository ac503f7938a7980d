//! Random secrets. The clear text goes to its owner once; only its digest is stored.

use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// A random secret and its digest.
#[derive(Clone)]
pub struct Secret {
    /// What the owner keeps: 43 letters, digits, `-` and `_` (256 random bits), after any prefix.
    pub clear: String,
    /// What is stored: lowercase hexadecimal SHA-256 of `clear`.
    pub hash: String,
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

impl Secret {
    /// Draws a new secret behind `prefix`.
    ///
    /// # Errors
    /// When the operating system has no random source.
    pub fn draw(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        OsRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
        let clear = format!("{prefix}{}", base64url(&bytes));
        let hash = digest(&clear);
        Ok(Self { clear, hash })
    }
}

/// Lowercase hexadecimal SHA-256. Enough for secrets of 256 random bits; passwords need
/// [`super::password`].
#[must_use]
pub fn digest(clear: &str) -> String {
    Sha256::digest(clear.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_only_the_digest_is_kept() {
        let (one, two) = (Secret::draw("slp_").unwrap(), Secret::draw("slp_").unwrap());
        assert_ne!(one.clear, two.clear);
        assert_eq!(one.clear.len(), 4 + 43);
        assert_eq!(one.hash, digest(&one.clear));
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
