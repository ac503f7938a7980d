//! The write path of releases: a push is decided by the domain and stored in one transaction, ops,
//! outcomes, releases, journal, targets, client and head together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::cmdb::Lifecycle;
use domain::registry::{KnownRecord, RecordRef};
use domain::release::{CiFact, CiState, FormDigest, OpId, Release, Rev};
use domain::sync::{
    Batch, ClientState, Committed, Named, Outcome, PushReq, PushResp, SentOp, Unreadable, cis_needed, decide,
    forms_needed, last_rev, outcomes_needed, records_needed, states_needed,
};
use domain::wire::release::ReleaseSummary;
use domain::wire::session::Directory;
use domain::{CiKey, ClientId, FormKey, ReleaseId, ReleaseNumber};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use super::blobs::evidence;
use super::query::{Vars, broken, id, key_of};
use super::registry::link_id;
use super::writer::{Commit, REREADS, crowded, guarded};
use super::{Counters, Error, Store, journal, versions};

#[derive(SurrealValue)]
struct ClientRow {
    user: String,
    through: u64,
}

#[derive(SurrealValue)]
pub(super) struct BodyRow {
    pub(super) body: String,
}

#[derive(SurrealValue)]
pub(super) struct OutcomeRow {
    pub(super) id: RecordId,
    pub(super) outcome: String,
}

#[derive(SurrealValue)]
struct FactRow {
    id: RecordId,
    name: String,
    lifecycle: String,
}

#[derive(Clone, SurrealValue)]
struct OpRow {
    id: RecordId,
    release: Option<String>,
    at: DateTime<Utc>,
    envelope: String,
    outcome: String,
}

#[derive(Clone, SurrealValue)]
struct ReleaseRow {
    id: RecordId,
    number: u32,
    rev: u64,
    summary: String,
    body: String,
}

#[derive(Clone, SurrealValue)]
struct TargetRow {
    id: RecordId,
    r#in: RecordId,
    out: RecordId,
}

#[derive(Clone, SurrealValue)]
struct LinkRow {
    id: RecordId,
    release: String,
}

const LOAD: &str = "
    SELECT user, through FROM ONLY $client;
    SELECT body FROM $releases;
    SELECT id, outcome FROM $ops";
const FACTS: &str = "SELECT id, name, lifecycle FROM $cis";
const STORE: &str = guarded!(
    "UPSERT $client SET user = $user, through = $through RETURN NONE;
     INSERT INTO op $ops RETURN NONE;
     INSERT INTO release $releases ON DUPLICATE KEY UPDATE
         rev = $input.rev, summary = $input.summary, body = $input.body RETURN NONE;
     INSERT INTO journal $journal RETURN NONE;
     INSERT INTO release_version $versions RETURN NONE;
     DELETE $gone RETURN NONE;
     INSERT RELATION INTO targets $targets RETURN NONE;
     INSERT IGNORE INTO record_link $links RETURN NONE;
     INSERT IGNORE INTO evidence $evidence RETURN NONE;
     INSERT INTO ci $cis ON DUPLICATE KEY UPDATE
         lifecycle = $input.lifecycle, revision = $input.revision, updated = $input.updated, hash = $input.hash
         RETURN NONE;
     INSERT INTO ci_version $ci_versions RETURN NONE"
);

pub(super) fn op_id(op: OpId) -> RecordId {
    let place: Array = vec![op.client.to_string().into_value(), op.seq.into_value()].into();
    RecordId::new("op", RecordIdKey::Array(place))
}

/// The op in its record id.
pub(super) fn op_of(record: &RecordId) -> Option<OpId> {
    let RecordIdKey::Array(place) = &record.key else {
        return None;
    };
    let client = String::from_value(place.first()?.clone()).ok()?;
    let seq = u64::from_value(place.get(1)?.clone()).ok()?;
    Some(OpId {
        client: client.parse().ok()?,
        seq,
    })
}

fn client_id(client: ClientId) -> RecordId {
    id("client", client.to_string())
}

fn release_id(release: ReleaseId) -> RecordId {
    id("release", release.to_string())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| broken("storing changes", e.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|e| broken("reading releases", e.to_string()))
}

impl Store {
    /// Decides and stores a push. When this returns `Ok`, every op has an outcome and both are on disk.
    /// Sending a push again answers the stored outcomes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a request that cannot be read at all; nothing is stored then.
    pub async fn push(
        &self,
        actor: &Actor,
        request: &PushReq,
        now: DateTime<Utc>,
    ) -> Result<PushResp, Error> {
        let (store, actor, request) = (self.clone(), actor.clone(), request.clone());
        // A caller who hangs up must not leave the memory behind the database.
        let task = tokio::spawn(async move { store.write_push(&actor, &request, now).await });
        task.await.map_err(|e| broken("storing changes", e.to_string()))?
    }

