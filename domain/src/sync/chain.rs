//! The journal as a hash chain: each entry is bound to all before it, so that changing, removing, adding or moving
//! one shows (the construction of Haber and Stornetta, "How to time-stamp a digital document", 1991).

use sha2::{Digest, Sha256};

/// Where the chain stands after some entries: how many, and the digest over all of them in their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chain {
    entries: u64,
    digest: [u8; 32],
}

impl Chain {
    /// Before the first entry.
    pub const BEGIN: Self = Self {
        entries: 0,
        digest: [0; 32],
    };

    /// Reads a place that was written down as [`Chain::entries`] and [`Chain::digest`].
    #[must_use]
    pub fn parse(entries: u64, digest: &str) -> Option<Self> {
        if digest.len() != 64 || !digest.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digest.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self {
            entries,
            digest: bytes,
        })
    }

    /// After one more entry: SHA-256 over the digest so far, the number of the entry (8 bytes, big-endian) and the
    /// entry as it is stored, which is JSON with its fields in a fixed order.
    #[must_use]
    pub fn then(self, entry: &str) -> Self {
        let entries = self.entries + 1;
        let mut hash = Sha256::new();
        hash.update(self.digest);
        hash.update(entries.to_be_bytes());
        hash.update(entry.as_bytes());
        Self {
            entries,
            digest: hash.finalize().into(),
        }
    }

    /// How many entries it binds.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The digest over them, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn over(entries: &[String]) -> Chain {
        entries
            .iter()
            .fold(Chain::BEGIN, |chain, entry| chain.then(entry))
    }

    proptest! {
        #[test]
        fn every_change_of_the_entries_shows(
            entries in prop::collection::vec("[a-c]{0,3}", 1..8),
            others in prop::collection::vec("[a-c]{0,3}", 1..8),
        ) {
            prop_assert_eq!(over(&entries) == over(&others), entries == others);
        }

        #[test]
        fn a_place_is_read_as_it_was_written(entries in prop::collection::vec(".{0,9}", 0..4)) {
            let chain = over(&entries);
            prop_assert_eq!(Chain::parse(chain.entries(), &chain.digest()), Some(chain));
        }
    }

    #[test]
    fn what_is_no_digest_is_none() {
        for wrong in [
            "",
            "00",
            &"g".repeat(64),
            &"é".repeat(32),
            &"0".repeat(63),
            &"+0".repeat(32),
        ] {
            assert_eq!(Chain::parse(1, wrong), None, "{wrong}");
        }
    }
}
