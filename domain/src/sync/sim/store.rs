//! A device's store in memory: what IndexedDB does, with its two kinds of durability.

use std::collections::BTreeMap;

use crate::sync::store::{Durability, Generation, Row, StoreFault, Table, Tx, Write};

type Rows = BTreeMap<(Table, String), String>;

/// One store.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryStore {
    rows: Rows,
    generation: Generation,
    /// Which one of the stores that ever stood here: an open connection to one that was deleted is dead.
    incarnation: u64,
    /// What a power cut leaves: everything up to the last strict transaction.
    safe: (Rows, Generation),
}

impl MemoryStore {
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// The browser deletes it.
    pub fn wipe(&mut self) {
        *self = Self {
            incarnation: self.incarnation + 1,
            ..Self::default()
        };
    }

    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub fn rows(&self) -> Vec<Row> {
        let row = |((table, key), value): (&(Table, String), &String)| Row {
            table: *table,
            key: key.clone(),
            value: value.clone(),
        };
        self.rows.iter().map(row).collect()
    }

    pub fn value(&self, table: Table, key: &str) -> Option<&str> {
        self.rows.get(&(table, key.to_owned())).map(String::as_str)
    }

    pub fn table(&self, table: Table) -> impl Iterator<Item = (&str, &str)> {
        let of = self.rows.iter().filter(move |((of, _), _)| *of == table);
        of.map(|((_, key), value)| (key.as_str(), value.as_str()))
    }

    /// Compare and swap, all or nothing.
    pub fn commit(&mut self, tx: &Tx) -> Result<(), StoreFault> {
        if tx.on != self.generation {
            return Err(StoreFault::Stale);
        }
        for write in &tx.writes {
            match write {
                Write::Put(row) => {
                    self.rows.insert((row.table, row.key.clone()), row.value.clone());
                }
                Write::Delete(table, key) => {
                    self.rows.remove(&(*table, key.clone()));
                }
                Write::Clear(table) => self.rows.retain(|(of, _), _| of != table),
            }
        }
        self.generation = Generation(tx.on.0 + 1);
        if tx.durability == Durability::Strict {
            self.safe = (self.rows.clone(), self.generation);
        }
        Ok(())
    }

    pub fn cut_power(&mut self) {
        (self.rows, self.generation) = self.safe.clone();
    }
}