    async fn write_push(
        &self,
        actor: &Actor,
        request: &PushReq,
        now: DateTime<Utc>,
    ) -> Result<PushResp, Error> {
        let ops = match request.read_ops() {
            Ok(ops) => ops,
            Err(Unreadable::Answer(answer)) => return Ok(answer),
            Err(Unreadable::Malformed(what)) => return Err(malformed(&what)),
        };
        let mut writer = self.writer().await;
        for _ in 0..REREADS {
            let counters = writer.counters();
            let loaded = self.load(request.client, &ops).await?;
            let before = loaded.releases.clone();
            let known = loaded.cis.clone();
            let committed = match decide(self.ground(actor, loaded, counters, now), request, &ops) {
                Ok(committed) => committed,
                // Behind what the client has heard: perhaps from another process.
                Err(PushResp::Behind { head }) => {
                    writer.reread("storing changes").await?;
                    if writer.counters().head > head.0 {
                        continue;
                    }
                    return Ok(PushResp::Behind { head });
                }
                Err(answer) => return Ok(answer),
            };
            let answer = committed.answer(self.epoch(), now);
            if committed.ops.is_empty() {
                return Ok(answer);
            }
            let (journal, chain) = journal::rows(&committed.journal, counters.chain)?;
            let next = Counters {
                head: committed.head.0,
                next_number: committed.next_number.0,
                chain,
            };
            let moves = self.moves(actor, &committed, &before, now).await?;
            let vars = to_vars(actor, request.client, &committed, &before, &known, now)?
                .with("journal", journal)
                .with("cis", moves.rows)
                .with("ci_versions", moves.versions)
                .with("versions", versions::rows(&committed, &before)?);
            match writer.commit("storing changes", STORE, vars, next).await? {
                Commit::Moved => {}
                Commit::Done => {
                    self.note_releases(committed.releases.values(), committed.head.0)
                        .await;
                    if !moves.cis.is_empty() {
                        self.note_cmdb(&moves.cis, []).await;
                    }
                    self.note_text(&committed).await;
                    return Ok(answer);
                }
            }
        }
        Err(crowded())
    }

    /// What would become of a push, by the same rules; nothing is stored.
    ///
    /// # Errors
    /// As [`Store::push`].
    pub async fn foresee(
        &self,
        actor: &Actor,
        request: &PushReq,
        now: DateTime<Utc>,
    ) -> Result<PushResp, Error> {
        let ops = match request.read_ops() {
            Ok(ops) => ops,
            Err(Unreadable::Answer(answer)) => return Ok(answer),
            Err(Unreadable::Malformed(what)) => return Err(malformed(&what)),
        };
        let loaded = self.load(request.client, &ops).await?;
        let counters = Counters {
            head: self.head(),
            ..Counters::default()
        };
        Ok(
            match decide(self.ground(actor, loaded, counters, now), request, &ops) {
                Ok(committed) => committed.answer(self.epoch(), now),
                Err(answer) => answer,
            },
        )
    }

    fn ground<'a>(
        &'a self,
        actor: &'a Actor,
        loaded: Loaded,
        counters: Counters,
        now: DateTime<Utc>,
    ) -> Batch<'a> {
        Batch {
            actor,
            now,
            epoch: self.epoch(),
            lives: &self.0.lives,
            client: loaded.client,
            releases: loaded.releases,
            head: Rev(counters.head),
            next_number: ReleaseNumber(counters.next_number),
            outcomes: loaded.outcomes,
            cis: loaded.cis,
            states: loaded.states,
            directory: loaded.directory,
            records: loaded.records,
            forms: loaded.forms,
        }
    }

    /// What the decision about ops looks at, each thing by its identity: O(what the ops and their releases name).
    async fn load(&self, client: ClientId, ops: &[SentOp<'_>]) -> Result<Loaded, Error> {
        let doing = "reading what changes rest on";
        let envelopes = || ops.iter().filter_map(|sent| sent.op.as_ref().ok());
        let releases: BTreeSet<ReleaseId> = envelopes().map(|op| op.release).collect();
        let vars = Vars::new()
            .with("client", client_id(client))
            .with(
                "releases",
                releases.iter().map(|id| release_id(*id)).collect::<Vec<_>>(),
            )
            .with(
                "ops",
                outcomes_needed(ops).into_iter().map(op_id).collect::<Vec<_>>(),
            );
        let mut answers = self.ask(doing, LOAD, vars).await?;
        let client_row: Option<ClientRow> = answers.one(0)?;
        let client_state = client_row
            .map(|row| {
                let user = row.user.parse().map_err(|e| broken(doing, format!("{e}")))?;
                Ok::<_, Error>(ClientState {
                    user,
                    through: row.through,
                })
            })
            .transpose()?;
        let mut known = BTreeMap::new();
        for row in answers.rows::<BodyRow>(1)? {
            let release: Release = from_json(&row.body)?;
            known.insert(release.id, release);
        }
        let mut outcomes = BTreeMap::new();
        for row in answers.rows::<OutcomeRow>(2)? {
            if let Some(op) = op_of(&row.id) {
                outcomes.insert(op, from_json::<Outcome>(&row.outcome)?);
            }
        }
        let records = self.known_records(&records_needed(ops, known.values())).await?;
        let named = Named::by_ops(ops, known.values());
        let mut cis = cis_needed(ops, known.values());
        cis.extend(records.values().flat_map(|record| record.cis.keys().cloned()));
        Ok(Loaded {
            client: client_state,
            releases: known,
            outcomes,
            cis: self.ci_facts(&cis).await?,
            states: match states_needed(ops) {
                true => self.ci_states(&cis).await?,
                false => BTreeMap::new(),
            },
            directory: match named.is_empty() {
                false => Some(self.directory_of(named).await?),
                true => None,
            },
            records,
            forms: self.forms_of(&forms_needed(ops)).await?,
        })
    }

    /// What is known about CIs; those that are not there are absent.
    pub(super) async fn ci_facts(&self, cis: &BTreeSet<CiKey>) -> Result<BTreeMap<CiKey, CiFact>, Error> {
        if cis.is_empty() {
            return Ok(BTreeMap::new());
        }
        let doing = "looking up CIs";
        let ids: Vec<RecordId> = cis.iter().map(|key| id("ci", key.as_str())).collect();
        let rows: Vec<FactRow> = self
            .ask(doing, FACTS, Vars::new().with("cis", ids))
            .await?
            .rows(0)?;
        rows.into_iter()
            .map(|row| {
                let key = key_of(row.id)
                    .parse()
                    .map_err(|e| broken(doing, format!("{e}")))?;
                let name = row.name;
                let fact = match Lifecycle::parse(&row.lifecycle) {
                    Some(Lifecycle::Retired) => CiFact::Retired { name },
                    _ => CiFact::Live { name },
                };
                Ok((key, fact))
            })
            .collect()
    }
}

