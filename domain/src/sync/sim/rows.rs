//! The taxonomy of offline-sync 2.5, counted: a generator that never reaches a case proves nothing about it.

use crate::release::{ConflictAbout, FieldRef, Policy, Release, Stage, StepField};
use crate::sync::{MergeNote, OpEnvelope, Outcome, Reason, ReleaseOp};

/// The rows, in words; index 0 is row 1.
pub const ROWS: [&str; 25] = [
    "one field, two values: conflicted",
    "prose, disjoint lines: merged",
    "prose, overlapping lines: conflicted",
    "command, two values: conflicted",
    "edit of a deleted step: conflicted",
    "deletion of an edited step: conflicted",
    "deleted twice: applied",
    "edit after submission: rejected, kept",
    "submitted something else than seen: rejected",
    "one step, two places: conflicted",
    "moves of different steps meet: applied",
    "move of a deleted step: conflicted",
    "added after a deleted step: merged",
    "circle of two people: conflicted",
    "names a CI that is retired or gone: applied",
    "what one may no longer see: rejected",
    "right lost meanwhile: rejected, kept",
    "newer than the server: held by the client",
    "record out of state: applied, flagged",
    "two records of one step: both applied",
    "rests on a refused op: rejected, grouped",
    "there already, or too many: rejected",
    "delivered twice: stored outcome",
    "moved on, or handed over: applied",
    "moved on, or handed over, as things no longer stand: rejected",
];

/// How often each row was reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows(pub [u64; 25]);

impl Rows {
    /// Counts row `number`, from 1.
    pub(super) fn count(&mut self, number: usize) {
        if let Some(count) = self.0.get_mut(number - 1) {
            *count += 1;
        }
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Counts the outcome of an op that the server decided on `before`, giving `after`.
    pub(super) fn see(
        &mut self,
        op: &OpEnvelope,
        outcome: &Outcome,
        before: Option<&Release>,
        after: Option<&Release>,
    ) {
        match outcome {
            Outcome::Applied { .. } => self.see_applied(op, before),
            Outcome::Merged { note, .. } => match note {
                MergeNote::Text { .. } => self.count(2),
                MergeNote::AnchorGone => self.count(13),
                MergeNote::KeptElement => {}
            },
            Outcome::Conflicted { conflict, .. } => {
                if let Some(conflict) = after.and_then(|release| release.conflicts.get(conflict)) {
                    self.see_conflict(&conflict.about);
                }
            }
            Outcome::Rejected { reason, .. } => match reason {
                Reason::Frozen { .. } => self.count(8),
                Reason::ContentChanged { .. } => self.count(9),
                Reason::NoSuch { what } if what.starts_with("release") && before.is_some() => self.count(16),
                Reason::NotAllowed { .. } => self.count(17),
                Reason::RestsOnRefused => self.count(21),
                Reason::Duplicate { .. } | Reason::TooMany { .. } => self.count(22),
                Reason::NotReady { .. } | Reason::WrongStage { .. }
                    if matches!(op.op, ReleaseOp::Act { .. }) =>
                {
                    self.count(25);
                }
                _ => {}
            },
        }
    }

    fn see_applied(&mut self, op: &OpEnvelope, before: Option<&Release>) {
        let Some(before) = before else { return };
        match &op.op {
            ReleaseOp::DeleteStep { step, .. }
                if before.steps.get(step).is_some_and(|s| s.deleted.is_some()) =>
            {
                self.count(7);
            }
            ReleaseOp::Act { .. } => self.count(24),
            ReleaseOp::MoveStep { .. } if before.updated.by != op.author => self.count(11),
            ReleaseOp::Record { step, .. } => {
                if before.stage != Stage::Execution {
                    self.count(19);
                }
                if before.records.values().any(|record| record.step == *step) {
                    self.count(20);
                }
            }
            _ => {}
        }
    }

    fn see_conflict(&mut self, about: &ConflictAbout) {
        let place = |at: &FieldRef| {
            matches!(
                at,
                FieldRef::Step {
                    field: StepField::Place,
                    ..
                }
            )
        };
        self.count(match about {
            ConflictAbout::Field { at } => match at.kind().policy() {
                Policy::Scalar => 1,
                Policy::Prose => 3,
                Policy::Command => 4,
            },
            ConflictAbout::EditOfDeleted { at } if place(at) => 12,
            ConflictAbout::EditOfDeleted { .. } | ConflictAbout::ChangeOfDeleted { .. } => 5,
            ConflictAbout::DeleteOfEdited { .. } => 6,
            ConflictAbout::Move { .. } => 10,
            ConflictAbout::Cycle { .. } => 14,
        });
    }
}
