//! What people do: sensible and senseless things to the releases that they see.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::Broken;
use super::device::At;
use super::world::{World, release_id};
use crate::access::may_view;
use crate::registry::RecordRef;
use crate::release::{
    ChangeOutcome, Command, Disposition, FieldRef, FieldVer, LinkKey, NewRelease, NewStep, NewTarget, Party,
    PersonCard, Release, ReleaseField, Stage, StepField, StepResult, Value,
};
use crate::sync::client::{Act, Input};
use crate::sync::{Outcome, ReleaseOp, Stamp, Take};
use crate::{AttemptId, CiKey, GestureId, ReleaseId, StepId};

/// Most releases in a world: few, so that people meet.
const MOST_RELEASES: usize = 3;

/// A closure code that every release type knows.
const CLOSURE_CODE: &str = "as_planned";

impl World {
    /// Somebody does something in some tab.
    pub(super) fn somebody_acts(&mut self) -> Result<(), Broken> {
        let tabs = self.tabs();
        let Some(at) = self.random.pick(&tabs).copied() else {
            return Ok(());
        };
        if !self.tab(at).is_some_and(|tab| tab.machine.is_loaded()) {
            return Ok(());
        }
        match self.random.below(100) {
            0..5 => self.create(at),
            5..15 => self.open_some(at),
            15..21 => self.look_at_cards(at),
            21..23 => self.type_something(at),
            23..25 => self.give(at, Input::Hint(crate::sync::client::Hint::Focus)),
            _ => self.change(at),
        }
    }

    fn create(&mut self, at: At) -> Result<(), Broken> {
        let made: usize = self
            .tabs()
            .into_iter()
            .filter_map(|at| Some(self.tab(at)?.made.len()))
            .sum();
        if self.server.data.releases.len() + made >= MOST_RELEASES {
            return Ok(());
        }
        let release = release_id(self.fresh());
        let title = self.text("title");
        let prose: Vec<String> = (0..5).map(|_| self.text("line")).collect();
        let fields = BTreeMap::from([
            (ReleaseField::Title, Value::from(title)),
            (ReleaseField::Description, Value::from(prose.join("\n"))),
        ]);
        let steps = (0..3).map(|_| self.step_text()).collect();
        let ids: Vec<_> = (0..3).map(|_| self.fresh()).collect();
        let mut ids = ids.into_iter();
        let ops = NewRelease { fields, steps }.into_ops(|| ids.next().unwrap_or_default());
        if let Some(tab) = self.tab(at) {
            tab.made.push(release);
        }
        self.give(at, Input::Open(release))?;
        self.gesture(at, release, ops)
    }

    fn step_text(&mut self) -> NewStep {
        let lines: Vec<String> = (0..4).map(|_| self.text("do")).collect();
        // Without one, it cannot be submitted.
        let back_out = self.random.per_mille(700).then(|| self.text("undo"));
        NewStep {
            title: self.text("step"),
            instructions: Some(lines.join("\n")),
            command: Some(self.text("run")),
            minutes: Some(10),
            targets: self.ci().map(on_ci).into_iter().collect(),
            back_out,
            ..NewStep::default()
        }
    }

    /// A text that nobody ever entered before.
    fn text(&mut self, word: &str) -> String {
        let text = format!("{word} {}", self.fresh());
        self.ledger.texts.insert(text.clone());
        text
    }

    fn ci(&mut self) -> Option<CiKey> {
        let keys: Vec<CiKey> = self.server.cis.keys().cloned().collect();
        self.random.pick(&keys).cloned()
    }

    fn open_some(&mut self, at: At) -> Result<(), Broken> {
        let known: Vec<ReleaseId> = self.server.data.releases.keys().copied().collect();
        let Some(release) = self.random.pick(&known).copied() else {
            return Ok(());
        };
        match self.random.below(10) {
            0 => self.give(at, Input::Close(release)),
            1 => self.give(at, Input::Pin(crate::sync::client::Place::Release(release))),
            2 => self.give(at, Input::Unpin(crate::sync::client::Place::Release(release))),
            3..6 => self.see_before_it_is_held(at, release),
            _ => self.give(at, Input::Open(release)),
        }
    }

