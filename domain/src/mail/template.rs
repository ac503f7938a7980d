//! The words of a mail. A placeholder that is not known is found when a template is saved, not when a mail is due.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::shorten;
use crate::wire::admin::{Register, line, prose, wrong};
use crate::wire::problem::FieldError;

/// Longest subject of a template, in characters; and of a mail, after everything was filled in.
const MAX_SUBJECT: usize = 200;
/// Longest text of a template, in characters.
const MAX_TEXT: usize = 10_000;
/// Most characters that one placeholder puts into a mail: a description can be long, and can be asked for often.
const MAX_VALUE: usize = 4_000;
/// Longest text of a mail, in characters.
const MAX_MAIL: usize = 60_000;

macro_rules! placeholders {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// What may stand in a template, in braces.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Placeholder { $($(#[$doc])* $name),+ }

        impl Placeholder {
            /// All of them, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word between the braces.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

placeholders! {
    /// Number of the release.
    Number = "number";
    /// Its title.
    Title = "title";
    /// Its description.
    Description = "description";
    /// The name of its type.
    Type = "type";
    /// The stage it is in.
    Stage = "stage";
    /// Whether it is being worked on.
    Status = "status";
    /// 1 to 5.
    Priority = "priority";
    /// For whom it is.
    Requester = "requester";
    /// The group that carries it out.
    Group = "group";
    /// Who has it on their desk.
    Assignee = "assignee";
    /// Planned start.
    Start = "start";
    /// Planned end.
    End = "end";
    /// When it is due.
    Due = "due";
    /// When it ended.
    Ended = "ended";
    /// What was said at its end.
    Closure = "closure";
    /// Who did it.
    Actor = "actor";
    /// What was done, as a sentence without the actor.
    What = "what";
    /// When it was done.
    When = "when";
    /// The page of the release.
    Link = "link";
    /// Who gets the mail: a person, or the group.
    Recipient = "recipient";
}

impl Placeholder {
    /// Reads the word of [`Placeholder::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == word)
    }
}

/// What the placeholders of one mail stand for; what is not there is nothing.
pub type Values = BTreeMap<Placeholder, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Said(String),
    Put(Placeholder),
}

/// A template's text: words, and placeholders between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<Part>);

impl Text {
    /// Reads `Dear {requester}`. A brace of its own is written twice: `{{`, `}}`.
    ///
    /// # Errors
    /// The placeholder that is not known, and those that are; or the brace that is not closed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut said) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            said.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                said.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                said.push('}');
                rest = after;
            } else if let Some(after) = from.strip_prefix('{') {
                let (word, after) = after
                    .split_once('}')
                    .ok_or("a `{` is not closed; write `{{` for a brace of its own")?;
                let known = Placeholder::parse(word.trim()).ok_or_else(|| unknown(word))?;
                if !said.is_empty() {
                    parts.push(Part::Said(std::mem::take(&mut said)));
                }
                parts.push(Part::Put(known));
                rest = after;
            } else {
                return Err("a `}` was never opened; write `}}` for a brace of its own".to_owned());
            }
        }
        said.push_str(rest);
        if !said.is_empty() {
            parts.push(Part::Said(said));
        }
        Ok(Self(parts))
    }

    /// The text with what its placeholders stand for. What is put in is not read again.
    #[must_use]
    pub fn fill(&self, values: &Values) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Said(said) => text.push_str(said),
                Part::Put(what) => {
                    let value = values.get(what).map_or("", String::as_str);
                    text.extend(value.chars().take(MAX_VALUE));
                }
            }
        }
        text
    }
}

fn unknown(word: &str) -> String {
    let all: Vec<&str> = Placeholder::ALL.iter().map(|one| one.as_str()).collect();
    format!(
        "`{{{}}}` is not a placeholder; there are {}",
        shorten(word.trim()),
        all.join(", ")
    )
}

/// A mail without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// The words of a mail, as an administrator wrote them (S34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MailTemplate {
    /// Name, unique.
    pub name: String,
    /// The line that lists of mails show; may hold placeholders such as `{number}`.
    pub subject: String,
    /// What it says, plain text; may hold placeholders.
    pub text: String,
}

impl MailTemplate {
    /// The mail that it makes of these values.
    ///
    /// # Errors
    /// What is wrong with which field; never for one that was stored.
    pub fn render(&self, values: &Values) -> Result<Rendered, FieldError> {
        let subject = Text::parse(&self.subject).map_err(|what| wrong("subject", what))?;
        let text = Text::parse(&self.text).map_err(|what| wrong("text", what))?;
        Ok(Rendered {
            subject: one_line(&subject.fill(values)),
            text: plain(&text.fill(values)),
        })
    }
}

/// One line without control characters, whatever was put in: a header of its own must never come of it.
fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if is_control(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(MAX_SUBJECT).collect()
}

/// Lines, without other control characters.
fn plain(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !is_control(*c));
    kept.take(MAX_MAIL).collect()
}

/// Also the line and paragraph separators of Unicode, and marks that turn the direction of what follows.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl Register for MailTemplate {
    const NAME: &'static str = "mail-templates";
    const ONE: &'static str = "mail template";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.subject, self.text)
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 100)?;
        line("subject", &mut self.subject, MAX_SUBJECT)?;
        prose("text", &mut self.text, MAX_TEXT)?;
        if self.text.trim().is_empty() {
            return Err(wrong("text", "is needed"));
        }
        self.render(&Values::new()).map(|_| ())
    }
}
