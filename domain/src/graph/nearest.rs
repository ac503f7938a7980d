use std::collections::BinaryHeap;

use super::index::{Index, NodeId};

/// The first `limit` of some (position, CI, hops) by hops, then name, then key; their positions, in order.
///
/// It keeps the best so far in a heap and compares everything else with the worst of them, which mostly
/// takes one look at eight bytes: O(n + limit log n) in practice, where sorting 48,000 names would take
/// longer than the walk that found them.
pub(super) fn nearest(
    index: &Index,
    found: impl Iterator<Item = (usize, NodeId, u32)>,
    limit: usize,
) -> Vec<usize> {
    if limit == 0 {
        return Vec::new();
    }
    let mut best = BinaryHeap::new();
    for (at, node, hops) in found {
        let facts = index.facts(node);
        let row = (hops, facts.name_start, &*facts.name, facts.key.as_str(), at);
        if best.len() < limit {
            best.push(row);
        } else if let Some(mut worst) = best.peek_mut()
            && row < *worst
        {
            *worst = row;
        }
    }
    best.into_sorted_vec()
        .into_iter()
        .map(|(_, _, _, _, at)| at)
        .collect()
}

/// The first eight bytes of a text as a number that sorts as the text does.
pub(super) fn start_of(text: &str) -> u64 {
    let mut start = [0; 8];
    for (to, from) in start.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(start)
}
