//! The release a page shows: confirmed base and own unsent changes together, and the one way to change it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access;
use domain::registry::{KnownRecord, RecordRef};
use domain::release::{Cell, Command, FieldRef, Release, Stage, Value};
use domain::sync::ReleaseOp;
use domain::sync::client::Shown;
use domain::wire::release::{May, ReleaseView};
use domain::wire::session::Me;
use domain::{CiKey, ReleaseId, ReleaseNumber, UserId};
use leptos::prelude::*;

use super::toasts::Toasts;
use super::{Remote, remote, use_session, use_toasts};
use crate::client::sync::{self, Typed, use_sync};
use crate::client::{fresh, http};

/// The release of this page. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct OpenRelease {
    /// What the server said when the page opened; with its problems about CIs, which only it can know.
    pub view: Remote<Option<ReleaseView>>,
    /// Its identity, once known.
    pub id: Memo<Option<ReleaseId>>,
    /// As it should be seen.
    pub shown: Memo<Shown>,
    /// Why nothing of the content may be edited; `None` when editing is possible.
    pub locked: Memo<Option<String>>,
    /// Why documents and checklists cannot be touched; `None` when they can.
    pub papers_locked: Memo<Option<String>>,
    /// Why nobody may say here how it ended; `None` when this person may.
    pub end_locked: Memo<Option<String>>,
    me: Memo<Option<Arc<Me>>>,
    sync: sync::Sync,
    toasts: Toasts,
}

/// The release of the page around this widget.
///
/// # Panics
/// Only outside a page that opened one.
#[must_use]
pub fn use_release() -> OpenRelease {
    expect_context()
}

/// Opens the release that the address names by number or identity, for as long as the page lives.
pub fn open(name: impl Fn() -> String + Copy + Send + Sync + 'static) -> OpenRelease {
    let (session, sync) = (use_session(), use_sync());
    let me = Memo::new(move |_| session.me());
    // The address may hold the identity of a release that has no number yet; it gets one while the page is open.
    let stored = RwSignal::new(None::<ReleaseNumber>);
    let number = Memo::new(move |_| name().parse().ok().or(stored.get()));
    let view = remote(
        true,
        move || number.get(),
        |number: Option<ReleaseNumber>| async move {
            match number {
                Some(number) => http::get::<ReleaseView>(&format!("/api/v1/releases/{number}"))
                    .await
                    .map(Some),
                None => Ok(None),
            }
        },
    );
    let id = Memo::new(move |_| {
        let wanted = number.get();
        match name().parse::<ReleaseId>() {
            Ok(id) => Some(id),
            // What is on this device needs no server to be found.
            Err(_) => wanted.and_then(|number| sync.find(number)).or_else(|| {
                view.value.with(|view| {
                    let view = view.as_ref()?.as_ref()?;
                    (view.number == wanted).then_some(view.release.id)
                })
            }),
        }
    });
    Effect::new(move |before: Option<Option<ReleaseId>>| {
        let now = id.get();
        if before.flatten() != now {
            if let Some(old) = before.flatten() {
                sync.close(old);
            }
            if let Some(new) = now {
                sync.open(new);
            }
        }
        now
    });
    on_cleanup(move || {
        if let Some(Some(id)) = id.try_get_untracked() {
            sync.close(id);
        }
    });
    // The answer that named it is what the machine shows, and what own work rests on, until a pull has brought it.
    Effect::new(move |_| {
        view.value.with(|view| {
            if let Some(Some(view)) = view {
                sync.seed(&view.release);
            }
        });
    });
    let shown = Memo::new(move |_| match (id.get(), me.get()) {
        (Some(id), Some(me)) => {
            let mut shown = sync.shown(id, &me.actor);
            // Without a machine nothing can be done to it: it is shown only where there will be none, which is said.
            if sync.held_up.get().is_some() && shown.release.is_none() {
                shown.release = view.value.with(|view| {
                    let release = &view.as_ref()?.as_ref()?.release;
                    (release.id == id).then(|| release.clone())
                });
            }
            shown
        }
        _ => Shown::default(),
    });
    Effect::new(move |_| {
        let now = shown.with(|shown| shown.release.as_ref().and_then(|release| release.number));
        if now != stored.get_untracked() {
            stored.set(now);
        }
    });
    let locked = Memo::new(move |_| {
        let me = me.get()?;
        if let Some(lapsed) = session.lapsed() {
            return Some(lapsed);
        }
        shown.with(|shown| {
            shown
                .release
                .as_ref()
                .and_then(|release| lock_reason(&me, release))
        })
    });
    let papers_locked = Memo::new(move |_| {
        let me = me.get()?;
        if let Some(lapsed) = session.lapsed() {
            return Some(lapsed);
        }
        let may = shown.with(|shown| {
            let release = shown.release.as_ref()?;
            Some(release.with_facts(|facts| access::may_contribute(&me.actor, facts)))
        });
        (may == Some(false)).then(|| {
            "You may read these. Who takes part in the release, or holds a right to work on it, may change them.".into()
        })
    });
    let end_locked = Memo::new(move |_| {
        let me = me.get()?;
        if let Some(lapsed) = session.lapsed() {
            return Some(lapsed);
        }
        let may = shown.with(|shown| {
            let may = May::of(&me.actor, shown.release.as_ref()?);
            Some(may.note_end || may.edit)
        });
        (may == Some(false)).then(|| {
            "Who carries it out, tests or accepts it says how it ended, from execution to acceptance; then its requester \
             and who may accept it, until it is closed."
                .into()
        })
    });
    let open = OpenRelease {
        view,
        id,
        shown,
        locked,
        papers_locked,
        end_locked,
        me,
        sync,
        toasts: use_toasts(),
    };
    provide_context(open);
    open
}

