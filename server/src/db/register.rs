//! The list of all releases in memory: what one may see, exact totals, newest change first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::access::{Actor, may_view};
use domain::release::{Disposition, Party, Release, Rev, Stage};
use domain::sync::{Listed, PullReq, is_mine, last_rev};
use domain::wire::Page;
use domain::wire::release::{ReleaseQuery, ReleaseSummary, View};
use domain::{GroupId, ReleaseId, ReleaseNumber, UserId};
use surrealdb::types::SurrealValue;
use tokio::sync::RwLockReadGuard;

use super::catalog::limit;
use super::query::broken;
use super::{Error, Store};

#[derive(Default)]
pub(super) struct Register {
    /// With the revision of its last change.
    releases: HashMap<ReleaseId, (u64, ReleaseSummary)>,
    by_number: HashMap<ReleaseNumber, ReleaseId>,
    /// By the revision of the last change; each revision belongs to one release.
    recent: BTreeMap<u64, ReleaseId>,
    /// Open releases by who takes part in them, and by whose work they are.
    of_user: HashMap<UserId, BTreeSet<ReleaseId>>,
    of_group: HashMap<GroupId, BTreeSet<ReleaseId>>,
    /// Everything up to this revision is in here.
    head: u64,
}

#[derive(SurrealValue)]
struct Row {
    rev: u64,
    summary: String,
}

const ALL: &str = "SELECT rev, summary FROM release";

impl Register {
    /// Takes a release, new or changed, as it is since `rev`.
    pub(super) fn put(&mut self, rev: u64, summary: ReleaseSummary) {
        let id = summary.id;
        if let Some(number) = summary.number {
            self.by_number.insert(number, id);
        }
        if let Some((before, old)) = self.releases.remove(&id) {
            self.recent.remove(&before);
            self.refile(&old, |set| {
                set.remove(&id);
            });
        }
        if matches!(summary.disposition, Disposition::Active | Disposition::OnHold) {
            self.refile(&summary, |set| {
                set.insert(id);
            });
        }
        self.releases.insert(id, (rev, summary));
        self.recent.insert(rev, id);
        self.head = self.head.max(rev);
    }

    /// Calls `with` with each set that a release is filed in: by who takes part in it, and by whose work it is.
    fn refile(&mut self, summary: &ReleaseSummary, with: impl Fn(&mut BTreeSet<ReleaseId>)) {
        let (awaits, shared) = (summary.awaits.iter(), summary.shared_with.iter());
        let asked = awaits.flat_map(|awaits| awaits.groups.keys().copied());
        let mut groups: BTreeSet<GroupId> = summary.group.into_iter().chain(asked).collect();
        groups.extend(&summary.duties);
        let mut users: BTreeSet<UserId> = [Some(summary.author), summary.requester, summary.assignee]
            .into_iter()
            .flatten()
            .chain(
                summary
                    .awaits
                    .iter()
                    .flat_map(|awaits| awaits.given.iter().copied()),
            )
            .collect();
        for party in shared {
            match party {
                Party::User(user) => users.insert(*user),
                Party::Group(group) => groups.insert(*group),
            };
        }
        for user in users {
            with(self.of_user.entry(user).or_default());
        }
        for group in groups {
            with(self.of_group.entry(group).or_default());
        }
    }

    /// Everything up to this revision is in the list.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// What a pull has to look at: the releases that it names, and the actor's own.
    pub(super) fn listed(&self, actor: &Actor, request: &PullReq) -> Vec<Listed> {
        let groups = actor.groups.iter().filter_map(|group| self.of_group.get(group));
        let people = [actor.user]
            .into_iter()
            .chain(actor.stands_in_for.iter().copied());
        let of_people = people.filter_map(|user| self.of_user.get(&user));
        let own = of_people.chain(groups).flatten();
        let named = request.follow.iter().chain(&request.held);
        let ids: BTreeSet<ReleaseId> = own.chain(named).copied().collect();
        ids.into_iter()
            .filter_map(|id| {
                let (rev, summary) = self.releases.get(&id)?;
                Some(Listed {
                    id,
                    rev: Rev(*rev),
                    visible: may_view(actor, summary.facts()),
                    mine: is_mine(actor, summary.facts(), summary.disposition),
                })
            })
            .collect()
    }

