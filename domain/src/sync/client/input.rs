//! What the machine is told and what it asks for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::link::Link;
use crate::release::{OpId, Rev};
use crate::sync::store::{Generation, Row, StoreFault, Tx};
use crate::sync::{Package, PackageReq, PullReq, PullResp, PushReq, PushResp, ReleaseOp, Stamp};
use crate::{CiKey, ClientId, GestureId, ReleaseId, UserId};

/// The driver's clocks at the moment of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall clock of the device: for records and for people, never for order or pauses.
    pub wall: DateTime<Utc>,
    /// Milliseconds since the tab began; never goes back (`performance.now()`).
    pub mono: u64,
}

/// Names a transaction from [`Effect::Commit`] to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxId(pub u64);

/// Names a request from [`Effect::Send`] to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The store was read ([`Effect::Load`]): all rows of all tables, and its generation, in one transaction.
    Loaded {
        /// How often it has changed.
        generation: Generation,
        /// Everything in it but the row `generation`, in any order.
        rows: Vec<Row>,
        /// A fresh identity, drawn by the driver each time: an empty store gets it.
        fresh: ClientId,
    },
    /// The store was looked at and still has the generation that [`Effect::Load`] named.
    Unchanged,
    /// The store could not be read; it is tried again after a while.
    NotLoaded(StoreFault),
    /// The person did something to a release.
    Act(Act),
    /// A transaction is done, on the disk if it was strict.
    Committed(TxId),
    /// A transaction did not happen. What was wanted is not lost: it is decided anew or kept in memory.
    NotCommitted(TxId, StoreFault),
    /// Another tab said something ([`Effect::Tell`]).
    Told(Word),
    /// This tab got or lost the Web Lock of the store: only its holder sends.
    Leading(bool),
    /// A request was answered, or will never be. Answers to abandoned requests are ignored.
    Answered(RequestId, Answer),
    /// The server's event stream says that there is something newer.
    Poke(Rev),
    /// A sign that trying might be worth it now.
    Hint(Hint),
    /// A timer ran out ([`Effect::WakeWithin`]). Too many of them do no harm.
    Tick,
    /// Who is signed in, as far as the page knows; `None` after signing out or when the session has ended.
    SignedIn(Option<UserId>),
    /// A release is on the screen of this tab: keep it up to date, also after it was closed, for a while.
    Open(ReleaseId),
    /// It no longer is.
    Close(ReleaseId),
    /// Keep this on the device until unpinned.
    Pin(Place),
    /// No longer.
    Unpin(Place),
    /// The author has seen these cards; they go.
    Dismiss(Vec<OpId>),
    /// Takes back queued ops, with the rest of their gestures, if the server has not got them yet.
    Discard(Vec<OpId>),
    /// Does again what was refused: the card and all that depended on it, as new ops of one new gesture.
    Retry {
        /// The card.
        card: OpId,
        /// The new gesture.
        gesture: GestureId,
        /// When.
        made: Stamp,
    },
    /// The note that the server was restored was seen.
    DismissRestored,
    /// Text being typed, kept until it is queued or withdrawn; `None` forgets it.
    Typing {
        /// Which field, as the page names it.
        field: String,
        /// The text as it is now.
        text: Option<String>,
    },
}

/// A gesture of the person whose store it is: one or more ops on one release, applied all or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// The release.
    pub release: ReleaseId,
    /// Identity of the gesture, fresh.
    pub gesture: GestureId,
    /// When, by the device.
    pub made: Stamp,
    /// What. Made from the release as [`super::Machine::shown`] shows it.
    pub ops: Vec<ReleaseOp>,
    /// Typed texts ([`Input::Typing`]) that are in the ops now; they are forgotten in the same transaction.
    pub typed: Vec<String>,
}

/// Something that can be kept on the device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A release with its CIs.
    Release(ReleaseId),
    /// The CIs of a site.
    Site(CiKey),
}

/// A sign that trying might be worth it. Only a sign: none of them proves a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The device says it has a network.
    Online,
    /// The device says it has none.
    Offline,
    /// The tab can be seen again.
    Visible,
    /// The window has the focus again.
    Focus,
    /// The person asked for it.
    UserAsked,
}

/// What came back from a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Request::Push`].
    Pushed(PushResp),
    /// To [`Request::Pull`].
    Pulled(Box<PullResp>),
    /// To [`Request::Package`].
    Packaged(Box<Package>),
    /// To any of them: no answer of ours.
    Failed(Failure),
}

/// Why there is no answer. None of them says anything about whether the server did what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No connection, a timeout, an answer cut off.
    Unreachable,
    /// An answer, but not ours: no `x-sync-proto`, no JSON (a captive portal, a proxy).
    NotOurs,
    /// 401: the session has ended.
    LoginNeeded,
    /// 429 or 503 with `Retry-After`, in milliseconds.
    RetryAfter(u64),
    /// Any other status of ours, with the sentence of its problem document.
    Status(u16, String),
}

/// What to ask the server for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `POST /sync/v1/push`
    Push(PushReq),
    /// `POST /sync/v1/pull`
    Pull(PullReq),
    /// `POST /sync/v1/package`
    Package(PackageReq),
}

/// Something to do. Effects of one input are to be begun in order; none is waited for.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Write to the store and answer [`Input::Committed`] or [`Input::NotCommitted`]. One at a time.
    Commit {
        /// Its name.
        id: TxId,
        /// The change.
        tx: Tx,
    },
    /// Read the whole store and answer [`Input::Loaded`] — or [`Input::Unchanged`], if its generation is `unless`.
    Load {
        /// The generation this tab knows.
        unless: Option<Generation>,
    },
    /// Ask the server and answer [`Input::Answered`], whatever happens.
    Send {
        /// Its name.
        id: RequestId,
        /// What to ask.
        request: Request,
        /// After so many milliseconds it counts as [`Failure::Unreachable`].
        timeout_ms: u64,
    },
    /// Give [`Input::Tick`] after a time drawn uniformly from 0 to `ms` (full jitter). A new one replaces the old.
    WakeWithin {
        /// Milliseconds.
        ms: u64,
    },
    /// Say this to the other tabs of the store, which give it to their machines as [`Input::Told`].
    Tell(Word),
    /// Something that is shown has changed.
    Changed,
}

/// What tabs of one store say to each other. Words may get lost: nothing depends on them but speed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// This was written to the store.
    Wrote(Tx),
    /// What the connection is like; from the tab that sends.
    Link(Link),
}
