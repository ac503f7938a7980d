//! Which fields the records of a register have, and what each may hold.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::RegisterKind;
use crate::release::{FieldKind, Value};
use crate::shorten;

/// Longest address, in bytes.
pub const MAX_LINK: usize = 2_000;

/// What a field of a record may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As a field of a release: a line, text, a word out of several, a moment.
    Plain(FieldKind),
    /// A day: `2026-11-20`.
    Day,
    /// An address of another system, `http` or `https`.
    Link,
    /// A SHA-256, 64 hexadecimal digits.
    Digest,
    /// Bytes.
    Size,
}

impl Shape {
    /// The value in its canonical form; a blank one becomes [`Value::Empty`].
    ///
    /// # Errors
    /// What is wrong and what would be right, without the name of the field.
    pub fn parse(self, value: Value) -> Result<Value, String> {
        if value.is_blank() {
            return Ok(Value::Empty);
        }
        let text = || match &value {
            Value::Text(text) => Ok(text.trim()),
            _ => Err("must be text".to_owned()),
        };
        match self {
            Self::Plain(kind) => kind.parse(value),
            Self::Day => NaiveDate::parse_from_str(text()?, "%Y-%m-%d")
                .map(|day| day.to_string().into())
                .map_err(|_| "must be a day such as 2026-11-20".into()),
            Self::Link => link(text()?).map(Value::from),
            Self::Digest => {
                let digest = text()?.to_ascii_lowercase();
                if digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()) {
                    Ok(digest.into())
                } else {
                    Err("must be a SHA-256 in 64 hexadecimal digits".into())
                }
            }
            Self::Size => {
                let bytes = match &value {
                    Value::Number(number) => Some(*number),
                    Value::Text(text) => text.trim().parse().ok(),
                    Value::Flag(_) | Value::Empty => None,
                };
                bytes
                    .filter(|bytes| *bytes >= 0)
                    .map(Value::Number)
                    .ok_or_else(|| "must be a whole number of bytes, 0 or more".into())
            }
        }
    }
}

