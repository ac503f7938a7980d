//! Field registers: who wrote last on what was seen, and what to do when somebody else was faster.

use std::collections::BTreeMap;

use super::{Ctx, Done, Refusal, Seen, applied, is_newer, malformed, no_such};
use crate::ContractId;
use crate::release::{
    AnswerField, Cell, Conflict, ConflictAbout, ConflictId, FieldKind, FieldRef, FieldVer, Mark, Policy,
    Question, Release, StepField, Value,
};
use crate::sync::OpEnvelope;
use crate::sync::journal::{Category, Note};
use crate::sync::merge::merge_prose;
use crate::sync::outcome::{MergeNote, Verdict};

/// Checked first values as registers; empty ones are left out.
pub(super) fn first_values<F: Ord + Copy>(
    values: &BTreeMap<F, Value>,
    declared: impl Fn(F) -> (FieldKind, &'static str),
    mark: Mark,
) -> Result<BTreeMap<F, Cell>, Refusal> {
    let mut cells = BTreeMap::new();
    for (field, value) in values {
        let (kind, label) = declared(*field);
        let value = kind
            .parse(value.clone())
            .map_err(|wrong| malformed(format!("{label}: {wrong}")))?;
        if value != Value::Empty {
            cells.insert(*field, Cell { value, mark });
        }
    }
    Ok(cells)
}

/// A value in the canonical form of its field; the refusal names the field. What an answer may be, its question says.
pub(super) fn checked(release: &Release, at: &FieldRef, value: Value) -> Result<Value, Refusal> {
    let parsed = match (at, question(release, at)) {
        (
            FieldRef::Answer {
                field: AnswerField::Answer,
                ..
            },
            Some(question),
        ) => question.answer.parse(value),
        _ => at.kind().parse(value),
    };
    parsed.map_err(|wrong| malformed(format!("{}: {wrong}", at.label())))
}

/// Something else is chosen: a contract is one of the register. One that nobody is in would hide the release from almost
/// everybody. What was chosen before stays, whatever became of it.
pub(super) fn known_choice(at: &FieldRef, value: &Value, ctx: &Ctx<'_>) -> Result<(), Refusal> {
    let chosen = match at.kind() {
        FieldKind::Contract => value.as_text().parse::<ContractId>().ok(),
        _ => None,
    };
    match chosen {
        Some(contract) if !ctx.world.knows_contract(contract) => Err(malformed(format!(
            "{}: there is no contract {contract} in the register; choose one of those that are offered, or none",
            at.label()
        ))),
        _ => Ok(()),
    }
}

/// The question that a register belongs to.
fn question<'a>(release: &'a Release, at: &FieldRef) -> Option<&'a Question> {
    match at {
        FieldRef::Answer {
            checklist, question, ..
        } => release.checklists.get(checklist)?.form.question(question),
        _ => None,
    }
}

/// A scalar, or the whole of a text.
pub(super) fn set(
    release: &mut Release,
    envelope: &OpEnvelope,
    at: &FieldRef,
    base: FieldVer,
    from: &Value,
    to: &Value,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if matches!(
        at,
        FieldRef::Step {
            field: StepField::Place,
            ..
        }
    ) {
        return Err(malformed("Place: use move_step"));
    }
    let to = checked(release, at, to.clone())?;
    let base = unless_same(release, at, base, from);
    write(
        release,
        envelope,
        Edit {
            at,
            base,
            was: from,
            to,
        },
        ctx,
    )
}

/// A text of several lines; merged where its policy allows.
pub(super) fn edit_text(
    release: &mut Release,
    envelope: &OpEnvelope,
    at: &FieldRef,
    base: FieldVer,
    base_text: &str,
    text: &str,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if !matches!(at.kind(), FieldKind::Prose(_) | FieldKind::Command(_)) {
        return Err(malformed(format!(
            "{}: not a text of several lines, use set_field",
            at.label()
        )));
    }
    let to = checked(release, at, text.into())?;
    let was = base_text.into();
    let base = unless_same(release, at, base, &was);
    write(
        release,
        envelope,
        Edit {
            at,
            base,
            was: &was,
            to,
        },
        ctx,
    )
}

