//! The scheduler: one clock, one queue of events, and everything that would do I/O.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use ulid::Ulid;

use super::device::{At, Device, Ledger, Person, Tab};
use super::random::Random;
use super::server::Server;
use super::store::MemoryStore;
use super::{Broken, BrokenRun, Mutant, Report};
use crate::access::{Actor, Right, Role, Types};
use crate::sync::client::{Answer, Effect, Failure, Input, Machine, Now, Request, RequestId, TxId, Word};
use crate::sync::store::{Generation, Row, StoreFault, Table, Tx, Write};
use crate::sync::{Package, PullReq, PushReq};
use crate::{ClientId, Epoch, ReleaseId, UserId};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Push,
    Pull,
    Package,
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

    fn now(&self, at: At) -> Now {
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

    pub(super) fn later(&mut self, after: u64, event: Event) {
        self.count += 1;
        self.events.insert((self.time + after, self.count), event);
    }

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
        self.count += 1;
        let at = At {
            device,
            tab,
            life: self.count,
        };
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

    /// A request on its way, and what the network does to it.
    fn post(&mut self, at: At, id: RequestId, request: &Request, timeout: u64) {
        let json = match request {
            Request::Push(request) => serde_json::to_string(request),
            Request::Pull(request) => serde_json::to_string(request),
            Request::Package(request) => serde_json::to_string(request),
        };
        let kind = match request {
            Request::Push(_) => Kind::Push,
            Request::Pull(_) => Kind::Pull,
            Request::Package(_) => Kind::Package,
        };
        let json = json.unwrap_or_default();
        self.note(|| format!("device {} tab {} sends {kind:?} {json}", at.device, at.tab));
        let online = self.devices.get(at.device).is_some_and(|device| device.online);
        if !online || self.server.down {
            let after = self.random.between(1, 3_000);
            return self.later(
                after,
                Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
            );
        }
        let delay = self.random.between(5, 80);
        match self.network_fault() {
            None => self.later(delay, Event::Arrives(at, id, json, kind)),
            Some("drop") => {
                self.fault("request lost");
                self.later(
                    timeout,
                    Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
                );
            }
            Some("portal") => {
                self.fault("captive portal");
                self.later(delay, Event::Answers(at, id, Answer::Failed(Failure::NotOurs)));
            }
            Some("twice") => {
                self.fault("request delivered twice");
                self.later(delay, Event::Arrives(at, id, json.clone(), kind));
                let again = self.random.between(1, 60_000);
                self.later(delay + again, Event::Arrives(at, id, json, kind));
            }
            Some(_) => {
                self.fault("request delayed");
                let late = self.random.between(1_000, 90_000);
                self.later(late, Event::Arrives(at, id, json, kind));
                self.later(
                    timeout,
                    Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
                );
            }
        }
    }

    fn network_fault(&mut self) -> Option<&'static str> {
        if self.healing || !self.random.per_mille(160) {
            return None;
        }
        self.random.pick(&["drop", "portal", "twice", "late"]).copied()
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

    fn read(&mut self, at: At, unless: Option<Generation>) -> Result<(), Broken> {
        let fresh = ClientId(self.fresh());
        let Some(person) = self.tab(at).map(|tab| tab.person) else {
            return Ok(());
        };
        let fails = !self.healing && self.random.per_mille(10);
        if fails {
            self.fault("store not readable");
            return self.give(at, Input::NotLoaded(StoreFault::Failed("read failed".into())));
        }
        let store = self.store(at.device, person);
        let (generation, rows, incarnation) = (store.generation(), store.rows(), store.incarnation());
        let Some(tab) = self.tab(at) else { return Ok(()) };
        let same = std::mem::replace(&mut tab.incarnation, incarnation) == incarnation;
        if same && unless == Some(generation) {
            return self.give(at, Input::Unchanged);
        }
        let loaded = Input::Loaded {
            generation,
            rows,
            fresh,
        };
        self.give(at, loaded)
    }

    pub(super) fn store(&mut self, device: usize, person: usize) -> &mut MemoryStore {
        let at = device.min(self.devices.len().saturating_sub(1));
        self.devices[at].stores.entry(person).or_default()
    }

    fn write(&mut self, at: At, id: TxId, mut tx: Tx) -> Result<(), Broken> {
        let person = self.tab(at).map(|tab| tab.person);
        let Some(person) = person else {
            // The tab died with the transaction on its way: half of them make it.
            return Ok(());
        };
        if !self.healing && self.random.per_mille(25) {
            let fault = if self.random.per_mille(500) {
                self.fault("store full");
                StoreFault::Quota
            } else {
                self.fault("transaction aborted");
                StoreFault::Failed("aborted".into())
            };
            return self.give(at, Input::NotCommitted(id, fault));
        }
        let incarnation = self.store(at.device, person).incarnation();
        if self.tab(at).is_some_and(|tab| tab.incarnation != incarnation) {
            return self.give(at, Input::NotCommitted(id, StoreFault::Gone));
        }
        self.twist(&mut tx);
        let before = self.store(at.device, person).clone();
        let answer = match self.store(at.device, person).commit(&tx) {
            Ok(()) => {
                let line = format!(
                    "device {} tab {} wrote {:?}: {}",
                    at.device,
                    at.tab,
                    tx.durability,
                    brief(&tx)
                );
                self.note(|| line);
                self.check_write(at.device, person, &before, &tx)?;
                Input::Committed(id)
            }
            Err(fault) => Input::NotCommitted(id, fault),
        };
        // A tab may die between the transaction and the news of it.
        if !self.healing && self.random.per_mille(15) {
            self.fault("tab died after a transaction");
            return self.close_tab(at.device, at.tab);
        }
        self.give(at, answer)
    }

    /// Mutants that change what a device writes.
    fn twist(&self, tx: &mut Tx) {
        match self.mutant {
            Some(Mutant::DropRefused) => tx.writes.retain(
                |write| !matches!(write, Write::Put(row) if row.table == Table::Outcomes && row.value.contains("\"rejected\"")),
            ),
            Some(Mutant::EmptyShelf) => tx.writes.retain(
                |write| !matches!(write, Write::Put(row) if row.table == Table::Shelf),
            ),
            Some(Mutant::CursorFirst) => {
                let moves = |write: &Write| matches!(write, Write::Put(Row { table: Table::Meta, key, .. }) if key == "sync");
                let base = |write: &Write| matches!(write, Write::Put(row) if row.table == Table::Base);
                if tx.writes.iter().any(moves)
                    && let Some(place) = tx.writes.iter().position(base)
                {
                    tx.writes.remove(place);
                }
            }
            _ => {}
        }
    }

    /// The server takes a request, whoever's cookie the device has now.
    fn serve(&mut self, at: At, id: RequestId, json: &str, kind: Kind) -> Result<(), Broken> {
        let Some(device) = self.devices.get(at.device) else {
            return Ok(());
        };
        let (online, old, session) = (device.online, device.old_build, device.session);
        if !online || self.server.down {
            let lost = Answer::Failed(Failure::Unreachable);
            self.later(20, Event::Answers(at, id, lost));
            return Ok(());
        }
        let expired = !self.healing && self.random.per_mille(10);
        let Some(actor) = session
            .and_then(|person| self.people.get(person))
            .map(|person| person.actor.clone())
        else {
            return self.reply(at, id, Answer::Failed(Failure::LoginNeeded));
        };
        if expired {
            self.fault("session expired");
            return self.reply(at, id, Answer::Failed(Failure::LoginNeeded));
        }
        let now = self.wall();
        let unreadable = |e: serde_json::Error| Broken {
            law: "driver",
            what: e.to_string(),
        };
        let text = match kind {
            Kind::Push => {
                let mut request: PushReq = serde_json::from_str(json).map_err(unreadable)?;
                if old {
                    (request.proto, request.head) = (1, None);
                }
                let (before, after) = self.crashes();
                if before {
                    self.fault("server crashed before a transaction");
                }
                let head = self.server.data.head;
                let answer = self.server.push(&actor, &request, now, before)?;
                self.note(|| format!("server answers push: {answer:?}"));
                if self.server.data.head != head {
                    self.poke();
                    self.sent.push((actor, request));
                }
                if before || after {
                    if after {
                        self.fault("server crashed after a transaction");
                    }
                    self.crash_server();
                    self.later(20, Event::Answers(at, id, Answer::Failed(Failure::Unreachable)));
                    return Ok(());
                }
                serde_json::to_string(&answer).map_err(unreadable)?
            }
            Kind::Pull => {
                let mut request: PullReq = serde_json::from_str(json).map_err(unreadable)?;
                if old {
                    request.proto = 1;
                }
                let answer = self.server.pull(&actor, &request, now);
                self.note(|| {
                    format!(
                        "server answers pull: {}",
                        serde_json::to_string(&answer).unwrap_or_default()
                    )
                });
                serde_json::to_string(&answer).map_err(unreadable)?
            }
            Kind::Package => {
                let package = Package {
                    at: self.server.data.head,
                    now,
                    cis: Vec::new(),
                    relations: Vec::new(),
                    cut: 0,
                    classes: Vec::new(),
                    directory: self.server.directory.clone(),
                    releases: Vec::new(),
                };
                return self.reply(at, id, Answer::Packaged(Box::new(package)));
            }
        };
        let answer = self.through_the_air(&text, kind);
        self.reply(at, id, answer)
    }

    fn crashes(&mut self) -> (bool, bool) {
        if self.healing || !self.random.per_mille(20) {
            return (false, false);
        }
        let before = self.random.per_mille(500);
        (before, !before)
    }

    pub(super) fn crash_server(&mut self) {
        self.server.crash();
        self.server.down = true;
        let after = self.random.between(500, 20_000);
        self.later(after, Event::ServerBack);
    }

    /// The text of an answer as it comes out at the other end.
    fn through_the_air(&mut self, text: &str, kind: Kind) -> Answer {
        let mut text = text.to_owned();
        if !self.healing && self.random.per_mille(25) {
            self.fault("answer cut off");
            let bytes = self.random.below(text.len());
            text = String::from_utf8_lossy(text.as_bytes().get(..bytes).unwrap_or_default()).into_owned();
        }
        let answer = match kind {
            Kind::Push => serde_json::from_str(&text).map(Answer::Pushed),
            _ => serde_json::from_str(&text).map(Answer::Pulled),
        };
        answer.unwrap_or(Answer::Failed(Failure::NotOurs))
    }

    fn reply(&mut self, at: At, id: RequestId, answer: Answer) -> Result<(), Broken> {
        if !self.healing && self.random.per_mille(50) {
            self.fault("answer lost");
            self.later(
                30_000,
                Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
            );
            return Ok(());
        }
        let mut delay = self.random.between(5, 80);
        if !self.healing && self.random.per_mille(40) {
            self.fault("answer delayed");
            delay += self.random.between(1_000, 50_000);
        }
        self.later(delay, Event::Answers(at, id, answer));
        Ok(())
    }

    /// Whoever listens hears that there is something newer.
    pub(super) fn poke(&mut self) {
        for at in self.tabs() {
            let listens = self
                .devices
                .get(at.device)
                .is_some_and(|device| device.online && device.leaders.values().any(|life| *life == at.life));
            if listens && self.random.per_mille(800) {
                let after = self.random.between(5, 120);
                self.later(after, Event::Pokes(at));
            }
        }
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

fn brief(tx: &Tx) -> String {
    let one = |write: &Write| match write {
        Write::Put(row) => format!("+{}/{}", row.table.as_str(), row.key.trim_start_matches('0')),
        Write::Delete(table, key) => format!("-{}/{}", table.as_str(), key.trim_start_matches('0')),
        Write::Clear(table) => format!("-{}", table.as_str()),
    };
    tx.writes.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Most people in a world.
pub(super) const PEOPLE: usize = 4;

/// Identity of a person of the world.
pub(super) fn user_id(n: usize) -> UserId {
    UserId(Ulid(10 + n as u128))
}

fn person(n: usize) -> Person {
    let user = user_id(n);
    let actor = Actor {
        user,
        name: format!("person {n}"),
        roles: BTreeSet::from([Role::CmdbViewer]),
        groups: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: all_rights(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    };
    Person { user, actor }
}

pub(super) fn all_rights() -> BTreeMap<Right, Types> {
    Right::ALL.map(|right| (right, Types::All)).into()
}

/// Identity of a release that the world makes.
pub(super) fn release_id(ulid: Ulid) -> ReleaseId {
    ReleaseId(ulid)
}