    /// A page opens a release with what the server answered it, and somebody works on it at once: a pull may not have
    /// brought it yet, and the network may go.
    fn see_before_it_is_held(&mut self, at: At, release: ReleaseId) -> Result<(), Broken> {
        self.give(at, Input::Open(release))?;
        let online = self.devices.get(at.device).is_some_and(|device| device.online) && !self.server.down;
        let actor = self.tab(at).map(|tab| tab.person);
        let actor = actor
            .and_then(|person| self.people.get(person))
            .map(|person| person.actor.clone());
        let seen = self.server.data.releases.get(&release).cloned();
        let (Some(actor), Some(seen), true) = (actor, seen, online) else {
            return Ok(());
        };
        if !seen.with_facts(|facts| may_view(&actor, facts)) {
            return Ok(());
        }
        self.note(|| {
            format!(
                "device {} tab {} is shown {release} by the server",
                at.device, at.tab
            )
        });
        if self.tab(at).is_some_and(|tab| tab.machine.seed(&seen)) {
            self.fault("worked on before it was held");
            return self.change_of(at, release);
        }
        Ok(())
    }

    fn type_something(&mut self, at: At) -> Result<(), Broken> {
        let text = self.random.per_mille(800).then(|| self.text("typed"));
        let field = format!("field {}", self.random.below(3));
        self.give(at, Input::Typing { field, text })
    }

