//! Intentions as people and scripts say them, and how they become ops. The pages and the REST API share this:
//! the base versions are filled in from the release that the author looks at.

mod new;
mod ops;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Activity, AnswerField, ChangeOutcome, ConflictId, ContentHash, DocumentField, FileRef, Form, LinkKey,
    NoteBody, Party, PersonCard, ReleaseField, Stage, StepField, StepResult, TargetField, Value,
};
use crate::registry::RegisterKind;
use crate::sync::Take;
use crate::{
    AttemptId, BlobId, ChecklistId, CiKey, DocumentId, FormKey, GroupId, QuestionKey, RecordKey, StepId,
    UserId,
};

pub use new::{NewRelease, NewStep, NewTarget};
pub(super) use ops::edit;

/// Something to do to a release. Body of `POST /api/v1/releases/{number}/commands`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Give a field of the record a value; `null` clears it.
    Set {
        /// Which.
        field: ReleaseField,
        /// The value.
        value: Value,
    },
    /// Give a field of a step a value.
    SetStep {
        /// The step.
        step: StepId,
        /// Which.
        field: StepField,
        /// The value.
        value: Value,
    },
    /// Give a field of a target a value.
    SetTarget {
        /// The step.
        step: StepId,
        /// The CI.
        ci: CiKey,
        /// Which.
        field: TargetField,
        /// The value.
        value: Value,
    },
    /// Add a step after another, or at the end.
    AddStep {
        /// The step it comes after; at the end without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<StepId>,
        /// Its content.
        #[serde(flatten)]
        step: NewStep,
    },
    /// Move a step after another, or to the front.
    MoveStep {
        /// The step.
        step: StepId,
        /// The step it comes after; to the front without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<StepId>,
    },
    /// Delete a step.
    DeleteStep {
        /// The step.
        step: StepId,
    },
    /// Bring a deleted step back.
    RestoreStep {
        /// The step.
        step: StepId,
    },
    /// Let a step wait for another.
    AddPrerequisite {
        /// The step that waits.
        step: StepId,
        /// The step it waits for.
        needs: StepId,
    },
    /// Let it wait no longer.
    RemovePrerequisite {
        /// The step that waits.
        step: StepId,
        /// The step it waits for.
        needs: StepId,
    },
    /// Let a step work on a CI.
    AddTarget {
        /// The step.
        step: StepId,
        /// The CI and what happens to it.
        #[serde(flatten)]
        target: NewTarget,
    },
    /// Let it work on the CI no longer.
    RemoveTarget {
        /// The step.
        step: StepId,
        /// The CI.
        ci: CiKey,
    },
    /// Take a CI into scope.
    LinkCi {
        /// The CI.
        ci: CiKey,
    },
    /// Take it out of scope.
    UnlinkCi {
        /// The CI.
        ci: CiKey,
    },
    /// Link a record of a register. Of a change, its CIs come into scope.
    Link {
        /// The register.
        register: RegisterKind,
        /// The key of the record.
        key: RecordKey,
    },
    /// Link a person in a role.
    LinkPerson {
        /// Who, in which role, and how to reach them.
        person: PersonCard,
    },
    /// End a link; it stays with the day on which it ended.
    Unlink {
        /// The link: `changes/CHG-1`, `people/01JD...`.
        link: LinkKey,
    },
    /// Say what became of a linked change in this release.
    SetChangeStatus {
        /// The change.
        change: RecordKey,
        /// What became of it; `null` takes the word back.
        #[serde(default)]
        status: Option<ChangeOutcome>,
    },
    /// Take over the CIs of a linked change as its register has them now.
    FollowChange {
        /// The change.
        change: RecordKey,
    },
    /// Submit for authorisation.
    Submit {
        /// Hash of what was seen (`hash` of the release); without it, whatever is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<ContentHash>,
    },
    /// Back to draft.
    Withdraw,
    /// Give the go-ahead.
    Authorise {
        /// Hash of what was seen (`hash` of the release); without it, whatever is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<ContentHash>,
    },
    /// Send it back to draft instead.
    Refuse {
        /// What has to change.
        reason: String,
    },
    /// Move it on: from execution to test, from test to acceptance.
    Forward {
        /// The stage that is done with; without it, the one it is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Stage>,
    },
    /// Back to authorisation: it did not work.
    Unresolved {
        /// What did not work.
        reason: String,
    },
    /// Accept it.
    Accept {
        /// Hash of what was seen (`hash` of the release); without it, whatever is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<ContentHash>,
    },
    /// Close it.
    Close,
    /// Give it up.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Begin another run of what is concluded or cancelled.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Put it on hold.
    Hold {
        /// Key of a hold reason of its type.
        reason: String,
        /// What else there is to say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Go on where it was.
    Resume,
    /// Take the work upon oneself.
    Claim {
        /// The person it is taken from; without it, it is taken only where nobody has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<UserId>,
    },
    /// Give the work to a person.
    Delegate {
        /// To whom.
        to: UserId,
    },
    /// Let a person or group look on.
    Share {
        /// Whom.
        with: Party,
    },
    /// Let them look on no longer.
    Unshare {
        /// Whom.
        with: Party,
    },
    /// Give the work to another group.
    ChangeGroup {
        /// To which.
        to: GroupId,
    },
    /// Move the planned dates of what was submitted; its go-ahead becomes void.
    ReDate {
        /// Planned start.
        start: DateTime<Utc>,
        /// Planned end.
        end: DateTime<Utc>,
        /// Hash of what was seen (`hash` of the release); without it, whatever is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<ContentHash>,
    },
    /// Put the work into the calendar of a group, or take it out.
    Schedule {
        /// The work; takes it out without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<Activity>,
    },
    /// Claim a step: say that one is at it.
    Start {
        /// The step.
        step: StepId,
        /// When.
        started: DateTime<Utc>,
    },
    /// End a claim without a record: it was made by mistake, or somebody else takes over.
    Leave {
        /// The claim.
        attempt: AttemptId,
    },
    /// Record what was done at a step.
    Record {
        /// The step.
        step: StepId,
        /// How it ended.
        result: StepResult,
        /// When it began.
        started: DateTime<Utc>,
        /// When it ended.
        ended: DateTime<Utc>,
        /// What else there is to say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// Photos and files that show it, by their SHA-256.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<BlobId>,
    },
    /// Confirm, as a second person, what was recorded.
    Confirm {
        /// The record.
        attempt: AttemptId,
    },
    /// Decide which of contradicting records of a step counts.
    Settle {
        /// The step.
        step: StepId,
        /// The record that counts.
        attempt: AttemptId,
    },
    /// Decide a conflict.
    Resolve {
        /// Which.
        conflict: ConflictId,
        /// How.
        take: Take,
    },
    /// Write something into the journal.
    Note {
        /// What.
        #[serde(flatten)]
        note: NoteBody,
    },
    /// Attach a document, or bring a new version of one. The bytes are uploaded apart: `POST /api/v1/blobs`.
    Attach {
        /// The document that gets a new version; a new document without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentId>,
        /// The file.
        file: FileRef,
        /// `class`, `name` and `description` of a new document.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        fields: BTreeMap<DocumentField, Value>,
    },
    /// Give a field of a document another value.
    Describe {
        /// The document.
        document: DocumentId,
        /// Which.
        field: DocumentField,
        /// The value.
        value: Value,
    },
    /// Take a document off; it stays in the history.
    Detach {
        /// The document.
        document: DocumentId,
    },
    /// Put a document back that was taken off.
    Reattach {
        /// The document.
        document: DocumentId,
    },
    /// Add a checklist.
    AddChecklist {
        /// Its template.
        template: FormKey,
        /// What the template asks; the server fills it in where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Form>,
    },
    /// Answer a question of a checklist; `null` takes the answer back.
    Answer {
        /// The checklist.
        checklist: ChecklistId,
        /// The question.
        question: QuestionKey,
        /// The answer, or the remark beside it.
        #[serde(default = "the_answer")]
        field: AnswerField,
        /// The value.
        value: Value,
    },
    /// Confirm a checklist as it is answered.
    ConfirmChecklist {
        /// The checklist.
        checklist: ChecklistId,
    },
    /// Take a checklist off; it stays in the history.
    RemoveChecklist {
        /// The checklist.
        checklist: ChecklistId,
    },
    /// Mark the version as it is now.
    Baseline {
        /// What it is called.
        name: String,
    },
}

fn the_answer() -> AnswerField {
    AnswerField::Answer
}

/// A command that names something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No such step.
    #[error("there is no step {0}")]
    NoStep(StepId),
    /// No such open conflict.
    #[error("there is no open conflict {0}")]
    NoConflict(ConflictId),
    /// The place is used up: thousands of moves to one spot.
    #[error("there is no room left between these two steps; move one of them first")]
    NoRoom,
    /// No such checklist template.
    #[error("there is no checklist template {0}")]
    NoForm(FormKey),
    /// How a step ended, without the words that belong to it.
    #[error("note: is empty. {0}")]
    NoNote(&'static str),
}
