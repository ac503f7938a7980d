//! Fields of an open release, edited in place. Each shows whether what is in it is stored, keeps typed text when
//! somebody else's change arrives, and sends one change for a thought, not for a letter.

mod choice;
mod draft;
mod text;

use domain::release::{AnswerField, DocumentField, FieldRef, ReleaseField, StepField, TargetField};
use domain::{ChecklistId, CiKey, DocumentId, QuestionKey, StepId};
use leptos::prelude::*;

pub use choice::{ChoiceCell, FlagCell, RadioCell};
pub use draft::Draft;
pub use text::TextCell;

use crate::state::use_release;

/// Of the record.
#[must_use]
pub fn of_release(field: ReleaseField) -> FieldRef {
    FieldRef::Release { field }
}

/// Of a step.
#[must_use]
pub fn of_step(step: StepId, field: StepField) -> FieldRef {
    FieldRef::Step { step, field }
}

/// Of a target.
#[must_use]
pub fn of_target(step: StepId, ci: CiKey, field: TargetField) -> FieldRef {
    FieldRef::Target { step, ci, field }
}

/// The id of the control of a register, so that problems and links find it.
#[must_use]
pub fn control_id(at: &FieldRef) -> String {
    match at {
        FieldRef::Release { field } => format!("field-{field:?}").to_lowercase(),
        FieldRef::Step { step, field } => format!("step-{step}-{field:?}").to_lowercase(),
        // Keys of CIs hold characters that ids should not; nothing links to these.
        FieldRef::Target { step, ci, field } => format!(
            "target-{step}-{}-{field:?}",
            crate::paths::encode(ci.as_str(), b"")
        )
        .to_lowercase(),
        FieldRef::Document { document, field } => format!("document-{document}-{field:?}").to_lowercase(),
        FieldRef::Answer {
            checklist,
            question,
            field,
        } => format!(
            "answer-{checklist}-{}-{field:?}",
            crate::paths::encode(question.as_str(), b"")
        )
        .to_lowercase(),
    }
}

/// Of a document.
#[must_use]
pub fn of_document(document: DocumentId, field: DocumentField) -> FieldRef {
    FieldRef::Document { document, field }
}

/// Of a question in a checklist.
#[must_use]
pub fn of_answer(checklist: ChecklistId, question: QuestionKey, field: AnswerField) -> FieldRef {
    FieldRef::Answer {
        checklist,
        question,
        field,
    }
}

/// A dot while something is typed, half of one while a change is only on this device, a tick for a moment once the
/// server has it.
fn stored_mark(at: &FieldRef, typing: Signal<bool>) -> impl IntoView + use<> {
    let open = use_release();
    let at = at.clone();
    let kept = Memo::new(move |_| !typing.get() && open.shown.with(|shown| shown.pending.contains(&at)));
    let unstored = Memo::new(move |_| typing.get() || kept.get());
    let state = Memo::new(
        move |before: Option<&&'static str>| match (unstored.get(), before) {
            (true, _) => "unstored",
            (false, Some(&"unstored" | &"stored")) => "stored",
            (false, _) => "idle",
        },
    );
    view! {
        <span
            class="part-stored"
            data-state=move || state.get()
            data-kept=move || kept.get().then_some("device")
            title=move || match (state.get(), kept.get()) {
                ("unstored", true) => "Saved on this device, not with the server yet",
                ("unstored", false) => "Being typed",
                _ => "Synced",
            }
        ></span>
    }
}
