//! The service worker of this device: registered, watched for a newer build of the application, and changed
//! only when somebody agrees. What a worker does is in `public/sw.js`.
//!
//! A new worker is fetched beside the one in charge and waits. On consent the page saves what is being typed and
//! tells it to take over; every open page then gets the new controller, saves in its turn, and starts anew once.

use domain::sync::client::Link;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventTarget, HtmlElement, ServiceWorkerContainer, ServiceWorkerRegistration};

use super::sync::Sync;
use crate::state::connection::Connection;

const URL: &str = "/sw.js";
/// What a waiting worker understands.
const TAKE_OVER: &str = "take-over";
/// Pause between two looks for a newer build in a page that stays open, in milliseconds.
const CHECK_EVERY: u32 = 6 * 60 * 60 * 1000;
/// Pause between two looks at what is not saved yet, in milliseconds.
const SAVED_YET: u32 = 200;

/// How far the change to a newer build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Update {
    /// There is none.
    #[default]
    None,
    /// It is on this device, whole, and waits for consent.
    Ready,
    /// It was agreed to; what is typed is being saved.
    Saving,
}

/// The service worker as a page knows it. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Worker {
    /// How far the change to a newer build is.
    pub update: RwSignal<Update>,
    /// Absent until registered, and for ever where the browser has no service workers.
    registration: StoredValue<Option<ServiceWorkerRegistration>, LocalStorage>,
    /// A worker was in charge already; the next one is an update, not the first.
    followed: StoredValue<bool>,
    /// The page is about to start anew.
    leaving: StoredValue<bool>,
    sync: Sync,
}

/// The service worker of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_worker() -> Worker {
    expect_context()
}

/// Creates it and registers the worker; once, inside the app.
pub fn provide(connection: Connection, sync: Sync) {
    let worker = Worker {
        update: RwSignal::new(Update::None),
        registration: StoredValue::new_local(None),
        followed: StoredValue::new(false),
        leaving: StoredValue::new(false),
        sync,
    };
    provide_context(worker);
    let Some(container) = container() else { return };
    // Another worker may take over before this page has asked for its registration.
    worker.followed.set_value(container.controller().is_some());
    on(&container, "controllerchange", move || worker.changed());
    if is_switched_off() {
        spawn_local(unregister(container));
    } else {
        spawn_local(worker.register(container));
    }
    Effect::new(move |before: Option<()>| {
        connection.restored.track();
        let too_old = sync.standing().link == Link::UpdateNeeded;
        if before.is_some() || too_old {
            worker.check();
        }
    });
}

/// Whether this browser can keep the application. It cannot over plain http, except from this machine.
#[must_use]
pub fn is_supported() -> bool {
    container().is_some()
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let there = js_sys::Reflect::has(&navigator, &JsValue::from_str("serviceWorker")).unwrap_or(false);
    there.then(|| navigator.service_worker())
}

/// The operator has switched it off; the document says so.
fn is_switched_off() -> bool {
    let root = document().document_element();
    root.is_some_and(|it| it.get_attribute("data-worker").as_deref() == Some("off"))
}

/// Removes what an older page may have registered anew after the worker had removed itself.
async fn unregister(container: ServiceWorkerContainer) {
    let found = JsFuture::from(container.get_registration()).await;
    if let Some(Ok(registration)) = found.ok().map(JsCast::dyn_into::<ServiceWorkerRegistration>)
        && let Ok(leaving) = registration.unregister()
    {
        let _ = JsFuture::from(leaving).await;
    }
}

impl Worker {
    async fn register(self, container: ServiceWorkerContainer) {
        // Refused where site data is blocked: the pages then work with a network only.
        let Ok(registered) = JsFuture::from(container.register(URL)).await else {
            return;
        };
        let Ok(registration) = registered.dyn_into::<ServiceWorkerRegistration>() else {
            return;
        };
        // A page that was reloaded past its worker has no controller, but may get one.
        if registration.active().is_some() {
            self.followed.set_value(true);
        }
        on(&registration, "updatefound", move || self.found());
        self.registration.set_value(Some(registration));
        self.look();
        loop {
            self.check();
            TimeoutFuture::new(CHECK_EVERY).await;
        }
    }

    /// Asks the server for a newer build. Silence is no news: the next reason to ask comes.
    pub fn check(self) {
        if let Some(registration) = self.registration.get_value()
            && let Ok(asked) = registration.update()
        {
            spawn_local(async move {
                let _ = JsFuture::from(asked).await;
            });
        }
    }

    /// A newer build is being fetched.
    fn found(self) {
        let installing = self.registration.get_value().and_then(|it| it.installing());
        if let Some(installing) = installing {
            on(&installing, "statechange", move || self.look());
        }
    }

    /// Notes whether a build waits. The first one on a device does not wait for anybody.
    fn look(self) {
        if self.leaving.get_value() || self.update.get_untracked() == Update::Saving {
            return;
        }
        let waits = self
            .registration
            .get_value()
            .is_some_and(|it| it.active().is_some() && it.waiting().is_some());
        self.update.set(if waits { Update::Ready } else { Update::None });
    }

    /// Changes to the build that waits: saves what is typed, then lets it take over.
    pub fn consent(self) {
        self.update.set(Update::Saving);
        spawn_local(async move {
            self.saved().await;
            let waiting = self.registration.get_value().and_then(|it| it.waiting());
            let told = waiting.is_some_and(|it| it.post_message(&JsValue::from_str(TAKE_OVER)).is_ok());
            if !told {
                // Another page was quicker, or a still newer build is on its way.
                self.update.set(Update::None);
                self.look();
            }
        });
    }

    /// Another worker is in charge of this page.
    fn changed(self) {
        let update = self
            .followed
            .try_update_value(|followed| std::mem::replace(followed, true));
        let again = self.leaving.get_value();
        if update != Some(true) || again {
            return;
        }
        self.leaving.set_value(true);
        self.update.set(Update::Saving);
        spawn_local(async move {
            self.saved().await;
            let _ = window().location().reload();
        });
    }

    /// Whether leaving the page now would lose something: text in a field, or changes that are not in the store yet.
    fn would_lose(self) -> bool {
        !untrack(|| self.sync.is_kept())
    }

    /// Resolves when nothing would be lost by leaving the page.
    async fn saved(self) {
        // A field that loses the focus saves what was typed into it.
        let focused = document()
            .active_element()
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if let Some(focused) = focused {
            let _ = focused.blur();
        }
        while self.would_lose() {
            TimeoutFuture::new(SAVED_YET).await;
        }
    }
}

/// Listens as long as the page lives.
fn on(target: &EventTarget, event: &str, act: impl Fn() + 'static) {
    let act = Closure::<dyn Fn()>::new(act).into_js_value();
    let _ = target.add_event_listener_with_callback(event, act.unchecked_ref());
}
