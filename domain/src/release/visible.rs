//! Texts that people read: nothing in them is unseen or turns around how the rest is read.

/// It is not seen, or it changes how what follows is seen. Joiners and marks that scripts and emoji need are not among
/// these; neither are line ends and tabs.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{ad}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Nothing in the text is hidden.
///
/// # Errors
/// Which character is, and what to do.
pub(crate) fn visible(text: &str) -> Result<(), String> {
    match text.chars().find(|c| is_hidden(*c)) {
        None => Ok(()),
        Some(hidden) => Err(format!(
            "contains a character that is not seen (U+{:04X}); type it anew without that",
            u32::from(hidden)
        )),
    }
}

/// There is something to see in it.
pub(crate) fn says_something(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_named_and_what_scripts_need_stays() {
        for wrong in ["a\u{0}b", "\u{202e}evil\u{2066}", "\u{feff}x", "rm \u{2067}-rf"] {
            assert!(visible(wrong).unwrap_err().contains("U+"), "{wrong:?}");
        }
        for right in [
            "one\ntwo\tthree",
            "Straße",
            "👩\u{200d}🔧 ⚠\u{fe0f}",
            "می\u{200c}خواهم",
        ] {
            assert_eq!(visible(right), Ok(()), "{right:?}");
        }
        assert!(!says_something(" \u{200b}\n") && says_something(" x"));
    }
}
