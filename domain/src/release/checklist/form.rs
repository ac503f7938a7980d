use crate::grow::Grow;
use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::QuestionKey;
use crate::release::Value;

/// Most questions of a form.
pub const MAX_QUESTIONS: usize = 100;
const MAX_GROUPS: usize = 20;
const MAX_OPTIONS: usize = 20;
const MAX_LINE: usize = 300;
const MAX_TEXT: usize = 2_000;
const MAX_ANSWER: usize = 4_000;
const MAX_NUMBER: i64 = 1_000_000_000;

/// What a checklist asks, in groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its title.
    pub title: String,
    /// Groups of questions.
    pub groups: Vec<FormGroup>,
}

/// Questions that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FormGroup {
    /// Heading.
    pub title: String,
    /// What to know before answering.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The questions, in order.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name inside the form.
    pub key: QuestionKey,
    /// What is asked.
    pub text: String,
    /// What a good answer says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// How it is answered.
    pub answer: AnswerKind,
    /// The checklist cannot be confirmed without an answer.
    #[serde(default)]
    pub required: bool,
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum AnswerKind {
    /// `yes`, `no` or `n/a`.
    YesNo,
    /// In words.
    Text,
    /// With a whole number.
    Number,
    /// With one of these.
    Choice {
        /// What there is to choose from.
        options: Vec<String>,
    },
    /// With a day: `2026-11-28`.
    Date,
}

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {wrong}")]
pub struct WrongForm {
    /// Where: `groups[0].questions[2].text`.
    pub at: String,
    /// What is wrong, and what would be right.
    pub wrong: String,
}

/// SHA-256 over a form: a checklist is one of a template only if it asks exactly what that asked once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormDigest(pub String);

