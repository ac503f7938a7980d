//! Passwords: argon2id with 19 MiB, two passes, one lane, which costs a guesser about as much memory and
//! time as we can afford at sign-in. At most two run at a time, so that a flood of sign-ins takes neither
//! both cores for long nor all memory.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore;
use rand::rngs::OsRng;
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const AT_ONCE: usize = 2;

/// Fewest characters of a new password.
pub const MIN_LENGTH: usize = 10;
/// Most characters of a password; longer ones are refused unread.
pub const MAX_LENGTH: usize = 200;

/// Why a password was not taken or could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The new password breaks a rule; the text says which.
    #[error("{0}")]
    Unsuitable(String),
    /// The hash could not be computed.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// Checks a new password. Length is what counts; there are no rules on which characters to use.
///
/// # Errors
/// [`Error::Unsuitable`].
pub fn check_new(password: &str, login: &str) -> Result<(), Error> {
    let length = password.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(Error::Unsuitable(format!(
            "the password has {length} characters; {MIN_LENGTH} to {MAX_LENGTH} are needed"
        )));
    }
    if password.eq_ignore_ascii_case(login) {
        return Err(Error::Unsuitable("the password is the sign-in name".into()));
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return Err(Error::Unsuitable("the password repeats one character".into()));
    }
    Ok(())
}

/// Hashes a password to a PHC string. Takes tens of milliseconds of one core: not for an async thread,
/// use [`Passwords`] there.
///
/// # Errors
/// [`Error::Failed`].
pub fn hash(password: &str) -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::Failed(error.to_string()))?;
    let salt = SaltString::encode_b64(&bytes).map_err(failed)?;
    let hash = argon2()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(failed)?;
    Ok(hash.to_string())
}

/// Whether a password belongs to a PHC string, taking as long for a wrong one. An unreadable string matches nothing.
#[must_use]
pub fn verify(password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else {
        return false;
    };
    // The parameters come from the stored string, so that older hashes stay valid when ours change.
    Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok()
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed(error.to_string())
}

/// A hash nobody knows the password of: checked for unknown people, so that the time of an answer does
/// not tell who exists.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| {
    let secret = super::secret::Secret::draw("").ok()?;
    hash(&secret.clear).ok()
});

/// Hashing and checking from async code, bounded.
#[derive(Clone)]
pub struct Passwords {
    gate: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// Whether `password` belongs to `phc`; `None` does the same work and says no.
    ///
    /// # Errors
    /// [`Error::Failed`] when the work could not be done.
    pub async fn verify(&self, password: String, phc: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            if password.chars().count() > MAX_LENGTH {
                return Ok(false);
            }
            let known = phc.is_some();
            let phc = phc.as_deref().or(NOBODY.as_deref());
            let matches = phc.is_some_and(|phc| verify(&password, phc));
            Ok(known && matches)
        })
        .await
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Error::Failed`] when the work could not be done.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || hash(&password)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.gate).acquire_owned().await.map_err(failed)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(failed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_with_our_cost_and_checks_only_its_own_password() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("correct horse battery", &phc));
        assert!(!verify("correct horse batterz", &phc));
        assert!(!verify("", &phc));
        assert!(!verify("anything", "not a hash"));
    }

    #[test]
    fn new_passwords_are_judged_by_length_first() {
        assert!(check_new("correct horse", "ann").is_ok());
        for wrong in ["short", "", "aaaaaaaaaaaa", "annannannannann"] {
            assert!(check_new(wrong, "annannannannann").is_err(), "{wrong}");
        }
        assert!(check_new(&"ab".repeat(101), "ann").is_err());
    }

    #[tokio::test]
    async fn an_unknown_person_never_matches() {
        let passwords = Passwords::default();
        assert_eq!(passwords.verify("whatever it is".into(), None).await, Ok(false));
    }
}
