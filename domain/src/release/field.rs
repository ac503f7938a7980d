use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use super::priority::Level;
use super::{OrderKey, Value, says_something, visible};
use crate::{
    ChecklistId, CiKey, ContractId, DocumentId, GroupId, QuestionKey, ReleaseTypeKey, StepId, UserId,
};

/// What a field may hold. From it follows how concurrent edits meet ([`Policy`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of at most so many characters.
    Line(usize),
    /// Several lines for people.
    Prose(usize),
    /// Several lines for machines: commands, scripts.
    Command(usize),
    /// A moment, RFC 3339.
    Time,
    /// A whole number from 0 to this.
    Number(i64),
    /// Yes or no.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A person.
    User,
    /// A group.
    Group,
    /// A contract of the register.
    Contract,
    /// A release type.
    ReleaseType,
    /// A place in the plan.
    Place,
    /// An answer in a checklist; what it may be, its question says.
    Answer,
}

/// How two concurrent edits of one field meet (offline-sync 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Different values are a conflict.
    Scalar,
    /// Lines are merged; overlapping lines are a conflict.
    Prose,
    /// Never merged: a merged command is one that nobody wrote.
    Command,
}

impl FieldKind {
    /// How concurrent edits meet.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::Prose(_) => Policy::Prose,
            Self::Command(_) => Policy::Command,
            _ => Policy::Scalar,
        }
    }

    /// The value in its canonical form: empty texts become [`Value::Empty`], times UTC, line ends `\n`.
    ///
    /// # Errors
    /// What is wrong and what would be right, without the name of the field.
    pub fn parse(self, value: Value) -> Result<Value, String> {
        let text = match (&value, self) {
            // A step is always somewhere.
            (Value::Empty, Self::Place) => return Err("must be an order key".into()),
            (Value::Empty, _) => return Ok(Value::Empty),
            (Value::Flag(_), Self::Flag) | (Value::Flag(_) | Value::Number(_), Self::Answer) => {
                return Ok(value);
            }
            (Value::Number(number), Self::Number(max)) => {
                return if (0..=max).contains(number) {
                    Ok(value)
                } else {
                    Err(format!("{number} is not between 0 and {max}"))
                };
            }
            (_, Self::Flag) => return Err("must be true or false".into()),
            (_, Self::Number(max)) => return Err(format!("must be a whole number between 0 and {max}")),
            (Value::Text(text), _) => text,
            (Value::Flag(_) | Value::Number(_), _) => return Err("must be text".into()),
        };
        if text.is_empty() {
            return self.parse(Value::Empty);
        }
        match self {
            Self::Line(max) => {
                let line = text.trim();
                if line.contains(['\n', '\r']) {
                    return Err("must be one line".into());
                }
                within(line, max)?;
                visible(line)?;
                Ok(if !says_something(line) {
                    Value::Empty
                } else {
                    line.into()
                })
            }
            Self::Prose(max) | Self::Command(max) => {
                let unix = text.replace("\r\n", "\n");
                within(&unix, max)?;
                visible(&unix)?;
                Ok(unix.into())
            }
            Self::Time => {
                let time = DateTime::parse_from_rfc3339(text)
                    .map_err(|_| "must be a time such as 2026-11-23T22:00:00Z".to_owned())?;
                likely(time.to_utc())?;
                Ok(Value::time(time.to_utc()))
            }
            Self::OneOf(words) if words.contains(&text.as_str()) => Ok(value),
            Self::OneOf(words) => Err(format!("must be one of {}", words.join(", "))),
            Self::User => text
                .parse::<UserId>()
                .map(|id| id.to_string().into())
                .map_err(|e| e.0),
            Self::Group => text
                .parse::<GroupId>()
                .map(|id| id.to_string().into())
                .map_err(|e| e.0),
            Self::Contract => text
                .parse::<ContractId>()
                .map(|id| id.to_string().into())
                .map_err(|e| format!("must be the id of a contract in the register: {}", e.0)),
            Self::ReleaseType => text
                .parse::<ReleaseTypeKey>()
                .map(|_| value.clone())
                .map_err(|e| e.0),
            Self::Place => OrderKey::parse(text)
                .map(|_| value.clone())
                .ok_or_else(|| "must be an order key".into()),
            Self::Answer => Ok(value),
            Self::Flag | Self::Number(_) => Err("must not be text".into()),
        }
    }
}

/// A time of this century: another one is a slip of the keyboard.
///
/// # Errors
/// What is wrong.
pub(crate) fn likely(time: DateTime<Utc>) -> Result<(), String> {
    match time.year() {
        2000..=2100 => Ok(()),
        year => Err(format!("the year {year} is not from 2000 to 2100")),
    }
}

