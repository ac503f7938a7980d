//! The room that the browser gives us on this device, and whether it may take it back.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the browser says about our storage.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Room {
    /// It promised not to delete it when the disk runs full; `None` where it cannot say.
    pub persisted: Option<bool>,
    /// Bytes in use by this site.
    pub used: Option<f64>,
    /// Bytes it may use at most.
    pub quota: Option<f64>,
}

/// Asks the browser not to delete our data by itself. It decides without a question in most browsers: installed
/// and often used sites are trusted.
pub async fn persist() {
    let _ = ask("persist").await;
}

/// What the browser says now.
pub async fn look() -> Room {
    let estimate = ask("estimate").await.unwrap_or(JsValue::UNDEFINED);
    let number = |name: &str| {
        Reflect::get(&estimate, &name.into())
            .ok()
            .and_then(|v| v.as_f64())
    };
    Room {
        persisted: ask("persisted").await.and_then(|v| v.as_bool()),
        used: number("usage"),
        quota: number("quota"),
    }
}

/// Calls a method of `navigator.storage`, which is there only in secure contexts.
async fn ask(method: &str) -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    let storage = Reflect::get(&navigator, &"storage".into()).ok()?;
    let method: Function = Reflect::get(&storage, &method.into()).ok()?.dyn_into().ok()?;
    let answer: Promise = method.call0(&storage).ok()?.dyn_into().ok()?;
    JsFuture::from(answer).await.ok()
}
