//! Bringing an earlier version back: not by rewriting anything, but as one gesture of ordinary ops.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use super::command::edit;
use super::{Cell, FieldRef, LinkKey, OrderKey, Release, ReleaseField, Step, StepField, TargetField, Value};
use crate::StepId;
use crate::sync::{ReleaseOp, StepBody, TargetBody};
use crate::wire::session::Directory;

/// A version as it can be brought back: where it chose somebody or something that the registers do not have (any more), the
/// field keeps what it says now. And which fields those are.
#[must_use]
pub fn restorable(now: &Release, mut wanted: Release, directory: &Directory) -> (Release, Vec<ReleaseField>) {
    let gone = |field: &ReleaseField| {
        let (then, today) = (wanted.value(*field), now.value(*field));
        field.is_decided_on() && then != today && !directory.knows(field.kind(), then)
    };
    let kept: Vec<ReleaseField> = ReleaseField::ALL.iter().copied().filter(gone).collect();
    for field in &kept {
        match now.fields.get(field) {
            Some(cell) => wanted.fields.insert(*field, cell.clone()),
            None => wanted.fields.remove(field),
        };
    }
    (wanted, kept)
}

/// What to say of fields that a restoration leaves as they are; nothing where there are none.
#[must_use]
pub fn kept_words(kept: &[ReleaseField]) -> Option<String> {
    let labels: Vec<&str> = kept.iter().map(|field| field.label()).collect();
    let names = match labels.split_last()? {
        (last, []) => (*last).to_owned(),
        (last, rest) => format!("{} and {last}", rest.join(", ")),
    };
    let keeps = if kept.len() == 1 {
        "keeps its value"
    } else {
        "keep their values"
    };
    Some(format!(
        "{names} {keeps}: what the version chose is not in the registers any more."
    ))
}

/// The ops that make the content of `now` that of `wanted`: fields, steps and scope. Facts stay: records, documents,
/// checklists, the journal. All rest on `now`, so they are to be applied all or none. Empty where nothing is
/// different. The CIs that a linked change brings along are those that it has now. O(size of both).
#[must_use]
pub fn restore_ops(now: &Release, wanted: &Release) -> Vec<ReleaseOp> {
    let mut ops = Vec::new();
    if now.content_hash() == wanted.content_hash() {
        return ops;
    }
    // Who works on it and how it ended are no part of what is decided on.
    for field in ReleaseField::ALL.iter().filter(|field| field.is_decided_on()) {
        let at = FieldRef::Release { field: *field };
        set(now, at, wanted.fields.get(field), &mut ops);
    }
    let live: BTreeMap<StepId, &Step> = wanted.plan().into_iter().grow();
    let mut added = BTreeSet::new();
    for (id, step) in &live {
        match now.steps.get(id) {
            None => {
                added.insert(*id);
                ops.extend(add_step(*id, step));
            }
            Some(standing) if standing.deleted.is_some() => ops.push(ReleaseOp::RestoreStep { step: *id }),
            Some(_) => {}
        }
    }
    // All that is too much goes first: what is added then closes no circle with it.
    for id in live.keys() {
        let Some(standing) = now.steps.get(id) else {
            continue;
        };
        let wanted = needs(&live, *id);
        for (need, mark) in standing.needs.iter().filter(|(need, _)| !wanted.contains(*need)) {
            ops.push(ReleaseOp::RemovePrerequisite {
                step: *id,
                needs: *need,
                base: mark.ver,
            });
        }
    }
    for (id, step) in &live {
        let standing = now.steps.get(id);
        for need in needs(&live, *id) {
            if standing.is_none_or(|standing| !standing.needs.contains_key(&need)) {
                ops.push(ReleaseOp::AddPrerequisite {
                    step: *id,
                    needs: need,
                });
            }
        }
        if let Some(standing) = standing {
            content(now, *id, standing, step, &mut ops);
        }
    }
    for (id, step) in now.plan() {
        if !live.contains_key(&id) {
            ops.push(ReleaseOp::DeleteStep {
                step: id,
                base: step.updated.ver,
            });
        }
    }
    scope(now, wanted, &mut ops);
    links(now, wanted, &mut ops);
    ops
}

