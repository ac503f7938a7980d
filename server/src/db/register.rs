//! All releases in memory, as lists need them. What is in a list, in which order and on which page is decided by
//! [`domain::list`].

use std::collections::{BTreeSet, HashMap};

use domain::access::{Actor, may_view};
use domain::list::{Row, line_of, schedule};
use domain::release::{Disposition, Party, Release, Rev};
use domain::sync::{Listed, PullReq, is_mine, last_rev};
use domain::wire::release::{ReleaseSummary, SUMMARY_SHAPE};
use domain::wire::schedule::{Schedule, ScheduleQuery};
use domain::{GroupId, ReleaseId, ReleaseNumber, UserId};
use surrealdb::types::{RecordId, SurrealValue};
use tokio::sync::RwLockReadGuard;

use super::query::{Vars, broken, id};
use super::{Error, Store};

#[derive(Default)]
pub(super) struct Register {
    releases: HashMap<ReleaseId, Kept>,
    by_number: HashMap<ReleaseNumber, ReleaseId>,
    /// Open releases by who takes part in them, and by whose work they are.
    of_user: HashMap<UserId, BTreeSet<ReleaseId>>,
    of_group: HashMap<GroupId, BTreeSet<ReleaseId>>,
    /// Everything up to this revision is in here.
    head: u64,
}

/// A release in the list.
struct Kept {
    /// Revision of its last change.
    rev: u64,
    summary: ReleaseSummary,
    /// What is searched.
    lower: String,
}

#[derive(SurrealValue)]
struct SummaryRow {
    rev: u64,
    summary: String,
}

#[derive(Clone, SurrealValue)]
struct NewSummary {
    id: RecordId,
    number: u32,
    rev: u64,
    summary: String,
    body: String,
}

/// Releases whose rows are made anew at a time.
const CHUNK: usize = 200;

const ALL: &str = "SELECT rev, summary FROM release";
const SOME: &str = "SELECT id, number, rev, summary, body FROM $ids";
const RENEW: &str = "INSERT INTO release $rows ON DUPLICATE KEY UPDATE summary = $input.summary RETURN NONE";

impl Register {
    /// Takes a release, new or changed, as it is since `rev`.
    pub(super) fn put(&mut self, rev: u64, summary: ReleaseSummary) {
        let id = summary.id;
        if let Some(number) = summary.number {
            self.by_number.insert(number, id);
        }
        if let Some(old) = self.releases.remove(&id) {
            self.refile(&old.summary, |set| {
                set.remove(&id);
            });
        }
        if matches!(summary.disposition, Disposition::Active | Disposition::OnHold) {
            self.refile(&summary, |set| {
                set.insert(id);
            });
        }
        let lower = line_of(&summary);
        self.releases.insert(id, Kept { rev, summary, lower });
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
                let Kept { rev, summary, .. } = self.releases.get(&id)?;
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
        let summary = &self.releases.get(&id)?.summary;
        may_view(actor, summary.facts()).then_some(summary)
    }

    /// Open releases that the actor may see, in no particular order.
    pub(super) fn open<'a>(&'a self, actor: &'a Actor) -> impl Iterator<Item = &'a ReleaseSummary> {
        let open = |summary: &&ReleaseSummary| {
            matches!(summary.disposition, Disposition::Active | Disposition::OnHold)
                && may_view(actor, summary.facts())
        };
        self.releases.values().map(|kept| &kept.summary).filter(open)
    }

    /// All of them, as lists look at them.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.releases.values().map(|kept| Row {
            rev: kept.rev,
            summary: &kept.summary,
            lower: &kept.lower,
        })
    }
}

impl Store {
    /// What is planned within a time, as far as the actor may see it. O(releases), from memory.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedule(&self, actor: &Actor, asked: &ScheduleQuery) -> Result<Schedule, Error> {
        let register = self.register().await?;
        Ok(schedule(actor, register.rows().map(|row| row.summary), asked))
    }

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
                let mut old = Vec::new();
                self.stream::<SummaryRow>(doing, ALL, |row| {
                    let summary: ReleaseSummary =
                        serde_json::from_str(&row.summary).map_err(|e| broken(doing, e.to_string()))?;
                    if summary.shape != SUMMARY_SHAPE {
                        old.push(id("release", summary.id.to_string()));
                    }
                    register.put(row.rev, summary);
                    Ok(())
                })
                .await?;
                for ids in old.chunks(CHUNK) {
                    for (rev, summary) in self.renew_summaries(ids).await? {
                        register.put(rev, summary);
                    }
                }
                *write = Some(register);
            }
        }
    }

    /// Makes rows of the list anew that an older version has written. The caller holds the writer.
    async fn renew_summaries(&self, ids: &[RecordId]) -> Result<Vec<(u64, ReleaseSummary)>, Error> {
        let doing = "making the list of releases anew";
        let wrong = |e: serde_json::Error| broken(doing, e.to_string());
        let vars = Vars::new().with("ids", ids.to_vec());
        let mut rows: Vec<NewSummary> = self.ask(doing, SOME, vars).await?.rows(0)?;
        let mut summaries = Vec::with_capacity(rows.len());
        for row in &mut rows {
            let release: Release = serde_json::from_str(&row.body).map_err(wrong)?;
            let summary = ReleaseSummary::from(&release);
            row.summary = serde_json::to_string(&summary).map_err(wrong)?;
            summaries.push((row.rev, summary));
        }
        self.ask(doing, RENEW, Vars::new().with("rows", rows)).await?;
        Ok(summaries)
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
