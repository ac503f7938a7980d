//! Intentions as people and scripts say them, and how they become ops. The pages and the REST API share this:
//! the base versions are filled in from the release that the author looks at.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{
    Act, Activity, AnswerField, ChangeOutcome, ConflictAbout, ConflictId, ContentHash, DocumentField,
    FieldKind, FieldRef, FieldVer, FileRef, Form, LinkKey, NoteBody, OrderKey, Party, PersonCard, Release,
    ReleaseField, Stage, StepField, StepResult, TargetField, Value, says_something,
};
use crate::registry::RegisterKind;
use crate::sync::{ReleaseOp, StepBody, Take, TargetBody};
use crate::{
    AttemptId, BlobId, ChecklistId, CiKey, DocumentId, FormKey, GroupId, PersonLinkId, QuestionKey,
    RecordKey, StepId, UserId,
};

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

/// A step to add.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStep {
    /// Title.
    #[serde(default)]
    pub title: String,
    /// How, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What to run, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "run")]
    pub command: Option<String>,
    /// Planned minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// How to undo it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_out: Option<String>,
    /// It cannot be undone.
    #[serde(default)]
    pub point_of_no_return: bool,
    /// What must be recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// A second person must confirm that it is done.
    #[serde(default)]
    pub confirm_by_second: bool,
    /// Steps it waits for.
    #[serde(default)]
    pub needs: BTreeSet<StepId>,
    /// CIs it works on.
    #[serde(default)]
    pub targets: Vec<NewTarget>,
}

/// A target to add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTarget {
    /// The CI.
    pub ci: CiKey,
    /// `install`, `upgrade`, `move`, `replace`, `retire` or `verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// `none`, `at_risk` or `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
}

/// A release to draft. Body of `POST /api/v1/releases`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// First values of the record: `title`, `release_type`, `requester`, ...
    #[serde(default)]
    pub fields: BTreeMap<ReleaseField, Value>,
    /// Steps, in order.
    #[serde(default)]
    pub steps: Vec<NewStep>,
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

impl NewStep {
    /// The op that adds it at a place, under an identity chosen by the caller.
    #[must_use]
    pub fn into_op(self, step: StepId, place: OrderKey, after: Option<StepId>) -> ReleaseOp {
        ReleaseOp::AddStep {
            step,
            place,
            after,
            body: self.body(),
        }
    }

    fn body(self) -> StepBody {
        let text = |value: Option<String>| value.map(Value::from);
        let flag = |set: bool| set.then_some(Value::Flag(true));
        let fields = [
            (StepField::Title, Some(Value::from(self.title))),
            (StepField::Instructions, text(self.instructions)),
            (StepField::Command, text(self.command)),
            (StepField::Minutes, self.minutes.map(Value::from)),
            (StepField::Responsible, text(self.responsible)),
            (StepField::BackOut, text(self.back_out)),
            (StepField::PointOfNoReturn, flag(self.point_of_no_return)),
            (StepField::Evidence, text(self.evidence)),
            (StepField::ConfirmBySecond, flag(self.confirm_by_second)),
        ];
        StepBody {
            fields: fields
                .into_iter()
                .filter_map(|(field, value)| Some((field, value?)))
                .grow(),
            needs: self.needs,
            targets: self.targets.into_iter().map(NewTarget::body).grow(),
        }
    }
}

impl NewTarget {
    fn body(self) -> (CiKey, TargetBody) {
        let fields = [
            (TargetField::Action, self.action),
            (TargetField::Outage, self.outage),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field, Value::from(value?))))
            .grow();
        (self.ci, TargetBody { fields })
    }
}

impl NewRelease {
    /// The ops that draft it, to be applied all or none. `fresh` makes identities for the steps.
    pub fn into_ops(self, mut fresh: impl FnMut() -> Ulid) -> Vec<ReleaseOp> {
        let mut ops = vec![ReleaseOp::Create { fields: self.fields }];
        let mut last: Option<OrderKey> = None;
        for step in self.steps {
            let place = OrderKey::between(last.as_ref(), None);
            last = Some(place.clone());
            ops.push(step.into_op(StepId(fresh()), place, None));
        }
        ops
    }
}

