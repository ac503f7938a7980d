//! What must be true for an action of the workflow, one function each. Each condition says what is wrong, who can
//! cure it, and where.

use super::readiness::{conflicts_open, unmet, unmet_at};
use super::workflow::{Action, Scene};
use super::{
    Awaits, ChangeOutcome, FieldPlace, Link, Party, ReleaseField, ReleaseType, StepState, Unmet, Who,
};
use crate::AttemptId;
use crate::access::Actor;
use crate::registry::{RecordFact, RecordRef, RegisterKind};

/// The conditions of an action that is at the right stage.
pub(super) fn of(action: Action, scene: &Scene<'_>) -> Vec<Unmet> {
    match action {
        Action::Submit => submit(scene),
        Action::Authorise => authorise(scene),
        Action::Refuse => awaited(scene).into_iter().collect(),
        Action::Forward => forward(scene),
        Action::Accept => accept(scene),
        Action::Close => {
            let mut missing = settled(scene);
            missing.extend(go_ahead(scene));
            missing.extend(how_it_ended(scene));
            missing
        }
        Action::Claim => claim(scene),
        Action::Withdraw
        | Action::Unresolved
        | Action::Cancel
        | Action::Reopen
        | Action::Hold
        | Action::Resume
        | Action::Delegate
        | Action::Share
        | Action::Unshare
        | Action::ChangeGroup
        | Action::ReDate
        | Action::Schedule => Vec::new(),
    }
}

fn submit(scene: &Scene<'_>) -> Vec<Unmet> {
    let mut missing = unmet(scene.release, &|key| scene.world.ci(key));
    let field = ReleaseField::ReleaseType;
    let chosen = scene.release.release_type();
    let at = FieldPlace::Release { field };
    match (scene.world.rules(), chosen, scene.kind()) {
        (Some(_), Some(_), None) => {
            let text = "The release type is not there any more. Choose another one.";
            missing.push(unmet_at(at, "type_unknown", text));
        }
        (_, _, Some(kind)) if kind.retired => {
            let text = format!(
                "The release type {} is no longer used. Choose another one.",
                kind.name
            );
            missing.push(unmet_at(at, "type_retired", text));
        }
        _ => {}
    }
    if let Some(directory) = scene.world.directory() {
        if let Some(requester) = scene.release.requester().map(Party::User) {
            let at = FieldPlace::Release {
                field: ReleaseField::Requester,
            };
            match directory.name(requester) {
                None => {
                    let text = "The requester is nobody who is known here. Choose who gives the go-ahead.";
                    missing.push(unmet_at(at, "requester_unknown", text));
                }
                Some(name) if directory.is_retired(requester) => {
                    let text = format!("The requester {name} may no longer sign in. Choose another one.");
                    missing.push(unmet_at(at, "requester_retired", text));
                }
                Some(_) => {}
            }
        }
        if let Some(group) = scene.release.assignment_group().map(Party::Group) {
            let at = FieldPlace::Release {
                field: ReleaseField::AssignmentGroup,
            };
            match directory.name(group) {
                None => {
                    let text = "The assignment group is none that is known here. Choose another one.";
                    missing.push(unmet_at(at, "group_unknown", text));
                }
                Some(name) if directory.is_retired(group) => {
                    let text = format!("The group {name} is retired. Choose another one.");
                    missing.push(unmet_at(at, "group_retired", text));
                }
                Some(_) => {}
            }
        }
        let contract = scene.release.contract();
        let contract = contract.and_then(|id| directory.contracts.iter().find(|contract| contract.id == id));
        if let Some(contract) = contract.filter(|contract| contract.retired) {
            let field = ReleaseField::Contract;
            let text = format!("The contract {} is retired. Choose another one.", contract.name);
            missing.push(unmet_at(FieldPlace::Release { field }, "contract_retired", text));
        }
    }
    missing
}

/// Whose go-ahead is missing; `None` where it is not about a go-ahead.
#[must_use]
pub fn awaits(scene: &Scene<'_>) -> Option<Awaits> {
    let release = scene.release;
    if !release.awaits_go_ahead() {
        return None;
    }
    let asked = release.course.awaits.clone();
    // Submitted before anybody was asked by name.
    Some(asked.unwrap_or_else(|| Awaits::of(scene.kind())))
}

