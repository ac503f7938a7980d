//! Releases over HTTP.

use crate::grow::Grow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access;
use crate::release::{
    Action, Activity, Awaits, Command, ContentHash, Disposition, Figures, Party, Priority, Release,
    ReleaseField, Stage, StepState, Totals, Unmet, is_offered, overdue_minutes,
};
use crate::sync::Outcome;
use crate::wire::cmdb::ImpactAnswer;
use crate::wire::registry::LinkNow;
use crate::{BlobId, ContractId, GroupId, ReleaseId, ReleaseNumber, ReleaseTypeKey, StepId, UserId};

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseSummary {
    /// Identity.
    pub id: ReleaseId,
    /// Shown number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title.
    pub title: String,
    /// Release type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_type: Option<ReleaseTypeKey>,
    /// Who drafted it.
    pub author: UserId,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<UserId>,
    /// Whose work it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// The contract it is done under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// Where it is in its workflow.
    pub stage: Stage,
    /// Whether it is being worked on.
    pub disposition: Disposition,
    /// 1 (highest) to 5.
    pub priority: Priority,
    /// Start of the change window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_start: Option<DateTime<Utc>>,
    /// End of the change window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_end: Option<DateTime<Utc>>,
    /// First stored.
    pub created: DateTime<Utc>,
    /// Last changed.
    pub updated: DateTime<Utc>,
    /// Live steps.
    pub steps: u32,
    /// Open conflicts.
    pub conflicts: u32,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Since when and why it is on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldSummary>,
    /// When it was closed or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// Counts reopenings, from 1.
    #[serde(default = "first")]
    pub run: u32,
    /// Groups whose turn it is in this stage, beside the assignment group.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub duties: BTreeSet<GroupId>,
    /// Who may look on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<Party>,
    /// Whose go-ahead was asked for and is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
    /// It has its go-ahead.
    #[serde(default)]
    pub authorised: bool,
    /// It came back with a reason.
    #[serde(default)]
    pub sent_back: bool,
    /// Business unit of the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Version of what is rolled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// While it is carried out: the step that is under way, or could begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The work in the calendar of a group (S18); of what is to be done, the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// Which fields this was made with; one of another shape is made anew from the release.
    #[serde(default)]
    pub shape: u32,
}

/// Why a release is on hold, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldSummary {
    /// The reason in words.
    pub text: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

fn first() -> u32 {
    1
}

impl ReleaseSummary {
    /// How many minutes it is past due, by the clock on the wall; 0 while it is on hold or a draft.
    #[must_use]
    pub fn overdue_minutes(&self, now: DateTime<Utc>) -> i64 {
        overdue_minutes(self.stage, self.disposition, self.due, self.ended.unwrap_or(now))
    }
}

/// The shape of a [`ReleaseSummary`] made by this version: raised with each field that is added.
pub const SUMMARY_SHAPE: u32 = 2;

impl From<&Release> for ReleaseSummary {
    fn from(release: &Release) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let text = |field| Some(release.text(field).to_owned()).filter(|text| !text.is_empty());
        Self {
            id: release.id,
            number: release.number,
            title: release.title().to_owned(),
            release_type: release.release_type(),
            author: release.author,
            requester: release.requester(),
            group: release.assignment_group(),
            assignee: release.assignee(),
            contract: release.contract(),
            stage: release.stage,
            disposition: release.disposition,
            priority: release.priority(),
            planned_start: release.time(ReleaseField::PlannedStart),
            planned_end: release.time(ReleaseField::PlannedEnd),
            created: release.created,
            updated: release.updated.at,
            steps: count(release.steps.values().filter(|s| s.deleted.is_none()).count()),
            conflicts: count(release.conflicts.len()),
            due: release.due(),
            hold: release.course.hold.as_ref().map(|hold| HoldSummary {
                text: hold.text.clone(),
                since: hold.mark.at,
            }),
            ended: release.course.ended.as_ref().map(|ended| ended.mark.at),
            run: release.run,
            duties: release.course.duties.clone(),
            shared_with: release.course.shared_with.clone(),
            awaits: release.course.awaits.clone(),
            authorised: release.authorised.is_some(),
            sent_back: release.sent_back.is_some(),
            unit: text(ReleaseField::ContactUnit),
            version: text(ReleaseField::Version),
            now: step_now(release),
            activity: release.course.activity.as_ref().map(|work| Activity {
                instruction: first_line(&work.instruction),
                ..work.clone()
            }),
            shape: SUMMARY_SHAPE,
        }
    }
}

/// The beginning of what is to be done, for a line.
fn first_line(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = text.trim().lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}

