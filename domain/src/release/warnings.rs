//! What somebody should know before they do something. It keeps nobody from it.

use chrono::{DateTime, Utc};

use super::readiness::unmet_at;
use super::workflow::{Action, Scene};
use super::{FieldPlace, ReleaseField, Unmet};

/// What to say before an action is done. O(steps + records).
#[must_use]
pub fn warnings_for(action: Action, scene: &Scene<'_>, now: DateTime<Utc>) -> Vec<Unmet> {
    match action {
        Action::Submit => past(scene, now).into_iter().chain(nobody(scene)).collect(),
        Action::Authorise => {
            let mut said = early(scene);
            said.extend(past(scene, now));
            said
        }
        _ => Vec::new(),
    }
}

/// The planned time is over. To record afterwards what was done is honest, so nothing is in the way of it.
fn past(scene: &Scene<'_>, now: DateTime<Utc>) -> Option<Unmet> {
    let field = ReleaseField::PlannedEnd;
    let end = scene.release.time(field)?;
    let text = "The planned end is in the past. That is right only for what was done already.";
    (end < now).then(|| unmet_at(FieldPlace::Release { field }, "planned_in_the_past", text))
}

/// The group that is to carry it out is empty: it may be filled until then.
fn nobody(scene: &Scene<'_>) -> Option<Unmet> {
    let field = ReleaseField::AssignmentGroup;
    let chosen = scene.release.assignment_group()?;
    let mut groups = scene.world.directory()?.groups.iter();
    let group = groups.find(|group| group.id == chosen && group.empty)?;
    let text = format!(
        "Nobody belongs to the group {}: nobody could carry it out.",
        group.name
    );
    Some(unmet_at(FieldPlace::Release { field }, "group_empty", text))
}

/// Work that was recorded before the go-ahead.
fn early(scene: &Scene<'_>) -> Vec<Unmet> {
    let steps = scene.release.early_steps().into_iter();
    let say = |step| {
        let title = scene.release.steps.get(&step)?.title();
        let text = format!(
            "Step “{title}” was recorded before the go-ahead. That stays; somebody else confirms it before the release \
             goes on."
        );
        let at = FieldPlace::Step { step, field: None };
        Some(unmet_at(at, "recorded_early", text))
    };
    steps.filter_map(say).collect()
}
