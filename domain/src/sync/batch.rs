//! What the server decides about a push: pure, so that the simulation and the real server run the same code.

use crate::grow::Grow;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Reason};
use super::{
    BadOp, Ctx, JournalEntry, MAX_OPS, MIN_PUSH, Note, OpEnvelope, PROTOCOL, PushReq, PushResp, Refusal,
    ReleaseOp, Restored, Verdict, World, apply_gesture,
};
use crate::access::Actor;
use crate::registry::{KnownRecord, RecordFact, RecordRef};
use crate::release::{Act, CiFact, CiState, ConflictAbout, FieldVer, Form, FormDigest, OpId, Release, Rev};
use crate::wire::session::Directory;
use crate::{CiKey, ContractId, Epoch, FormKey, ReleaseId, ReleaseNumber, UserId};

/// What the server remembers of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientState {
    /// Whose store it is.
    pub user: UserId,
    /// Last `seq` with an outcome.
    pub through: u64,
}

/// A life of the database: begun by its creation or by a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Its name.
    pub epoch: Epoch,
    /// The newest revision that the restored backup contained; later ones were given anew. 0 at creation.
    pub from: Rev,
}

/// Up to which revision an older life and the newest one say the same; 0 for a life that never was.
#[must_use]
pub fn common_with(lives: &[Life], older: Epoch) -> Rev {
    let known = lives.iter().rposition(|life| life.epoch == older);
    let later = known.and_then(|known| lives.get(known + 1..)).unwrap_or_default();
    later.iter().map(|life| life.from).min().unwrap_or_default()
}

/// Everything the decision reads, loaded by the caller in the same transaction that will store the result.
pub struct Batch<'a> {
    /// Who is signed in.
    pub actor: &'a Actor,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// Life of the database.
    pub epoch: Epoch,
    /// All its lives, oldest first; the last is `epoch`. A database that never was restored may leave them out.
    pub lives: &'a [Life],
    /// The client, if it was seen before.
    pub client: Option<ClientState>,
    /// The releases that the ops name, as far as they exist.
    pub releases: BTreeMap<ReleaseId, Release>,
    /// Newest revision.
    pub head: Rev,
    /// The number the next new release gets.
    pub next_number: ReleaseNumber,
    /// Stored outcomes, of [`outcomes_needed`].
    pub outcomes: BTreeMap<OpId, Outcome>,
    /// What is known about CIs, of [`cis_needed`]; absent means it never was.
    pub cis: BTreeMap<CiKey, CiFact>,
    /// Where these CIs are in their life, where [`states_needed`].
    pub states: BTreeMap<CiKey, CiState>,
    /// At least those of [`super::Named::by_ops`], where there are any.
    pub directory: Option<Directory>,
    /// What is known about records, of [`records_needed`]; absent means that there is none.
    pub records: BTreeMap<RecordRef, KnownRecord>,
    /// What the checklist templates of [`forms_needed`] ask or once asked.
    pub forms: BTreeSet<(FormKey, FormDigest)>,
}

/// An op with its outcome, to be stored under its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredOp {
    /// Identity.
    pub id: OpId,
    /// The release it names; absent if it could not be read.
    pub release: Option<ReleaseId>,
    /// The op as it came.
    pub json: serde_json::Value,
    /// What became of it.
    pub outcome: Outcome,
}

/// What to write, in one transaction, and then to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// New ops with their outcomes; repeats are not among them.
    pub ops: Vec<StoredOp>,
    /// Releases that changed.
    pub releases: BTreeMap<ReleaseId, Release>,
    /// What the journal gets.
    pub journal: Vec<JournalEntry>,
    /// Versions on the way that must be kept as they were, in their order: what was marked or decided on, and after
    /// which the same push changed the release again.
    pub versions: Vec<Release>,
    /// Newest revision afterwards.
    pub head: Rev,
    /// The number the next new release gets afterwards.
    pub next_number: ReleaseNumber,
    /// Last `seq` of the client with an outcome afterwards.
    pub through: u64,
    /// Outcomes of everything that was sent, repeats included.
    pub outcomes: Vec<(u64, Outcome)>,
}

