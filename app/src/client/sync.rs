//! Drives [`domain::sync::client::Machine`], which decides everything: carries out what it wants (store, requests,
//! timer, words to other tabs) and tells it what happened. One machine a tab, for whoever is signed in.

mod begin;
mod drive;
mod engine;
mod estate;
mod leave;
mod typing;

use domain::access::Actor;
use domain::registry::{KnownRecord, RecordRef};
use domain::release::{CiFact, OpId, Release, Rev};
use domain::sync::client::{Act, Hint, Input, Machine, Place, Shown, Standing};
use domain::sync::{ReleaseOp, Stamp};
use domain::wire::session::Directory;
use domain::{CiKey, GestureId, ReleaseId, ReleaseNumber, UserId};
use leptos::prelude::*;

pub use begin::provide;
pub use estate::LocalImpact;
pub use leave::Unfinished;
pub use typing::{LeftText, NEW_RELEASE, Typed, field_key};

use self::engine::{Engine, Hands};
use super::marks::LossMark;
use super::{clock, fresh};
use crate::state::session::Session;
use crate::state::toasts::Toasts;

/// Why the store of this device cannot be opened in this window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldUp {
    /// A window of an older version has it open and does not let go of it; opening goes on when it does.
    OldWindow,
    /// A newer version of the app has upgraded it; this one cannot read it.
    NewerVersion,
}

/// The sync of this page. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Sync {
    /// Counts changes elsewhere that the server told of; lists look again.
    pub pokes: RwSignal<u32>,
    /// What a store that is gone has taken with it, until the person has seen it.
    pub lost: RwSignal<Option<LossMark>>,
    /// Why nothing is kept here, where another window is the reason.
    pub held_up: RwSignal<Option<HeldUp>>,
    /// Text that a page before this one left in fields, by field; whoever shows the field takes it.
    left_over: RwSignal<std::collections::BTreeMap<String, String>>,
    /// Text in fields of this page that is not queued yet, by field.
    typed: StoredValue<std::collections::BTreeMap<String, String>>,
    /// Counts changes of what the machine shows; reading through it makes views follow.
    version: RwSignal<u32>,
    /// The browser keeps nothing: what is done here lives as long as the page.
    fleeting: RwSignal<bool>,
    /// Absent until its code is here and somebody is signed in.
    engine: StoredValue<Option<Box<dyn Engine>>, LocalStorage>,
    /// The graph of the offline package, once somebody asked.
    estate: StoredValue<Option<estate::Estate>>,
    /// What happened before there was a machine.
    early: StoredValue<Vec<Input>>,
    /// Up to which revision the lists on the page are as the server has them; until it tells of a revision itself.
    seen: StoredValue<Option<Rev>>,
    /// The first list stands: what is needed only later may have the line.
    stands: RwSignal<bool>,
    session: Session,
    toasts: Toasts,
    owner: StoredValue<Owner>,
}

/// The sync of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_sync() -> Sync {
    expect_context()
}

impl Sync {
    /// Reads the machine, once there is one; tracks. For pages in chunks of their own: what is read with brings its
    /// code with it.
    pub fn read<T>(self, read: impl FnOnce(&Machine) -> T) -> Option<T> {
        self.ask(|engine| read(engine.machine()))
    }

    /// Asks the engine, once there is one; tracks.
    fn ask<T>(self, ask: impl FnOnce(&dyn Engine) -> T) -> Option<T> {
        self.version.track();
        self.engine
            .with_value(|engine| engine.as_ref().map(|engine| ask(engine.as_ref())))
    }

    /// A list came, as it was at this revision.
    pub fn saw(self, rev: Rev) {
        self.seen
            .try_update_value(|seen| *seen = Some(seen.map_or(rev, |before| before.min(rev))));
        self.stands.try_set(true);
    }

    /// Queues what the person does to a release, as one gesture. It is kept before it is sent.
    pub fn act(self, release: ReleaseId, ops: Vec<ReleaseOp>) {
        self.act_typed(release, ops, Vec::new());
    }

    /// The same for ops that hold the text of fields, which is forgotten as typed text when they are kept.
    pub fn act_typed(self, release: ReleaseId, ops: Vec<ReleaseOp>, typed: Vec<String>) {
        self.not_typing(&typed);
        self.tell(Input::Act(Act {
            release,
            gesture: GestureId(fresh::ulid()),
            made: self.stamp(),
            ops,
            typed,
        }));
    }

    fn stamp(self) -> Stamp {
        Stamp {
            wall: clock::now(),
            skew_ms: untrack(|| self.read(Machine::skew_ms)).flatten(),
        }
    }

    /// Says what was done and offers to take it back with `undo`, also after the page was left.
    pub fn undoable(self, text: String, release: ReleaseId, undo: ReleaseOp) {
        let take_back = move |()| self.act(release, vec![undo.clone()]);
        // Owned by the app: the widget that did it may be gone by then.
        let take_back = self
            .owner
            .with_value(|owner| owner.with(|| Callback::new(take_back)));
        self.toasts.undoable(text, take_back);
    }

    /// Keeps a release up to date, until [`Sync::close`] and a while longer.
    pub fn open(self, release: ReleaseId) {
        self.tell(Input::Open(release));
    }

