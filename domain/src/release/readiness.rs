use serde::{Deserialize, Serialize};

use super::{FieldPlace, Release, ReleaseField, StepField, Who};
use crate::CiKey;

/// What is known about a CI that a release names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CiFact {
    /// It is in the CMDB under this name.
    Live {
        /// Its name today.
        name: String,
    },
    /// It is retired.
    Retired {
        /// Its name today.
        name: String,
    },
    /// It was in the CMDB and is gone.
    Gone,
    /// It was never there.
    Never,
    /// Nothing is known here (offline); not held against the release.
    Unknown,
}

/// One condition that keeps something from being done. The same text on the page, in the API and offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unmet {
    /// Stable word for programs.
    pub code: String,
    /// What is missing and what to do.
    pub text: String,
    /// Who can cure it, where that is somebody in particular.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// Where.
    pub at: FieldPlace,
}

pub(super) fn unmet_at(at: FieldPlace, code: &str, text: impl Into<String>) -> Unmet {
    Unmet {
        code: code.into(),
        text: text.into(),
        who: Vec::new(),
        at,
    }
}

/// Everything that keeps the release from being submitted; empty means ready. O(size of the plan).
#[must_use]
pub fn unmet(release: &Release, ci: &dyn Fn(&CiKey) -> CiFact) -> Vec<Unmet> {
    let mut missing = Vec::new();
    record_problems(release, &mut missing);
    let plan = release.plan();
    if plan.is_empty() {
        missing.push(unmet_at(
            FieldPlace::Plan,
            "no_steps",
            "The plan has no steps. Add at least one.",
        ));
    }
    for (place, (id, step)) in plan.iter().enumerate() {
        let name = format!("Step {} “{}”", place + 1, step.title());
        let mut say = |field, code: &str, text: String| {
            missing.push(unmet_at(FieldPlace::Step { step: *id, field }, code, text));
        };
        if step.value(StepField::Title).is_blank() {
            say(
                Some(StepField::Title),
                "step_title",
                format!("Step {} has no title.", place + 1),
            );
        }
        if step.minutes().is_none() {
            say(
                Some(StepField::Minutes),
                "step_minutes",
                format!("{name} has no planned minutes."),
            );
        }
        let undoable = !step.value(StepField::BackOut).is_blank();
        if step.is_disruptive() && !undoable && !step.value(StepField::PointOfNoReturn).as_flag() {
            say(
                Some(StepField::BackOut),
                "step_back_out",
                format!("{name} disturbs a CI: say how to back it out, or mark it as point of no return."),
            );
        }
        let before: Vec<_> = plan.iter().take(place).map(|(id, _)| id).collect();
        for need in step.needs.keys() {
            if release.steps.get(need).is_some_and(|n| n.deleted.is_none()) && !before.contains(&need) {
                let needed = release.steps.get(need).map_or("", |n| n.title());
                say(
                    None,
                    "step_order",
                    format!("{name} needs “{needed}”, which comes later. Move one of them."),
                );
            }
        }
        for (key, target) in &step.targets {
            match ci(key) {
                CiFact::Live { .. } | CiFact::Unknown => {}
                CiFact::Retired { name: today } => {
                    say(
                        None,
                        "target_retired",
                        format!("{name} targets {today}, which is retired. Replace or remove it."),
                    );
                }
                CiFact::Gone | CiFact::Never => say(
                    None,
                    "target_dangling",
                    format!(
                        "{name} targets {} ({key}), which is no longer in the CMDB. Replace or remove it.",
                        target.name
                    ),
                ),
            }
        }
    }
    missing.extend(conflicts_open(release.conflicts.len()));
    missing
}

/// What to say about so many open conflicts; nothing where there are none.
pub(crate) fn conflicts_open(count: usize) -> Option<Unmet> {
    let plural = if count == 1 { "" } else { "s" };
    let text = format!("{count} open conflict{plural} must be decided first.");
    (count > 0).then(|| unmet_at(FieldPlace::Conflicts, "open_conflicts", text))
}

fn record_problems(release: &Release, missing: &mut Vec<Unmet>) {
    use ReleaseField::{AssignmentGroup, PlannedEnd, PlannedStart, ReleaseType, Requester, Title};
    for (field, text) in [
        (Title, "The release has no title."),
        (ReleaseType, "Choose a release type."),
        (
            Requester,
            "Choose the requester: who gives the go-ahead and closes the release.",
        ),
        (
            AssignmentGroup,
            "Choose the assignment group that carries it out.",
        ),
        (PlannedStart, "Set the planned start."),
        (PlannedEnd, "Set the planned end."),
    ] {
        if release.value(field).is_blank() {
            missing.push(unmet_at(FieldPlace::Release { field }, "required", text));
        }
    }
    if let (Some(start), Some(end)) = (release.time(PlannedStart), release.time(PlannedEnd)) {
        let at = FieldPlace::Release { field: PlannedEnd };
        if end < start {
            missing.push(unmet_at(
                at,
                "end_before_start",
                "The planned end is before the planned start.",
            ));
        } else if (end - start).num_minutes() < release.totals().chain_minutes {
            let need = release.totals().chain_minutes;
            let have = (end - start).num_minutes();
            let text = format!("The steps need {need} minutes one after the other, the window has {have}.");
            missing.push(unmet_at(at, "window_too_short", text));
        }
    }
}
