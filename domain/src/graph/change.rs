use super::edge::MAX_NODES;
use super::redundancy::Redundancy;
use crate::cmdb::{Ci, Lifecycle, Relation};
use crate::{CiKey, ClassKey};

/// What the index keeps of a CI.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Natural key.
    pub key: CiKey,
    /// What people call it.
    pub name: String,
    /// Its class.
    pub class: ClassKey,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// The site it stands in.
    pub site: Option<CiKey>,
    /// Its redundancy groups; usually none.
    pub redundancy: Vec<Redundancy>,
}

impl From<&Ci> for Node {
    fn from(ci: &Ci) -> Self {
        Self {
            key: ci.key.clone(),
            name: ci.name.clone(),
            class: ci.class.clone(),
            lifecycle: ci.lifecycle,
            site: ci.placement.site.clone(),
            redundancy: Redundancy::of(ci),
        }
    }
}

/// A committed change of the CMDB.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A CI is new or has new values.
    Upsert(Node),
    /// A CI is gone, and its relations with it.
    Remove(CiKey),
    /// A relation is there.
    Relate(Relation),
    /// A relation is gone.
    Unrelate(Relation),
}

/// Why the index does not take something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A relation names a CI that is not there.
    #[error("the relation names `{0}`, and there is no such CI")]
    UnknownCi(String),
    /// All node numbers or edge places are taken.
    #[error(
        "the index is full: it holds at most {MAX_NODES} CIs and {} relations",
        u32::MAX
    )]
    Full,
}
