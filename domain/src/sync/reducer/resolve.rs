//! Deciding a conflict. A decision is an edit with a base of its own, so it can itself meet another one.

use super::register::{Edit, checked, plain, write};
use super::{Ctx, Done, Refusal, no_such, steps};
use crate::StepId;
use crate::release::{ConflictAbout, ConflictId, FieldRef, FieldVer, Release, StepField, Value};
use crate::sync::journal::Category;
use crate::sync::{OpEnvelope, ReleaseOp, Take};

pub(super) fn resolve(
    release: &mut Release,
    envelope: &OpEnvelope,
    id: ConflictId,
    take: &Take,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let conflict = release
        .conflicts
        .get(&id)
        .cloned()
        .ok_or_else(|| no_such("open conflict of that name"))?;
    let wanted = match take {
        Take::Theirs => {
            release.conflicts.remove(&id);
            return Ok(plain(Category::Conflict, "decided a conflict: kept what stands"));
        }
        Take::Mine => conflict.yours.clone(),
        Take::Value(value) => value.clone(),
    };
    // The decision is tried with the conflict out of the way, and the conflict comes back if it is refused.
    release.conflicts.remove(&id);
    let decided = decide(release, envelope, &conflict.about, wanted, base, ctx);
    if decided.is_err() {
        release.conflicts.insert(id, conflict);
    }
    decided
}

fn decide(
    release: &mut Release,
    envelope: &OpEnvelope,
    about: &ConflictAbout,
    wanted: Value,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let field = |release: &mut Release, at: &FieldRef, wanted: Value| {
        let to = checked(release, at, wanted)?;
        let was = release.cell(at).map_or(Value::Empty, |cell| cell.value.clone());
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
    };
    match about {
        ConflictAbout::Field { at } => field(release, at, wanted),
        ConflictAbout::Move { step } => field(
            release,
            &FieldRef::Step {
                step: *step,
                field: StepField::Place,
            },
            wanted,
        ),
        ConflictAbout::EditOfDeleted { at } => {
            let Some(step) = at.step() else {
                return Err(no_such("step"));
            };
            restored(release, step, ctx, |release| field(release, at, wanted))
        }
        ConflictAbout::ChangeOfDeleted { step, change } => {
            let change = on_what_stands(release, change);
            restored(release, *step, ctx, |release| {
                super::apply_to(release, envelope, &change, ctx)
            })
        }
        ConflictAbout::DeleteOfEdited { step } => steps::delete(release, envelope, *step, base, ctx),
        ConflictAbout::Cycle { step, needs, .. } => {
            steps::add_prerequisite(release, envelope, *step, *needs, ctx)
        }
    }
}

/// Restores a step and makes a change to it; if the change is refused, the step stays deleted.
fn restored(
    release: &mut Release,
    step: StepId,
    ctx: &Ctx<'_>,
    change: impl FnOnce(&mut Release) -> Result<Done, Refusal>,
) -> Result<Done, Refusal> {
    let tombstone = release.steps.get(&step).cloned();
    steps::restore(release, step, ctx)?;
    let done = change(release);
    if done.is_err()
        && let Some(tombstone) = tombstone
    {
        release.steps.insert(step, tombstone);
    }
    done
}

/// A kept change as decided now: whoever decides has seen what stands, whatever the author saw at the time.
fn on_what_stands(release: &Release, change: &ReleaseOp) -> ReleaseOp {
    let mut change = change.clone();
    match &mut change {
        ReleaseOp::RemovePrerequisite { step, needs, base } => {
            let mark = release.steps.get(step).and_then(|s| s.needs.get(needs));
            *base = mark.map_or_else(FieldVer::default, |mark| mark.ver);
        }
        ReleaseOp::RemoveTarget { step, ci, base } => {
            let target = release.steps.get(step).and_then(|s| s.targets.get(ci));
            *base = target.map_or_else(FieldVer::default, |target| target.mark.ver);
        }
        _ => {}
    }
    change
}