/// Those whose go-ahead is missing, by name.
pub(super) fn askers(scene: &Scene<'_>) -> Vec<Who> {
    let Some(awaits) = awaits(scene) else {
        return Vec::new();
    };
    let requester = scene.release.requester().filter(|_| awaits.requester);
    let groups = awaits.groups.keys().map(|group| Party::Group(*group));
    let parties = requester.map(Party::User).into_iter().chain(groups);
    parties.map(|party| scene.who(party)).collect()
}

/// Whose go-ahead is missing, in words.
#[must_use]
pub fn awaited_words(scene: &Scene<'_>, awaits: &Awaits) -> String {
    let name = |party, unknown: &str| {
        let who = scene.who(party);
        if who.name.is_empty() {
            unknown.to_owned()
        } else {
            who.name
        }
    };
    let mut words = Vec::new();
    if let Some(requester) = scene.release.requester().filter(|_| awaits.requester) {
        words.push(format!(
            "{} (requester)",
            name(Party::User(requester), "the requester")
        ));
    }
    for (group, left) in &awaits.groups {
        words.push(format!(
            "{left} of {}",
            name(Party::Group(*group), "an approving group")
        ));
    }
    if awaits.second && awaits.groups.is_empty() {
        words.push("somebody else than its author who may authorise".to_owned());
    }
    words.join(", ")
}

fn awaited(scene: &Scene<'_>) -> Option<Unmet> {
    let at = FieldPlace::Approvals;
    awaits(scene)
        .is_none()
        .then(|| unmet_at(at, "authorised_already", "It is authorised already."))
}

fn authorise(scene: &Scene<'_>) -> Vec<Unmet> {
    let Some(awaits) = awaits(scene) else {
        return awaited(scene).into_iter().collect();
    };
    let mut missing: Vec<Unmet> = settled(scene);
    let gives = scene
        .release
        .with_facts(|facts| awaits.of_actor(scene.actor, facts));
    if gives.is_none() {
        let words = awaited_words(scene, &awaits);
        let (code, text) = if awaits.given.contains(&scene.actor.user) {
            (
                "authorised_by_you",
                format!("You have authorised it. It waits for {words}."),
            )
        } else {
            ("not_asked", format!("It waits for the go-ahead of {words}."))
        };
        let mut one = unmet_at(FieldPlace::Approvals, code, text);
        one.who = askers(scene);
        missing.push(one);
    }
    missing
}

/// The go-ahead stands.
fn go_ahead(scene: &Scene<'_>) -> Option<Unmet> {
    let awaits = awaits(scene)?;
    let words = awaited_words(scene, &awaits);
    let text = format!("The go-ahead is void since the dates were moved. It waits for {words}.");
    let mut one = unmet_at(FieldPlace::Approvals, "not_authorised", text);
    one.who = askers(scene);
    Some(one)
}

fn settled(scene: &Scene<'_>) -> Vec<Unmet> {
    conflicts_open(scene.release.conflicts.len())
        .into_iter()
        .collect()
}

fn steps(scene: &Scene<'_>) -> Vec<Unmet> {
    let run = scene.release.run_state();
    let early = scene.release.early_steps();
    let open = run.steps.iter().filter(|step| !step.state.is_finished());
    open.filter_map(|open| {
        let title = scene.release.steps.get(&open.step)?.title();
        let text = match open.state {
            StepState::Running => format!("Step “{title}” is still being done."),
            StepState::AwaitsConfirmation if early.contains(&open.step) => format!(
                "Step “{title}” was recorded before the go-ahead. Somebody else who may carry it out or gives the go-ahead \
                 confirms it; or it is looked at again now, and recorded anew."
            ),
            StepState::AwaitsConfirmation => {
                format!("Step “{title}” must be confirmed by a second person.")
            }
            StepState::Failed => {
                format!("Step “{title}” failed. Do it again, or record that it is left out.")
            }
            StepState::BackedOut => {
                format!("Step “{title}” was backed out. Do it again, or record that it is left out.")
            }
            StepState::Disputed => {
                format!("The records of step “{title}” contradict each other. Decide which one counts.")
            }
            _ => format!("Step “{title}” is not done. Do it, or record that it is left out."),
        };
        let at = FieldPlace::Step {
            step: open.step,
            field: None,
        };
        let mut one = unmet_at(at, "step_unfinished", text);
        if open.state == StepState::AwaitsConfirmation {
            one.who = confirmers(scene, &open.standing);
            return Some(one);
        }
        let groups = scene.release.assignment_group().map(Party::Group);
        let at_it = open
            .claims
            .first()
            .and_then(|claim| scene.release.claims.get(claim));
        let party = at_it.map(|claim| Party::User(claim.mark.by)).or(groups);
        one.who = party.into_iter().map(|party| scene.who(party)).collect();
        Some(one)
    })
    .collect()
}

