//! The tabs of one person on one device: one of them sends, all of them hear what the others stored.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::UserId;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::leptos_dom::helpers::window_event_listener_untyped;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// The name that the lock and the channel of a person have.
fn name(user: UserId) -> String {
    format!("slipway-sync-{user}")
}

/// Says to the other tabs what this one did, and hears what they did. Messages may be lost; whoever hears too
/// little reads the store again.
#[derive(Debug)]
pub struct Channel {
    channel: Option<BroadcastChannel>,
    _heard: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Joins the tabs of a person; `heard` gets what others say.
    #[must_use]
    pub fn join(user: UserId, heard: impl Fn(String) + 'static) -> Self {
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |ev: MessageEvent| {
            if let Some(text) = ev.data().as_string() {
                heard(text);
            }
        });
        let channel = BroadcastChannel::new(&name(user)).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        }
        Self {
            channel,
            _heard: heard,
        }
    }

    /// Says something to the others.
    pub fn say(&self, text: &str) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::from_str(text));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

/// Asks for the one place from which things are sent; `lead` is told when this tab has it, and when it gives it up
/// because the browser puts the page aside. The browser gives the place on when a tab ends, however it ends. Where
/// there are no locks (plain http from another host), every tab leads: sending twice is harmless, only wasteful.
pub fn run_for_lead(user: UserId, lead: impl Fn(bool) + 'static) {
    let lead = Rc::new(lead);
    let place = Rc::new(Place::default());
    if !request(&name(user), &lead, &place) {
        lead(true);
        return;
    }
    // A page in the back-forward cache must not hold up the tabs that live.
    let (gone, told) = (Rc::clone(&place), Rc::clone(&lead));
    window_event_listener_untyped("pagehide", move |_| {
        if let Some(give_up) = gone.give_up.take() {
            let _ = give_up.call0(&JsValue::NULL);
            told(false);
        }
        gone.aside.set(true);
    });
    window_event_listener_untyped("pageshow", move |_| {
        if place.aside.replace(false) {
            request(&name(user), &lead, &place);
        }
    });
}

#[derive(Default)]
struct Place {
    /// Gives the lock back.
    give_up: RefCell<Option<Function>>,
    aside: Cell<bool>,
}

/// Queues for the lock; `false` where the browser has none. Called through reflection: `web-sys` has locks only
/// behind a compiler flag.
fn request<L: Fn(bool) + 'static>(name: &str, lead: &Rc<L>, place: &Rc<Place>) -> bool {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else {
        return false;
    };
    let Ok(locks) = Reflect::get(&navigator, &"locks".into()) else {
        return false;
    };
    let Ok(request) = Reflect::get(&locks, &"request".into()).and_then(JsCast::dyn_into::<Function>) else {
        return false;
    };
    let (lead, place) = (Rc::clone(lead), Rc::clone(place));
    // The lock is held until the promise is kept.
    let held = Closure::once_into_js(move |_: JsValue| {
        let promise = Promise::new(&mut |kept, _| {
            place.give_up.replace(Some(kept));
        });
        lead(true);
        promise
    });
    request.call3(&locks, &name.into(), &Object::new(), &held).is_ok()
}
