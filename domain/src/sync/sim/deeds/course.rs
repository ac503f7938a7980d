//! The way of a release through its stages, and from hand to hand.

use chrono::TimeDelta;

use crate::registry::RegisterKind;
use crate::release::{
    Activity, ChangeOutcome, Command, Disposition, Party, Release, ReleaseField, Stage, StepResult, StepRun,
    StepState,
};
use crate::sync::Take;
use crate::sync::sim::registers::group_id;
use crate::sync::sim::world::World;

/// A closure code that every release type knows.
const CLOSURE_CODE: &str = "as_planned";

impl World {
    /// Something that moves a release on, or hands it to somebody: what fits where it is, and sometimes what does not.
    pub(super) fn act(&mut self, shown: &Release) -> Vec<Command> {
        if self.random.per_mille(150) {
            return vec![self.out_of_place(shown)];
        }
        let ended = matches!(shown.disposition, Disposition::Concluded | Disposition::Cancelled);
        let onward = self.random.per_mille(if self.diligent { 850 } else { 550 });
        match shown.disposition {
            _ if ended => vec![Command::Reopen {
                reason: self.text("reason"),
            }],
            Disposition::OnHold if onward => vec![Command::Resume],
            _ if onward => self.onward(shown),
            _ => vec![self.aside(shown)],
        }
    }

    /// What takes it to the next stage, with what is asked for there.
    fn onward(&mut self, shown: &Release) -> Vec<Command> {
        let set = |field, value: &str| Command::Set {
            field,
            value: value.into(),
        };
        let decide = |conflict| Command::Resolve {
            conflict,
            take: Take::Theirs,
        };
        if shown.stage != Stage::Draft && !shown.conflicts.is_empty() {
            return shown.conflicts.keys().copied().map(decide).collect();
        }
        let undecided = || {
            let mut changes = shown.linked(RegisterKind::Changes);
            changes.find(|(_, link)| !link.status.is_some_and(ChangeOutcome::is_decided))
        };
        match shown.stage {
            Stage::Draft => vec![Command::Submit { seen: None }],
            Stage::Authorisation => vec![Command::Authorise { seen: None }],
            Stage::Execution => {
                let run = shown.run_state();
                let next = run.steps.iter().find(|step| !step.state.is_finished());
                next.and_then(|step| self.finish(step))
                    .map_or_else(|| vec![Command::Forward { from: None }], |command| vec![command])
            }
            Stage::Test => vec![Command::Forward { from: None }],
            Stage::Acceptance if shown.value(ReleaseField::ClosureCode).is_blank() => {
                self.ledger.texts.insert(CLOSURE_CODE.to_owned());
                vec![
                    set(ReleaseField::ClosureCode, CLOSURE_CODE),
                    set(ReleaseField::ReleaseDate, "2026-11-30T04:00:00Z"),
                ]
            }
            Stage::Acceptance => match undecided() {
                Some((change, _)) => vec![Command::SetChangeStatus {
                    change: change.key.clone(),
                    status: Some(ChangeOutcome::Resolved),
                }],
                None => vec![Command::Accept { seen: None }],
            },
            Stage::Closure => vec![Command::Close],
        }
    }

    /// What a step lacks.
    pub(super) fn finish(&mut self, step: &StepRun) -> Option<Command> {
        let standing = step.standing.first().copied();
        Some(match step.state {
            StepState::AwaitsConfirmation => Command::Confirm { attempt: standing? },
            StepState::Disputed => Command::Settle {
                step: step.step,
                attempt: standing?,
            },
            _ => {
                let now = self.wall();
                Command::Record {
                    step: step.step,
                    result: StepResult::Done,
                    started: now,
                    ended: now,
                    note: self.text("note"),
                    evidence: Vec::new(),
                }
            }
        })
    }

    /// What leads back, or leaves it in its stage.
    fn aside(&mut self, shown: &Release) -> Command {
        let to = self.somebody(shown);
        let group = group_id(self.random.below(3));
        match self.random.below(12) {
            0 => match shown.stage {
                Stage::Authorisation => Command::Refuse {
                    reason: self.text("reason"),
                },
                _ => Command::Unresolved {
                    reason: self.text("reason"),
                },
            },
            1 if shown.stage == Stage::Authorisation => Command::Withdraw,
            2 if self.random.per_mille(400) => Command::Cancel {
                reason: self.text("reason"),
            },
            2 | 3 => Command::Hold {
                reason: "parts".into(),
                note: self.text("reason"),
            },
            1 | 4 | 5 => Command::Claim {
                from: shown.assignee(),
            },
            6 => Command::Delegate { to },
            7 => Command::Share {
                with: Party::User(to),
            },
            8 => match shown.course.shared_with.first() {
                Some(with) => Command::Unshare { with: *with },
                None => Command::Share {
                    with: Party::Group(group),
                },
            },
            9 => {
                let start = self.wall();
                Command::ReDate {
                    start,
                    end: start + TimeDelta::days(self.random.below(9) as i64),
                    seen: None,
                }
            }
            10 => Command::ChangeGroup { to: group },
            _ => {
                let activity = Activity {
                    group,
                    instruction: self.text("activity"),
                    at: self.wall(),
                    minutes: 60,
                };
                Command::Schedule {
                    activity: self.random.per_mille(700).then_some(activity),
                }
            }
        }
    }

    /// Anything, wherever it is.
    fn out_of_place(&mut self, shown: &Release) -> Command {
        let to = self.somebody(shown);
        let reason = self.text("reason");
        let group = group_id(0);
        match self.random.below(15) {
            13 => Command::Cancel { reason },
            0 => Command::Submit { seen: None },
            1 => Command::Authorise { seen: None },
            2 => Command::Refuse { reason },
            3 => Command::Forward {
                from: Some(Stage::Test),
            },
            4 => Command::Unresolved { reason },
            5 => Command::Accept { seen: None },
            6 => Command::Close,
            7 => Command::Reopen { reason },
            8 => Command::Hold {
                reason: "no such reason".into(),
                note: String::new(),
            },
            9 => Command::Resume,
            10 => Command::Unshare {
                with: Party::User(to),
            },
            11 => Command::ChangeGroup { to: group },
            12 => Command::Claim { from: Some(to) },
            _ => Command::Withdraw,
        }
    }

    fn somebody(&mut self, shown: &Release) -> crate::UserId {
        let person = self.random.below(self.people.len());
        self.people.get(person).map_or(shown.author, |person| person.user)
    }
}
