//! The machine: one thing after the other, each input to the effects it has.

use std::collections::{BTreeMap, BTreeSet};

use super::cards::{CardGroup, Export, Kept, Waiting, group};
use super::input::{Effect, Input, Now};
use super::link::{Link, Standing};
use super::rows::{Packed, RestoredMark};
use super::shown::Shown;
use super::view::View;
use crate::access::Actor;
use crate::release::{CiFact, Release};
use crate::{CiKey, ClientId, ReleaseId, UserId};

/// The client of one tab. See [`super`].
#[derive(Debug)]
pub struct Machine {
    user: UserId,
    build: String,
    view: Option<View>,
    open: BTreeSet<ReleaseId>,
    learned: BTreeMap<CiKey, CiFact>,
    link: Link,
}

impl Machine {
    /// The client of a tab of `user`, over the store of that user; `build` names the app in the server's log.
    #[must_use]
    pub fn new(user: UserId, build: impl Into<String>) -> Self {
        Self {
            user,
            build: build.into(),
            view: None,
            open: BTreeSet::new(),
            learned: BTreeMap::new(),
            link: Link::Unknown,
        }
    }

    /// What to do first; before any input.
    pub fn start(&mut self, _now: Now) -> Vec<Effect> {
        vec![Effect::Load { unless: None }]
    }

    /// Takes an input. O(what it changes) but for a checkpoint, which is O(the releases that changed).
    pub fn handle(&mut self, _now: Now, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    /// Remembers a CI that was picked online, so that predictions can name it.
    pub fn learn(&mut self, ci: CiKey, fact: CiFact) {
        self.learned.insert(ci, fact);
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

    /// A release with all own work applied. O(size of the release + own ops).
    #[must_use]
    pub fn shown(&self, _release: ReleaseId, _actor: &Actor) -> Shown {
        Shown::default()
    }

    /// The confirmed releases on the device; own work is not in them.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.view.iter().flat_map(|view| view.base.values())
    }

    /// Own ops without a settled outcome, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting<'_>> {
        let _ = Kept::Saved;
        Vec::new()
    }

    /// Outcomes to be seen, grouped under their causes.
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
        Standing::default()
    }

    /// The text that was being typed in a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.view.as_ref()?.drafts.get(field).map(String::as_str)
    }

    /// Pinned, or not.
    #[must_use]
    pub fn is_pinned(&self, release: ReleaseId) -> bool {
        let mark = self.view.as_ref().and_then(|view| view.follow.get(&release));
        mark.is_some_and(|mark| mark.pinned)
    }

    /// Pinned sites.
    pub fn pinned_sites(&self) -> impl Iterator<Item = &CiKey> {
        self.view.iter().flat_map(|view| &view.sites)
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
