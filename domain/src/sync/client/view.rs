//! The store as this tab knows it: its rows, read. Changed by nothing but transactions that are done.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{
    BadRow, Card, FollowMark, Known, Packed, Place, Queued, RestoredMark, Shelved, StoreMark, SyncMark,
};
use crate::release::{OpId, Release, Rev};
use crate::sync::Rulebook;
use crate::sync::store::{Generation, Row, Table, Tx, Write};
use crate::{CiKey, ReleaseId};

/// The content of a store at one generation.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub generation: Generation,
    /// `None` in a store that nothing was written to yet.
    pub store: Option<StoreMark>,
    pub sync: SyncMark,
    pub restored: Option<RestoredMark>,
    pub follow: BTreeMap<ReleaseId, FollowMark>,
    pub sites: BTreeSet<CiKey>,
    pub base: BTreeMap<ReleaseId, Release>,
    /// Releases that own work rests on before a pull has brought them.
    pub seeds: BTreeMap<ReleaseId, Release>,
    pub rulebook: Option<Box<Rulebook>>,
    pub outbox: BTreeMap<u64, Queued>,
    pub cards: BTreeMap<OpId, Card>,
    pub shelf: BTreeMap<u64, Shelved>,
    pub drafts: BTreeMap<String, String>,
    pub packed: Option<Box<Packed>>,
    /// Rows of people's work that this build cannot read. They stay; the client stops instead of overlooking them.
    pub unreadable: BTreeSet<(Table, String)>,
}

impl View {
    /// Reads a whole store.
    pub fn load(generation: Generation, rows: &[Row]) -> Self {
        let mut view = Self {
            generation,
            ..Self::default()
        };
        for row in rows {
            view.put(row);
        }
        view
    }

    /// The releases that are about the pinned sites, as the package names them.
    pub fn of_sites(&self) -> impl Iterator<Item = ReleaseId> {
        let packed = self.packed.as_ref().filter(|_| !self.sites.is_empty());
        let named = packed.map(|packed| packed.package.releases.iter().copied());
        named.into_iter().flatten()
    }

    /// What is to be written next to is at this generation.
    pub fn fits(&self, tx: &Tx) -> bool {
        tx.on == self.generation
    }

    /// Takes over a transaction that was done on this view.
    pub fn apply(&mut self, tx: &Tx) {
        self.generation = Generation(tx.on.0 + 1);
        for write in &tx.writes {
            match write {
                Write::Put(row) => self.put(row),
                Write::Delete(table, key) => {
                    self.unreadable.remove(&(*table, key.clone()));
                    if let Some(place) = Place::of(*table, key) {
                        self.remove(&place);
                    }
                }
                Write::Clear(table) => self.clear(*table),
            }
        }
    }

    fn put(&mut self, row: &Row) {
        match Known::read(row) {
            Ok(known) => self.set(known),
            // What can be fetched again is simply not there: the digest of the next pull notices.
            Err(BadRow {
                table: Table::Base | Table::Package | Table::Drafts,
                ..
            }) => {}
            Err(BadRow { table, key }) => {
                self.unreadable.insert((table, key));
            }
        }
    }

    fn set(&mut self, known: Known) {
        match known {
            Known::Store(mark) => self.store = Some(mark),
            Known::Sync(mark) => self.sync = mark,
            Known::Restored(mark) => self.restored = Some(mark),
            Known::Follow(id, mark) => {
                self.follow.insert(id, mark);
            }
            Known::Site(site) => {
                self.sites.insert(site);
            }
            Known::Base(release) => {
                self.base.insert(release.id, *release);
            }
            Known::Seed(release) => {
                self.seeds.insert(release.id, *release);
            }
            Known::Rulebook(rulebook) => self.rulebook = Some(rulebook),
            Known::Queued(seq, queued) => {
                self.outbox.insert(seq, *queued);
            }
            Known::Card(id, card) => {
                self.cards.insert(id, *card);
            }
            Known::Shelved(seq, shelved) => {
                self.shelf.insert(seq, *shelved);
            }
            Known::Draft(field, text) => {
                self.drafts.insert(field, text);
            }
            Known::Packed(packed) => self.packed = Some(packed),
        }
    }

    fn remove(&mut self, place: &Place) {
        match place {
            Place::Store => self.store = None,
            Place::Sync => self.sync = SyncMark::default(),
            Place::Restored => self.restored = None,
            Place::Follow(id) => {
                self.follow.remove(id);
            }
            Place::Site(site) => {
                self.sites.remove(site);
            }
            Place::Base(id) => {
                self.base.remove(id);
            }
            Place::Seed(id) => {
                self.seeds.remove(id);
            }
            Place::Rulebook => self.rulebook = None,
            Place::Queued(seq) => {
                self.outbox.remove(seq);
            }
            Place::Card(id) => {
                self.cards.remove(id);
            }
            Place::Shelved(seq) => {
                self.shelf.remove(seq);
            }
            Place::Draft(field) => {
                self.drafts.remove(field);
            }
            Place::Packed => self.packed = None,
        }
    }

    fn clear(&mut self, table: Table) {
        self.unreadable.retain(|(of, _)| *of != table);
        match table {
            Table::Meta => {
                let fresh = Self::default();
                (self.store, self.sync, self.restored) = (fresh.store, fresh.sync, fresh.restored);
                (self.follow, self.sites) = (fresh.follow, fresh.sites);
            }
            Table::Base => {
                self.base.clear();
                self.seeds.clear();
                self.rulebook = None;
            }
            Table::Outbox => self.outbox.clear(),
            Table::Outcomes => self.cards.clear(),
            Table::Shelf => self.shelf.clear(),
            Table::Drafts => self.drafts.clear(),
            Table::Package => self.packed = None,
        }
    }

    /// The revision that the base is a checkpoint of, in the life that the client knows.
    pub fn base_rev(&self) -> Option<Rev> {
        let base = self.sync.base?;
        (Some(base.epoch) == self.sync.epoch).then_some(base.rev)
    }
}
