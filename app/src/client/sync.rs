//! The loop between the outbox and the server: one push in flight, pulls after pokes, patience when nobody answers.

use domain::release::Release;
use domain::sync::client::{Next, Settled};
use domain::sync::{MergeNote, OpEnvelope, Outcome, PullResp, PushResp, Reason, ReleaseOp};
use domain::{ReleaseId, UserId};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::http::{self, ApiError};
use super::outbox::Outbox;
use crate::state::connection::Connection;
use crate::state::session::{Session, Who};
use crate::state::toasts::Toasts;

/// Longest pause between two attempts, in milliseconds.
const LONGEST_PAUSE: f64 = 60_000.0;

/// An own change that the server refused. Kept, with its content, until its author has seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// What was wanted.
    pub op: OpEnvelope,
    /// Why not.
    pub reason: Reason,
}

/// Why nothing is sent although something waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The session ended; signing in again goes on.
    SignedOut,
    /// Somebody else is signed in now.
    WrongUser,
    /// This page is older than the server understands.
    TooOld,
    /// The server is older than this page.
    ServerTooOld,
    /// The server lost changes it had acknowledged.
    Missing,
    /// The server does not take it, for this reason.
    Refused(String),
}

impl Halt {
    /// What is the case and what to do.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::SignedOut => "Your session has ended. What you did is kept on this page; sign in and it is sent.".into(),
            Self::WrongUser => {
                "Somebody else is signed in now. These changes wait on this page until their author signs in here again.".into()
            }
            Self::TooOld => {
                "This page is older than the server. Copy what is not sent, then press “Update now”, or reload.".into()
            }
            Self::ServerTooOld => "The server is older than this page. Your changes wait until it is updated.".into(),
            Self::Missing => {
                "The server misses earlier changes of this page; it may have been restored. Copy what is not sent, then reload.".into()
            }
            Self::Refused(why) => format!("The server does not take your changes. {why}"),
        }
    }
}

/// Sends, receives, and keeps what the person must see. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Sync {
    /// What waits, and what is followed.
    pub outbox: Outbox,
    /// Refusals not yet dismissed, oldest first.
    pub refused: RwSignal<Vec<Refused>>,
    /// Why nothing is sent.
    pub halt: RwSignal<Option<Halt>>,
    /// Counts pokes of the server: something changed somewhere.
    pub pokes: RwSignal<u32>,
    session: Session,
    connection: Connection,
    toasts: Toasts,
    owner: StoredValue<Owner>,
    /// The revision of the last poke.
    head: StoredValue<String>,
    pushing: StoredValue<bool>,
    pulling: StoredValue<bool>,
    pull_again: StoredValue<bool>,
}

/// The sync of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_sync() -> Sync {
    expect_context()
}

/// Creates it and lets it run; once, inside the app.
pub fn provide(session: Session, connection: Connection, toasts: Toasts) {
    let sync = Sync {
        outbox: Outbox::new(),
        refused: RwSignal::new(Vec::new()),
        halt: RwSignal::new(None),
        pokes: RwSignal::new(0),
        session,
        connection,
        toasts,
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
        head: StoredValue::new(String::new()),
        pushing: StoredValue::new(false),
        pulling: StoredValue::new(false),
        pull_again: StoredValue::new(false),
    };
    provide_context(sync);
    Effect::new(move |_| {
        if let Who::Somebody(me) = session.who() {
            sync.outbox.belongs_to(me.actor.user);
        }
    });
    // Back again after silence or a sign-in: hand in what waits, fetch what was missed.
    Effect::new(move |before: Option<()>| {
        connection.restored.track();
        session.sign_ins.track();
        if before.is_some() {
            untrack(move || {
                sync.halt.set(None);
                sync.wake();
            });
        }
    });
    window_event_listener(leptos::ev::focus, move |_| sync.pull());
    window_event_listener(leptos::ev::beforeunload, move |ev| {
        if sync.outbox.waiting.get_untracked() > 0 || sync.outbox.typing.get_untracked() > 0 {
            ev.prevent_default();
            ev.set_return_value("Not everything is sent yet.");
        }
    });
    listen(sync);
}

/// Listens for pokes while somebody is signed in.
fn listen(sync: Sync) {
    let signed_in = Memo::new(move |_| matches!(sync.session.who(), Who::Somebody(_)));
    Effect::new(move |_| {
        if !signed_in.get() {
            return;
        }
        let Ok(source) = web_sys::EventSource::new("/sync/v1/events") else {
            return;
        };
        // Its data is the newest revision; one comes with each new connection, for what was missed meanwhile.
        let poked = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |ev: web_sys::MessageEvent| {
            sync.poked(ev.data().as_string().unwrap_or_default());
        });
        let _ = source.add_event_listener_with_callback("poke", poked.as_ref().unchecked_ref());
        let source = StoredValue::new_local((source, poked));
        on_cleanup(move || {
            source.try_with_value(|(source, _)| source.close());
        });
    });
}

impl Sync {
    /// Queues what `author` does to a release, as one gesture, and sends it.
    pub fn act(self, author: UserId, release: ReleaseId, ops: Vec<ReleaseOp>) {
        self.outbox.enqueue(author, release, ops);
        self.push();
    }

    /// Says what `author` did and offers to take it back with `undo`, also after the page was left.
    pub fn undoable(self, text: String, author: UserId, release: ReleaseId, undo: ReleaseOp) {
        let take_back = move |()| self.act(author, release, vec![undo.clone()]);
        // Owned by the app: the widget that did it may be gone by then.
        let take_back = self
            .owner
            .with_value(|owner| owner.with(|| Callback::new(take_back)));
        self.toasts.undoable(text, take_back);
    }

