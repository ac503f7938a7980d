//! What goes wrong, beside the network: devices, stores, people's rights, the estate, the server and its operator.

use super::Broken;
use super::registers::all_rights;
use super::world::World;
use crate::access::Right;
use crate::release::CiFact;
use crate::sync::client::{Hint, Input};
use crate::sync::store::Table;

impl World {
    /// Something fails, or is put right.
    pub(super) fn something_fails(&mut self) -> Result<(), Broken> {
        let device = self.random.below(self.devices.len());
        match self.random.below(100) {
            0..22 => self.toggle_network(device),
            22..36 => self.kill_tab(device),
            36..48 => self.open_another(device),
            48..52 => self.cut_power(device),
            52..54 => self.wipe(device),
            54..60 => self.change_rights(),
            60..66 => {
                self.change_ci();
                Ok(())
            }
            66..74 => self.change_person(device),
            74..78 => self.toggle_server(),
            78..86 => {
                self.note(|| "backup".into());
                self.server.back_up();
                Ok(())
            }
            86..89 => self.restore(),
            89..91 => {
                if !self.server.put_back && !self.server.backups.is_empty() && self.random.per_mille(300) {
                    self.fault("server put back without a word");
                    self.server.put_back();
                    self.forked.insert(self.server.epoch());
                }
                Ok(())
            }
            91..95 => {
                self.fault("clock changed");
                let jump = self.random.between(0, 7_200_000);
                if let Some(device) = self.devices.get_mut(device) {
                    device.clock = i64::try_from(jump).unwrap_or(0) - 3_600_000;
                }
                Ok(())
            }
            95 => {
                self.fault("hold reason worded anew");
                let text = format!("waits, {}", self.fresh());
                self.server.reword(text);
                Ok(())
            }
            96 => self.update(device),
            _ => self.steal_lock(device),
        }
    }

    fn toggle_network(&mut self, device: usize) -> Result<(), Broken> {
        let Some(of) = self.devices.get_mut(device) else {
            return Ok(());
        };
        of.online = !of.online;
        let hint = if of.online { Hint::Online } else { Hint::Offline };
        let online = of.online;
        if online {
            self.note(|| format!("device {device} is back"));
        } else {
            self.fault("device without network");
        }
        // Browsers do not always say so.
        for at in self.tabs() {
            if at.device == device && self.random.per_mille(600) {
                self.give(at, Input::Hint(hint))?;
            }
        }
        Ok(())
    }

    fn kill_tab(&mut self, device: usize) -> Result<(), Broken> {
        self.fault("tab killed");
        let tab = self.random.below(2);
        self.close_tab(device, tab)
    }

    fn open_another(&mut self, device: usize) -> Result<(), Broken> {
        let free = self
            .devices
            .get(device)
            .and_then(|of| of.tabs.iter().position(Option::is_none));
        match free {
            Some(tab) => self.open_tab(device, tab),
            None => Ok(()),
        }
    }

    fn cut_power(&mut self, device: usize) -> Result<(), Broken> {
        self.fault("power cut");
        for tab in 0..2 {
            self.close_tab(device, tab)?;
        }
        if let Some(of) = self.devices.get_mut(device) {
            for store in of.stores.values_mut() {
                store.cut_power();
            }
        }
        Ok(())
    }

    /// The browser throws the store away, sometimes under a living tab.
    fn wipe(&mut self, device: usize) -> Result<(), Broken> {
        let Some(person) = self.devices.get(device).and_then(|of| of.session) else {
            return Ok(());
        };
        self.fault("store wiped");
        let store = self.store(device, person);
        let mark = store
            .value(Table::Meta, "store")
            .and_then(|json| serde_json::from_str(json).ok());
        store.wipe();
        if let Some(mark) = mark {
            let mark: crate::sync::client::StoreMark = mark;
            // What was only there is gone with it, unless a living tab still knows it and puts it back.
            self.ledger.wipe(mark.client);
        }
        for at in self.tabs() {
            if at.device == device && self.random.per_mille(500) {
                self.close_tab(device, at.tab)?;
            }
        }
        Ok(())
    }

