//! The server in memory: the real decisions, over maps instead of a database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ulid::Ulid;

use super::kinds::Kinds;
use super::registers::{checklist_form, checklist_key, directory, some_records};
use super::rows::Rows;
use super::{Broken, Mutant, hold};
use crate::access::{Actor, may_view};
use crate::registry::{KnownRecord, RecordFact, RecordRef};
use crate::release::{CiFact, FieldVer, OpId, Release, Rev, Value};
use crate::sync::batch::common_with;
use crate::sync::{
    Batch, ClientState, Ground, Life, Listed, Named, OpEnvelope, Outcome, PullReq, PullResp, PushReq,
    PushResp, Reason, ReleaseOp, Rulebook, SentOp, Unreadable, cis_needed, decide, is_mine, last_rev,
    outcomes_needed,
};
use crate::wire::session::Directory;
use crate::{CiKey, ClientId, Epoch, ReleaseId, ReleaseNumber};

/// Releases in a page of a pull; small, so that there are pages.
const PAGE: usize = 2;

/// What is on the server's disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Data {
    pub releases: BTreeMap<ReleaseId, Release>,
    pub clients: BTreeMap<ClientId, ClientState>,
    pub outcomes: BTreeMap<OpId, Outcome>,
    /// Accepted ops, in order, with who did them when.
    pub log: Vec<(Rev, OpEnvelope, Actor, DateTime<Utc>)>,
    pub head: Rev,
    numbers: u32,
    pub lives: Vec<Life>,
}

/// The server.
#[derive(Debug)]
pub(super) struct Server {
    pub data: Data,
    /// Kept backups, oldest first.
    pub backups: Vec<Data>,
    /// Data before the last pushes, for a server that acknowledges too early.
    unsafe_since: Vec<Data>,
    pub cis: BTreeMap<CiKey, CiFact>,
    /// People and release types.
    pub directory: Directory,
    /// The registers.
    pub records: BTreeMap<RecordRef, KnownRecord>,
    /// Each state that each release ever had, by life and revision.
    pub history: BTreeMap<(Epoch, ReleaseId), Vec<(Rev, Release)>>,
    /// It is not there.
    pub down: bool,
    /// It runs an older version than the clients.
    pub old: bool,
    pub busy: bool,
    /// Its data was put back without saying so.
    pub put_back: bool,
    mutant: Option<Mutant>,
    epochs: u128,
    pub rows: Rows,
    pub kinds: Kinds,
}

impl Server {
    pub fn new(mutant: Option<Mutant>) -> Self {
        let live = |n: u32| {
            let name = format!("ci-{n}");
            name.parse().ok().map(|key| (key, CiFact::Live { name }))
        };
        let mut server = Self {
            data: Data::default(),
            backups: Vec::new(),
            unsafe_since: Vec::new(),
            cis: (0..6).filter_map(live).collect(),
            directory: directory(),
            records: some_records(),
            history: BTreeMap::new(),
            down: false,
            old: false,
            busy: false,
            put_back: false,
            mutant,
            epochs: 0,
            rows: Rows::default(),
            kinds: Kinds::default(),
        };
        server.begin_life();
        server
    }

    fn begin_life(&mut self) {
        self.epochs += 1;
        let epoch = Epoch(Ulid(self.epochs));
        let from = self.data.head;
        self.data.lives.push(Life { epoch, from });
        // The new life begins with the states that it was restored with.
        for (id, release) in &self.data.releases {
            let states = self.history.entry((epoch, *id)).or_default();
            states.push((last_rev(release), release.clone()));
        }
    }

    pub fn epoch(&self) -> Epoch {
        self.data.lives.last().map_or(Epoch(Ulid(0)), |life| life.epoch)
    }

    /// What every kept backup contains.
    pub fn durable_rev(&self) -> Rev {
        self.backups
            .iter()
            .map(|backup| backup.head)
            .min()
            .unwrap_or_default()
    }

    pub fn back_up(&mut self) {
        if !self.put_back {
            self.backups.push(self.data.clone());
            if self.backups.len() > 2 {
                self.backups.remove(0);
            }
        }
    }

    /// `slipway restore`: one of the kept backups, under a new epoch.
    pub fn restore(&mut self, which: usize) {
        let Some(backup) = self.backups.get(which).cloned() else {
            return;
        };
        let lives = self.data.lives.clone();
        self.data = Data { lives, ..backup };
        self.backups.truncate(which + 1);
        self.unsafe_since.clear();
        self.put_back = false;
        self.begin_life();
    }

    /// The operator copies old files back and says nothing.
    pub fn put_back(&mut self) {
        if let Some(backup) = self.backups.first().cloned() {
            let lives = self.data.lives.clone();
            self.data = Data { lives, ..backup };
            self.put_back = true;
        }
    }

