//! From the pages of an answer to one checkpoint. Pages are gathered in memory and stored together: between two of
//! them the base would be of no revision at all.

use crate::grow::{Arrange, Grow};
use std::collections::BTreeMap;

use super::view::View;
use crate::release::{Release, Rev};
use crate::sync::{Change, Cursor, Delta, MAX_FOLLOW, PROTOCOL, PullReq, digest, last_rev};
use crate::{ClientId, ReleaseId};

/// A pull on its way, over one or more pages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Session {
    from: Option<Cursor>,
    /// Everything is fetched anew, whatever is held.
    whole: bool,
    at: Option<Cursor>,
    /// What the client holds with the pages so far.
    holds: BTreeMap<ReleaseId, Rev>,
    changes: BTreeMap<ReleaseId, Option<Box<Release>>>,
}

/// What a finished pull makes of the base.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checkpoint {
    /// The base it was decided on.
    pub from: Option<Cursor>,
    pub to: Cursor,
    /// What is held afterwards; with `whole`, nothing else is.
    pub whole: bool,
    pub holds: BTreeMap<ReleaseId, Rev>,
    /// `None`: it is not there, or no longer for this client.
    pub changes: BTreeMap<ReleaseId, Option<Box<Release>>>,
    pub durable_rev: Rev,
    pub skew_ms: Option<i64>,
}

/// What a page leads to.
pub(super) enum Page {
    /// Ask for the next.
    More(Session),
    /// Store it.
    Done(Box<Checkpoint>),
    /// The two sides do not hold the same: fetch everything anew.
    Differs,
}

impl Session {
    /// Begins from what the store holds, or from nothing.
    pub fn begin(view: &View, anew: bool) -> Self {
        let from = view.sync.base;
        let usable = from.filter(|base| Some(base.epoch) == view.sync.epoch && !anew);
        let whole = usable.is_none();
        let held = view.base.values().filter(|_| !whole);
        Self {
            from,
            whole,
            at: usable,
            holds: held.map(|release| (release.id, last_rev(release))).grow(),
            changes: BTreeMap::new(),
        }
    }

    /// Is everything fetched anew?
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// What to ask for now. `through`: all outcomes up to there are known.
    pub fn request(&self, view: &View, client: ClientId, build: &str, through: u64) -> PullReq {
        // Work that waits first, then what was opened last.
        let queued = view.outbox.values().filter_map(|queued| queued.op.as_ref());
        let mut follow: Vec<ReleaseId> = queued.map(|op| op.release).collect();
        follow.sort_unstable();
        follow.dedup();
        let mut marked: Vec<_> = view
            .follow
            .iter()
            .filter(|(id, _)| !follow.contains(id))
            .collect();
        marked.arrange_by_key(|(_, mark)| std::cmp::Reverse((mark.pinned, mark.opened)));
        follow.extend(marked.into_iter().map(|(id, _)| *id));
        // What is about the pinned sites comes last: it is the first to go when there is too much.
        let of_sites = view
            .of_sites()
            .filter(|id| !follow.contains(id))
            .collect::<Vec<_>>();
        follow.extend(of_sites);
        follow.truncate(MAX_FOLLOW);
        let fresh = follow
            .iter()
            .copied()
            .filter(|id| !self.holds.contains_key(id))
            .collect();
        let held = self
            .holds
            .keys()
            .copied()
            .filter(|id| !follow.contains(id))
            .collect();
        PullReq {
            proto: PROTOCOL,
            build: build.to_owned(),
            client,
            cursor: self.at,
            follow,
            fresh,
            mine: true,
            held,
            through,
        }
    }

    /// Takes a page. `skew_ms`: how far the device's clock is ahead, as this answer shows it.
    pub fn take(mut self, delta: Delta, skew_ms: Option<i64>) -> Page {
        for change in delta.changes {
            match change {
                Change::Release { release } => {
                    self.holds.insert(release.id, last_rev(&release));
                    self.changes.insert(release.id, Some(release));
                }
                Change::Evict { id } => {
                    self.holds.remove(&id);
                    self.changes.insert(id, None);
                }
            }
        }
        self.at = Some(delta.to);
        if delta.more {
            return Page::More(self);
        }
        // A whole fetch is taken as it is: there is nothing better to be had.
        if !self.whole && delta.digest.is_some_and(|theirs| theirs != digest(&self.holds)) {
            return Page::Differs;
        }
        Page::Done(Box::new(Checkpoint {
            from: self.from,
            to: delta.to,
            whole: self.whole,
            holds: self.holds,
            changes: self.changes,
            durable_rev: delta.durable_rev,
            skew_ms,
        }))
    }
}
