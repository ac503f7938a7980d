//! Numbers and amounts as people read them. Pure text, tested natively.

/// The word with a capital at its start.
#[must_use]
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `12345` as `12,345`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 step`, `1,200 steps`.
#[must_use]
pub fn many(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// `50 of 12,345`, or `all 7`, or `none`.
#[must_use]
pub fn of(shown: u64, total: u64) -> String {
    match (shown, total) {
        (_, 0) => "none".into(),
        (shown, total) if shown >= total => format!("all {}", count(total)),
        (shown, total) => format!("{} of {}", count(shown), count(total)),
    }
}

/// `95` minutes as `1 h 35 min`.
#[must_use]
pub fn minutes(total: u64) -> String {
    match (total / 60, total % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

/// How late something is, as every place says it: `45 min late`, `29 h late`, `7 days late`.
#[must_use]
pub fn late(minutes: u64) -> String {
    let span = match minutes {
        ..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => many(minutes / 1_440, "day", "days"),
    };
    format!("{span} late")
}

/// Bytes with one decimal: `1.4 MB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size as f64 / 1e6),
        _ => format!("{:.1} GB", size as f64 / 1e9),
    }
}

/// `to_be_verified` as `to be verified`: for words the page has no better label for.
#[must_use]
pub fn plain(word: &str) -> String {
    word.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(of(50, 12_345), "50 of 12,345");
        assert_eq!(of(7, 7), "all 7");
        assert_eq!(of(0, 0), "none");
        assert_eq!(many(1, "step", "steps"), "1 step");
        assert_eq!(minutes(95), "1 h 35 min");
        assert_eq!(minutes(120), "2 h");
        assert_eq!(late(45), "45 min late");
        assert_eq!(late(29 * 60 + 17), "29 h late");
        assert_eq!(late(173 * 60), "7 days late");
        assert_eq!(bytes(1_400_000), "1.4 MB");
        assert_eq!(bytes(10_700_000_000), "10.7 GB");
    }
}
