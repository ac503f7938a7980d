//! Small marks in the browser's localStorage: what this device is called, what was being typed when the page went
//! away, and how much was unsent when we last looked. Each key is written and deleted by itself; the store as a whole
//! belongs to the origin and is never cleared.
//!
//! A mark that cannot be written costs a convenience, never an edit: those are in [`super::store`].

use domain::grow::Arrange;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{ClientId, UserId};
use gloo_storage::{LocalStorage, Storage};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fresh;

const DEVICE: &str = "slipway.device";

/// Most text that is rescued from fields when a page goes away, in bytes: writing it must not take long.
const MOST_TYPED: usize = 64 * 1024;

/// Reads a mark.
#[must_use]
pub fn get<T: DeserializeOwned>(key: &str) -> Option<T> {
    // Where a policy blocks the store, merely reaching for it through gloo throws.
    if !usable() {
        return None;
    }
    LocalStorage::get(key).ok()
}

/// Writes a mark, if there is room.
pub fn set(key: &str, value: &impl Serialize) {
    if usable() {
        let _ = LocalStorage::set(key, value);
    }
}

/// Takes a mark away.
pub fn delete(key: &str) {
    if usable() {
        LocalStorage::delete(key);
    }
}

fn usable() -> bool {
    web_sys::window().is_some_and(|window| matches!(window.local_storage(), Ok(Some(_))))
}

/// This browser on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Made once.
    pub id: String,
    /// What people call it: "DC2-07".
    #[serde(default)]
    pub name: String,
}

impl Device {
    /// This device; gets its identity the first time somebody asks.
    #[must_use]
    pub fn this() -> Self {
        get(DEVICE).unwrap_or_else(|| {
            let made = Self {
                id: fresh::ulid().to_string(),
                name: String::new(),
            };
            made.store();
            made
        })
    }

    /// Keeps it.
    pub fn store(&self) {
        set(DEVICE, self);
    }
}

/// What was unsent when we last looked, kept apart from the store itself: a browser that finds its store damaged
/// deletes it and opens an empty one, and only this mark is left to say what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossMark {
    /// The store.
    pub client: ClientId,
    /// The last `seq` that waited.
    pub last_seq: u64,
    /// Ops without an outcome.
    pub unsynced: usize,
    /// When that was.
    pub at: DateTime<Utc>,
}

impl LossMark {
    fn key(user: UserId) -> String {
        format!("slipway.unsent.{user}")
    }

    fn lost_key(user: UserId) -> String {
        format!("slipway.lost.{user}")
    }

    /// What a person has lost on this device, until they have seen it: the mark of a store with unsent work that is
    /// not the store found.
    #[must_use]
    pub fn find(user: UserId, found: Option<ClientId>) -> Option<Self> {
        let known = get::<Self>(&Self::lost_key(user));
        if known.is_some() {
            return known;
        }
        let lost =
            get::<Self>(&Self::key(user)).filter(|mark| mark.unsynced > 0 && Some(mark.client) != found)?;
        set(&Self::lost_key(user), &lost);
        Some(lost)
    }

    /// The person has seen it.
    pub fn seen(user: UserId) {
        delete(&Self::lost_key(user));
    }

    /// Keeps it.
    pub fn store(&self, user: UserId) {
        set(&Self::key(user), self);
    }

    /// The store was deleted on purpose.
    pub fn forget(user: UserId) {
        delete(&Self::key(user));
    }
}

fn typed_key(user: UserId) -> String {
    format!("slipway.typed.{user}")
}

/// Keeps what is being typed, by field; synchronous, so that it works while the page is being closed. What other
/// tabs have written stays; the longest texts are left out where there is too much.
pub fn keep_typed(user: UserId, typed: &BTreeMap<String, String>) {
    let mut all = self::typed(user);
    all.extend(typed.iter().map(|(field, text)| (field.clone(), text.clone())));
    let mut by_size: Vec<_> = all
        .iter()
        .map(|(field, text)| (text.len(), field.clone()))
        .collect();
    by_size.arrange_by(Ord::cmp);
    let mut room = MOST_TYPED;
    for (size, field) in by_size {
        match room.checked_sub(size) {
            Some(rest) => room = rest,
            None => {
                all.remove(&field);
            }
        }
    }
    if !all.is_empty() {
        set(&typed_key(user), &all);
    }
}

/// What was being typed when pages of this person went away, by field.
#[must_use]
pub fn typed(user: UserId) -> BTreeMap<String, String> {
    get(&typed_key(user)).unwrap_or_default()
}

/// Forgets all of that: it was thrown away.
pub fn forget_all_typed(user: UserId) {
    delete(&typed_key(user));
}

/// Forgets what was written down of some fields: it is kept better now, or was thrown away.
pub fn forget_typed(user: UserId, fields: &[String]) {
    let Some(mut all) = get::<BTreeMap<String, String>>(&typed_key(user)) else {
        return;
    };
    all.retain(|field, _| !fields.contains(field));
    if all.is_empty() {
        delete(&typed_key(user));
    } else {
        set(&typed_key(user), &all);
    }
}
