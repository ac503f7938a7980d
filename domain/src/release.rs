//! A release: the plan of a rollout, who it is for, and where it is in its life.
//!
//! Everything users edit is kept in *registers* ([`Cell`]): a value with the version, author and time of its
//! last change, so that two people who edit apart are merged or shown their conflict field by field.

mod act;
mod baseline;
mod cell;
mod checklist;
mod closing;
mod command;
mod conflict;
mod content;
mod course;
mod differences;
mod document;
mod field;
mod figures;
mod guards;
mod link;
mod next;
mod note;
mod order_key;
mod party;
mod patch;
mod plan;
mod priority;
mod readiness;
mod record;
mod release_type;
mod restore;
mod run;
mod stage;
mod visible;
mod warnings;
mod workflow;

use crate::grow::{Arrange, Grow};
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::ReleaseFacts;
use crate::{
    AttemptId, BlobId, ChecklistId, CiKey, ContractId, DocumentId, GroupId, ReleaseId, ReleaseNumber,
    ReleaseTypeKey, StepId, UserId,
};

pub use act::Act;
pub use baseline::{Baseline, MAX_BASELINES};
pub use cell::{Cell, FieldVer, Mark, OpId, Rev, Value};
pub use checklist::{
    AnswerKind, Checklist, Form, FormDigest, FormGroup, MAX_CHECKLISTS, MAX_QUESTIONS, Question, WrongForm,
    shipped,
};
pub use closing::{CiState, Judgement, VERIFY_WITHIN, Verify, judge};
pub use command::{Command, CommandError, NewRelease, NewStep, NewTarget};
pub use conflict::{Conflict, ConflictAbout, ConflictId};
pub use content::ContentHash;
pub use course::{Activity, Approval, Awaits, Course, Ended, Gives, Hold};
pub use differences::{Difference, differences};
pub use document::{DOCUMENT_CLASSES, Document, DocumentFile, FileRef, MAX_DOCUMENTS, MAX_VERSIONS};
pub(crate) use field::likely;
pub use field::{
    AnswerField, DocumentField, FieldKind, FieldPlace, FieldRef, Policy, ReleaseField, StepField, TargetField,
};
pub use figures::{Figures, overdue_minutes};
pub use guards::{awaited_words, awaits};
pub use link::{ChangeOutcome, Link, LinkKey, MAX_LINKS, PersonCard};
pub use next::Next;
pub use note::{MAX_NOTE_MINUTES, MAX_NOTE_TEXT, MAX_WORD, NoteBody};
pub use order_key::OrderKey;
pub use party::{Party, Who};
pub use patch::Patch;
pub use plan::{Step, Target, Totals};
pub use priority::{Level, Priority, priority};
pub use readiness::{CiFact, Unmet, unmet};
pub use record::{CLOCK_TOLERANCE, Claim, ExecutionRecord, RecordFlag, StepResult};
pub use release_type::{Approvers, Choice, ReleaseType};
pub use restore::{kept_words, restorable, restore_ops};
pub use run::{Progress, Run, StepRun, StepState, start_unmet};
pub use stage::{Disposition, Stage};
pub(crate) use visible::{says_something, visible};
pub use warnings::warnings_for;
pub use workflow::{Action, Scene, WAYS, Way, is_offered, unmet_for};

/// Most live steps in one plan.
pub const MAX_STEPS: usize = 500;
/// Most target CIs of one step.
pub const MAX_TARGETS: usize = 1_000;
/// Most prerequisites of one step.
pub const MAX_PREREQUISITES: usize = 100;
/// Most CIs in scope beside the targets of steps.
pub const MAX_SCOPE: usize = 5_000;
/// Most execution records of one release, and most claims at a time.
pub const MAX_RECORDS: usize = 10_000;
/// Most photos and files of one record.
pub const MAX_EVIDENCE: usize = 20;

