use domain::mail::{Moment, Placeholder, shipped};
use serde_json::json;

use crate::pages::admin::mail;
use crate::pages::admin::register::{Fields, Kind, Register, Section, Spec};

/// The words that came with the product, to begin with.
fn start() -> Fields {
    let words = shipped(Moment::Action);
    let fields = [("subject", json!(words.subject)), ("text", json!(words.text))];
    fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// Every placeholder there is, for the help beside the form.
#[must_use]
pub fn placeholders() -> String {
    let all = Placeholder::ALL.iter().map(|one| format!("{{{}}}", one.as_str()));
    all.collect::<Vec<_>>().join(" ")
}

/// The words of mails.
pub const MAIL_TEMPLATES: Register = Register {
    name: "mail-templates",
    one: "a mail template",
    many: "mail templates",
    title: "Mail templates",
    about: "The words of mails, which release types choose from. Where a type names none, mails have the words that came with Slipway.",
    sections: &[Section {
        title: "The mail",
        fields: &[
            Spec::new("name", "Name", Kind::Line(100)).required(),
            Spec::new("subject", "Subject", Kind::Line(200)).required(),
            Spec::new("text", "Text", Kind::Text(10_000))
                .hint("Plain text. What may stand in braces is listed beside it."),
        ],
    }],
    columns: &["subject"],
    retiring: "can no longer be chosen by a release type. Types that have it go on by it.",
    start,
    aside: Some(mail::preview::aside),
    ..Register::PLAIN
};
