//! The end of a run: no more faults, everybody comes online, and then everything must add up.

use super::ending::Ending;
use std::collections::BTreeMap;

use serde_json::json;

use super::device::At;
use super::registers::all_rights;
use super::world::World;
use super::{Broken, hold};
use crate::release::{Cell, CiFact, Release};
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
        for predicted in shown {
            let Some(stored) = self.server.data.releases.get(&predicted.id) else {
                continue;
            };
            let (shown, stored) = (picture(&predicted), picture(stored));
            let id = predicted.id;
            hold("I14", shown == stored, || {
                let other = shown.iter().zip(&stored).filter(|(one, other)| one != other);
                let parts: Vec<_> = other
                    .map(|((part, shown), (_, stored))| {
                        format!("{part}: {shown} was shown, {stored} is stored")
                    })
                    .collect();
                format!("release {id} is not as it was shown: {}", parts.join("; "))
            })?;
        }
        Ok(())
    }
}

/// A release without its marks: they name the op in a prediction, and the revision afterwards.
fn picture(release: &Release) -> BTreeMap<&'static str, serde_json::Value> {
    fn values<F: Copy + Ord + serde::Serialize>(cells: &BTreeMap<F, Cell>) -> BTreeMap<String, String> {
        let one = |(field, cell): (&F, &Cell)| (word(field), word(&cell.value));
        cells.iter().map(one).collect()
    }
    fn word(value: &impl serde::Serialize) -> String {
        serde_json::to_string(value).unwrap_or_default()
    }
    let course = &release.course;
    let documents = release.documents.iter().map(|(id, document)| {
        let files: Vec<_> = document.files.iter().map(|file| &file.file).collect();
        json!([id, values(&document.fields), files, document.detached.is_some()])
    });
    let checklists = release.checklists.iter().map(|(id, list)| {
        let answers: BTreeMap<String, _> = list
            .answers
            .iter()
            .map(|(question, cells)| (question.to_string(), values(cells)))
            .collect();
        json!([id, answers, list.confirmed.is_some(), list.removed.is_some()])
    });
    let links = release.links.iter().map(|(key, link)| {
        json!([
            key.to_string(),
            link.name,
            link.ended.is_some(),
            link.status,
            link.cis
        ])
    });
    let records = release.records.iter().map(|(attempt, record)| {
        let words = (record.confirmed.is_some(), record.overruled.is_some());
        json!([attempt, record.step, record.run, record.result, words])
    });
    let baselines = release
        .baselines
        .iter()
        .map(|baseline| (&baseline.name, &baseline.hash));
    BTreeMap::from([
        ("content", json!(release.content_hash())),
        ("fields", json!(values(&release.fields))),
        ("stage", json!(release.stage)),
        ("disposition", json!(release.disposition)),
        ("run", json!(release.run)),
        ("records", json!(records.collect::<Vec<_>>())),
        ("claims", json!(release.claims.keys().collect::<Vec<_>>())),
        ("conflicts", json!(release.conflicts.len())),
        ("hold", json!(course.hold.as_ref().map(|hold| &hold.text))),
        ("shared", json!(course.shared_with)),
        ("duties", json!(course.duties)),
        ("activity", json!(course.activity)),
        ("approvals", json!(course.approvals.len())),
        ("documents", json!(documents.collect::<Vec<_>>())),
        ("checklists", json!(checklists.collect::<Vec<_>>())),
        ("links", json!(links.collect::<Vec<_>>())),
        ("baselines", json!(baselines.collect::<Vec<_>>())),
    ])
}
