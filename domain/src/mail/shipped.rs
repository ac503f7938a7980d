//! The words that came with the product.

use super::{MailTemplate, Moment};

/// What a mail says at this moment where the release type names no template.
#[must_use]
pub fn shipped(moment: Moment) -> MailTemplate {
    let (name, subject, first) = match moment {
        Moment::Created => (
            "Submitted",
            "{number} was submitted: {title}",
            "a release that is for you was submitted for authorisation by {actor}.",
        ),
        Moment::Action => (
            "Something was done",
            "{number}: {actor} {what}",
            "on {when}, {actor} {what}.",
        ),
        Moment::Completed => (
            "It ended",
            "{number} is {status}: {title}",
            "a release that is for you has ended: {actor} {what}.\n\n{closure}",
        ),
        Moment::Received => (
            "It is your turn",
            "{number} waits for {recipient}: {title}",
            "a release has come to your group in {stage}: {actor} {what}.",
        ),
        Moment::Redirected => (
            "It was given to you",
            "{number} was given to {recipient}: {title}",
            "{actor} gave a release to your group.",
        ),
        Moment::Shared => (
            "It was shared with you",
            "{number} was shared with {recipient}: {title}",
            "{actor} shared a release with your group. You may read it and write notes.",
        ),
    };
    MailTemplate {
        name: name.to_owned(),
        subject: subject.to_owned(),
        text: format!(
            "Hello {{recipient}},\n\n{first}\n\n\
             Release:   {{number}} {{title}}\n\
             Type:      {{type}}\n\
             Stage:     {{stage}} ({{status}})\n\
             Group:     {{group}}\n\
             Window:    {{start}} to {{end}}\n\n\
             {{link}}\n"
        ),
    }
}
