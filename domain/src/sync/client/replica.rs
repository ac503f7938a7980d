//! A client in memory, for a request or a page: the confirmed releases, the queue of own ops, and what they add up to.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::shown::{Shown, fold};
use crate::access::Actor;
use crate::release::{CiFact, OpId, Release, Rev};
use crate::sync::{
    Change, Cursor, Delta, MAX_OPS, OP_VERSION, OpEnvelope, Outcome, PROTOCOL, PullReq, PullResp, PushReq,
    PushResp, ReleaseOp, Stamp, World,
};
use crate::{CiKey, ClientId, Epoch, GestureId, ReleaseId, UserId};

/// What one store of ops knows. What is shown is always *confirmed base + queue*, see [`Replica::shown`].
#[derive(Debug, Clone)]
pub struct Replica {
    client: ClientId,
    next_seq: u64,
    through: u64,
    epoch: Option<Epoch>,
    bases: BTreeMap<ReleaseId, Base>,
    queue: Vec<Queued>,
    known: Known,
}

/// The last confirmed state of a release that the client follows.
#[derive(Debug, Clone, Default)]
struct Base {
    release: Option<Release>,
    /// Absent until the first pull: what is there came with another answer.
    cursor: Option<Cursor>,
}

#[derive(Debug, Clone)]
struct Queued {
    op: OpEnvelope,
    /// Set once the server has decided; the op leaves the queue when the base has its effect.
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    outcomes: BTreeMap<OpId, Outcome>,
    cis: BTreeMap<CiKey, CiFact>,
}

impl World for Known {
    fn ci(&self, key: &CiKey) -> CiFact {
        self.cis.get(key).cloned().unwrap_or(CiFact::Unknown)
    }
    fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.outcomes.get(&op).cloned()
    }
}

/// An own op and what became of it.
pub type Settled = (OpEnvelope, Outcome);

/// What to do after an answer of the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Go on; these ops have an outcome now that they had not before.
    Go(Vec<Settled>),
    /// The database is another one: pull everything anew, then go on.
    PullAnew,
    /// The server misses ops before those that were sent, from this one on.
    Missing(u64),
    /// The queue belongs to somebody else than who is signed in.
    WrongUser,
    /// This page is too old for the server.
    TooOld,
    /// The server is too old for this page; ops wait for it.
    ServerTooOld,
}

impl Replica {
    /// An empty store.
    #[must_use]
    pub fn new(client: ClientId) -> Self {
        Self {
            client,
            next_seq: 1,
            through: 0,
            epoch: None,
            bases: BTreeMap::new(),
            queue: Vec::new(),
            known: Known::default(),
        }
    }

    /// Starts to follow a release; what is known of it is kept.
    pub fn follow(&mut self, release: ReleaseId) {
        self.bases.entry(release).or_default();
    }

    /// Ends following; ops on it stay until they have an outcome.
    pub fn forget(&mut self, release: ReleaseId) {
        self.bases.remove(&release);
        self.queue
            .retain(|q| q.op.release != release || q.outcome.is_none());
    }

    /// Takes a release that came with another answer, unless a pull has brought one already.
    pub fn seed(&mut self, release: Release) {
        let base = self.bases.entry(release.id).or_default();
        if base.cursor.is_none() {
            base.release = Some(release);
        }
    }

    /// Remembers a CI, so that predictions can name it.
    pub fn learn(&mut self, ci: CiKey, fact: CiFact) {
        self.known.cis.insert(ci, fact);
    }

    /// Releases that are followed.
    #[must_use]
    pub fn followed(&self) -> Vec<ReleaseId> {
        self.bases.keys().copied().collect()
    }

    /// Queues the ops of one gesture.
    pub fn enqueue(
        &mut self,
        author: UserId,
        release: ReleaseId,
        gesture: GestureId,
        made: Stamp,
        ops: Vec<ReleaseOp>,
    ) -> Vec<OpId> {
        let cursor = self.bases.get(&release).and_then(|base| base.cursor);
        let base_rev = cursor.map_or(Rev(0), |cursor| cursor.rev);
        ops.into_iter()
            .map(|op| {
                let id = OpId {
                    client: self.client,
                    seq: self.next_seq,
                };
                self.next_seq += 1;
                let op = OpEnvelope {
                    id,
                    v: OP_VERSION,
                    author,
                    made,
                    release,
                    base_rev,
                    epoch: cursor.map(|cursor| cursor.epoch),
                    gesture,
                    op,
                };
                self.queue.push(Queued { op, outcome: None });
                id
            })
            .collect()
    }

