//! The machine in a chunk of its own. It decides and reads the server's answers, which takes more code than all the rest
//! of a first page; so the page stands before it is there, and only a trait object of it is known outside.

use std::future::Future;
use std::pin::Pin;

use domain::access::Actor;
use domain::release::{CiFact, Release};
use domain::sync::client::{Answer, Effect, Failure, Input, Machine, Now, Request, Shown, Standing};
use domain::{CiKey, ClientId, ReleaseId, UserId};
use gloo_timers::future::TimeoutFuture;
use leptos::wasm_split::SplitLoaderError;

use crate::client::http;

/// Name of this build, for the server's log.
const BUILD: &str = concat!("app ", env!("CARGO_PKG_VERSION"));
/// Between two attempts to fetch the code, in milliseconds.
const PAUSE_MS: u32 = 2_000;

/// The machine, and how its requests are asked.
pub trait Engine: std::fmt::Debug {
    /// For pages in chunks of their own, which bring what they read it with.
    fn machine(&self) -> &Machine;
    /// See [`Machine::learn`].
    fn learn(&mut self, ci: CiKey, fact: CiFact);
    /// See [`Machine::start`].
    fn start(&mut self, now: Now) -> Vec<Effect>;
    /// See [`Machine::handle`].
    fn handle(&mut self, now: Now, input: Input) -> Vec<Effect>;
    /// See [`Machine::is_loaded`].
    fn is_loaded(&self) -> bool;
    /// See [`Machine::standing`].
    fn standing(&self) -> Standing;
    /// See [`Machine::shown`].
    fn shown(&self, release: ReleaseId, actor: &Actor) -> Shown;
    /// The releases on this device with own work in them, newest change first.
    fn on_device(&self, actor: &Actor) -> Vec<Release>;
    /// Which store it is and the last of its own ops that waits, for the detector of loss.
    fn last_waiting(&self) -> Option<(ClientId, u64)>;
    /// Asks the server.
    fn ask(&self, request: Request, timeout_ms: u32) -> Asked;
}

/// An answer under way.
pub type Asked = Pin<Box<dyn Future<Output = Answer>>>;

/// The machine of a person, as soon as its code is here. Without it nothing could be kept, so it is fetched until it
/// comes; where the app was installed, it is on the device.
pub async fn engine(user: UserId) -> Box<dyn Engine> {
    loop {
        match fetch(user).await {
            Ok(engine) => return engine,
            Err(_) => TimeoutFuture::new(PAUSE_MS).await,
        }
    }
}

#[leptos::wasm_split::wasm_split(sync, wasm_split_path = leptos::wasm_split, fallible)]
fn fetch(user: UserId) -> Result<Box<dyn Engine>, SplitLoaderError> {
    Ok(Box::new(Running(Machine::new(user, BUILD))))
}

#[derive(Debug)]
struct Running(Machine);

impl Engine for Running {
    fn machine(&self) -> &Machine {
        &self.0
    }

    fn learn(&mut self, ci: CiKey, fact: CiFact) {
        self.0.learn(ci, fact);
    }

    fn start(&mut self, now: Now) -> Vec<Effect> {
        self.0.start(now)
    }

    fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        self.0.handle(now, input)
    }

    fn is_loaded(&self) -> bool {
        self.0.is_loaded()
    }

    fn standing(&self) -> Standing {
        self.0.standing()
    }

    fn shown(&self, release: ReleaseId, actor: &Actor) -> Shown {
        self.0.shown(release, actor)
    }

    fn on_device(&self, actor: &Actor) -> Vec<Release> {
        let confirmed = self.0.releases().map(|release| release.id);
        let queued = self.0.waiting();
        let queued = queued.iter().map(|waiting| waiting.op.release);
        let ids: std::collections::BTreeSet<ReleaseId> = confirmed.chain(queued).collect();
        let shown = ids.into_iter().filter_map(|id| self.0.shown(id, actor).release);
        let mut all: Vec<Release> = shown.collect();
        all.sort_by_key(|release| std::cmp::Reverse(release.updated.at));
        all
    }

    fn last_waiting(&self) -> Option<(ClientId, u64)> {
        let last = self.0.waiting().last().map_or(0, |waiting| waiting.op.id.seq);
        Some((self.0.client()?, last))
    }

    fn ask(&self, request: Request, timeout_ms: u32) -> Asked {
        Box::pin(async move { ask(request, timeout_ms).await.unwrap_or_else(Answer::Failed) })
    }
}

async fn ask(request: Request, timeout_ms: u32) -> Result<Answer, Failure> {
    Ok(match request {
        Request::Push(push) => Answer::Pushed(http::sync("/sync/v1/push", &push, timeout_ms).await?),
        Request::Pull(pull) => Answer::Pulled(http::sync("/sync/v1/pull", &pull, timeout_ms).await?),
        Request::Package(want) => Answer::Packaged(http::sync("/sync/v1/package", &want, timeout_ms).await?),
    })
}
