//! Between the machine and its store: one transaction at a time, decided anew when another tab was faster.

use chrono::TimeDelta;

use super::*;
use crate::sync::client::Place;
use crate::sync::client::input::TxId;
use crate::sync::client::intent::{Circumstances, Decision, decide};
use crate::sync::client::rows::Place as RowPlace;
use crate::sync::store::{Generation, Row, StoreFault, Tx, Write};

/// Most gestures in one transaction.
const MOST_TOGETHER: usize = 1_000;
/// First pause after the store failed, in milliseconds; it doubles up to a minute.
const FIRST_REST: u64 = 1_000;
/// A read that took so long is begun again.
const LONG_READ: u64 = 10_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub inbox: VecDeque<Intent>,
    pub flying: Option<Flying>,
    /// Since when the store is being read.
    pub loading: Option<u64>,
    /// What other tabs wrote while it was.
    missed: Vec<Tx>,
    /// The store has moved on in a way that only reading it tells.
    reload: bool,
    /// Why the store took nothing the last time.
    pub trouble: Option<StoreFault>,
    failures: u32,
    /// The store is left alone until then.
    pub rest: u64,
    next_tx: u64,
}

/// A transaction on its way to the store.
#[derive(Debug)]
pub(super) struct Flying {
    id: TxId,
    tx: Tx,
    pub intents: Vec<Intent>,
    names: BTreeMap<OpId, OpId>,
}

impl Desk {
    pub fn want(&mut self, intent: Intent) {
        self.inbox.push_back(intent);
    }

    /// Everything that is to be written, in order.
    pub fn wanted(&self) -> impl Iterator<Item = &Intent> {
        self.flying
            .iter()
            .flat_map(|flying| &flying.intents)
            .chain(&self.inbox)
    }

    /// When to look at the store again.
    pub fn due(&self) -> Option<u64> {
        let read = self.loading.map(|since| since + LONG_READ);
        read.or((!self.inbox.is_empty() || self.reload).then_some(self.rest))
    }

    fn back_off(&mut self, now: Now) {
        self.rest = now.mono + (FIRST_REST << self.failures.min(6)).min(60_000);
        self.failures += 1;
    }

    fn put_back(&mut self, intents: Vec<Intent>) {
        for intent in intents.into_iter().rev() {
            self.inbox.push_front(intent);
        }
    }
}

impl Machine {
    /// Is this store one that this machine may write to?
    pub(super) fn is_ours(&self) -> bool {
        self.view.as_ref().is_some_and(|view| {
            view.unreadable.is_empty() && view.store.is_none_or(|mark| mark.user == self.user)
        })
    }

    /// Begins the next transaction, or reads the store if it is not known.
    pub(super) fn write_or_read(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let desk = &mut self.desk;
        if desk.loading.is_some_and(|since| since + LONG_READ <= now.mono) {
            desk.loading = None;
        }
        if desk.loading.is_some() || desk.flying.is_some() || desk.rest > now.mono {
            return;
        }
        if self.view.is_none() || desk.reload {
            desk.reload = false;
            desk.loading = Some(now.mono);
            effects.push(Effect::Load { unless: None });
            return;
        }
        if !self.is_ours() {
            return;
        }
        while self.desk.flying.is_none() && !self.desk.inbox.is_empty() {
            self.begin_next(now, effects);
        }
    }

    fn begin_next(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(view) = &self.view else { return };
        let desk = &mut self.desk;
        let gestures = desk
            .inbox
            .iter()
            .take_while(|intent| matches!(intent, Intent::Act(_)));
        let together = gestures.count().clamp(1, MOST_TOGETHER);
        let intents: Vec<Intent> = desk.inbox.drain(..together).collect();
        let with = Circumstances {
            user: self.user,
            now: now.wall,
            decided: &self.decided,
            names: &self.names,
            tight: desk.trouble == Some(StoreFault::Quota),
        };
        let decision = decide(view, &intents, &with);
        let durability = decision.durability();
        let Decision {
            writes,
            names,
            overtaken,
            ..
        } = decision;
        self.talk.wants_pull |= overtaken;
        if writes.is_empty() {
            return;
        }
        let id = TxId(desk.next_tx);
        desk.next_tx += 1;
        let tx = Tx {
            on: view.generation,
            durability,
            writes,
        };
        effects.push(Effect::Commit { id, tx: tx.clone() });
        desk.flying = Some(Flying {
            id,
            tx,
            intents,
            names,
        });
    }

    /// Reads the store again, if another tab has written and the word of it was lost.
    pub(super) fn look_at_store(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(view) = &self.view else { return };
        if self.desk.loading.is_none() && self.desk.flying.is_none() {
            self.desk.loading = Some(now.mono);
            effects.push(Effect::Load {
                unless: Some(view.generation),
            });
        }
    }

    pub(super) fn loaded(&mut self, generation: Generation, rows: &[Row], fresh: ClientId) {
        self.desk.loading = None;
        let mut view = View::load(generation, rows);
        for tx in std::mem::take(&mut self.desk.missed) {
            if view.fits(&tx) {
                view.apply(&tx);
            }
        }
        let before = self.view.replace(view);
        let of = |view: Option<&View>| view.map(|view| (view.store.map(|mark| mark.client), view.sync.epoch));
        let is_other = of(before.as_ref()) != of(self.view.as_ref());
        let is_new = self
            .view
            .as_ref()
            .is_some_and(|view| view.store.is_none() && view.unreadable.is_empty());
        if is_new {
            if let Some(lost) = before.filter(|view| view.store.is_some() && self.talk.leading) {
                self.rescue(lost);
            }
            self.desk.inbox.push_front(Intent::Begin(fresh));
        }
        if is_other {
            // What the server said was about another store, or of another life of its database.
            self.decided.clear();
            self.heard.clear();
            self.seeds.clear();
            self.talk.drop_flights();
        }
        self.forget_settled();
        self.talk.wants_pull = true;
        self.changed = true;
    }

