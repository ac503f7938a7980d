//! What becomes one transaction: each intent, decided on the store as it is, to the rows it changes.
//!
//! An intent is decided when its turn comes and decided anew if another tab was faster, so nothing here remembers
//! what the store looked like before.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::input::Place;
use super::pull::Checkpoint;
use super::rows::{
    Card, FollowMark, PACKAGE, Packed, Queued, RESTORED, RULEBOOK, RestoredMark, STORE, SYNC, Shelved,
    StoreMark, SyncMark, card_key, delete, follow_key, put, seed_key, seq_key, site_key,
};
use super::view::View;
use crate::release::{OpId, Release, Rev};
use crate::sync::store::{Durability, Table, Write};
use crate::sync::{MAX_SITES, OpEnvelope, Outcome, Restored};
use crate::{ClientId, ReleaseId, UserId};

/// Releases that were opened and not pinned are kept up to this many, the last opened ones.
const KEEP_OPENED: usize = 50;
/// How long an op stays on the shelf although no backup has it yet.
const SHELF_DAYS: i64 = 30;
/// Most bytes of ops on the shelf.
const SHELF_BYTES: usize = 20_000_000;

/// Ops of one gesture under provisional identities; numbered when they are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pending {
    pub ops: Vec<OpEnvelope>,
    /// Drafts that are in the ops now.
    pub typed: Vec<String>,
    /// Cards that are done again by them.
    pub redone: Vec<OpId>,
    /// The release as its author saw it, where no pull has brought it yet: it is kept with the ops.
    pub seed: Option<Box<Release>>,
}

/// Something to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Intent {
    /// Give an empty store its identity.
    Begin(ClientId),
    /// Queue a gesture.
    Act(Box<Pending>),
    /// Move ops whose outcome is known out of the outbox.
    Settle,
    /// Take over what a pull brought.
    Advance(Box<Checkpoint>),
    /// The database was restored, or misses ops: hand in again what it does not have.
    Restart(Restored),
    /// Follow what was opened; the releases on the screen are not dropped for it.
    Opened(ReleaseId, Vec<ReleaseId>),
    Pin(Place, bool),
    Dismiss(Vec<OpId>),
    DismissRestored,
    Discard(Vec<OpId>),
    Typing(String, Option<String>),
    Pack(Box<Packed>),
    /// Put cards of a store that was lost into the new one.
    Rescue(Vec<(OpId, Card)>),
}

impl Intent {
    /// Something a person did, as opposed to what the server can say again.
    pub fn is_personal(&self) -> bool {
        !matches!(self, Self::Settle | Self::Advance(_) | Self::Pack(_))
    }
}

/// What decisions rest on beside the store.
pub(super) struct Circumstances<'a> {
    pub user: UserId,
    pub now: DateTime<Utc>,
    /// Outcomes that came and are not settled yet, by `seq`; of the life in [`SyncMark::epoch`].
    pub decided: &'a BTreeMap<u64, Outcome>,
    /// Names that provisional ops of this tab got before.
    pub names: &'a BTreeMap<OpId, OpId>,
    /// There is no room: what can be fetched again makes place.
    pub tight: bool,
}

/// A transaction in the making.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub writes: Vec<Write>,
    pub strict: bool,
    /// Another tab was faster: what the pull brought is of no use.
    pub overtaken: bool,
    /// Provisional ops and the identities they get.
    pub names: BTreeMap<OpId, OpId>,
}

impl Decision {
    pub fn durability(&self) -> Durability {
        if self.strict {
            Durability::Strict
        } else {
            Durability::Relaxed
        }
    }
}

/// Decides intents together. Several gestures may be; anything else stands alone.
pub(super) fn decide(view: &View, intents: &[Intent], with: &Circumstances<'_>) -> Decision {
    let mut made = Decision::default();
    match intents {
        [] => {}
        [Intent::Act(_), ..] => queue(view, intents, with, &mut made),
        [one, ..] => decide_one(view, one, with, &mut made),
    }
    made
}