    /// The process dies and comes back with what is on its disk.
    pub fn crash(&mut self) {
        if self.mutant == Some(Mutant::AckBeforeCommit)
            && let Some(oldest) = self.unsafe_since.first().cloned()
        {
            self.data = oldest;
        }
        self.unsafe_since.clear();
    }

    /// `crash_before`: the process dies before the transaction. `None`: no answer because of it.
    pub fn push(
        &mut self,
        actor: &Actor,
        request: &PushReq,
        now: DateTime<Utc>,
        crash_before: bool,
    ) -> Result<Option<PushResp>, Broken> {
        if self.old {
            self.rows.count(18);
            return Ok(Some(PushResp::TooNew));
        }
        if self.busy {
            return Ok(Some(PushResp::Busy {
                retry_after_ms: 2_000,
            }));
        }
        let ops = match request.read_ops() {
            Ok(ops) => ops,
            Err(Unreadable::Answer(answer)) => return Ok(Some(answer)),
            Err(Unreadable::Malformed(what)) => return Err(Broken { law: "driver", what }),
        };
        let twisted = self.twist(&ops);
        let ops = twisted.as_deref().unwrap_or(&ops);
        let mut client = self.data.clients.get(&request.client).cloned();
        if self.mutant == Some(Mutant::SkipDedupe)
            && let (Some(client), Some(first)) = (&mut client, ops.first())
        {
            client.through = client.through.min(first.id.seq - 1);
        }
        let needed = outcomes_needed(ops);
        let known = |id: &OpId| Some((*id, self.data.outcomes.get(id)?.clone()));
        let named: BTreeSet<ReleaseId> = ops
            .iter()
            .filter_map(|sent| Some(sent.op.as_ref().ok()?.release))
            .collect();
        let releases: BTreeMap<_, _> = named
            .iter()
            .filter_map(|id| Some((*id, self.data.releases.get(id)?.clone())))
            .collect();
        let cis = cis_needed(ops, releases.values());
        let repeats = client.as_ref().map_or(0, |client| client.through);
        let batch = Batch {
            states: BTreeMap::new(),
            directory: Some(Named::by_ops(ops, releases.values()).of(&self.directory)),
            actor,
            now,
            epoch: self.epoch(),
            lives: &self.data.lives,
            client,
            releases: releases.clone(),
            head: self.data.head,
            next_number: ReleaseNumber(self.data.numbers + 1),
            outcomes: needed.iter().filter_map(known).collect(),
            cis: cis
                .into_iter()
                .filter_map(|key| Some((key.clone(), self.cis.get(&key)?.clone())))
                .collect(),
            records: self.records.clone(),
            forms: checklist_key()
                .zip(checklist_form(true))
                .map(|(key, form)| (key, form.digest()))
                .into_iter()
                .collect(),
        };
        let done = match decide(batch, request, ops) {
            Ok(done) => done,
            Err(answer) => return Ok(Some(answer)),
        };
        if crash_before {
            return Ok(None);
        }
        for sent in ops.iter().filter(|sent| sent.id.seq <= repeats) {
            self.kinds.repeat(sent);
        }
        if ops.iter().any(|sent| sent.id.seq <= repeats) {
            self.rows.count(23);
        }
        let answer = done.answer(self.epoch(), now);
        if self.mutant == Some(Mutant::AckBeforeCommit) {
            self.unsafe_since.push(self.data.clone());
        }
        self.audit(actor, now, ops, &done.outcomes, releases, repeats)?;
        for op in &done.ops {
            let told = |rev| done.journal.iter().any(|entry| entry.rev == rev);
            hold("I11", op.outcome.rev().is_none_or(told), || {
                format!("op {} took effect without a word in the journal", op.id)
            })?;
        }
        for op in done.ops {
            let before = self.data.outcomes.insert(op.id, op.outcome);
            hold("I2", before.is_none(), || {
                format!("op {} was decided twice", op.id)
            })?;
        }
        let epoch = self.epoch();
        for (id, release) in done.releases {
            let states = self.history.entry((epoch, id)).or_default();
            states.retain(|(rev, _)| *rev < last_rev(&release));
            states.push((last_rev(&release), release.clone()));
            self.data.releases.insert(id, release);
        }
        self.data.head = done.head;
        self.data.numbers = done.next_number.0 - 1;
        let client = ClientState {
            user: actor.user,
            through: done.through,
        };
        self.data.clients.insert(request.client, client);
        Ok(Some(answer))
    }