/// The release aggregate: the unit of consistency, of sync and of permission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Release {
    /// Identity, made by the client that drafted it.
    pub id: ReleaseId,
    /// Shown number; absent on a tablet until the server has stored the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Who drafted it.
    pub author: UserId,
    /// When the server first stored it.
    pub created: DateTime<Utc>,
    /// Last change of anything in it.
    pub updated: Mark,
    /// Where it is in its workflow.
    pub stage: Stage,
    /// Whether it is being worked on; independent of the stage.
    pub disposition: Disposition,
    /// Counts reopenings, from 1.
    pub run: u32,
    /// The registers of the record itself. A field that was never set is absent.
    pub fields: BTreeMap<ReleaseField, Cell>,
    /// The steps of the plan, deleted ones included as tombstones.
    pub steps: BTreeMap<StepId, Step>,
    /// CIs in scope beside the targets of steps, with the name they had when linked.
    pub scope: BTreeMap<CiKey, ScopeLink>,
    /// Changes, problems, articles, purchases, media and people it is linked with; ended links included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<LinkKey, Link>,
    /// What was done, by attempt: facts, only ever added.
    #[serde(default)]
    pub records: BTreeMap<AttemptId, ExecutionRecord>,
    /// Who is at which step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<AttemptId, Claim>,
    /// Documents, those taken off included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<DocumentId, Document>,
    /// Checklists, those taken off included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checklists: BTreeMap<ChecklistId, Checklist>,
    /// Versions that somebody marked, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// Edits that met another edit and wait for a decision.
    pub conflicts: BTreeMap<ConflictId, Conflict>,
    /// What was submitted, while it is submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Submission>,
    /// Who gave the go-ahead for what was submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorised: Option<Mark>,
    /// Why it came back, to draft or to authorisation, until it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_back: Option<SentBack>,
    /// What its way through the stages has left behind.
    #[serde(default, skip_serializing_if = "Course::is_empty")]
    pub course: Course,
}

/// A CI in scope of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeLink {
    /// Name of the CI when it was linked; shown if the CI disappears.
    pub name: String,
    /// Who linked it, and when.
    pub mark: Mark,
}

/// The fact of a submission: which content, by whom, when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    /// Hash of exactly what was submitted; frozen until withdrawn or refused.
    pub content: ContentHash,
    /// By whom and when.
    pub mark: Mark,
}

/// The fact that a release was sent back, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentBack {
    /// What has to change.
    pub reason: String,
    /// By whom and when.
    pub mark: Mark,
    /// The stage in which it was found unresolved; absent where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Stage>,
}

impl Release {
    /// An empty draft.
    #[must_use]
    pub fn draft(id: ReleaseId, author: UserId, created: DateTime<Utc>, mark: Mark) -> Self {
        Self {
            id,
            number: None,
            author,
            created,
            updated: mark,
            stage: Stage::Draft,
            disposition: Disposition::Active,
            run: 1,
            fields: BTreeMap::new(),
            steps: BTreeMap::new(),
            scope: BTreeMap::new(),
            links: BTreeMap::new(),
            records: BTreeMap::new(),
            claims: BTreeMap::new(),
            documents: BTreeMap::new(),
            checklists: BTreeMap::new(),
            baselines: Vec::new(),
            conflicts: BTreeMap::new(),
            submitted: None,
            authorised: None,
            sent_back: None,
            course: Course::default(),
        }
    }

    /// The value of a field, [`Value::Empty`] if it was never set.
    #[must_use]
    pub fn value(&self, field: ReleaseField) -> &Value {
        self.fields.get(&field).map_or(&Value::Empty, |cell| &cell.value)
    }

    /// A text field, `""` if empty.
    #[must_use]
    pub fn text(&self, field: ReleaseField) -> &str {
        self.value(field).as_text()
    }

    /// A time field.
    #[must_use]
    pub fn time(&self, field: ReleaseField) -> Option<DateTime<Utc>> {
        self.value(field).as_time()
    }

