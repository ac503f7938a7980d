use super::bits::Bits;
use super::impact::reach;
use super::index::{Index, NodeId};
use crate::cmdb::Relation;

/// How much of the estate one device is given. Beyond it an answer is cut off, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Most CIs.
    pub cis: usize,
    /// Most relations.
    pub relations: usize,
}

impl Room {
    /// Of an ordinary tablet: some 10 MB of JSON in its store, and an index built within a page's patience. One
    /// data centre fits, the whole estate of a large company does not.
    pub const TABLET: Self = Self {
        cis: 20_000,
        relations: 100_000,
    };
}

/// The part of an index that answers for some CIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// Its CIs: those asked for, then those affected, nearest first, each followed by the members of its
    /// redundancy groups, and of the groups of these, that were not there yet.
    pub nodes: Vec<NodeId>,
    /// All relations between them.
    pub relations: Vec<Relation>,
    /// CIs asked for or affected that found no room.
    pub cut: usize,
}

/// The part of an index over which [`impact`](super::impact()) and [`impact_over`](super::impact_over) of any of the
/// CIs `wanted` say the same as over the whole: all that an outage of them reaches if nothing is redundant, and what
/// the redundancy groups of these count on. A member that is not in an index counts as down, so groups come whole,
/// also those of members that an outage reaches themselves.
///
/// Without room for all the farthest are left out. An impact over what is left is then too small, never too large.
/// O(CIs / 64 + what is reached and its relations).
#[must_use]
pub fn extract(index: &Index, wanted: &[NodeId], room: Room) -> Extract {
    let reached = reach(index, wanted);
    let mut taken = Taken::new(index, room, &reached);
    let fit = reached
        .iter()
        .take_while(|ci| taken.take_with_groups(**ci))
        .count();
    Extract {
        // One that did not fit may be there for a group of another.
        cut: reached[fit..]
            .iter()
            .filter(|ci| !taken.seen.contains(ci.0))
            .count(),
        nodes: taken.nodes,
        relations: taken.relations,
    }
}

struct Taken<'a> {
    index: &'a Index,
    room: Room,
    /// What an outage of the CIs asked for can reach.
    reached: Bits,
    /// Taken with its groups, or tried last.
    whole: Bits,
    seen: Bits,
    nodes: Vec<NodeId>,
    relations: Vec<Relation>,
}

impl<'a> Taken<'a> {
    fn new(index: &'a Index, room: Room, reached: &[NodeId]) -> Self {
        let none = || Bits::with_room_for(index.facts.len());
        let mut bits = none();
        for NodeId(ci) in reached {
            bits.insert(*ci);
        }
        Self {
            index,
            room,
            reached: bits,
            whole: none(),
            seen: none(),
            nodes: Vec::new(),
            relations: Vec::new(),
        }
    }

    /// Takes a CI with the members of its groups and of the groups of these, or none of them; whether there was room.
    fn take_with_groups(&mut self, ci: NodeId) -> bool {
        let before = (self.nodes.len(), self.relations.len());
        let mut waiting = vec![ci];
        while let Some(ci) = waiting.pop() {
            if !self.whole.insert(ci.0) {
                continue;
            }
            self.take(ci);
            let groups = self.index.redundancy.get(&ci.0).map_or(&[][..], Vec::as_slice);
            for member in groups.iter().flat_map(|group| &group.among) {
                let Some(member) = self.index.node(member.as_str()) else {
                    continue;
                };
                self.take(member);
                if self.reached.contains(member.0) {
                    waiting.push(member);
                }
            }
        }
        let fits = self.nodes.len() <= self.room.cis && self.relations.len() <= self.room.relations;
        if !fits {
            for NodeId(ci) in self.nodes.drain(before.0..) {
                self.seen.remove(ci);
            }
            self.relations.truncate(before.1);
        }
        fits
    }

    /// Takes a CI and its relations to those taken before, unless it is there.
    fn take(&mut self, ci: NodeId) {
        if !self.seen.insert(ci.0) {
            return;
        }
        self.nodes.push(ci);
        for hop in self.index.hops(ci.0) {
            // A relation to itself comes once for each direction.
            if self.seen.contains(hop.other) && (hop.outgoing || hop.other != ci.0) {
                let (from, to) = if hop.outgoing {
                    (ci.0, hop.other)
                } else {
                    (hop.other, ci.0)
                };
                self.relations.push(Relation {
                    kind: hop.kind,
                    from: self.index.key(NodeId(from)).clone(),
                    to: self.index.key(NodeId(to)).clone(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
