//! Keeps the screen on while a page asks for it.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Keeps the screen on for as long as the owner lives; the signal says whether the browser does it. It lets go of
/// the lock whenever the page is hidden, so the lock is asked for again each time the page comes back.
#[must_use]
pub fn keep_awake() -> RwSignal<bool> {
    let held = RwSignal::new(false);
    let sentinel = StoredValue::new_local(None::<JsValue>);
    let ask = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            let Ok(lock) = request().await else { return };
            // The page may be gone by now: then nothing keeps the lock, and it must not keep the screen.
            match sentinel.try_set_value(Some(lock.clone())) {
                None => {
                    held.try_set(true);
                }
                Some(_) => release(&lock),
            }
        });
    };
    ask();
    let back = window_event_listener_untyped("visibilitychange", move |_| {
        held.set(!document().hidden() && held.get_untracked());
        ask();
    });
    on_cleanup(move || {
        back.remove();
        if let Some(Some(lock)) = sentinel.try_update_value(Option::take) {
            release(&lock);
        }
    });
    held
}

/// `navigator.wakeLock.request("screen")`; an error where the browser has no such thing or refuses, as it does on a
/// low battery.
async fn request() -> Result<JsValue, JsValue> {
    let locks = Reflect::get(&window().navigator(), &"wakeLock".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let asked: Promise = request.call1(&locks, &"screen".into())?.dyn_into()?;
    JsFuture::from(asked).await
}

fn release(lock: &JsValue) {
    let done = Reflect::get(lock, &"release".into()).and_then(|release| {
        let release: Function = release.dyn_into()?;
        release.call0(lock)
    });
    // A lock that the browser took back already is released.
    drop(done);
}