/// Why this person cannot edit the release now.
fn lock_reason(me: &Me, release: &Release) -> Option<String> {
    let may = May::of(&me.actor, release);
    if may.edit {
        return None;
    }
    Some(match release.stage {
        Stage::Draft => {
            "You may read this draft; its author and people with the right to edit may change it.".into()
        }
        stage => {
            let stage = stage.as_str();
            let way_out = if may.withdraw {
                " Withdraw it to edit."
            } else if release.stage == Stage::Authorisation {
                " Its author may withdraw it."
            } else {
                ""
            };
            format!("Frozen in {stage}: what was submitted stays as it was read.{way_out}")
        }
    })
}

impl OpenRelease {
    /// Reads the release, if there is one; tracks.
    pub fn with<T>(self, read: impl FnOnce(&Release) -> T) -> Option<T> {
        self.shown.with(|shown| shown.release.as_ref().map(read))
    }

    /// The value of a register, empty where there is none; tracks.
    #[must_use]
    pub fn value(self, at: &FieldRef) -> Value {
        self.with(|release| release.cell(at).map(|cell| cell.value.clone()))
            .flatten()
            .unwrap_or_default()
    }

    /// Why this register cannot be edited; `None` when it can.
    #[must_use]
    pub fn locked_at(self, at: &FieldRef) -> Memo<Option<String>> {
        if matches!(at, FieldRef::Release { field } if field.is_late()) {
            self.end_locked
        } else if at.is_content() {
            self.locked
        } else {
            self.papers_locked
        }
    }

    /// Its number, once it has one; tracks.
    #[must_use]
    pub fn number(self) -> Option<ReleaseNumber> {
        self.with(|release| release.number).flatten()
    }

    /// How it is called in addresses: by number, or by identity while it has none; tracks.
    #[must_use]
    pub fn name(self) -> String {
        match (self.number(), self.id.get()) {
            (Some(number), _) => number.to_string(),
            (None, Some(id)) => id.to_string(),
            (None, None) => String::new(),
        }
    }

    /// What the person may do with it now; tracks.
    #[must_use]
    pub fn may(self) -> May {
        let me = self.me.get();
        me.and_then(|me| self.with(|release| May::of(&me.actor, release)))
            .unwrap_or_default()
    }

    /// Is this the signed-in person? Does not track.
    #[must_use]
    pub fn is_me(self, user: UserId) -> bool {
        self.me
            .with_untracked(|me| me.as_ref().is_some_and(|me| me.actor.user == user))
    }

    /// Does something to the release, as one gesture: shown at once, sent when possible.
    pub fn act(self, command: Command) {
        self.act_all(vec![command]);
    }

