//! The part of sync that is there with the first page: whose machine it is, what happens to the page, and the way to
//! the machine, whose code may still be under way.

use domain::sync::client::{Hint, Input, Now};
use gloo_timers::future::TimeoutFuture;
use leptos::leptos_dom::helpers::window_event_listener_untyped;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Sync, engine};
use crate::client::clock;
use crate::state::connection::Connection;
use crate::state::session::{Session, Who};
use crate::state::toasts::Toasts;

/// Creates the sync of this page and lets it run; once, inside the app.
pub fn provide(session: Session, connection: Connection, toasts: Toasts) {
    let sync = Sync::new(session, toasts);
    provide_context(sync);
    // A store for whoever is there; somebody else gets a page of their own.
    Effect::new(move |begun: Option<bool>| {
        let who = session.who();
        let here = match &who {
            Who::Somebody(me) => Some(me.actor.user),
            _ => None,
        };
        if matches!(who, Who::Asking) {
            return false;
        }
        untrack(|| sync.tell(Input::SignedIn(here)));
        let begun = begun.unwrap_or(false);
        if let (Some(user), false) = (here, begun) {
            spawn_local(async move {
                sync.let_the_list_come(connection).await;
                engine::start(sync, user).await;
            });
            return true;
        }
        begun
    });
    Effect::new(move |before: Option<()>| {
        connection.restored.track();
        session.sign_ins.track();
        if before.is_some() {
            untrack(|| {
                sync.tell(Input::Hint(Hint::Online));
                if let Some(hands) = sync.hands() {
                    (hands.hear_again)(sync);
                }
            });
        }
    });
    listen(sync);
}

/// Signs that trying might be worth it, and the last moment of the page.
fn listen(sync: Sync) {
    let hint = move |name: &'static str, hint: Hint| {
        window_event_listener_untyped(name, move |_| sync.tell(Input::Hint(hint)));
    };
    hint("online", Hint::Online);
    hint("offline", Hint::Offline);
    hint("focus", Hint::Focus);
    // `visibilitychange` is fired at the document and bubbles; a page that is hidden may never be seen again.
    window_event_listener_untyped("visibilitychange", move |_| {
        if document().visibility_state() == web_sys::VisibilityState::Hidden {
            sync.rescue();
        } else {
            sync.tell(Input::Hint(Hint::Visible));
        }
    });
    window_event_listener_untyped("pagehide", move |_| sync.rescue());
    window_event_listener(leptos::ev::beforeunload, move |ev| {
        // What is being typed is rescued as the page goes.
        if !untrack(|| sync.is_done_kept()) {
            ev.prevent_default();
            ev.set_return_value("Not everything is kept on this device yet.");
        }
    });
}

/// Pages that are a list of the server: they stand without the machine.
const LISTS: [&str; 3] = ["/", "/work", "/releases"];
/// How long the machine waits for a list at most, in turns of [`TURN_MS`].
const TURNS: u32 = 60;
const TURN_MS: u32 = 25;

impl Sync {
    /// The code of the machine and the offline package are as large as the page itself. Where the page is a list, its rows
    /// come first; where the server does not answer, the machine is what the page needs.
    async fn let_the_list_come(self, connection: Connection) {
        let path = window().location().pathname().unwrap_or_default();
        if !LISTS.contains(&path.as_str()) {
            return;
        }
        for _ in 0..TURNS {
            let silent = connection.offline_since.try_get_untracked().flatten().is_some();
            if silent || self.stands.try_get_untracked() != Some(false) {
                return;
            }
            TimeoutFuture::new(TURN_MS).await;
        }
    }

    fn new(session: Session, toasts: Toasts) -> Self {
        Self {
            pokes: RwSignal::new(0),
            lost: RwSignal::new(None),
            held_up: RwSignal::new(None),
            left_over: RwSignal::default(),
            typed: StoredValue::default(),
            version: RwSignal::new(0),
            fleeting: RwSignal::new(false),
            engine: StoredValue::new_local(None),
            estate: StoredValue::default(),
            early: StoredValue::default(),
            seen: StoredValue::new(None),
            stands: RwSignal::new(false),
            session,
            toasts,
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Tells the machine what happened and does what it wants.
    pub(super) fn tell(self, input: Input) {
        let told = self.engine.try_update_value(|engine| match engine {
            Some(engine) => Ok((engine.hands(), engine.handle(now(), input))),
            None => Err(input),
        });
        match told {
            Some(Ok((hands, effects))) => effects
                .into_iter()
                .for_each(|effect| (hands.carry_out)(self, effect)),
            Some(Err(input)) => self.early.update_value(|early| early.push(input)),
            None => {}
        }
    }
}

pub(super) fn now() -> Now {
    let mono = window()
        .performance()
        .map_or(0.0, |performance| performance.now());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since the page began"
    )]
    let mono = mono as u64;
    Now {
        wall: clock::now(),
        mono,
    }
}