    /// The title, or a stand-in for an untitled draft.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.text(ReleaseField::Title) {
            "" => "Untitled release",
            title => title,
        }
    }

    /// The chosen release type.
    #[must_use]
    pub fn release_type(&self) -> Option<ReleaseTypeKey> {
        self.text(ReleaseField::ReleaseType).parse().ok()
    }

    /// The person the release is for.
    #[must_use]
    pub fn requester(&self) -> Option<UserId> {
        self.text(ReleaseField::Requester).parse().ok()
    }

    /// The person who works on it.
    #[must_use]
    pub fn assignee(&self) -> Option<UserId> {
        self.text(ReleaseField::Assignee).parse().ok()
    }

    /// The group whose work it is.
    #[must_use]
    pub fn assignment_group(&self) -> Option<GroupId> {
        self.text(ReleaseField::AssignmentGroup).parse().ok()
    }

    /// The contract it is done under. A contract that was written as text before there was a register is none.
    #[must_use]
    pub fn contract(&self) -> Option<ContractId> {
        self.text(ReleaseField::Contract).parse().ok()
    }

    /// Priority 1 (highest) to 5, from impact and urgency (S60).
    #[must_use]
    pub fn priority(&self) -> Priority {
        let level = |field| Level::parse(self.text(field));
        priority(level(ReleaseField::Impact), level(ReleaseField::Urgency))
    }

    /// What a field register holds, wherever it is; `None` where the step or target does not exist.
    #[must_use]
    pub fn cell(&self, at: &FieldRef) -> Option<&Cell> {
        match at {
            FieldRef::Release { field } => self.fields.get(field),
            FieldRef::Step { step, field } => self.steps.get(step)?.fields.get(field),
            FieldRef::Target { step, ci, field } => self.steps.get(step)?.targets.get(ci)?.fields.get(field),
            FieldRef::Document { document, field } => self.documents.get(document)?.fields.get(field),
            FieldRef::Answer {
                checklist,
                question,
                field,
            } => self.checklists.get(checklist)?.answers.get(question)?.get(field),
        }
    }

    /// Live steps in plan order: by order key, ties by identity.
    #[must_use]
    pub fn plan(&self) -> Vec<(StepId, &Step)> {
        let mut steps: Vec<_> = self
            .steps
            .iter()
            .filter(|(_, s)| s.deleted.is_none())
            .map(|(id, s)| (*id, s))
            .collect();
        steps.arrange_by(|(a_id, a), (b_id, b)| a.order().cmp(&b.order()).then(a_id.cmp(b_id)));
        steps
    }

    /// Every CI the release touches: targets of live steps, the scope, and what linked changes change; each once.
    #[must_use]
    pub fn touched_cis(&self) -> BTreeSet<CiKey> {
        let targets = self
            .steps
            .values()
            .filter(|s| s.deleted.is_none())
            .flat_map(|s| s.targets.keys());
        let changes = self.live_links().flat_map(|(_, link)| link.cis.keys());
        targets.chain(self.scope.keys()).chain(changes).cloned().grow()
    }

    /// The photos and files that its records name, each once.
    #[must_use]
    pub fn evidence(&self) -> BTreeSet<BlobId> {
        self.records
            .values()
            .flat_map(|record| &record.evidence)
            .copied()
            .grow()
    }

    /// Every photo and file that it names, in its records and documents, each once.
    #[must_use]
    pub fn files(&self) -> BTreeSet<BlobId> {
        let documents = self.documents.values().flat_map(|document| &document.files);
        let mut files = self.evidence();
        files.extend(documents.map(|version| version.file.blob));
        files
    }

    /// Calls `with` with what access decisions need.
    pub fn with_facts<T>(&self, with: impl FnOnce(ReleaseFacts<'_>) -> T) -> T {
        let release_type = self.release_type();
        with(ReleaseFacts {
            release_type: release_type.as_ref(),
            author: self.author,
            requester: self.requester(),
            assignee: self.assignee(),
            group: self.assignment_group(),
            duties: &self.course.duties,
            shared_with: &self.course.shared_with,
            awaits: self.course.awaits.as_ref(),
            contract: self.contract(),
        })
    }
}