/// As many are named of those who could cure something.
const MOST_NAMED: usize = 6;

/// Those who can confirm records: by name, first who takes part in the release. Where it is not known who may do what, only
/// the requester is sure to be able to, and only for what was recorded before the go-ahead. O(people).
fn confirmers(scene: &Scene<'_>, standing: &[AttemptId]) -> Vec<Who> {
    let release = scene.release;
    let records = || standing.iter().filter_map(|attempt| release.records.get(attempt));
    let Some(directory) = scene.world.directory() else {
        return Vec::new();
    };
    let Some(staff) = &directory.staff else {
        let requester = release.requester().filter(|requester| {
            records().any(|record| release.is_early(record) && record.mark.by != *requester)
                && !directory.is_retired(Party::User(*requester))
        });
        return requester
            .map(|user| scene.who(Party::User(user)))
            .into_iter()
            .collect();
    };
    let people = directory
        .people
        .iter()
        .filter_map(|person| staff.actor(person.id));
    let able = people.filter(|actor| records().any(|record| release.may_confirm(actor, record)));
    let (near, far): (Vec<Actor>, Vec<Actor>) =
        able.partition(|actor| release.with_facts(|facts| facts.takes_part(actor)));
    let named = near.iter().chain(&far).take(MOST_NAMED);
    named.map(|actor| scene.who(Party::User(actor.user))).collect()
}

fn forward(scene: &Scene<'_>) -> Vec<Unmet> {
    let release = scene.release;
    let mut missing = steps(scene);
    missing.extend(settled(scene));
    missing.extend(go_ahead(scene));
    missing.extend(purchases(scene));
    let differs = scene.kind().is_some_and(|kind| kind.tester_differs);
    if release.stage == super::Stage::Test && differs {
        let me = scene.actor.user;
        let mut records = release
            .records
            .values()
            .filter(|record| record.run == release.run);
        let forwarded = release.course.executed.is_some_and(|mark| mark.by == me);
        if forwarded || records.any(|record| record.mark.by == me) {
            let text = "You carried it out. Somebody else must say that the test was passed.";
            let mut one = unmet_at(FieldPlace::Workflow, "tester_differs", text);
            let groups = release.working_groups();
            one.who = groups
                .into_iter()
                .map(|group| scene.who(Party::Group(group)))
                .collect();
            missing.push(one);
        }
    }
    missing
}

/// What was bought for it is there (S48). What is not known here (offline) is not held against it.
fn purchases(scene: &Scene<'_>) -> Vec<Unmet> {
    let linked = scene.release.linked(RegisterKind::Purchases);
    let open = linked.filter(|(at, _)| match scene.world.record(at) {
        RecordFact::Known(known) => known.status != "closed",
        RecordFact::Never | RecordFact::Unknown => false,
    });
    let say = |(at, link): (&RecordRef, &Link)| {
        let text = format!(
            "Purchase {} “{}” is still open. Close it in its register, or end its link.",
            at.key, link.name
        );
        unmet_at(FieldPlace::Links, "purchase_open", text)
    };
    open.map(say).collect()
}

/// Of every linked change it is said what became of it (S7).
fn changes(scene: &Scene<'_>) -> Vec<Unmet> {
    let linked = scene.release.linked(RegisterKind::Changes);
    let open = linked.filter(|(_, link)| !link.status.is_some_and(ChangeOutcome::is_decided));
    let say = |(at, link): (&RecordRef, &Link)| {
        let text = format!(
            "Say what became of change {} “{}”: resolved, unresolved or cancelled.",
            at.key, link.name
        );
        let mut one = unmet_at(FieldPlace::Links, "change_undecided", text);
        one.who = scene.turn();
        one
    };
    open.map(say).collect()
}

