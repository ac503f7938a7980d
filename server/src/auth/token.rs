//! API tokens: `slp_` and 43 random characters, so that scanners and people recognise a leaked one.

use super::secret::{NoRandomness, Secret};

/// What every token starts with.
pub const PREFIX: &str = "slp_";

/// Draws a new token. The clear text is shown once; `hash` is stored.
///
/// # Errors
/// When the operating system has no random source.
pub fn mint() -> Result<Secret, NoRandomness> {
    Secret::draw(PREFIX)
}
