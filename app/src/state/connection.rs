//! Is the server there? One signal, shown in one place on every page.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::client::clock;
use crate::client::http;
use crate::client::line::Turn;

/// The connection as the pages know it.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Since when nobody answers, in milliseconds since 1970; `None` while the server answers.
    pub offline_since: RwSignal<Option<f64>>,
    /// Changes under way; whoever sends one counts it here ([`Connection::saving`]).
    saving: RwSignal<u32>,
    /// Counts every return of the server; loaders that failed for want of it try again.
    pub restored: RwSignal<u32>,
}

/// What the indicator says.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// The server answers and nothing waits.
    Online,
    /// A change is on its way.
    Saving,
    /// Nobody answers since this time of the day.
    Offline(String),
}

/// Counts as a change under way until dropped.
#[derive(Debug)]
pub struct Saving(RwSignal<u32>);

impl Drop for Saving {
    fn drop(&mut self) {
        let _ = self.0.try_update(|count| *count = count.saturating_sub(1));
    }
}

impl Connection {
    /// What the indicator says.
    #[must_use]
    pub fn standing(self) -> Standing {
        if let Some(since) = self.offline_since.get() {
            Standing::Offline(clock::clock_time(since))
        } else if self.saving.get() > 0 {
            Standing::Saving
        } else {
            Standing::Online
        }
    }

    /// Shows "Saving…" until the answer is dropped.
    #[must_use]
    pub fn saving(self) -> Saving {
        self.saving.update(|count| *count += 1);
        Saving(self.saving)
    }

    /// Takes note that the server is gone, or back.
    pub fn note(self, turn: Turn) {
        match turn {
            Turn::Back => {
                self.offline_since.set(None);
                self.restored.update(|count| *count += 1);
            }
            Turn::Lost => {
                self.offline_since.set(Some(clock::now_ms()));
                spawn_local(self.knock());
            }
        }
    }

    /// Asks again and again, ever more slowly, until the server answers; the watcher notes it.
    async fn knock(self) {
        let mut pause = 2_000;
        while self.offline_since.get_untracked().is_some() {
            TimeoutFuture::new(pause).await;
            pause = (pause * 3 / 2).min(30_000);
            let _ = http::call(api::session::session()).await;
        }
    }
}

/// The connection of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_connection() -> Connection {
    expect_context()
}

pub(super) fn provide() -> Connection {
    let connection = Connection {
        offline_since: RwSignal::new(None),
        saving: RwSignal::new(0),
        restored: RwSignal::new(0),
    };
    provide_context(connection);
    // The browser's own word counts only for the bad news; the good news is an answer of the server.
    window_event_listener(leptos::ev::offline, |_| http::lost());
    window_event_listener(leptos::ev::online, move |_| {
        spawn_local(async {
            let _ = http::call(api::session::session()).await;
        });
    });
    connection
}

/// Why nothing can be saved now; tracks.
#[must_use]
pub fn offline() -> Signal<Option<String>> {
    let connection = use_connection();
    Signal::derive(move || {
        let gone = connection.offline_since.get().is_some();
        gone.then(|| "Needs the network".to_owned())
    })
}
