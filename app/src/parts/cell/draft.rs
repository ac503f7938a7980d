use domain::release::{Cell, FieldKind, FieldRef, Value};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::clock;
use crate::client::sync::Typed;
use crate::state::{OpenRelease, use_release};

/// Quiet time after the last key until the text is sent, in milliseconds.
const QUIET: u32 = 2_000;

/// The text in a field while somebody edits it. Follows the release until the first key; then it is the
/// editor's own until it is sent, and the change rests on what they saw when they began.
#[derive(Clone, Copy)]
pub struct Draft {
    /// What is in the field.
    pub text: RwSignal<String>,
    /// What is wrong with it.
    pub error: RwSignal<Option<String>>,
    /// It holds something that is not queued yet.
    pub dirty: RwSignal<bool>,
    at: StoredValue<FieldRef>,
    kind: FieldKind,
    seen: StoredValue<Option<Cell>>,
    turn: StoredValue<u32>,
    open: OpenRelease,
}

impl Draft {
    /// For one register of the open release.
    #[must_use]
    pub fn new(at: &FieldRef) -> Self {
        Self::of_kind(at, at.kind())
    }

    /// The same for a register whose kind is known elsewhere.
    #[must_use]
    pub fn of_kind(at: &FieldRef, kind: FieldKind) -> Self {
        let open = use_release();
        let at = at.clone();
        let place = at.clone();
        let shown = Memo::new(move |_| open.value(&place));
        let draft = Self {
            text: RwSignal::new(to_text(&shown.get_untracked(), kind)),
            error: RwSignal::new(None),
            dirty: RwSignal::new(false),
            at: StoredValue::new(at),
            kind,
            seen: StoredValue::new(None),
            turn: StoredValue::new(0),
            open,
        };
        Effect::new(move |_| {
            let value = shown.get();
            let typed = draft.text.get_untracked();
            // What means the same is left as typed: a blank at the end of a word must not vanish under the cursor.
            let same = to_value(&typed, kind).is_ok_and(|typed| typed == value);
            if !draft.dirty.get_untracked() && !same {
                draft.text.set(to_text(&value, kind));
            }
        });
        // Typed on a page that ended before it was sent: it goes on as if it were typed now.
        Effect::new(move |_| {
            let left = draft.at.with_value(|at| draft.open.left_over(at));
            if let Some(left) = left.filter(|_| !draft.dirty.get_untracked()) {
                draft.begin(left.seen);
                draft.type_in(left.text);
            }
        });
        on_cleanup(move || draft.commit());
        draft
    }

    /// Why it cannot be edited now.
    #[must_use]
    pub fn locked(self) -> Memo<Option<String>> {
        self.at.with_value(|at| self.open.locked_at(at))
    }

    /// Somebody typed.
    pub fn type_in(self, text: String) {
        if !self.dirty.get_untracked() {
            let at = self.at.get_value();
            let seen = self.open.shown.with_untracked(|shown| {
                shown
                    .release
                    .as_ref()
                    .and_then(|release| release.cell(&at).cloned())
            });
            self.begin(seen);
        }
        self.at.with_value(|at| {
            let typed = Typed {
                text: text.clone(),
                seen: self.seen.get_value(),
            };
            self.open.typing(at, Some(&typed));
        });
        self.text.set(text);
        self.error.set(None);
        let mine = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(mine);
        spawn_local(async move {
            TimeoutFuture::new(QUIET).await;
            if self.turn.try_get_value() == Some(mine) {
                self.commit();
            }
        });
    }

    fn begin(self, seen: Option<Cell>) {
        self.seen.set_value(seen);
        self.dirty.set(true);
    }

    /// Sends what was typed, if it says something new and is allowed; otherwise says what is wrong.
    pub fn commit(self) {
        if self.dirty.try_get_untracked() != Some(true) {
            return;
        }
        let (Some(at), Some(text)) = (self.at.try_get_value(), self.text.try_get_untracked()) else {
            return;
        };
        match to_value(&text, self.kind) {
            Err(wrong) => {
                let _ = self.error.try_set(Some(format!("{}: {wrong}.", at.label())));
            }
            Ok(value) => {
                let seen = self.seen.try_get_value().flatten();
                let before = seen.as_ref().map(|cell| cell.value.clone()).unwrap_or_default();
                self.clean();
                if before == value {
                    self.open.typing(&at, None);
                } else {
                    self.open.edit(&at, seen, value);
                }
            }
        }
    }

    /// Leaves the field: sends, and shows the text as it is stored.
    pub fn leave(self) {
        self.commit();
        if !self.dirty.get_untracked() {
            self.show_stored();
        }
    }

    /// Says what is wrong with what is in the control but not yet a value.
    pub fn complain(self, wrong: &str) {
        let label = self.at.with_value(FieldRef::label);
        self.error.set(Some(format!("{label}: {wrong}.")));
    }

    /// Throws away what was typed.
    pub fn abandon(self) {
        self.clean();
        self.at.with_value(|at| self.open.typing(at, None));
        self.error.set(None);
        self.show_stored();
    }

    fn clean(self) {
        let _ = self.turn.try_update_value(|turn| *turn += 1);
        let _ = self.dirty.try_set(false);
    }

    fn show_stored(self) {
        let at = self.at.get_value();
        let value = untrack(|| self.open.value(&at));
        let text = to_text(&value, self.kind);
        if self.text.with_untracked(|typed| *typed != text) {
            self.text.set(text);
        }
    }
}

/// A value as it stands in a text field.
fn to_text(value: &Value, kind: FieldKind) -> String {
    match (kind, value) {
        (FieldKind::Time, value) => value.as_time().map(clock::to_input).unwrap_or_default(),
        (_, Value::Number(number)) => number.to_string(),
        (_, value) => value.as_text().to_owned(),
    }
}

/// What a text field says, in canonical form.
fn to_value(text: &str, kind: FieldKind) -> Result<Value, String> {
    let value = match kind {
        _ if text.trim().is_empty() => Value::Empty,
        FieldKind::Number(max) => match text.trim().parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => return Err(format!("must be a whole number between 0 and {max}")),
        },
        FieldKind::Time => Value::time(clock::read(text, "must be a complete date and time")?),
        _ => text.into(),
    };
    kind.parse(value)
}