fn decide_one(view: &View, intent: &Intent, with: &Circumstances<'_>, made: &mut Decision) {
    let writes = &mut made.writes;
    made.strict = !matches!(intent, Intent::Opened(..) | Intent::Pack(_));
    match intent {
        Intent::Act(_) => {}
        Intent::Begin(client) => {
            if view.store.is_none() {
                let mark = StoreMark {
                    client: *client,
                    user: with.user,
                    next_seq: 1,
                };
                writes.push(put(Table::Meta, STORE, &mark));
            }
        }
        Intent::Settle => {
            let base = view.base_rev();
            settle(view, base, &|id| !view.seeds.contains_key(&id), with, writes);
        }
        Intent::Advance(checkpoint) => advance(view, checkpoint, with, made),
        Intent::Restart(restored) => restart(view, *restored, with, writes),
        Intent::Opened(release, on_screen) => opened(view, *release, on_screen, with.now, writes),
        Intent::Pin(Place::Release(release), pinned) => pin(view, *release, *pinned, with.now, writes),
        Intent::Pin(Place::Site(site), true) => {
            if view.sites.len() < MAX_SITES {
                writes.push(put(Table::Meta, site_key(site), &true));
            }
        }
        Intent::Pin(Place::Site(site), false) => {
            if view.sites.contains(site) {
                writes.push(delete(Table::Meta, site_key(site)));
            }
        }
        Intent::Dismiss(cards) => {
            let seen = cards.iter().filter(|id| view.cards.contains_key(id));
            writes.extend(seen.map(|id| delete(Table::Outcomes, card_key(*id))));
        }
        Intent::DismissRestored => {
            if view.restored.is_some() {
                writes.push(delete(Table::Meta, RESTORED));
            }
        }
        Intent::Discard(ops) => discard(view, ops, writes),
        Intent::Typing(field, text) => match text {
            Some(text) if view.drafts.get(field) != Some(text) => {
                writes.push(put(Table::Drafts, field, text));
            }
            None if view.drafts.contains_key(field) => writes.push(delete(Table::Drafts, field)),
            _ => {}
        },
        Intent::Pack(packed) => writes.push(put(Table::Package, PACKAGE, packed)),
        Intent::Rescue(cards) => {
            writes.extend(
                cards
                    .iter()
                    .map(|(id, card)| put(Table::Outcomes, card_key(*id), card)),
            );
        }
    }
}

/// Numbers and queues gestures.
fn queue(view: &View, intents: &[Intent], with: &Circumstances<'_>, made: &mut Decision) {
    let Some(mut mark) = view.store else { return };
    made.strict = true;
    if with.tight && view.packed.is_some() {
        made.writes.push(Write::Clear(Table::Package));
    }
    for intent in intents {
        let Intent::Act(pending) = intent else { continue };
        for op in &pending.ops {
            let id = OpId {
                client: mark.client,
                seq: mark.next_seq,
            };
            mark.next_seq += 1;
            made.names.insert(op.id, id);
            let mut op = op.clone();
            op.id = id;
            op.op.rename_ops(|named| {
                let known = made.names.get(&named).or_else(|| with.names.get(&named));
                known.copied().unwrap_or(named)
            });
            let queued = Queued {
                op: Some(op),
                taken_back: false,
                again: false,
            };
            made.writes.push(put(Table::Outbox, seq_key(id.seq), &queued));
        }
        if let Some(seed) = &pending.seed
            && !view.base.contains_key(&seed.id)
            && !view.seeds.contains_key(&seed.id)
        {
            made.writes.push(put(Table::Base, seed_key(seed.id), seed));
        }
        let typed = pending
            .typed
            .iter()
            .filter(|field| view.drafts.contains_key(*field));
        made.writes
            .extend(typed.map(|field| delete(Table::Drafts, field)));
        let redone = pending.redone.iter();
        made.writes
            .extend(redone.map(|id| delete(Table::Outcomes, card_key(*id))));
    }
    made.writes.push(put(Table::Meta, STORE, &mark));
}