impl fmt::Display for FormDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Form {
    /// All questions, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.groups.iter().flat_map(|group| &group.questions)
    }

    /// The question with this key.
    #[must_use]
    pub fn question(&self, key: &QuestionKey) -> Option<&Question> {
        self.questions().find(|question| question.key == *key)
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> FormDigest {
        let mut hash = Sha256::new();
        // The fields have a fixed order, so the JSON is canonical. Writing to a hash cannot fail.
        if let Ok(json) = serde_json::to_vec(self) {
            hash.update(json);
        }
        FormDigest(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Is it one that can be filled in?
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), WrongForm> {
        let wrong = |at: String, wrong: &str| {
            Err(WrongForm {
                at,
                wrong: wrong.to_owned(),
            })
        };
        line("title", &self.title)?;
        if self.groups.is_empty() || self.groups.len() > MAX_GROUPS {
            return wrong("groups".into(), "there must be 1 to 20 groups");
        }
        if self.questions().count() > MAX_QUESTIONS {
            return wrong("groups".into(), "there may be at most 100 questions");
        }
        let mut keys = BTreeSet::new();
        for (place, group) in self.groups.iter().enumerate() {
            let at = |field: &str| format!("groups[{place}].{field}");
            line(&at("title"), &group.title)?;
            text(&at("text"), &group.text)?;
            if group.questions.is_empty() && group.text.trim().is_empty() {
                return wrong(at("questions"), "a group has questions, or at least a text");
            }
            for (number, question) in group.questions.iter().enumerate() {
                let at = |field: &str| at(&format!("questions[{number}].{field}"));
                line(&at("text"), &question.text)?;
                text(&at("hint"), &question.hint)?;
                if !keys.insert(&question.key) {
                    return wrong(at("key"), "another question has this key");
                }
                if let AnswerKind::Choice { options } = &question.answer {
                    check_options(&at("answer.options"), options)?;
                }
            }
        }
        Ok(())
    }
}

fn check_options(at: &str, options: &[String]) -> Result<(), WrongForm> {
    let different: BTreeSet<_> = options.iter().grow();
    if !(2..=MAX_OPTIONS).contains(&options.len()) || different.len() != options.len() {
        return Err(WrongForm {
            at: at.to_owned(),
            wrong: "there must be 2 to 20 different options".into(),
        });
    }
    options.iter().try_for_each(|option| line(at, option))
}

fn line(at: &str, text: &str) -> Result<(), WrongForm> {
    let fits = (1..=MAX_LINE).contains(&text.chars().count());
    if fits && text.trim() == text && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(WrongForm {
        at: at.to_owned(),
        wrong: format!("must be one line of 1 to {MAX_LINE} characters"),
    })
}

fn text(at: &str, text: &str) -> Result<(), WrongForm> {
    if text.chars().count() <= MAX_TEXT {
        return Ok(());
    }
    Err(WrongForm {
        at: at.to_owned(),
        wrong: format!("at most {MAX_TEXT} characters are allowed"),
    })
}

impl AnswerKind {
    /// Words of a yes-or-no answer, as (value, label).
    pub const YES_NO: [(&'static str, &'static str); 3] =
        [("yes", "Yes"), ("no", "No"), ("n/a", "Not applicable")];

    /// The answer in its canonical form; nothing takes it back.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(&self, value: Value) -> Result<Value, String> {
        if value.is_blank() {
            return Ok(Value::Empty);
        }
        match (self, &value) {
            (Self::YesNo, Value::Flag(yes)) => Ok(if *yes { "yes" } else { "no" }.into()),
            (Self::YesNo, Value::Text(text)) if Self::YES_NO.iter().any(|(word, _)| word == text) => {
                Ok(value)
            }
            (Self::YesNo, _) => Err("must be yes, no or n/a".into()),
            (Self::Number, Value::Number(number)) if (-MAX_NUMBER..=MAX_NUMBER).contains(number) => Ok(value),
            (Self::Number, Value::Text(text)) => match text.trim().parse::<i64>() {
                Ok(number) if (-MAX_NUMBER..=MAX_NUMBER).contains(&number) => Ok(number.into()),
                _ => Err("must be a whole number".into()),
            },
            (Self::Number, _) => Err("must be a whole number".into()),
            (Self::Choice { options }, Value::Text(text)) if options.contains(text) => Ok(value),
            (Self::Choice { options }, _) => Err(format!("must be one of {}", options.join(", "))),
            (Self::Date, Value::Text(text)) => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
                Ok(day) => Ok(day.format("%Y-%m-%d").to_string().into()),
                Err(_) => Err("must be a day such as 2026-11-28".into()),
            },
            (Self::Date, _) => Err("must be a day such as 2026-11-28".into()),
            (Self::Text, Value::Text(text)) => {
                let text = text.replace("\r\n", "\n");
                if text.chars().count() > MAX_ANSWER {
                    return Err(format!("at most {MAX_ANSWER} characters are allowed"));
                }
                Ok(text.into())
            }
            (Self::Text, _) => Err("must be text".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(answer: AnswerKind) -> Form {
        Form {
            title: "T".into(),
            groups: vec![FormGroup {
                title: "G".into(),
                text: String::new(),
                questions: vec![Question {
                    key: "q".parse().unwrap(),
                    text: "Q?".into(),
                    hint: String::new(),
                    answer,
                    required: true,
                }],
            }],
        }
    }

    #[test]
    fn a_form_says_where_it_is_wrong() {
        assert_eq!(form(AnswerKind::Text).check(), Ok(()));
        let mut twice = form(AnswerKind::Text);
        let same = twice.groups[0].questions[0].clone();
        twice.groups[0].questions.push(same);
        let mut untitled = form(AnswerKind::Text);
        untitled.groups[0].title = " ".into();
        let mut none = form(AnswerKind::Text);
        none.groups.clear();
        let same_options = form(AnswerKind::Choice {
            options: vec!["a".into(), "a".into()],
        });
        for (form, at) in [
            (twice, "groups[0].questions[1].key"),
            (untitled, "groups[0].title"),
            (none, "groups"),
            (same_options, "groups[0].questions[0].answer.options"),
        ] {
            assert_eq!(form.check().unwrap_err().at, at);
        }
    }

    #[test]
    fn answers_are_checked_by_their_kind() {
        let choice = AnswerKind::Choice {
            options: vec!["a".into(), "b".into()],
        };
        let good: [(&AnswerKind, Value, Value); 8] = [
            (&AnswerKind::YesNo, true.into(), "yes".into()),
            (&AnswerKind::YesNo, "n/a".into(), "n/a".into()),
            (&AnswerKind::Number, "-3 ".into(), (-3).into()),
            (&AnswerKind::Number, 7.into(), 7.into()),
            (&choice, "b".into(), "b".into()),
            (&AnswerKind::Date, "2026-02-28".into(), "2026-02-28".into()),
            (&AnswerKind::Text, "a\r\nb".into(), "a\nb".into()),
            (&AnswerKind::Text, "  ".into(), Value::Empty),
        ];
        for (kind, value, parsed) in good {
            assert_eq!(kind.parse(value.clone()), Ok(parsed), "{value:?}");
        }
        let wrong: [(&AnswerKind, Value); 8] = [
            (&AnswerKind::YesNo, "maybe".into()),
            (&AnswerKind::YesNo, 1.into()),
            (&AnswerKind::Number, "1.5".into()),
            (&AnswerKind::Number, i64::MAX.into()),
            (&choice, "c".into()),
            (&AnswerKind::Date, "2026-02-30".into()),
            (&AnswerKind::Date, 2026.into()),
            (&AnswerKind::Text, "x".repeat(MAX_ANSWER + 1).into()),
        ];
        for (kind, value) in wrong {
            assert!(kind.parse(value.clone()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn the_digest_is_of_everything_that_is_asked() {
        let plain = form(AnswerKind::Text);
        let mut other = plain.clone();
        other.groups[0].questions[0].required = false;
        assert_ne!(plain.digest(), other.digest());
        let again: Form = serde_json::from_str(&serde_json::to_string(&plain).unwrap()).unwrap();
        assert_eq!(again.digest(), plain.digest());
    }
}