    fn look_at_cards(&mut self, at: At) -> Result<(), Broken> {
        let gesture = GestureId(self.fresh());
        let made = self.stamp();
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let groups: Vec<(crate::release::OpId, bool, Vec<_>)> = tab
            .machine
            .cards()
            .into_iter()
            .map(|group| {
                let refused = matches!(group.root.outcome, Outcome::Rejected { .. });
                let all = std::iter::once(group.id)
                    .chain(group.dependents.iter().map(|(id, _)| *id))
                    .collect();
                (group.id, refused, all)
            })
            .collect();
        let queued: Vec<_> = tab.machine.waiting().iter().map(|one| one.op.id).collect();
        let what = self.random.below(10);
        if what == 0
            && let Some(op) = self.random.pick(&queued).copied()
        {
            self.note(|| format!("device {} takes back {op}", at.device));
            let of = self.ledger.ops.get(&op).map(|op| op.gesture);
            let all = self
                .ledger
                .ops
                .iter()
                .filter(|(_, other)| Some(other.gesture) == of);
            let all: Vec<_> = all.map(|(id, _)| *id).collect();
            self.ledger.taken_back.extend(all);
            return self.give(at, Input::Discard(vec![op]));
        }
        let Some((card, refused, all)) = self.random.pick(&groups).cloned() else {
            return Ok(());
        };
        self.ledger.seen.extend(all.iter().copied());
        if refused && what < 5 {
            self.note(|| format!("device {} does {card} again", at.device));
            self.ledger.make(gesture, at.life);
            return self.give(at, Input::Retry { card, gesture, made });
        }
        self.note(|| format!("device {} dismisses {card}", at.device));
        self.give(at, Input::Dismiss(all))
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            wall: self.wall(),
            skew_ms: None,
        }
    }

    fn gesture(&mut self, at: At, release: ReleaseId, ops: Vec<ReleaseOp>) -> Result<(), Broken> {
        let gesture = GestureId(self.fresh());
        let made = self.stamp();
        self.note(|| {
            let text = serde_json::to_string(&ops).unwrap_or_default();
            format!("device {} tab {} does {text} to {release}", at.device, at.tab)
        });
        self.ledger.make(gesture, at.life);
        let typed = if self.random.per_mille(100) {
            vec!["field 0".to_owned()]
        } else {
            Vec::new()
        };
        self.give(
            at,
            Input::Act(Act {
                release,
                gesture,
                made,
                ops,
                typed,
            }),
        )
    }

    /// One command on some release of the device.
    pub(super) fn change(&mut self, at: At) -> Result<(), Broken> {
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let mut seen: Vec<ReleaseId> = tab.machine.releases().map(|release| release.id).collect();
        seen.extend(tab.made.iter().copied());
        match self.random.pick(&seen).copied() {
            Some(release) => self.change_of(at, release),
            None => Ok(()),
        }
    }

    /// One command on what is shown, made from what is shown.
    fn change_of(&mut self, at: At, release: ReleaseId) -> Result<(), Broken> {
        let Some(person) = self.tab(at).map(|tab| tab.person) else {
            return Ok(());
        };
        let Some(actor) = self.people.get(person).map(|person| person.actor.clone()) else {
            return Ok(());
        };
        let shown = self
            .tab(at)
            .and_then(|tab| tab.machine.shown(release, &actor).release);
        let Some(shown) = shown else { return Ok(()) };
        match self.random.below(30) {
            0 => self.record(at, &shown),
            1 => self.half_hopeless(at, &shown),
            2 => self.make_ready(at, &shown),
            3 => self.rest_on_refused(at, &shown),
            4 => {
                let Some(command) = self.link(&shown) else {
                    return Ok(());
                };
                self.commands(at, &shown, vec![command])
            }
            _ => {
                let Some(command) = self.command(&shown) else {
                    return Ok(());
                };
                self.commands(at, &shown, vec![command])
            }
        }
    }

    fn commands(&mut self, at: At, shown: &Release, commands: Vec<Command>) -> Result<(), Broken> {
        let mut ops = Vec::new();
        for command in commands {
            let fresh = self.fresh();
            ops.extend(command.into_ops(shown, || fresh).unwrap_or_default());
        }
        if ops.is_empty() {
            Ok(())
        } else {
            self.gesture(at, shown.id, ops)
        }
    }

    fn command(&mut self, shown: &Release) -> Option<Command> {
        // What is submitted cannot be edited: mostly it is moved on.
        if shown.stage != Stage::Draft && self.random.per_mille(300) {
            return Some(self.act(shown));
        }
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
            14 => Command::DeleteStep { step: any? },
            15 => Command::RestoreStep { step: any? },
            16 | 17 | 23..27 => Command::AddPrerequisite {
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
            22 => match self.random.below(3) {
                0 => Command::Submit { seen: None },
                1 => Command::Withdraw,
                _ => Command::UnlinkCi {
                    ci: shown.scope.keys().next()?.clone(),
                },
            },
            _ => {
                let open: Vec<_> = shown.conflicts.keys().copied().collect();
                let conflict = self.random.pick(&open).copied()?;
                let take = match self.random.below(3) {
                    0 => Take::Theirs,
                    _ => Take::Mine,
                };
                Command::Resolve { conflict, take }
            }
        })
    }

    /// Something about what the release is linked with.
    fn link(&mut self, shown: &Release) -> Option<Command> {
        let all: Vec<RecordRef> = self.server.records.keys().cloned().collect();
        let record = self.random.pick(&all)?.clone();
        let linked: Vec<LinkKey> = shown.links.keys().cloned().collect();
        Some(match self.random.below(6) {
            0 => Command::Unlink {
                link: self.random.pick(&linked)?.clone(),
            },
            1 => Command::SetChangeStatus {
                change: record.key,
                status: self.random.pick(&ChangeOutcome::ALL).copied(),
            },
            2 => Command::FollowChange { change: record.key },
            3 => Command::LinkPerson {
                person: PersonCard {
                    name: self.text("person"),
                    role: "watches".into(),
                    ..PersonCard::default()
                },
            },
            _ => Command::Link {
                register: record.register,
                key: record.key,
            },
        })
    }

    /// Something that moves a release on, or hands it to somebody: what fits its stage, and sometimes what does not.
    fn act(&mut self, shown: &Release) -> Command {
        let reason = self.text("reason");
        self.ledger.texts.insert(CLOSURE_CODE.to_owned());
        let to = self.people.get(self.random.below(self.people.len()));
        let to = to.map_or(shown.author, |person| person.user);
        let party = Party::User(to);
        let ended = matches!(shown.disposition, Disposition::Concluded | Disposition::Cancelled);
        match (self.random.below(12), shown.stage) {
            (0..6, _) if ended => Command::Reopen { reason },
            (0..3, _) if shown.disposition == Disposition::OnHold => Command::Resume,
            (0..3, Stage::Draft) => Command::Submit { seen: None },
            (0..3, Stage::Authorisation) => Command::Authorise { seen: None },
            (0..3, Stage::Execution | Stage::Test) => Command::Forward { from: None },
            (0, Stage::Acceptance) => Command::Set {
                field: ReleaseField::ClosureCode,
                value: CLOSURE_CODE.into(),
            },
            (1, Stage::Acceptance) => Command::Set {
                field: ReleaseField::ReleaseDate,
                value: "2026-11-30T04:00:00Z".into(),
            },
            (2, Stage::Acceptance) => Command::Accept { seen: None },
            (0..2, Stage::Closure) => Command::Close,
            (3..5, Stage::Authorisation) => Command::Refuse { reason },
            (3, Stage::Execution | Stage::Test | Stage::Acceptance) => Command::Unresolved { reason },
            (5, _) if self.random.per_mille(300) => Command::Cancel { reason },
            (5, Stage::Authorisation) => Command::Withdraw,
            (6, _) => Command::Hold {
                reason: "parts".into(),
                note: reason,
            },
            (7, _) => Command::Claim {
                from: shown.assignee(),
            },
            (8, _) => Command::Delegate { to },
            (9, _) => Command::Share { with: party },
            (10, _) => Command::Unshare { with: party },
            (11, _) => {
                let start = self.wall();
                Command::ReDate {
                    start,
                    end: start + TimeDelta::days(self.random.below(9) as i64),
                    seen: None,
                }
            }
            _ => Command::Withdraw,
        }
    }

    /// The text with one line replaced by a new one.
    fn edited(&mut self, before: &str) -> String {
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        let new = self.text("line");
        let at = self.random.below(lines.len() + 1);
        match lines.get_mut(at) {
            Some(line) => *line = new,
            None => lines.push(new),
        }
        lines.join("\n")
    }

    fn record(&mut self, at: At, shown: &Release) -> Result<(), Broken> {
        let steps: Vec<StepId> = shown.steps.keys().copied().collect();
        let Some(step) = self.random.pick(&steps).copied() else {
            return Ok(());
        };
        let now = self.wall();
        let op = ReleaseOp::Record {
            attempt: AttemptId(self.fresh()),
            step,
            seen: shown
                .steps
                .get(&step)
                .map_or_else(FieldVer::default, |step| step.updated.ver),
            result: StepResult::Done,
            started: now,
            ended: now,
            note: self.text("note"),
            evidence: Vec::new(),
            after: BTreeSet::new(),
        };
        self.gesture(at, shown.id, vec![op])
    }

    /// A gesture of a good and a hopeless op: neither may happen.
    fn half_hopeless(&mut self, at: At, shown: &Release) -> Result<(), Broken> {
        let field = FieldRef::Release {
            field: ReleaseField::Title,
        };
        let set = |to: Value| ReleaseOp::SetField {
            at: field.clone(),
            base: shown
                .cell(&field)
                .map_or_else(FieldVer::default, |cell| cell.mark.ver),
            from: shown.value(ReleaseField::Title).clone(),
            to,
        };
        let good = self.text("title");
        self.gesture(at, shown.id, vec![set(good.into()), set(Value::Number(1))])
    }

    /// A step that is there already, and an edit of it that rests on this addition.
    fn rest_on_refused(&mut self, at: At, shown: &Release) -> Result<(), Broken> {
        let Some((step, old)) = shown.plan().first().map(|(id, step)| (*id, (*step).clone())) else {
            return Ok(());
        };
        let Some(place) = old.order() else { return Ok(()) };
        let again = ReleaseOp::AddStep {
            step,
            place,
            after: None,
            body: crate::sync::StepBody::default(),
        };
        self.gesture(at, shown.id, vec![again])?;
        // The page cannot make such an op; a script may. It names the op just queued, in this tab.
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let Some(refused) = tab.machine.waiting().last().map(|one| one.op.id) else {
            return Ok(());
        };
        let text = self.text("title");
        let edit = ReleaseOp::SetField {
            at: FieldRef::Step {
                step,
                field: StepField::Title,
            },
            base: FieldVer::Mine(refused),
            from: "never seen".into(),
            to: text.into(),
        };
        self.gesture(at, shown.id, vec![edit])
    }

    /// Everything that submission asks for, and the submission.
    fn make_ready(&mut self, at: At, shown: &Release) -> Result<(), Broken> {
        let user = shown.author.to_string();
        let mut commands: Vec<Command> = [
            (ReleaseField::ReleaseType, "standard"),
            (ReleaseField::Requester, user.as_str()),
            (ReleaseField::AssignmentGroup, user.as_str()),
            (ReleaseField::PlannedStart, "2026-11-23T20:00:00Z"),
            (ReleaseField::PlannedEnd, "2026-11-30T04:00:00Z"),
        ]
        .into_iter()
        .filter(|(field, _)| shown.value(*field).is_blank())
        .map(|(field, value)| Command::Set {
            field,
            value: value.into(),
        })
        .collect();
        let decide = |conflict| Command::Resolve {
            conflict,
            take: Take::Theirs,
        };
        commands.extend(shown.conflicts.keys().copied().map(decide));
        if !commands.is_empty() {
            self.commands(at, shown, commands)?;
        }
        let Some(person) = self.tab(at).map(|tab| tab.person) else {
            return Ok(());
        };
        let Some(actor) = self.people.get(person).map(|person| person.actor.clone()) else {
            return Ok(());
        };
        let shown = self
            .tab(at)
            .and_then(|tab| tab.machine.shown(shown.id, &actor).release);
        match shown {
            Some(shown) => self.commands(at, &shown, vec![Command::Submit { seen: None }]),
            None => Ok(()),
        }
    }
}

fn on_ci(ci: CiKey) -> NewTarget {
    NewTarget {
        ci,
        action: None,
        outage: Some("down".into()),
    }
}
