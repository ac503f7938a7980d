//! Steps, their order, prerequisites and targets.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use super::register::{self, beside, plain, put};
use super::{Ctx, Done, Refusal, applied, is_newer, kept, known_ci, malformed, no_such};
use crate::release::{
    Cell, ConflictAbout, FieldRef, FieldVer, MAX_PREREQUISITES, MAX_STEPS, MAX_TARGETS, OrderKey, Release,
    Rev, Step, StepField, Target, Value,
};
use crate::sync::journal::Category;
use crate::sync::outcome::{MergeNote, Reason, Verdict};
use crate::sync::{OpEnvelope, StepBody, TargetBody};
use crate::{CiKey, StepId};

fn step_mut(release: &mut Release, id: StepId) -> Result<&mut Step, Refusal> {
    release
        .steps
        .get_mut(&id)
        .ok_or_else(|| no_such(format!("step {id}")))
}

pub(super) fn title(release: &Release, id: StepId) -> String {
    release
        .steps
        .get(&id)
        .map_or_else(|| id.to_string(), |step| step.title().to_owned())
}

pub(super) fn add(
    release: &mut Release,
    id: StepId,
    place: &OrderKey,
    after: Option<StepId>,
    body: &StepBody,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if release.steps.contains_key(&id) {
        return Err(Reason::Duplicate {
            what: format!("Step {id}"),
        }
        .into());
    }
    // Tombstones stay for good, so they get a limit of their own.
    let live = release.steps.values().filter(|s| s.deleted.is_none()).count();
    if live >= MAX_STEPS || release.steps.len() >= 4 * MAX_STEPS {
        return Err(Reason::TooMany {
            what: format!("A plan has at most {MAX_STEPS} steps."),
        }
        .into());
    }
    let place = StepField::Place
        .kind()
        .parse(place.as_str().into())
        .map_err(|e| malformed(format!("place: {e}")))?;
    if body.fields.contains_key(&StepField::Place) {
        return Err(malformed(
            "body.fields: the place of a step is given beside the body",
        ));
    }
    let mark = ctx.mark();
    let mut fields = register::first_values(&body.fields, |field| (field.kind(), field.label()), mark)?;
    fields.insert(StepField::Place, Cell { value: place, mark });
    check_needs(release, id, &body.needs)?;
    if body.targets.len() > MAX_TARGETS {
        return Err(Reason::TooMany {
            what: format!("A step has at most {MAX_TARGETS} targets."),
        }
        .into());
    }
    let mut targets = BTreeMap::new();
    for (ci, target) in &body.targets {
        targets.insert(ci.clone(), new_target(ci, target, ctx)?);
    }
    let needs = body.needs.iter().map(|need| (*need, mark)).grow();
    let step = Step {
        fields,
        needs,
        targets,
        deleted: None,
        updated: mark,
    };
    let text = format!("added step “{}”", step.title());
    release.steps.insert(id, step);
    let anchor_gone =
        after.is_some_and(|anchor| release.steps.get(&anchor).is_none_or(|s| s.deleted.is_some()));
    let (verdict, note) = plain(Category::Plan, text);
    Ok((
        if anchor_gone {
            Verdict::Merged(MergeNote::AnchorGone)
        } else {
            verdict
        },
        note,
    ))
}

/// Prerequisites of a new step: there is nothing that could need it yet, so no circle is possible.
fn check_needs(release: &Release, id: StepId, needs: &BTreeSet<StepId>) -> Result<(), Refusal> {
    if needs.contains(&id) {
        return Err(malformed("needs: a step cannot wait for itself"));
    }
    if needs.len() > MAX_PREREQUISITES {
        return Err(Reason::TooMany {
            what: format!("A step has at most {MAX_PREREQUISITES} prerequisites."),
        }
        .into());
    }
    match needs.iter().find(|need| !release.steps.contains_key(need)) {
        Some(need) => Err(no_such(format!("step {need}"))),
        None => Ok(()),
    }
}

pub(super) fn move_to(
    release: &mut Release,
    envelope: &OpEnvelope,
    id: StepId,
    base: FieldVer,
    from: &OrderKey,
    to: &OrderKey,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let at = FieldRef::Step {
        step: id,
        field: StepField::Place,
    };
    let to = at
        .kind()
        .parse(to.as_str().into())
        .map_err(|wrong| malformed(format!("to: {wrong}")))?;
    let text = format!("moved step “{}”", title(release, id));
    let step = step_mut(release, id)?;
    let deleted = step.deleted.is_some();
    let standing = step.fields.get(&StepField::Place).cloned();
    let (value, ver) = standing
        .as_ref()
        .map_or((Value::Empty, FieldVer::default()), |c| {
            (c.value.clone(), c.mark.ver)
        });
    let was = Value::from(from.as_str());
    let base = register::unless_same(release, &at, base, &was);
    if value == to {
        return Ok(applied(Category::Plan, text, value, to));
    }
    if deleted {
        return Ok(beside(
            release,
            envelope,
            ConflictAbout::EditOfDeleted { at },
            was,
            standing,
            to,
            ctx,
        ));
    }
    if is_newer(ver, base, ctx)?.is_newer() && was != to {
        return Ok(beside(
            release,
            envelope,
            ConflictAbout::Move { step: id },
            was,
            standing,
            to,
            ctx,
        ));
    }
    put(release, &at, to.clone(), ctx.mark());
    Ok(applied(Category::Plan, text, value, to))
}