/// The live steps that a step waits for.
fn needs(live: &BTreeMap<StepId, &Step>, id: StepId) -> BTreeSet<StepId> {
    let needs = live.get(&id).into_iter().flat_map(|step| step.needs.keys());
    needs.copied().filter(|need| live.contains_key(need)).grow()
}

fn values<F: Ord + Copy>(cells: &BTreeMap<F, Cell>) -> BTreeMap<F, Value> {
    cells
        .iter()
        .map(|(field, cell)| (*field, cell.value.clone()))
        .grow()
}

/// A step that was never there: of another life of the database. Its prerequisites follow by themselves.
fn add_step(id: StepId, step: &Step) -> Option<ReleaseOp> {
    let mut fields = values(&step.fields);
    fields.remove(&StepField::Place);
    let targets = step.targets.iter();
    let targets = targets.map(|(ci, target)| {
        let fields = values(&target.fields);
        (ci.clone(), TargetBody { fields })
    });
    let body = StepBody {
        fields,
        needs: BTreeSet::new(),
        targets: targets.grow(),
    };
    Some(ReleaseOp::AddStep {
        step: id,
        place: step.order()?,
        after: None,
        body,
    })
}

fn content(now: &Release, id: StepId, standing: &Step, step: &Step, ops: &mut Vec<ReleaseOp>) {
    for field in StepField::ALL.iter().filter(|field| **field != StepField::Place) {
        let at = FieldRef::Step {
            step: id,
            field: *field,
        };
        set(now, at, step.fields.get(field), ops);
    }
    ops.extend(move_step(id, standing, step));
    for (ci, target) in &standing.targets {
        if !step.targets.contains_key(ci) {
            ops.push(ReleaseOp::RemoveTarget {
                step: id,
                ci: ci.clone(),
                base: target.mark.ver,
            });
        }
    }
    for (ci, target) in &step.targets {
        if !standing.targets.contains_key(ci) {
            let body = TargetBody {
                fields: values(&target.fields),
            };
            ops.push(ReleaseOp::AddTarget {
                step: id,
                ci: ci.clone(),
                body,
            });
            continue;
        }
        for field in TargetField::ALL {
            let at = FieldRef::Target {
                step: id,
                ci: ci.clone(),
                field: *field,
            };
            set(now, at, target.fields.get(field), ops);
        }
    }
}

fn move_step(id: StepId, standing: &Step, step: &Step) -> Option<ReleaseOp> {
    let cell = standing.fields.get(&StepField::Place)?;
    let from = OrderKey::parse(cell.value.as_text())?;
    let to = step.order().filter(|to| *to != from)?;
    Some(ReleaseOp::MoveStep {
        step: id,
        base: cell.mark.ver,
        from,
        to,
    })
}

fn set(now: &Release, at: FieldRef, wanted: Option<&Cell>, ops: &mut Vec<ReleaseOp>) {
    let value = |cell: Option<&Cell>| cell.map(|cell| cell.value.clone()).unwrap_or_default();
    let wanted = value(wanted);
    if value(now.cell(&at)) != wanted {
        ops.push(edit(now, at, wanted));
    }
}

fn scope(now: &Release, wanted: &Release, ops: &mut Vec<ReleaseOp>) {
    for (ci, link) in now.scope.iter().filter(|(ci, _)| !wanted.scope.contains_key(*ci)) {
        ops.push(ReleaseOp::UnlinkCi {
            ci: ci.clone(),
            base: link.mark.ver,
        });
    }
    for ci in wanted.scope.keys().filter(|ci| !now.scope.contains_key(*ci)) {
        ops.push(ReleaseOp::LinkCi { ci: ci.clone() });
    }
}

/// Links that say what is rolled out; the others accompany the release and stay.
fn links(now: &Release, wanted: &Release, ops: &mut Vec<ReleaseOp>) {
    let live = |release: &Release, key: &LinkKey| release.live_links().any(|(known, _)| known == key);
    for (key, link) in now.live_links().filter(|(key, _)| key.is_content()) {
        if !live(wanted, key) {
            ops.push(ReleaseOp::Unlink {
                link: key.clone(),
                base: link.mark.ver,
            });
        }
    }
    let missing = wanted
        .live_links()
        .filter(|(key, _)| key.is_content() && !live(now, key));
    for record in missing.filter_map(|(key, _)| key.record()) {
        ops.push(ReleaseOp::LinkRecord {
            register: record.register,
            key: record.key.clone(),
        });
    }
}