fn within(text: &str, max: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > max {
        Err(format!("has {length} characters, at most {max} are allowed"))
    } else {
        Ok(())
    }
}

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $label:literal, $kind:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$field_doc])* $field),+ }

        impl $name {
            /// All of them, in the order they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// What people read.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$field => $label),+ }
            }

            /// What it may hold.
            #[must_use]
            pub fn kind(self) -> FieldKind {
                match self { $(Self::$field => $kind),+ }
            }
        }
    };
}

fields! {
    /// A field of the release record (S1, S2). Declared once: name, label, kind.
    ReleaseField {
        /// What is rolled out, in a line.
        Title = "Title", FieldKind::Line(200);
        /// Purpose, content, background.
        Description = "Description", FieldKind::Prose(20_000);
        /// The release model.
        ReleaseType = "Release type", FieldKind::ReleaseType;
        /// For whom; gives the go-ahead and closes.
        Requester = "Requester", FieldKind::User;
        /// Contact snapshot (S2): a person to call.
        ContactName = "Contact name", FieldKind::Line(200);
        /// Contact snapshot: telephone.
        ContactPhone = "Contact phone", FieldKind::Line(60);
        /// Contact snapshot: e-mail.
        ContactEmail = "Contact e-mail", FieldKind::Line(200);
        /// Contact snapshot: business unit.
        ContactUnit = "Contact unit", FieldKind::Line(200);
        /// Contact snapshot: place.
        ContactLocation = "Contact location", FieldKind::Line(200);
        /// Contact snapshot: anything else.
        ContactNote = "Contact note", FieldKind::Line(500);
        /// Contract that pays for it.
        Contract = "Contract", FieldKind::Contract;
        /// The group that carries it out.
        AssignmentGroup = "Assignment group", FieldKind::Group;
        /// The person who carries it out.
        Assignee = "Assignee", FieldKind::User;
        /// How likely it is to go wrong.
        Risk = "Risk", FieldKind::OneOf(&Level::WORDS);
        /// How much is touched; with urgency gives the priority (S60).
        Impact = "Impact", FieldKind::OneOf(&Level::WORDS);
        /// How soon it is needed.
        Urgency = "Urgency", FieldKind::OneOf(&Level::WORDS);
        /// Version of what is rolled out.
        Version = "Version", FieldKind::Line(60);
        /// Start of the change window.
        PlannedStart = "Planned start", FieldKind::Time;
        /// End of the change window.
        PlannedEnd = "Planned end", FieldKind::Time;
        /// How to get back as a whole, beside the back-out of each step.
        BackOutPlan = "Back-out plan", FieldKind::Prose(20_000);
        /// How it ended: key of a closure code of its type.
        ClosureCode = "Closure code", FieldKind::Line(60);
        /// What there is to say at its end.
        ClosureNotes = "Closure notes", FieldKind::Prose(20_000);
        /// Since when it is in use.
        ReleaseDate = "Release date", FieldKind::Time;
        /// The requester gets a mail when it is submitted; yes where it was never said.
        MailCreated = "Mail when submitted", FieldKind::Flag;
        /// The requester gets a mail at each action; yes where it was never said.
        MailActions = "Mail at each action", FieldKind::Flag;
        /// The requester gets a mail when it is closed or cancelled; yes where it was never said.
        MailCompleted = "Mail when completed", FieldKind::Flag;
    }
}

impl ReleaseField {
    /// Said about the work when it is done: edited from execution until it is closed, while the content is frozen.
    #[must_use]
    pub fn is_late(self) -> bool {
        matches!(self, Self::ClosureCode | Self::ClosureNotes | Self::ReleaseDate)
    }

    /// Says whether the requester gets mails (S1). Like documents these accompany a release through its whole life.
    #[must_use]
    pub fn is_mail(self) -> bool {
        matches!(self, Self::MailCreated | Self::MailActions | Self::MailCompleted)
    }

    /// Part of what is submitted, authorised and accepted.
    #[must_use]
    pub fn is_decided_on(self) -> bool {
        !self.is_late() && !self.is_mail() && !matches!(self, Self::AssignmentGroup | Self::Assignee)
    }
}

fields! {
    /// A field of a step.
    StepField {
        /// What is done, in a line.
        Title = "Title", FieldKind::Line(200);
        /// How, for people.
        Instructions = "Instructions", FieldKind::Prose(20_000);
        /// What to run, exactly.
        Command = "Command", FieldKind::Command(20_000);
        /// Planned minutes; two weeks at most.
        Minutes = "Planned minutes", FieldKind::Number(20_160);
        /// Who does it: a person or a role, as text.
        Responsible = "Responsible", FieldKind::Line(200);
        /// How to undo it.
        BackOut = "Back-out", FieldKind::Prose(20_000);
        /// It cannot be undone.
        PointOfNoReturn = "Point of no return", FieldKind::Flag;
        /// What must be recorded when it is done.
        Evidence = "Evidence required", FieldKind::Line(500);
        /// A second person must confirm that it is done.
        ConfirmBySecond = "Two people", FieldKind::Flag;
        /// Where in the plan; moved as a whole, never merged.
        Place = "Place", FieldKind::Place;
    }
}

