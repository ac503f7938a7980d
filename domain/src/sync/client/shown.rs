//! Base and queue together: a release as its user should see it.

use std::collections::BTreeSet;

use crate::access::Actor;
use crate::release::{FieldRef, FieldVer, OpId, Release, StepField};
use crate::sync::{Ctx, OpEnvelope, Reason, ReleaseOp, World, apply_gesture};

/// A release as its user should see it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// Base and queue together; `None` where there is no such release, or nothing is known yet.
    pub release: Option<Release>,
    /// The server has said what it knows of the release.
    pub heard: bool,
    /// Registers with a change of ours that the base does not have yet.
    pub pending: BTreeSet<FieldRef>,
    /// Ops that are going to be refused as far as the client can tell, with the reason. They are sent all the same:
    /// the server decides.
    pub doubtful: Vec<(OpId, Reason)>,
}

/// Applies queued ops to the last confirmed state. A prediction that fails is noted and left out; it stops nothing.
/// O(size of the release + ops).
pub(super) fn fold(
    base: Option<Release>,
    heard: bool,
    ops: &[&OpEnvelope],
    actor: &Actor,
    world: &dyn World,
) -> Shown {
    let mut shown = Shown {
        release: base,
        heard,
        ..Shown::default()
    };
    for gesture in ops.chunk_by(|a, b| a.gesture == b.gesture) {
        let steps: Vec<(&OpEnvelope, Ctx<'_>)> = gesture
            .iter()
            .map(|op| {
                let ctx = Ctx {
                    actor,
                    now: op.made.wall,
                    stamp: FieldVer::Mine(op.id),
                    number: None,
                    world,
                };
                (*op, ctx)
            })
            .collect();
        let results = apply_gesture(&mut shown.release, &steps);
        for (op, result) in gesture.iter().zip(results) {
            match result {
                Ok(_) => shown.pending.extend(touched(&op.op)),
                Err(refusal) => shown.doubtful.push((op.id, refusal.reason)),
            }
        }
    }
    shown
}

/// The registers that an op writes, so that the page can mark them as not yet stored.
fn touched(op: &ReleaseOp) -> Vec<FieldRef> {
    match op {
        ReleaseOp::SetField { at, .. } | ReleaseOp::EditText { at, .. } => vec![at.clone()],
        ReleaseOp::MoveStep { step, .. } => vec![FieldRef::Step {
            step: *step,
            field: StepField::Place,
        }],
        ReleaseOp::AddStep { step, body, .. } => body
            .fields
            .keys()
            .map(|field| FieldRef::Step {
                step: *step,
                field: *field,
            })
            .collect(),
        ReleaseOp::Create { fields } => fields
            .keys()
            .map(|field| FieldRef::Release { field: *field })
            .collect(),
        _ => Vec::new(),
    }
}
