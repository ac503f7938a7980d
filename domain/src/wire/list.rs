//! Lists of releases over HTTP: what is asked for, and how a page of it looks. The query has one reader and one
//! writer, so that an address, a saved view and the server mean the same.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::list::Column;
use crate::release::{Disposition, Priority, Rev, Stage};
use crate::wire::release::ReleaseSummary;
use crate::{CiKey, ContractId, GroupId, ReleaseId, ReleaseNumber, ReleaseTypeKey, UserId, shorten};

/// Most values of one filter.
pub const MAX_VALUES: usize = 50;
/// Longest text of one filter, in characters.
pub const MAX_TEXT: usize = 200;

/// Which releases of all that one may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// All.
    #[default]
    All,
    /// Drafts that the caller wrote.
    Drafts,
    /// Those that wait for a decision or work of the caller.
    Waiting,
    /// Open ones that the caller is assigned to.
    Mine,
    /// Open ones of the caller's groups.
    Groups,
    /// Open ones that the caller has to do with: as author, requester or assignee, by a group, because they wait, or
    /// because they are shared.
    Work,
}

impl View {
    /// All views.
    pub const ALL: [Self; 6] = [
        Self::All,
        Self::Drafts,
        Self::Waiting,
        Self::Mine,
        Self::Groups,
        Self::Work,
    ];

    /// The word in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Drafts => "drafts",
            Self::Waiting => "waiting",
            Self::Mine => "mine",
            Self::Groups => "groups",
            Self::Work => "work",
        }
    }
}

/// Whose: somebody's, nobody's, or the caller's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<T> {
    /// `none`: nobody's.
    Nobodys,
    /// `me`: the caller's, that of one of the caller's groups, or within the caller's contracts.
    Own,
    /// Of this one.
    Of(T),
}

/// From this moment on, and before that one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// Not earlier.
    pub from: Option<DateTime<Utc>>,
    /// Earlier than this.
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// No bound at all.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Whether a moment is within it; none never is, unless there is no bound.
    #[must_use]
    pub fn holds(&self, at: Option<DateTime<Utc>>) -> bool {
        self.is_open()
            || at.is_some_and(|at| {
                self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
            })
    }
}

/// Query of `GET /api/v1/releases`; all filters together must hold, of the values of one filter any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseQuery {
    /// Which of all.
    pub view: View,
    /// Words that must all occur in number or title.
    pub q: Option<String>,
    /// Words that must all begin a word of title, description or journal.
    pub text: Option<String>,
    /// Exactly this one.
    pub number: Option<ReleaseNumber>,
    /// In one of these stages.
    pub stage: Vec<Stage>,
    /// With one of these dispositions.
    pub disposition: Vec<Disposition>,
    /// Of one of these types.
    pub release_type: Vec<ReleaseTypeKey>,
    /// With one of these priorities.
    pub priority: Vec<Priority>,
    /// For one of these people.
    pub requester: Vec<Whose<UserId>>,
    /// One of these people works on it.
    pub assignee: Vec<Whose<UserId>>,
    /// The work of one of these groups.
    pub group: Vec<Whose<GroupId>>,
    /// Under one of these contracts.
    pub contract: Vec<Whose<ContractId>>,
    /// Of a contact in this business unit, whatever the case of letters.
    pub unit: Option<String>,
    /// Touches this CI: a step works on it, or it is in scope.
    pub ci: Option<CiKey>,
    /// Late, or not.
    pub overdue: Option<bool>,
    /// First stored within.
    pub opened: Period,
    /// Concluded or cancelled within.
    pub closed: Period,
    /// In the order of this column; else by relevance where there is `text`, else newest change first.
    pub sort: Option<Column>,
    /// The other way round than the column goes by itself.
    pub desc: Option<bool>,
    /// Rows in a page, 1 to 500.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// A filter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFilter {
    /// Its name in the address.
    pub name: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.message)
    }
}

pub(super) fn bad(name: &str, message: impl Into<String>) -> BadFilter {
    BadFilter {
        name: name.to_owned(),
        message: message.into(),
    }
}

/// Adds the values of a list separated by commas.
pub(super) fn values<T>(
    into: &mut Vec<T>,
    name: &str,
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<(), BadFilter> {
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        into.push(read(word).map_err(|message| bad(name, message))?);
    }
    if into.len() > MAX_VALUES {
        return Err(bad(name, format!("has more than {MAX_VALUES} values")));
    }
    Ok(())
}

