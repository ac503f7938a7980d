//! What makes the machine go: its store, its place among the tabs, its requests, its clock.

use domain::release::Rev;
use domain::sync::client::{Effect as Do, Hint, Input, Link, Now, Request, RequestId, TxId, Word};
use domain::sync::store::{StoreFault, Tx};
use domain::{ClientId, UserId};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leptos::leptos_dom::helpers::window_event_listener_untyped;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::engine::{Engine, engine};
use super::{Sync, typing};
use crate::client::marks::LossMark;
use crate::client::store::Store;
use crate::client::{clock, fresh, room, tabs};
use crate::state::connection::Connection;
use crate::state::session::{Session, Who};
use crate::state::toasts::Toasts;

/// The machine and what only it uses.
#[derive(Debug)]
pub(super) struct Core {
    pub user: UserId,
    pub engine: Box<dyn Engine>,
    pub store: Store,
    channel: tabs::Channel,
    timer: Option<Timeout>,
    pub leading: bool,
    pokes: Option<Pokes>,
    /// The newest revision the server told of.
    head: Rev,
}

/// The server's event stream; closed when dropped.
#[derive(Debug)]
struct Pokes {
    source: EventSource,
    _heard: Closure<dyn Fn(MessageEvent)>,
    _failed: Closure<dyn Fn()>,
}

impl Drop for Pokes {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// What tabs say to each other.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// For the machine.
    Word(Word),
    /// Only the tab that sends hears the server's pokes; lists of the others want to know too.
    Poke(Rev),
    /// The person signed out.
    Left,
}

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
            spawn_local(sync.begin(user));
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
                sync.hear_again();
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
        let standing = untrack(|| sync.standing());
        let fleeting = sync.fleeting.get_untracked() && standing.waiting > 0;
        if fleeting || standing.unsaved > 0 {
            ev.prevent_default();
            ev.set_return_value("Not everything is kept on this device yet.");
        }
    });
}

impl Sync {
    fn new(session: Session, toasts: Toasts) -> Self {
        Self {
            pokes: RwSignal::new(0),
            lost: RwSignal::new(None),
            left_over: RwSignal::default(),
            typed: StoredValue::default(),
            version: RwSignal::new(0),
            fleeting: RwSignal::new(false),
            core: StoredValue::new_local(None),
            estate: StoredValue::default(),
            early: StoredValue::default(),
            session,
            toasts,
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Opens the store of a person and starts a machine over it.
    async fn begin(self, user: UserId) {
        let Some(store) = self.open_store(user).await else {
            return;
        };
        self.fleeting.set(!store.lasts());
        let mut engine = engine(user).await;
        let first = engine.start(now());
        let channel = tabs::Channel::join(user, move |text| self.hear(&text));
        self.core.set_value(Some(Core {
            user,
            engine,
            store,
            channel,
            timer: None,
            leading: false,
            pokes: None,
            head: Rev::default(),
        }));
        for effect in first {
            self.carry_out(effect);
        }
        for input in self.early.try_update_value(std::mem::take).unwrap_or_default() {
            self.tell(input);
        }
        tabs::run_for_lead(user, move |leading| self.lead(leading));
        room::persist().await;
    }

    async fn open_store(self, user: UserId) -> Option<Store> {
        let toasts = self.toasts;
        let blocked =
            move || toasts.fail("Another tab holds an older version of the data on this device. Close it.");
        match Store::open(user, blocked, move || spawn_local(self.reopen())).await {
            Ok(store) => Some(store),
            Err(_) => {
                toasts.fail(
                    "A newer version of this page has been used on this device. Reload to use it here too.",
                );
                None
            }
        }
    }

    /// The browser took the store away while it was open. What is in memory goes into a new one, unless the person is
    /// leaving: then this page is gone in a moment.
    async fn reopen(self) {
        TimeoutFuture::new(1_000).await;
        let Some(user) = self.user() else { return };
        if let Some(store) = self.open_store(user).await {
            self.fleeting.set(!store.lasts());
            self.core.update_value(|core| {
                if let Some(core) = core {
                    core.store = store;
                }
            });
            self.tell(Input::Tick);
        }
    }

    /// Tells the machine what happened and does what it wants.
    pub(super) fn tell(self, input: Input) {
        let told = self.core.try_update_value(|core| match core {
            Some(core) => Ok(core.engine.handle(now(), input)),
            None => Err(input),
        });
        match told {
            Some(Ok(effects)) => effects.into_iter().for_each(|effect| self.carry_out(effect)),
            Some(Err(input)) => self.early.update_value(|early| early.push(input)),
            None => {}
        }
    }

    fn carry_out(self, effect: Do) {
        match effect {
            Do::Commit { id, tx } => spawn_local(self.commit(id, tx)),
            Do::Load { unless } => spawn_local(async move {
                let Some(store) = self.store() else { return };
                let read = store.load(unless).await;
                let first = !untrack(|| self.is_loaded());
                self.tell(match read {
                    Ok(Some((generation, rows))) => Input::Loaded {
                        generation,
                        rows,
                        fresh: ClientId(fresh::ulid()),
                    },
                    Ok(None) => Input::Unchanged,
                    Err(fault) => Input::NotLoaded(fault),
                });
                if first && untrack(|| self.is_loaded()) {
                    self.find_loss();
                    typing::drain(self);
                }
            }),
            Do::Send {
                id,
                request,
                timeout_ms,
            } => spawn_local(self.send(id, request, timeout_ms)),
            Do::WakeWithin { ms } => self.wake_within(ms),
            Do::Tell(word) => self.say(&Said::Word(word)),
            Do::Changed => self.changed(),
        }
    }

    fn store(self) -> Option<Store> {
        self.core
            .with_value(|core| core.as_ref().map(|core| core.store.clone()))
    }

    async fn commit(self, id: TxId, tx: Tx) {
        let Some(store) = self.store() else { return };
        let done = store.commit(&tx).await;
        let there = !matches!(done, Err(StoreFault::Gone));
        self.tell(match done {
            Ok(()) => Input::Committed(id),
            Err(fault) => Input::NotCommitted(id, fault),
        });
        if there {
            self.note_unsent();
        }
    }

    async fn send(self, id: RequestId, request: Request, timeout_ms: u64) {
        let timeout = u32::try_from(timeout_ms).unwrap_or(u32::MAX);
        let asked = self
            .core
            .with_value(|core| core.as_ref().map(|core| core.engine.ask(request, timeout)));
        if let Some(asked) = asked {
            let answer = asked.await;
            self.tell(Input::Answered(id, answer));
        }
    }

    /// A random part of the time, so that tablets that lost the network together do not come back together.
    fn wake_within(self, ms: u64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "minutes at most"
        )]
        let pause = (js_sys::Math::random() * ms as f64) as u32;
        let timer = Timeout::new(pause, move || self.tell(Input::Tick));
        self.core.update_value(|core| {
            if let Some(core) = core {
                core.timer = Some(timer);
            }
        });
    }

