//! The machine: one thing after the other, each input to the effects it has.

mod readers;
mod server;
mod store;

use crate::grow::Arrange;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::input::{Act, Effect, Hint, Input, Now, Word};
use super::intent::{Intent, Pending};
use super::link::Link;
use super::view::View;
use crate::registry::{KnownRecord, RecordRef};
use crate::release::{CiFact, OpId, Rev};
use crate::sync::{OP_VERSION, OpEnvelope, Outcome, ReleaseOp, Stamp};
use crate::{CiKey, ClientId, Epoch, GestureId, ReleaseId, UserId};

use server::Talk;
use store::Desk;

/// The client of one tab. See [`super`].
#[derive(Debug)]
pub struct Machine {
    user: UserId,
    build: String,
    /// The store as last read or written; `None` before that.
    view: Option<View>,
    desk: Desk,
    talk: Talk,
    /// Outcomes that came and are not settled in the store yet, by `seq`.
    decided: BTreeMap<u64, Outcome>,
    /// Provisional ops of this tab and the identities they got.
    names: BTreeMap<OpId, OpId>,
    next_name: u64,
    /// Releases that the server has said something of, since this tab began.
    heard: BTreeSet<ReleaseId>,
    /// Releases on the screen of this tab.
    open: BTreeSet<ReleaseId>,
    learned: BTreeMap<CiKey, CiFact>,
    records: BTreeMap<RecordRef, KnownRecord>,
    changed: bool,
}

impl Machine {
    /// The client of a tab of `user`, over the store of that user; `build` names the app in the server's log.
    #[must_use]
    pub fn new(user: UserId, build: impl Into<String>) -> Self {
        Self {
            user,
            build: build.into(),
            view: None,
            desk: Desk::default(),
            talk: Talk::default(),
            decided: BTreeMap::new(),
            names: BTreeMap::new(),
            next_name: 1,
            heard: BTreeSet::new(),
            open: BTreeSet::new(),
            learned: BTreeMap::new(),
            records: BTreeMap::new(),
            changed: false,
        }
    }

    /// What to do first; before any input.
    pub fn start(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.go_on(now, &mut effects);
        effects
    }