/// An op leaves the outbox in the transaction that stores what became of it, and not before the base has its effect:
/// a base of another revision has nothing of a release that was not pulled yet.
fn settle(
    view: &View,
    base: Option<Rev>,
    pulled: &dyn Fn(ReleaseId) -> bool,
    with: &Circumstances<'_>,
    writes: &mut Vec<Write>,
) {
    let Some(mark) = view.store else { return };
    for (seq, queued) in &view.outbox {
        let Some(outcome) = with.decided.get(seq) else {
            continue;
        };
        let there = |rev| base.is_some_and(|base| base >= rev);
        let in_base = queued.op.as_ref().is_none_or(|op| pulled(op.release));
        if outcome.rev().is_some_and(|rev| !there(rev) || !in_base) {
            continue;
        }
        let id = OpId {
            client: mark.client,
            seq: *seq,
        };
        writes.push(delete(Table::Outbox, seq_key(*seq)));
        let shelved = Shelved {
            op: queued.op.clone().filter(|_| outcome.rev().is_some()),
            rev: outcome.rev(),
            at: with.now,
        };
        writes.push(put(Table::Shelf, seq_key(*seq), &shelved));
        let given_up = queued.taken_back && outcome.rev().is_none();
        match &queued.op {
            Some(op) if !given_up && !matches!(outcome, Outcome::Applied { .. }) => {
                let card = Card {
                    op: op.clone(),
                    outcome: outcome.clone(),
                    at: with.now,
                    again: queued.again,
                };
                writes.push(put(Table::Outcomes, card_key(id), &card));
            }
            // Sent again and simply done: what was said of it before is no longer so.
            Some(_) if queued.again && view.cards.contains_key(&id) => {
                writes.push(delete(Table::Outcomes, card_key(id)));
            }
            _ => {}
        }
    }
}

/// Base, cursor and the ops whose effect is in the base now: together or not at all.
fn advance(view: &View, checkpoint: &Checkpoint, with: &Circumstances<'_>, made: &mut Decision) {
    if view.sync.base != checkpoint.from || view.sync.epoch.is_some_and(|known| known != checkpoint.to.epoch)
    {
        made.overtaken = true;
        return;
    }
    let writes = &mut made.writes;
    for (id, release) in &checkpoint.changes {
        match release {
            Some(release) => writes.push(put(Table::Base, id.to_string(), release)),
            None if view.base.contains_key(id) => writes.push(delete(Table::Base, id.to_string())),
            None => {}
        }
    }
    if checkpoint.whole {
        let stale = view.base.keys().filter(|id| !checkpoint.holds.contains_key(id));
        let unsaid = stale.filter(|id| !checkpoint.changes.contains_key(id));
        writes.extend(unsaid.map(|id| delete(Table::Base, id.to_string())));
    }
    if let Some(rulebook) = &checkpoint.rulebook {
        writes.push(put(Table::Base, RULEBOOK, rulebook));
    }
    let said = |id: &ReleaseId| checkpoint.changes.contains_key(id) || checkpoint.holds.contains_key(id);
    let waits = |id: &ReleaseId| {
        let mut queued = view.outbox.values().filter_map(|queued| queued.op.as_ref());
        queued.any(|op| op.release == *id)
    };
    let done = view.seeds.keys().filter(|id| said(id) || !waits(id));
    writes.extend(done.map(|id| delete(Table::Base, seed_key(*id))));
    let mark = SyncMark {
        epoch: Some(checkpoint.to.epoch),
        base: Some(checkpoint.to),
        durable_rev: checkpoint.durable_rev,
        contact: Some(with.now),
        skew_ms: checkpoint.skew_ms,
    };
    let before = writes.len();
    let pulled = |id| said(&id) || !view.seeds.contains_key(&id);
    settle(view, Some(checkpoint.to.rev), &pulled, with, writes);
    made.strict = writes.len() > before;
    prune_shelf(view, checkpoint.durable_rev, with.now, writes);
    let news = !writes.is_empty() || mark.base != view.sync.base || mark.durable_rev != view.sync.durable_rev;
    // When the server was last heard of is worth a write a minute, not more.
    let stale = |contact: DateTime<Utc>| (with.now - contact).num_seconds() >= 60;
    if news || view.sync.contact.is_none_or(stale) {
        writes.push(put(Table::Meta, SYNC, &mark));
    }
}

/// Forgets the oldest ops of the shelf that every backup has, or that are too old or too many to keep. Always from
/// the front: what is kept stays without gaps.
fn prune_shelf(view: &View, durable: Rev, now: DateTime<Utc>, writes: &mut Vec<Write>) {
    let mut bytes: usize = view.shelf.values().map(shelf_bytes).sum();
    for (seq, shelved) in &view.shelf {
        let safe = shelved.rev.is_none_or(|rev| rev <= durable);
        let old = now - shelved.at > TimeDelta::days(SHELF_DAYS);
        if !safe && !old && bytes <= SHELF_BYTES {
            break;
        }
        bytes = bytes.saturating_sub(shelf_bytes(shelved));
        writes.push(delete(Table::Shelf, seq_key(*seq)));
    }
}

