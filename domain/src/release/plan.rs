use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Cell, Mark, OrderKey, Release, StepField, TargetField, Value};
use crate::graph::rollout_order;
use crate::{CiKey, StepId};

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Its registers, its place in the plan among them.
    pub fields: BTreeMap<StepField, Cell>,
    /// Steps that must be finished before it starts.
    pub needs: BTreeMap<StepId, Mark>,
    /// CIs it works on.
    pub targets: BTreeMap<CiKey, Target>,
    /// Set once it is deleted; the rest is kept, so that it can be restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Mark>,
    /// Last change of anything in it.
    pub updated: Mark,
}

/// A CI that a step works on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Target {
    /// Name of the CI when it was chosen; shown if the CI disappears.
    pub name: String,
    /// What happens to it, and how it fares meanwhile.
    pub fields: BTreeMap<TargetField, Cell>,
    /// Who chose it, and when.
    pub mark: Mark,
}

impl Step {
    /// The value of a field, [`Value::Empty`] if it was never set.
    #[must_use]
    pub fn value(&self, field: StepField) -> &Value {
        self.fields.get(&field).map_or(&Value::Empty, |cell| &cell.value)
    }

    /// A text field, `""` if empty.
    #[must_use]
    pub fn text(&self, field: StepField) -> &str {
        self.value(field).as_text()
    }

    /// The title, or a stand-in.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.text(StepField::Title) {
            "" => "Untitled step",
            title => title,
        }
    }

    /// Planned minutes.
    #[must_use]
    pub fn minutes(&self) -> Option<i64> {
        self.value(StepField::Minutes).as_number()
    }

    /// Its place in the plan.
    #[must_use]
    pub fn order(&self) -> Option<OrderKey> {
        OrderKey::parse(self.text(StepField::Place))
    }

    /// Targets that are down while it runs.
    pub fn takes_down(&self) -> impl Iterator<Item = &CiKey> {
        self.targets
            .iter()
            .filter(|(_, target)| target.text(TargetField::Outage) == "down")
            .map(|(ci, _)| ci)
    }

    /// It does something that may go wrong for users: a target is at risk or down.
    #[must_use]
    pub fn is_disruptive(&self) -> bool {
        self.targets
            .values()
            .any(|target| matches!(target.text(TargetField::Outage), "down" | "at_risk"))
    }
}

impl Target {
    /// The word of a field, `""` if empty.
    #[must_use]
    pub fn text(&self, field: TargetField) -> &str {
        self.fields.get(&field).map_or("", |cell| cell.value.as_text())
    }
}

/// What a plan adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    /// Live steps.
    pub steps: usize,
    /// Sum of planned minutes: one person after the other.
    pub minutes: i64,
    /// Minutes of the longest chain of prerequisites: as parallel as the plan allows.
    pub chain_minutes: i64,
    /// Steps without planned minutes; the sums leave them out.
    pub without_minutes: usize,
    /// Different CIs targeted.
    pub targets: usize,
}

impl Release {
    /// The CIs that are down together, one set after the other: steps that may run at the same time count as one.
    /// Steps that take nothing down leave no set. O(plan).
    #[must_use]
    pub fn outages(&self) -> Vec<Vec<CiKey>> {
        let plan = self.plan();
        let steps = plan.iter().map(|(id, step)| (*id, step.needs.keys().copied()));
        // The reducer keeps prerequisites free of circles.
        let waves = rollout_order(steps).unwrap_or_default();
        let down_in = |wave: Vec<StepId>| {
            let down = wave
                .iter()
                .filter_map(|id| self.steps.get(id))
                .flat_map(Step::takes_down);
            down.cloned()
                .grow::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        };
        waves
            .into_iter()
            .map(down_in)
            .filter(|down| !down.is_empty())
            .collect()
    }

    /// Adds up the plan. O(steps + prerequisites).
    #[must_use]
    pub fn totals(&self) -> Totals {
        let plan = self.plan();
        let mut totals = Totals {
            steps: plan.len(),
            ..Totals::default()
        };
        let mut targets = BTreeSet::new();
        for (_, step) in &plan {
            match step.minutes() {
                Some(minutes) => totals.minutes += minutes,
                None => totals.without_minutes += 1,
            }
            targets.extend(step.targets.keys());
        }
        totals.targets = targets.len();
        totals.chain_minutes = longest_chain(&self.steps);
        totals
    }

    /// The steps that a new prerequisite would close a circle with, starting at `needs` and ending at `step`;
    /// `None` if it would not. Tombstones count, so that restoring one never makes a circle. O(steps + prerequisites).
    #[must_use]
    pub fn cycle_through(&self, step: StepId, needs: StepId) -> Option<Vec<StepId>> {
        let mut came_from = BTreeMap::from([(needs, None)]);
        let mut open = vec![needs];
        while let Some(current) = open.pop() {
            if current == step {
                let mut path = vec![current];
                let mut at = current;
                while let Some(Some(previous)) = came_from.get(&at) {
                    path.push(*previous);
                    at = *previous;
                }
                path.reverse();
                return Some(path);
            }
            for next in self.steps.get(&current).into_iter().flat_map(|s| s.needs.keys()) {
                came_from.entry(*next).or_insert_with(|| {
                    open.push(*next);
                    Some(current)
                });
            }
        }
        None
    }
}

/// Minutes of the longest chain, by repeated relaxation in topological order (Kahn). The graph has no circles.
fn longest_chain(steps: &BTreeMap<StepId, Step>) -> i64 {
    let live = |id: &StepId| steps.get(id).is_some_and(|s| s.deleted.is_none());
    let mut waiting: BTreeMap<StepId, usize> = BTreeMap::new();
    let mut followers: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    for (id, step) in steps.iter().filter(|(id, _)| live(id)) {
        let needs: Vec<_> = step.needs.keys().filter(|n| live(n)).collect();
        waiting.insert(*id, needs.len());
        for need in needs {
            followers.entry(*need).or_default().push(*id);
        }
    }
    let mut ready: Vec<StepId> = waiting
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(id, _)| *id)
        .collect();
    let mut ends: BTreeMap<StepId, i64> = BTreeMap::new();
    let mut longest = 0;
    while let Some(id) = ready.pop() {
        let start = ends.get(&id).copied().unwrap_or(0);
        let end = start + steps.get(&id).and_then(Step::minutes).unwrap_or(0);
        longest = longest.max(end);
        for follower in followers.remove(&id).unwrap_or_default() {
            let earliest = ends.entry(follower).or_insert(0);
            *earliest = (*earliest).max(end);
            if let Some(left) = waiting.get_mut(&follower) {
                *left -= 1;
                if *left == 0 {
                    ready.push(follower);
                }
            }
        }
    }
    longest
}
