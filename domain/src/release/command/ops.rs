//! How a command becomes ops: what rests on a version names the one that its author looks at.

use std::collections::BTreeSet;

use ulid::Ulid;

use super::{Command, CommandError};
use crate::grow::Grow;
use crate::release::{
    Act, ConflictAbout, ConflictId, FieldKind, FieldRef, FieldVer, LinkKey, OrderKey, Release, StepField,
    Value, says_something,
};
use crate::sync::{ReleaseOp, Take};
use crate::{AttemptId, ChecklistId, DocumentId, PersonLinkId, StepId};

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
pub(in crate::release) fn edit(seen: &Release, at: FieldRef, to: Value) -> ReleaseOp {
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
