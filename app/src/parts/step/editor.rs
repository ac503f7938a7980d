use domain::StepId;
use domain::release::StepField;
use leptos::prelude::*;

use super::needs::Needs;
use super::targets::Targets;
use crate::parts::cell::{FlagCell, TextCell, of_step};
use crate::state::use_release;
use crate::ui::CopyButton;

/// Everything about a step, edited in place.
#[component]
pub fn StepEditor(
    /// Which.
    id: StepId,
) -> impl IntoView {
    let at = move |field| of_step(id, field);
    view! {
        <div class="part-step-editor">
            <div class="line">
                <TextCell at=at(StepField::Title) placeholder="What is done" />
                <TextCell at=at(StepField::Minutes) label="Minutes" />
                <TextCell at=at(StepField::Responsible) placeholder="A person or a role" />
            </div>
            <Targets id=id />
            <Needs id=id />
            <TextCell at=at(StepField::Instructions) placeholder="How, for the person who does it" />
            <CommandBlock id=id />
            <div class="line back-out">
                <TextCell
                    at=at(StepField::BackOut)
                    hint="Needed when a CI is down or at risk, unless there is no way back."
                    placeholder="How to undo this step"
                    rows=2
                />
                <FlagCell at=at(StepField::PointOfNoReturn) label="Point of no return: it cannot be undone" />
            </div>
            <TextCell at=at(StepField::Evidence) placeholder="What must be recorded when it is done" />
            <FlagCell at=at(StepField::ConfirmBySecond) label="Two people: a second person confirms that it is done" />
        </div>
    }
}

/// What to run, exactly, with a button that copies it.
#[component]
fn CommandBlock(id: StepId) -> impl IntoView {
    let open = use_release();
    let at = of_step(id, StepField::Command);
    let place = at.clone();
    let command = Memo::new(move |_| open.value(&place).as_text().to_owned());
    view! {
        <div class="part-command">
            <TextCell at=at hint="Run exactly as written. Two edits at once are never mixed." rows=2 />
            {move || {
                let text = command.get();
                (!text.is_empty()).then(|| view! { <CopyButton text=text what="command" /> })
            }}
        </div>
    }
}
