//! Where each gesture is. Counted, not assumed: what somebody did is in a tab, on a device or with the server, or its
//! author gave it up, or it is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{card_of, client_of, row};
use super::store::MemoryStore;
use super::world::World;
use crate::release::OpId;
use crate::sync::client::{Queued, Shelved};
use crate::sync::store::Table;
use crate::{ClientId, GestureId};

impl World {
    /// Gestures that cannot be found anywhere, at this moment.
    pub(super) fn lost(&self) -> u64 {
        let stores: BTreeMap<ClientId, &MemoryStore> = self
            .devices
            .iter()
            .flat_map(|device| device.stores.values())
            .filter_map(|store| Some((client_of(store)?.client, store)))
            .collect();
        let untraced = self.ledger.ops.iter().filter(|(id, _)| {
            let store = stores.get(&id.client);
            !self.is_settled(**id) && !store.is_some_and(|store| is_kept(store, **id))
        });
        let mut lost: BTreeSet<GestureId> = untraced.map(|(_, op)| op.gesture).collect();
        let unsaved = self.ledger.unsaved.iter();
        lost.extend(
            unsaved
                .filter(|(gesture, life)| !self.is_in_tab(**gesture, **life))
                .map(|(gesture, _)| *gesture),
        );
        lost.len() as u64
    }

    /// Gestures that were in a store when the browser deleted it, and that nothing else had.
    pub(super) fn wiped(&self) -> u64 {
        let gone = self.ledger.wiped.iter().filter(|(id, _)| !self.is_settled(**id));
        gone.map(|(_, gesture)| *gesture).collect::<BTreeSet<_>>().len() as u64
    }

    /// The server has it, or its author has taken it back or has seen what became of it.
    fn is_settled(&self, id: OpId) -> bool {
        let taken = self
            .server
            .data
            .outcomes
            .get(&id)
            .is_some_and(|outcome| outcome.rev().is_some());
        taken || self.ledger.seen.contains(&id) || self.ledger.taken_back.contains(&id)
    }

    /// A living tab shows it as not saved.
    fn is_in_tab(&self, gesture: GestureId, life: u64) -> bool {
        let mut tabs = self
            .devices
            .iter()
            .flat_map(|device| device.tabs.iter().flatten());
        let tab = tabs.find(|tab| tab.life == life);
        tab.is_some_and(|tab| tab.machine.waiting().iter().any(|one| one.op.gesture == gesture))
    }
}

/// The device has its content: waiting, as a card, or on the shelf.
fn is_kept(store: &MemoryStore, id: OpId) -> bool {
    let key = format!("{:020}", id.seq);
    let queued = row::<Queued>(store, Table::Outbox, &key).is_some_and(|queued| queued.op.is_some());
    let shelved = row::<Shelved>(store, Table::Shelf, &key).is_some_and(|shelved| shelved.op.is_some());
    queued || shelved || card_of(store, id).is_some()
}
