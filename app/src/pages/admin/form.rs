//! What is typed into the form of a record: which fields differ from what was looked at, what is wrong with them, and
//! how they meet what somebody else saved meanwhile.

use std::cell::RefCell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;

use super::register::{Fields, Kind, Record, Register, Spec, value};
use crate::client::http::ApiError;
use crate::fields::{Meeting, blank, meet, place, same};

/// One field of the form.
#[derive(Clone, Copy)]
pub struct Slot {
    /// What it is.
    pub spec: &'static Spec,
    /// What is typed.
    pub value: RwSignal<Value>,
}

/// A field that two people changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// Its name in a record.
    pub key: &'static str,
    /// What both looked at.
    pub was: Value,
    /// What the other one saved.
    pub theirs: Value,
}

/// The form of a record. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct Form {
    /// Of what.
    pub register: &'static Register,
    /// As it was looked at; a change names its version.
    pub base: RwSignal<Record>,
    slots: StoredValue<Vec<Slot>>,
    /// Fields that are to be decided on.
    pub clashes: RwSignal<Vec<Clash>>,
    /// Fields that somebody else changed and nobody here.
    pub taken: RwSignal<Vec<&'static str>>,
    /// Why the latest attempt to save failed.
    pub failed: RwSignal<Option<ApiError>>,
    /// Something is missing, and was said to be.
    pub tried: RwSignal<bool>,
    /// Counts how often fields got values from elsewhere than the keyboard.
    pub turn: RwSignal<u32>,
}

/// What was typed and not saved when its page was left, until this tab is closed.
struct Left {
    base: Record,
    fields: Fields,
}

