//! The carrying out: steps are begun, left, recorded, confirmed, and contradicting records are settled. Sometimes out of
//! state: what happened is taken all the same.

use std::collections::BTreeSet;

use crate::release::{Command, FieldVer, Release, StepResult, StepState};
use crate::sync::ReleaseOp;
use crate::sync::sim::Broken;
use crate::sync::sim::device::At;
use crate::sync::sim::world::World;
use crate::{AttemptId, StepId};

impl World {
    /// Something at one of the steps.
    pub(super) fn carry_out(&mut self, at: At, shown: &Release) -> Result<(), Broken> {
        let steps: Vec<StepId> = shown.steps.keys().copied().collect();
        // Mostly the first, so that people meet.
        let meet = self.random.per_mille(500);
        let step = if meet {
            steps.first()
        } else {
            self.random.pick(&steps)
        }
        .copied();
        let Some(step) = step else { return Ok(()) };
        let started = self.wall();
        let attempts: Vec<AttemptId> = shown.records.keys().copied().collect();
        let claims: Vec<AttemptId> = shown.claims.keys().copied().collect();
        let run = shown.run_state();
        let ready = run.next().unwrap_or(step);
        let disputed = run.steps.iter().find(|step| step.state == StepState::Disputed);
        if let Some(command) = disputed.and_then(|step| self.finish(step))
            && self.random.per_mille(300)
        {
            return self.commands(at, shown, vec![command]);
        }
        let command = match self.random.below(9) {
            8 => Command::Start { step: ready, started },
            0 | 1 => match self.random.pick(&claims).copied() {
                Some(attempt) => Command::Leave { attempt },
                None => Command::Start { step, started },
            },
            2 | 3 => match self.random.pick(&attempts).copied() {
                Some(attempt) => Command::Confirm { attempt },
                None => return self.record_blindly(at, shown, step),
            },
            4 => {
                let of_step = shown.records.iter().filter(|(_, record)| record.step == step);
                let all: Vec<AttemptId> = of_step.map(|(attempt, _)| *attempt).collect();
                match self.random.pick(&all).copied() {
                    Some(attempt) => Command::Settle { step, attempt },
                    None => return self.record_blindly(at, shown, step),
                }
            }
            5 => return self.record_blindly(at, shown, step),
            _ => {
                let results = [StepResult::Done, StepResult::Failed, StepResult::Skipped];
                Command::Record {
                    step,
                    result: self.random.pick(&results).copied().unwrap_or(StepResult::Done),
                    started,
                    ended: started,
                    note: self.text("note"),
                    evidence: Vec::new(),
                }
            }
        };
        self.commands(at, shown, vec![command])
    }

    /// A record by somebody who knew of no other: two of them contradict each other.
    fn record_blindly(&mut self, at: At, shown: &Release, step: StepId) -> Result<(), Broken> {
        let now = self.wall();
        let op = ReleaseOp::Record {
            attempt: AttemptId(self.fresh()),
            step,
            seen: shown
                .steps
                .get(&step)
                .map_or_else(FieldVer::default, |step| step.updated.ver),
            result: StepResult::Done,
            started: now,
            ended: now,
            note: self.text("note"),
            evidence: Vec::new(),
            after: BTreeSet::new(),
        };
        self.gesture(at, shown.id, vec![op])
    }
}
