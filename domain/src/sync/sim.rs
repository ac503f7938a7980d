//! Deterministic simulation: devices with two tabs each, one server, and a seeded scheduler that owns the clock, the
//! network and every crash. The clients and the server's decisions are the real ones; only what does I/O is a twin.
//!
//! A run is a function of its seed. Each action is written to the journal before it happens, so that a run that breaks
//! off can be read. After the faults the network heals, and the invariants of docs/design/sync.md must hold.
//!
//! - `random`: the only source of chance; `store`: a device's store, with faults; `server`: the server in memory;
//!   `registers`: what else it has;
//! - `world`: the scheduler; `tabs`, `disk`, `network`: what its events do; `device`: a device and its tabs;
//! - `deeds`: what people do; `faults`: what goes wrong;
//! - `heal`: the end of a run; `check`: the invariants of each transaction, `ending`: those of the healed world; `trace`:
//!   where each gesture is;
//! - `rows`: the taxonomy, counted; `kinds`: the ops by kind and outcome, counted.

mod check;
mod deeds;
mod device;
mod disk;
mod ending;
mod faults;
mod heal;
mod kinds;
mod network;
mod random;
mod registers;
mod rows;
mod server;
mod store;
mod tabs;
#[cfg(test)]
mod tests;
mod trace;
mod world;

pub use kinds::{Ends, Kinds};
pub use rows::{ROWS, Rows};
pub use world::World;

/// A defect built in on purpose: a simulation that does not notice it is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The server forgets which ops it has seen.
    SkipDedupe,
    /// The server answers a push before it is on disk.
    AckBeforeCommit,
    /// The server says it has sent one revision more than it has.
    CursorPlusOne,
    /// The server takes every edit as resting on what stands.
    LastWriterWins,
    /// The device throws a refused op away.
    DropRefused,
    /// The server takes an op that rests on a refused one as if it rested on what stands.
    IgnoreDependsOn,
    /// The device forgets acknowledged ops at once, backup or not.
    EmptyShelf,
    /// The device moves its cursor before it has the data.
    CursorFirst,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SkipDedupe,
        Self::AckBeforeCommit,
        Self::CursorPlusOne,
        Self::LastWriterWins,
        Self::DropRefused,
        Self::IgnoreDependsOn,
        Self::EmptyShelf,
        Self::CursorFirst,
    ];
}

/// An invariant that does not hold: its name, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {what}")]
pub struct Broken {
    /// `I1` to `I15`, `reader` where a page reads something else in an answer than is in it, or `driver` for a fault of
    /// the simulation itself.
    pub law: &'static str,
    /// What was seen.
    pub what: String,
}

/// The invariant `law` holds only if `truth`.
fn hold(law: &'static str, truth: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if truth {
        Ok(())
    } else {
        Err(Broken { law, what: what() })
    }
}

/// What happened in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Ops that people made and devices stored.
    pub ops: u64,
    /// Faults injected, by name.
    pub faults: std::collections::BTreeMap<&'static str, u64>,
    /// Outcomes by row of the taxonomy.
    pub rows: Rows,
    /// Outcomes by kind of op.
    pub kinds: Kinds,
    /// Gestures that people made.
    pub gestures: u64,
    /// Of these, gone with a tab that died before the store took them. The page showed them as not saved.
    pub died: u64,
    /// Of these, gone with a store that the browser deleted before the server had them.
    pub wiped: u64,
    /// Gestures that cannot be found anywhere; see `trace`. Anything but 0 is an error.
    pub lost: u64,
}

/// A run that broke an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRun {
    /// The invariant.
    pub broken: Broken,
    /// Gestures that could not be found anywhere by then.
    pub lost: u64,
    /// What happened up to there.
    pub journal: Vec<String>,
}

/// Runs a seed. `steps`: how many things happen before the network heals.
///
/// # Errors
/// The invariant that broke, and the journal up to there.
pub fn run(seed: u64, steps: u32, mutant: Option<Mutant>) -> Result<Report, BrokenRun> {
    let mut world = World::new(seed, mutant);
    match world.live(steps).and_then(|()| world.heal()) {
        Ok(()) => Ok(world.into_report()),
        Err(broken) => Err(world.into_broken(broken)),
    }
}