impl Committed {
    /// The answer to the client.
    #[must_use]
    pub fn answer(&self, epoch: Epoch, now: DateTime<Utc>) -> PushResp {
        let outcomes = self.outcomes.clone();
        PushResp::Ok {
            epoch,
            through: self.through,
            outcomes,
            head: self.head,
            now,
        }
    }
}

/// Why an op that has an identity is refused without being looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAnOp {
    /// It makes no sense; the sentence says what is wrong.
    Malformed(String),
    /// Its author took it back.
    TakenBack,
}

impl From<NotAnOp> for Refusal {
    fn from(not: NotAnOp) -> Self {
        match not {
            NotAnOp::Malformed(what) => Reason::Malformed { what },
            NotAnOp::TakenBack => Reason::TakenBack,
        }
        .into()
    }
}

/// An op as it was sent: readable, or at least with an identity to file a refusal under.
#[derive(Debug, Clone, PartialEq)]
pub struct SentOp<'a> {
    /// Identity.
    pub id: OpId,
    /// As it came.
    pub json: &'a serde_json::Value,
    /// Who says to have made it, as far as that can be read.
    pub author: Option<UserId>,
    /// As it reads, or what is wrong with it.
    pub op: Result<OpEnvelope, NotAnOp>,
}

/// Why a push is answered before any op is looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Unreadable {
    /// With this message of the protocol.
    Answer(PushResp),
    /// As a malformed request; the sentence names the place.
    Malformed(String),
}

impl PushReq {
    /// Reads the ops. Unreadable ones with an identity come back as refusals to store.
    ///
    /// # Errors
    /// What the whole request is answered with.
    pub fn read_ops(&self) -> Result<Vec<SentOp<'_>>, Unreadable> {
        if self.proto < MIN_PUSH {
            return Err(Unreadable::Answer(PushResp::TooOld { min_proto: MIN_PUSH }));
        }
        if self.proto > PROTOCOL {
            return Err(Unreadable::Answer(PushResp::TooNew));
        }
        let malformed = |what| Err(Unreadable::Malformed(what));
        if self.ops.len() > MAX_OPS {
            return malformed(format!(
                "ops: {} ops, at most {MAX_OPS} go into one push",
                self.ops.len()
            ));
        }
        let mut ops: Vec<SentOp<'_>> = Vec::with_capacity(self.ops.len());
        for (place, json) in self.ops.iter().enumerate() {
            let (id, op) = match OpEnvelope::parse(json) {
                Ok(envelope) => (envelope.id, Ok(envelope)),
                Err(BadOp::Malformed(id, what)) => (id, Err(NotAnOp::Malformed(what))),
                Err(BadOp::TakenBack(id)) => (id, Err(NotAnOp::TakenBack)),
                Err(BadOp::TooNew(_)) => return Err(Unreadable::Answer(PushResp::TooNew)),
                Err(BadOp::Unidentified(what)) => return malformed(format!("ops[{place}]: {what}")),
            };
            if id.client != self.client {
                return malformed(format!("ops[{place}].id.client: is not the sending client"));
            }
            let expected = ops
                .last()
                .map_or(id.seq.max(1), |last| last.id.seq.saturating_add(1));
            if id.seq != expected {
                return malformed(format!(
                    "ops[{place}].id.seq: is {}, {expected} was expected",
                    id.seq
                ));
            }
            let author = json
                .get("author")
                .and_then(|author| author.as_str()?.parse().ok());
            ops.push(SentOp { id, json, author, op });
        }
        Ok(ops)
    }
}

