//! Two texts, line by line: what is in both, what is new, what is gone. Pure, tested natively.

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// In both texts.
    Same(&'a str),
    /// Only in the first.
    Gone(&'a str),
    /// Only in the second.
    New(&'a str),
}

/// Most comparisons; longer texts are shown as one replaced by the other.
const MOST: usize = 1_000_000;

/// The shortest way from one text to the other, line by line. O(lines × lines), at most [`MOST`].
#[must_use]
pub fn compare<'a>(from: &'a str, to: &'a str) -> Vec<Line<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    if a.len().saturating_mul(b.len()) > MOST {
        let gone = a.into_iter().map(Line::Gone);
        return gone.chain(b.into_iter().map(Line::New)).collect();
    }
    // longest[i][j]: length of the longest common part of a[i..] and b[j..].
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])
        {
            lines.push(Line::Gone(a[i]));
            i += 1;
        } else {
            lines.push(Line::New(b[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_both_texts_are_found() {
        let was = "Drain hv-07\nPull sw-c3\nTell the NOC";
        let now = "Drain hv-07\nDrain hv-08\nPull sw-c3";
        assert_eq!(
            compare(was, now),
            [
                Line::Same("Drain hv-07"),
                Line::New("Drain hv-08"),
                Line::Same("Pull sw-c3"),
                Line::Gone("Tell the NOC"),
            ]
        );
        assert_eq!(compare("", "a"), [Line::New("a")]);
        assert_eq!(compare("a", ""), [Line::Gone("a")]);
        assert!(compare("", "").is_empty());
    }

    #[test]
    fn texts_that_are_too_long_are_replaced_whole() {
        let (long, other) = ("a\n".repeat(1_100), "b\n".repeat(1_100));
        let lines = compare(&long, &other);
        assert_eq!(lines.len(), 2_200);
        assert_eq!((lines[0], lines[1_100]), (Line::Gone("a"), Line::New("b")));
    }
}