impl Command {
    /// The ops that carry it out on the release as the author sees it, to be applied all or none.
    ///
    /// # Errors
    /// It names a step or conflict that the author cannot have seen.
    pub fn into_ops(
        self,
        seen: &Release,
        mut fresh: impl FnMut() -> Ulid,
    ) -> Result<Vec<ReleaseOp>, CommandError> {
        let op = match self {
            Self::Set { field, value } => edit(seen, FieldRef::Release { field }, value),
            Self::SetStep {
                step,
                field: StepField::Place,
                value,
            } => {
                let to = OrderKey::parse(value.as_text()).ok_or(CommandError::NoRoom)?;
                move_step(seen, step, to)?
            }
            Self::SetStep { step, field, value } => edit(seen, FieldRef::Step { step, field }, value),
            Self::SetTarget {
                step,
                ci,
                field,
                value,
            } => edit(seen, FieldRef::Target { step, ci, field }, value),
            Self::AddStep { after, step } => {
                let last = seen.plan().last().map(|(id, _)| *id);
                let anchor = after.or(last);
                let place = place_after(seen, anchor, None)?;
                step.into_op(StepId(fresh()), place, anchor)
            }
            Self::MoveStep { step, after } => move_step(seen, step, place_after(seen, after, Some(step))?)?,
            Self::DeleteStep { step } => {
                let base = seen
                    .steps
                    .get(&step)
                    .ok_or(CommandError::NoStep(step))?
                    .updated
                    .ver;
                ReleaseOp::DeleteStep { step, base }
            }
            Self::RestoreStep { step } => ReleaseOp::RestoreStep { step },
            Self::AddPrerequisite { step, needs } => ReleaseOp::AddPrerequisite { step, needs },
            Self::RemovePrerequisite { step, needs } => {
                let mark = seen.steps.get(&step).and_then(|s| s.needs.get(&needs));
                ReleaseOp::RemovePrerequisite {
                    step,
                    needs,
                    base: mark.map_or_else(FieldVer::default, |m| m.ver),
                }
            }
            Self::AddTarget { step, target } => {
                let (ci, body) = target.body();
                ReleaseOp::AddTarget { step, ci, body }
            }
            Self::RemoveTarget { step, ci } => {
                let target = seen.steps.get(&step).and_then(|s| s.targets.get(&ci));
                let base = target.map_or_else(FieldVer::default, |t| t.mark.ver);
                ReleaseOp::RemoveTarget { step, ci, base }
            }
            Self::LinkCi { ci } => ReleaseOp::LinkCi { ci },
            Self::UnlinkCi { ci } => {
                let base = seen
                    .scope
                    .get(&ci)
                    .map_or_else(FieldVer::default, |link| link.mark.ver);
                ReleaseOp::UnlinkCi { ci, base }
            }
            Self::Link { register, key } => ReleaseOp::LinkRecord { register, key },
            Self::LinkPerson { person } => ReleaseOp::LinkPerson {
                link: PersonLinkId(fresh()),
                person,
            },
            Self::Unlink { link } => {
                let base = seen
                    .links
                    .get(&link)
                    .map_or_else(FieldVer::default, |link| link.mark.ver);
                ReleaseOp::Unlink { link, base }
            }
            Self::SetChangeStatus { change, status } => {
                let link = seen.links.get(&LinkKey::change(change.clone()));
                let base = link.and_then(|link| link.status_mark);
                ReleaseOp::SetChangeStatus {
                    change,
                    base: base.map_or_else(FieldVer::default, |mark| mark.ver),
                    status,
                }
            }
            Self::FollowChange { change } => ReleaseOp::FollowChange { change },
            Self::Submit { seen: hash } => ReleaseOp::Submit {
                seen: hash.unwrap_or_else(|| seen.content_hash()),
            },
            Self::Withdraw => ReleaseOp::Withdraw,
            Self::Authorise { seen: hash } => ReleaseOp::Authorise {
                seen: hash.unwrap_or_else(|| seen.content_hash()),
            },
            Self::Refuse { reason } => ReleaseOp::Refuse { reason },
            Self::Start { step, started } => ReleaseOp::Start {
                attempt: AttemptId(fresh()),
                step,
                started,
            },
            Self::Leave { attempt } => ReleaseOp::Leave { attempt },
            Self::Record {
                step,
                result,
                started,
                ended,
                note,
                evidence,
            } => {
                let known = seen.steps.get(&step).ok_or(CommandError::NoStep(step))?;
                if let Some(words) = result.asks_for().filter(|_| !says_something(&note)) {
                    return Err(CommandError::NoNote(words));
                }
                ReleaseOp::Record {
                    attempt: AttemptId(fresh()),
                    step,
                    seen: known.updated.ver,
                    result,
                    started,
                    ended,
                    note,
                    evidence,
                    after: standing(seen, step),
                }
            }
            Self::Confirm { attempt } => ReleaseOp::Confirm { attempt },
            Self::Settle { step, attempt } => {
                let mut over = standing(seen, step);
                over.remove(&attempt);
                ReleaseOp::Settle { step, attempt, over }
            }
            Self::Resolve { conflict, take } => resolve(seen, conflict, take)?,
            Self::Forward { from } => acts(Act::Forward {
                from: from.unwrap_or(seen.stage),
            }),
            Self::Unresolved { reason } => acts(Act::Unresolved {
                from: seen.stage,
                reason,
            }),
            Self::Accept { seen: hash } => acts(Act::Accept {
                seen: hash.unwrap_or_else(|| seen.content_hash()),
            }),
            Self::Close => acts(Act::Close),
            Self::Cancel { reason } => acts(Act::Cancel { reason }),
            Self::Reopen { reason } => acts(Act::Reopen { reason }),
            Self::Hold { reason, note } => acts(Act::Hold { reason, note }),
            Self::Resume => acts(Act::Resume),
            Self::Claim { from } => acts(Act::Claim { seen: from }),
            Self::Delegate { to } => acts(Act::Delegate {
                to,
                seen: seen.assignee(),
            }),
            Self::Share { with } => acts(Act::Share { with }),
            Self::Unshare { with } => acts(Act::Unshare { with }),
            Self::ChangeGroup { to } => acts(Act::ChangeGroup { to }),
            Self::ReDate {
                start,
                end,
                seen: hash,
            } => acts(Act::ReDate {
                start,
                end,
                seen: hash.unwrap_or_else(|| seen.content_hash()),
            }),
            Self::Schedule { activity } => acts(Act::Schedule { activity }),
            Self::Note { note } => ReleaseOp::Note { note },
            Self::Attach {
                document,
                file,
                fields,
            } => ReleaseOp::Attach {
                document: document.unwrap_or_else(|| DocumentId(fresh())),
                file,
                fields,
            },
            Self::Describe {
                document,
                field,
                value,
            } => edit(seen, FieldRef::Document { document, field }, value),
            Self::Detach { document } => {
                let known = seen.documents.get(&document);
                let base = known.map_or_else(FieldVer::default, |known| known.mark.ver);
                ReleaseOp::Detach { document, base }
            }
            Self::Reattach { document } => ReleaseOp::Reattach { document },
            Self::AddChecklist { template, form } => {
                let form = form.ok_or_else(|| CommandError::NoForm(template.clone()))?;
                ReleaseOp::AddChecklist {
                    checklist: ChecklistId(fresh()),
                    template,
                    form,
                }
            }
            Self::Answer {
                checklist,
                question,
                field,
                value,
            } => {
                let at = FieldRef::Answer {
                    checklist,
                    question,
                    field,
                };
                edit(seen, at, value)
            }
            Self::ConfirmChecklist { checklist } => ReleaseOp::ConfirmChecklist {
                checklist,
                seen: answered(seen, checklist),
            },
            Self::RemoveChecklist { checklist } => ReleaseOp::RemoveChecklist {
                checklist,
                base: answered(seen, checklist),
            },
            Self::Baseline { name } => ReleaseOp::Baseline { name },
        };
        Ok(vec![op])
    }
}

