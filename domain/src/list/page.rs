use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::column::{Column, Key, Names};
use crate::access::{Actor, may_view};
use crate::release::{Disposition, Stage};
use crate::wire::list::{ReleasePage, ReleaseQuery, View, Whose};
use crate::wire::release::ReleaseSummary;
use crate::{GroupId, ReleaseId};

/// A release as the list keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Revision of its last change.
    pub rev: u64,
    /// What the list shows.
    pub summary: &'a ReleaseSummary,
    /// Its [`line_of`].
    pub lower: &'a str,
}

/// What is searched of a release: its number and its title, in lower case, in two lines.
#[must_use]
pub fn line_of(summary: &ReleaseSummary) -> String {
    let number = summary
        .number
        .map(|number| number.to_string())
        .unwrap_or_default();
    format!("{number}\n{}", summary.title.replace('\n', " ")).to_lowercase()
}

/// How well a release answers a full-text search; none where it does not.
pub type Found<'a> = &'a (dyn Fn(ReleaseId) -> Option<u32> + Sync);

/// A list that somebody asks for.
pub struct Listing<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// What.
    pub query: &'a ReleaseQuery,
    /// When: what is late depends on it.
    pub now: DateTime<Utc>,
    /// Names, where the order needs them.
    pub names: &'a Names,
    /// What the full text answers, where the query has words for it.
    pub found: Option<Found<'a>>,
    /// The releases that touch the CI of the query, where it names one.
    pub touching: Option<&'a BTreeSet<ReleaseId>>,
}

/// `after` is not the `next` of a page of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPlace;

/// What a list adds up to, of what its reader may see.
#[derive(Default)]
pub(super) struct Sums {
    /// In the list.
    pub(super) total: u64,
    /// Late ones of them.
    pub(super) overdue: u64,
    /// Those on hold.
    pub(super) on_hold: u64,
    /// In the list or not.
    pub(super) visible: u64,
}

/// Where a row stands: its key, then its identity.
type Place<'a> = (Option<Key<'a>>, ReleaseId);

impl Listing<'_> {
    /// Whether a release is in the list, apart from whether it may be seen.
    #[must_use]
    pub fn admits(&self, row: Row<'_>) -> bool {
        self.admits_words(row, &self.words())
    }

    fn words(&self) -> Vec<String> {
        let words = self.query.q.iter().flat_map(|q| q.split_whitespace());
        words.map(str::to_lowercase).collect()
    }

    fn admits_words(&self, row: Row<'_>, words: &[String]) -> bool {
        let (query, release) = (self.query, row.summary);
        let any = |is_empty: bool, holds: bool| is_empty || holds;
        let same = |wanted: &Option<String>, value: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| {
                value
                    .as_ref()
                    .is_some_and(|value| value.to_lowercase() == wanted.to_lowercase())
            })
        };
        let own = |group: GroupId| self.actor.groups.contains(&group);
        self.in_view(release)
            && query.number.is_none_or(|number| release.number == Some(number))
            && any(query.stage.is_empty(), query.stage.contains(&release.stage))
            && any(
                query.disposition.is_empty(),
                query.disposition.contains(&release.disposition),
            )
            && any(
                query.priority.is_empty(),
                query.priority.contains(&release.priority),
            )
            && any(
                query.release_type.is_empty(),
                release
                    .release_type
                    .as_ref()
                    .is_some_and(|kind| query.release_type.contains(kind)),
            )
            && is_whose(&query.requester, release.requester, |user| {
                user == self.actor.user
            })
            && is_whose(&query.assignee, release.assignee, |user| user == self.actor.user)
            && is_whose(&query.group, release.group, own)
            && is_whose(&query.contract, release.contract, |contract| {
                self.actor.contracts.contains(&contract)
            })
            && same(&query.unit, &release.unit)
            && query.overdue.is_none_or(|late| late == self.is_late(release))
            && query.opened.holds(Some(release.created))
            && query.closed.holds(release.ended)
            && (query.ci.is_none() || self.touching.is_some_and(|ids| ids.contains(&release.id)))
            && words.iter().all(|word| row.lower.contains(word.as_str()))
            && self.found.is_none_or(|found| found(release.id).is_some())
    }

    fn is_late(&self, release: &ReleaseSummary) -> bool {
        is_open(release) && release.overdue_minutes(self.now) > 0
    }

    fn in_view(&self, release: &ReleaseSummary) -> bool {
        let me = self.actor.user;
        let groups = || {
            let turn = release.group.iter().chain(&release.duties);
            turn.into_iter().any(|group| self.actor.groups.contains(group))
        };
        match self.query.view {
            View::All => true,
            View::Drafts => release.author == me && release.stage == Stage::Draft && is_open(release),
            View::Waiting => release.waits_for(self.actor).is_some(),
            View::Mine => is_open(release) && release.assignee == Some(self.actor.user),
            View::Groups => is_open(release) && groups(),
            View::Work => {
                is_open(release)
                    && (release.facts().concerns(self.actor) || release.waits_for(self.actor).is_some())
            }
        }
    }

    /// The order: a column, or how well the full text answers; and whether the largest comes first.
    fn order(&self) -> (Option<Column>, bool) {
        let column = match self.query.sort {
            None if self.found.is_some() => None,
            None => Some(Column::Updated),
            some => some,
        };
        let falls = column.is_none_or(Column::falls);
        (column, self.query.desc.unwrap_or(falls))
    }

    fn key<'r>(&self, column: Option<Column>, row: Row<'r>) -> Option<Key<'r>> {
        match column {
            Some(column) => column.key(row.summary, row.lower, row.rev, self.names, self.now),
            None => {
                let found = self.found?;
                found(row.summary.id).map(|score| Key::Number(i64::from(score)))
            }
        }
    }

    /// Looks at each release once: may it be seen, is it in the list. `with` gets those that are.
    pub(super) fn look<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        mut with: impl FnMut(Row<'r>),
    ) -> Sums {
        let words = self.words();
        let mut sums = Sums::default();
        for row in rows {
            if !may_view(self.actor, row.summary.facts()) {
                continue;
            }
            sums.visible += 1;
            if !self.admits_words(row, &words) {
                continue;
            }
            sums.total += 1;
            sums.overdue += u64::from(self.is_late(row.summary));
            sums.on_hold += u64::from(row.summary.disposition == Disposition::OnHold);
            with(row);
        }
        sums
    }

    /// One page of at most `limit` rows, with counts over all that the caller may see.
    ///
    /// # Errors
    /// [`BadPlace`] for an `after` of another list.
    pub fn page<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        limit: usize,
    ) -> Result<ReleasePage, BadPlace> {
        let (column, falls) = self.order();
        let after = self.query.after.as_deref();
        let after = after.map(|after| read_place(after, column, falls)).transpose()?;
        let mut rest: Vec<(Place<'r>, Row<'r>)> = Vec::new();
        let sums = self.look(rows, |row| {
            let place = (self.key(column, row), row.summary.id);
            if after
                .as_ref()
                .is_none_or(|after| compare(&place, after, falls).is_gt())
            {
                rest.push((place, row));
            }
        });
        let by_place = |a: &(Place<'r>, Row<'r>), b: &(Place<'r>, Row<'r>)| compare(&a.0, &b.0, falls);
        let more = rest.len() > limit;
        if more {
            rest.select_nth_unstable_by(limit, by_place);
            rest.truncate(limit);
        }
        rest.sort_unstable_by(by_place);
        let next = rest
            .last()
            .filter(|_| more)
            .map(|(place, _)| write_place(place, column, falls));
        Ok(ReleasePage {
            items: rest.into_iter().map(|(_, row)| row.summary.clone()).collect(),
            next,
            total: sums.total,
            overdue: sums.overdue,
            on_hold: sums.on_hold,
            visible: sums.visible,
            ..ReleasePage::default()
        })
    }
}

