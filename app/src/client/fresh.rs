//! Identities made on this device.

use ulid::Ulid;

use super::clock;

/// A new identity: the time and 80 random bits of the browser's cryptographic source.
#[must_use]
pub fn ulid() -> Ulid {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970 are positive and far below 2^48"
    )]
    let ms = clock::now_ms() as u64;
    Ulid::from_parts(ms, random())
}

/// A password that can be read out: 100 random bits as five groups of letters and digits that are not mistaken for
/// each other.
#[must_use]
pub fn secret() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bits = random();
    let mut text = String::with_capacity(24);
    for place in 0..20 {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let letter = usize::try_from(bits & 31).unwrap_or_default();
        text.push(char::from(LETTERS[letter]));
        bits >>= 5;
    }
    text
}

fn random() -> u128 {
    let mut bytes = [0_u8; 16];
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    let drawn = crypto.is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !drawn {
        // Every browser that runs this page has the source above; should one not, two draws still differ.
        for byte in &mut bytes {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 256"
            )]
            let drawn = (js_sys::Math::random() * 256.0) as u8;
            *byte = drawn;
        }
    }
    u128::from_le_bytes(bytes)
}