fn acts(act: Act) -> ReleaseOp {
    ReleaseOp::Act { act }
}

/// The last answer in a checklist that is known here.
fn answered(seen: &Release, checklist: ChecklistId) -> FieldVer {
    let known = seen.checklists.get(&checklist);
    known.map_or_else(FieldVer::default, |list| list.answered.ver)
}

/// The records of a step that stand, as far as they are known here.
fn standing(seen: &Release, step: StepId) -> BTreeSet<AttemptId> {
    let run = seen.run_state();
    let standing = run.step(step).map(|step| step.standing.iter().copied());
    standing.into_iter().flatten().grow()
}

/// An edit of a register: lines of text where they can be merged, the whole value elsewhere.
pub(super) fn edit(seen: &Release, at: FieldRef, to: Value) -> ReleaseOp {
    let cell = seen.cell(&at);
    let base = cell.map_or_else(FieldVer::default, |cell| cell.mark.ver);
    let from = cell.map_or(Value::Empty, |cell| cell.value.clone());
    match (at.kind(), &to) {
        (FieldKind::Prose(_) | FieldKind::Command(_), Value::Text(text)) => ReleaseOp::EditText {
            at,
            base,
            base_text: from.as_text().to_owned(),
            text: text.clone(),
        },
        _ => ReleaseOp::SetField { at, base, from, to },
    }
}

