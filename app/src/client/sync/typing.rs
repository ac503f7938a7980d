//! Text in fields that is not queued yet. It outlives the page: once a second it goes into the store, and into a
//! small mark when the page is put away. The next page puts it back into its field.

use std::collections::BTreeMap;

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

/// What somebody has typed into a field, and what they saw in it when they began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// The text now.
    pub text: String,
    /// The register then.
    #[serde(default)]
    pub seen: Option<Cell>,
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

    /// Takes what a page before this one left in a field; tracks.
    pub fn left_over(self, field: &str) -> Option<Typed> {
        if !self.left_over.with(|all| all.contains_key(field)) {
            return None;
        }
        let text = self.left_over.try_update(|all| all.remove(field)).flatten()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes down what is in fields, at once: the page may not live another moment.
    pub(super) fn rescue(self) {
        if let Some(user) = self.user() {
            self.typed.with_value(|all| marks::keep_typed(user, all));
        }
    }

    /// What is typed in fields on this device and not queued yet, by release and field; tracks.
    #[must_use]
    pub fn typed(self) -> Vec<(ReleaseId, FieldRef, String)> {
        let all = self.read(|machine| machine.export().map(|export| export.typing.clone()));
        let all = all.flatten().unwrap_or_default();
        let read = |(field, text): (String, String)| {
            let (release, at) = field.split_once('/')?;
            let typed: Typed = serde_json::from_str(&text).ok()?;
            Some((release.parse().ok()?, serde_json::from_str(at).ok()?, typed.text))
        };
        all.into_iter().filter_map(read).collect()
    }

    /// What lies in the store now was left by pages that are gone: this tab is the one that leads.
    pub(super) fn take_left_over(self) {
        let mine = self.typed.get_value();
        let all: BTreeMap<String, String> = untrack(|| {
            self.read(|machine| {
                let export = machine.export();
                export.map(|export| export.typing.clone()).unwrap_or_default()
            })
        })
        .unwrap_or_default();
        self.left_over.set(
            all.into_iter()
                .filter(|(field, _)| !mine.contains_key(field))
                .collect(),
        );
    }
}

/// Moves what was written down in a hurry into the store.
pub(super) fn drain(sync: Sync) {
    let Some(user) = sync.user() else { return };
    for (field, text) in marks::take_typed(user) {
        sync.tell(Input::Typing {
            field,
            text: Some(text),
        });
    }
    if sync.is_leading() {
        sync.take_left_over();
    }
}
