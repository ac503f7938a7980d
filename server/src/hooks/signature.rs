//! The signature of a message, as Standard Webhooks 1 (<https://www.standardwebhooks.com>) has it, so that receivers
//! find a library for it: HMAC-SHA-256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::Sha256;

use crate::auth::secret::NoRandomness;

/// What every secret starts with, so that scanners and people recognise a leaked one.
pub const PREFIX: &str = "whsec_";

/// Draws a secret: 256 random bits.
///
/// # Errors
/// When the operating system has no random source.
pub fn draw_secret() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// One signature, `v1,...`; `None` for a secret that is none.
#[must_use]
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_one_of_the_published_example() {
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn secrets_differ_and_sign_everything() {
        let (one, two) = (draw_secret().unwrap(), draw_secret().unwrap());
        assert_ne!(one, two);
        let of = |secret: &str, id: &str, at: i64, body: &str| sign(secret, id, at, body).unwrap();
        let signed = of(&one, "a", 1, "{}");
        assert_eq!(signed, of(&one, "a", 1, "{}"));
        for other in [
            of(&two, "a", 1, "{}"),
            of(&one, "b", 1, "{}"),
            of(&one, "a", 2, "{}"),
            of(&one, "a", 1, "[]"),
        ] {
            assert_ne!(signed, other);
        }
        assert_eq!(sign("no secret", "a", 1, "{}"), None);
        assert_eq!(sign("whsec_???", "a", 1, "{}"), None);
    }
}
