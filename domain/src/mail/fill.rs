//! What the placeholders of a mail stand for.

use chrono::{DateTime, Utc};

use super::{Placeholder, Values};
use crate::release::{Party, Release, ReleaseField};
use crate::wire::session::Directory;

/// What happened, in words.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Who did it.
    pub actor: &'a str,
    /// What, without the actor.
    pub what: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// The address of the release's page.
    pub link: &'a str,
    /// Who gets the mail.
    pub recipient: &'a str,
}

/// Everything that a template may ask for about this release. `names` are those of whoever it names.
#[must_use]
pub fn values(release: &Release, names: &Directory, told: &Told<'_>) -> Values {
    let person = |user: Option<crate::UserId>| user.and_then(|user| names.name(Party::User(user)));
    let group = release
        .assignment_group()
        .and_then(|group| names.name(Party::Group(group)));
    let kind = release.release_type().and_then(|key| {
        let mut kinds = names.release_types.iter();
        kinds.find(|kind| kind.key == key).map(|kind| kind.name.as_str())
    });
    let number = release.number.map(|number| number.to_string());
    let ended = release.course.ended.as_ref().map(|ended| ended.mark.at);
    Placeholder::ALL
        .iter()
        .map(|what| {
            let value = match what {
                Placeholder::Number => number.clone().unwrap_or_default(),
                Placeholder::Title => release.title().to_owned(),
                Placeholder::Description => release.text(ReleaseField::Description).to_owned(),
                Placeholder::Type => or_none(kind),
                Placeholder::Stage => release.stage.as_str().to_owned(),
                Placeholder::Status => release.disposition.as_str().replace('_', " "),
                Placeholder::Priority => release.priority().to_string(),
                Placeholder::Requester => or_none(person(release.requester())),
                Placeholder::Group => or_none(group),
                Placeholder::Assignee => or_none(person(release.assignee())),
                Placeholder::Start => moment(release.time(ReleaseField::PlannedStart)),
                Placeholder::End => moment(release.time(ReleaseField::PlannedEnd)),
                Placeholder::Due => moment(release.due()),
                Placeholder::Ended => moment(ended),
                Placeholder::Closure => release.text(ReleaseField::ClosureNotes).to_owned(),
                Placeholder::Actor => told.actor.to_owned(),
                Placeholder::What => told.what.to_owned(),
                Placeholder::When => moment(Some(told.at)),
                Placeholder::Link => told.link.to_owned(),
                Placeholder::Recipient => told.recipient.to_owned(),
            };
            (*what, value)
        })
        .collect()
}

fn or_none(name: Option<&str>) -> String {
    name.unwrap_or("none").to_owned()
}

/// A mail is read anywhere, so it names its zone.
fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(
        || "not planned".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M UTC").to_string(),
    )
}
