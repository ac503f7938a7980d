//! Identities. One newtype for each kind of thing, so that a step is never taken for a release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// What is wrong with a text that should have been an identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadId(pub String);

macro_rules! ulid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// A ULID (26 letters and digits, sorts by creation time), made by whoever creates the thing.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "01JD3Q7V3M8Z6N4K2T9R5W1XYZ"))]
        pub struct $name(pub Ulid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Ulid::from_string(text)
                    .map(Self)
                    .map_err(|_| BadId(format!("`{}` is not a ULID", shorten(text))))
            }
        }
    )+};
}

ulid_ids! {
    /// A release record; the human-readable number is [`ReleaseNumber`].
    ReleaseId,
    /// A step of a plan; stays the same when the step moves.
    StepId,
    /// A person who can sign in.
    UserId,
    /// An assignment group.
    GroupId,
    /// A part of the organisation.
    UnitId,
    /// A contract that work is done under.
    ContractId,
    /// A calendar of working time.
    CalendarId,
    /// One local store of ops: a browser profile and user, minted with the store and never reused.
    ClientId,
    /// Ops of one user gesture; they are applied all or none.
    GestureId,
    /// One attempt at a step; made by whoever carried it out.
    AttemptId,
    /// A person in a role, linked to a release; made by whoever linked them.
    PersonLinkId,
    /// A list that somebody has kept under a name.
    ViewId,
    /// One life of the database; a restore mints a new one.
    Epoch,
    /// A document of a release; stays the same when a new version of it comes.
    DocumentId,
    /// A checklist of a release.
    ChecklistId,
}

/// The number people say: `REL-000123`. Given by the server when it first stores the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "REL-000123"))]
pub struct ReleaseNumber(pub u32);

impl fmt::Display for ReleaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REL-{:06}", self.0)
    }
}

impl FromStr for ReleaseNumber {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.strip_prefix("REL-")
            .filter(|digits| (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| {
                BadId(format!(
                    "`{}` is not a release number such as REL-000123",
                    shorten(text)
                ))
            })
    }
}

/// The name of a file by its content: the SHA-256 of its bytes, as 64 lower-case hexadecimal digits. The same photo
/// has the same name on every device, so a record can name it long before its bytes have travelled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
pub struct BlobId(pub [u8; 32]);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: Option<Vec<u8>> = text.as_bytes().iter().map(digit).collect();
        let (pairs, rest) = digits.as_deref().unwrap_or_default().as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) if rest.is_empty() => Ok(Self(bytes)),
            _ => Err(BadId(format!(
                "`{}` is not a SHA-256 in 64 lower-case hexadecimal digits",
                shorten(text)
            ))),
        }
    }
}

macro_rules! text_serde {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident($what:literal, $max:literal)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether an address can hold it. What is between its slashes may not be `.` or `..`: browsers take these
            /// for folders and go elsewhere. Asked when a thing is made; what is there already stays readable.
            ///
            /// # Errors
            /// What is wrong and what would be right.
            pub fn fits_address(&self) -> Result<(), BadId> {
                if self.0.split('/').any(|part| matches!(part, "." | "..")) {
                    let text = shorten(&self.0);
                    return Err(BadId(format!(
                        "{} `{text}` has `.` or `..` between slashes, where no address can lead; choose another key",
                        $what
                    )));
                }
                Ok(())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            /// Any visible text of 1 to the maximum number of bytes, without control characters and
            /// without space at either end.
            fn from_str(text: &str) -> Result<Self, BadId> {
                let wrong = if text.is_empty() {
                    "is empty".to_owned()
                } else if text.len() > $max {
                    format!("has {} bytes, at most {} are allowed", text.len(), $max)
                } else if text.chars().any(char::is_control) {
                    "contains a control character".to_owned()
                } else if text.trim() != text {
                    "starts or ends with a space".to_owned()
                } else {
                    return Ok(Self(text.into()));
                };
                Err(BadId(format!("{} `{}` {wrong}", $what, shorten(text))))
            }
        }
    )+};
}

slugs! {
    /// The natural key of a configuration item, unique in the CMDB: `device/dmi01-akron-rtr01`.
    CiKey("CI key", 200),
    /// The key of a CI class: `device`, `vm`, `service`. Classes are data.
    ClassKey("CI class", 64),
    /// The key of a release type: `standard`. Release types are data.
    ReleaseTypeKey("release type", 64),
    /// The key of a record in a register, as the system has it where it comes from: `CHG-1`.
    RecordKey("record key", 100),
    /// The key of a checklist template: `ci-test`. Templates are data.
    FormKey("checklist template", 64),
    /// The key of a question inside a form.
    QuestionKey("question", 40),
}

text_serde!(
    ReleaseId,
    StepId,
    UserId,
    GroupId,
    UnitId,
    ContractId,
    CalendarId,
    ClientId,
    GestureId,
    AttemptId,
    PersonLinkId,
    ViewId,
    Epoch,
    DocumentId,
    ChecklistId
);
text_serde!(
    ReleaseNumber,
    CiKey,
    ClassKey,
    ReleaseTypeKey,
    RecordKey,
    FormKey,
    QuestionKey,
    BlobId
);

/// At most 60 characters of a text, for messages that quote what the user sent.
#[must_use]
pub fn shorten(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_numbers_round_trip_and_reject_lookalikes() {
        assert_eq!(ReleaseNumber(123).to_string(), "REL-000123");
        assert_eq!("REL-000123".parse(), Ok(ReleaseNumber(123)));
        assert_eq!("REL-1234567".parse(), Ok(ReleaseNumber(1_234_567)));
        for wrong in ["", "REL-", "rel-000123", "REL-+12", "REL-12x", "REL-1234567890"] {
            assert!(wrong.parse::<ReleaseNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn blobs_are_named_by_64_small_digits_and_nothing_else() {
        let text = "00ff".repeat(16);
        let blob: BlobId = text.parse().unwrap();
        assert_eq!((blob.0[0], blob.0[1]), (0, 255));
        assert_eq!(blob.to_string(), text);
        let path = format!("../../{}", "a".repeat(58));
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &text.to_uppercase(),
            &path,
            &"é".repeat(32),
        ] {
            assert!(wrong.parse::<BlobId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_say_what_is_wrong_without_repeating_a_huge_text() {
        let huge = "x".repeat(10_000);
        let message = huge.parse::<CiKey>().unwrap_err().to_string();
        assert!(
            message.contains("10000 bytes") && message.len() < 200,
            "{message}"
        );
        assert!("a\nb".parse::<CiKey>().is_err());
        assert!(" a".parse::<CiKey>().is_err());
        assert_eq!("rack/A 1".parse::<CiKey>().unwrap().as_str(), "rack/A 1");
        for (key, fits) in [
            ("..", false),
            (".", false),
            ("device/../../admin", false),
            ("../..", false),
            ("device/..a", true),
            ("a..b/c.d", true),
        ] {
            assert_eq!(
                key.parse::<CiKey>().unwrap().fits_address().is_ok(),
                fits,
                "{key}"
            );
        }
    }
}