    /// Does several things as one gesture, all or none. Each is made on the release as the ones before leave it
    /// only where they touch different things.
    pub fn act_all(self, commands: Vec<Command>) {
        let made = self.shown.with_untracked(|shown| {
            let release = shown.release.as_ref()?;
            let ops: Result<Vec<_>, _> = commands
                .into_iter()
                .map(|command| command.into_ops(release, fresh::ulid))
                .collect();
            Some(ops)
        });
        match made {
            Some(Ok(ops)) => self.queue(ops.into_iter().flatten().collect()),
            Some(Err(error)) => self.toasts.fail(format!("Not done: {error}.")),
            None => {}
        }
    }

    /// Gives a register what was typed, resting on the cell the author saw when they began to edit.
    pub fn edit(self, at: &FieldRef, seen: Option<Cell>, value: Value) {
        let made = self.shown.with_untracked(|shown| {
            let mut release = shown.release.clone()?;
            put_back(&mut release, at, seen);
            edit_command(at, value).into_ops(&release, fresh::ulid).ok()
        });
        if let (Some(ops), Some(id)) = (made, self.id.get_untracked()) {
            self.sync.act_typed(id, ops, vec![sync::field_key(id, at)]);
        }
    }

    /// Keeps what is being typed into a register; `None` when it is thrown away.
    pub fn typing(self, at: &FieldRef, typed: Option<&Typed>) {
        if let Some(id) = self.id.get_untracked() {
            self.sync.typing(sync::field_key(id, at), typed);
        }
    }

    /// What was left in the field of a register by a page that is gone; tracks.
    #[must_use]
    pub fn left_over(self, at: &FieldRef) -> Option<Typed> {
        self.id
            .get()
            .and_then(|id| self.sync.left_over(&sync::field_key(id, at)))
    }

    /// Says what was done and offers to take it back.
    pub fn undoable(self, text: String, undo: ReleaseOp) {
        if let Some(id) = self.id.get_untracked() {
            self.sync.undoable(text, id, undo);
        }
    }

    /// Remembers the name of a CI that was picked, so that it is shown before the server has said it.
    pub fn learn(self, ci: CiKey, name: String) {
        self.sync.learn(ci, name);
    }

    /// Remembers a record that is about to be linked, so that what comes with it is shown before the server has said it.
    pub fn learn_record(self, at: RecordRef, known: KnownRecord) {
        self.sync.learn_record(at, known);
    }

    fn queue(self, ops: Vec<ReleaseOp>) {
        if let Some(id) = self.id.get_untracked() {
            self.sync.act(id, ops);
        }
    }
}

/// The release with one register as it was when its author began to edit.
fn put_back(release: &mut Release, at: &FieldRef, seen: Option<Cell>) {
    fn put<F: Ord + Copy>(cells: &mut BTreeMap<F, Cell>, field: F, seen: Option<Cell>) {
        match seen {
            Some(cell) => cells.insert(field, cell),
            None => cells.remove(&field),
        };
    }
    match at {
        FieldRef::Release { field } => put(&mut release.fields, *field, seen),
        FieldRef::Step { step, field } => {
            if let Some(step) = release.steps.get_mut(step) {
                put(&mut step.fields, *field, seen);
            }
        }
        FieldRef::Target { step, ci, field } => {
            let target = release
                .steps
                .get_mut(step)
                .and_then(|step| step.targets.get_mut(ci));
            if let Some(target) = target {
                put(&mut target.fields, *field, seen);
            }
        }
        FieldRef::Document { document, field } => {
            if let Some(document) = release.documents.get_mut(document) {
                put(&mut document.fields, *field, seen);
            }
        }
        FieldRef::Answer {
            checklist,
            question,
            field,
        } => {
            if let Some(list) = release.checklists.get_mut(checklist) {
                put(list.answers.entry(question.clone()).or_default(), *field, seen);
            }
        }
    }
}

fn edit_command(at: &FieldRef, value: Value) -> Command {
    match at.clone() {
        FieldRef::Release { field } => Command::Set { field, value },
        FieldRef::Step { step, field } => Command::SetStep { step, field, value },
        FieldRef::Target { step, ci, field } => Command::SetTarget {
            step,
            ci,
            field,
            value,
        },
        FieldRef::Document { document, field } => Command::Describe {
            document,
            field,
            value,
        },
        FieldRef::Answer {
            checklist,
            question,
            field,
        } => Command::Answer {
            checklist,
            question,
            field,
            value,
        },
    }
}
