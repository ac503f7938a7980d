//! A device: a browser profile with stores, tabs, and one session at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::store::MemoryStore;
use crate::release::OpId;
use crate::sync::OpEnvelope;
use crate::sync::client::Machine;
use crate::{ClientId, GestureId, ReleaseId, UserId};

/// One tab. The driver of its machine is the world.
#[derive(Debug)]
pub(super) struct Tab {
    /// Names this tab among all that ever were: late events of a dead one find nobody.
    pub life: u64,
    pub machine: Machine,
    /// When it was opened; its monotonic clock begins there.
    pub born: u64,
    /// Only the last timer asked for rings.
    pub timer: u64,
    /// Which store its connection is to.
    pub incarnation: u64,
    /// The person whose app it shows.
    pub person: usize,
    /// Releases made here, which nothing else knows of yet.
    pub made: Vec<ReleaseId>,
}

/// One device.
#[derive(Debug, Default)]
pub(super) struct Device {
    /// Who is signed in: whose cookie every request carries.
    pub session: Option<usize>,
    /// One store for each person who used it.
    pub stores: BTreeMap<usize, MemoryStore>,
    pub tabs: [Option<Tab>; 2],
    pub online: bool,
    /// It has not been updated: it speaks the first protocol.
    pub old_build: bool,
    /// How far its clock is off, in milliseconds.
    pub clock: i64,
    /// The lock of each person's store: which tab sends.
    pub leaders: BTreeMap<usize, u64>,
}

/// What must not get lost: every op that a store took, and what its author did with its outcome.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub ops: BTreeMap<OpId, OpEnvelope>,
    /// How many gestures were made.
    pub made: u64,
    /// Gestures that no store has taken yet, with the life of the tab in which they were made.
    pub unsaved: BTreeMap<GestureId, u64>,
    /// How many gestures died with their tab before a store took them.
    pub died: u64,
    /// Ops that were in a store when the browser deleted it. A living tab puts their gestures back under new names.
    pub wiped: BTreeMap<OpId, GestureId>,
    /// Cards that were dismissed or done again.
    pub seen: BTreeSet<OpId>,
    /// Ops that their author took back.
    pub taken_back: BTreeSet<OpId>,
    /// Every text that somebody entered.
    pub texts: BTreeSet<String>,
}

impl Ledger {
    /// Somebody made a gesture in a tab.
    pub fn make(&mut self, gesture: GestureId, life: u64) {
        self.made += 1;
        self.unsaved.insert(gesture, life);
    }

    /// A store took an op.
    pub fn keep(&mut self, op: OpEnvelope) {
        self.unsaved.remove(&op.gesture);
        self.wiped.retain(|_, gesture| *gesture != op.gesture);
        self.ops.insert(op.id, op);
    }

    /// A tab is gone, and with it what only its memory held.
    pub fn bury(&mut self, life: u64) {
        let before = self.unsaved.len();
        self.unsaved.retain(|_, of| *of != life);
        self.died += (before - self.unsaved.len()) as u64;
    }

    /// The browser deleted the store of a client.
    pub fn wipe(&mut self, client: ClientId) {
        let ops = std::mem::take(&mut self.ops);
        let (gone, kept) = ops.into_iter().partition(|(id, _)| id.client == client);
        self.ops = kept;
        let gone: BTreeMap<OpId, OpEnvelope> = gone;
        self.wiped
            .extend(gone.into_iter().map(|(id, op)| (id, op.gesture)));
    }
}

/// Where an event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub device: usize,
    pub tab: usize,
    pub life: u64,
}

/// Somebody who works with the product.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub user: UserId,
    pub actor: crate::access::Actor,
}