    /// The release with this number, if the actor may see it.
    pub(super) fn by_number(&self, actor: &Actor, number: ReleaseNumber) -> Option<&ReleaseSummary> {
        self.visible(actor, *self.by_number.get(&number)?)
    }

    /// The release, if the actor may see it.
    pub(super) fn visible(&self, actor: &Actor, id: ReleaseId) -> Option<&ReleaseSummary> {
        let (_, summary) = self.releases.get(&id)?;
        may_view(actor, summary.facts()).then_some(summary)
    }

    /// Open releases that the actor may see, in no particular order.
    pub(super) fn open<'a>(&'a self, actor: &'a Actor) -> impl Iterator<Item = &'a ReleaseSummary> {
        let open = |summary: &&ReleaseSummary| {
            matches!(summary.disposition, Disposition::Active | Disposition::OnHold)
                && may_view(actor, summary.facts())
        };
        self.releases.values().map(|(_, summary)| summary).filter(open)
    }

    pub(super) fn list(&self, actor: &Actor, query: &ReleaseQuery) -> Result<Page<ReleaseSummary>, Error> {
        let limit = limit(query.limit)?;
        let before = match &query.after {
            None => u64::MAX,
            Some(after) => after
                .parse()
                .map_err(|_| Error::invalid("after", "is not the `next` of a page before"))?,
        };
        let words: Vec<String> = query
            .q
            .iter()
            .flat_map(|q| q.split_whitespace())
            .map(str::to_lowercase)
            .collect();
        let (mut items, mut total, mut next, mut last) = (Vec::new(), 0, None, 0);
        for (rev, id) in self.recent.iter().rev() {
            let Some(summary) = self
                .visible(actor, *id)
                .filter(|s| matches(actor, query, &words, s))
            else {
                continue;
            };
            total += 1;
            if *rev >= before {
                continue;
            }
            if items.len() < limit {
                items.push(summary.clone());
                last = *rev;
            } else if next.is_none() {
                next = Some(last.to_string());
            }
        }
        Ok(Page { items, next, total })
    }
}

fn matches(actor: &Actor, query: &ReleaseQuery, words: &[String], summary: &ReleaseSummary) -> bool {
    let in_view = match query.view {
        View::All => true,
        View::Drafts => summary.author == actor.user && summary.stage == Stage::Draft,
        View::Waiting => summary.waits_for(actor).is_some(),
    };
    in_view
        && query.stage.is_none_or(|stage| summary.stage == stage)
        && query
            .release_type
            .as_ref()
            .is_none_or(|wanted| summary.release_type.as_ref() == Some(wanted))
        && (words.is_empty() || {
            let number = summary
                .number
                .map(|number| number.to_string())
                .unwrap_or_default();
            let text = format!("{number}\n{}", summary.title).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
}

impl Store {
    /// The list of releases, loaded if need be.
    pub(super) async fn register(&self) -> Result<RwLockReadGuard<'_, Register>, Error> {
        loop {
            let read = self.0.register.read().await;
            if let Ok(register) = RwLockReadGuard::try_map(read, Option::as_ref) {
                return Ok(register);
            }
            // Nothing is committed between reading the database and having it in memory.
            let writer = self.0.writer.lock().await;
            let mut write = self.0.register.write().await;
            if write.is_none() {
                let doing = "loading the list of releases";
                let mut register = Register {
                    head: writer.head,
                    ..Register::default()
                };
                self.stream::<Row>(doing, ALL, |row| {
                    let summary =
                        serde_json::from_str(&row.summary).map_err(|e| broken(doing, e.to_string()))?;
                    register.put(row.rev, summary);
                    Ok(())
                })
                .await?;
                *write = Some(register);
            }
        }
    }

    /// Takes over releases that were just committed, where the list is in memory. The caller holds the writer.
    pub(super) async fn note_releases<'a>(&self, releases: impl IntoIterator<Item = &'a Release>, head: u64) {
        let mut held = self.0.register.write().await;
        let Some(register) = &mut *held else { return };
        for release in releases {
            register.put(last_rev(release).0, ReleaseSummary::from(release));
        }
        register.head = register.head.max(head);
    }
}
