//! The workflow of a release as one table: what can be done, from which stages and dispositions, by whom, and what
//! must be true. The page, the REST interface, the device offline and the server's reducer all read this table.

use crate::grow::Grow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::guards;
use super::readiness::unmet_at;
use super::{Awaits, Disposition, FieldPlace, Party, Release, ReleaseType, Stage, Unmet, Who};
use crate::GroupId;
use crate::access::{self, Actor};
use crate::sync::World;

/// Something that moves a release on, or hands it to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Hand a draft in for authorisation.
    Submit,
    /// Take it back to draft.
    Withdraw,
    /// Give the go-ahead.
    Authorise,
    /// Send it back to draft with a reason.
    Refuse,
    /// From execution to test, from test to acceptance.
    Forward,
    /// Back to authorisation: it did not work.
    Unresolved,
    /// Accept it, on to closure.
    Accept,
    /// Close it.
    Close,
    /// Give it up.
    Cancel,
    /// Begin another run.
    Reopen,
    /// Put it on hold.
    Hold,
    /// Go on where it was.
    Resume,
    /// Take the work upon oneself.
    Claim,
    /// Give the work to a person.
    Delegate,
    /// Let somebody look on.
    Share,
    /// Let them look on no longer.
    Unshare,
    /// Give the work to another group.
    ChangeGroup,
    /// Move the planned dates.
    ReDate,
    /// Put the work into the calendar of a group.
    Schedule,
}

use Action::{
    Accept, Authorise, Cancel, ChangeGroup, Claim, Close, Delegate, Forward, Hold, ReDate, Refuse, Reopen,
    Resume, Schedule, Share, Submit, Unresolved, Unshare, Withdraw,
};
use Disposition::{Active, Cancelled, Concluded, OnHold};
use Stage::{Acceptance, Authorisation, Closure, Draft, Execution, Test};

/// A row of the table: from where something is done. By whom says [`access::may_act`], what must be true
/// [`unmet_for`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// What.
    pub action: Action,
    /// From these stages.
    pub stages: &'static [Stage],
    /// From these dispositions.
    pub dispositions: &'static [Disposition],
}

const fn way(action: Action, stages: &'static [Stage], dispositions: &'static [Disposition]) -> Way {
    Way {
        action,
        stages,
        dispositions,
    }
}

/// Stages of work: it was submitted, and is not accepted yet.
const AT_WORK: &[Stage] = &[Authorisation, Execution, Test, Acceptance];
const SUBMITTED: &[Stage] = &[Authorisation, Execution, Test, Acceptance, Closure];
const OPEN: &[Disposition] = &[Active, OnHold];
const ACTIVE: &[Disposition] = &[Active];

/// The table.
pub const WAYS: [Way; 19] = [
    way(Submit, &[Draft], ACTIVE),
    way(Withdraw, &[Authorisation], ACTIVE),
    // After authorisation only where the go-ahead has become void.
    way(Authorise, SUBMITTED, ACTIVE),
    way(Refuse, SUBMITTED, ACTIVE),
    way(Forward, &[Execution, Test], ACTIVE),
    way(Unresolved, &[Execution, Test, Acceptance], ACTIVE),
    way(Accept, &[Acceptance], ACTIVE),
    way(Close, &[Closure], ACTIVE),
    way(Cancel, &Stage::ALL, OPEN),
    way(Reopen, &Stage::ALL, &[Concluded, Cancelled]),
    way(Hold, SUBMITTED, ACTIVE),
    way(Resume, &Stage::ALL, &[OnHold]),
    way(Claim, AT_WORK, ACTIVE),
    way(Delegate, AT_WORK, OPEN),
    way(Share, &Stage::ALL, OPEN),
    way(Unshare, &Stage::ALL, OPEN),
    way(ChangeGroup, AT_WORK, OPEN),
    way(ReDate, AT_WORK, OPEN),
    way(Schedule, AT_WORK, OPEN),
];

