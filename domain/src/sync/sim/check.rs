//! The invariants of offline-sync 2.6 that hold after each transaction of a device.

use super::store::MemoryStore;
use super::world::World;
use super::{Broken, hold};

use crate::release::{OpId, Release};
use crate::sync::client::{Card, Queued, Shelved, StoreMark, SyncMark};
use crate::sync::last_rev;
use crate::sync::store::{Table, Tx, Write};

pub(super) fn row<T: serde::de::DeserializeOwned>(store: &MemoryStore, table: Table, key: &str) -> Option<T> {
    serde_json::from_str(store.value(table, key)?).ok()
}

pub(super) fn client_of(store: &MemoryStore) -> Option<StoreMark> {
    row(store, Table::Meta, "store")
}

pub(super) fn card_of(store: &MemoryStore, id: OpId) -> Option<Card> {
    row(store, Table::Outcomes, &format!("{}.{:020}", id.client, id.seq))
}

impl World {
    /// After each transaction of a device.
    pub(super) fn check_write(
        &mut self,
        device: usize,
        person: usize,
        before: &MemoryStore,
        tx: &Tx,
    ) -> Result<(), Broken> {
        let Some(after) = self
            .devices
            .get(device)
            .and_then(|of| of.stores.get(&person))
            .cloned()
        else {
            return Ok(());
        };
        let Some(mark) = client_of(&after) else {
            return Ok(());
        };
        for write in &tx.writes {
            match write {
                Write::Put(put) if put.table == Table::Outbox => self.enter(&put.value)?,
                Write::Delete(Table::Outbox, key) => check_leaving(before, &after, mark, key)?,
                _ => {}
            }
        }
        let sync = |store: &MemoryStore| row::<SyncMark>(store, Table::Meta, "sync").unwrap_or_default();
        let (was, is) = (sync(before), sync(&after));
        if let (Some(was), Some(is)) = (was.base, is.base)
            && was.epoch == is.epoch
        {
            hold("I6", was.rev <= is.rev, || {
                format!(
                    "the cursor of device {device} fell from {} to {}",
                    was.rev, is.rev
                )
            })?;
        }
        if was.base != is.base {
            self.check_base(device, &after, is)?;
        }
        Ok(())
    }

    /// An op that a store has taken.
    fn enter(&mut self, json: &str) -> Result<(), Broken> {
        let Ok(Queued {
            op: Some(op),
            again: false,
            ..
        }) = serde_json::from_str(json)
        else {
            return Ok(());
        };
        let same = self.ledger.ops.get(&op.id).is_none_or(|known| *known == op);
        hold("I3", same, || format!("two ops are named {}", op.id))?;
        self.ledger.keep(op);
        Ok(())
    }

    /// I6: the base is what the server had at the cursor.
    fn check_base(&self, device: usize, store: &MemoryStore, sync: SyncMark) -> Result<(), Broken> {
        let Some(base) = sync.base.filter(|base| !self.forked.contains(&base.epoch)) else {
            return Ok(());
        };
        // A seed is of no checkpoint.
        for (_, json) in store
            .table(Table::Base)
            .filter(|(key, _)| !key.starts_with("seed/"))
        {
            let Ok(held) = serde_json::from_str::<Release>(json) else {
                continue;
            };
            let Some(states) = self.server.history.get(&(base.epoch, held.id)) else {
                continue;
            };
            let until = base.rev.max(last_rev(&held));
            let state = states.iter().rev().find(|(rev, _)| *rev <= until);
            let same = state.is_some_and(|(_, state)| *state == held);
            hold("I6", same, || {
                let (id, rev, at) = (held.id, last_rev(&held), base.rev);
                format!("device {device} holds {id} of revision {rev} at {at}, the server had another")
            })?;
        }
        Ok(())
    }
}

/// I3: an op leaves the outbox only together with what became of it.
fn check_leaving(
    before: &MemoryStore,
    after: &MemoryStore,
    mark: StoreMark,
    key: &str,
) -> Result<(), Broken> {
    let Some(queued) = row::<Queued>(before, Table::Outbox, key) else {
        return Ok(());
    };
    let Some(shelved) = row::<Shelved>(after, Table::Shelf, key) else {
        let what = format!("op {key} left the outbox for nowhere");
        return Err(Broken { law: "I3", what });
    };
    let id = OpId {
        client: mark.client,
        seq: key.parse().unwrap_or(0),
    };
    let gone = queued.op.is_some() && !queued.taken_back && shelved.op.is_none();
    hold("I3", !gone || card_of(after, id).is_some(), || {
        format!("op {id} was refused and its content thrown away")
    })?;
    if let Some(rev) = shelved.rev {
        let sync: SyncMark = row(after, Table::Meta, "sync").unwrap_or_default();
        let covered = sync.base.is_some_and(|base| base.rev >= rev);
        hold("I3", covered, || {
            format!("op {id} left the outbox before the base had its effect")
        })?;
    }
    Ok(())
}
