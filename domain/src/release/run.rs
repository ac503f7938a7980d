//! How far the execution of a plan is: a pure reading of its records and claims, the same for the run sheet and
//! for the server's gates.
//!
//! A record *stands* until a later one names it (a second attempt by somebody who knew of the first) or somebody
//! decides that another one counts. Records of an earlier run stay as facts, and count for that run only. Records that stand and disagree were made apart: the step is disputed.

use crate::access::{self, Actor};
use crate::grow::{Arrange, Grow};
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::readiness::{conflicts_open, unmet_at};
use super::{
    CLOCK_TOLERANCE, Conflict, ConflictAbout, Disposition, ExecutionRecord, FieldPlace, RecordFlag, Release,
    Stage, Step, StepField, StepResult, Unmet,
};
use crate::{AttemptId, StepId};

/// Where a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Prerequisites are unfinished.
    Waiting,
    /// It can start.
    Ready,
    /// Somebody is at it.
    Running,
    /// Done by one person, and a second one must confirm it: because the step asks for two, or because it was done before
    /// the go-ahead.
    AwaitsConfirmation,
    /// Done as planned.
    Done,
    /// It did not work.
    Failed,
    /// It was left out.
    Skipped,
    /// It was undone.
    BackedOut,
    /// Records contradict each other; somebody must decide.
    Disputed,
}

impl StepState {
    /// The word in JSON and in selectors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::AwaitsConfirmation => "awaits_confirmation",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::BackedOut => "backed_out",
            Self::Disputed => "disputed",
        }
    }

    /// Nothing more is to do, and what waits for the step may start.
    #[must_use]
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

/// How far one step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRun {
    /// The step.
    pub step: StepId,
    /// Where it is.
    pub state: StepState,
    /// Prerequisites that are not finished.
    pub waits_for: Vec<StepId>,
    /// Who is at it, the earliest first.
    pub claims: Vec<AttemptId>,
    /// Records that stand, the earliest first.
    pub standing: Vec<AttemptId>,
}

/// How far a release is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Its steps, in plan order.
    pub steps: Vec<StepRun>,
}

/// What a run adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Live steps.
    pub steps: usize,
    /// Done or skipped.
    pub finished: usize,
    /// Planned minutes of the steps that are not finished.
    pub minutes_left: i64,
}

impl Run {
    /// One step; `None` where it is not in the plan.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepRun> {
        self.steps.iter().find(|step| step.step == id)
    }

    /// The first step that can start.
    #[must_use]
    pub fn next(&self) -> Option<StepId> {
        let ready = |step: &&StepRun| step.state == StepState::Ready;
        self.steps.iter().find(ready).map(|step| step.step)
    }
}

impl Release {
    /// How far its execution is. O(steps + prerequisites + records).
    #[must_use]
    pub fn run_state(&self) -> Run {
        let standing = self.standing_records();
        let mut claims: BTreeMap<StepId, Vec<AttemptId>> = BTreeMap::new();
        for (attempt, claim) in &self.claims {
            claims.entry(claim.step).or_default().push(*attempt);
        }
        for list in claims.values_mut() {
            list.arrange_by_key(|attempt| self.claims.get(attempt).map(|claim| claim.mark.at));
        }
        let none = Vec::new();
        let plan = self.plan();
        let recorded: BTreeMap<StepId, Option<StepState>> = plan
            .iter()
            .map(|(id, step)| (*id, self.recorded(step, standing.get(id).unwrap_or(&none))))
            .grow();
        let finished = |id: &StepId| {
            let state = recorded.get(id).copied().flatten();
            state.is_some_and(StepState::is_finished)
        };
        let steps = plan
            .iter()
            .map(|(id, step)| {
                let live = |need: &&StepId| recorded.contains_key(need);
                let waits_for: Vec<StepId> = step
                    .needs
                    .keys()
                    .filter(live)
                    .filter(|need| !finished(need))
                    .copied()
                    .collect();
                let claims = claims.get(id).cloned().unwrap_or_default();
                let state = match recorded.get(id).copied().flatten() {
                    // A new attempt is under way.
                    Some(StepState::Failed | StepState::BackedOut) | None if !claims.is_empty() => {
                        StepState::Running
                    }
                    Some(state) => state,
                    None if waits_for.is_empty() => StepState::Ready,
                    None => StepState::Waiting,
                };
                StepRun {
                    step: *id,
                    state,
                    waits_for,
                    claims,
                    standing: standing.get(id).cloned().unwrap_or_default(),
                }
            })
            .collect();
        Run { steps }
    }

    /// What a run adds up to. O(steps).
    #[must_use]
    pub fn progress(&self, run: &Run) -> Progress {
        let mut progress = Progress {
            steps: run.steps.len(),
            ..Progress::default()
        };
        for step in &run.steps {
            if step.state.is_finished() {
                progress.finished += 1;
            } else {
                let minutes = self.steps.get(&step.step).and_then(Step::minutes);
                progress.minutes_left += minutes.unwrap_or(0);
            }
        }
        progress
    }

    /// The records of each step that stand, the earliest first.
    fn standing_records(&self) -> BTreeMap<StepId, Vec<AttemptId>> {
        let replaced: BTreeSet<(StepId, AttemptId)> = self
            .records
            .iter()
            .flat_map(|(own, record)| {
                // A record does not replace itself, nor one of another step.
                let others = record.after.iter().filter(move |attempt| *attempt != own);
                others.map(|attempt| (record.step, *attempt))
            })
            .grow();
        let mut standing: BTreeMap<StepId, Vec<AttemptId>> = BTreeMap::new();
        for (attempt, record) in &self.records {
            let counts = record.run == self.run && record.overruled.is_none();
            if counts && !replaced.contains(&(record.step, *attempt)) {
                standing.entry(record.step).or_default().push(*attempt);
            }
        }
        for list in standing.values_mut() {
            list.arrange_by_key(|attempt| self.records.get(attempt).map(|record| record.mark.at));
        }
        standing
    }

