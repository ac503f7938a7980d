//! The estate as a graph in memory: who is affected when a CI is down, what it needs, what surrounds it.
//!
//! The database holds the truth; this is an index over it, built by streaming and kept current by each
//! committed change. The same code runs in the browser over an offline package.
//!
//! Every relation that carries an outage ([`RelationKind::spread`](crate::cmdb::RelationKind::spread)) is
//! stored twice, already turned the way an outage travels: in the list of who is *affected* and in the
//! list of what is *needed*. A walk therefore reads one contiguous list for each CI, whatever the kinds.

mod adjacency;
mod answer;
mod bits;
mod builder;
mod change;
mod clash;
mod edge;
mod extract;
mod impact;
mod index;
mod nearest;
mod neighbourhood;
mod order;
mod phases;
mod place;
mod redundancy;
mod relations;
#[cfg(test)]
mod tests;

pub use answer::answer;
pub use builder::Builder;
pub use change::{Change, IndexError, Node};
pub use clash::{Clash, Footprint, Meet, Way, clash};
pub use extract::{Extract, Room, extract};
pub use impact::{Impact, Reached, impact};
pub use index::{Index, NodeId};
pub use neighbourhood::{neighbourhood, surroundings};
pub use order::{Cycle, rollout_order};
pub use phases::impact_over;
pub use place::standing_in;
pub use redundancy::Redundancy;
pub use relations::relation_groups;