pub(super) fn delete(
    release: &mut Release,
    envelope: &OpEnvelope,
    id: StepId,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let name = title(release, id);
    let step = step_mut(release, id)?;
    if step.deleted.is_some() {
        return Ok(plain(Category::Plan, format!("deleted step “{name}” too")));
    }
    if is_newer(step.updated.ver, base, ctx)?.is_newer() {
        let standing = Cell {
            value: name.into(),
            mark: step.updated,
        };
        let about = ConflictAbout::DeleteOfEdited { step: id };
        return Ok(beside(
            release,
            envelope,
            about,
            Value::Empty,
            Some(standing),
            Value::Empty,
            ctx,
        ));
    }
    step.deleted = Some(ctx.mark());
    step.updated = ctx.mark();
    Ok(plain(Category::Plan, format!("deleted step “{name}”")))
}

pub(super) fn restore(release: &mut Release, id: StepId, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let text = format!("restored step “{}”", title(release, id));
    let live = release.steps.values().filter(|s| s.deleted.is_none()).count();
    let step = step_mut(release, id)?;
    if step.deleted.is_some() {
        if live >= MAX_STEPS {
            return Err(Reason::TooMany {
                what: format!("A plan has at most {MAX_STEPS} steps."),
            }
            .into());
        }
        step.deleted = None;
        step.updated = ctx.mark();
    }
    Ok(plain(Category::Plan, text))
}

pub(super) fn add_prerequisite(
    release: &mut Release,
    envelope: &OpEnvelope,
    id: StepId,
    needs: StepId,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if id == needs {
        return Err(malformed("needs: a step cannot wait for itself"));
    }
    if !release.steps.contains_key(&needs) {
        return Err(no_such(format!("step {needs}")));
    }
    let text = format!(
        "let “{}” wait for “{}”",
        title(release, id),
        title(release, needs)
    );
    let step = step_mut(release, id)?;
    if step.needs.contains_key(&needs) {
        return Ok(plain(Category::Plan, text));
    }
    if step.needs.len() >= MAX_PREREQUISITES {
        return Err(Reason::TooMany {
            what: format!("A step has at most {MAX_PREREQUISITES} prerequisites."),
        }
        .into());
    }
    if let Some(path) = release.cycle_through(id, needs) {
        if !somebody_else_closed(release, &path, envelope, ctx) {
            return Err(Reason::Cycle { path }.into());
        }
        let about = ConflictAbout::Cycle {
            step: id,
            needs,
            path,
        };
        return Ok(beside(
            release,
            envelope,
            about,
            Value::Empty,
            None,
            needs.to_string().into(),
            ctx,
        ));
    }
    let mark = ctx.mark();
    let step = step_mut(release, id)?;
    step.needs.insert(needs, mark);
    step.updated = mark;
    Ok(plain(Category::Plan, text))
}

/// Did the author not yet see a part of the circle? Then it is a conflict between two people, not a mistake of one.
fn somebody_else_closed(release: &Release, path: &[StepId], envelope: &OpEnvelope, ctx: &Ctx<'_>) -> bool {
    path.windows(2).any(|pair| {
        let [step, need] = pair else { return false };
        release
            .steps
            .get(step)
            .and_then(|s| s.needs.get(need))
            .is_some_and(|mark| match mark.ver {
                FieldVer::Rev(rev) => rev > envelope.base_rev && mark.by != ctx.actor.user && rev > Rev(0),
                FieldVer::Mine(_) => false,
            })
    })
}

pub(super) fn remove_prerequisite(
    release: &mut Release,
    id: StepId,
    needs: StepId,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let text = format!(
        "let “{}” no longer wait for “{}”",
        title(release, id),
        title(release, needs)
    );
    let step = step_mut(release, id)?;
    if let Some(mark) = step.needs.get(&needs) {
        if is_newer(mark.ver, base, ctx)?.is_newer() {
            return Ok(kept(Category::Plan, text));
        }
        step.needs.remove(&needs);
        step.updated = ctx.mark();
    }
    Ok(plain(Category::Plan, text))
}

pub(super) fn add_target(
    release: &mut Release,
    id: StepId,
    ci: &CiKey,
    body: &TargetBody,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let target = new_target(ci, body, ctx)?;
    let text = format!("added target {} to “{}”", target.name, title(release, id));
    let step = step_mut(release, id)?;
    if step.targets.len() >= MAX_TARGETS && !step.targets.contains_key(ci) {
        return Err(Reason::TooMany {
            what: format!("A step has at most {MAX_TARGETS} targets."),
        }
        .into());
    }
    // Adding what is there already adds nothing: what happens to the CI is changed by editing its fields.
    if !step.targets.contains_key(ci) {
        step.targets.insert(ci.clone(), target);
        step.updated = ctx.mark();
    }
    Ok(applied(Category::Plan, text, Value::Empty, ci.as_str().into()))
}

fn new_target(ci: &CiKey, body: &TargetBody, ctx: &Ctx<'_>) -> Result<Target, Refusal> {
    let name = known_ci(ci, ctx)?;
    let mark = ctx.mark();
    let fields = register::first_values(&body.fields, |field| (field.kind(), field.label()), mark)?;
    Ok(Target { name, fields, mark })
}

pub(super) fn remove_target(
    release: &mut Release,
    id: StepId,
    ci: &CiKey,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let text = format!("removed target {ci} from “{}”", title(release, id));
    let step = step_mut(release, id)?;
    if let Some(target) = step.targets.get(ci) {
        if is_newer(target.mark.ver, base, ctx)?.is_newer() {
            return Ok(kept(Category::Plan, text));
        }
        step.targets.remove(ci);
        step.updated = ctx.mark();
    }
    Ok(applied(Category::Plan, text, ci.as_str().into(), Value::Empty))
}