/// The ops whose stored outcomes [`decide`] needs: those that are repeated, and what others rest on. All of them
/// are of the sending client.
#[must_use]
pub fn outcomes_needed(ops: &[SentOp<'_>]) -> BTreeSet<OpId> {
    let rested_on = ops.iter().filter_map(|sent| sent.op.as_ref().ok()?.op.rests_on());
    ops.iter().map(|sent| sent.id).chain(rested_on).grow()
}

/// The CIs that [`decide`] must know about: what the ops newly name, and what the releases they change touch.
/// O(ops + size of the releases).
#[must_use]
pub fn cis_needed<'a>(ops: &[SentOp<'_>], releases: impl Iterator<Item = &'a Release>) -> BTreeSet<CiKey> {
    let named = ops
        .iter()
        .filter_map(|sent| sent.op.as_ref().ok())
        .flat_map(|op| op.op.new_cis());
    let mut cis: BTreeSet<CiKey> = named.cloned().grow();
    for release in releases {
        cis.extend(release.touched_cis());
        // A deleted step may be restored by one of the ops, or by a decision.
        let steps = release.steps.values();
        cis.extend(steps.flat_map(|step| step.targets.keys().cloned()));
        for conflict in release.conflicts.values() {
            // Deciding for such a change makes it after all.
            if let ConflictAbout::ChangeOfDeleted { change, .. } = &conflict.about {
                cis.extend(change.new_cis().into_iter().cloned());
            }
        }
    }
    cis
}

/// The records that [`decide`] must know about: what the ops newly name, and what the releases link.
/// O(ops + links of the releases).
#[must_use]
pub fn records_needed<'a>(
    ops: &[SentOp<'_>],
    releases: impl Iterator<Item = &'a Release>,
) -> BTreeSet<RecordRef> {
    let named = ops
        .iter()
        .filter_map(|sent| sent.op.as_ref().ok()?.op.new_record());
    named.chain(releases.flat_map(Release::records_asked_for)).grow()
}

/// Whether [`decide`] must know where the CIs of [`cis_needed`] are in their life: to close a release.
#[must_use]
pub fn states_needed(ops: &[SentOp<'_>]) -> bool {
    let closes = |op: &OpEnvelope| matches!(op.op, ReleaseOp::Act { act: Act::Close });
    ops.iter().filter_map(|sent| sent.op.as_ref().ok()).any(closes)
}

/// The checklist templates that ops name.
#[must_use]
pub fn forms_needed(ops: &[SentOp<'_>]) -> BTreeSet<FormKey> {
    let readable = ops.iter().filter_map(|sent| sent.op.as_ref().ok());
    readable
        .filter_map(|envelope| match &envelope.op {
            ReleaseOp::AddChecklist { template, .. } => Some(template.clone()),
            _ => None,
        })
        .grow()
}

/// Decides a push.
///
/// # Errors
/// The answer, where nothing is to be stored.
pub fn decide(batch: Batch<'_>, request: &PushReq, ops: &[SentOp<'_>]) -> Result<Committed, PushResp> {
    let through = batch.client.as_ref().map_or(0, |client| client.through);
    if request.epoch.is_some_and(|known| known != batch.epoch) {
        let epoch = batch.epoch;
        return Err(PushResp::EpochChanged(Restored { epoch, through }));
    }
    if request.head.is_some_and(|known| known > batch.head) {
        return Err(PushResp::Behind { head: batch.head });
    }
    let user = batch.actor.user;
    let foreign_store = batch.client.as_ref().is_some_and(|client| client.user != user);
    let foreign_op = |sent: &SentOp<'_>| sent.author.is_some_and(|author| author != user);
    if foreign_store || ops.iter().any(foreign_op) {
        return Err(PushResp::WrongUser);
    }
    if let Some(first) = ops.first()
        && first.id.seq > through + 1
    {
        // The first protocol has no word for a client that is not known.
        return Err(if batch.client.is_none() && request.proto > 1 {
            PushResp::UnknownClient
        } else {
            PushResp::Gap {
                expected: through + 1,
            }
        });
    }
    let mut run = Run::new(batch, through);
    let repeats = ops.iter().take_while(|sent| sent.id.seq <= through).count();
    let (old, new) = ops.split_at(repeats);
    for SentOp { id, .. } in old {
        if let Some(outcome) = run.known.outcomes.get(id).cloned() {
            run.outcomes.push((id.seq, outcome));
        }
    }
    let mut rest = new;
    while let Some(first) = rest.first() {
        match &first.op {
            Err(not) => {
                run.refuse(first, not.clone().into());
                rest = &rest[1..];
            }
            Ok(op) => {
                let same = |sent: &SentOp<'_>| {
                    sent.op
                        .as_ref()
                        .is_ok_and(|o| o.gesture == op.gesture && o.release == op.release)
                };
                let (gesture, later) = rest.split_at(rest.iter().take_while(|sent| same(sent)).count());
                run.gesture(op.release, gesture);
                rest = later;
            }
        }
    }
    Ok(run.finish())
}

