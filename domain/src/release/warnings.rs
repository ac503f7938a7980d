//! What somebody should know before they do something. It keeps nobody from it.

use chrono::{DateTime, Utc};

use super::readiness::unmet_at;
use super::workflow::{Action, Scene};
use super::{FieldPlace, Party, ReleaseField, Stage, Unmet};
use crate::GroupId;
use crate::access::{self, Actor, ReleaseFacts, Right, Staff};

/// What to say before an action is done; with `to`, before it is handed to that person or group. O(steps + records), and
/// O(people) where work goes to a group.
#[must_use]
pub fn warnings_for(action: Action, to: Option<Party>, scene: &Scene<'_>, now: DateTime<Utc>) -> Vec<Unmet> {
    match (action, to) {
        (Action::Submit, _) => past(scene, now).into_iter().chain(crew(scene)).collect(),
        (Action::Authorise, _) => {
            let mut said = early(scene);
            said.extend(past(scene, now));
            said.extend(crew(scene));
            said
        }
        (Action::Forward, _) => next_group(scene).into_iter().collect(),
        (Action::ChangeGroup, Some(Party::Group(group))) => {
            let work = Work::of(scene.release.stage);
            let at = ReleaseField::AssignmentGroup;
            work.and_then(|work| nobody(group, work, at, scene))
                .into_iter()
                .collect()
        }
        (Action::Delegate, Some(Party::User(_))) | (Action::Share, Some(_)) => {
            to.and_then(|to| cannot(action, to, scene)).into_iter().collect()
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

/// Work of a stage: the right for it, and words.
#[derive(Clone, Copy)]
struct Work {
    right: Right,
    stage: Stage,
    /// "carry out releases of this type".
    verb: &'static str,
    /// "carry it out".
    it: &'static str,
}

impl Work {
    /// What comes next in a stage; nothing that a group does once it is accepted.
    fn of(stage: Stage) -> Option<Self> {
        let (right, stage, verb, it) = match stage {
            Stage::Draft | Stage::Authorisation | Stage::Execution => {
                (Right::Execute, Stage::Execution, "carry out", "carry it out")
            }
            Stage::Test => (Right::Test, Stage::Test, "test", "test it"),
            Stage::Acceptance => (Right::Accept, Stage::Acceptance, "accept", "accept it"),
            Stage::Closure => return None,
        };
        Some(Self {
            right,
            stage,
            verb,
            it,
        })
    }

    /// They hold the right for releases of this type.
    fn is_within(self, actor: &Actor, scene: &Scene<'_>) -> bool {
        actor.holds(self.right, scene.release.release_type().as_ref())
    }
}

fn staff<'a>(scene: &Scene<'a>) -> Option<&'a Staff> {
    scene.world.directory()?.staff.as_ref()
}

/// Nobody of the group that is to carry it out can. That may be put right until then.
fn crew(scene: &Scene<'_>) -> Option<Unmet> {
    let (group, work) = (scene.release.assignment_group()?, Work::of(Stage::Execution)?);
    nobody(group, work, ReleaseField::AssignmentGroup, scene)
}

/// Nobody can do the work that moving it on leads to: of the group that the type names for it, or else at all.
fn next_group(scene: &Scene<'_>) -> Option<Unmet> {
    let (work, kind) = (Work::of(scene.leads_to()?)?, scene.kind()?);
    let group = match work.stage {
        Stage::Test => kind.test_group,
        _ => kind.acceptance_group,
    };
    let field = ReleaseField::ReleaseType;
    if let Some(group) = group {
        return nobody(group, work, field, scene);
    }
    let free = |facts: ReleaseFacts<'_>| {
        let duties = std::collections::BTreeSet::new();
        let facts = ReleaseFacts {
            assignee: None,
            duties: &duties,
            ..facts
        };
        let mut actors = staff(scene)?.actors();
        Some(actors.any(|actor| access::may_work(&actor, facts, work.stage)))
    };
    let text = format!(
        "Nobody may {} releases of this type: nobody could {}.",
        work.verb, work.it
    );
    let some = scene.release.with_facts(free)?;
    (!some).then(|| unmet_at(FieldPlace::Release { field }, "nobody_can", text))
}

/// Nobody belongs to a group, or nobody of it can do the work.
fn nobody(group: GroupId, work: Work, field: ReleaseField, scene: &Scene<'_>) -> Option<Unmet> {
    let mut members = staff(scene)?.members(group).peekable();
    let (name, Work { verb, it, .. }) = (scene.who(Party::Group(group)).name, work);
    let (code, text) = if members.peek().is_none() {
        (
            "group_empty",
            format!("Nobody belongs to the group {name}: nobody could {it}."),
        )
    } else if members.any(|member| work.is_within(&member, scene)) {
        return None;
    } else {
        let text =
            format!("Nobody in the group {name} may {verb} releases of this type: none of them could {it}.");
        ("group_cannot", text)
    };
    Some(unmet_at(FieldPlace::Release { field }, code, text))
}

/// Whoever gets it, or may look on, cannot do what comes next.
fn cannot(action: Action, to: Party, scene: &Scene<'_>) -> Option<Unmet> {
    let (staff, work) = (staff(scene)?, Work::of(scene.release.stage)?);
    let shares = action == Action::Share;
    let can = match to {
        // Whom it does not know does not sign in: that is refused, and why.
        Party::User(user) => work.is_within(&staff.actor(user)?, scene),
        Party::Group(group) => staff.members(group).any(|member| work.is_within(&member, scene)),
    };
    let name = scene.who(to).name;
    let who = match to {
        Party::User(_) => name,
        Party::Group(_) => format!("Nobody in the group {name}"),
    };
    let may = if matches!(to, Party::User(_)) {
        "may not"
    } else {
        "may"
    };
    let (then, field) = if shares {
        ("they look on, and no more", None)
    } else {
        ("they could not do what comes next", Some(ReleaseField::Assignee))
    };
    let text = format!("{who} {may} {} releases of this type: {then}.", work.verb);
    let at = field.map_or(FieldPlace::Workflow, |field| FieldPlace::Release { field });
    (!can).then(|| unmet_at(at, "cannot_act", text))
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
