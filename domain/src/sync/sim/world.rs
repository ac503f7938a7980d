//! The scheduler: one clock, one queue of events. What the events do is in `tabs`, `disk` and `network`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use ulid::Ulid;

use super::device::{At, Device, Ledger, Person, Tab};
use super::network::Kind;
use super::random::Random;
use super::registers::{PEOPLE, person};
use super::server::Server;
use super::{Broken, BrokenRun, Mutant, Report};
use crate::Epoch;
use crate::access::Actor;
use crate::sync::PushReq;
use crate::sync::client::{Answer, Input, Now, RequestId, TxId, Word};
use crate::sync::store::{Generation, Tx};

/// Something that will happen.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The store is read.
    Read(At, Option<Generation>),
    /// The store is written.
    Write(At, TxId, Tx),
    /// A request reaches the server.
    Arrives(At, RequestId, String, Kind),
    /// Something comes back to a tab.
    Answers(At, RequestId, Answer),
    /// A timer.
    Rings(At, u64),
    /// A word of another tab.
    Says(At, Word),
    /// The server says that there is something newer.
    Pokes(At),
    /// The server process is back.
    ServerBack,
}

/// The whole simulated world.
#[derive(Debug)]
pub struct World {
    seed: u64,
    pub(super) random: Random,
    /// Milliseconds since it began.
    pub(super) time: u64,
    events: BTreeMap<(u64, u64), Event>,
    count: u64,
    pub(super) server: Server,
    pub(super) people: Vec<Person>,
    pub(super) devices: Vec<Device>,
    pub(super) ledger: Ledger,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) mutant: Option<Mutant>,
    /// Its people work on one release, and mostly do what it needs next: so some releases come to their end.
    pub(super) diligent: bool,
    /// No more faults.
    pub(super) healing: bool,
    /// Pushes that were taken, to be sent once more at the end.
    pub(super) sent: Vec<(Actor, PushReq)>,
    /// Lives in which the server's data was put back without a word: two histories go under one name.
    pub(super) forked: BTreeSet<Epoch>,
    ids: u128,
    journal: Vec<String>,
}

impl World {
    /// A world before anything happened.
    #[must_use]
    pub fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut random = Random::new(seed);
        let people: Vec<Person> = (0..PEOPLE - random.below(2)).map(person).collect();
        let devices = (0..3 + random.below(6))
            .map(|n| Device {
                session: Some(n % people.len()),
                online: true,
                old_build: random.per_mille(60),
                clock: i64::try_from(random.below(7_200_000)).unwrap_or(0) - 3_600_000,
                ..Device::default()
            })
            .collect();
        let diligent = random.per_mille(350);
        Self {
            seed,
            random,
            time: 0,
            events: BTreeMap::new(),
            count: 0,
            server: Server::new(mutant),
            people,
            devices,
            ledger: Ledger::default(),
            faults: BTreeMap::new(),
            mutant,
            diligent,
            healing: false,
            sent: Vec::new(),
            forked: BTreeSet::new(),
            ids: u128::from(seed) << 64,
            journal: Vec::new(),
        }
    }

    pub(super) fn into_broken(self, broken: Broken) -> BrokenRun {
        BrokenRun {
            broken,
            lost: self.lost(),
            journal: self.journal,
        }
    }

    pub(super) fn into_report(self) -> Report {
        Report {
            seed: self.seed,
            ops: self.ledger.ops.len() as u64,
            gestures: self.ledger.made,
            died: self.ledger.died,
            wiped: self.wiped(),
            lost: self.lost(),
            faults: self.faults,
            rows: self.server.rows,
            kinds: self.server.kinds,
        }
    }

    /// Writes into the journal what is about to happen.
    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        let line = format!("{:>9} {}", self.time, what());
        self.journal.push(line);
    }

    pub(super) fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
        self.note(|| format!("fault: {name}"));
    }

    pub(super) fn fresh(&mut self) -> Ulid {
        self.ids += 1;
        Ulid(self.ids)
    }

    pub(super) fn wall(&self) -> DateTime<Utc> {
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
        start + TimeDelta::milliseconds(i64::try_from(self.time).unwrap_or(i64::MAX))
    }

    pub(super) fn now(&self, at: At) -> Now {
        let (clock, born) = self.devices.get(at.device).map_or((0, 0), |device| {
            let tab = device.tabs.get(at.tab).and_then(Option::as_ref);
            (device.clock, tab.map_or(0, |tab| tab.born))
        });
        Now {
            wall: self.wall() + TimeDelta::milliseconds(clock),
            mono: self.time - born,
        }
    }

    pub(super) fn tab(&mut self, at: At) -> Option<&mut Tab> {
        let tab = self.devices.get_mut(at.device)?.tabs.get_mut(at.tab)?.as_mut()?;
        (tab.life == at.life).then_some(tab)
    }

    /// A number that no other event and no other tab has.
    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn later(&mut self, after: u64, event: Event) {
        let number = self.next();
        self.events.insert((self.time + after, number), event);
    }

    /// Lets the next event happen; `false` when there is none.
    pub(super) fn step(&mut self) -> Result<bool, Broken> {
        let Some(((time, _), event)) = self.events.pop_first() else {
            return Ok(false);
        };
        self.time = self.time.max(time);
        match event {
            Event::Read(at, unless) => self.read(at, unless)?,
            Event::Write(at, id, tx) => self.write(at, id, tx)?,
            Event::Arrives(at, id, json, kind) => self.serve(at, id, &json, kind)?,
            Event::Answers(at, id, answer) => self.give(at, Input::Answered(id, answer))?,
            Event::Rings(at, timer) => {
                if self.tab(at).is_some_and(|tab| tab.timer == timer) {
                    self.give(at, Input::Tick)?;
                }
            }
            Event::Says(at, word) => self.give(at, Input::Told(word))?,
            Event::Pokes(at) => {
                let head = self.server.data.head;
                self.give(at, Input::Poke(head))?;
            }
            Event::ServerBack => self.server.down = false,
        }
        Ok(true)
    }

    /// A number of things happen: people work, events come due, and things go wrong.
    ///
    /// # Errors
    /// The invariant that broke.
    pub(super) fn live(&mut self, steps: u32) -> Result<(), Broken> {
        for device in 0..self.devices.len() {
            self.open_tab(device, 0)?;
            if self.random.per_mille(700) {
                self.open_tab(device, 1)?;
            }
        }
        for _ in 0..steps {
            match self.random.below(100) {
                0..62 => {
                    self.step()?;
                }
                62..94 => self.somebody_acts()?,
                _ => self.something_fails()?,
            }
            // People pause.
            if self.random.per_mille(20) {
                let pause = self.random.between(1_000, 200_000);
                self.run_for(pause.min(5_000))?;
            }
        }
        Ok(())
    }

    /// Lets everything happen that is due within so many milliseconds.
    pub(super) fn run_for(&mut self, ms: u64) -> Result<(), Broken> {
        let until = self.time + ms;
        while self
            .events
            .first_key_value()
            .is_some_and(|((time, _), _)| *time <= until)
        {
            self.step()?;
        }
        self.time = until;
        Ok(())
    }
}
