//! Text in fields that is not queued yet. It outlives the page: once a second it goes into the store, and into a
//! small mark when the page is put away. The next page puts it back into its field.

use domain::ReleaseId;
use domain::release::{Cell, FieldRef};
use domain::sync::client::Input;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::Sync;
use crate::client::marks;

/// How long typed text may be in the memory of the page alone, in milliseconds.
const SOON: u32 = 1_000;

/// Names the form for a new release among the fields: what is in it, as one text.
pub const NEW_RELEASE: &str = "new-release";

/// What somebody has typed into a field, and what they saw in it when they began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// The text now.
    pub text: String,
    /// The register then.
    #[serde(default)]
    pub seen: Option<Cell>,
}

/// Text that was left in a field.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftText {
    /// The release and its field; `None` for the form for a new release ([`NEW_RELEASE`]).
    pub at: Option<(ReleaseId, FieldRef)>,
    /// The text.
    pub text: String,
}

/// Names a field of a release for the store.
#[must_use]
pub fn field_key(release: ReleaseId, at: &FieldRef) -> String {
    // Plain data with text keys: writing it as JSON does not fail.
    format!("{release}/{}", serde_json::to_string(at).unwrap_or_default())
}

impl Sync {
    /// Keeps what is in a field; `None` when it was thrown away.
    pub fn typing(self, field: String, typed: Option<&Typed>) {
        let Some(typed) = typed.and_then(|typed| serde_json::to_string(typed).ok()) else {
            self.not_typing(std::slice::from_ref(&field));
            self.tell(Input::Typing { field, text: None });
            return;
        };
        let before = self
            .typed
            .try_update_value(|all| all.insert(field.clone(), typed))
            .flatten();
        if before.is_some() {
            return;
        }
        spawn_local(async move {
            let mut stored = String::new();
            loop {
                TimeoutFuture::new(SOON).await;
                let Some(text) = self
                    .typed
                    .try_with_value(|all| all.get(&field).cloned())
                    .flatten()
                else {
                    return;
                };
                if text != stored {
                    stored.clone_from(&text);
                    let field = field.clone();
                    self.tell(Input::Typing {
                        field,
                        text: Some(text),
                    });
                }
            }
        });
    }

    /// The text of these fields is queued, or was thrown away.
    pub(super) fn not_typing(self, fields: &[String]) {
        self.typed
            .update_value(|all| all.retain(|field, _| !fields.contains(field)));
        if let Some(user) = self.user() {
            marks::forget_typed(user, fields);
        }
    }

    /// What this page holds of a field that is not on the screen any more.
    #[must_use]
    pub fn typing_now(self, field: &str) -> Option<Typed> {
        let text = self.typed.with_value(|all| all.get(field).cloned())?;
        domain::json::from_str(&text).ok()
    }

    /// Takes what a page before this one left in a field; tracks.
    pub fn left_over(self, field: &str) -> Option<Typed> {
        if !self.left_over.with(|all| all.contains_key(field)) {
            return None;
        }
        let text = self.left_over.try_update(|all| all.remove(field)).flatten()?;
        domain::json::from_str(&text).ok()
    }

    /// Writes down what is in fields, at once: the page may not live another moment.
    pub(super) fn rescue(self) {
        if let Some(user) = self.user() {
            self.typed.with_value(|all| marks::keep_typed(user, all));
        }
    }

    /// What is typed in fields on this device and not queued yet; tracks.
    #[must_use]
    pub fn typed(self) -> Vec<LeftText> {
        let read = |(field, text): (&str, &str)| {
            let typed: Typed = domain::json::from_str(text).ok()?;
            let at = match field.split_once('/') {
                Some((release, at)) => Some((release.parse().ok()?, domain::json::from_str(at).ok()?)),
                None => None,
            };
            Some(LeftText { at, text: typed.text })
        };
        self.read(|machine| machine.drafts().filter_map(read).collect())
            .unwrap_or_default()
    }

    /// How many fields hold text that is not queued, on this page or left by another; tracks.
    #[must_use]
    pub(super) fn typed_count(self) -> usize {
        let here = self.typed.get_value();
        let elsewhere = self.read(|machine| {
            let elsewhere = machine.drafts().filter(|(field, _)| !here.contains_key(*field));
            elsewhere.count()
        });
        here.len() + elsewhere.unwrap_or_default()
    }

    /// What lies in the store now was left by pages that are gone: this tab is the one that leads.
    pub(super) fn take_left_over(self) {
        let mine = self.typed.get_value();
        let left = untrack(|| {
            self.read(|machine| {
                let left = machine.drafts().filter(|(field, _)| !mine.contains_key(*field));
                left.map(|(field, text)| (field.to_owned(), text.to_owned()))
                    .collect::<Vec<_>>()
            })
        });
        self.left_over.update(|all| all.extend(left.unwrap_or_default()));
    }
}

/// Moves what was written down in a hurry into the store, and has it for the fields of this page: no other will find it
/// there.
pub(super) fn drain(sync: Sync) {
    let Some(user) = sync.user() else { return };
    if sync.is_leading() {
        sync.take_left_over();
    }
    let rescued = marks::typed(user);
    for (field, text) in rescued.clone() {
        sync.tell(Input::Typing {
            field,
            text: Some(text),
        });
    }
    sync.left_over.update(|all| all.extend(rescued.clone()));
    spawn_local(async move {
        // A mark goes when the store has what it says: this page may be gone before.
        loop {
            TimeoutFuture::new(SOON).await;
            let mut marked = marks::typed(user);
            marked.retain(|field, _| rescued.contains_key(field));
            if marked.is_empty() {
                return;
            }
            let stored = untrack(|| {
                sync.read(|machine| {
                    let stored =
                        |(field, text): &(&String, &String)| machine.typed(field) == Some(text.as_str());
                    let stored = marked.iter().filter(stored);
                    stored.map(|(field, _)| field.clone()).collect::<Vec<_>>()
                })
            });
            marks::forget_typed(user, &stored.unwrap_or_default());
        }
    });
}
