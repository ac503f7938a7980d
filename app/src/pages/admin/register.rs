//! What a register is, as data: its fields, its list, its words, and how its records travel.

use domain::wire::Page;
use leptos::prelude::*;
use serde_json::{Map, Value, json};

use super::form::Form;
use super::names::{Names, Source};
use super::templates;
use crate::client::http::{self, ApiError};
use crate::paths::{Query, encode};

/// The fields of a record by name.
pub type Fields = Map<String, Value>;

/// A record as the server keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Identity.
    pub id: String,
    /// Counts its changes.
    pub version: u32,
    /// No longer to be chosen.
    pub retired: bool,
    /// Everything else.
    pub fields: Fields,
}

/// How a field is typed in, and what its value means.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of at most so many characters.
    Line(u32),
    /// Several lines of at most so many characters.
    Prose(u32),
    /// The same, with room for a page of them.
    Text(u32),
    /// A list of texts, one in each line.
    Lines,
    /// A first password; only of a new record.
    Secret,
    /// A day.
    Date,
    /// A point in time.
    Moment,
    /// Yes or no, in these words.
    Flag(&'static str),
    /// One of these (value, label).
    Choice(&'static [(&'static str, &'static str)]),
    /// Any of these (value, label).
    Several(&'static [(&'static str, &'static str)]),
    /// One record of another register.
    One(Source),
    /// Records of another register.
    Many(Source),
    /// Rights of a group; they are given in the matrix.
    Rights,
    /// Any number of small records, each with these parts.
    Rows(&'static [Cell]),
    /// The kind of each day of the week.
    Week,
}

/// A part of a small record inside of a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its name in the small record.
    pub key: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// How it is typed in.
    pub kind: CellKind,
}

/// How a part of a small record is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// One line of at most so many characters.
    Text(u32),
    /// A number from 1.
    Number,
    /// Yes or no; of a new one this.
    Flag(bool),
    /// A day.
    Date,
    /// A record of another register.
    One(Source),
    /// The name of one of the kinds of day in the field `patterns`.
    Pattern,
    /// Hours of a day: some intervals, each from a time to another.
    Hours,
    /// A list of texts, one in each line.
    Lines,
    /// One of these (value, label).
    Choice(&'static [(&'static str, &'static str)]),
    /// Any number of small records, each with these parts.
    Rows(&'static [Cell]),
    /// Never shown: made of the text beside it once, and kept.
    Key,
}

/// One field.
#[derive(Debug)]
pub struct Spec {
    /// Its name in a record.
    pub key: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// How it is typed in.
    pub kind: Kind,
    /// Help that is always there; empty for none.
    pub hint: &'static str,
    /// A record cannot be without it.
    pub required: bool,
    /// Chosen once, when the record is made.
    pub fixed: bool,
    /// Said in another register; here it is only shown.
    pub elsewhere: bool,
}

impl Spec {
    /// The order of its list says nothing.
    pub fn is_set(&self) -> bool {
        matches!(self.kind, Kind::Several(_) | Kind::Many(_))
    }

    /// A field without help that may be empty.
    pub const fn new(key: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            key,
            label,
            kind,
            hint: "",
            required: false,
            fixed: false,
            elsewhere: false,
        }
    }

    /// The same with help.
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// The same, chosen once, when the record is made.
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// The same, only shown here.
    pub const fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// The same, needed.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Fields that belong together in a form.
#[derive(Debug)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// The fields.
    pub fields: &'static [Spec],
}

/// How records travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// As those of every register below `/api/v1/admin`.
    Usual,
    /// As templates of checklists, which everybody may read and whose form is changed as a whole.
    Templates,
}

/// A register.
pub struct Register {
    /// The last part of its address, here and in the interface.
    pub name: &'static str,
    /// What one record is called, with its article.
    pub one: &'static str,
    /// What many are called.
    pub many: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// What its form holds.
    pub sections: &'static [Section],
    /// Fields that the list shows beside the name.
    pub columns: &'static [&'static str],
    /// What people know a record by.
    pub label: fn(&Fields, Names) -> String,
    /// What retiring one does, after its name: "… can no longer be chosen."
    pub retiring: &'static str,
    /// What leaders of groups may change; nothing where they do not see the register.
    pub led: &'static [&'static str],
    /// How its records travel.
    pub wire: Wire,
    /// Says what fields mean that a record does not name.
    pub fill: fn(&mut Fields),
    /// What a new record begins with.
    pub start: fn() -> Fields,
    /// More about a record beside its form.
    pub aside: Option<fn(Form, Names) -> AnyView>,
}

