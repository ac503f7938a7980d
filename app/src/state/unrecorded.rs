//! What was written about steps and is not recorded yet. It outlives the page it was written on, and leaving the app
//! with some of it is warned about.

use std::collections::BTreeMap;

use domain::{BlobId, StepId};
use leptos::prelude::*;

use super::session::Session;

/// What is being written about a step.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The note.
    pub note: RwSignal<String>,
    /// Photos taken so far.
    pub photos: RwSignal<Vec<BlobId>>,
}

impl Draft {
    /// It was recorded.
    pub fn clear(self) {
        self.note.set(String::new());
        self.photos.set(Vec::new());
    }
}

#[derive(Debug, Clone, Default)]
struct Kept {
    note: ArcRwSignal<String>,
    photos: ArcRwSignal<Vec<BlobId>>,
}

/// All drafts of this tab. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Unrecorded(StoredValue<BTreeMap<StepId, Kept>>);

/// The drafts of this tab.
///
/// # Panics
/// Only outside [`crate::App`], which provides them.
#[must_use]
pub fn use_unrecorded() -> Unrecorded {
    expect_context()
}

impl Unrecorded {
    /// The draft of a step, the same whoever asks.
    #[must_use]
    pub fn draft(self, step: StepId) -> Draft {
        let kept = self
            .0
            .try_update_value(|drafts| drafts.entry(step).or_default().clone())
            .unwrap_or_default();
        Draft {
            note: kept.note.into(),
            photos: kept.photos.into(),
        }
    }

    fn any(self) -> bool {
        let written = |kept: &Kept| {
            kept.note.with_untracked(|note| !note.trim().is_empty())
                || kept.photos.with_untracked(|photos| !photos.is_empty())
        };
        self.0.with_value(|drafts| drafts.values().any(written))
    }
}

pub(super) fn provide(session: Session) {
    let unrecorded = Unrecorded(StoredValue::new(BTreeMap::new()));
    provide_context(unrecorded);
    // What one person wrote is nothing for the next at the same tablet.
    let user = Memo::new(move |_| session.me().map(|me| me.actor.user));
    Effect::new(move |_| {
        user.track();
        unrecorded.0.update_value(BTreeMap::clear);
    });
    window_event_listener(leptos::ev::beforeunload, move |ev| {
        if unrecorded.any() {
            ev.prevent_default();
        }
    });
}