/// The version that was seen; the one that stands, if that says the same: it was changed and changed back, or sent
/// again to a restored server.
pub(super) fn unless_same(release: &Release, at: &FieldRef, base: FieldVer, was: &Value) -> FieldVer {
    let same = |cell: &&Cell| checked(release, at, was.clone()).is_ok_and(|was| was == cell.value);
    match (base, release.cell(at).filter(same)) {
        (FieldVer::Rev(_), Some(standing)) => standing.mark.ver,
        _ => base,
    }
}

/// An edit of one register.
pub(super) struct Edit<'a> {
    /// Which register.
    pub at: &'a FieldRef,
    /// The version that was seen.
    pub base: FieldVer,
    /// The value that was seen.
    pub was: &'a Value,
    /// The value wanted, checked.
    pub to: Value,
}

/// Writes a register, or merges, or keeps the edit beside what stands (taxonomy rows 1 to 5).
pub(super) fn write(
    release: &mut Release,
    envelope: &OpEnvelope,
    edit: Edit<'_>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let Edit { at, base, was, to } = edit;
    let deleted = container(release, at)?;
    let standing = release.cell(at).cloned();
    let (value, ver) = standing
        .as_ref()
        .map_or((Value::Empty, FieldVer::default()), |cell| {
            (cell.value.clone(), cell.mark.ver)
        });
    let seen = is_newer(ver, base, ctx)?;
    if value != to {
        known_choice(at, &to, ctx)?;
    }
    let note = |text: String, after: Value| Note {
        category: category(at),
        text,
        before: value.clone(),
        after,
    };

    if let Seen::Continues(conflict) = seen
        && let Some(open) = release.conflicts.get_mut(&conflict)
    {
        // A second offline edit of the same field: one conflict, whose "yours" is the latest text.
        open.yours = to.clone();
        open.made = envelope.made.wall;
        return Ok((
            Verdict::Conflicted(conflict),
            note(format!("edited {} again", at.label()), to),
        ));
    }
    if value == to {
        // Nothing changes, so nothing gets a new version that others would have to have seen.
        return Ok((
            Verdict::Applied,
            note(format!("left {} as it was", at.label()), to),
        ));
    }
    if deleted {
        let about = ConflictAbout::EditOfDeleted { at: at.clone() };
        return Ok(beside(release, envelope, about, was.clone(), standing, to, ctx));
    }
    if !seen.is_newer() {
        let text = written(release, at);
        put(release, at, to.clone(), ctx.mark());
        return Ok((Verdict::Applied, note(text, to)));
    }
    // Back to what it was seen as: nothing was wanted, so nothing is fought over.
    let was = checked(release, at, was.clone()).unwrap_or_default();
    if was == to {
        return Ok((
            Verdict::Applied,
            note(format!("left {} as it was", at.label()), value.clone()),
        ));
    }
    if at.kind().policy() == Policy::Prose
        && let Some(merged) = merge_prose(was.as_text(), value.as_text(), to.as_text())
        && let Ok(merged) = at.kind().parse(merged.into())
    {
        put(release, at, merged.clone(), ctx.mark());
        let verdict = Verdict::Merged(MergeNote::Text { at: at.clone() });
        return Ok((
            verdict,
            note(format!("merged {} with another edit", at.label()), merged),
        ));
    }
    Ok(beside(
        release,
        envelope,
        ConflictAbout::Field { at: at.clone() },
        was,
        standing,
        to,
        ctx,
    ))
}

/// Keeps an edit beside what stands, as an open conflict.
pub(super) fn beside(
    release: &mut Release,
    envelope: &OpEnvelope,
    about: ConflictAbout,
    was: Value,
    standing: Option<Cell>,
    yours: Value,
    ctx: &Ctx<'_>,
) -> Done {
    let id = ConflictId(envelope.id);
    let (theirs, theirs_mark) = standing.map_or((Value::Empty, None), |cell| (cell.value, Some(cell.mark)));
    let text = match &about {
        ConflictAbout::Field { at } => format!("edited {} while somebody else did", at.label()),
        ConflictAbout::EditOfDeleted { at } => format!("edited {} of a step that was deleted", at.label()),
        ConflictAbout::ChangeOfDeleted { .. } => "changed a step that was deleted".into(),
        ConflictAbout::DeleteOfEdited { .. } => "deleted a step that somebody edited".into(),
        ConflictAbout::Move { .. } => "moved a step that somebody else moved".into(),
        ConflictAbout::Cycle { .. } => "added a prerequisite that would close a circle".into(),
    };
    let note = Note {
        category: Category::Conflict,
        text,
        before: theirs.clone(),
        after: yours.clone(),
    };
    let made = envelope.made.wall;
    let author = ctx.actor.user;
    release.conflicts.insert(
        id,
        Conflict {
            about,
            was,
            theirs,
            theirs_mark,
            yours,
            author,
            made,
        },
    );
    (Verdict::Conflicted(id), note)
}

