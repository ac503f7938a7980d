//! What makes the machine go: its store, its place among the tabs, its requests, its clock.

use domain::grow::{Arrange, Grow};
use std::any::Any;
use std::collections::BTreeSet;

use domain::access::Actor;
use domain::registry::{KnownRecord, RecordRef};
use domain::release::{CiFact, Release, Rev};
use domain::sync::client::{
    Answer, Effect as Do, Failure, Hint, Input, Link, Machine, Now, Request, RequestId, Shown, Standing,
    TxId, Word,
};
use domain::sync::store::{StoreFault, Tx};
use domain::{CiKey, ClientId, ReleaseId, UserId};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::begin::now;
use super::engine::{Engine, Hands};
use super::{HeldUp, Sync, leave, typing};
use crate::client::marks::LossMark;
use crate::client::store::Store;
use crate::client::{clock, fresh, http, room, tabs};

/// Name of this build, for the server's log.
const BUILD: &str = concat!("app ", env!("CARGO_PKG_VERSION"));

/// The machine and what only it uses.
struct Core {
    user: UserId,
    machine: Machine,
    store: Store,
    channel: tabs::Channel,
    timer: Option<Timeout>,
    leading: bool,
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

impl Sync {
    /// Opens the store of a person and starts a machine over it.
    pub(super) async fn begin(self, user: UserId) {
        let Some(store) = self.open_store(user).await else {
            return;
        };
        self.fleeting.set(!store.lasts());
        let mut machine = Machine::new(user, BUILD);
        let first = machine.start(now());
        let channel = tabs::Channel::join(user, move |text| self.hear(&text));
        self.engine.set_value(Some(Box::new(Core {
            user,
            machine,
            store,
            channel,
            timer: None,
            leading: false,
            pokes: None,
            head: Rev::default(),
        })));
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
        let blocked = move || self.held_up.set(Some(HeldUp::OldWindow));
        let opened = Store::open(user, blocked, move || spawn_local(self.reopen())).await;
        self.held_up.set(opened.is_err().then_some(HeldUp::NewerVersion));
        opened.ok()
    }

    /// The browser took the store away while it was open. What is in memory goes into a new one, unless the person is
    /// leaving: then this page is gone in a moment.
    async fn reopen(self) {
        TimeoutFuture::new(1_000).await;
        let Some(user) = self.user() else { return };
        if let Some(store) = self.open_store(user).await {
            self.fleeting.set(!store.lasts());
            self.with(|core| core.store = store);
            self.tell(Input::Tick);
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
        self.with(|core| core.store.clone())
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
        let answer = ask(request, timeout).await;
        self.tell(Input::Answered(id, answer.unwrap_or_else(Answer::Failed)));
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
        self.with(|core| core.timer = Some(timer));
    }

    fn lead(self, leading: bool) {
        self.with(|core| {
            core.leading = leading;
            core.pokes = leading.then(|| self.hear_server()).flatten();
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
        self.with(|core| {
            let closed = |pokes: &Pokes| pokes.source.ready_state() == EventSource::CLOSED;
            if core.leading && core.pokes.as_ref().is_none_or(closed) {
                core.pokes = self.hear_server();
            }
        });
    }

    /// Takes note of the server's newest revision; `true` where it is news.
    fn poked(self, head: Rev) -> bool {
        let before = self.with(|core| std::mem::replace(&mut core.head, head));
        let news = before.is_some_and(|before| before != head);
        // The first one says where the server is; lists that came since the page began may know that already.
        let known = before == Some(Rev::default()) && self.seen.get_value().is_some_and(|seen| head <= seen);
        if news && !known {
            self.pokes.update(|count| *count = count.wrapping_add(1));
        }
        news
    }

    fn say(self, said: &Said) {
        if let Ok(text) = serde_json::to_string(said) {
            self.with(|core| core.channel.say(&text));
        }
    }

    /// What another tab said. One of another build may say things we do not know.
    fn hear(self, text: &str) {
        match domain::json::from_str(text) {
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

    /// Compares what the store holds with what was there when we last looked.
    fn find_loss(self) {
        let Some((user, client)) = self.with(|core| (core.user, core.machine.client())) else {
            return;
        };
        self.lost.set(LossMark::find(user, client));
        self.note_unsent();
    }

    /// Notes how much is unsent, in case the store vanishes.
    fn note_unsent(self) {
        self.with(|core| {
            let Some(client) = core.machine.client().filter(|_| core.store.lasts()) else {
                return;
            };
            LossMark {
                client,
                last_seq: core
                    .machine
                    .waiting()
                    .last()
                    .map_or(0, |waiting| waiting.op.id.seq),
                unsynced: core.machine.standing().waiting,
                at: clock::now(),
            }
            .store(core.user);
        });
    }

    /// Works on what only the driver knows, once there is a machine.
    fn with<T>(self, work: impl FnOnce(&mut Core) -> T) -> Option<T> {
        let worked = self
            .engine
            .try_update_value(|engine| engine.as_mut()?.as_any().downcast_mut::<Core>().map(work));
        worked.flatten()
    }

    /// Is this tab the one that sends?
    pub(super) fn is_leading(self) -> bool {
        self.with(|core| core.leading).unwrap_or(false)
    }

    /// First of all the other tabs are told: one that lives would put back what it finds deleted.
    async fn end(self, discard: bool) -> Result<(), StoreFault> {
        self.say(&Said::Left);
        let there = self.with(|core| (core.store.clone(), core.user));
        self.engine.set_value(None);
        match there {
            Some((store, user)) => leave::clear(store, user, discard).await,
            None => Ok(()),
        }
    }
}

impl Engine for Core {
    fn user(&self) -> UserId {
        self.user
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }

    fn learn(&mut self, ci: CiKey, fact: CiFact) {
        self.machine.learn(ci, fact);
    }

    fn learn_record(&mut self, at: RecordRef, known: KnownRecord) {
        self.machine.learn_record(at, known);
    }

    fn handle(&mut self, now: Now, input: Input) -> Vec<Do> {
        self.machine.handle(now, input)
    }

    fn is_loaded(&self) -> bool {
        self.machine.is_loaded()
    }

    fn standing(&self) -> Standing {
        self.machine.standing()
    }

    fn shown(&self, release: ReleaseId, actor: &Actor) -> Shown {
        self.machine.shown(release, actor)
    }

    fn on_device(&self, actor: &Actor) -> Vec<Release> {
        let confirmed = self.machine.releases().map(|release| release.id);
        let queued = self.machine.waiting();
        let queued = queued.iter().map(|waiting| waiting.op.release);
        let ids: BTreeSet<ReleaseId> = confirmed.chain(queued).grow();
        let shown = ids
            .into_iter()
            .filter_map(|id| self.machine.shown(id, actor).release);
        let mut all: Vec<Release> = shown.collect();
        all.arrange_by_key(|release| std::cmp::Reverse(release.updated.at));
        all
    }

    fn hands(&self) -> Hands {
        Hands {
            carry_out: Sync::carry_out,
            hear_again: Sync::hear_again,
            end: |sync, discard| Box::pin(sync.end(discard)),
        }
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

async fn ask(request: Request, timeout_ms: u32) -> Result<Answer, Failure> {
    Ok(match request {
        Request::Push(push) => Answer::Pushed(http::sync("/sync/v1/push", &push, timeout_ms).await?),
        Request::Pull(pull) => Answer::Pulled(http::sync("/sync/v1/pull", &pull, timeout_ms).await?),
        Request::Package(want) => Answer::Packaged(http::sync("/sync/v1/package", &want, timeout_ms).await?),
    })
}
