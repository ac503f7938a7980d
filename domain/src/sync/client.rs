//! A client's half of sync, without I/O.
//!
//! [`Machine`] is the whole client of one tab over a store that lasts and is shared with other tabs: it is told what
//! happened ([`Input`]) and says what to do ([`Effect`]). It reads no clock, draws no random number and touches
//! nothing; a thin driver does. The same code runs in the browser and in the simulation.
//!
//! - `input`: what goes in and comes out; `machine`: one thing after the other;
//! - `rows`: how each row of the store reads; `view`: the store as this tab knows it;
//! - `intent`: what becomes one transaction; `link`: what the connection is like and when to try;
//! - `pull`: from the pages of an answer to one checkpoint; `cards`: outcomes their author must see;
//! - `shown`: base and queue together, as people see a release.
//!
//! [`Replica`] is a smaller client for one request, without a store.

mod cards;
mod input;
mod intent;
mod leave;
mod link;
mod machine;
mod pull;
mod push;
mod replica;
mod rows;
mod shown;
#[cfg(test)]
mod tests;
mod view;

pub use cards::{CardGroup, Export, Kept, Waiting};
pub use input::{Act, Answer, Effect, Failure, Hint, Input, Now, Place, Request, RequestId, TxId, Word};
pub use leave::leaving;
pub use link::{Link, Standing};
pub use machine::Machine;
pub use replica::{Next, Replica, Settled};
pub use rows::{Card, FollowMark, Packed, Queued, RestoredMark, Shelved, StoreMark, SyncMark};
pub use shown::Shown;
