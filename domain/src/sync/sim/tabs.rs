//! The tabs of the devices: opened, closed, given what happened, and doing what their machines ask for.

use super::Broken;
use super::device::{At, Tab};
use super::world::{Event, World};
use crate::sync::client::{Effect, Input, Machine, Word};

impl World {
    /// Tabs that are open.
    pub(super) fn tabs(&self) -> Vec<At> {
        let mut all = Vec::new();
        for (device, of) in self.devices.iter().enumerate() {
            for (tab, slot) in of.tabs.iter().enumerate() {
                if let Some(open) = slot {
                    let life = open.life;
                    all.push(At { device, tab, life });
                }
            }
        }
        all
    }

    /// Opens a tab of whoever is signed in on the device.
    pub(super) fn open_tab(&mut self, device: usize, tab: usize) -> Result<(), Broken> {
        let Some(person) = self.devices.get(device).and_then(|device| device.session) else {
            return Ok(());
        };
        let Some(user) = self.people.get(person).map(|person| person.user) else {
            return Ok(());
        };
        let life = self.next();
        let at = At { device, tab, life };
        self.note(|| format!("device {device} opens tab {tab} of person {person}"));
        let mut machine = Machine::new(user, "simulation");
        for (at, known) in &self.server.records {
            machine.learn_record(at.clone(), known.clone());
        }
        let slot = self.devices.get_mut(device).and_then(|of| of.tabs.get_mut(tab));
        if let Some(slot) = slot {
            *slot = Some(Tab {
                life: at.life,
                machine,
                born: self.time,
                timer: 0,
                incarnation: 0,
                person,
                made: Vec::new(),
            });
        }
        let now = self.now(at);
        let effects = self.tab(at).map(|tab| tab.machine.start(now)).unwrap_or_default();
        self.perform(at, effects)?;
        self.lock(device)?;
        // The page knows who is signed in only once it has asked.
        if self.random.per_mille(700) {
            self.give(at, Input::SignedIn(Some(user)))?;
        }
        Ok(())
    }

    pub(super) fn close_tab(&mut self, device: usize, tab: usize) -> Result<(), Broken> {
        let slot = self.devices.get_mut(device).and_then(|of| of.tabs.get_mut(tab));
        if let Some(gone) = slot.and_then(Option::take) {
            self.ledger.bury(gone.life);
        }
        self.lock(device)
    }

    /// The Web Lock of each store: if its holder is gone, another tab of the same person gets it.
    pub(super) fn lock(&mut self, device: usize) -> Result<(), Broken> {
        for person in 0..self.people.len() {
            let Some(of) = self.devices.get_mut(device) else {
                continue;
            };
            let open = of
                .tabs
                .iter()
                .enumerate()
                .filter_map(|(tab, slot)| Some((tab, slot.as_ref()?)));
            let mut open = open
                .filter(|(_, tab)| tab.person == person)
                .map(|(tab, of)| (tab, of.life))
                .collect::<Vec<_>>();
            let held = of.leaders.get(&person).copied();
            if open.iter().any(|(_, life)| Some(*life) == held) {
                continue;
            }
            match open.pop() {
                Some((tab, life)) => {
                    of.leaders.insert(person, life);
                    self.give(At { device, tab, life }, Input::Leading(true))?;
                }
                None => {
                    of.leaders.remove(&person);
                }
            }
        }
        Ok(())
    }

    /// Gives an input to a machine and does what it asks for.
    pub(super) fn give(&mut self, at: At, input: Input) -> Result<(), Broken> {
        let now = self.now(at);
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let effects = tab.machine.handle(now, input);
        self.perform(at, effects)
    }

    fn perform(&mut self, at: At, effects: Vec<Effect>) -> Result<(), Broken> {
        for effect in effects {
            match effect {
                Effect::Load { unless } => {
                    let after = self.random.between(1, 8);
                    self.later(after, Event::Read(at, unless));
                }
                Effect::Commit { id, tx } => {
                    let after = self.random.between(1, 40);
                    self.later(after, Event::Write(at, id, tx));
                }
                Effect::Send {
                    id,
                    request,
                    timeout_ms,
                } => self.post(at, id, &request, timeout_ms),
                Effect::WakeWithin { ms } => {
                    let after = self.random.between(0, ms);
                    let Some(tab) = self.tab(at) else { continue };
                    tab.timer += 1;
                    let timer = tab.timer;
                    self.later(after.max(1), Event::Rings(at, timer));
                }
                Effect::Tell(word) => self.tell(at, &word),
                Effect::Changed => {}
            }
        }
        Ok(())
    }

    fn tell(&mut self, from: At, word: &Word) {
        let person = self.tab(from).map(|tab| tab.person);
        for at in self.tabs() {
            let same = at.device == from.device && at.life != from.life;
            if same && self.tab(at).map(|tab| tab.person) == person {
                if !self.healing && self.random.per_mille(50) {
                    self.fault("lost word between tabs");
                    continue;
                }
                let after = self.random.between(1, 15);
                self.later(after, Event::Says(at, word.clone()));
            }
        }
    }
}