fields! {
    /// A field of a target: what a step does to a CI.
    TargetField {
        /// What happens to the CI.
        Action = "Action", FieldKind::OneOf(&["install", "upgrade", "move", "replace", "retire", "verify"]);
        /// How it fares meanwhile.
        Outage = "Outage expected", FieldKind::OneOf(&["none", "at_risk", "down"]);
    }
}

fields! {
    /// A field of a document (S14).
    DocumentField {
        /// What kind of document.
        Class = "Class", FieldKind::OneOf(&["attachment", "legal", "general", "back_out"]);
        /// What people call it; the name of its file without one.
        Name = "Name", FieldKind::Line(200);
        /// What is in it.
        Description = "Description", FieldKind::Prose(4_000);
    }
}

fields! {
    /// What is said to a question of a checklist.
    AnswerField {
        /// The answer.
        Answer = "Answer", FieldKind::Answer;
        /// What there is to say beside it.
        Remark = "Remark", FieldKind::Prose(2_000);
    }
}

/// The address of a field register in a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum FieldRef {
    /// Of the record.
    Release {
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: ReleaseField,
    },
    /// Of a step.
    Step {
        /// The step.
        step: StepId,
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: StepField,
    },
    /// Of a target of a step.
    Target {
        /// The step.
        step: StepId,
        /// The CI.
        ci: CiKey,
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: TargetField,
    },
    /// Of a document.
    Document {
        /// The document.
        document: DocumentId,
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: DocumentField,
    },
    /// Of a question in a checklist.
    Answer {
        /// The checklist.
        checklist: ChecklistId,
        /// The question.
        question: QuestionKey,
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: AnswerField,
    },
}

/// Where on the page something is, for messages with a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum FieldPlace {
    /// A field of the record.
    Release {
        /// Which.
        #[serde(deserialize_with = "crate::json::apart")]
        field: ReleaseField,
    },
    /// A step, or a field of it.
    Step {
        /// The step.
        step: StepId,
        /// Which field, if one.
        #[serde(
            default,
            deserialize_with = "crate::json::apart",
            skip_serializing_if = "Option::is_none"
        )]
        field: Option<StepField>,
    },
    /// The plan as a whole.
    Plan,
    /// The list of open conflicts.
    Conflicts,
    /// The go-aheads that were given and are missing.
    Approvals,
    /// The links to changes, purchases and the like.
    Links,
    /// The release as a whole: its stage, and who has it.
    Workflow,
    /// The documents.
    Documents,
    /// The checklists, or one of them, or a question in it.
    Checklists {
        /// Which, if one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checklist: Option<ChecklistId>,
        /// Which question, if one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<QuestionKey>,
    },
}

impl FieldPlace {
    /// The part of the release's page that shows it, as the query of its address.
    #[must_use]
    pub fn query(&self) -> &'static str {
        match self {
            Self::Release { .. } => "?tab=record",
            Self::Checklists { .. } => "?tab=checklists",
            Self::Documents => "?tab=documents",
            Self::Links => "?tab=links",
            Self::Step { .. } | Self::Plan | Self::Conflicts | Self::Approvals | Self::Workflow => "",
        }
    }
}

impl FieldRef {
    /// What it may hold.
    #[must_use]
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Release { field } => field.kind(),
            Self::Step { field, .. } => field.kind(),
            Self::Target { field, .. } => field.kind(),
            Self::Document { field, .. } => field.kind(),
            Self::Answer { field, .. } => field.kind(),
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Release { field } => field.label(),
            Self::Step { field, .. } => field.label(),
            Self::Target { field, .. } => field.label(),
            Self::Document { field, .. } => field.label(),
            Self::Answer { field, .. } => field.label(),
        }
    }

    /// The step it is in.
    #[must_use]
    pub fn step(&self) -> Option<StepId> {
        match self {
            Self::Release { .. } | Self::Document { .. } | Self::Answer { .. } => None,
            Self::Step { step, .. } | Self::Target { step, .. } => Some(*step),
        }
    }

    /// Is it part of the content, which is frozen outside of draft? Documents, checklists and who gets mails accompany
    /// a release through its whole life.
    #[must_use]
    pub fn is_content(&self) -> bool {
        match self {
            Self::Document { .. } | Self::Answer { .. } => false,
            Self::Release { field } => !field.is_mail(),
            Self::Step { .. } | Self::Target { .. } => true,
        }
    }
}
