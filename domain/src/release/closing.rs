//! What is said of each CI when a release is closed (N14): what was planned, what was recorded, and what follows. Only
//! what matches moves on, and only from where it was on its way; everything else waits to be verified.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{RecordFlag, Release, StepResult, StepState, TargetField};
use crate::cmdb::Lifecycle;
use crate::sync::World;
use crate::{CiKey, StepId};

/// How long there is to verify a CI that is not as planned.
pub const VERIFY_WITHIN: TimeDelta = TimeDelta::days(7);

/// What matters of a CI when it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiState {
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// Who looks after it.
    pub owner: Option<String>,
}

/// What is said of a CI when a release is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Judgement {
    /// Its name.
    pub name: String,
    /// What was to happen to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub planned: BTreeSet<String>,
    /// How the steps that work on it ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recorded: BTreeMap<StepId, StepState>,
    /// What was recorded is what was planned.
    pub matches: bool,
    /// Where it was in its life; absent where nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Lifecycle>,
    /// Where it is from now on; absent where nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Lifecycle>,
    /// Who has to verify it, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// A CI is not as planned: somebody has to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verify {
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: DateTime<Utc>,
}

impl Judgement {
    /// Its place in its life changes.
    #[must_use]
    pub fn moves_to(&self) -> Option<Lifecycle> {
        self.becomes.filter(|becomes| self.was != Some(*becomes))
    }
}

#[derive(Default)]
struct Seen<'a> {
    name: &'a str,
    planned: BTreeSet<String>,
    recorded: BTreeMap<StepId, StepState>,
    differs: bool,
}

/// Judges every CI that a step works on, and every one in scope. `owner` verifies what nobody looks after.
/// O(targets + records).
#[must_use]
pub fn judge(
    release: &Release,
    owner: &str,
    now: DateTime<Utc>,
    world: &dyn World,
) -> BTreeMap<CiKey, Judgement> {
    let mut seen: BTreeMap<&CiKey, Seen<'_>> = BTreeMap::new();
    for step in release.run_state().steps {
        let older = step
            .standing
            .iter()
            .filter_map(|attempt| release.records.get(attempt));
        let older = older
            .into_iter()
            .any(|record| record.flags.contains(&RecordFlag::OlderInstructions));
        let Some(planned) = release.steps.get(&step.step) else {
            continue;
        };
        for (ci, target) in &planned.targets {
            let one = seen.entry(ci).or_default();
            one.name = &target.name;
            let action = target.fields.get(&TargetField::Action);
            one.planned
                .extend(action.map(|cell| cell.value.as_text().to_owned()));
            one.recorded.insert(step.step, step.state);
            one.differs |= step.state != StepState::Done || older;
        }
    }
    // Work on a step that was deleted afterwards was not planned.
    for record in release.records.values() {
        let Some(step) = release
            .steps
            .get(&record.step)
            .filter(|step| step.deleted.is_some())
        else {
            continue;
        };
        let counts = record.run == release.run && record.overruled.is_none();
        if counts && record.result != StepResult::Skipped {
            for (ci, target) in &step.targets {
                let one = seen.entry(ci).or_default();
                one.name = &target.name;
                one.differs = true;
            }
        }
    }
    for (ci, link) in &release.scope {
        seen.entry(ci).or_default().name = &link.name;
    }
    let judged = seen
        .into_iter()
        .map(|(ci, one)| (ci.clone(), one.judged(world.ci_state(ci), owner, now)));
    judged.grow()
}

impl Seen<'_> {
    fn judged(self, state: Option<CiState>, owner: &str, now: DateTime<Utc>) -> Judgement {
        let was = state.as_ref().map(|state| state.lifecycle);
        let worked_on = !self.recorded.is_empty() || self.differs;
        let becomes = was.map(|was| next(was, worked_on, !self.differs, self.planned.contains("retire")));
        let owner = state
            .as_ref()
            .and_then(|state| state.owner.clone())
            .unwrap_or_else(|| owner.to_owned());
        let due = now + VERIFY_WITHIN;
        Judgement {
            name: state.map_or_else(|| self.name.to_owned(), |state| state.name),
            planned: self.planned,
            recorded: self.recorded,
            matches: !self.differs,
            was,
            becomes,
            verify: self.differs.then_some(Verify { owner, due }),
        }
    }
}

/// Where a CI is in its life after a release. One that only was in scope stays where it is; one that never was on its
/// way into production is not brought there (D14).
fn next(was: Lifecycle, worked_on: bool, matches: bool, retired: bool) -> Lifecycle {
    use Lifecycle::{InAcceptance, InDevelopment, InProduction, Planned, Retired, ToBeVerified};
    match was {
        Retired => Retired,
        _ if !worked_on => was,
        _ if !matches => ToBeVerified,
        _ if retired => Retired,
        Planned | InDevelopment | InAcceptance => InProduction,
        _ => was,
    }
}