fn one_of<T: Copy>(all: &[T], text: &str, word: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| word(*one) == text).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
        format!("`{}` is not one of {}", shorten(text), words.join(", "))
    })
}

pub(super) fn whose<T: std::str::FromStr<Err = crate::BadId>>(text: &str) -> Result<Whose<T>, String> {
    match text {
        "none" => Ok(Whose::Nobodys),
        "me" => Ok(Whose::Own),
        id => id.parse().map(Whose::Of).map_err(|error: crate::BadId| error.0),
    }
}

pub(super) fn moment(name: &str, text: &str) -> Result<Option<DateTime<Utc>>, BadFilter> {
    let day = || {
        let day: chrono::NaiveDate = text.parse().ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    };
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(Some(time.to_utc())),
        Err(_) => day().map(Some).ok_or_else(|| {
            bad(
                name,
                format!(
                    "`{}` is neither a day such as 2026-11-23 nor a time such as 2026-11-23T22:00:00Z",
                    shorten(text)
                ),
            )
        }),
    }
}

fn flag(name: &str, text: &str) -> Result<Option<bool>, BadFilter> {
    match text {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(bad(name, "is `true` or `false`")),
    }
}

fn text_of(name: &str, text: &str) -> Result<Option<String>, BadFilter> {
    if text.chars().count() > MAX_TEXT {
        return Err(bad(name, format!("has more than {MAX_TEXT} characters")));
    }
    Ok(Some(text.to_owned()))
}

/// A number as people type it: `REL-000013`, also in small letters or without zeros, and `13`.
fn number(text: &str) -> Result<ReleaseNumber, crate::BadId> {
    let digits = match text.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("REL-") => &text[4..],
        _ => text,
    };
    format!("REL-{digits}").parse().map_err(|_| {
        crate::BadId(format!(
            "`{}` is not a release number such as REL-000123 or 123",
            shorten(text)
        ))
    })
}

/// Names in the address of a list that are no filters: what of the list is shown, and how.
pub const BESIDE: [&str; 3] = ["cols", "description", "show"];

/// All dispositions, for filters.
pub const DISPOSITIONS: [Disposition; 4] = [
    Disposition::Active,
    Disposition::OnHold,
    Disposition::Concluded,
    Disposition::Cancelled,
];