    fn change_rights(&mut self) -> Result<(), Broken> {
        let n = self.random.below(self.people.len());
        let mut rights = all_rights();
        match self.random.below(6) {
            0 => {
                self.fault("rights lost");
                rights.retain(|right, _| *right == Right::View);
            }
            1 | 2 => {
                self.fault("all rights lost");
                rights.clear();
            }
            _ => self.note(|| format!("person {n} gets all rights")),
        }
        if let Some(person) = self.people.get_mut(n) {
            person.actor.rights = rights;
        }
        Ok(())
    }

    fn change_ci(&mut self) {
        let n = self.random.below(self.server.cis.len());
        let gone = self.random.below(3);
        self.fault("CI retired, gone or back");
        if let Some((key, fact)) = self.server.cis.iter_mut().nth(n) {
            let name = key.to_string();
            *fact = match gone {
                0 => CiFact::Retired { name },
                1 => CiFact::Gone,
                _ => CiFact::Live { name },
            };
        }
    }

    /// Somebody else signs in on the device; sometimes a tab of the one before lives on for a while.
    fn change_person(&mut self, device: usize) -> Result<(), Broken> {
        self.fault("other person on the device");
        let next = self.random.below(self.people.len());
        let stays = self.random.per_mille(400);
        for tab in 0..2 {
            if !(stays && tab == 1) {
                self.close_tab(device, tab)?;
            }
        }
        if let Some(of) = self.devices.get_mut(device) {
            of.session = Some(next);
        }
        self.open_tab(device, 0)
    }

    fn toggle_server(&mut self) -> Result<(), Broken> {
        match self.random.below(3) {
            0 => {
                self.fault("server crashed");
                self.crash_server();
            }
            1 => {
                self.server.busy = !self.server.busy;
                let busy = self.server.busy;
                self.note(|| format!("server busy: {busy}"));
            }
            _ => {
                self.server.old = !self.server.old;
                if self.server.old {
                    self.fault("server older than the clients");
                }
            }
        }
        Ok(())
    }

    pub(super) fn restore(&mut self) -> Result<(), Broken> {
        if self.server.backups.is_empty() || self.server.data.lives.len() > 3 {
            return Ok(());
        }
        let which = self.random.below(self.server.backups.len());
        self.fault("server restored from a backup");
        self.server.restore(which);
        self.poke();
        Ok(())
    }

    /// The device gets the newest build.
    fn update(&mut self, device: usize) -> Result<(), Broken> {
        let Some(of) = self.devices.get_mut(device) else {
            return Ok(());
        };
        if std::mem::take(&mut of.old_build) {
            self.note(|| format!("device {device} is updated"));
            for tab in 0..2 {
                self.close_tab(device, tab)?;
            }
            self.open_tab(device, 0)?;
        }
        Ok(())
    }

    /// The tab that sends is frozen and another one takes the lock: for a while both think that they lead.
    fn steal_lock(&mut self, device: usize) -> Result<(), Broken> {
        let Some(of) = self.devices.get_mut(device) else {
            return Ok(());
        };
        let Some(person) = of.session else { return Ok(()) };
        let leader = of.leaders.get(&person).copied();
        let of_person = |tab: &super::device::Tab| tab.person == person;
        let lives: Vec<u64> = of
            .tabs
            .iter()
            .flatten()
            .filter(|tab| of_person(tab))
            .map(|tab| tab.life)
            .collect();
        let tabs: Vec<_> = self
            .tabs()
            .into_iter()
            .filter(|at| lives.contains(&at.life))
            .collect();
        let Some(other) = tabs.iter().find(|at| Some(at.life) != leader).copied() else {
            return Ok(());
        };
        self.fault("lock stolen");
        if let Some(of) = self.devices.get_mut(device) {
            of.leaders.insert(person, other.life);
        }
        self.give(other, Input::Leading(true))?;
        if let Some(old) = tabs.into_iter().find(|at| at.life != other.life)
            && self.random.per_mille(700)
        {
            self.give(old, Input::Leading(false))?;
        }
        Ok(())
    }
}