    /// Takes an input. O(what it changes), but for a checkpoint, which is O(releases held), and what is to be sent,
    /// which is O(ops that wait).
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        let link = self.link().clone();
        match input {
            Input::Loaded {
                generation,
                rows,
                fresh,
            } => self.loaded(generation, &rows, fresh),
            Input::Unchanged => self.desk.loading = None,
            Input::NotLoaded(fault) => self.not_loaded(now, fault),
            Input::Committed(id) => self.committed(id, &mut effects),
            Input::NotCommitted(id, fault) => self.not_committed(now, id, fault),
            Input::Told(Word::Wrote(tx)) => self.overheard(tx),
            Input::Told(Word::Link(link)) => self.told_link(link),
            Input::Act(act) => self.act(act),
            Input::Leading(leading) => self.lead(leading),
            Input::Answered(id, answer) => self.answered(now, id, answer),
            Input::Poke(rev) => self.poked(rev),
            Input::Hint(hint) => self.hinted(now, hint, &mut effects),
            Input::Tick => self.rang(now, &mut effects),
            Input::SignedIn(user) => self.signed_in(now, user),
            Input::Open(release) => {
                self.open.insert(release);
                let on_screen = self.open.iter().copied().collect();
                self.desk.want(Intent::Opened(release, on_screen));
            }
            Input::Close(release) => {
                self.open.remove(&release);
            }
            Input::Pin(place) => self.desk.want(Intent::Pin(place, true)),
            Input::Unpin(place) => self.desk.want(Intent::Pin(place, false)),
            Input::Dismiss(cards) => self.desk.want(Intent::Dismiss(cards)),
            Input::Discard(ops) => self.desk.want(Intent::Discard(ops)),
            Input::Retry { card, gesture, made } => self.retry(card, gesture, made),
            Input::DismissRestored => self.desk.want(Intent::DismissRestored),
            Input::Typing { field, text } => self.desk.want(Intent::Typing(field, text)),
        }
        self.go_on(now, &mut effects);
        if *self.link() != link {
            self.changed = true;
            if self.talk.leading {
                effects.push(Effect::Tell(Word::Link(self.link().clone())));
            }
        }
        if std::mem::take(&mut self.changed) {
            effects.push(Effect::Changed);
        }
        effects
    }

    /// Whatever can be begun, is.
    fn go_on(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.write_or_read(now, effects);
        self.send(now, effects);
        self.arm(now, effects);
    }

    fn act(&mut self, act: Act) {
        let base = self.view.as_ref().and_then(|view| view.sync.base);
        let Act {
            release,
            gesture,
            made,
            ops,
            typed,
        } = act;
        let envelopes = ops
            .into_iter()
            .map(|op| {
                let (epoch, rev) = (base.map(|base| base.epoch), base.map(|base| base.rev));
                self.envelope(release, gesture, made, epoch, rev, op)
            })
            .collect();
        self.queue(envelopes, typed, Vec::new());
    }

    fn envelope(
        &mut self,
        release: ReleaseId,
        gesture: GestureId,
        made: Stamp,
        epoch: Option<Epoch>,
        base_rev: Option<Rev>,
        mut op: ReleaseOp,
    ) -> OpEnvelope {
        op.rename_ops(|named| self.names.get(&named).copied().unwrap_or(named));
        OpEnvelope {
            id: self.provisional(),
            v: OP_VERSION,
            author: self.user,
            made,
            release,
            base_rev: base_rev.unwrap_or_default(),
            epoch,
            gesture,
            op,
        }
    }

    /// A name for an op until it is numbered. No store has this client.
    fn provisional(&mut self) -> OpId {
        let seq = self.next_name;
        self.next_name += 1;
        OpId {
            client: ClientId(ulid::Ulid::nil()),
            seq,
        }
    }

    fn queue(&mut self, ops: Vec<OpEnvelope>, typed: Vec<String>, redone: Vec<OpId>) {
        let pending = Pending { ops, typed, redone };
        self.desk.want(Intent::Act(Box::new(pending)));
        self.changed = true;
    }

    /// Does again what was refused, as one new gesture: what depended on the root comes after it, resting on the new
    /// ops instead of the refused ones.
    fn retry(&mut self, card: OpId, gesture: GestureId, made: Stamp) {
        let cards = self.cards();
        let Some(group) = cards.into_iter().find(|group| group.id == card) else {
            return;
        };
        let mut again: Vec<(OpId, OpEnvelope)> = vec![(group.id, group.root.op.clone())];
        again.extend(group.dependents.iter().map(|(id, card)| (*id, card.op.clone())));
        again.arrange_by_key(|(id, _)| id.seq);
        let mut renewed = BTreeMap::new();
        let mut ops = Vec::new();
        for (id, mut old) in again {
            old.op
                .rename_ops(|named| renewed.get(&named).copied().unwrap_or(named));
            let op = self.envelope(old.release, gesture, made, old.epoch, Some(old.base_rev), old.op);
            renewed.insert(id, op.id);
            ops.push(op);
        }
        self.queue(ops, Vec::new(), renewed.into_keys().collect());
    }

    fn hinted(&mut self, now: Now, hint: Hint, effects: &mut Vec<Effect>) {
        match hint {
            Hint::Offline => self.talk.connection.lost(now),
            Hint::Online => self.talk.take_heart(now),
            Hint::Visible | Hint::Focus => {
                self.talk.take_heart(now);
                self.look_at_store(now, effects);
            }
            Hint::UserAsked => {
                self.talk.take_heart(now);
                self.talk.wake_lanes();
                self.desk.rest = 0;
                self.look_at_store(now, effects);
            }
        }
    }

    fn rang(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.talk.armed = None;
        self.talk.connection.nudge(now);
        self.talk.wants_pull = true;
        self.look_at_store(now, effects);
    }

    /// What the connection is like.
    fn link(&self) -> &Link {
        self.talk.link()
    }
}