/// An address that a browser may be sent to: `http` or `https`, with a host, without a password in it.
///
/// # Errors
/// What is wrong and what would be right.
pub fn link(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.len() > MAX_LINK {
        return Err(format!(
            "has {} bytes, at most {MAX_LINK} are allowed",
            text.len()
        ));
    }
    if text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return Err("contains a space, a control character or a backslash; copy the address as it is".into());
    }
    let rest = ["http://", "https://"].into_iter().find_map(|scheme| {
        let (head, rest) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let Some(rest) = rest else {
        return Err(format!(
            "`{}` is not an address that begins with http:// or https://",
            shorten(text)
        ));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return Err("names no host after http:// or https://".into());
    }
    if host.contains('@') {
        return Err("must not contain a user or password before the host".into());
    }
    Ok(text.to_owned())
}

macro_rules! record_fields {
    ($($(#[$doc:meta])* $field:ident = $word:literal;)+) => {
        /// A field of a record; which of them a register has says [`RegisterKind::fields`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum RecordField { $($(#[$doc])* $field),+ }

        impl RecordField {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// The word in JSON and in the header of a CSV file.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$field => $word),+ }
            }
        }
    };
}

record_fields! {
    /// What it is, in a line.
    Title = "title";
    /// How far it is, where it comes from. Of a purchase: whether the request is open or closed.
    Status = "status";
    /// How likely it is to go wrong.
    Risk = "risk";
    /// Start of its window.
    Start = "start";
    /// End of its window.
    End = "end";
    /// Who answers for the back-out plan.
    BackOutOwner = "back_out_owner";
    /// The day on which the back-out plan was last tried.
    BackOutTested = "back_out_tested";
    /// The project that pays.
    Project = "project";
    /// The cost centre that pays.
    CostCentre = "cost_centre";
    /// How far the item is: ordered, delivered.
    ItemStatus = "item_status";
    /// Version of a medium.
    Version = "version";
    /// Kind of medium: image, package, firmware.
    #[serde(rename = "type")]
    MediaType = "type";
    /// SHA-256 of a medium.
    Sha256 = "sha256";
    /// Size of a medium in bytes.
    Size = "size";
    /// Where it is worked on or kept.
    Link = "link";
    /// What it says.
    Text = "text";
}

impl RecordField {
    /// Reads the word of [`RecordField::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }
}

/// A field as one register has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Which.
    pub field: RecordField,
    /// What people read.
    pub label: &'static str,
    /// What it may hold.
    pub shape: Shape,
}

const fn spec(field: RecordField, label: &'static str, shape: Shape) -> FieldSpec {
    FieldSpec { field, label, shape }
}

const LINE: Shape = Shape::Plain(FieldKind::Line(200));
const TEXT: Shape = Shape::Plain(FieldKind::Prose(20_000));
const WORD: Shape = Shape::Plain(FieldKind::Line(60));
const MOMENT: Shape = Shape::Plain(FieldKind::Time);

const CHANGE: &[FieldSpec] = &[
    spec(RecordField::Title, "Title", LINE),
    spec(RecordField::Status, "Status", WORD),
    spec(
        RecordField::Risk,
        "Risk",
        Shape::Plain(FieldKind::OneOf(&["low", "medium", "high"])),
    ),
    spec(RecordField::Start, "Window from", MOMENT),
    spec(RecordField::End, "Window to", MOMENT),
    spec(RecordField::BackOutOwner, "Back-out plan: owner", LINE),
    spec(
        RecordField::BackOutTested,
        "Back-out plan: last tried",
        Shape::Day,
    ),
    spec(RecordField::Link, "Link", Shape::Link),
    spec(RecordField::Text, "Description", TEXT),
];
const PROBLEM: &[FieldSpec] = &[
    spec(RecordField::Title, "Title", LINE),
    spec(RecordField::Status, "Status", WORD),
    spec(RecordField::Link, "Link", Shape::Link),
    spec(RecordField::Text, "Description", TEXT),
];
const ARTICLE: &[FieldSpec] = &[
    spec(RecordField::Title, "Title", LINE),
    spec(RecordField::Status, "Status", WORD),
    spec(RecordField::Link, "Link", Shape::Link),
    spec(RecordField::Text, "Text", TEXT),
];
const PURCHASE: &[FieldSpec] = &[
    spec(RecordField::Title, "Item", LINE),
    spec(
        RecordField::Status,
        "Request",
        Shape::Plain(FieldKind::OneOf(&["open", "closed"])),
    ),
    spec(RecordField::ItemStatus, "Item status", WORD),
    spec(RecordField::Project, "Project", LINE),
    spec(RecordField::CostCentre, "Cost centre", WORD),
    spec(RecordField::Link, "Link", Shape::Link),
    spec(RecordField::Text, "Note", TEXT),
];
const MEDIUM: &[FieldSpec] = &[
    spec(RecordField::Title, "Name", LINE),
    spec(RecordField::Version, "Version", WORD),
    spec(RecordField::MediaType, "Type", WORD),
    spec(RecordField::Sha256, "SHA-256", Shape::Digest),
    spec(RecordField::Size, "Size in bytes", Shape::Size),
    spec(RecordField::Link, "Link", Shape::Link),
    spec(RecordField::Text, "Note", TEXT),
];

impl RegisterKind {
    /// The fields of its records, in the order they are shown. The title is in every one, and must be filled in.
    #[must_use]
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            Self::Changes => CHANGE,
            Self::Problems => PROBLEM,
            Self::Knowledge => ARTICLE,
            Self::Purchases => PURCHASE,
            Self::Media => MEDIUM,
        }
    }

    /// A field of its records.
    #[must_use]
    pub fn field(self, field: RecordField) -> Option<&'static FieldSpec> {
        self.fields().iter().find(|spec| spec.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_word_in_json_and_in_a_file() {
        for field in RecordField::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.as_str());
            assert_eq!(RecordField::parse(field.as_str()), Some(*field));
        }
    }

    #[test]
    fn only_addresses_that_a_browser_may_be_sent_to() {
        for good in [
            "https://itsm.example/chg/1?x=y#z",
            "HTTP://host:8080/a",
            " https://x ",
        ] {
            assert!(link(good).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "//host/x",
            "https://",
            "https:///path",
            "https://:80/",
            "https://user:pw@host/",
            "https://host\\@evil/",
            "https://host/a b",
            "java\tscript:x",
            "ftp://host/",
            "",
            "https",
            "é",
        ] {
            assert!(link(bad).is_err(), "{bad}");
        }
        assert!(link(&format!("https://h/{}", "a".repeat(MAX_LINK))).is_err());
    }

    #[test]
    fn values_are_brought_into_one_form() {
        let digest = "AB".repeat(32);
        assert_eq!(
            Shape::Digest.parse(digest.as_str().into()),
            Ok(digest.to_lowercase().into())
        );
        assert!(Shape::Digest.parse("ab".into()).is_err());
        assert_eq!(Shape::Size.parse(" 12 ".into()), Ok(Value::Number(12)));
        assert!(Shape::Size.parse((-1).into()).is_err());
        assert!(Shape::Day.parse("20.11.2026".into()).is_err());
        assert_eq!(Shape::Day.parse("2026-11-20".into()), Ok("2026-11-20".into()));
        assert_eq!(Shape::Link.parse("  ".into()), Ok(Value::Empty));
    }

    #[test]
    fn every_register_has_a_title_and_no_field_twice() {
        for kind in RegisterKind::ALL {
            let fields: Vec<_> = kind.fields().iter().map(|spec| spec.field).collect();
            assert_eq!(fields.first(), Some(&RecordField::Title), "{kind}");
            let mut once = fields.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), fields.len(), "{kind}");
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