    /// The store was deleted under a living tab, which still knows what was in it. Only the leader puts it back: each
    /// thing once.
    fn rescue(&mut self, lost: View) {
        let delivered = |seq: &u64| {
            self.decided
                .get(seq)
                .is_some_and(|outcome| outcome.rev().is_some())
        };
        let waiting = lost
            .outbox
            .iter()
            .filter(|(seq, queued)| !delivered(seq) && !queued.taken_back);
        let ops: Vec<OpEnvelope> = waiting.filter_map(|(_, queued)| queued.op.clone()).collect();
        let mut intents: Vec<Intent> = Vec::new();
        for gesture in ops.chunk_by(|a, b| a.gesture == b.gesture) {
            let seed = gesture.first().and_then(|op| lost.seeds.get(&op.release));
            intents.push(Intent::Act(Box::new(Pending {
                seed: seed.cloned().map(Box::new),
                ops: gesture.to_vec(),
                typed: Vec::new(),
                redone: Vec::new(),
            })));
        }
        if !lost.cards.is_empty() {
            intents.push(Intent::Rescue(lost.cards.into_iter().collect()));
        }
        let typing = lost.drafts.into_iter();
        intents.extend(typing.map(|(field, text)| Intent::Typing(field, Some(text))));
        let pinned = lost.follow.iter().filter(|(_, mark)| mark.pinned);
        intents.extend(pinned.map(|(id, _)| Intent::Pin(Place::Release(*id), true)));
        let sites = lost.sites.into_iter();
        intents.extend(sites.map(|site| Intent::Pin(Place::Site(site), true)));
        self.desk.put_back(intents);
    }

    pub(super) fn not_loaded(&mut self, now: Now, fault: StoreFault) {
        self.desk.loading = None;
        self.desk.trouble = Some(fault);
        self.desk.back_off(now);
        self.changed = true;
    }

    pub(super) fn committed(&mut self, id: TxId, effects: &mut Vec<Effect>) {
        let Some(flying) = self.desk.flying.take_if(|flying| flying.id == id) else {
            return;
        };
        self.names.extend(flying.names);
        for intent in flying.intents {
            if let Intent::Advance(checkpoint) = intent {
                self.heard.extend(checkpoint.changes.into_keys());
            }
        }
        self.take_over(&flying.tx);
        (self.desk.trouble, self.desk.failures) = (None, 0);
        effects.push(Effect::Tell(Word::Wrote(flying.tx)));
    }

    pub(super) fn not_committed(&mut self, now: Now, id: TxId, fault: StoreFault) {
        let Some(flying) = self.desk.flying.take_if(|flying| flying.id == id) else {
            return;
        };
        let stale = fault == StoreFault::Stale;
        let kept = if stale || fault == StoreFault::Gone {
            flying.intents
        } else {
            // What the server can say again makes way for what only this device has.
            flying.intents.into_iter().filter(Intent::is_personal).collect()
        };
        self.desk.put_back(kept);
        if stale {
            // Unless the other tab has told what it wrote, its writing must be read.
            self.desk.reload = self.view.as_ref().is_some_and(|view| view.fits(&flying.tx));
            return;
        }
        self.desk.reload = fault == StoreFault::Gone;
        if !self.desk.reload {
            self.desk.back_off(now);
        }
        self.desk.trouble = Some(fault);
        self.changed = true;
    }

    /// Another tab has written.
    pub(super) fn overheard(&mut self, tx: Tx) {
        let Some(view) = &self.view else { return };
        if self.desk.loading.is_some() {
            self.desk.missed.push(tx);
        } else if view.fits(&tx) {
            self.take_over(&tx);
        } else if tx.on > view.generation {
            self.desk.reload = true;
        }
    }

    fn take_over(&mut self, tx: &Tx) {
        let Some(view) = &mut self.view else { return };
        let before = view.sync;
        view.apply(tx);
        // Something to follow that nothing is known of yet.
        let unknown = |write: &Write| matches!(write, Write::Put(row) if asks_for_unknown(row, view));
        self.talk.wants_pull |= tx.writes.iter().any(unknown);
        if before.contact != view.sync.contact && !self.talk.leading {
            // The leader knows exactly what it heard; the others assume it of what was there when it asked.
            let asked = |opened| {
                view.sync
                    .contact
                    .is_some_and(|contact| contact - opened > TimeDelta::seconds(2))
            };
            let follow = view.follow.iter().filter(|(_, mark)| asked(mark.opened));
            self.heard.extend(follow.map(|(id, _)| *id));
        }
        if before.epoch.is_some() && before.epoch != view.sync.epoch {
            // What the server said belongs to another life of its database.
            self.decided.clear();
            self.heard.clear();
            self.seeds.clear();
            self.talk.drop_flights();
            self.talk.wants_pull = true;
        }
        self.forget_settled();
        self.changed = true;
    }

    fn forget_settled(&mut self) {
        if let Some(view) = &self.view {
            self.decided.retain(|seq, _| view.outbox.contains_key(seq));
            self.seeds
                .retain(|id, _| !view.base.contains_key(id) && !self.heard.contains(id));
        }
    }
}

/// A row that asks for a release of which nothing is held.
fn asks_for_unknown(row: &Row, view: &View) -> bool {
    match RowPlace::of(row.table, &row.key) {
        Some(RowPlace::Follow(id)) => !view.base.contains_key(&id),
        Some(RowPlace::Packed) => view.of_sites().any(|id| !view.base.contains_key(&id)),
        _ => false,
    }
}