/// Puts a checked value into a register that exists or may exist.
pub(super) fn put(release: &mut Release, at: &FieldRef, value: Value, mark: Mark) {
    let cell = Cell { value, mark };
    match at {
        FieldRef::Release { field } => {
            release.fields.insert(*field, cell);
        }
        FieldRef::Step { step, field } => {
            if let Some(step) = release.steps.get_mut(step) {
                step.fields.insert(*field, cell);
                step.updated = mark;
            }
        }
        FieldRef::Target { step, ci, field } => {
            if let Some(step) = release.steps.get_mut(step)
                && let Some(target) = step.targets.get_mut(ci)
            {
                target.fields.insert(*field, cell);
                // Whoever removes the target must have seen this.
                target.mark = mark;
                step.updated = mark;
            }
        }
        FieldRef::Document { document, field } => {
            if let Some(document) = release.documents.get_mut(document) {
                document.fields.insert(*field, cell);
                // Whoever takes it off must have seen this.
                document.mark = mark;
            }
        }
        FieldRef::Answer {
            checklist,
            question,
            field,
        } => {
            if let Some(list) = release.checklists.get_mut(checklist) {
                list.answers
                    .entry(question.clone())
                    .or_default()
                    .insert(*field, cell);
                list.answered = mark;
                if list.confirmed.take().is_some() {
                    list.unconfirmed = Some(mark);
                }
            }
        }
    }
}

/// Is the step that holds the register deleted? Refuses what was never there.
fn container(release: &Release, at: &FieldRef) -> Result<bool, Refusal> {
    match at {
        FieldRef::Document { document, .. } if !release.documents.contains_key(document) => {
            return Err(no_such(format!("document {document}")));
        }
        FieldRef::Answer { checklist, .. } => {
            let list = release.checklists.get(checklist);
            if list.is_none_or(|list| list.removed.is_some()) {
                return Err(no_such(format!("checklist {checklist}")));
            }
            if question(release, at).is_none() {
                return Err(no_such("question of that key in the checklist"));
            }
        }
        _ => {}
    }
    let Some(id) = at.step() else { return Ok(false) };
    let step = release
        .steps
        .get(&id)
        .ok_or_else(|| no_such(format!("step {id}")))?;
    if let FieldRef::Target { ci, .. } = at
        && !step.targets.contains_key(ci)
    {
        return Err(no_such(format!("target {ci} in step {id}")));
    }
    Ok(step.deleted.is_some())
}

fn category(at: &FieldRef) -> Category {
    match at {
        FieldRef::Release { .. } => Category::Edit,
        FieldRef::Step { .. } | FieldRef::Target { .. } => Category::Plan,
        FieldRef::Document { .. } => Category::Document,
        FieldRef::Answer { .. } => Category::Checklist,
    }
}

/// What the journal says of a written register.
fn written(release: &Release, at: &FieldRef) -> String {
    match at {
        FieldRef::Document { document, .. } => {
            let title = release
                .documents
                .get(document)
                .map_or("", |document| document.title());
            format!("set {} of document “{title}”", at.label())
        }
        FieldRef::Answer { checklist, field, .. } => {
            let asked = question(release, at).map_or("", |question| question.text.as_str());
            let list = release.checklists.get(checklist);
            let verb = match field {
                AnswerField::Answer => "answered",
                AnswerField::Remark => "remarked on",
            };
            let undone = match list.is_some_and(|list| list.confirmed.is_some()) {
                true => ", which takes the confirmation away",
                false => "",
            };
            let title = list.map_or("", |list| list.form.title.as_str());
            format!("{verb} “{asked}” in “{title}”{undone}")
        }
        _ => format!("set {}", at.label()),
    }
}

/// A note without values.
pub(super) fn plain(category: Category, text: impl Into<String>) -> Done {
    applied(category, text, Value::Empty, Value::Empty)
}