/// The step that people are at, and how many others are under way; where nobody is at one, the first that can begin.
fn step_now(release: &Release) -> Option<String> {
    if release.stage != Stage::Execution {
        return None;
    }
    let run = release.run_state();
    let title = |id: &StepId| release.steps.get(id).map(|step| step.title().to_owned());
    let mut under_way = run.steps.iter().filter(|step| step.state == StepState::Running);
    match under_way.next() {
        Some(first) => {
            let title = title(&first.step)?;
            let others = under_way.count();
            Some(if others == 0 {
                title
            } else {
                format!("{title} +{others}")
            })
        }
        None => run.next().as_ref().and_then(title),
    }
}

/// What the caller may do with a release now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct May {
    /// Edit the record and the plan.
    pub edit: bool,
    /// Submit it, once nothing is missing.
    pub submit: bool,
    /// Take it back to draft.
    pub withdraw: bool,
    /// Give or refuse the go-ahead.
    pub authorise: bool,
    /// Start, record and confirm its steps.
    pub execute: bool,
    /// Decide between records that contradict each other.
    pub settle: bool,
    /// Say how it ended: closure code, closure notes, release date.
    #[serde(default)]
    pub note_end: bool,
    /// Actions of the workflow, by rights, stage and disposition. What else is in the way of each says
    /// `GET /api/v1/releases/{number}/actions`.
    #[serde(default)]
    pub actions: BTreeSet<Action>,
    /// Link what accompanies it, and say what became of its changes.
    #[serde(default)]
    pub accompany: bool,
}

impl May {
    /// What `actor` may do with `release`, by rights, stage and disposition; readiness is another matter.
    #[must_use]
    pub fn of(actor: &access::Actor, release: &Release) -> Self {
        let active = release.disposition == Disposition::Active;
        let draft = active && release.stage == Stage::Draft;
        let running = active && release.stage == Stage::Execution;
        let ends = !matches!(release.stage, Stage::Draft | Stage::Authorisation);
        let offered = |action: &Action| is_offered(*action, actor, release);
        let actions: BTreeSet<Action> = Action::ALL.into_iter().filter(offered).grow();
        let open = matches!(release.disposition, Disposition::Active | Disposition::OnHold);
        release.with_facts(|facts| Self {
            edit: access::may_edit(actor, facts) && draft,
            submit: actions.contains(&Action::Submit),
            withdraw: actions.contains(&Action::Withdraw),
            authorise: actions.contains(&Action::Authorise),
            execute: access::may_execute(actor, facts) && running,
            settle: access::may_settle(actor, facts) && running,
            note_end: access::may_note_end(actor, facts, release.stage) && active && ends,
            actions,
            accompany: access::may_accompany(actor, facts) && open,
        })
    }

    /// Whether it is offered.
    #[must_use]
    pub fn act(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }
}

/// A release with everything that follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseView {
    /// Shown number, once more at the top, for scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ReleaseNumber>,
    /// Title, once more at the top.
    pub title: String,
    /// Stage, once more at the top.
    pub stage: Stage,
    /// Hash of its content: what a submission or approval names.
    pub hash: ContentHash,
    /// Priority 1 (highest) to 5.
    pub priority: Priority,
    /// What keeps it from going on: from being submitted, authorised, sent on, accepted, resumed or closed, whoever does
    /// it. Empty once it has ended.
    pub unmet: Vec<Unmet>,
    /// What the plan adds up to.
    pub totals: Totals,
    /// Its times, as of now.
    #[serde(default)]
    pub figures: Figures,
    /// What the caller may do.
    pub may: May,
    /// The records that it links, as their registers have them now; none for who may not see the CMDB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkNow>,
    /// Files of its documents whose bytes whoever attached them has not sent: there is nothing to give out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub not_arrived: BTreeSet<BlobId>,
    /// The release itself.
    pub release: Release,
}

/// Body of `POST /api/v1/releases/{number}/commands`: one command, or several that are carried out all or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Commands {
    /// Several.
    Many(Vec<Command>),
    /// One.
    One(Box<Command>),
}

/// Answer to commands: what became of each op, and the release afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommandAnswer {
    /// One for each op, in order.
    pub outcomes: Vec<Outcome>,
    /// The release afterwards.
    pub view: ReleaseView,
    /// What was left as it was, and why, in words: fields of a version that chose what is not in the registers any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// The blast radius of a release: as a whole, and while each step runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseImpact {
    /// At some time during the release: the worst state of each CI over the steps, where steps that may run at
    /// the same time count as one.
    pub whole: ImpactAnswer,
    /// For each step that takes something down, in plan order.
    pub steps: Vec<StepImpact>,
}

/// The blast radius of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepImpact {
    /// The step.
    pub step: StepId,
    /// While it runs.
    pub impact: ImpactAnswer,
}

/// In which order the steps may run: `GET /api/v1/releases/{number}/order`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RolloutOrder {
    /// Steps of one wave may run at the same time; each wave needs the ones before.
    pub waves: Vec<Vec<StepId>>,
}
