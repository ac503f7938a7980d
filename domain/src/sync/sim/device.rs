//! A device: a browser profile with stores, tabs, and one session at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::store::MemoryStore;
use crate::release::OpId;
use crate::sync::OpEnvelope;
use crate::sync::client::Machine;
use crate::{ReleaseId, UserId};

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
    /// Cards that were dismissed or done again.
    pub seen: BTreeSet<OpId>,
    /// Ops that their author took back.
    pub taken_back: BTreeSet<OpId>,
    /// Every text that somebody entered.
    pub texts: BTreeSet<String>,
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
