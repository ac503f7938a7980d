use std::collections::HashMap;
use std::hash::Hash;

use super::adjacency::Adjacency;
use super::bits::Bits;
use super::change::{Change, IndexError, Node};
use super::edge::{Edge, MAX_NODES};
use super::nearest::start_of;
use super::redundancy::Redundancy;
use crate::cmdb::{Lifecycle, Relation, RelationKind, Spread};
use crate::wire::cmdb::CiSummary;
use crate::{CiKey, ClassKey};

/// A CI in one [`Index`]. Valid until that CI is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// Values that repeat across CIs, each kept once.
#[derive(Debug, Clone)]
pub(super) struct Interned<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T: Clone + Eq + Hash> Interned<T> {
    fn new() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            (self.values.len() - 1) as u32
        })
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }
}

/// What is kept of a CI beside its edges.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) key: CiKey,
    pub(super) name: Box<str>,
    /// The beginning of the name, to compare names without looking them up.
    pub(super) name_start: u64,
    pub(super) class: u32,
    pub(super) site: u32,
    pub(super) lifecycle: Lifecycle,
}

/// The estate in memory. Built with a [`Builder`](super::Builder), kept current with [`Index::apply`].
///
/// Memory: 8 bytes for each relation and direction pair, 16 for each CI, and the texts.
#[derive(Debug, Clone)]
pub struct Index {
    pub(super) facts: Vec<Facts>,
    pub(super) by_key: HashMap<CiKey, u32>,
    /// Numbers of removed CIs, to be given again.
    free: Vec<u32>,
    pub(super) classes: Interned<ClassKey>,
    pub(super) sites: Interned<Option<CiKey>>,
    /// From a CI to those an outage of it reaches.
    pub(super) affects: Adjacency,
    /// From a CI to those whose outage reaches it.
    pub(super) needs: Adjacency,
    /// Relations that carry no outage, from source to target and back.
    pub(super) links: Adjacency,
    pub(super) linked: Adjacency,
    /// CIs that have redundancy groups, and the groups.
    pub(super) guarded: Bits,
    pub(super) redundancy: HashMap<u32, Vec<Redundancy>>,
    pub(super) relations: usize,
    changes_since_fold: usize,
}

impl Default for Index {
    fn default() -> Self {
        super::Builder::new().build()
    }
}

/// One relation seen from one of its CIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) kind: RelationKind,
    /// The CI is the source.
    pub(super) outgoing: bool,
    pub(super) other: u32,
}

impl Index {
    pub(super) fn empty() -> Self {
        Self {
            facts: Vec::new(),
            by_key: HashMap::new(),
            free: Vec::new(),
            classes: Interned::new(),
            sites: Interned::new(),
            affects: Adjacency::default(),
            needs: Adjacency::default(),
            links: Adjacency::default(),
            linked: Adjacency::default(),
            guarded: Bits::default(),
            redundancy: HashMap::new(),
            relations: 0,
            changes_since_fold: 0,
        }
    }

    /// How many CIs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// There are no CIs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// How many relations there are.
    #[must_use]
    pub fn relation_count(&self) -> usize {
        self.relations
    }

    /// The CI with this key.
    #[must_use]
    pub fn node(&self, key: &str) -> Option<NodeId> {
        self.by_key.get(key).copied().map(NodeId)
    }

