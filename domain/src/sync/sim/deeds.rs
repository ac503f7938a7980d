//! What people do: sensible and senseless things to the releases that they see. What it may be: `plan` (the content),
//! `links`, `course` (the acts of the workflow), `run` (the carrying out), `papers` (what is kept beside it).

mod course;
mod links;
mod papers;
mod plan;
mod run;

use std::collections::BTreeMap;

use super::Broken;
use super::device::At;
use super::registers::{group_id, release_id};
use super::world::World;
use crate::access::may_view;
use crate::release::{
    Command, FieldRef, FieldVer, NewRelease, NewStep, Release, ReleaseField, Stage, StepField, Value,
};
use crate::sync::client::{Act, Input};
use crate::sync::{Outcome, ReleaseOp, Stamp, Take};
use crate::{CiKey, GestureId, ReleaseId};
use plan::on_ci;

/// Most releases in a world: few, so that people meet.
const MOST_RELEASES: usize = 3;

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
        let most = if self.diligent { 1 } else { MOST_RELEASES };
        if self.server.data.releases.len() + made >= most {
            return Ok(());
        }
        let release = release_id(self.fresh());
        let title = self.text("title");
        let prose: Vec<String> = (0..5).map(|_| self.text("line")).collect();
        let fields = BTreeMap::from([
            (ReleaseField::Title, Value::from(title)),
            (ReleaseField::Description, Value::from(prose.join("\n"))),
        ]);
        let many = if self.diligent { 1 } else { 3 };
        let steps = (0..many).map(|_| self.step_text()).collect();
        let ids: Vec<_> = (0..many).map(|_| self.fresh()).collect();
        let mut ids = ids.into_iter();
        let ops = NewRelease { fields, steps }.into_ops(|| ids.next().unwrap_or_default());
        if let Some(tab) = self.tab(at) {
            tab.made.push(release);
        }
        self.give(at, Input::Open(release))?;
        self.gesture(at, release, ops)
    }

    pub(super) fn step_text(&mut self) -> NewStep {
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
            confirm_by_second: self.random.per_mille(300),
            ..NewStep::default()
        }
    }

    /// A text that nobody ever entered before.
    pub(super) fn text(&mut self, word: &str) -> String {
        let text = format!("{word} {}", self.fresh());
        self.ledger.texts.insert(text.clone());
        text
    }

    pub(super) fn ci(&mut self) -> Option<CiKey> {
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

    pub(super) fn gesture(&mut self, at: At, release: ReleaseId, ops: Vec<ReleaseOp>) -> Result<(), Broken> {
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
        let (draft, running) = (shown.stage == Stage::Draft, shown.stage == Stage::Execution);
        if self.diligent && self.random.per_mille(700) {
            if draft {
                return self.make_ready(at, &shown);
            }
            let commands = self.act(&shown);
            return self.commands(at, &shown, commands);
        }
        let commands = match self.random.below(60) {
            0 => return self.half_hopeless(at, &shown),
            2..5 if draft => return self.make_ready(at, &shown),
            5 => return self.rest_on_refused(at, &shown),
            6 => return self.carry_out(at, &shown),
            7..20 if running => return self.carry_out(at, &shown),
            20..24 => self.link(&shown).into_iter().collect(),
            24..32 => self.file(&shown).into_iter().collect(),
            // What is submitted cannot be edited: mostly it is moved on.
            32..52 if !draft => self.act(&shown),
            32 => self.act(&shown),
            _ => self.edit(&shown).into_iter().collect(),
        };
        self.commands(at, &shown, commands)
    }

    pub(super) fn commands(&mut self, at: At, shown: &Release, commands: Vec<Command>) -> Result<(), Broken> {
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
        let (user, group) = (shown.author.to_string(), group_id(0).to_string());
        let mut commands: Vec<Command> = [
            (ReleaseField::ReleaseType, "standard"),
            (ReleaseField::Requester, user.as_str()),
            (ReleaseField::AssignmentGroup, group.as_str()),
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
        let open = shown.plan();
        let open = open
            .iter()
            .filter(|(_, step)| step.text(StepField::BackOut).is_empty());
        for step in open.map(|(id, _)| *id) {
            commands.push(Command::SetStep {
                step,
                field: StepField::BackOut,
                value: self.text("undo").into(),
            });
        }
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