/// The op, with the revisions that its author saw as far as they mean anything in the newest life.
fn in_this_life<'a>(op: &'a OpEnvelope, epoch: Epoch, lives: &[Life]) -> Cow<'a, OpEnvelope> {
    let Some(older) = op.epoch.filter(|of| *of != epoch) else {
        return Cow::Borrowed(op);
    };
    let cap = common_with(lives, older);
    let mut op = op.clone();
    op.base_rev = op.base_rev.min(cap);
    op.op.cap_seen(cap);
    Cow::Owned(op)
}

/// The world as the reducer sees it while a batch runs.
struct Known {
    outcomes: BTreeMap<OpId, Outcome>,
    cis: BTreeMap<CiKey, CiFact>,
    directory: Option<Directory>,
    records: BTreeMap<RecordRef, KnownRecord>,
    states: BTreeMap<CiKey, CiState>,
    forms: BTreeSet<(FormKey, FormDigest)>,
}

impl World for Known {
    fn ci(&self, key: &CiKey) -> CiFact {
        self.cis.get(key).cloned().unwrap_or(CiFact::Never)
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        let known = self.records.get(record).cloned();
        known.map_or(RecordFact::Never, RecordFact::Known)
    }
    fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.outcomes.get(&op).cloned()
    }
    fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }
    fn ci_state(&self, key: &CiKey) -> Option<CiState> {
        self.states.get(key).cloned()
    }
    fn knows_contract(&self, contract: ContractId) -> bool {
        let contracts = self.directory.iter().flat_map(|directory| &directory.contracts);
        contracts.into_iter().any(|known| known.id == contract)
    }
    fn knows_form(&self, template: &FormKey, form: &Form) -> bool {
        self.forms.contains(&(template.clone(), form.digest()))
    }
}

struct Run<'a> {
    actor: &'a Actor,
    epoch: Epoch,
    lives: &'a [Life],
    now: DateTime<Utc>,
    known: Known,
    /// Working copies; `None` where the release does not exist.
    releases: BTreeMap<ReleaseId, Option<Release>>,
    changed: BTreeSet<ReleaseId>,
    ops: Vec<StoredOp>,
    journal: Vec<JournalEntry>,
    versions: Vec<Release>,
    outcomes: Vec<(u64, Outcome)>,
    head: Rev,
    next_number: ReleaseNumber,
    through: u64,
}

impl<'a> Run<'a> {
    fn new(batch: Batch<'a>, through: u64) -> Self {
        Self {
            actor: batch.actor,
            epoch: batch.epoch,
            lives: batch.lives,
            now: batch.now,
            known: Known {
                outcomes: batch.outcomes,
                cis: batch.cis,
                directory: batch.directory,
                records: batch.records,
                states: batch.states,
                forms: batch.forms,
            },
            releases: batch
                .releases
                .into_iter()
                .map(|(id, release)| (id, Some(release)))
                .grow(),
            changed: BTreeSet::new(),
            ops: Vec::new(),
            journal: Vec::new(),
            versions: Vec::new(),
            outcomes: Vec::new(),
            head: batch.head,
            next_number: batch.next_number,
            through,
        }
    }

