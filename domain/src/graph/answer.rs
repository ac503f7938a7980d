use crate::grow::Grow;
use std::collections::BTreeMap;

use super::impact::Impact;
use super::index::{Index, NodeId};
use super::nearest::nearest;
use crate::wire::cmdb::{ImpactAnswer, ImpactItem, PathHop};

/// The impact as it is answered: exact counts, and the first `limit` CIs nearest first, then by name.
///
/// Only the rows that are shown are sorted.
#[must_use]
pub fn answer(index: &Index, impact: &Impact, limit: usize) -> ImpactAnswer {
    let mut by_class = vec![0_u64; index.classes.values().len()];
    let mut by_site = vec![0_u64; index.sites.values().len()];
    let mut by_depth: Vec<usize> = Vec::new();
    for row in &impact.rows[impact.roots..] {
        let facts = index.facts(NodeId(row.node));
        by_class[facts.class as usize] += 1;
        by_site[facts.site as usize] += 1;
        let depth = row.depth as usize;
        if by_depth.len() <= depth {
            by_depth.resize(depth + 1, 0);
        }
        by_depth[depth] += 1;
    }
    // Rows deeper than the depth at which the limit is reached are never looked at by name.
    let mut sum = 0;
    let deepest = by_depth.iter().position(|count| {
        sum += count;
        sum >= limit
    });
    let deepest = deepest.unwrap_or(by_depth.len()) as u32;
    let rows = impact.rows.iter().enumerate().skip(impact.roots);
    let shown = rows
        .filter(|(_, row)| row.depth <= deepest)
        .map(|(at, row)| (at, NodeId(row.node), row.depth));
    let total = impact.len();
    ImpactAnswer {
        total: total as u64,
        truncated: limit < total,
        down: impact.down() as u64,
        degraded: impact.degraded() as u64,
        by_class: named(index.classes.values(), &by_class, Clone::clone),
        by_site: named(index.sites.values(), &by_site, |site| {
            site.as_ref().map_or_else(String::new, ToString::to_string)
        }),
        items: nearest(index, shown, limit)
            .into_iter()
            .map(|at| item(index, impact, at))
            .collect(),
    }
}

fn named<T, K: Ord>(values: &[T], counts: &[u64], name: impl Fn(&T) -> K) -> BTreeMap<K, u64> {
    let pairs = values.iter().zip(counts);
    pairs
        .filter(|(_, count)| **count > 0)
        .map(|(value, count)| (name(value), *count))
        .grow()
}

fn item(index: &Index, impact: &Impact, at: usize) -> ImpactItem {
    let reached = impact.row(at);
    let hop = |(node, kind)| PathHop {
        key: index.key(node).clone(),
        name: index.name(node).to_owned(),
        kind,
    };
    ImpactItem {
        key: index.key(reached.node).clone(),
        name: index.name(reached.node).to_owned(),
        class: index.class(reached.node).clone(),
        state: reached.state,
        depth: reached.depth,
        via: index.key(reached.via.0).clone(),
        site: index.site(reached.node).cloned(),
        path: impact.path(at - impact.roots).into_iter().map(hop).collect(),
    }
}
