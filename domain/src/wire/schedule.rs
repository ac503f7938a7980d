//! What is planned when: the windows of releases, and the work that was put into the calendars of groups (S18).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::list::{BadFilter, Whose, bad, moment, values, whose};
use crate::release::{Disposition, Stage};
use crate::{GroupId, ReleaseId, ReleaseNumber, UserId};

/// Longest time that one answer covers, in days.
pub const MAX_SCHEDULE_DAYS: i64 = 92;
/// Most entries in one answer; `total` says how many there are.
pub const MAX_SCHEDULE_ENTRIES: usize = 1_000;

/// Query of `GET /api/v1/schedule`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleQuery {
    /// The work of one of these groups; of all where there is none.
    pub group: Vec<Whose<GroupId>>,
    /// What ends after this.
    pub from: DateTime<Utc>,
    /// What begins before this.
    pub to: DateTime<Utc>,
}

impl ScheduleQuery {
    /// Reads the pairs of an address. Empty values are filters left blank; names it does not know are of others.
    ///
    /// # Errors
    /// The first filter that cannot be read; a missing `from` or `to`; a time that is empty or too long.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadFilter> {
        let (mut group, mut from, mut to) = (Vec::new(), None, None);
        for (name, text) in pairs {
            let text = text.trim();
            match name {
                _ if text.is_empty() => {}
                "group" => values(&mut group, name, text, whose)?,
                "from" => from = moment(name, text)?,
                "to" => to = moment(name, text)?,
                _ => {}
            }
        }
        let missing = |name| {
            let text = "is missing: a day such as 2026-11-23 or a time such as 2026-11-23T22:00:00Z";
            bad(name, text)
        };
        let from = from.ok_or_else(|| missing("from"))?;
        let to = to.ok_or_else(|| missing("to"))?;
        if to <= from {
            return Err(bad("to", "is not after `from`"));
        }
        if to - from > TimeDelta::days(MAX_SCHEDULE_DAYS) {
            let text = format!("is more than {MAX_SCHEDULE_DAYS} days after `from`; ask for less at a time");
            return Err(bad("to", text));
        }
        Ok(Self { group, from, to })
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// The window of a release, from its planned start to its planned end; of its assignment group.
    Window,
    /// Work that was put into the calendar of a group.
    Activity,
}

/// Something that is planned for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleEntry {
    /// The release it belongs to.
    pub release: ReleaseId,
    /// Its shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Its title.
    pub title: String,
    /// What it is.
    pub what: ScheduleKind,
    /// What is to be done, in a line.
    pub label: String,
    /// Planned start.
    pub start: DateTime<Utc>,
    /// Planned end.
    pub end: DateTime<Utc>,
    /// Whose work it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Who works on the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// Where the release is in its workflow.
    pub stage: Stage,
    /// Whether it is being worked on.
    pub disposition: Disposition,
}

/// Answer of `GET /api/v1/schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// From here.
    pub from: DateTime<Utc>,
    /// To here.
    pub to: DateTime<Utc>,
    /// What is planned within, also in part: the earliest first, at most 1,000.
    pub items: Vec<ScheduleEntry>,
    /// All that there is and that the caller may see.
    pub total: u64,
}