    /// All CIs, in no particular order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.by_key.values().copied().map(NodeId)
    }

    /// The key of a CI.
    #[must_use]
    pub fn key(&self, node: NodeId) -> &CiKey {
        &self.facts(node).key
    }

    /// The name of a CI.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &str {
        &self.facts(node).name
    }

    /// The class of a CI.
    #[must_use]
    pub fn class(&self, node: NodeId) -> &ClassKey {
        &self.classes.values()[self.facts(node).class as usize]
    }

    /// The site of a CI.
    #[must_use]
    pub fn site(&self, node: NodeId) -> Option<&CiKey> {
        self.sites.values()[self.facts(node).site as usize].as_ref()
    }

    /// Where a CI is in its life.
    #[must_use]
    pub fn lifecycle(&self, node: NodeId) -> Lifecycle {
        self.facts(node).lifecycle
    }

    /// A CI as a row of a list. The index does not keep serial numbers: they are absent here.
    #[must_use]
    pub fn summary(&self, node: NodeId) -> CiSummary {
        CiSummary {
            key: self.key(node).clone(),
            name: self.name(node).to_owned(),
            class: self.class(node).clone(),
            lifecycle: self.lifecycle(node),
            site: self.site(node).cloned(),
            serial: None,
        }
    }

    /// How many relations touch a CI; one to itself counts twice.
    #[must_use]
    pub fn degree(&self, node: NodeId) -> usize {
        [&self.affects, &self.needs, &self.links, &self.linked]
            .map(|lists| lists.of(node.0).len())
            .iter()
            .sum()
    }

    /// All relations, each once, in no particular order.
    pub fn all_relations(&self) -> impl Iterator<Item = Relation> + '_ {
        self.nodes().flat_map(|node| self.relations_from(node))
    }

    /// The relations of which a CI is the source.
    pub fn relations_from(&self, node: NodeId) -> impl Iterator<Item = Relation> + '_ {
        self.hops(node.0)
            .filter(|hop| hop.outgoing)
            .map(move |hop| Relation {
                kind: hop.kind,
                from: self.key(node).clone(),
                to: self.facts[hop.other as usize].key.clone(),
            })
    }

    pub(super) fn facts(&self, node: NodeId) -> &Facts {
        &self.facts[node.0 as usize]
    }

    /// Every relation of a CI; one to itself comes twice, once in each direction.
    pub(super) fn hops(&self, node: u32) -> impl Iterator<Item = Hop> + '_ {
        // An outage leaves a CI along its outgoing relations only where it spreads from the source.
        hops_of(self.affects.of(node), |kind| {
            kind.spread() == Spread::SourceToTarget
        })
        .chain(hops_of(self.needs.of(node), |kind| {
            kind.spread() == Spread::TargetToSource
        }))
        .chain(hops_of(self.links.of(node), |_| true))
        .chain(hops_of(self.linked.of(node), |_| false))
    }

    /// Takes over one committed change.
    ///
    /// Costs the length of the lists of the CIs concerned (for a removed CI: of its neighbours' lists
    /// too). After as many changes as an eighth of the relations the changed lists are written into the
    /// main array, which costs O(CIs + relations) once.
    ///
    /// A change that is already so (a relation that is there, a CI that is gone) does nothing.
    ///
    /// # Errors
    /// [`IndexError::UnknownCi`] if a relation to add names a CI that is not there; nothing changes then.
    pub fn apply(&mut self, change: Change) -> Result<(), IndexError> {
        match change {
            Change::Upsert(node) => {
                self.upsert(node)?;
            }
            Change::Remove(key) => self.remove(&key),
            Change::Relate(relation) => {
                let (from, to) = self.ends(&relation)?;
                self.link(relation.kind, from, to);
            }
            Change::Unrelate(relation) => {
                if let Ok((from, to)) = self.ends(&relation) {
                    self.unlink(relation.kind, from, to);
                }
            }
        }
        self.changes_since_fold += 1;
        if self.changes_since_fold > 4_096 + self.relations / 8 {
            self.fold();
        }
        Ok(())
    }

    /// Writes all changes since the last time into the main arrays: O(CIs + relations).
    pub fn fold(&mut self) {
        let nodes = self.facts.len();
        for lists in [
            &mut self.affects,
            &mut self.needs,
            &mut self.links,
            &mut self.linked,
        ] {
            lists.fold(nodes);
        }
        self.changes_since_fold = 0;
    }

    fn ends(&self, relation: &Relation) -> Result<(u32, u32), IndexError> {
        let end = |key: &CiKey| {
            let unknown = || IndexError::UnknownCi(key.to_string());
            self.by_key.get(key).copied().ok_or_else(unknown)
        };
        Ok((end(&relation.from)?, end(&relation.to)?))
    }

    pub(super) fn upsert(&mut self, node: Node) -> Result<NodeId, IndexError> {
        let facts = Facts {
            key: node.key.clone(),
            name_start: start_of(&node.name),
            name: node.name.into(),
            class: self.classes.number(node.class),
            site: self.sites.number(node.site),
            lifecycle: node.lifecycle,
        };
        let number = match self.by_key.get(&node.key) {
            Some(&number) => {
                self.facts[number as usize] = facts;
                number
            }
            None => {
                let number = match self.free.pop() {
                    Some(number) => {
                        self.facts[number as usize] = facts;
                        number
                    }
                    None if self.facts.len() == MAX_NODES => return Err(IndexError::Full),
                    None => {
                        self.facts.push(facts);
                        (self.facts.len() - 1) as u32
                    }
                };
                self.by_key.insert(node.key, number);
                number
            }
        };
        if node.redundancy.is_empty() {
            self.unguard(number);
        } else {
            self.guarded.insert_growing(number);
            self.redundancy.insert(number, node.redundancy);
        }
        Ok(NodeId(number))
    }

    fn unguard(&mut self, number: u32) {
        if self.redundancy.remove(&number).is_some() {
            self.guarded.remove(number);
        }
    }

    fn remove(&mut self, key: &CiKey) {
        let Some(number) = self.by_key.remove(key) else {
            return;
        };
        self.unguard(number);
        let mut gone = 0;
        for (lists, opposite) in [
            (&mut self.affects, &mut self.needs),
            (&mut self.links, &mut self.linked),
        ] {
            for edge in lists.take(number) {
                opposite.remove(edge.node(), edge.with_node(number));
                gone += 1;
            }
            // A relation to itself went with the first list.
            for edge in opposite.take(number) {
                lists.remove(edge.node(), edge.with_node(number));
                gone += 1;
            }
        }
        self.relations -= gone;
        self.free.push(number);
    }

    fn link(&mut self, kind: RelationKind, from: u32, to: u32) {
        let (lists, opposite, near, far) = self.places(kind, from, to);
        if lists.insert(near, Edge::new(kind, far)) {
            opposite.insert(far, Edge::new(kind, near));
            self.relations += 1;
        }
    }

    fn unlink(&mut self, kind: RelationKind, from: u32, to: u32) {
        let (lists, opposite, near, far) = self.places(kind, from, to);
        if lists.remove(near, Edge::new(kind, far)) {
            opposite.remove(far, Edge::new(kind, near));
            self.relations -= 1;
        }
    }

    /// The two lists a relation is kept in, and in whose list of the first it stands.
    fn places(
        &mut self,
        kind: RelationKind,
        from: u32,
        to: u32,
    ) -> (&mut Adjacency, &mut Adjacency, u32, u32) {
        match kind.spread() {
            Spread::SourceToTarget => (&mut self.affects, &mut self.needs, from, to),
            Spread::TargetToSource => (&mut self.affects, &mut self.needs, to, from),
            Spread::None => (&mut self.links, &mut self.linked, from, to),
        }
    }
}

fn hops_of(edges: &[Edge], outgoing: fn(RelationKind) -> bool) -> impl Iterator<Item = Hop> + '_ {
    edges.iter().map(move |edge| Hop {
        kind: edge.kind(),
        outgoing: outgoing(edge.kind()),
        other: edge.node(),
    })
}
