use std::collections::HashSet;

use super::bits::Bits;
use super::index::{Index, NodeId};
use super::nearest::nearest;
use crate::cmdb::Relation;
use crate::wire::cmdb::{Neighbour, Neighbourhood};

/// What surrounds a CI: every CI within `depth` hops over relations of any kind, in either direction.
///
/// At most `cap` of them come as nodes (the centre always), nearest first, then by name; `total` counts
/// all. The relations are those between the nodes that came. O(relations within the depth).
#[must_use]
pub fn neighbourhood(index: &Index, centre: NodeId, depth: u32, cap: usize) -> Neighbourhood {
    let (mut around, shown) = shown(index, centre, depth, cap);
    around.relations = relations_between(index, &shown);
    around
}

/// [`neighbourhood`] without its relations, for a caller who reads those elsewhere.
#[must_use]
pub fn surroundings(index: &Index, centre: NodeId, depth: u32, cap: usize) -> Neighbourhood {
    shown(index, centre, depth, cap).0
}

/// The nodes that come, and them as (node, hops).
fn shown(index: &Index, centre: NodeId, depth: u32, cap: usize) -> (Neighbourhood, Vec<(u32, u32)>) {
    let found = within(index, centre, depth);
    let total = found.len();
    let cap = cap.max(1);
    let rows = found
        .iter()
        .enumerate()
        .map(|(at, &(node, hops))| (at, NodeId(node), hops));
    let shown: Vec<(u32, u32)> = nearest(index, rows, cap)
        .into_iter()
        .map(|at| found[at])
        .collect();
    let around = Neighbourhood {
        centre: index.key(centre).clone(),
        relations: Vec::new(),
        nodes: shown
            .iter()
            .map(|&(node, depth)| Neighbour {
                ci: index.summary(NodeId(node)),
                depth,
                degree: index.degree(NodeId(node)) as u64,
            })
            .collect(),
        total: total as u64,
        truncated: total > cap,
    };
    (around, shown)
}

/// (node, hops) of all within the depth, the centre first.
fn within(index: &Index, centre: NodeId, depth: u32) -> Vec<(u32, u32)> {
    let mut seen = Bits::with_room_for(index.facts.len());
    seen.insert(centre.0);
    let mut found = vec![(centre.0, 0)];
    let mut at = 0;
    while let Some(&(node, hops)) = found.get(at) {
        if hops == depth {
            break;
        }
        for hop in index.hops(node) {
            if seen.insert(hop.other) {
                found.push((hop.other, hops + 1));
            }
        }
        at += 1;
    }
    found
}

/// Each relation between two of the nodes, once, in the order of the nodes.
fn relations_between(index: &Index, nodes: &[(u32, u32)]) -> Vec<Relation> {
    let shown: HashSet<u32> = nodes.iter().map(|(node, _)| *node).collect();
    let mut relations = Vec::new();
    for (node, _) in nodes {
        for hop in index.hops(*node).filter(|hop| hop.outgoing) {
            if shown.contains(&hop.other) {
                relations.push(Relation {
                    kind: hop.kind,
                    from: index.facts[*node as usize].key.clone(),
                    to: index.facts[hop.other as usize].key.clone(),
                });
            }
        }
    }
    relations
}