fn move_step(seen: &Release, step: StepId, to: OrderKey) -> Result<ReleaseOp, CommandError> {
    let cell = seen
        .steps
        .get(&step)
        .and_then(|s| s.fields.get(&StepField::Place));
    let cell = cell.ok_or(CommandError::NoStep(step))?;
    let from = OrderKey::parse(cell.value.as_text()).ok_or(CommandError::NoStep(step))?;
    Ok(ReleaseOp::MoveStep {
        step,
        base: cell.mark.ver,
        from,
        to,
    })
}

/// A place right after `anchor` (the front without one), as if `moving` were not there.
fn place_after(
    seen: &Release,
    anchor: Option<StepId>,
    moving: Option<StepId>,
) -> Result<OrderKey, CommandError> {
    let plan: Vec<_> = seen
        .plan()
        .into_iter()
        .filter(|(id, _)| Some(*id) != moving)
        .collect();
    let before = match anchor {
        None => None,
        Some(anchor) => Some(
            plan.iter()
                .position(|(id, _)| *id == anchor)
                .ok_or(CommandError::NoStep(anchor))?,
        ),
    };
    let low = before
        .and_then(|i| plan.get(i))
        .and_then(|(_, step)| step.order());
    let high = plan
        .get(before.map_or(0, |i| i + 1))
        .and_then(|(_, step)| step.order());
    let key = OrderKey::between(low.as_ref(), high.as_ref());
    if key.as_str().len() > OrderKey::MAX_LENGTH {
        Err(CommandError::NoRoom)
    } else {
        Ok(key)
    }
}

fn resolve(seen: &Release, id: ConflictId, take: Take) -> Result<ReleaseOp, CommandError> {
    let conflict = seen.conflicts.get(&id).ok_or(CommandError::NoConflict(id))?;
    let ver = |at: &FieldRef| seen.cell(at).map_or_else(FieldVer::default, |cell| cell.mark.ver);
    let base = match &conflict.about {
        ConflictAbout::Field { at } | ConflictAbout::EditOfDeleted { at } => ver(at),
        ConflictAbout::Move { step } => ver(&FieldRef::Step {
            step: *step,
            field: StepField::Place,
        }),
        ConflictAbout::DeleteOfEdited { step } => seen
            .steps
            .get(step)
            .map_or_else(FieldVer::default, |step| step.updated.ver),
        ConflictAbout::ChangeOfDeleted { .. } | ConflictAbout::Cycle { .. } => FieldVer::default(),
    };
    Ok(ReleaseOp::Resolve {
        conflict: id,
        take,
        base,
    })
}