/// Not concluded and not cancelled.
fn is_open(release: &ReleaseSummary) -> bool {
    matches!(release.disposition, Disposition::Active | Disposition::OnHold)
}

/// Whether a value is one of those that a filter asks for; a filter without values asks for none.
pub(super) fn is_whose<T: PartialEq + Copy>(
    wanted: &[Whose<T>],
    value: Option<T>,
    own: impl Fn(T) -> bool,
) -> bool {
    wanted.is_empty()
        || wanted.iter().any(|wanted| match wanted {
            Whose::Nobodys => value.is_none(),
            Whose::Own => value.is_some_and(&own),
            Whose::Of(one) => value == Some(*one),
        })
}

/// By key, then by identity; what has no key comes last, whichever way the order goes.
fn compare(a: &Place<'_>, b: &Place<'_>, falls: bool) -> Ordering {
    let turn = |ordering: Ordering| if falls { ordering.reverse() } else { ordering };
    let by_key = match (&a.0, &b.0) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => turn(a.cmp(b)),
    };
    by_key.then_with(|| turn(a.1.cmp(&b.1)))
}

/// A place as text: the column, the way, the key and the identity. It stays right when the row itself has gone.
fn write_place(place: &Place<'_>, column: Option<Column>, falls: bool) -> String {
    let column = column.map_or("relevance", Column::as_str);
    let way = if falls { "desc" } else { "asc" };
    let key = match &place.0 {
        None => "-".to_owned(),
        Some(Key::Number(number)) => format!("n{number}"),
        Some(Key::Text(text)) => format!("t{text}"),
    };
    format!("{column}:{way}:{key}:{}", place.1)
}

fn read_place(text: &str, column: Option<Column>, falls: bool) -> Result<Place<'static>, BadPlace> {
    let read = || {
        let mut parts = text.splitn(3, ':');
        let of = parts.next()? == column.map_or("relevance", Column::as_str);
        let way = parts.next()? == if falls { "desc" } else { "asc" };
        let (key, id) = parts.next()?.rsplit_once(':')?;
        let id = id.parse().ok()?;
        let key = match key.split_at_checked(1)? {
            ("-", "") => None,
            ("n", number) => Some(Key::Number(number.parse().ok()?)),
            ("t", text) => Some(Key::Text(Cow::Owned(text.to_owned()))),
            _ => return None,
        };
        (of && way).then_some((key, id))
    };
    read().ok_or(BadPlace)
}

#[cfg(test)]
mod tests;
