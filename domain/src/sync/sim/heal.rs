//! The end of a run: no more faults, everybody comes online, and then everything must add up.

use super::check::Ending;
use super::device::At;
use super::world::{World, all_rights};
use super::{Broken, hold};
use crate::release::{CiFact, Release};
use crate::sync::client::{Hint, Input};

/// How long a device may take to hand in and fetch everything, in seconds.
const LONGEST: u64 = 3_600;
/// The longest time a tab leaves a store alone that did not take something, and then some, in milliseconds.
const LONGEST_PAUSE: u64 = 90_000;

impl World {
    /// Ends the faults, drains every store and checks the invariants.
    ///
    /// # Errors
    /// The invariant that broke.
    pub(super) fn heal(&mut self) -> Result<(), Broken> {
        self.note(|| "heal".into());
        self.healing = true;
        (self.server.down, self.server.busy, self.server.old) = (false, false, false);
        if self.server.put_back {
            // The operator hears of it and does it properly.
            self.server.restore(0);
        }
        self.server.crash();
        for device in &mut self.devices {
            (device.online, device.old_build) = (true, false);
        }
        self.save()?;
        let stores: Vec<(usize, usize)> = self
            .devices
            .iter()
            .enumerate()
            .flat_map(|(device, of)| of.stores.keys().map(move |person| (device, *person)))
            .collect();
        for _ in 0..3 {
            for (device, person) in &stores {
                self.drain(*device, *person)?;
            }
        }
        let ending = Ending::new(self, &stores);
        ending.check()?;
        self.replay()?;
        match stores.first() {
            Some((device, person)) => self.predict(*device, *person),
            None => Ok(()),
        }
    }

    /// I3: a tab that lives stores what was done in it, now that its store takes it.
    fn save(&mut self) -> Result<(), Broken> {
        self.run_for(LONGEST_PAUSE)?;
        let unsaved = self.ledger.unsaved.keys().next();
        hold("I3", unsaved.is_none(), || {
            format!("gesture {unsaved:?} was not stored although its tab lives")
        })
    }

    /// I13: a store whose person is signed in and online gets rid of everything that waits, and catches up.
    fn drain(&mut self, device: usize, person: usize) -> Result<(), Broken> {
        let Some(at) = self.only_tab(device, person)? else {
            return Ok(());
        };
        for _ in 0..LONGEST {
            self.run_for(1_000)?;
            let quiet = self
                .tab(at)
                .is_some_and(|tab| tab.machine.is_loaded() && tab.machine.waiting().is_empty());
            if quiet {
                break;
            }
        }
        let standing = self
            .tab(at)
            .map(|tab| (tab.machine.standing(), format!("{:?}", tab.machine.waiting())));
        let drained = standing.as_ref().is_some_and(|(_, waiting)| waiting == "[]");
        hold("I13", drained, || {
            format!("device {device} of person {person} is stuck: {standing:?}")
        })?;
        self.give(at, Input::Hint(Hint::UserAsked))?;
        self.run_for(10_000)
    }

    /// Signs the person in on the device, with one tab.
    fn only_tab(&mut self, device: usize, person: usize) -> Result<Option<At>, Broken> {
        for tab in 0..2 {
            self.close_tab(device, tab)?;
        }
        if let Some(of) = self.devices.get_mut(device) {
            of.session = Some(person);
        }
        self.open_tab(device, 0)?;
        let at = self.tabs().into_iter().find(|at| at.device == device);
        if let (Some(at), Some(user)) = (at, self.people.get(person).map(|person| person.user)) {
            self.give(at, Input::SignedIn(Some(user)))?;
        }
        Ok(at)
    }

    /// I2: every push that was ever taken, once more, in any order: nothing changes.
    fn replay(&mut self) -> Result<(), Broken> {
        let epoch = self.server.epoch();
        let sent = std::mem::take(&mut self.sent);
        let before = self.server.data.clone();
        let now = self.wall();
        for (actor, request) in sent
            .iter()
            .rev()
            .filter(|(_, request)| request.epoch == Some(epoch))
        {
            self.server.push(actor, request, now, false)?;
        }
        let same = before.releases == self.server.data.releases
            && before.outcomes == self.server.data.outcomes
            && before.head == self.server.data.head;
        hold("I2", same, || "pushing everything again changed something".into())
    }

    /// I14: with nobody else at work, what was shown before the sync is what is there after it.
    fn predict(&mut self, device: usize, person: usize) -> Result<(), Broken> {
        for (key, fact) in &mut self.server.cis {
            *fact = CiFact::Live {
                name: key.to_string(),
            };
        }
        for person in &mut self.people {
            person.actor.rights = all_rights();
        }
        self.drain(device, person)?;
        let Some(at) = self.tabs().into_iter().find(|at| at.device == device) else {
            return Ok(());
        };
        if let Some(of) = self.devices.get_mut(device) {
            of.online = false;
        }
        for _ in 0..12 {
            self.change(at)?;
            self.run_for(100)?;
        }
        let Some(actor) = self.people.get(person).map(|person| person.actor.clone()) else {
            return Ok(());
        };
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let shown: Vec<_> = tab
            .machine
            .releases()
            .filter_map(|release| tab.machine.shown(release.id, &actor).release)
            .collect();
        if let Some(of) = self.devices.get_mut(device) {
            of.online = true;
        }
        self.drain(device, person)?;
        let words = |release: &Release| release.course.hold.as_ref().map(|hold| hold.text.clone());
        for predicted in shown {
            let Some(stored) = self.server.data.releases.get(&predicted.id) else {
                continue;
            };
            let same = predicted.content_hash() == stored.content_hash()
                && predicted.stage == stored.stage
                && predicted.records.len() == stored.records.len()
                && predicted.conflicts.len() == stored.conflicts.len()
                && words(&predicted) == words(stored);
            let id = predicted.id;
            hold("I14", same, || format!("release {id} is not as it was shown"))?;
        }
        Ok(())
    }
}
