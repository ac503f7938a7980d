use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::{BadId, shorten};

/// Most characters in the name of a file.
pub const MAX_NAME: usize = 120;

/// Names that Windows keeps for devices, whatever ending follows.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The name of a file as people see it and as their machines may store it: no folders, nothing invisible, nothing
/// that turns the reading direction around, nothing that a file system takes for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "cutover-plan.pdf"))]
pub struct FileName(String);

/// It is not seen, or it changes how what follows is seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Some systems drop these at the ends of a name.
fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    RESERVED
        .iter()
        .any(|reserved| stem.eq_ignore_ascii_case(reserved))
}

impl FileName {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest safe name: what comes after the last folder, without what may not be in it.
    #[must_use]
    pub fn clean(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last
            .chars()
            .filter(|c| !is_invisible(*c))
            .map(|c| if is_forbidden(c) { '-' } else { c })
            .collect();
        let mut name = kept.trim_matches(is_edge).to_owned();
        if name.chars().count() > MAX_NAME {
            name = shortened(&name);
        }
        if is_reserved(&name) {
            name.insert(0, '_');
        }
        Self(if name.is_empty() { "file".into() } else { name })
    }

    /// The name for a file of a kind: an ending that says something else gets the right one behind it.
    #[must_use]
    pub fn for_kind(&self, kind: Kind) -> String {
        let ending = self
            .0
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let fits = ending.is_some_and(|ending| kind.endings().contains(&ending.as_str()));
        if fits {
            self.0.clone()
        } else {
            format!("{}.{}", self.0, kind.ending())
        }
    }
}

/// Cut in the middle: the ending stays.
fn shortened(name: &str) -> String {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .filter(|ending| (1..=10).contains(&ending.chars().count()))
        .unwrap_or_default();
    let room = MAX_NAME - ending.chars().count() - usize::from(!ending.is_empty());
    let stem: String = name.chars().take(room).collect();
    let stem = stem.trim_end_matches(is_edge);
    if ending.is_empty() {
        stem.to_owned()
    } else {
        format!("{stem}.{ending}")
    }
}

impl FromStr for FileName {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let wrong = if text.is_empty() {
            "is empty"
        } else if text.chars().count() > MAX_NAME {
            "has more than 120 characters"
        } else if text.contains(is_forbidden) {
            "contains one of / \\ : * ? \" < > |"
        } else if text.contains(is_invisible) {
            "contains a character that cannot be seen"
        } else if text.trim_matches(is_edge) != text {
            "starts or ends with a space or a dot"
        } else if is_reserved(text) {
            "is the name of a device on Windows"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(BadId(format!("the file name `{}` {wrong}", shorten(text))))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FileName {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tricks_are_refused_and_cleaned() {
        for (trick, clean) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\temp\\plan.pdf", "plan.pdf"),
            ("..", "file"),
            ("", "file"),
            ("plan.pdf\0.exe", "plan.pdf.exe"),
            ("a\r\nContent-Type: text", "aContent-Type- text"),
            ("plan\u{202e}fdp.exe", "planfdp.exe"),
            ("zero\u{200b}width.txt", "zerowidth.txt"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("aux .txt", "_aux .txt"),
            (" plan.pdf ", "plan.pdf"),
            ("plan.pdf.", "plan.pdf"),
            ("a\"b.txt", "a-b.txt"),
        ] {
            assert!(trick.parse::<FileName>().is_err(), "{trick:?} was taken");
            assert_eq!(FileName::clean(trick).as_str(), clean, "{trick:?}");
        }
        let long = format!("{}.pdf", "x".repeat(300));
        let clean = FileName::clean(&long);
        assert_eq!(clean.as_str().chars().count(), MAX_NAME);
        assert!(clean.as_str().ends_with(".pdf"));
        for good in [
            "Ablauf Umzug (2).pdf",
            "gruen-grün.txt",
            "计划.docx",
            "console.log",
            ".5".trim_start_matches('.'),
        ] {
            assert_eq!(good.parse::<FileName>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn the_ending_says_what_the_content_is() {
        let name = |text: &str| text.parse::<FileName>().unwrap();
        assert_eq!(name("report.html").for_kind(Kind::Text), "report.html.txt");
        assert_eq!(name("Report.TXT").for_kind(Kind::Text), "Report.TXT");
        assert_eq!(name("measures.csv").for_kind(Kind::Text), "measures.csv");
        assert_eq!(name("photo").for_kind(Kind::Jpeg), "photo.jpg");
        assert_eq!(name("plan.docx").for_kind(Kind::Office), "plan.docx");
        assert_eq!(name("plan.exe").for_kind(Kind::Pdf), "plan.exe.pdf");
    }

    proptest! {
        #[test]
        fn whatever_is_cleaned_is_taken(text in "(\\PC|[./\\\\ \u{202e}\0:]){0,200}") {
            let clean = FileName::clean(&text);
            prop_assert_eq!(clean.as_str().parse::<FileName>().map_err(|e| e.0), Ok(clean.clone()));
        }
    }
}
