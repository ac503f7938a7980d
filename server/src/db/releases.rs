//! Reading releases: lists, one, its journal and blast radius, and what a client has missed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::access::{Actor, Deed};
use domain::graph::{NodeId, answer, impact, impact_over};
use domain::list::{BadPlace, Listing, Names};
use domain::release::{Release, Rev, Scene, unmet_for};
use domain::sync::{Category, ClientState, Ground, JournalEntry, MAX_FOLLOW, Outcome, PullReq, PullResp};
use domain::wire::Page;
use domain::wire::cmdb::{Direction, ImpactAnswer, ReleaseOfCi};
use domain::wire::counts::ReleaseCounts;
use domain::wire::list::{ReleasePage, ReleaseQuery};
use domain::wire::release::{May, ReleaseImpact, ReleaseView, StepImpact};
use domain::{CiKey, ReleaseId, ReleaseNumber};
use surrealdb::types::{RecordId, SurrealValue};

use super::catalog::limit;
use super::estate::Estate;
use super::oplog::{BodyRow, OutcomeRow, op_of};
use super::query::{Vars, broken, id, key_of};
use super::register::Register;
use super::text::Matches;
use super::timetables::rulebook;
use super::words::word;
use super::{Error, Store};

/// Which entries of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalOf<'a> {
    /// All.
    All,
    /// Of this category.
    Category(Category),
    /// Those that somebody wrote, of this category in words.
    Words(&'a str),
}

/// Most releases in one answer to a pull.
const PAGE: usize = 100;

#[derive(SurrealValue)]
struct EntryRow {
    entry: String,
}

#[derive(SurrealValue)]
struct ClientRow {
    user: String,
    through: u64,
}

const READ: &str = "SELECT body FROM ONLY $id";
const READ_SOME: &str = "SELECT body FROM $ids";
const JOURNAL: &str = "SELECT entry, rev FROM journal WHERE release = $release AND rev < $before
        ORDER BY rev DESC LIMIT $limit;
    SELECT VALUE count() FROM journal WHERE release = $release GROUP ALL";
// Entries are JSON as we write it: a quote inside a text is escaped, so that only a member itself reads like this.
const JOURNAL_OF: &str = "SELECT entry, rev FROM journal WHERE release = $release AND rev < $before
        AND entry CONTAINS $member ORDER BY rev DESC LIMIT $limit;
    SELECT VALUE count() FROM journal WHERE release = $release AND entry CONTAINS $member GROUP ALL";
const TARGETED_BY: &str = "RETURN $ci<-targets<-release";
// One transaction: bodies and outcomes are of the same moment.
const PULL: &str = "BEGIN;
    SELECT user, through FROM ONLY $client;
    SELECT body FROM $send;
    SELECT id, outcome FROM op:[$owner, $after]..[$owner, 9223372036854775807];
    IF $rulebook { SELECT * FROM release_type } ELSE { [] };
    IF $rulebook { SELECT id, retired, body FROM calendar } ELSE { [] };
    COMMIT";

fn unknown() -> Error {
    Error::NotFound("there is no such release, or you may not see it".into())
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|e| broken("reading a release", e.to_string()))
}

impl Store {
    /// The releases that the actor may see and that match, in the order asked for; what is late is late at `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong `limit`, `after` or `text`.
    pub async fn releases(
        &self,
        actor: &Actor,
        query: &ReleaseQuery,
        now: DateTime<Utc>,
    ) -> Result<ReleasePage, Error> {
        let rows = limit(query.limit)?;
        self.list_releases(actor, query, rows, now).await
    }

    /// [`Store::releases`] with as many rows as the caller can take.
    pub(crate) async fn list_releases(
        &self,
        actor: &Actor,
        query: &ReleaseQuery,
        rows: usize,
        now: DateTime<Utc>,
    ) -> Result<ReleasePage, Error> {
        // Read first: what is committed meanwhile may be in the list, but must not be thought to be.
        let rev = Rev(self.head());
        let (page, found) = self
            .look_at_releases(actor, query, now, |listing, register| {
                listing.page(register.rows(), rows)
            })
            .await?;
        let mut page =
            page.map_err(|BadPlace| Error::invalid("after", "is not the `next` of a page of this list"))?;
        page.rev = rev;
        if let Some((words, matches)) = &found {
            page.hits = self.hits(&page.items, words, matches).await?;
        }
        Ok(page)
    }