    /// One gesture: its ops stand next to each other and change one release.
    fn gesture(&mut self, release: ReleaseId, sent: &[SentOp<'_>]) {
        let slot = self.releases.entry(release).or_default();
        let is_new = slot.is_none();
        let (epoch, lives) = (self.epoch, self.lives);
        let ops: Vec<(Cow<'_, OpEnvelope>, Rev)> = sent
            .iter()
            .filter_map(|sent| sent.op.as_ref().ok())
            .zip(self.head.0 + 1..)
            .map(|(op, rev)| (in_this_life(op, epoch, lives), Rev(rev)))
            .collect();
        // Ops of one gesture may rest on each other: each has the outcome it will have if all goes well.
        self.known.outcomes.extend(
            ops.iter()
                .map(|(op, rev)| (op.id, Outcome::Applied { rev: *rev })),
        );
        let gesture: Vec<(&OpEnvelope, Ctx<'_>)> = ops
            .iter()
            .map(|(op, rev)| {
                let stamp = FieldVer::Rev(*rev);
                let number = Some(self.next_number);
                (
                    op.as_ref(),
                    Ctx {
                        actor: self.actor,
                        now: self.now,
                        stamp,
                        number,
                        world: &self.known,
                    },
                )
            })
            .collect();
        let results = apply_gesture(slot, &gesture);
        let marked = ops.iter().any(|(op, _)| op.op.marks_version());
        if let Some(release) = slot
            .as_ref()
            .filter(|_| marked && results.iter().any(Result::is_ok))
        {
            self.versions.push(release.clone());
        }
        if is_new && slot.is_some() {
            self.next_number = ReleaseNumber(self.next_number.0 + 1);
        }
        for (sent, result) in sent.iter().zip(results) {
            match result {
                Ok((verdict, note)) => self.take(sent, verdict, note),
                Err(refusal) => self.refuse(sent, refusal),
            }
        }
    }

    fn take(&mut self, sent: &SentOp<'_>, verdict: Verdict, note: Note) {
        let Ok(op) = &sent.op else { return };
        self.head = Rev(self.head.0 + 1);
        self.changed.insert(op.release);
        self.journal.push(JournalEntry {
            rev: self.head,
            release: op.release,
            at: self.now,
            made: op.made.wall,
            by: self.actor.user,
            by_name: self.actor.name.clone(),
            op: op.id,
            category: note.category,
            text: note.text,
            before: note.before,
            after: note.after,
            note: match &op.op {
                ReleaseOp::Note { note } => note.checked().ok(),
                _ => None,
            },
        });
        self.store(sent, verdict.at(self.head));
    }

    fn refuse(&mut self, sent: &SentOp<'_>, refusal: Refusal) {
        let Refusal { reason, depends_on } = refusal;
        self.store(sent, Outcome::Rejected { reason, depends_on });
    }

    fn store(&mut self, sent: &SentOp<'_>, outcome: Outcome) {
        let id = sent.id;
        self.through = id.seq;
        self.known.outcomes.insert(id, outcome.clone());
        self.outcomes.push((id.seq, outcome.clone()));
        let release = sent.op.as_ref().ok().map(|op| op.release);
        self.ops.push(StoredOp {
            id,
            release,
            json: sent.json.clone(),
            outcome,
        });
    }

    fn finish(self) -> Committed {
        let changed = self.changed;
        let releases = self
            .releases
            .into_iter()
            .filter_map(|(id, release)| Some((id, release?)))
            .filter(|(id, _)| changed.contains(id))
            .grow();
        Committed {
            ops: self.ops,
            releases,
            journal: self.journal,
            versions: self.versions,
            head: self.head,
            next_number: self.next_number,
            through: self.through,
            outcomes: self.outcomes,
        }
    }
}
