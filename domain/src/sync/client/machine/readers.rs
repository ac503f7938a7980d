//! What the machine can be asked at any time. Nothing here changes anything.

use super::*;
use crate::access::Actor;
use crate::cmdb::{Ci, Lifecycle};
use crate::registry::{KnownRecord, RecordFact, RecordRef};
use crate::release::{CiState, Release};
use crate::sync::client::cards::{CardGroup, Export, Kept, Waiting, group};
use crate::sync::client::input::Place;
use crate::sync::client::link::Standing;
use crate::sync::client::rows::{Packed, RestoredMark};
use crate::sync::client::shown::{Shown, fold};
use crate::sync::{MAX_SITES, Reason, Rules, World, last_rev};

impl Machine {
    /// Remembers a CI that was picked online, so that predictions can name it.
    pub fn learn(&mut self, ci: CiKey, fact: CiFact) {
        self.learned.insert(ci, fact);
    }

    /// Remembers a record that was looked at online, so that predictions know what comes with it.
    pub fn learn_record(&mut self, at: RecordRef, known: KnownRecord) {
        self.records.insert(at, known);
    }

    /// Remembers people, groups and release types as a page was told, so that predictions know them before there is a
    /// package.
    pub fn learn_directory(&mut self, directory: Directory) {
        self.directory = Some(Box::new(directory));
    }

    /// Takes a release that came with another answer than a pull's, until a pull brings it: it is shown, and own work may
    /// rest on it. `false` where it is no news. O(log(releases)).
    pub fn seed(&mut self, release: &Release) -> bool {
        let held = |view: &View| view.base.contains_key(&release.id);
        let known = self.seeds.get(&release.id).map(last_rev);
        if self.view.as_ref().is_some_and(held)
            || self.heard.contains(&release.id)
            || known.is_some_and(|known| known >= last_rev(release))
        {
            return false;
        }
        self.seeds.insert(release.id, release.clone());
        true
    }

    /// Whose store it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The identity of the store, once it has one.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        self.view.as_ref()?.store.map(|mark| mark.client)
    }

    /// The store was read: what is shown is what the device knows.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.view.is_some()
    }

    /// How far the device's clock is ahead of the server's, in milliseconds, where known; for [`Stamp`]s.
    #[must_use]
    pub fn skew_ms(&self) -> Option<i64> {
        self.view.as_ref()?.sync.skew_ms
    }

    /// A release with all own work applied. O(size of the release + own ops).
    #[must_use]
    pub fn shown(&self, release: ReleaseId, actor: &Actor) -> Shown {
        let held = self.view.as_ref().and_then(|view| view.base.get(&release));
        let heard = held.is_some() || self.heard.contains(&release);
        let seed = || {
            let kept = || self.view.as_ref()?.seeds.get(&release);
            self.seeds.get(&release).or_else(kept)
        };
        let base = if heard { held } else { seed() };
        let queued = self.view.iter().flat_map(|view| view.outbox.values());
        let queued = queued
            .filter(|queued| !queued.taken_back)
            .filter_map(|queued| queued.op.as_ref());
        let ops: Vec<&OpEnvelope> = queued
            .chain(self.unsaved())
            .filter(|op| op.release == release)
            .collect();
        fold(base.cloned(), heard, &ops, actor, &Outside(self))
    }

    /// The confirmed releases on the device; own work is not in them.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.view.iter().flat_map(|view| {
            let seeds = view.seeds.values();
            view.base
                .values()
                .chain(seeds.filter(|seed| !view.base.contains_key(&seed.id)))
        })
    }

    /// Own ops that are being written, or cannot be: in the memory of this tab only.
    fn unsaved(&self) -> impl Iterator<Item = &OpEnvelope> {
        self.desk.wanted().flat_map(|intent| match intent {
            Intent::Act(pending) => pending.ops.as_slice(),
            _ => &[],
        })
    }

    /// Own ops without a settled outcome, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting<'_>> {
        let saved = self
            .view
            .iter()
            .flat_map(|view| &view.outbox)
            .filter_map(|(seq, queued)| {
                let kept = if self.decided.contains_key(seq) {
                    Kept::Sent
                } else {
                    Kept::Saved
                };
                Some(Waiting {
                    op: queued.op.as_ref()?,
                    kept,
                    taken_back: queued.taken_back,
                    again: queued.again,
                })
            });
        let unsaved = self.unsaved().map(|op| Waiting {
            op,
            kept: Kept::Unsaved,
            taken_back: false,
            again: false,
        });
        saved.chain(unsaved).collect()
    }

    /// Outcomes to be seen, grouped under their causes, oldest first.
    #[must_use]
    pub fn cards(&self) -> Vec<CardGroup<'_>> {
        let Some(view) = &self.view else {
            return Vec::new();
        };
        group(&view.cards, |card| view.base.get(&card.op.release))
    }

    /// The server was restored and the note about it was not dismissed.
    #[must_use]
    pub fn restored(&self) -> Option<RestoredMark> {
        self.view.as_ref()?.restored
    }

    /// Where sync stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let waiting = self.waiting();
        let cards = self.cards();
        let unreadable = self.view.as_ref().is_some_and(|view| !view.unreadable.is_empty());
        let link = if unreadable {
            Link::Blocked {
                why: "What is kept on this device was written by a newer version of the app. Load that version.".into(),
            }
        } else if self.view.is_some() && !self.is_ours() {
            Link::WrongUser
        } else {
            self.link().clone()
        };
        let count = |which: fn(&CardGroup<'_>) -> bool| cards.iter().filter(|group| which(group)).count();
        Standing {
            link,
            waiting: waiting
                .iter()
                .filter(|one| one.kept != Kept::Sent && !one.taken_back)
                .count(),
            unsaved: waiting.iter().filter(|one| one.kept == Kept::Unsaved).count(),
            sending: self.talk.is_sending(),
            needs_you: count(|group| group.open),
            refused: count(|group| matches!(group.root.outcome, Outcome::Rejected { .. })),
            merged: count(|group| matches!(group.root.outcome, Outcome::Merged { .. })),
            contact: self.view.as_ref().and_then(|view| view.sync.contact),
            trouble: self.desk.trouble.clone(),
        }
    }

    /// The text that was being typed in a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.view.as_ref()?.drafts.get(field).map(String::as_str)
    }

    /// All text that was being typed, by field.
    pub fn drafts(&self) -> impl Iterator<Item = (&str, &str)> {
        let drafts = self.view.iter().flat_map(|view| &view.drafts);
        drafts.map(|(field, text)| (field.as_str(), text.as_str()))
    }

    /// Pinned, or not.
    #[must_use]
    pub fn is_pinned(&self, place: &Place) -> bool {
        self.view.as_ref().is_some_and(|view| match place {
            Place::Release(release) => view.follow.get(release).is_some_and(|mark| mark.pinned),
            Place::Site(site) => view.sites.contains(site),
        })
    }

    /// There is room for one more of its kind.
    #[must_use]
    pub fn may_pin(&self, place: &Place) -> bool {
        match place {
            Place::Release(_) => true,
            Place::Site(_) => self.pinned_sites().count() < MAX_SITES,
        }
    }

    /// Pinned sites.
    pub fn pinned_sites(&self) -> impl Iterator<Item = &CiKey> {
        self.view.iter().flat_map(|view| &view.sites)
    }

    /// What this device knows of a CI.
    #[must_use]
    pub fn ci(&self, key: &CiKey) -> CiFact {
        Outside(self).ci(key)
    }

    /// The world outside a release, as far as this device knows it.
    #[must_use]
    pub fn world(&self) -> impl World + '_ {
        Outside(self)
    }

    /// The offline package.
    #[must_use]
    pub fn package(&self) -> Option<&Packed> {
        self.view.as_ref()?.packed.as_deref()
    }

    /// What there is to save into a file.
    #[must_use]
    pub fn export(&self) -> Option<Export<'_>> {
        let view = self.view.as_ref()?;
        Some(Export {
            waiting: self.waiting(),
            cards: view.cards.values().collect(),
            typing: &view.drafts,
            restored: view.restored,
        })
    }
}