    /// How many releases of a list there are of each kind. O(releases), from memory, like a page of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong `text`.
    pub async fn release_counts(
        &self,
        actor: &Actor,
        query: &ReleaseQuery,
        now: DateTime<Utc>,
    ) -> Result<ReleaseCounts, Error> {
        let rev = Rev(self.head());
        let (counts, _) = self
            .look_at_releases(actor, query, now, |listing, register| {
                listing.counts(register.rows())
            })
            .await?;
        Ok(ReleaseCounts { rev, ..counts })
    }

    /// Asks a list over all releases in memory; also answers the words of the query, where it has some, and where they
    /// were found.
    async fn look_at_releases<T>(
        &self,
        actor: &Actor,
        query: &ReleaseQuery,
        now: DateTime<Utc>,
        ask: impl FnOnce(&Listing<'_>, &Register) -> T,
    ) -> Result<(T, Option<(Vec<String>, Matches)>), Error> {
        let names = match query.sort {
            Some(column) if column.is_named() => self.names().await?,
            _ => Names::default(),
        };
        let touching = match &query.ci {
            Some(ci) => Some(self.touching(ci).await?),
            None => None,
        };
        let words = query.text.as_deref().map(Self::words_of).transpose()?;
        let found = match words {
            Some(words) => {
                let matches = self.text().await?.find(&words);
                Some((words, matches))
            }
            None => None,
        };
        let score = |release| found.as_ref().and_then(|(_, matches)| matches.score(release));
        let listing = Listing {
            actor,
            query,
            now,
            names: &names,
            found: found.is_some().then_some(&score),
            touching: touching.as_ref(),
        };
        let register = self.register().await?;
        let answer = ask(&listing, &register);
        drop(register);
        Ok((answer, found))
    }

    /// The releases that touch a CI, whoever may see them.
    async fn touching(&self, ci: &CiKey) -> Result<BTreeSet<ReleaseId>, Error> {
        let doing = "looking for the releases of a CI";
        let vars = Vars::new().with("ci", id("ci", ci.as_str()));
        let rows: Vec<RecordId> = self.ask(doing, TARGETED_BY, vars).await?.rows(0)?;
        rows.into_iter()
            .map(|row| key_of(row).parse().map_err(|e| broken(doing, format!("{e}"))))
            .collect()
    }

    /// These releases as they are now, as far as the actor may see them, in no particular order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases_by_id(&self, actor: &Actor, ids: &[ReleaseId]) -> Result<Vec<Release>, Error> {
        let ids: Vec<RecordId> = ids
            .iter()
            .map(|release| id("release", release.to_string()))
            .collect();
        let vars = Vars::new().with("ids", ids);
        let rows: Vec<BodyRow> = self.ask("reading releases", READ_SOME, vars).await?.rows(0)?;
        let mut releases = Vec::with_capacity(rows.len());
        for row in rows {
            let release: Release = parse(&row.body)?;
            if release.with_facts(|facts| domain::access::may_view(actor, facts)) {
                releases.push(release);
            }
        }
        Ok(releases)
    }

