//! The record and the plan of a draft.

use crate::release::{Command, NewTarget, Release, ReleaseField, StepField};
use crate::sync::Take;
use crate::sync::sim::world::World;
use crate::{CiKey, StepId};

impl World {
    /// Something to the content, whether it may be edited or not.
    pub(super) fn edit(&mut self, shown: &Release) -> Option<Command> {
        let live: Vec<StepId> = shown.plan().iter().map(|(id, _)| *id).collect();
        let all: Vec<StepId> = shown.steps.keys().copied().collect();
        // Mostly the first step, so that people meet.
        let meet = self.random.per_mille(600);
        let step = if meet {
            live.first()
        } else {
            self.random.pick(&live)
        }
        .copied();
        let any = if meet { all.first() } else { self.random.pick(&all) }.copied();
        let other = self.random.pick(&live).copied();
        Some(match self.random.below(30) {
            0..3 => Command::Set {
                field: ReleaseField::Title,
                value: self.text("title").into(),
            },
            3..6 => Command::Set {
                field: ReleaseField::Description,
                value: self.edited(shown.text(ReleaseField::Description)).into(),
            },
            6..8 => {
                let at = any?;
                let before = shown.steps.get(&at)?.text(StepField::Instructions).to_owned();
                Command::SetStep {
                    step: at,
                    field: StepField::Instructions,
                    value: self.edited(&before).into(),
                }
            }
            8..10 => Command::SetStep {
                step: any?,
                field: StepField::Command,
                value: self.text("run").into(),
            },
            10..12 => Command::AddStep {
                after: step,
                step: self.step_text(),
            },
            12..14 => Command::MoveStep {
                step: any?,
                after: other,
            },
            14 | 24 => Command::DeleteStep { step: any? },
            15 => Command::RestoreStep { step: any? },
            23 => Command::SetStep {
                step: any?,
                field: StepField::Title,
                value: self.text("step").into(),
            },
            16 | 17 | 25 | 26 => Command::AddPrerequisite {
                step: step?,
                needs: other?,
            },
            18 => {
                let need = shown.steps.get(&step?)?.needs.keys().next().copied()?;
                Command::RemovePrerequisite {
                    step: step?,
                    needs: need,
                }
            }
            19 => Command::AddTarget {
                step: any?,
                target: on_ci(self.ci()?),
            },
            20 => {
                let ci = shown.steps.get(&any?)?.targets.keys().next()?.clone();
                Command::RemoveTarget { step: any?, ci }
            }
            21 => Command::LinkCi { ci: self.ci()? },
            22 => match self.random.below(2) {
                0 => Command::Submit { seen: None },
                _ => Command::Withdraw,
            },
            _ => {
                let open: Vec<_> = shown.conflicts.keys().copied().collect();
                let Some(conflict) = self.random.pick(&open).copied() else {
                    return Some(Command::UnlinkCi {
                        ci: shown.scope.keys().next()?.clone(),
                    });
                };
                let take = match self.random.below(3) {
                    0 => Take::Theirs,
                    _ => Take::Mine,
                };
                Command::Resolve { conflict, take }
            }
        })
    }

    /// The text with one line replaced by a new one.
    pub(super) fn edited(&mut self, before: &str) -> String {
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        let new = self.text("line");
        let at = self.random.below(lines.len() + 1);
        match lines.get_mut(at) {
            Some(line) => *line = new,
            None => lines.push(new),
        }
        lines.join("\n")
    }
}

pub(super) fn on_ci(ci: CiKey) -> NewTarget {
    NewTarget {
        ci,
        action: None,
        outage: Some("down".into()),
    }
}
