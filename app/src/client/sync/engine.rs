//! The machine and its driver as the first page knows them. Their code takes more than all the rest of that page, so it
//! comes in a chunk of its own, and the page stands before it is there.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

use domain::access::Actor;
use domain::registry::{KnownRecord, RecordRef};
use domain::release::{CiFact, Release};
use domain::sync::client::{Effect, Input, Machine, Now, Shown, Standing};
use domain::sync::store::StoreFault;
use domain::{CiKey, ReleaseId, UserId};
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::Sync;

/// Between two attempts to fetch the code, in milliseconds.
const PAUSE_MS: u32 = 2_000;

/// A running machine.
pub(super) trait Engine {
    /// Whose it is.
    fn user(&self) -> UserId;
    /// For pages in chunks of their own, which bring what they read it with.
    fn machine(&self) -> &Machine;
    /// See [`Machine::learn`].
    fn learn(&mut self, ci: CiKey, fact: CiFact);
    /// See [`Machine::learn_record`].
    fn learn_record(&mut self, at: RecordRef, known: KnownRecord);
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
    /// What its driver does; apart from the engine itself, which is told what came of it meanwhile.
    fn hands(&self) -> Hands;
    /// For the driver.
    fn as_any(&mut self) -> &mut dyn Any;
}

/// What the driver does for the first page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hands {
    /// Carries out what the machine wants.
    pub carry_out: fn(Sync, Effect),
    /// Listens to the server anew, where the stream of pokes was closed for good.
    pub hear_again: fn(Sync),
    /// Ends the machine of somebody who leaves and clears their store; own work stays in it unless it is discarded.
    pub end: fn(Sync, bool) -> Ending,
}

/// A store being cleared.
pub(super) type Ending = Pin<Box<dyn Future<Output = Result<(), StoreFault>>>>;

/// Starts the machine of a person as soon as its code is here. Without it nothing could be kept, so it is fetched until
/// it comes; where the app was installed, it is on the device.
pub(super) async fn start(sync: Sync, user: UserId) {
    while fetch_and_start(sync, user).await.is_err() {
        TimeoutFuture::new(PAUSE_MS).await;
    }
}

#[leptos::wasm_split::wasm_split(sync, wasm_split_path = leptos::wasm_split, fallible)]
fn fetch_and_start(sync: Sync, user: UserId) -> Result<(), SplitLoaderError> {
    spawn_local(sync.begin(user));
    Ok(())
}