struct Loaded {
    client: Option<ClientState>,
    releases: BTreeMap<ReleaseId, Release>,
    outcomes: BTreeMap<OpId, Outcome>,
    cis: BTreeMap<CiKey, CiFact>,
    states: BTreeMap<CiKey, CiState>,
    directory: Option<Directory>,
    records: BTreeMap<RecordRef, KnownRecord>,
    forms: BTreeSet<(FormKey, FormDigest)>,
}

/// The place and the complaint of a sentence such as `ops[3]: op without id`.
fn malformed(what: &str) -> Error {
    match what.split_once(": ") {
        Some((at, message)) => Error::invalid(at, message),
        None => Error::invalid("ops", what),
    }
}

fn to_vars(
    actor: &Actor,
    client: ClientId,
    committed: &Committed,
    before: &BTreeMap<ReleaseId, Release>,
    known: &BTreeMap<CiKey, CiFact>,
    now: DateTime<Utc>,
) -> Result<Vars, Error> {
    let mut ops = Vec::with_capacity(committed.ops.len());
    for op in &committed.ops {
        ops.push(OpRow {
            id: op_id(op.id),
            release: op.release.map(|release| release.to_string()),
            at: now,
            envelope: op.json.to_string(),
            outcome: json(&op.outcome)?,
        });
    }
    let (mut releases, mut gone, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shown, mut links) = (Vec::new(), Vec::new());
    for release in committed.releases.values() {
        let number = release
            .number
            .ok_or_else(|| broken("storing changes", "a release without a number"))?;
        releases.push(ReleaseRow {
            id: release_id(release.id),
            number: number.0,
            rev: last_rev(release).0,
            summary: json(&ReleaseSummary::from(release))?,
            body: json(release)?,
        });
        let was = before
            .get(&release.id)
            .map(Release::touched_cis)
            .unwrap_or_default();
        let is = release.touched_cis();
        let knew = before.get(&release.id).map(Release::files).unwrap_or_default();
        let newly = release.files().difference(&knew).copied().collect::<Vec<_>>();
        shown.extend(newly.into_iter().map(|blob| evidence(release.id, blob)));
        gone.extend(was.difference(&is).map(|ci| target_id(release.id, ci)));
        // A CI that is not in the CMDB cannot be pointed at; the plan keeps naming it.
        let there = is.difference(&was).filter(|ci| known.contains_key(*ci));
        targets.extend(there.map(|ci| TargetRow {
            id: target_id(release.id, ci),
            r#in: release_id(release.id),
            out: id("ci", ci.as_str()),
        }));
        let was = linked(before.get(&release.id));
        let is = linked(Some(release));
        gone.extend(was.difference(&is).map(|at| link_id(at, release.id)));
        links.extend(is.difference(&was).map(|at| LinkRow {
            id: link_id(at, release.id),
            release: release.id.to_string(),
        }));
    }
    Ok(Vars::new()
        .with("client", client_id(client))
        .with("user", actor.user.to_string())
        .with("through", committed.through)
        .with("ops", ops)
        .with("releases", releases)
        .with("gone", gone)
        .with("targets", targets)
        .with("links", links)
        .with("evidence", shown))
}

/// The records that a release links.
fn linked(release: Option<&Release>) -> BTreeSet<&RecordRef> {
    let links = release.into_iter().flat_map(Release::live_links);
    links.filter_map(|(key, _)| key.record()).collect()
}

fn target_id(release: ReleaseId, ci: &CiKey) -> RecordId {
    id("targets", format!("{release}\t{ci}"))
}

#[cfg(test)]
pub(super) mod tests;