impl Action {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 19] = [
        Submit,
        Withdraw,
        Authorise,
        Refuse,
        Forward,
        Unresolved,
        Accept,
        Close,
        Cancel,
        Reopen,
        Hold,
        Resume,
        Claim,
        Delegate,
        Share,
        Unshare,
        ChangeGroup,
        ReDate,
        Schedule,
    ];

    /// What people read, whichever release it is about. For one release see [`Scene::label`].
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Submit => "Submit",
            Withdraw => "Withdraw",
            Authorise => "Authorise",
            Refuse => "Refuse",
            Forward => "Forward",
            Unresolved => "Unresolved",
            Accept => "Accept",
            Close => "Close",
            Cancel => "Cancel",
            Reopen => "Reopen",
            Hold => "Put on hold",
            Resume => "Resume",
            Claim => "Claim",
            Delegate => "Delegate",
            Share => "Share",
            Unshare => "End sharing",
            ChangeGroup => "Change group",
            ReDate => "Move dates",
            Schedule => "Schedule",
        }
    }

    /// Its row of the table.
    #[must_use]
    pub fn way(self) -> Way {
        let nowhere = way(self, &[], &[]);
        WAYS.into_iter().find(|way| way.action == self).unwrap_or(nowhere)
    }

    /// A decision about exactly what is on the server now: not to be queued on a device.
    #[must_use]
    pub fn needs_server(self) -> bool {
        matches!(self, Authorise | Accept)
    }
}

/// What a guard looks at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Who wants to do it.
    pub actor: &'a Actor,
    /// To which release.
    pub release: &'a Release,
    /// The world around.
    pub world: &'a dyn World,
}

impl<'a> Scene<'a> {
    /// The release type; `None` where it is not chosen or not known here.
    #[must_use]
    pub fn kind(&self) -> Option<&'a ReleaseType> {
        let key = self.release.release_type()?;
        self.world.rules()?.kind(&key)
    }

    /// Where [`Action::Forward`] leads; `None` where it is not done.
    #[must_use]
    pub fn leads_to(&self) -> Option<Stage> {
        let tests = || self.kind().is_none_or(|kind| kind.test_stage);
        match self.release.stage {
            Execution if tests() => Some(Test),
            Execution | Test => Some(Acceptance),
            Draft | Authorisation | Acceptance | Closure => None,
        }
    }

    /// What people read on the page and offline, and programs in the answers of the server: it says where it leads.
    #[must_use]
    pub fn label(&self, action: Action) -> &'static str {
        match (action, self.leads_to()) {
            (Forward, Some(Test)) => "Send to test",
            (Forward, Some(_)) => "Send to acceptance",
            _ => action.label(),
        }
    }

    pub(super) fn who(&self, party: Party) -> Who {
        let directory = self.world.directory();
        let name = directory
            .and_then(|directory| directory.name(party))
            .unwrap_or_default();
        Who {
            party,
            name: name.to_owned(),
        }
    }

    /// What people call a checklist template: as the release has it, as it is offered, or else its key.
    pub(super) fn checklist_title(&self, template: &str) -> String {
        let own = self.release.checklists.values();
        let own = own
            .filter(|list| list.template.as_str() == template)
            .map(|list| list.form.title.clone());
        let offered = self
            .world
            .directory()
            .into_iter()
            .flat_map(|directory| &directory.checklists);
        let offered = offered
            .filter(|one| one.key.as_str() == template)
            .map(|one| one.form.title.clone());
        own.chain(offered).next().unwrap_or_else(|| template.to_owned())
    }

    /// Whose turn it is in this stage.
    pub(super) fn turn(&self) -> Vec<Who> {
        let (release, user) = (self.release, |user| self.who(Party::User(user)));
        let group = |group| self.who(Party::Group(group));
        match release.stage {
            Draft => vec![user(release.author)],
            Authorisation => guards::askers(self),
            Closure => release.requester().into_iter().map(user).collect(),
            Execution | Test | Acceptance => {
                let person = release.assignee().map(user);
                let groups = release.working_groups();
                person.into_iter().chain(groups.into_iter().map(group)).collect()
            }
        }
    }
}

