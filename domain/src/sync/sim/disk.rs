//! The stores of the devices: read, written, full, broken, and what mutants make of a transaction.

use super::device::At;
use super::store::MemoryStore;
use super::world::World;
use super::{Broken, Mutant};
use crate::ClientId;
use crate::sync::client::{Input, TxId};
use crate::sync::store::{Generation, Row, StoreFault, Table, Tx, Write};

impl World {
    pub(super) fn read(&mut self, at: At, unless: Option<Generation>) -> Result<(), Broken> {
        let fresh = ClientId(self.fresh());
        let Some(person) = self.tab(at).map(|tab| tab.person) else {
            return Ok(());
        };
        let fails = !self.healing && self.random.per_mille(10);
        if fails {
            self.fault("store not readable");
            return self.give(at, Input::NotLoaded(StoreFault::Failed("read failed".into())));
        }
        let store = self.store(at.device, person);
        let (generation, rows, incarnation) = (store.generation(), store.rows(), store.incarnation());
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let same = std::mem::replace(&mut tab.incarnation, incarnation) == incarnation;
        if same && unless == Some(generation) {
            return self.give(at, Input::Unchanged);
        }
        let loaded = Input::Loaded {
            generation,
            rows,
            fresh,
        };
        self.give(at, loaded)
    }

    pub(super) fn store(&mut self, device: usize, person: usize) -> &mut MemoryStore {
        let at = device.min(self.devices.len().saturating_sub(1));
        self.devices[at].stores.entry(person).or_default()
    }

    pub(super) fn write(&mut self, at: At, id: TxId, mut tx: Tx) -> Result<(), Broken> {
        let person = self.tab(at).map(|tab| tab.person);
        let Some(person) = person else {
            // The tab died with the transaction on its way: half of them make it.
            return Ok(());
        };
        if !self.healing && self.random.per_mille(25) {
            let fault = if self.random.per_mille(500) {
                self.fault("store full");
                StoreFault::Quota
            } else {
                self.fault("transaction aborted");
                StoreFault::Failed("aborted".into())
            };
            return self.give(at, Input::NotCommitted(id, fault));
        }
        let incarnation = self.store(at.device, person).incarnation();
        if self.tab(at).is_some_and(|tab| tab.incarnation != incarnation) {
            return self.give(at, Input::NotCommitted(id, StoreFault::Gone));
        }
        self.twist(&mut tx);
        let before = self.store(at.device, person).clone();
        let answer = match self.store(at.device, person).commit(&tx) {
            Ok(()) => {
                let line = format!(
                    "device {} tab {} wrote {:?}: {}",
                    at.device,
                    at.tab,
                    tx.durability,
                    brief(&tx)
                );
                self.note(|| line);
                self.check_write(at.device, person, &before, &tx)?;
                Input::Committed(id)
            }
            Err(fault) => Input::NotCommitted(id, fault),
        };
        // A tab may die between the transaction and the news of it.
        if !self.healing && self.random.per_mille(15) {
            self.fault("tab died after a transaction");
            return self.close_tab(at.device, at.tab);
        }
        self.give(at, answer)
    }

    /// Mutants that change what a device writes.
    fn twist(&self, tx: &mut Tx) {
        match self.mutant {
            Some(Mutant::DropRefused) => tx.writes.retain(
                |write| !matches!(write, Write::Put(row) if row.table == Table::Outcomes && row.value.contains("\"rejected\"")),
            ),
            Some(Mutant::EmptyShelf) => tx.writes.retain(
                |write| !matches!(write, Write::Put(row) if row.table == Table::Shelf),
            ),
            Some(Mutant::CursorFirst) => {
                let moves = |write: &Write| matches!(write, Write::Put(Row { table: Table::Meta, key, .. }) if key == "sync");
                let base = |write: &Write| matches!(write, Write::Put(row) if row.table == Table::Base);
                if tx.writes.iter().any(moves)
                    && let Some(place) = tx.writes.iter().position(base)
                {
                    tx.writes.remove(place);
                }
            }
            _ => {}
        }
    }
}

fn brief(tx: &Tx) -> String {
    let one = |write: &Write| match write {
        Write::Put(row) => format!("+{}/{}", row.table.as_str(), row.key.trim_start_matches('0')),
        Write::Delete(table, key) => format!("-{}/{}", table.as_str(), key.trim_start_matches('0')),
        Write::Clear(table) => format!("-{}", table.as_str()),
    };
    tx.writes.iter().map(one).collect::<Vec<_>>().join(" ")
}
