//! Links of a release: to records of the registers, and to people in a role.
//!
//! A linked change brings its CIs along. They are kept in the link, so that everything that looks at a release (its
//! hash, its impact, a tablet without a network) sees the same ones; while the release is a draft the server keeps
//! them as the change has them (docs/design/links.md).

use crate::grow::Grow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Mark, Release, Stage};
use crate::registry::{RecordRef, RegisterKind};
use crate::{BadId, CiKey, PersonLinkId, RecordKey, UserId};

/// Most links of one release, ended ones included.
pub const MAX_LINKS: usize = 1_000;

/// The address of a link in a release: `changes/CHG-1`, `people/01JD...`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKey {
    /// To a record.
    Record(RecordRef),
    /// To a person; one may have several roles, so the link has an identity of its own.
    Person(PersonLinkId),
}

const PEOPLE: &str = "people/";

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for LinkKey {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .examples(["changes/CHG-1"])
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for LinkKey {}

impl LinkKey {
    /// The link to a change.
    #[must_use]
    pub fn change(key: RecordKey) -> Self {
        Self::Record(RecordRef {
            register: RegisterKind::Changes,
            key,
        })
    }

    /// The record it leads to.
    #[must_use]
    pub fn record(&self) -> Option<&RecordRef> {
        match self {
            Self::Record(record) => Some(record),
            Self::Person(_) => None,
        }
    }

    /// Whether it is of this register.
    #[must_use]
    pub fn is_in(&self, register: RegisterKind) -> bool {
        self.record().is_some_and(|record| record.register == register)
    }

    /// Whether it says what is rolled out: see [`RegisterKind::is_content`].
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.record().is_some_and(|record| record.register.is_content())
    }
}

impl fmt::Display for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "{record}"),
            Self::Person(link) => write!(f, "{PEOPLE}{link}"),
        }
    }
}

impl FromStr for LinkKey {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.strip_prefix(PEOPLE) {
            Some(link) => link.parse().map(Self::Person),
            None => text.parse().map(Self::Record),
        }
    }
}

impl Serialize for LinkKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LinkKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What became of a linked change in a release (S7); its own status in the register is another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeOutcome {
    /// Being carried out.
    InExecution,
    /// Carried out.
    Resolved,
    /// Not carried out, or not as wanted.
    Unresolved,
    /// Given up.
    Cancelled,
}

impl ChangeOutcome {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [
        Self::InExecution,
        Self::Resolved,
        Self::Unresolved,
        Self::Cancelled,
    ];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InExecution => "in_execution",
            Self::Resolved => "resolved",
            Self::Unresolved => "unresolved",
            Self::Cancelled => "cancelled",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::InExecution => "in execution",
            Self::Resolved => "resolved",
            Self::Unresolved => "unresolved",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word of [`ChangeOutcome::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Nothing more is to be done about it here.
    #[must_use]
    pub fn is_decided(self) -> bool {
        self != Self::InExecution
    }
}

/// A person in a role, as they were when linked (S11).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonCard {
    /// Who, if they are known here; the rest is a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Name.
    pub name: String,
    /// What they are to this release.
    pub role: String,
    /// Job title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub job_title: String,
    /// Telephone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// E-mail.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
}

/// A link of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// Title of the record, or name of the person, when linked; shown if it disappears.
    pub name: String,
    /// Who linked it, and when.
    pub mark: Mark,
    /// Who ended it, and when; the link stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Mark>,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonCard>,
    /// What became of a change in this release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ChangeOutcome>,
    /// The last word on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_mark: Option<Mark>,
    /// The CIs that a change brings along, with their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cis: BTreeMap<CiKey, String>,
}

impl Release {
    /// The links that are not ended.
    pub fn live_links(&self) -> impl Iterator<Item = (&LinkKey, &Link)> {
        self.links.iter().filter(|(_, link)| link.ended.is_none())
    }

    /// The records of one register that it links, ended links left out.
    pub fn linked(&self, register: RegisterKind) -> impl Iterator<Item = (&RecordRef, &Link)> {
        self.live_links()
            .filter_map(|(key, link)| Some((key.record()?, link)))
            .filter(move |(record, _)| record.register == register)
    }

    /// The changes that it links.
    pub fn linked_changes(&self) -> impl Iterator<Item = RecordRef> {
        self.linked(RegisterKind::Changes)
            .map(|(record, _)| record.clone())
    }

    /// The records that decisions about it ask for: changes, for their CIs, and purchases, for their status.
    pub fn records_asked_for(&self) -> impl Iterator<Item = RecordRef> {
        let purchases = self.linked(RegisterKind::Purchases);
        self.linked_changes()
            .chain(purchases.map(|(record, _)| record.clone()))
    }

    /// CIs in scope, by themselves or through changes, that no step works on; with their names.
    #[must_use]
    pub fn scope_without_steps(&self) -> BTreeMap<CiKey, String> {
        let plan = self.plan();
        let own = self.scope.iter().map(|(key, link)| (key, &link.name));
        let through = self.live_links().flat_map(|(_, link)| &link.cis);
        own.chain(through)
            .filter(|(key, _)| !plan.iter().any(|(_, step)| step.targets.contains_key(*key)))
            .map(|(key, name)| (key.clone(), name.clone()))
            .grow()
    }

    /// Whether it takes over what its changes change: only until its content is frozen.
    #[must_use]
    pub fn follows_changes(&self) -> bool {
        self.stage == Stage::Draft
    }
}