    /// Ops without an outcome.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.iter().filter(|q| q.outcome.is_none()).count()
    }

    /// The ops without an outcome, in order.
    pub fn unsent(&self) -> impl Iterator<Item = &OpEnvelope> {
        self.queue.iter().filter(|q| q.outcome.is_none()).map(|q| &q.op)
    }

    /// The next push: the oldest ops without an outcome, gestures whole. `None` when nothing waits.
    ///
    /// # Errors
    /// An op that cannot be written as JSON; there is none of that kind.
    pub fn next_push(&self, build: &str) -> Result<Option<PushReq>, serde_json::Error> {
        let waiting: Vec<&OpEnvelope> = self.unsent().collect();
        let mut count = waiting.len().min(MAX_OPS);
        // A gesture is decided as a whole, so it travels as a whole, unless it alone is too long.
        while let (Some(last), Some(next)) = (
            count.checked_sub(1).and_then(|i| waiting.get(i)),
            waiting.get(count),
        ) && last.gesture == next.gesture
            && waiting.first().is_some_and(|first| first.gesture != last.gesture)
        {
            count -= 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let ops = waiting
            .into_iter()
            .take(count)
            .map(serde_json::to_value)
            .collect::<Result<_, _>>()?;
        Ok(Some(PushReq {
            proto: PROTOCOL,
            build: build.to_owned(),
            epoch: self.epoch,
            head: None,
            client: self.client,
            ops,
        }))
    }

    /// The next pull of one followed release. Each has a cursor of its own, so that opening another one
    /// does not fetch the first again.
    #[must_use]
    pub fn next_pull(&self, release: ReleaseId) -> PullReq {
        PullReq {
            proto: PROTOCOL,
            build: String::new(),
            client: self.client,
            cursor: self.bases.get(&release).and_then(|base| base.cursor),
            follow: vec![release],
            fresh: Vec::new(),
            mine: false,
            held: Vec::new(),
            through: self.through,
            rulebook: None,
        }
    }

    /// Takes the answer to a push.
    pub fn pushed(&mut self, answer: PushResp) -> Next {
        match answer {
            PushResp::Ok {
                epoch,
                through,
                outcomes,
                ..
            } => {
                self.epoch = Some(epoch);
                Next::Go(self.settle(through, outcomes))
            }
            PushResp::Gap { expected } => Next::Missing(expected),
            PushResp::UnknownClient => Next::Missing(1),
            PushResp::EpochChanged(restored) => {
                self.start_over(restored.epoch);
                Next::PullAnew
            }
            PushResp::WrongUser => Next::WrongUser,
            PushResp::TooOld { .. } => Next::TooOld,
            PushResp::TooNew | PushResp::Behind { .. } | PushResp::Busy { .. } => Next::ServerTooOld,
        }
    }

    /// Takes the answer to [`Replica::next_pull`] of `release`.
    pub fn pulled(&mut self, release: ReleaseId, answer: PullResp) -> Next {
        match answer {
            PullResp::Delta(Delta {
                to,
                changes,
                through,
                outcomes,
                ..
            }) => {
                self.epoch = Some(to.epoch);
                let news = self.settle(through, outcomes);
                self.advance(release, to, changes);
                Next::Go(news)
            }
            PullResp::Reset { restored, .. } => {
                self.start_over(restored.epoch);
                Next::PullAnew
            }
            PullResp::WrongUser => Next::WrongUser,
            PullResp::TooOld { .. } => Next::TooOld,
            PullResp::TooNew | PullResp::Behind { .. } | PullResp::Busy { .. } => Next::ServerTooOld,
        }
    }

    fn start_over(&mut self, epoch: Epoch) {
        self.epoch = Some(epoch);
        for base in self.bases.values_mut() {
            base.cursor = None;
        }
    }

    fn settle(&mut self, through: u64, outcomes: Vec<(u64, Outcome)>) -> Vec<Settled> {
        self.through = self.through.max(through);
        let mut news = Vec::new();
        for (seq, outcome) in outcomes {
            let id = OpId {
                client: self.client,
                seq,
            };
            self.known.outcomes.insert(id, outcome.clone());
            let queued = self
                .queue
                .iter_mut()
                .find(|q| q.op.id == id && q.outcome.is_none());
            if let Some(queued) = queued {
                queued.outcome = Some(outcome.clone());
                news.push((queued.op.clone(), outcome));
            }
        }
        // A refused op has no effect to wait for; neither has one whose release nobody looks at.
        let bases = &self.bases;
        self.queue.retain(|q| match &q.outcome {
            None => true,
            Some(Outcome::Rejected { .. }) => false,
            Some(_) => bases.contains_key(&q.op.release),
        });
        news
    }

    /// Takes changes up to `to`. An answer that was overtaken by a newer one changes nothing.
    fn advance(&mut self, release: ReleaseId, to: Cursor, changes: Vec<Change>) {
        let Some(base) = self.bases.get_mut(&release) else {
            return;
        };
        if base
            .cursor
            .is_some_and(|now| now.epoch == to.epoch && now.rev > to.rev)
        {
            return;
        }
        base.cursor = Some(to);
        for change in changes {
            match change {
                Change::Release { release: newer } if newer.id == release => base.release = Some(*newer),
                Change::Evict { id } if id == release => base.release = None,
                Change::Release { .. } | Change::Evict { .. } => {}
            }
        }
        self.queue.retain(|q| {
            let in_base = q
                .outcome
                .as_ref()
                .and_then(Outcome::rev)
                .is_some_and(|rev| rev <= to.rev);
            q.op.release != release || !in_base
        });
    }

    /// The release with the queue applied. A prediction that fails is noted and left out; it stops nothing.
    /// O(size of the release + queue).
    #[must_use]
    pub fn shown(&self, release: ReleaseId, actor: &Actor) -> Shown {
        let base = self.bases.get(&release);
        let own: Vec<&OpEnvelope> = self
            .queue
            .iter()
            .map(|q| &q.op)
            .filter(|op| op.release == release)
            .collect();
        let heard = base.is_some_and(|base| base.cursor.is_some());
        fold(
            base.and_then(|base| base.release.clone()),
            heard,
            &own,
            actor,
            &self.known,
        )
    }
}