    fn lead(self, leading: bool) {
        self.core.update_value(|core| {
            if let Some(core) = core {
                core.leading = leading;
                core.pokes = leading.then(|| self.hear_server()).flatten();
            }
        });
        self.tell(Input::Leading(leading));
        if leading {
            self.take_left_over();
        }
    }

    /// Its data is the newest revision; one comes with each new connection, for what was missed meanwhile.
    fn hear_server(self) -> Option<Pokes> {
        let source = EventSource::new("/sync/v1/events").ok()?;
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |ev: MessageEvent| {
            let head = ev.data().as_string().and_then(|text| text.parse().ok());
            if let Some(head) = head.map(Rev)
                && self.poked(head)
            {
                self.say(&Said::Poke(head));
                self.tell(Input::Poke(head));
            }
        });
        // The browser connects again by itself; that it has to is a sign, the first time.
        let failed = Closure::<dyn Fn()>::new(move || {
            if untrack(|| matches!(self.standing().link, Link::Online { .. })) {
                self.tell(Input::Hint(Hint::Focus));
            }
        });
        let _ = source.add_event_listener_with_callback("poke", heard.as_ref().unchecked_ref());
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Pokes {
            source,
            _heard: heard,
            _failed: failed,
        })
    }

    /// A stream that somebody else answered, or that met an ended session, is closed for good: opens it again.
    fn hear_again(self) {
        self.core.update_value(|core| {
            if let Some(core) = core
                && core.leading
                && core
                    .pokes
                    .as_ref()
                    .is_none_or(|pokes| pokes.source.ready_state() == EventSource::CLOSED)
            {
                core.pokes = self.hear_server();
            }
        });
    }

    /// Ends the machine; answers the store it drove and whose it is.
    pub(super) fn end(self) -> Option<(Store, UserId)> {
        let core = self.core.try_update_value(Option::take).flatten()?;
        Some((core.store, core.user))
    }

    /// Takes note of the server's newest revision; `true` where it is news.
    fn poked(self, head: Rev) -> bool {
        let news = self.core.try_update_value(|core| {
            let core = core.as_mut()?;
            Some(std::mem::replace(&mut core.head, head) != head)
        });
        let news = news.flatten().unwrap_or(false);
        if news {
            self.pokes.update(|count| *count = count.wrapping_add(1));
        }
        news
    }

    fn say(self, said: &Said) {
        if let Ok(text) = serde_json::to_string(said) {
            self.core.with_value(|core| {
                if let Some(core) = core {
                    core.channel.say(&text);
                }
            });
        }
    }

    /// What another tab said. One of another build may say things we do not know.
    fn hear(self, text: &str) {
        match serde_json::from_str(text) {
            Ok(Said::Word(word)) => self.tell(Input::Told(word)),
            Ok(Said::Poke(head)) => {
                self.poked(head);
            }
            // What is on screen here belongs to somebody who has left.
            Ok(Said::Left) => {
                let _ = window().location().reload();
            }
            Err(_) => {}
        }
    }

    /// Says to the other tabs that the person has left.
    pub(super) fn say_left(self) {
        self.say(&Said::Left);
    }

    /// Compares what the store holds with what was there when we last looked.
    fn find_loss(self) {
        let Some((user, client)) = self.core.with_value(|core| {
            let core = core.as_ref()?;
            Some((core.user, core.engine.last_waiting().map(|(client, _)| client)))
        }) else {
            return;
        };
        self.lost.set(LossMark::find(user, client));
        self.note_unsent();
    }

    /// Notes how much is unsent, in case the store vanishes.
    fn note_unsent(self) {
        self.core.with_value(|core| {
            let Some(core) = core else { return };
            let Some((client, last_seq)) = core.engine.last_waiting() else {
                return;
            };
            if !core.store.lasts() {
                return;
            }
            LossMark {
                client,
                last_seq,
                unsynced: core.engine.standing().waiting,
                at: clock::now(),
            }
            .store(core.user);
        });
    }
}

fn now() -> Now {
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