    /// Shows a release and keeps it up to date until [`Sync::close`].
    pub fn open(self, release: ReleaseId, known: Option<Release>) {
        self.outbox.follow(release);
        if let Some(known) = known {
            self.outbox.seed(known);
        }
        self.pull();
    }

    /// Ends following a release.
    pub fn close(self, release: ReleaseId) {
        self.outbox.forget(release);
    }

    /// Takes a refusal away, after its author has seen it.
    pub fn dismiss(self, refused: &Refused) {
        self.refused
            .update(|list| list.retain(|r| r.op.id != refused.op.id));
    }

    /// Pushes and pulls now.
    pub fn wake(self) {
        self.push();
        self.pull();
    }

    fn poked(self, head: String) {
        if self.head.try_update_value(|known| *known == head).unwrap_or(true) {
            return;
        }
        self.head.set_value(head);
        let _ = self.pokes.try_update(|count| *count += 1);
        self.pull();
    }

    /// Sends what waits. One request at a time; what is queued meanwhile goes with the next.
    pub fn push(self) {
        if self.pushing.get_value() || self.halt.with_untracked(Option::is_some) {
            return;
        }
        let me = untrack(|| self.session.me());
        if let (Some(owner), Some(me)) = (self.outbox.owner(), me)
            && owner != me.actor.user
            && self.outbox.waiting.get_untracked() > 0
        {
            self.halt.set(Some(Halt::WrongUser));
            return;
        }
        self.pushing.set_value(true);
        spawn_local(async move {
            self.push_all().await;
            self.pushing.set_value(false);
        });
    }

    async fn push_all(self) {
        let mut attempt = 0_u32;
        while let Some(request) = self.outbox.next_push() {
            let saving = self.connection.saving();
            let answer = http::post::<_, PushResp>("/sync/v1/push", &request).await;
            drop(saving);
            match answer {
                Ok(answer) => {
                    attempt = 0;
                    let next = self.outbox.pushed(answer);
                    if !self.take(next) {
                        return;
                    }
                    self.pull();
                }
                Err(error) => match halted_by(&error) {
                    Some(halt) => {
                        self.halt.set(Some(halt));
                        return;
                    }
                    None => {
                        self.pause(attempt).await;
                        attempt += 1;
                    }
                },
            }
        }
    }

    /// Waits a random part of a time that doubles, or until the server is back.
    async fn pause(self, attempt: u32) {
        let most = (1_000.0 * f64::from(attempt.min(10)).exp2()).min(LONGEST_PAUSE);
        let until = super::clock::now_ms() + (js_sys::Math::random() * most).max(250.0);
        let returns = self.connection.restored.get_untracked();
        while super::clock::now_ms() < until && self.connection.restored.get_untracked() == returns {
            TimeoutFuture::new(250).await;
        }
    }

    /// Fetches what changed in the releases that are followed. One request at a time.
    pub fn pull(self) {
        if self.pulling.get_value() {
            self.pull_again.set_value(true);
            return;
        }
        if self.outbox.followed().is_empty() {
            return;
        }
        self.pulling.set_value(true);
        spawn_local(async move {
            loop {
                self.pull_again.set_value(false);
                let done = self.pull_each().await;
                if !done || !self.pull_again.get_value() {
                    break;
                }
            }
            self.pulling.set_value(false);
        });
    }

    /// `false` when it is of no use to go on at once; the next poke, focus or return of the server tries again.
    async fn pull_each(self) -> bool {
        for release in self.outbox.followed() {
            let request = self.outbox.next_pull(release);
            match http::post::<_, PullResp>("/sync/v1/pull", &request).await {
                Ok(answer) => {
                    let next = self.outbox.pulled(release, answer);
                    if !self.take(next) {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Follows up on an answer; `false` means stop.
    fn take(self, next: Next) -> bool {
        let halt = match next {
            Next::Go(news) => {
                for one in news {
                    self.tell(one);
                }
                return true;
            }
            Next::PullAnew => {
                self.pull_again.set_value(true);
                self.pull();
                return true;
            }
            Next::Missing(_) => Halt::Missing,
            Next::WrongUser => Halt::WrongUser,
            Next::TooOld => Halt::TooOld,
            Next::ServerTooOld => Halt::ServerTooOld,
        };
        self.halt.set(Some(halt));
        false
    }

    /// Tells the author what became of a change, where it is not simply done.
    fn tell(self, (op, outcome): Settled) {
        match outcome {
            Outcome::Applied { .. } => {}
            Outcome::Merged { note, .. } => self.toasts.say(match note {
                MergeNote::Text { at } => {
                    format!(
                        "Your edit of {} was merged with somebody else's. Read it once more.",
                        at.label()
                    )
                }
                MergeNote::AnchorGone => {
                    "The step before yours was deleted meanwhile; yours kept its place.".to_owned()
                }
                MergeNote::KeptElement => {
                    "Not removed: somebody else changed it meanwhile. Remove it again if you still want to."
                        .to_owned()
                }
            }),
            Outcome::Conflicted { .. } => self
                .toasts
                .say("Somebody else changed the same thing. Both versions are kept; decide above the plan."),
            Outcome::Rejected { reason, .. } => {
                self.refused.update(|list| list.push(Refused { op, reason }));
            }
        }
    }
}

/// Errors that waiting does not cure.
fn halted_by(error: &ApiError) -> Option<Halt> {
    match error.status() {
        Some(401) => Some(Halt::SignedOut),
        Some(status) if (400..500).contains(&status) && status != 408 && status != 429 => {
            Some(Halt::Refused(error.message()))
        }
        Some(0) => Some(Halt::Refused(error.message())),
        _ => None,
    }
}
