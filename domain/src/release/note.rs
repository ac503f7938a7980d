use serde::{Deserialize, Serialize};

use super::{ReleaseField, Stage, kept_words, says_something, visible};
use crate::wire::records::ReleaseVersion;

/// What somebody writes into the journal of a release (S5): a call, a diagnosis, work that took time. Only ever added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// What it is, in words: one of [`NoteBody::CATEGORIES`], or one of the installation's own.
    pub category: String,
    /// How it came in: one of [`NoteBody::SOURCES`], or one of the installation's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Minutes spent on it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes: u32,
    /// In a line.
    pub short: String,
    /// In full.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Whom to ask: a name, a telephone number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// The stage it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}

/// Longest word for a category or source, in characters.
pub const MAX_WORD: usize = 100;
/// Most minutes of one entry: two weeks.
pub const MAX_NOTE_MINUTES: u32 = 20_160;
/// Longest text of an entry, in characters.
pub const MAX_NOTE_TEXT: usize = 20_000;

impl NoteBody {
    /// Categories that every installation has.
    pub const CATEGORIES: &'static [&'static str] = &[
        "Follow-up",
        "Status update",
        "Diagnosis",
        "Investigation",
        "Memo",
        "Information request",
        "Customer reply",
        "Symptom",
        "Workaround",
        "Execution",
        "Scheduling",
    ];

    /// Sources that every installation has.
    pub const SOURCES: &'static [&'static str] = &["E-mail", "Phone", "Voice mail", "In person", "Other"];

    /// What is written beside the changes that bring a version back, and of fields that could not be.
    #[must_use]
    pub fn of_restoration(version: &ReleaseVersion, kept: &[ReleaseField]) -> Self {
        let short = match &version.baseline {
            Some(name) => format!("Restored the baseline “{name}”"),
            None => format!("Restored version {}", version.rev),
        };
        Self {
            category: "Restoration".into(),
            short,
            text: kept_words(kept).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The entry in its canonical form.
    ///
    /// # Errors
    /// Which field is wrong, and what would be right.
    pub fn checked(&self) -> Result<Self, String> {
        let line = |name: &str, text: &str, max: usize| {
            let text = text.trim();
            if text.contains(char::is_control) {
                return Err(format!("{name}: must be one line without control characters"));
            }
            visible(text).map_err(|wrong| format!("{name}: {wrong}"))?;
            match text.chars().count() {
                length if length > max => Err(format!(
                    "{name}: has {length} characters, at most {max} are allowed"
                )),
                _ => Ok(text.to_owned()),
            }
        };
        let checked = Self {
            category: line("category", &self.category, MAX_WORD)?,
            source: line("source", &self.source, MAX_WORD)?,
            minutes: self.minutes,
            short: line("short", &self.short, 200)?,
            text: self.text.replace("\r\n", "\n").trim_end().to_owned(),
            contact: line("contact", &self.contact, 200)?,
            stage: self.stage,
        };
        if checked.category.is_empty() {
            return Err("category: say what kind of entry it is".into());
        }
        visible(&checked.text).map_err(|wrong| format!("text: {wrong}"))?;
        if !says_something(&checked.short) {
            return Err("short: say in a line what happened".into());
        }
        if checked.minutes > MAX_NOTE_MINUTES {
            return Err(format!("minutes: at most {MAX_NOTE_MINUTES} are allowed"));
        }
        let length = checked.text.chars().count();
        if length > MAX_NOTE_TEXT {
            return Err(format!(
                "text: has {length} characters, at most {MAX_NOTE_TEXT} are allowed"
            ));
        }
        Ok(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_what_is_wrong_with_it() {
        let good = NoteBody {
            category: " Diagnosis ".into(),
            short: "Fan 2 is stuck".into(),
            text: "one\r\ntwo\n".into(),
            minutes: 15,
            ..NoteBody::default()
        };
        let checked = good.checked().unwrap();
        assert_eq!(
            (checked.category.as_str(), checked.text.as_str()),
            ("Diagnosis", "one\ntwo")
        );
        let wrong = [
            (
                NoteBody {
                    category: " ".into(),
                    ..good.clone()
                },
                "category",
            ),
            (
                NoteBody {
                    short: String::new(),
                    ..good.clone()
                },
                "short",
            ),
            (
                NoteBody {
                    short: "a\nb".into(),
                    ..good.clone()
                },
                "short",
            ),
            (
                NoteBody {
                    source: "x".repeat(101),
                    ..good.clone()
                },
                "source",
            ),
            (
                NoteBody {
                    minutes: MAX_NOTE_MINUTES + 1,
                    ..good.clone()
                },
                "minutes",
            ),
            (
                NoteBody {
                    text: "x".repeat(MAX_NOTE_TEXT + 1),
                    ..good.clone()
                },
                "text",
            ),
            (
                NoteBody {
                    contact: "a\u{7}".into(),
                    ..good
                },
                "contact",
            ),
        ];
        for (body, field) in wrong {
            let error = body.checked().unwrap_err();
            assert!(error.starts_with(&format!("{field}: ")), "{error}");
        }
    }
}
