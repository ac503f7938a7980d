//! The next push: the oldest ops without an outcome, gestures whole.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rows::{Queued, StoreMark};
use super::view::View;
use crate::release::OpId;
use crate::sync::{Outcome, PROTOCOL, PushReq, TakenBack};
use crate::{GestureId, UserId, json};

/// Most bytes of ops in one push.
const MAX_BYTES: usize = 900_000;

/// The next push, of at most `most` ops; `None` when nothing waits.
pub(super) fn next_push(
    view: &View,
    decided: &BTreeMap<u64, Outcome>,
    store: StoreMark,
    build: &str,
    most: usize,
) -> Option<PushReq> {
    let waiting = || view.outbox.iter().filter(|(seq, _)| !decided.contains_key(seq));
    let (first, _) = waiting().next()?;
    let (mut ops, mut gestures, mut bytes) = (Vec::new(), Vec::new(), 0);
    for ((seq, queued), expected) in waiting().zip(*first..) {
        let id = OpId {
            client: store.client,
            seq: *seq,
        };
        let json = travelling(queued, id, store.user);
        bytes += json.to_string().len();
        let full = ops.len() == most || (bytes > MAX_BYTES && !ops.is_empty());
        if *seq != expected || full {
            break;
        }
        ops.push(json);
        gestures.push(gesture(queued));
    }
    // A gesture is decided as a whole, so it travels as a whole, unless it alone is too long.
    let next = waiting().nth(ops.len()).and_then(|(_, queued)| gesture(queued));
    if next.is_some() && gestures.last() == Some(&next) && gestures.first() != Some(&next) {
        let whole = gestures
            .iter()
            .rposition(|gesture| *gesture != next)
            .map_or(0, |at| at + 1);
        ops.truncate(whole);
    }
    let base = view.base_rev();
    Some(PushReq {
        proto: PROTOCOL,
        build: build.to_owned(),
        epoch: view.sync.epoch,
        head: base,
        client: store.client,
        ops,
    })
}

fn gesture(queued: &Queued) -> Option<GestureId> {
    queued.op.as_ref().map(|op| op.gesture)
}

/// An op as it travels. What was taken back leaves nothing but its number.
fn travelling(queued: &Queued, id: OpId, author: UserId) -> Value {
    match &queued.op {
        Some(op) if !queued.taken_back => json::to_value(op),
        _ => json::to_value(&TakenBack::of(id, author)),
    }
    // Plain data with text keys: writing it as JSON does not fail.
    .unwrap_or_default()
}

/// Up to which op all outcomes are known.
pub(super) fn heard_through(view: &View, decided: &BTreeMap<u64, Outcome>) -> u64 {
    let open = view.outbox.keys().find(|seq| !decided.contains_key(seq));
    let next = view.store.map_or(1, |mark| mark.next_seq);
    open.copied().unwrap_or(next) - 1
}