impl ReleaseQuery {
    /// Reads the pairs of an address. Empty values are filters left blank; [`BESIDE`] is of others. Any other name is
    /// refused: a misspelled filter would mean everything.
    ///
    /// # Errors
    /// The first filter that cannot be read or is none.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadFilter> {
        let mut query = Self::default();
        for (name, text) in pairs {
            let text = text.trim();
            if !text.is_empty() && !query.take(name, text)? && !BESIDE.contains(&name) {
                return Err(bad(&shorten(name), "is not a filter of this list"));
            }
        }
        Ok(query)
    }

    /// Takes one filter; see [`ReleaseQuery::read`]. False where there is no filter of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take(&mut self, name: &str, text: &str) -> Result<bool, BadFilter> {
        let refuse = |message: String| bad(name, message);
        match name {
            "view" => self.view = one_of(&View::ALL, text, View::as_str).map_err(refuse)?,
            "q" => self.q = text_of(name, text)?,
            "text" => self.text = text_of(name, text)?,
            "number" => self.number = Some(number(text).map_err(|error| refuse(error.0))?),
            "stage" => values(&mut self.stage, name, text, |word| {
                one_of(&Stage::ALL, word, Stage::as_str)
            })?,
            "disposition" => values(&mut self.disposition, name, text, |word| {
                one_of(&DISPOSITIONS, word, Disposition::as_str)
            })?,
            "release_type" | "type" => values(&mut self.release_type, name, text, |word| {
                word.parse().map_err(|error: crate::BadId| error.0)
            })?,
            "priority" => values(&mut self.priority, name, text, |word| match word.parse() {
                Ok(priority @ 1..=5) => Ok(priority),
                _ => Err(format!("`{}` is not from 1 to 5", shorten(word))),
            })?,
            "requester" => values(&mut self.requester, name, text, whose)?,
            "assignee" => values(&mut self.assignee, name, text, whose)?,
            "group" => values(&mut self.group, name, text, whose)?,
            "contract" => values(&mut self.contract, name, text, whose)?,
            "unit" => self.unit = text_of(name, text)?,
            "ci" => self.ci = Some(text.parse().map_err(|error: crate::BadId| refuse(error.0))?),
            "overdue" => self.overdue = flag(name, text)?,
            "opened_from" => self.opened.from = moment(name, text)?,
            "opened_until" => self.opened.until = moment(name, text)?,
            "closed_from" => self.closed.from = moment(name, text)?,
            "closed_until" => self.closed.until = moment(name, text)?,
            "sort" => self.sort = Some(one_of(&Column::ALL, text, Column::as_str).map_err(refuse)?),
            "order" => match text {
                "asc" => self.desc = Some(false),
                "desc" => self.desc = Some(true),
                _ => return Err(refuse("is `asc` or `desc`".into())),
            },
            "limit" => {
                let limit = text.parse().map_err(|_| refuse("is not a number".into()))?;
                self.limit = Some(limit);
            }
            "after" => self.after = Some(text.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The pairs of an address that [`ReleaseQuery::read`] reads back.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        fn list<T>(values: &[T], word: impl Fn(&T) -> String) -> String {
            values.iter().map(word).collect::<Vec<_>>().join(",")
        }
        fn of<T: fmt::Display>(whose: &Whose<T>) -> String {
            match whose {
                Whose::Nobodys => "none".into(),
                Whose::Own => "me".into(),
                Whose::Of(one) => one.to_string(),
            }
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let time = |value: Option<DateTime<Utc>>| {
            value.map_or_else(String::new, |at| {
                at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
            })
        };
        let view = if self.view == View::All {
            ""
        } else {
            self.view.as_str()
        };
        let order = match self.desc {
            None => "",
            Some(false) => "asc",
            Some(true) => "desc",
        };
        let all = [
            ("view", view.to_owned()),
            ("q", text(&self.q)),
            ("text", text(&self.text)),
            ("number", self.number.map(|n| n.to_string()).unwrap_or_default()),
            ("stage", list(&self.stage, |stage| stage.as_str().into())),
            (
                "disposition",
                list(&self.disposition, |disposition| disposition.as_str().into()),
            ),
            ("release_type", list(&self.release_type, ToString::to_string)),
            ("priority", list(&self.priority, ToString::to_string)),
            ("requester", list(&self.requester, of)),
            ("assignee", list(&self.assignee, of)),
            ("group", list(&self.group, of)),
            ("contract", list(&self.contract, of)),
            ("unit", text(&self.unit)),
            (
                "ci",
                self.ci.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
            (
                "overdue",
                self.overdue.map(|late| late.to_string()).unwrap_or_default(),
            ),
            ("opened_from", time(self.opened.from)),
            ("opened_until", time(self.opened.until)),
            ("closed_from", time(self.closed.from)),
            ("closed_until", time(self.closed.until)),
            (
                "sort",
                self.sort
                    .map(|column| column.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            ("order", order.to_owned()),
            (
                "limit",
                self.limit.map(|limit| limit.to_string()).unwrap_or_default(),
            ),
            ("after", text(&self.after)),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// One page of a list of releases, and what the list as a whole adds up to. Counts hold only what the caller may see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleasePage {
    /// The rows of this page.
    pub items: Vec<ReleaseSummary>,
    /// Where the next page starts; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// All releases that match.
    pub total: u64,
    /// Of those that match: late.
    #[serde(default)]
    pub overdue: u64,
    /// Of those that match: on hold.
    #[serde(default)]
    pub on_hold: u64,
    /// All releases that the caller may see, whatever the filters.
    #[serde(default)]
    pub visible: u64,
    /// The list is as it was at this revision, or later.
    #[serde(default)]
    pub rev: Rev,
    /// Where the words of `text` were found, for each row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hits: BTreeMap<ReleaseId, Hit>,
}

/// Where words were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HitPlace {
    /// In the title.
    Title,
    /// In the description.
    Description,
    /// In an entry of the journal.
    Journal,
}

/// A piece of text with the words that were looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    /// Where.
    pub place: HitPlace,
    /// The text in pieces.
    pub parts: Vec<HitPart>,
}

/// A piece of a [`Hit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HitPart {
    /// The text.
    pub text: String,
    /// It is one of the words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mark: bool,
}
