//! Which kinds of ops were seen with which outcomes: a generator that never does a thing proves nothing about it.

use std::collections::BTreeMap;

use crate::release::FieldRef;
use crate::sync::{Outcome, ReleaseOp, SentOp};

/// How often ops of one kind ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// Done.
    pub applied: u64,
    /// Done together with what somebody else did, or given way to it.
    pub merged: u64,
    /// Shown to its author beside what somebody else did.
    pub conflicted: u64,
    /// Not done.
    pub refused: u64,
    /// Delivered once more after it was decided.
    pub repeated: u64,
}

impl Ends {
    /// The ends that were seen, as letters: applied, merged, in conflict, refused, delivered again.
    pub fn letters(&self) -> impl Iterator<Item = char> {
        let counts = [
            ('a', self.applied),
            ('m', self.merged),
            ('c', self.conflicted),
            ('r', self.refused),
            ('d', self.repeated),
        ];
        counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(letter, _)| letter)
    }
}

/// The ends of every kind. An act of the workflow is a kind of its own, and so is a field of another part of the release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds(pub BTreeMap<String, Ends>);

impl Kinds {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        for (kind, more) in &other.0 {
            let ends = self.0.entry(kind.clone()).or_default();
            ends.applied += more.applied;
            ends.merged += more.merged;
            ends.conflicted += more.conflicted;
            ends.refused += more.refused;
            ends.repeated += more.repeated;
        }
    }

    pub(super) fn see(&mut self, op: &ReleaseOp, outcome: &Outcome) {
        let ends = self.0.entry(kind(op)).or_default();
        match outcome {
            Outcome::Applied { .. } => ends.applied += 1,
            Outcome::Merged { .. } => ends.merged += 1,
            Outcome::Conflicted { .. } => ends.conflicted += 1,
            Outcome::Rejected { .. } => ends.refused += 1,
        }
    }

    pub(super) fn repeat(&mut self, sent: &SentOp<'_>) {
        if let Ok(envelope) = &sent.op {
            self.0.entry(kind(&envelope.op)).or_default().repeated += 1;
        }
    }
}

/// `add_step`, `act forward`, `set_field document`.
fn kind(op: &ReleaseOp) -> String {
    let json = serde_json::to_value(op).unwrap_or_default();
    let word = json
        .get("kind")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default();
    match op {
        ReleaseOp::Act { .. } => {
            let action = json.get("act").and_then(|act| act.get("action"));
            format!(
                "{word} {}",
                action.and_then(|action| action.as_str()).unwrap_or_default()
            )
        }
        ReleaseOp::SetField { at, .. } | ReleaseOp::EditText { at, .. } => {
            let part = match at {
                FieldRef::Release { .. } => "release",
                FieldRef::Step { .. } => "step",
                FieldRef::Target { .. } => "target",
                FieldRef::Document { .. } => "document",
                FieldRef::Answer { .. } => "answer",
            };
            format!("{word} {part}")
        }
        _ => word.to_owned(),
    }
}