/// The world outside a release, as far as this device knows it.
struct Outside<'a>(&'a Machine);

impl Outside<'_> {
    /// The CI as the package on this device has it.
    fn packed(&self, key: &CiKey) -> Option<&Ci> {
        let cis = &self.0.package()?.package.cis;
        let at = cis.binary_search_by(|ci| ci.key.cmp(key)).ok()?;
        cis.get(at)
    }
}

impl World for Outside<'_> {
    fn ci(&self, key: &CiKey) -> CiFact {
        if let Some(fact) = self.0.learned.get(key) {
            return fact.clone();
        }
        match self.packed(key) {
            None => CiFact::Unknown,
            Some(ci) => {
                let name = ci.name.clone();
                match ci.lifecycle {
                    Lifecycle::Retired => CiFact::Retired { name },
                    _ => CiFact::Live { name },
                }
            }
        }
    }

    fn ci_state(&self, key: &CiKey) -> Option<CiState> {
        let ci = self.packed(key)?;
        Some(CiState {
            name: ci.name.clone(),
            lifecycle: ci.lifecycle,
            owner: ci.owner.clone(),
        })
    }

    fn directory(&self) -> Option<&Directory> {
        let packed = self.0.package().map(|packed| &packed.package.directory);
        packed.or(self.0.directory.as_deref())
    }

    /// What came with the releases is what the server decided on when it sent them.
    fn rules(&self) -> Option<Rules<'_>> {
        let held = || Some(self.0.view.as_ref()?.rulebook.as_ref()?.rules());
        held().or_else(|| self.directory().map(Directory::rules))
    }

    fn record(&self, record: &RecordRef) -> RecordFact {
        let known = self.0.records.get(record).cloned();
        known.map_or(RecordFact::Unknown, RecordFact::Known)
    }

    fn outcome(&self, op: OpId) -> Option<Outcome> {
        let view = self.0.view.as_ref()?;
        let own = view.store.filter(|mark| mark.client == op.client).is_some();
        let decided = self.0.decided.get(&op.seq).filter(|_| own).cloned();
        let taken_back = || {
            let queued = view.outbox.get(&op.seq).filter(|queued| own && queued.taken_back);
            queued.map(|_| Outcome::Rejected {
                reason: Reason::TakenBack,
                depends_on: None,
            })
        };
        let shelved = || {
            let rev = view.shelf.get(&op.seq).filter(|_| own)?.rev?;
            Some(Outcome::Applied { rev })
        };
        let card = || view.cards.get(&op).map(|card| card.outcome.clone());
        decided.or_else(taken_back).or_else(card).or_else(shelved)
    }
}