    /// The identity of the release with this number, if the actor may see it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_id(&self, actor: &Actor, number: ReleaseNumber) -> Result<Option<ReleaseId>, Error> {
        let register = self.register().await?;
        Ok(register.by_number(actor, number).map(|summary| summary.id))
    }

    /// The release with this number.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there or may not be seen.
    pub async fn release(&self, actor: &Actor, number: ReleaseNumber) -> Result<Release, Error> {
        let id = self
            .register()
            .await?
            .by_number(actor, number)
            .map(|summary| summary.id);
        self.release_by_id(actor, id.ok_or_else(unknown)?).await
    }

    /// The release with this identity.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there or may not be seen.
    pub async fn release_by_id(&self, actor: &Actor, release: ReleaseId) -> Result<Release, Error> {
        let release = self.release_as_it_is(release).await?.ok_or_else(unknown)?;
        let visible = release.with_facts(|facts| domain::access::may_view(actor, facts));
        visible.then_some(release).ok_or_else(unknown)
    }

    /// The release with this identity, whoever asks.
    pub(crate) async fn release_as_it_is(&self, release: ReleaseId) -> Result<Option<Release>, Error> {
        let vars = Vars::new().with("id", id("release", release.to_string()));
        let row: Option<BodyRow> = self.ask("reading a release", READ, vars).await?.one(0)?;
        row.map(|row| parse(&row.body)).transpose()
    }

    /// A release with what follows from it for this actor. Reads what it names, by identity: of the registers, its type
    /// with the calendar of that, its CIs and its records.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_view(&self, actor: &Actor, release: Release) -> Result<ReleaseView, Error> {
        let around = self.surroundings(&release).await?;
        let (links, not_arrived) = (
            self.links_now(actor, &release).await?,
            self.not_arrived(&release).await?,
        );
        let scene = Scene {
            actor,
            release: &release,
            world: &around,
        };
        let missing = release.onward().map(|action| unmet_for(action, &scene));
        let mut missing = missing.unwrap_or_default();
        // Who may do it is in `may`.
        missing.retain(|unmet| unmet.code != "not_allowed");
        Ok(ReleaseView {
            number: release.number,
            title: release.title().to_owned(),
            stage: release.stage,
            hash: release.content_hash(),
            priority: release.priority(),
            unmet: missing,
            figures: release.figures(Utc::now(), &around),
            totals: release.totals(),
            may: May::of(actor, &release),
            links,
            not_arrived,
            release,
        })
    }

    /// What happened to a release, newest first; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`].
    pub async fn journal(
        &self,
        actor: &Actor,
        number: ReleaseNumber,
        rows: u32,
        after: Option<&str>,
        of: JournalOf<'_>,
    ) -> Result<Page<JournalEntry>, Error> {
        let rows = limit(Some(rows))?;
        let before = match after {
            None => i64::MAX,
            Some(after) => after
                .parse()
                .map_err(|_| Error::invalid("after", "is not the `next` of a page before"))?,
        };
        let release = self
            .register()
            .await?
            .by_number(actor, number)
            .map(|summary| summary.id);
        let release = release.ok_or_else(unknown)?;
        let vars = Vars::new()
            .with("release", release.to_string())
            .with("before", before)
            .with("limit", rows + 1);
        let member = match of {
            JournalOf::Words(words) => Some(format!(
                "\"note\":{{\"category\":{},",
                serde_json::Value::from(words)
            )),
            // What follows tells it from the category in the words of an entry.
            JournalOf::Category(category) => {
                Some(format!("\"category\":\"{}\",\"text\":\"", word(&category)))
            }
            JournalOf::All => None,
        };
        let text = if member.is_some() { JOURNAL_OF } else { JOURNAL };
        let vars = vars.with("member", member);
        let mut answers = self.ask("reading a journal", text, vars).await?;
        let total: Option<u64> = answers.rows(1)?.into_iter().next();
        let found: Vec<EntryRow> = answers.rows(0)?;
        let mut items = found
            .iter()
            .map(|row| parse::<JournalEntry>(&row.entry))
            .collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > rows;
        items.truncate(rows);
        let next = items.last().filter(|_| more).map(|last| last.rev.to_string());
        Ok(Page {
            items,
            next,
            total: total.unwrap_or(0),
        })
    }

    /// What a release takes down, as a whole and while each step runs; `rows` of each list.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to see the CMDB.
    pub async fn release_impact(
        &self,
        actor: &Actor,
        release: &Release,
        rows: u32,
    ) -> Result<ReleaseImpact, Error> {
        super::cmdb::allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let rows = limit(Some(rows))?;
        let estate = self.estate().await?;
        let plan = release.plan();
        let steps = plan
            .iter()
            .map(|(id, step)| (*id, nodes(&estate, step.takes_down())));
        let steps: Vec<_> = steps.filter(|(_, down)| !down.is_empty()).collect();
        let outages = release.outages();
        let phases: Vec<Vec<NodeId>> = outages.iter().map(|down| nodes(&estate, down.iter())).collect();
        let whole = impact_over(&estate.index, &phases, Direction::Dependants, None);
        Ok(ReleaseImpact {
            whole: answer(&estate.index, &whole, rows),
            steps: steps
                .into_iter()
                .map(|(step, down)| StepImpact {
                    step,
                    impact: reach(&estate, &down, rows),
                })
                .collect(),
        })
    }

    /// Releases that touch a CI and that the actor may see, newest change first.
    pub(super) async fn releases_of_ci(&self, actor: &Actor, key: &CiKey) -> Result<Vec<ReleaseOfCi>, Error> {
        let doing = "reading the releases of a CI";
        let vars = Vars::new().with("ci", id("ci", key.as_str()));
        let ids: Vec<RecordId> = self.ask(doing, TARGETED_BY, vars).await?.rows(0)?;
        let register = self.register().await?;
        let mut found = Vec::new();
        for record in ids {
            let release = key_of(record)
                .parse()
                .map_err(|e| broken(doing, format!("{e}")))?;
            found.extend(register.visible(actor, release));
        }
        found.sort_by_key(|summary| std::cmp::Reverse(summary.updated));
        Ok(found
            .into_iter()
            .map(|summary| ReleaseOfCi {
                id: summary.id,
                number: summary.number,
                title: summary.title.clone(),
                stage: summary.stage.as_str().to_owned(),
                planned_start: summary.planned_start,
            })
            .collect())
    }

    /// What a client has missed of what it holds and wants, and the outcomes it has not heard of.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too many releases.
    pub async fn pull(
        &self,
        actor: &Actor,
        request: &PullReq,
        now: DateTime<Utc>,
    ) -> Result<PullResp, Error> {
        for (name, ids) in [
            ("follow", &request.follow),
            ("fresh", &request.fresh),
            ("held", &request.held),
        ] {
            let most = if name == "held" {
                2 * MAX_FOLLOW
            } else {
                MAX_FOLLOW
            };
            if ids.len() > most {
                let many = ids.len();
                return Err(Error::invalid(
                    name,
                    format!("names {many} releases, at most {most} are allowed"),
                ));
            }
        }
        let answer = self.read_pull(actor, request, now).await?;
        if !matches!(answer, PullResp::Behind { .. }) {
            return Ok(answer);
        }
        // The client knows more than the list in memory: perhaps from another process.
        self.writer().await.reread("reading what changed").await?;
        self.read_pull(actor, request, now).await
    }

    async fn read_pull(
        &self,
        actor: &Actor,
        request: &PullReq,
        now: DateTime<Utc>,
    ) -> Result<PullResp, Error> {
        let doing = "reading what changed";
        let (head, selection) = {
            let register = self.register().await?;
            let head = Rev(register.head());
            let listed = register.listed(actor, request);
            (head, request.select(head, listed, PAGE))
        };
        let send: Vec<RecordId> = selection
            .send
            .iter()
            .map(|r| id("release", r.to_string()))
            .collect();
        let vars = Vars::new()
            .with("client", id("client", request.client.to_string()))
            .with("owner", request.client.to_string())
            .with("after", request.through.saturating_add(1).min(i64::MAX as u64))
            .with("send", send)
            .with("rulebook", request.rulebook.is_some());
        let mut answers = self.ask(doing, PULL, vars).await?;
        let client: Option<ClientState> = answers
            .one::<ClientRow>(1)?
            .map(|row| {
                let user = row.user.parse().map_err(|e| broken(doing, format!("{e}")))?;
                let through = row.through;
                Ok::<_, Error>(ClientState { user, through })
            })
            .transpose()?;
        let rulebook = match request.rulebook {
            Some(_) => rulebook(answers.rows(4)?, answers.rows(5)?)?,
            None => None,
        };
        let ground = Ground {
            actor,
            now,
            epoch: self.epoch(),
            head,
            client: client.as_ref(),
            durable_rev: Rev(self.durable_rev()),
            build: env!("CARGO_PKG_VERSION"),
            rulebook: rulebook.as_ref(),
        };
        if let Some(answer) = request.answer_at_once(&ground) {
            return Ok(answer);
        }
        let mut releases = Vec::new();
        for row in answers.rows::<BodyRow>(2)? {
            releases.push(parse(&row.body)?);
        }
        let mut outcomes = Vec::new();
        for row in answers.rows::<OutcomeRow>(3)? {
            let op = op_of(&row.id).ok_or_else(|| broken(doing, "an op without a number"))?;
            outcomes.push((op.seq, parse::<Outcome>(&row.outcome)?));
        }
        Ok(selection.answer(request, &ground, releases, outcomes))
    }
}

/// Those of the CIs that are in the index; the others take nothing down.
fn nodes<'a>(estate: &Estate, cis: impl Iterator<Item = &'a CiKey>) -> Vec<NodeId> {
    cis.filter_map(|key| estate.index.node(key.as_str())).collect()
}

fn reach(estate: &Estate, down: &[NodeId], rows: usize) -> ImpactAnswer {
    answer(
        &estate.index,
        &impact(&estate.index, down, Direction::Dependants, None),
        rows,
    )
}