impl Release {
    /// The action that takes it on from where it is; none once it has ended.
    #[must_use]
    pub fn onward(&self) -> Option<Action> {
        match (self.disposition, self.stage) {
            (OnHold, _) => Some(Resume),
            (Concluded | Cancelled, _) => None,
            (Active, Draft) => Some(Submit),
            (Active, Authorisation) => Some(Authorise),
            (Active, Execution | Test) => Some(Forward),
            (Active, Acceptance) => Some(Accept),
            (Active, Closure) => Some(Close),
        }
    }

    /// The groups whose work it is in this stage; empty where everybody may who holds the right.
    #[must_use]
    pub fn working_groups(&self) -> BTreeSet<GroupId> {
        match self.stage {
            Test | Acceptance => self.course.duties.clone(),
            _ => self.assignment_group().into_iter().grow(),
        }
    }

    /// Whether a go-ahead is missing: it waits for authorisation, or the one that was given has become void.
    #[must_use]
    pub fn awaits_go_ahead(&self) -> bool {
        self.stage == Authorisation || (self.stage != Draft && self.authorised.is_none())
    }

    /// Whether the go-ahead of this person is among those that are missing.
    #[must_use]
    pub fn asks(&self, actor: &Actor) -> bool {
        let plain = Awaits::of(None);
        let awaits = self.course.awaits.as_ref().unwrap_or(&plain);
        self.with_facts(|facts| awaits.of_actor(actor, facts).is_some())
    }
}

/// Can `actor` do it as far as stage and rights go? What else must be true says [`unmet_for`].
#[must_use]
pub fn is_offered(action: Action, actor: &Actor, release: &Release) -> bool {
    let way = action.way();
    let awaited = match action {
        Authorise => release.awaits_go_ahead() && release.asks(actor),
        Refuse => release.awaits_go_ahead(),
        _ => true,
    };
    way.stages.contains(&release.stage)
        && way.dispositions.contains(&release.disposition)
        && awaited
        && release.with_facts(|facts| access::may_act(actor, facts, release.stage, action))
}

/// Every condition that keeps `action` from being done: where the release is, who asks, and what must be true. Empty
/// means that it is taken, with sensible data. The same text everywhere (N15). O(size of the release).
#[must_use]
pub fn unmet_for(action: Action, scene: &Scene<'_>) -> Vec<Unmet> {
    let release = scene.release;
    let way = action.way();
    let mut missing = Vec::new();
    let at = FieldPlace::Workflow;
    if !way.dispositions.contains(&release.disposition) {
        missing.push(unmet_at(
            at.clone(),
            "wrong_disposition",
            disposition_text(action, release),
        ));
    }
    if !way.stages.contains(&release.stage) {
        missing.push(unmet_at(
            at.clone(),
            "wrong_stage",
            stage_text(way, release.stage),
        ));
    }
    let here = missing.is_empty();
    if !release.with_facts(|facts| access::may_act(scene.actor, facts, release.stage, action)) {
        missing.push(guards::not_allowed(action, scene));
    }
    if here {
        missing.extend(guards::of(action, scene));
    }
    missing
}

fn disposition_text(action: Action, release: &Release) -> String {
    match (release.disposition, action) {
        (OnHold, Reopen) => "The release is on hold, not ended. Resume it.".into(),
        (OnHold, _) => "The release is on hold. Resume it first.".into(),
        (Concluded | Cancelled, _) => {
            format!(
                "The release is {}. Reopen it first.",
                release.disposition.as_str()
            )
        }
        (Active, Resume) => "The release is not on hold.".into(),
        (Active, _) => "The release is open.".into(),
    }
}

fn stage_text(way: Way, stage: Stage) -> String {
    let words: Vec<_> = way.stages.iter().map(|stage| stage.as_str()).collect();
    let places = match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "no stage".to_owned(),
    };
    format!("The release is in {}; this is done in {places}.", stage.as_str())
}
