//! Three-way merge of prose, and its undoing. Commands never come here.

use super::ReleaseOp;
use crate::release::Release;

/// The text with both sets of changed lines, or `None` where they overlap. Line ends are unified first, because
/// the placement of a last line without a newline is not stable between versions of the library.
#[must_use]
pub(super) fn merge_prose(base: &str, theirs: &str, yours: &str) -> Option<String> {
    let whole = |text: &str| {
        let mut unix = text.replace("\r\n", "\n");
        if !unix.is_empty() && !unix.ends_with('\n') {
            unix.push('\n');
        }
        unix
    };
    let merged = diffy::merge(&whole(base), &whole(theirs), &whole(yours)).ok()?;
    // Give back the missing newline if neither side ended in one.
    let ends = theirs.ends_with('\n') || yours.ends_with('\n');
    Some(if ends {
        merged
    } else {
        merged.strip_suffix('\n').map(str::to_owned).unwrap_or(merged)
    })
}

/// What takes an own edit out of a text that it was merged into, and leaves what others wrote: an edit like any other.
/// `None` where there is nothing to take out, or where its lines were changed again since.
#[must_use]
pub fn undo_part(release: &Release, merged: &ReleaseOp) -> Option<ReleaseOp> {
    let ReleaseOp::EditText {
        at, base_text, text, ..
    } = merged
    else {
        return None;
    };
    let cell = release.cell(at)?;
    let stands = cell.value.as_text();
    let without = merge_prose(text, stands, base_text).filter(|without| without != stands)?;
    Some(ReleaseOp::EditText {
        at: at.clone(),
        base: cell.mark.ver,
        base_text: stands.to_owned(),
        text: without,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn disjoint_lines_merge_and_overlapping_lines_do_not() {
        let merged = merge_prose("a\nb\nc\nd\ne", "A\nb\nc\nd\ne", "a\nb\nc\nd\nE");
        assert_eq!(merged.as_deref(), Some("A\nb\nc\nd\nE"));
        assert_eq!(merge_prose("a\nb\nc", "a\nX\nc", "a\nY\nc"), None);
    }

    proptest! {
        /// merge(b, x, b) = x, merge(b, b, x) = x, merge(b, x, x) = x; and no line is invented.
        #[test]
        fn laws(base in text(), x in text(), y in text()) {
            prop_assert_eq!(merge_prose(&base, &x, &base).map(trimmed), Some(trimmed(x.clone())));
            prop_assert_eq!(merge_prose(&base, &base, &x).map(trimmed), Some(trimmed(x.clone())));
            prop_assert_eq!(merge_prose(&base, &x, &x).map(trimmed), Some(trimmed(x.clone())));
            if let Some(merged) = merge_prose(&base, &x, &y) {
                for line in merged.lines() {
                    prop_assert!(base.lines().chain(x.lines()).chain(y.lines()).any(|l| l == line), "{line}");
                }
            }
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec("[abc]{0,2}", 0..8).prop_map(|lines| lines.join("\n"))
    }
    fn trimmed(text: impl AsRef<str>) -> String {
        text.as_ref().trim_end_matches('\n').to_owned()
    }
}
