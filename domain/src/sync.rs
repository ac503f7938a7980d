//! One write path for releases: typed ops, one reducer, one authority (reference: docs/design/sync.md).
//!
//! A client applies its ops to the last confirmed base with [`apply`] to show what will be; the server applies
//! the same ops with authority, in its own order, inside one transaction ([`decide`]).

mod answer;
mod batch;
mod chain;
pub mod client;
mod journal;
mod merge;
mod named;
mod op;
mod outcome;
mod package;
mod protocol;
mod reducer;
mod rulebook;
#[cfg(any(test, feature = "simulation"))]
pub mod sim;
pub mod store;
#[cfg(test)]
mod tests;

pub use answer::{Ground, Listed, Selection, digest, is_mine, last_rev};
pub use batch::{
    Batch, ClientState, Committed, Life, NotAnOp, SentOp, StoredOp, Unreadable, cis_needed, common_with,
    decide, forms_needed, outcomes_needed, records_needed, states_needed,
};
pub use chain::Chain;
pub use journal::{Category, JournalEntry, Note};
pub use merge::undo_part;
pub use named::Named;
pub use op::{BadOp, OP_VERSION, OpEnvelope, ReleaseOp, Stamp, StepBody, Take, TakenBack, TargetBody};
pub use outcome::{MergeNote, Outcome, Reason, Verdict};
pub use package::{MAX_SITES, Package, PackageReq};
pub use protocol::{
    Change, Cursor, Delta, MAX_FOLLOW, MAX_OPS, MIN_PUSH, PROTOCOL, PullReq, PullResp, PushReq, PushResp,
    Restored,
};
pub use reducer::{Ctx, Refusal, World, apply, apply_gesture};
pub use rulebook::{MAX_RULEBOOK, Rulebook, Rules};
