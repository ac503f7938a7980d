//! Short messages that float over the page. Never the only place where something important is said.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long a message with nothing wrong in it stays, in milliseconds.
const STAY: u32 = 10_000;

/// One message.
#[derive(Debug, Clone)]
pub struct Toast {
    /// Counts up; identifies it in the list.
    pub id: u32,
    /// What it says.
    pub text: String,
    /// It reports a failure; such a message stays until it is closed.
    pub failure: bool,
    /// What "Undo" does.
    pub undo: Option<Callback<()>>,
}

/// The messages on screen.
#[derive(Debug, Clone, Copy)]
pub struct Toasts {
    /// Oldest first.
    pub list: RwSignal<Vec<Toast>>,
    next: RwSignal<u32>,
}

impl Toasts {
    /// Says that something was done.
    pub fn say(self, text: impl Into<String>) {
        self.push(text.into(), false, None);
    }

    /// Says that something was done and offers to undo it for ten seconds.
    pub fn undoable(self, text: impl Into<String>, undo: Callback<()>) {
        self.push(text.into(), false, Some(undo));
    }

    /// Says that something failed; stays until closed.
    pub fn fail(self, text: impl Into<String>) {
        self.push(text.into(), true, None);
    }

    /// Takes one away.
    pub fn close(self, id: u32) {
        let _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }

    fn push(self, text: String, failure: bool, undo: Option<Callback<()>>) {
        let id = self.next.get_untracked();
        self.next.set(id + 1);
        self.list.update(|list| {
            list.push(Toast {
                id,
                text,
                failure,
                undo,
            });
        });
        if !failure {
            spawn_local(async move {
                TimeoutFuture::new(STAY).await;
                self.close(id);
            });
        }
    }
}

/// The messages of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_toasts() -> Toasts {
    expect_context()
}

pub(super) fn provide() {
    provide_context(Toasts {
        list: RwSignal::new(Vec::new()),
        next: RwSignal::new(0),
    });
}
