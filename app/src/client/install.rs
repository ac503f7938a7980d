//! Whether this device has the application installed, and whether the browser offers to install it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Event;

use super::worker;

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installable {
    /// This window is the installed application, or it has just been installed.
    Installed,
    /// The browser installs it when asked ([`Install::ask`]).
    Offered,
    /// iPadOS and iOS: the person does it in the share menu.
    ShareMenu,
    /// The browser may have an entry for it in its own menu.
    BrowserMenu,
    /// Not in this browser, or not over plain http.
    Impossible,
}

/// The state of this page. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Install {
    installed: RwSignal<bool>,
    /// The event by which Chromium and Edge offer it; it can be used once.
    offer: RwSignal<Option<Event>, LocalStorage>,
}

/// The state of this page.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_install() -> Install {
    expect_context()
}

/// Creates it and listens for the offer, which comes once, soon after the page was loaded.
pub fn provide() {
    let install = Install {
        installed: RwSignal::new(runs_alone()),
        offer: RwSignal::new_local(None),
    };
    provide_context(install);
    window_event_listener_untyped("beforeinstallprompt", move |offer| {
        // Not on top of whatever somebody is doing: the Device page has a button.
        offer.prevent_default();
        install.offer.set(Some(offer));
    });
    window_event_listener_untyped("appinstalled", move |_| {
        install.offer.set(None);
        install.installed.set(true);
    });
}

impl Install {
    /// What can be done about it; tracks.
    #[must_use]
    pub fn state(self) -> Installable {
        if self.installed.get() {
            Installable::Installed
        } else if self.offer.with(Option::is_some) {
            Installable::Offered
        } else if !worker::is_supported() {
            Installable::Impossible
        } else if is_apple_mobile() {
            Installable::ShareMenu
        } else {
            Installable::BrowserMenu
        }
    }

    /// Lets the browser ask the person. Must run in a press of a button.
    pub fn ask(self) {
        let Some(offer) = self.offer.get_untracked() else {
            return;
        };
        self.offer.set(None);
        let prompt = js_sys::Reflect::get(&offer, &JsValue::from_str("prompt"))
            .ok()
            .and_then(|prompt| prompt.dyn_into::<js_sys::Function>().ok());
        let answer = prompt.and_then(|prompt| prompt.call0(&offer).ok());
        if let Some(answer) = answer.and_then(|answer| answer.dyn_into::<js_sys::Promise>().ok()) {
            // "appinstalled" tells of a yes; after a no the browser offers again when it sees fit.
            spawn_local(async move {
                let _ = JsFuture::from(answer).await;
            });
        }
    }
}

/// The page has a window without the browser around it.
fn runs_alone() -> bool {
    let mode = window().match_media("(display-mode: standalone)").ok().flatten();
    mode.is_some_and(|mode| mode.matches()) || apple_standalone() == Some(true)
}

fn is_apple_mobile() -> bool {
    apple_standalone().is_some()
}

/// A property that only browsers of iPadOS and iOS have.
fn apple_standalone() -> Option<bool> {
    js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("standalone"))
        .ok()
        .and_then(|value| value.as_bool())
}