    /// It is on no screen any more.
    pub fn close(self, release: ReleaseId) {
        self.tell(Input::Close(release));
    }

    /// A release as it should be seen; tracks.
    #[must_use]
    pub fn shown(self, release: ReleaseId, actor: &Actor) -> Shown {
        self.ask(|engine| engine.shown(release, actor))
            .unwrap_or_default()
    }

    /// The store of this device was read; tracks.
    #[must_use]
    pub fn is_loaded(self) -> bool {
        self.ask(|engine| engine.is_loaded()).unwrap_or(false)
    }

    /// The release with a number, if it is on this device; tracks.
    #[must_use]
    pub fn find(self, number: ReleaseNumber) -> Option<ReleaseId> {
        self.read(|machine| {
            machine
                .releases()
                .find(|r| r.number == Some(number))
                .map(|r| r.id)
        })
        .flatten()
    }

    /// The releases on this device with own work in them, newest change first; tracks.
    #[must_use]
    pub fn on_device(self, actor: &Actor) -> Vec<Release> {
        self.ask(|engine| engine.on_device(actor)).unwrap_or_default()
    }

    /// Where sync stands; tracks.
    #[must_use]
    pub fn standing(self) -> Standing {
        self.ask(|engine| engine.standing()).unwrap_or_default()
    }

    /// Is what is done here kept by the browser? Tracks.
    #[must_use]
    pub fn lasts(self) -> bool {
        !self.fleeting.get()
    }

    /// Remembers a CI that was picked, so that predictions can name it.
    pub fn learn(self, ci: CiKey, name: String) {
        self.engine.update_value(|engine| {
            if let Some(engine) = engine {
                engine.learn(ci, CiFact::Live { name });
            }
        });
        self.changed();
    }

    /// Remembers a record that was looked at, so that predictions know what comes with it.
    pub fn learn_record(self, at: RecordRef, known: KnownRecord) {
        self.engine.update_value(|engine| {
            if let Some(engine) = engine {
                engine.learn_record(at, known);
            }
        });
        self.changed();
    }

    /// Remembers people, groups and release types as a page was told, so that predictions know them.
    pub fn learn_directory(self, directory: Directory) {
        self.engine.update_value(|engine| {
            if let Some(engine) = engine {
                engine.learn_directory(directory);
            }
        });
        self.changed();
    }

    /// There is a machine; tracks.
    #[must_use]
    pub fn is_running(self) -> bool {
        self.read(|_| ()).is_some()
    }

    /// Takes a release as another answer had it, until sync itself has brought it; tracks, since there may be no machine
    /// to take it yet.
    pub fn seed(self, release: &Release) {
        self.version.track();
        let news = self
            .engine
            .try_update_value(|engine| engine.as_mut().is_some_and(|engine| engine.seed(release)));
        if news == Some(true) {
            self.changed();
        }
    }

    /// The person wants it tried now.
    pub fn wake(self) {
        self.tell(Input::Hint(Hint::UserAsked));
    }

    /// Keeps something on this device, or no longer.
    pub fn keep(self, place: Place, pinned: bool) {
        self.tell(if pinned {
            Input::Pin(place)
        } else {
            Input::Unpin(place)
        });
    }

    /// Takes cards away that their author has seen.
    pub fn dismiss(self, cards: Vec<OpId>) {
        self.tell(Input::Dismiss(cards));
    }

    /// Takes back queued ops.
    pub fn discard(self, ops: Vec<OpId>) {
        self.tell(Input::Discard(ops));
    }

    /// Does again what was refused.
    pub fn retry(self, card: OpId) {
        self.tell(Input::Retry {
            card,
            gesture: GestureId(fresh::ulid()),
            made: self.stamp(),
        });
    }

    /// The note that the server was restored was seen.
    pub fn restored_seen(self) {
        self.tell(Input::DismissRestored);
    }

    /// Everything typed and done on this page outlives it: it is in the store. Tracks.
    #[must_use]
    pub fn is_kept(self) -> bool {
        let typed = self.typed.get_value();
        let stored = self.read(|machine| {
            typed
                .iter()
                .all(|(field, text)| machine.typed(field) == Some(text.as_str()))
        });
        self.is_done_kept() && stored.unwrap_or(typed.is_empty()) && (self.lasts() || typed.is_empty())
    }

    /// The same of what was done, without what is still being typed; tracks.
    #[must_use]
    fn is_done_kept(self) -> bool {
        let standing = self.standing();
        let acts = |early: &Vec<Input>| early.iter().any(|input| matches!(input, Input::Act(_)));
        let fleeting = !self.lasts() && standing.waiting > 0;
        standing.unsaved == 0 && !fleeting && !self.early.with_value(acts)
    }

    /// The note about what a lost store took with it was seen.
    pub fn lost_seen(self) {
        self.lost.set(None);
        if let Some(user) = self.user() {
            LossMark::seen(user);
        }
    }

    /// Whose store is open.
    fn user(self) -> Option<UserId> {
        self.engine
            .with_value(|engine| engine.as_ref().map(|engine| engine.user()))
    }

    fn hands(self) -> Option<Hands> {
        self.engine
            .with_value(|engine| engine.as_ref().map(|engine| engine.hands()))
    }

    fn changed(self) {
        let _ = self
            .version
            .try_update(|version| *version = version.wrapping_add(1));
    }
}