    /// What the standing records say together; `None` where there are none.
    fn recorded(&self, step: &Step, standing: &[AttemptId]) -> Option<StepState> {
        let records = || standing.iter().filter_map(|attempt| self.records.get(attempt));
        let result = records().next()?.result;
        if records().any(|record| record.result != result) {
            return Some(StepState::Disputed);
        }
        let second = result == StepResult::Done && step.value(StepField::ConfirmBySecond).as_flag();
        let early = records().all(|record| self.is_early(record));
        let alone = records().all(|record| record.confirmed.is_none());
        Some(match result {
            StepResult::Failed => StepState::Failed,
            StepResult::BackedOut => StepState::BackedOut,
            StepResult::Done | StepResult::Skipped if alone && (second || early) => {
                StepState::AwaitsConfirmation
            }
            StepResult::Skipped => StepState::Skipped,
            StepResult::Done => StepState::Done,
        })
    }

    /// It was recorded before the go-ahead that stands, or while there is none yet. It stays a fact, and somebody else
    /// looks at it before the release goes on.
    #[must_use]
    pub fn is_early(&self, record: &ExecutionRecord) -> bool {
        let before = matches!(self.stage, Stage::Draft | Stage::Authorisation | Stage::Execution);
        before
            && record.flags.contains(&RecordFlag::NotInExecution)
            && self.authorised.is_none_or(|given| record.mark.at < given.at)
    }

    /// May they confirm this record? Not whoever made it; see [`access::may_confirm`].
    #[must_use]
    pub fn may_confirm(&self, actor: &Actor, record: &ExecutionRecord) -> bool {
        let early = self.is_early(record);
        record.mark.by != actor.user && self.with_facts(|facts| access::may_confirm(actor, facts, early))
    }

    /// What is odd about the times that a record gives, reckoned by the server's clock. It is a fact all the same.
    #[must_use]
    pub fn odd_times(&self, record: &ExecutionRecord) -> Vec<&'static str> {
        let skew = TimeDelta::try_milliseconds(record.skew_ms.unwrap_or(0)).unwrap_or_default();
        let here = |time: DateTime<Utc>| time.checked_sub_signed(skew).unwrap_or(time);
        let after = here(record.ended) - record.mark.at > CLOCK_TOLERANCE;
        let before = self.created - here(record.started) > CLOCK_TOLERANCE;
        let odd = [
            (after, "ends after it was recorded"),
            (before, "begins before the release was drafted"),
        ];
        odd.into_iter()
            .filter_map(|(is, text)| is.then_some(text))
            .collect()
    }

    /// Steps of the plan that were recorded before the go-ahead, in plan order. O(steps + records).
    #[must_use]
    pub fn early_steps(&self) -> Vec<StepId> {
        let standing = self.standing_records();
        let early = |id: &StepId| {
            let records = standing.get(id).into_iter().flatten();
            let mut records = records.filter_map(|attempt| self.records.get(attempt));
            records.any(|record| self.is_early(record))
        };
        let plan = self.plan();
        plan.into_iter().map(|(id, _)| id).filter(early).collect()
    }
}

/// Everything that keeps a step from being started; empty means it may. What was done all the same is recorded as
/// a fact and never refused. O(steps + prerequisites + records).
#[must_use]
pub fn start_unmet(release: &Release, id: StepId) -> Vec<Unmet> {
    let mut missing = Vec::new();
    let at = || FieldPlace::Step {
        step: id,
        field: None,
    };
    let mut say = |code: &str, text: String| missing.push(unmet_at(at(), code, text));
    if release.stage != Stage::Execution {
        let stage = release.stage.as_str();
        say(
            "not_in_execution",
            format!("The release is in {stage}. Steps start once it is authorised."),
        );
    }
    if release.disposition != Disposition::Active {
        let word = release.disposition.as_str().replace('_', " ");
        say("not_active", format!("The release is {word}."));
    }
    if release.awaits_go_ahead() && release.stage == Stage::Execution {
        say(
            "not_authorised",
            "The go-ahead is void since the dates were moved.".into(),
        );
    }
    let run = release.run_state();
    let Some(step) = run.step(id) else {
        say("step_deleted", "The step was deleted.".into());
        return missing;
    };
    for need in &step.waits_for {
        let title = release.steps.get(need).map_or("", |need| need.title());
        say("needs_unfinished", format!("“{title}” is not finished."));
    }
    match step.state {
        StepState::Running => say("claimed", "Somebody is at this step already.".into()),
        StepState::Done | StepState::Skipped => say("finished", "The step is finished.".into()),
        StepState::AwaitsConfirmation => {
            say("awaits_confirmation", "A second person must confirm it.".into());
        }
        StepState::Disputed => say(
            "disputed",
            "Its records contradict each other. Decide first which one counts.".into(),
        ),
        StepState::Waiting | StepState::Ready | StepState::Failed | StepState::BackedOut => {}
    }
    let open = release
        .conflicts
        .values()
        .filter(|conflict| covers(conflict, id))
        .count();
    missing.extend(conflicts_open(open));
    missing
}

/// Is the conflict about this step?
fn covers(conflict: &Conflict, id: StepId) -> bool {
    conflict.about.step() == Some(id)
        || matches!(&conflict.about, ConflictAbout::Cycle { path, .. } if path.contains(&id))
}