impl Register {
    /// A register without anything special about it.
    pub const PLAIN: Self = Self {
        name: "",
        one: "",
        many: "",
        title: "",
        about: "",
        sections: &[],
        columns: &[],
        label: |fields, _| text(fields, "name"),
        retiring: "",
        led: &[],
        wire: Wire::Usual,
        fill: |_| {},
        start: Fields::new,
        aside: None,
    };
}

/// The value of a field, `null` where it is not there.
#[must_use]
pub fn value(fields: &Fields, key: &str) -> Value {
    fields.get(key).cloned().unwrap_or_default()
}

/// A text field.
#[must_use]
pub fn text(fields: &Fields, key: &str) -> String {
    fields
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

impl Register {
    /// All fields, in the order of the form.
    pub fn fields(&self) -> impl Iterator<Item = &'static Spec> + use<> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// A field by its name.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Spec> {
        self.fields().find(|spec| spec.key == key)
    }

    /// Registers that its records name.
    pub fn sources(&self) -> impl Iterator<Item = Source> + use<> {
        self.fields().flat_map(|spec| -> Vec<Source> {
            match spec.kind {
                Kind::One(source) | Kind::Many(source) => vec![source],
                Kind::Rows(cells) => {
                    let named = cells.iter().filter_map(|cell| match cell.kind {
                        CellKind::One(source) => Some(source),
                        _ => None,
                    });
                    named.collect()
                }
                _ => Vec::new(),
            }
        })
    }

    /// The page of the list.
    #[must_use]
    pub fn page(&self) -> String {
        format!("/admin/{}", self.name)
    }

    /// The page of a record.
    #[must_use]
    pub fn record_page(&self, id: &str) -> String {
        format!("/admin/{}/{}", self.name, encode(id, b""))
    }

    fn route(&self) -> String {
        format!("/api/v1/admin/{}", self.name)
    }

    fn record_route(&self, id: &str) -> String {
        format!("{}/{}", self.route(), encode(id, b""))
    }

    /// A page of the list.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn list(&self, query: Query) -> Result<Page<Record>, ApiError> {
        if self.wire == Wire::Templates {
            return templates::list(&query).await;
        }
        let page: Page<Fields> = http::get(&query.on(&self.route())).await?;
        Ok(Page {
            items: page.items.into_iter().map(|fields| self.record(fields)).collect(),
            next: page.next,
            total: page.total,
        })
    }

    /// One record.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn read(&self, id: &str) -> Result<Record, ApiError> {
        if self.wire == Wire::Templates {
            return templates::read(id).await;
        }
        let fields: Fields = http::get(&self.record_route(id)).await?;
        Ok(self.record(fields))
    }

    /// Makes a record.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn create(&self, fields: Fields) -> Result<Record, ApiError> {
        if self.wire == Wire::Templates {
            return templates::create(fields).await;
        }
        let made: Fields = http::post(&self.route(), &fields).await?;
        Ok(self.record(made))
    }

    /// Changes `fields` of a record that was looked at in `version`; `whole` is everything it is to say afterwards.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn change(
        &self,
        id: &str,
        version: u32,
        mut fields: Fields,
        whole: Fields,
    ) -> Result<Record, ApiError> {
        if self.wire == Wire::Templates {
            return templates::change(id, version, Some(whole), None).await;
        }
        fields.insert("version".to_owned(), json!(version));
        let changed: Fields = http::patch(&self.record_route(id), &fields).await?;
        Ok(self.record(changed))
    }

    /// Retires a record that was looked at in `version`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn retire(&self, id: &str, version: u32) -> Result<(), ApiError> {
        if self.wire == Wire::Templates {
            return templates::change(id, version, None, Some(true)).await.map(|_| ());
        }
        http::delete(&self.record_route(id)).await
    }

    /// Gives a retired record back.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn restore(&self, id: &str, version: u32) -> Result<Record, ApiError> {
        if self.wire == Wire::Templates {
            return templates::change(id, version, None, Some(false)).await;
        }
        let mut fields = Fields::new();
        fields.insert("retired".to_owned(), json!(false));
        self.change(id, version, fields, Fields::new()).await
    }

    fn record(&self, mut fields: Fields) -> Record {
        let id = fields.remove("id");
        let version = fields.remove("version").and_then(|version| version.as_u64());
        let retired = fields.remove("retired");
        (self.fill)(&mut fields);
        Record {
            id: id
                .and_then(|id| id.as_str().map(str::to_owned))
                .unwrap_or_default(),
            version: version
                .and_then(|version| u32::try_from(version).ok())
                .unwrap_or_default(),
            retired: retired.and_then(|retired| retired.as_bool()).unwrap_or_default(),
            fields,
        }
    }
}