thread_local! {
    static LEFT: RefCell<BTreeMap<(&'static str, String), Left>> = const { RefCell::new(BTreeMap::new()) };
}

impl Form {
    /// The form of `record`, with what was typed into it before and not saved. Answers whether there was something.
    pub fn open(register: &'static Register, record: Record) -> (Self, bool) {
        let new = record.id.is_empty();
        let left = LEFT.with_borrow_mut(|left| left.remove(&(register.name, record.id.clone())));
        let base = left
            .as_ref()
            .map_or_else(|| record.clone(), |left| left.base.clone());
        let specs = register
            .fields()
            .filter(|spec| new || !matches!(spec.kind, Kind::Secret));
        let slots = specs.map(|spec| {
            let typed = left.as_ref().and_then(|left| left.fields.get(spec.key).cloned());
            Slot {
                spec,
                value: RwSignal::new(typed.unwrap_or_else(|| value(&base.fields, spec.key))),
            }
        });
        let form = Self {
            register,
            slots: StoredValue::new(slots.collect()),
            base: RwSignal::new(base),
            clashes: RwSignal::new(Vec::new()),
            taken: RwSignal::new(Vec::new()),
            failed: RwSignal::new(None),
            tried: RwSignal::new(false),
            turn: RwSignal::new(0),
        };
        if left.is_some() {
            form.meet(record);
        }
        (form, left.is_some())
    }

    /// It is of a record that is not there yet.
    #[must_use]
    pub fn is_new(self) -> bool {
        self.base.with_untracked(|base| base.id.is_empty())
    }

    /// The fields.
    #[must_use]
    pub fn slots(self) -> Vec<Slot> {
        self.slots.get_value()
    }

    /// Fields that differ from what was looked at; tracks.
    #[must_use]
    pub fn changes(self) -> Fields {
        let slots = self.slots.get_value();
        self.base.with(|base| {
            let changed = slots.iter().filter_map(|slot| {
                let now = slot.value.get();
                let differs = !same(&now, &value(&base.fields, slot.spec.key), slot.spec.is_set());
                differs.then(|| (slot.spec.key.to_owned(), now))
            });
            changed.collect()
        })
    }

    /// Everything that is filled in, for a new record.
    #[must_use]
    pub fn everything(self) -> Fields {
        let slots = self.slots.get_value().into_iter();
        let all = slots.map(|slot| (slot.spec.key.to_owned(), slot.value.get_untracked()));
        all.filter(|(_, value)| !value.is_null()).collect()
    }

    /// The value of a field; tracks.
    #[must_use]
    pub fn get(self, key: &str) -> Value {
        let slot = self
            .slots
            .get_value()
            .into_iter()
            .find(|slot| slot.spec.key == key);
        slot.map(|slot| slot.value.get()).unwrap_or_default()
    }

    /// What keeps one field from being saved, or the server's word on it; tracks.
    #[must_use]
    pub fn wrong(self, slot: Slot) -> Option<String> {
        if self.tried.get() && slot.spec.required && slot.value.with(blank) {
            return Some("is needed".to_owned());
        }
        self.failed.with(|failed| said(failed.as_ref()?, slot.spec.key))
    }

    /// A field that is needed is empty; tracks.
    #[must_use]
    pub fn incomplete(self) -> bool {
        let slots = self.slots.get_value();
        slots
            .iter()
            .any(|slot| slot.spec.required && slot.value.with(blank))
    }

    /// Somebody else saved `theirs` meanwhile. Their changes are taken over, mine stay, and where both changed a
    /// field, it is to be decided.
    pub fn meet(self, theirs: Record) {
        let base = self.base.get_untracked();
        let (mut clashes, mut taken) = (Vec::new(), Vec::new());
        for slot in self.slots.get_value() {
            let key = slot.spec.key;
            let (was, their) = (value(&base.fields, key), value(&theirs.fields, key));
            let mine = slot.value.get_untracked();
            match meet(&was, &their, &mine, slot.spec.is_set()) {
                Meeting::Mine => {}
                Meeting::Theirs => {
                    slot.value.set(their);
                    taken.push(key);
                }
                Meeting::Clash => clashes.push(Clash {
                    key,
                    was,
                    theirs: their,
                }),
            }
        }
        self.base.set(theirs);
        self.clashes.set(clashes);
        self.taken.set(taken);
        self.failed.set(None);
        self.turn.update(|turn| *turn += 1);
    }

    /// Decides on a field that two people changed.
    pub fn decide(self, key: &str, take_theirs: bool) {
        let clash = self
            .clashes
            .with_untracked(|clashes| clashes.iter().find(|clash| clash.key == key).cloned());
        let slot = self
            .slots
            .get_value()
            .into_iter()
            .find(|slot| slot.spec.key == key);
        if let (Some(clash), Some(slot), true) = (clash, slot, take_theirs) {
            slot.value.set(clash.theirs);
            self.turn.update(|turn| *turn += 1);
        }
        self.clashes
            .update(|clashes| clashes.retain(|clash| clash.key != key));
    }

    /// Takes the record as it is on the server.
    pub fn take(self, record: Record) {
        for slot in self.slots.get_value() {
            slot.value.set(value(&record.fields, slot.spec.key));
        }
        self.base.set(record);
        self.clashes.set(Vec::new());
        self.taken.set(Vec::new());
        self.failed.set(None);
        self.tried.set(false);
        self.turn.update(|turn| *turn += 1);
    }

    /// Puts what is not saved aside, for the next time the page is opened. Passwords are not.
    pub fn leave(self) {
        let mut fields = untrack(|| self.changes());
        fields.remove("password");
        if fields.is_empty() {
            return;
        }
        let base = self.base.get_untracked();
        let key = (self.register.name, base.id.clone());
        LEFT.with_borrow_mut(|left| left.insert(key, Left { base, fields }));
    }
}

/// What the server says about a field or a part of it.
#[must_use]
pub fn said(error: &ApiError, key: &str) -> Option<String> {
    let ApiError::Problem(problem) = error else {
        return None;
    };
    let mut here = problem.errors.iter().filter_map(|wrong| {
        let at = wrong.at.trim_start_matches('/');
        let rest = at.strip_prefix("form.").unwrap_or(at).strip_prefix(key)?;
        match rest.is_empty() {
            true => Some(wrong.message.clone()),
            false if rest.starts_with(['[', '.', '/']) => Some(format!("{}: {}", place(rest), wrong.message)),
            false => None,
        }
    });
    here.next()
}
