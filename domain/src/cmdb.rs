//! The configuration management database as values: CIs, their classes and the relations between them.

mod ci;
mod class;
mod relation;

pub use ci::{Ci, CiPatch, Criticality, Face, Lifecycle, Placement};
pub use class::{BUILT_IN_CLASSES, CiClass};
pub use relation::{Relation, RelationKind, Spread};