/// About the size of the row. Exact sizes would mean to write every row again.
fn shelf_bytes(shelved: &Shelved) -> usize {
    use crate::sync::ReleaseOp::{EditText, SetField};
    let texts = match shelved.op.as_ref().map(|op| &op.op) {
        Some(EditText { base_text, text, .. }) => base_text.len() + text.len(),
        Some(SetField { from, to, .. }) => from.as_text().len() + to.as_text().len(),
        _ => 0,
    };
    texts + 400
}

/// The server knows own ops up to `through` only: what came after goes back into the outbox, before what waits.
fn restart(view: &View, restored: Restored, with: &Circumstances<'_>, writes: &mut Vec<Write>) {
    let Some(store) = view.store else { return };
    let (mut again, mut lost) = (0, 0);
    for seq in (restored.through + 1..store.next_seq).filter(|seq| !view.outbox.contains_key(seq)) {
        let shelved = view.shelf.get(&seq);
        let op = shelved.and_then(|shelved| shelved.op.clone());
        again += u64::from(op.is_some());
        lost += u64::from(shelved.is_none());
        let queued = Queued {
            taken_back: op.is_none(),
            op,
            again: true,
        };
        writes.push(put(Table::Outbox, seq_key(seq), &queued));
        if shelved.is_some() {
            writes.push(delete(Table::Shelf, seq_key(seq)));
        }
    }
    let new_life = view.sync.epoch != Some(restored.epoch);
    if new_life && view.sync.epoch.is_some() {
        let mark = RestoredMark {
            at: with.now,
            again: again + view.restored.map_or(0, |before| before.again),
            lost: lost + view.restored.map_or(0, |before| before.lost),
        };
        writes.push(put(Table::Meta, RESTORED, &mark));
    }
    if new_life {
        let mark = SyncMark {
            epoch: Some(restored.epoch),
            ..view.sync
        };
        writes.push(put(Table::Meta, SYNC, &mark));
    }
}

fn opened(
    view: &View,
    release: ReleaseId,
    on_screen: &[ReleaseId],
    now: DateTime<Utc>,
    writes: &mut Vec<Write>,
) {
    let pinned = view.follow.get(&release).is_some_and(|mark| mark.pinned);
    let mark = FollowMark { opened: now, pinned };
    writes.push(put(Table::Meta, follow_key(release), &mark));
    let mut others: Vec<(DateTime<Utc>, ReleaseId)> = view
        .follow
        .iter()
        .filter(|(id, mark)| **id != release && !mark.pinned && !on_screen.contains(id))
        .map(|(id, mark)| (mark.opened, *id))
        .collect();
    others.sort_unstable_by(|a, b| b.cmp(a));
    let dropped = others.into_iter().skip(KEEP_OPENED);
    writes.extend(dropped.map(|(_, id)| delete(Table::Meta, follow_key(id))));
}

fn pin(view: &View, release: ReleaseId, pinned: bool, now: DateTime<Utc>, writes: &mut Vec<Write>) {
    let before = view.follow.get(&release).copied();
    if before.is_some_and(|mark| mark.pinned) != pinned {
        let mark = FollowMark {
            opened: before.map_or(now, |mark| mark.opened),
            pinned,
        };
        writes.push(put(Table::Meta, follow_key(release), &mark));
    }
}

/// Marks whole gestures as taken back. Their content stays until the server has said that it never had them.
fn discard(view: &View, ops: &[OpId], writes: &mut Vec<Write>) {
    let Some(store) = view.store else { return };
    let named = |op: &OpEnvelope| ops.contains(&op.id);
    let gestures: Vec<_> = view
        .outbox
        .values()
        .filter_map(|queued| queued.op.as_ref())
        .filter(|op| named(op) && op.id.client == store.client)
        .map(|op| op.gesture)
        .collect();
    for (seq, queued) in &view.outbox {
        let belongs = queued
            .op
            .as_ref()
            .is_some_and(|op| gestures.contains(&op.gesture));
        if belongs && !queued.taken_back {
            let queued = Queued {
                taken_back: true,
                ..queued.clone()
            };
            writes.push(put(Table::Outbox, seq_key(*seq), &queued));
        }
    }
}