/// It is said how it ended. Asked for at its acceptance, and again when it is closed: it may be corrected until then.
fn how_it_ended(scene: &Scene<'_>) -> Vec<Unmet> {
    let mut missing = Vec::new();
    let mut say = |field, code: &str, text: String| {
        let mut one = unmet_at(FieldPlace::Release { field }, code, text);
        one.who = scene.turn();
        missing.push(one);
    };
    let code = scene.release.text(ReleaseField::ClosureCode);
    // What was accepted stays, also where the type offers it no longer.
    let accepted = scene.release.stage == super::Stage::Closure;
    let offers = |kind: &ReleaseType| {
        let mut codes = kind.closure_codes.iter();
        codes.any(|choice| choice.key == code && (choice.active || accepted))
    };
    if code.is_empty() {
        let text = "Choose a closure code.".to_owned();
        say(ReleaseField::ClosureCode, "closure_code", text);
    } else if !scene.kind().is_none_or(offers) {
        let text = format!("“{code}” is not a closure code of this type. Choose another one.");
        say(ReleaseField::ClosureCode, "closure_code", text);
    }
    if scene.release.time(ReleaseField::ReleaseDate).is_none() {
        let text = "Set the release date.".to_owned();
        say(ReleaseField::ReleaseDate, "release_date", text);
    }
    missing
}

fn accept(scene: &Scene<'_>) -> Vec<Unmet> {
    let release = scene.release;
    let mut missing = settled(scene);
    missing.extend(go_ahead(scene));
    missing.extend(changes(scene));
    missing.extend(how_it_ended(scene));
    let turn = scene.turn();
    let mut say = |at, code: &str, text: String| {
        let mut one = unmet_at(at, code, text);
        one.who.clone_from(&turn);
        missing.push(one);
    };
    for template in scene.kind().into_iter().flat_map(|kind| &kind.checklists) {
        if !release.is_confirmed(template) {
            let title = scene.checklist_title(template);
            let there = release
                .checklists()
                .iter()
                .any(|(_, list)| list.template.as_str() == template);
            let text = if there {
                format!("The checklist “{title}” is not confirmed.")
            } else {
                format!("The checklist “{title}” is missing. Add it, answer it and confirm it.")
            };
            let at = FieldPlace::Checklists {
                checklist: None,
                question: None,
            };
            say(at, "checklist", text);
        }
    }
    missing
}

fn claim(scene: &Scene<'_>) -> Vec<Unmet> {
    let mine = scene.release.assignee() == Some(scene.actor.user);
    let at = FieldPlace::Release {
        field: ReleaseField::Assignee,
    };
    let yours = mine.then(|| unmet_at(at, "yours_already", "It is yours already."));
    yours.into_iter().collect()
}

/// Somebody may not do it: who may.
pub(super) fn not_allowed(action: Action, scene: &Scene<'_>) -> Unmet {
    let release = scene.release;
    let user = |user| vec![scene.who(Party::User(user))];
    let (text, who) = match action {
        Action::Submit | Action::Withdraw => (
            "Only its author does this, with the right to create releases of this type.".to_owned(),
            user(release.author),
        ),
        Action::Authorise | Action::Refuse => (
            format!(
                "Only the requester and those who may authorise releases of this type do this.{}",
                left(scene)
            ),
            askers(scene),
        ),
        Action::Close => (
            format!("Only the requester closes it, or who stands in for them.{}", left(scene)),
            release.requester().map(user).unwrap_or_default(),
        ),
        Action::Forward | Action::Unresolved | Action::Accept | Action::Claim | Action::Schedule => (
            "Only those whose turn it is do this: the assignee and the members of its group who hold the right."
                .to_owned(),
            scene.turn(),
        ),
        Action::Share | Action::Unshare => (
            "Only who takes part in it does this, and who may delegate releases of this type.".to_owned(),
            user(release.author),
        ),
        Action::Cancel => right("cancel"),
        Action::Reopen => right("reopen"),
        Action::Hold => right("put on hold"),
        Action::Resume => right("resume"),
        Action::Delegate | Action::ChangeGroup => right("delegate"),
        Action::ReDate => right("re-date"),
    };
    let mut one = unmet_at(FieldPlace::Workflow, "not_allowed", text);
    one.who = who;
    one
}

/// What to do where the requester may no longer sign in; nothing where they may.
fn left(scene: &Scene<'_>) -> String {
    let directory = scene.world.directory();
    let requester = scene.release.requester().map(Party::User);
    let gone = requester
        .zip(directory)
        .filter(|(party, directory)| directory.is_retired(*party));
    let name = gone.and_then(|(party, directory)| directory.name(party));
    name.map_or_else(String::new, |name| {
        format!(" {name} may no longer sign in: an administrator can name a substitute for them.")
    })
}

fn right(what: &str) -> (String, Vec<Who>) {
    (
        format!("This needs the right to {what} releases of this type."),
        Vec::new(),
    )
}