    /// Mutants that change what the server reads.
    fn twist<'a>(&self, ops: &[SentOp<'a>]) -> Option<Vec<SentOp<'a>>> {
        let lww = self.mutant == Some(Mutant::LastWriterWins);
        let free = self.mutant == Some(Mutant::IgnoreDependsOn);
        if !lww && !free {
            return None;
        }
        let refused = |id: OpId| matches!(self.data.outcomes.get(&id), Some(Outcome::Rejected { .. }));
        let mut ops = ops.to_vec();
        for sent in &mut ops {
            let Ok(op) = &mut sent.op else { continue };
            let rests_on_refused = op.op.rests_on().is_some_and(refused);
            if lww || (free && rests_on_refused) {
                op.op.see_all();
                op.epoch = None;
            }
        }
        Some(ops)
    }

    /// Looks at every decision as it is made, one op after the other on copies.
    fn audit(
        &mut self,
        actor: &Actor,
        now: DateTime<Utc>,
        ops: &[SentOp<'_>],
        outcomes: &[(u64, Outcome)],
        mut releases: BTreeMap<ReleaseId, Release>,
        repeats: u64,
    ) -> Result<(), Broken> {
        let decided: BTreeMap<u64, &Outcome> =
            outcomes.iter().map(|(seq, outcome)| (*seq, outcome)).collect();
        let mut last = Rev(0);
        for sent in ops.iter().filter(|sent| sent.id.seq > repeats) {
            let Some(outcome) = decided.get(&sent.id.seq) else {
                let what = format!("op {} was taken without an outcome", sent.id);
                return Err(Broken { law: "I3", what });
            };
            if let Some(rev) = outcome.rev() {
                hold("I5", rev > last && rev > self.data.head, || {
                    format!("op {} has revision {rev}", sent.id)
                })?;
                last = rev;
            }
            // As it was sent, whatever a mutant made of it since.
            let Ok(op) = OpEnvelope::parse(sent.json) else {
                continue;
            };
            let before = releases.get(&op.release).cloned();
            let mut after = before.clone();
            if let Some(rev) = outcome.rev() {
                let accepted = (rev, op.clone(), actor.clone(), now);
                after = self.refold(after, &accepted)?;
                self.data.log.push(accepted);
            }
            self.check_overwrite(&op, outcome, before.as_ref())?;
            self.check_dependence(&op, outcome, &decided, before.as_ref(), after.as_ref())?;
            if matches!(outcome, Outcome::Applied { .. }) {
                let odd = |key: &&CiKey| !matches!(self.cis.get(*key), Some(CiFact::Live { .. }));
                if op.op.new_cis().iter().any(odd) {
                    self.rows.count(15);
                }
            }
            self.kinds.see(&op.op, outcome);
            self.rows.see(&op, outcome, before.as_ref(), after.as_ref());
            if let Some(after) = after {
                releases.insert(op.release, after);
            }
        }
        Ok(())
    }

    /// The release after an accepted op: what the reducer makes of it in server order, whatever the client predicted.
    fn refold(
        &self,
        mut slot: Option<Release>,
        accepted: &(Rev, OpEnvelope, Actor, DateTime<Utc>),
    ) -> Result<Option<Release>, Broken> {
        use crate::sync::{Ctx, World, apply};
        struct All<'a>(&'a Server);
        impl World for All<'_> {
            fn directory(&self) -> Option<&Directory> {
                Some(&self.0.directory)
            }
            fn ci(&self, key: &CiKey) -> CiFact {
                self.0.cis.get(key).cloned().unwrap_or(CiFact::Never)
            }
            fn record(&self, record: &RecordRef) -> RecordFact {
                let known = self.0.records.get(record).cloned();
                known.map_or(RecordFact::Never, RecordFact::Known)
            }
            fn outcome(&self, op: OpId) -> Option<Outcome> {
                // Ops of this batch are not stored yet; only the row counters look at this copy.
                let stored = self.0.data.outcomes.get(&op).cloned();
                stored.or_else(|| {
                    let seen = self
                        .0
                        .data
                        .log
                        .iter()
                        .rev()
                        .find(|(_, logged, ..)| logged.id == op);
                    seen.map(|(rev, ..)| Outcome::Applied { rev: *rev })
                })
            }
        }
        let (rev, op, actor, now) = accepted;
        let ctx = Ctx {
            actor,
            now: *now,
            stamp: FieldVer::Rev(*rev),
            number: slot.as_ref().and_then(|release| release.number),
            world: &All(self),
        };
        // A copy for counting: what it makes of an op of another life may differ, and does not matter.
        let _ = apply(&mut slot, op, &ctx);
        Ok(slot)
    }

    /// I12: nobody's value is replaced by somebody who did not see it, except visibly.
    fn check_overwrite(
        &self,
        op: &OpEnvelope,
        outcome: &Outcome,
        before: Option<&Release>,
    ) -> Result<(), Broken> {
        let (at, from, to) = match &op.op {
            ReleaseOp::SetField { at, from, to, .. } => (at, from.clone(), to.clone()),
            ReleaseOp::EditText {
                at, base_text, text, ..
            } => (at, base_text.clone().into(), text.clone().into()),
            _ => return Ok(()),
        };
        let (Some(before), Outcome::Applied { .. }) = (before, outcome) else {
            return Ok(());
        };
        let canonical = |value: Value| at.kind().parse(value).unwrap_or_default();
        let stood = before.cell(at).map_or(Value::Empty, |cell| cell.value.clone());
        let theirs = before.cell(at).is_some_and(|cell| cell.mark.by != op.author);
        let (from, to) = (canonical(from), canonical(to));
        // Of another life: its author saw what stands, and then something that was lost and is sent again.
        let base = op
            .op
            .seen()
            .and_then(FieldVer::rev)
            .filter(|_| op.epoch.is_some_and(|of| of != self.epoch()));
        let cap = op.epoch.map(|of| common_with(&self.data.lives, of));
        let stands = before.cell(at).and_then(|cell| cell.mark.ver.rev());
        if base.is_some() && stands <= base && stands <= cap {
            return Ok(());
        }
        hold(
            "I12",
            !theirs || stood == from || stood == to || from == to,
            || {
                format!(
                    "op {} replaced {stood:?}, which its author did not see, by {to:?}",
                    op.id
                )
            },
        )
    }

    /// I5: an op that rests on a refused one is refused, and says so.
    fn check_dependence(
        &self,
        op: &OpEnvelope,
        outcome: &Outcome,
        decided: &BTreeMap<u64, &Outcome>,
        before: Option<&Release>,
        after: Option<&Release>,
    ) -> Result<(), Broken> {
        if matches!(op.op, ReleaseOp::Record { .. } | ReleaseOp::Resolve { .. }) {
            // Facts are never refused for what they rest on; a decision is about the conflict.
            return Ok(());
        }
        let Some(base) = op.op.rests_on() else {
            return Ok(());
        };
        let root = self
            .data
            .outcomes
            .get(&base)
            .or_else(|| decided.get(&base.seq).copied());
        let refused = matches!(root, Some(Outcome::Rejected { .. }));
        // What is so already may be taken: nothing is done.
        let changed = before.map(Release::content_hash) != after.map(Release::content_hash);
        hold("I5", !refused || outcome.rev().is_none() || !changed, || {
            format!(
                "op {} rests on {base}, which was refused, and was taken: {outcome:?}",
                op.id
            )
        })
    }

    /// What every device is to hold of the registers.
    pub fn rulebook(&self) -> Option<Rulebook> {
        let Directory {
            release_types,
            calendars,
            ..
        } = self.directory.clone();
        Rulebook::new(release_types, calendars)
    }

    /// An administrator words a hold reason anew.
    pub fn reword(&mut self, text: String) {
        let reasons = self.directory.release_types.iter_mut();
        if let Some(reason) = reasons.flat_map(|kind| &mut kind.hold_reasons).next() {
            reason.text = text;
        }
    }

    pub fn pull(&self, actor: &Actor, request: &PullReq, now: DateTime<Utc>) -> PullResp {
        if self.old {
            return PullResp::TooNew;
        }
        if self.busy {
            return PullResp::Busy {
                retry_after_ms: 1_500,
            };
        }
        let client = self.data.clients.get(&request.client);
        let rulebook = self.rulebook();
        let ground = Ground {
            actor,
            now,
            epoch: self.epoch(),
            head: self.data.head,
            client,
            durable_rev: self.durable_rev(),
            build: "simulation",
            rulebook: rulebook.as_ref(),
        };
        if let Some(answer) = request.answer_at_once(&ground) {
            return answer;
        }
        let listed = self.data.releases.values().map(|release| listed(actor, release));
        let selection = request.select(self.data.head, listed, PAGE);
        let bodies = selection
            .send
            .iter()
            .filter_map(|id| self.data.releases.get(id).cloned())
            .collect();
        let first = OpId {
            client: request.client,
            seq: request.through + 1,
        };
        let last = OpId {
            seq: u64::MAX,
            ..first
        };
        let outcomes = self.data.outcomes.range(first..=last);
        let outcomes = outcomes.map(|(id, outcome)| (id.seq, outcome.clone())).collect();
        let mut answer = selection.answer(request, &ground, bodies, outcomes);
        if self.mutant == Some(Mutant::CursorPlusOne)
            && let PullResp::Delta(delta) = &mut answer
        {
            delta.to.rev.0 += 1;
        }
        answer
    }
}

pub(super) fn listed(actor: &Actor, release: &Release) -> Listed {
    release.with_facts(|facts| Listed {
        id: release.id,
        rev: last_rev(release),
        visible: may_view(actor, facts),
        mine: is_mine(actor, facts, release.disposition),
    })
}

/// Was this refused because its author took it back?
pub(super) fn was_taken_back(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Rejected {
            reason: Reason::TakenBack,
            ..
        }
    )
}
