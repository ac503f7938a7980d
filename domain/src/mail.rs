//! Mails of a release (S34, S73, S74): which moments are told by mail, to whom, and in which words.
//!
//! - [`Moment`]: what a mail is about; [`MailTemplate`]: its words, as people write them;
//! - [`Text`]: a template's text, read; [`Placeholder`]: what may stand in it; [`shipped`]: the words that came with the
//!   product, where a release type names no others;
//! - [`Occasion`], [`Circle`], [`due`]: who gets a mail when something happened.

mod due;
mod fill;
mod shipped;
mod template;

use serde::{Deserialize, Serialize};

use crate::release::{Action, Party, ReleaseField};

pub use due::{Circle, Due, Occasion, Reader, due, groups_asked, people_asked, sendable};
pub use fill::{Told, values};
pub use shipped::shipped;
pub use template::{MailTemplate, Placeholder, Rendered, Text, Values};

/// What a mail is about: three to the requester, three to a group (S73).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// To the requester: it was submitted for authorisation. A draft is nobody's business yet.
    Created,
    /// To the requester: it was moved on, held, resumed or handed over.
    Action,
    /// To the requester: it was closed or cancelled.
    Completed,
    /// To a group: it is its turn now, to give its go-ahead or to work.
    Received,
    /// To a group: the work was given to it by another one.
    Redirected,
    /// To a group: it may look on.
    Shared,
}

impl Moment {
    /// All of them, in the order of forms.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Action,
        Self::Completed,
        Self::Received,
        Self::Redirected,
        Self::Shared,
    ];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Action => "action",
            Self::Completed => "completed",
            Self::Received => "received",
            Self::Redirected => "redirected",
            Self::Shared => "shared",
        }
    }

    /// Is it about a group? The others are for the requester.
    #[must_use]
    pub fn is_for_group(self) -> bool {
        matches!(self, Self::Received | Self::Redirected | Self::Shared)
    }

    /// What the requester is told when this is done.
    #[must_use]
    pub fn of_requester(action: Action) -> Self {
        match action {
            Action::Submit => Self::Created,
            Action::Close | Action::Cancel => Self::Completed,
            _ => Self::Action,
        }
    }

    /// The switch of a release that says whether its requester is told; none for groups.
    #[must_use]
    pub fn switch(self) -> Option<ReleaseField> {
        match self {
            Self::Created => Some(ReleaseField::MailCreated),
            Self::Action => Some(ReleaseField::MailActions),
            Self::Completed => Some(ReleaseField::MailCompleted),
            Self::Received | Self::Redirected | Self::Shared => None,
        }
    }
}

/// Which template a release type uses at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MailChoice {
    /// When.
    pub moment: Moment,
    /// Identity of the template.
    pub template: String,
}

impl crate::release::ReleaseType {
    /// The template that it names for a moment; without one the words of [`shipped`] are used.
    #[must_use]
    pub fn mail_template(&self, moment: Moment) -> Option<&str> {
        let chosen = self.mails.iter().find(|choice| choice.moment == moment);
        chosen.map(|choice| choice.template.as_str())
    }
}

impl Occasion {
    /// The group that it was given to or shared with.
    fn group(&self) -> Option<crate::GroupId> {
        match self.to {
            Some(Party::Group(group)) => Some(group),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
