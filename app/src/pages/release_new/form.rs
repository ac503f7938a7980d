//! What the form that drafts a release holds, and how it outlives its page.

use domain::grow::Grow;
use std::collections::BTreeMap;

use domain::release::{FieldKind, ReleaseField, Value};
use leptos::prelude::*;

use crate::client::clock;
use crate::client::sync::{NEW_RELEASE, Sync, Typed};
use crate::parts::people::People;

/// What the form holds: one text for each field.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub title: RwSignal<String>,
    pub kind: RwSignal<String>,
    pub requester: RwSignal<String>,
    pub description: RwSignal<String>,
    pub impact: RwSignal<String>,
    pub urgency: RwSignal<String>,
    pub risk: RwSignal<String>,
    pub start: RwSignal<String>,
    pub end: RwSignal<String>,
    pub group: RwSignal<String>,
    pub contact: Contact,
    /// A draft has been made of it: nothing in it is to be kept any more.
    pub done: StoredValue<bool>,
}

/// The contact snapshot (S2).
#[derive(Clone, Copy)]
pub(super) struct Contact {
    pub name: RwSignal<String>,
    pub phone: RwSignal<String>,
    pub email: RwSignal<String>,
    pub unit: RwSignal<String>,
    pub location: RwSignal<String>,
}

impl Form {
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            title: empty(),
            kind: empty(),
            requester: empty(),
            description: empty(),
            impact: empty(),
            urgency: empty(),
            risk: empty(),
            start: empty(),
            end: empty(),
            group: empty(),
            contact: Contact {
                name: empty(),
                phone: empty(),
                email: empty(),
                unit: empty(),
                location: empty(),
            },
            done: StoredValue::new(false),
        }
    }

    fn fields(self) -> [(ReleaseField, RwSignal<String>); 15] {
        [
            (ReleaseField::Title, self.title),
            (ReleaseField::ReleaseType, self.kind),
            (ReleaseField::Requester, self.requester),
            (ReleaseField::Description, self.description),
            (ReleaseField::Impact, self.impact),
            (ReleaseField::Urgency, self.urgency),
            (ReleaseField::Risk, self.risk),
            (ReleaseField::PlannedStart, self.start),
            (ReleaseField::PlannedEnd, self.end),
            (ReleaseField::AssignmentGroup, self.group),
            (ReleaseField::ContactName, self.contact.name),
            (ReleaseField::ContactPhone, self.contact.phone),
            (ReleaseField::ContactEmail, self.contact.email),
            (ReleaseField::ContactUnit, self.contact.unit),
            (ReleaseField::ContactLocation, self.contact.location),
        ]
    }

    /// The values, checked as the server will check them.
    pub fn values(self) -> Result<BTreeMap<ReleaseField, Value>, (ReleaseField, String)> {
        let mut values = BTreeMap::new();
        for (field, text) in self.fields() {
            let text = text.get_untracked();
            if text.trim().is_empty() {
                continue;
            }
            let value = match field.kind() {
                FieldKind::Time => match clock::from_input(&text) {
                    Some(time) => Value::time(time),
                    None => return Err((field, "must be a complete date and time".into())),
                },
                _ => text.into(),
            };
            let value = field.kind().parse(value).map_err(|wrong| (field, wrong))?;
            values.insert(field, value);
        }
        Ok(values)
    }

    /// Fills in the contact of a person; what was typed by hand meanwhile is replaced, it belongs to the other person.
    pub fn contact_of(self, people: People, person: &str) {
        let person = person.parse().ok().and_then(|id| untrack(|| people.person(id)));
        let Some(person) = person else { return };
        self.contact.name.set(person.name);
        self.contact.phone.set(person.phone.unwrap_or_default());
        self.contact.email.set(person.email.unwrap_or_default());
        self.contact.unit.set(person.unit.unwrap_or_default());
        self.contact.location.set(person.location.unwrap_or_default());
    }
    /// Keeps what is typed as other text in fields is kept, and puts back what a page or a visit before this one left.
    /// Answers whether anything was put back.
    pub fn outlive_the_page(self, sync: Sync) -> RwSignal<bool> {
        let resumed = RwSignal::new(false);
        Effect::new(move |_| {
            let left = sync
                .typing_now(NEW_RELEASE)
                .or_else(|| sync.left_over(NEW_RELEASE));
            let texts = left.and_then(|left| domain::json::from_str(&left.text).ok());
            if let Some(texts) = texts {
                self.fill(&texts);
                resumed.set(true);
            }
        });
        Effect::new(move |kept: Option<bool>| {
            let texts = self.texts();
            let worth = texts.keys().copied().any(is_typed_by_hand);
            if self.done.get_value() || !(worth || kept.unwrap_or(false)) {
                return false;
            }
            // Plain data with text keys: writing it as JSON does not fail.
            let text = serde_json::to_string(&texts).unwrap_or_default();
            let typed = worth.then_some(Typed { text, seen: None });
            untrack(|| sync.typing(NEW_RELEASE.to_owned(), typed.as_ref()));
            worth
        });
        resumed
    }

    /// Throws away what was typed.
    pub fn abandon(self, sync: Sync) {
        self.done.set_value(true);
        sync.typing(NEW_RELEASE.to_owned(), None);
    }

    /// Empties every field.
    pub fn clear(self) {
        self.fill(&BTreeMap::new());
    }

    /// What is in the fields that are not empty; tracks.
    fn texts(self) -> BTreeMap<ReleaseField, String> {
        let texts = self.fields().map(|(field, text)| (field, text.get()));
        texts.into_iter().filter(|(_, text)| !text.is_empty()).grow()
    }

    fn fill(self, texts: &BTreeMap<ReleaseField, String>) {
        for (field, text) in self.fields() {
            text.set(texts.get(&field).cloned().unwrap_or_default());
        }
    }
}

/// The others are filled in by the form itself, and worth nothing alone.
fn is_typed_by_hand(field: ReleaseField) -> bool {
    !matches!(
        field,
        ReleaseField::Requester
            | ReleaseField::AssignmentGroup
            | ReleaseField::ContactName
            | ReleaseField::ContactPhone
            | ReleaseField::ContactEmail
            | ReleaseField::ContactUnit
            | ReleaseField::ContactLocation
    )
}
