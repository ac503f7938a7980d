//! Where the nodes of a picture stand: columns from left to right, few crossings. Pure arithmetic, tested
//! natively. Made for at most a few hundred nodes.

use domain::grow::Arrange;
use std::collections::BTreeMap;

/// Width of a node.
pub const NODE_WIDTH: f64 = 200.0;
/// Height of a node.
pub const NODE_HEIGHT: f64 = 44.0;
const GAP_X: f64 = 76.0;
const GAP_SUB: f64 = 20.0;
const GAP_Y: f64 = 12.0;
/// A longer column is folded into several beside each other.
const MAX_IN_COLUMN: usize = 12;
/// Sweeps over the columns; more change nothing worth seeing.
const SWEEPS: usize = 6;

/// The left upper corners of the nodes, and the size of it all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// One (x, y) for each node, in the order of the input.
    pub nodes: Vec<(f64, f64)>,
    /// From 0.
    pub width: f64,
    /// From 0.
    pub height: f64,
}

/// Places nodes with the given ranks (columns, any integers) and edges (pairs of node indexes).
#[must_use]
pub fn place(ranks: &[i32], edges: &[(usize, usize)]) -> Layout {
    let mut columns: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (node, rank) in ranks.iter().enumerate() {
        columns.entry(*rank).or_default().push(node);
    }
    let mut columns: Vec<Vec<usize>> = columns.into_values().collect();
    let mut around = vec![Vec::new(); ranks.len()];
    for &(a, b) in edges {
        if a != b && a < ranks.len() && b < ranks.len() {
            around[a].push(b);
            around[b].push(a);
        }
    }
    untangle(&mut columns, &around, ranks.len());
    coordinates(&columns, ranks.len())
}

/// Orders each column by the mean position of the neighbours, forwards and backwards in turn.
fn untangle(columns: &mut [Vec<usize>], around: &[Vec<usize>], count: usize) {
    let mut position = vec![0.0_f64; count];
    let note = |column: &[usize], position: &mut [f64]| {
        for (index, node) in column.iter().enumerate() {
            position[*node] = share(index, column.len());
        }
    };
    for column in columns.iter() {
        note(column, &mut position);
    }
    for sweep in 0..SWEEPS {
        let last = columns.len();
        for step in 0..last {
            let at = if sweep % 2 == 0 { step } else { last - 1 - step };
            let column = &mut columns[at];
            let mut keyed: Vec<(f64, usize)> = column
                .iter()
                .map(|&node| (mean(&around[node], &position).unwrap_or(position[node]), node))
                .collect();
            keyed.arrange_by(|a, b| a.0.total_cmp(&b.0));
            *column = keyed.into_iter().map(|(_, node)| node).collect();
            note(&columns[at], &mut position);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred nodes")]
fn share(index: usize, of: usize) -> f64 {
    (index as f64 + 0.5) / of as f64
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred nodes")]
fn mean(nodes: &[usize], position: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|node| position[*node]).sum();
    (!nodes.is_empty()).then(|| sum / nodes.len() as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred nodes")]
fn coordinates(columns: &[Vec<usize>], count: usize) -> Layout {
    let rows_of = |column: &Vec<usize>| column.len().div_ceil(column.len().div_ceil(MAX_IN_COLUMN).max(1));
    let most = columns.iter().map(rows_of).max().unwrap_or(0);
    let height = most as f64 * (NODE_HEIGHT + GAP_Y) - if most > 0 { GAP_Y } else { 0.0 };
    let mut nodes = vec![(0.0, 0.0); count];
    let mut x = 0.0;
    for column in columns {
        let rows = rows_of(column);
        let used = rows as f64 * (NODE_HEIGHT + GAP_Y) - GAP_Y;
        let top = (height - used) / 2.0;
        let folds = column.len().div_ceil(rows.max(1));
        for (index, node) in column.iter().enumerate() {
            // Row by row, so that neighbours in order stay close to each other.
            let (row, fold) = (index / folds, index % folds);
            nodes[*node] = (
                x + fold as f64 * (NODE_WIDTH + GAP_SUB),
                top + row as f64 * (NODE_HEIGHT + GAP_Y),
            );
        }
        x += folds as f64 * (NODE_WIDTH + GAP_SUB) - GAP_SUB + GAP_X;
    }
    Layout {
        nodes,
        width: (x - GAP_X).max(0.0),
        height: height.max(0.0),
    }
}

/// The line from one node to another as SVG path data: side to side, or an arc between nodes of one column.
#[must_use]
pub fn edge(from: (f64, f64), to: (f64, f64)) -> String {
    let middle = NODE_HEIGHT / 2.0;
    let (y1, y2) = (from.1 + middle, to.1 + middle);
    if (from.0 - to.0).abs() < 1.0 {
        let x = from.0 + NODE_WIDTH;
        let out = x + 34.0;
        return format!("M{x:.1} {y1:.1}C{out:.1} {y1:.1} {out:.1} {y2:.1} {x:.1} {y2:.1}");
    }
    let (x1, x2) = if from.0 < to.0 {
        (from.0 + NODE_WIDTH, to.0)
    } else {
        (from.0, to.0 + NODE_WIDTH)
    };
    let bend = (x2 - x1) / 2.0;
    format!(
        "M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}",
        x1 + bend,
        x2 - bend
    )
}

/// Columns of a neighbourhood: what the centre needs to the right, what needs it to the left, what is merely
/// connected in the column of its neighbour. Edges are (source, target, directed); node 0 is the centre.
#[must_use]
pub fn neighbour_ranks(count: usize, edges: &[(usize, usize, bool)]) -> Vec<i32> {
    let mut around: Vec<Vec<(usize, i32)>> = vec![Vec::new(); count];
    for &(source, target, directed) in edges {
        if source < count && target < count {
            let step = i32::from(directed);
            around[source].push((target, step));
            around[target].push((source, -step));
        }
    }
    let mut ranks: Vec<Option<i32>> = vec![None; count];
    let mut queue = std::collections::VecDeque::new();
    if let Some(centre) = ranks.first_mut() {
        *centre = Some(0);
        queue.push_back((0, 0));
    }
    while let Some((node, rank)) = queue.pop_front() {
        for &(other, step) in &around[node] {
            if ranks[other].is_none() {
                ranks[other] = Some(rank + step);
                queue.push_back((other, rank + step));
            }
        }
    }
    ranks.into_iter().map(|rank| rank.unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_columns_go_right() {
        let count = 60;
        let edges: Vec<(usize, usize)> = (1..count).map(|n| (n / 3, n)).collect();
        let mut ranks = vec![0_i32; count];
        for &(a, b) in &edges {
            ranks[b] = ranks[a] + 1;
        }
        let layout = place(&ranks, &edges);
        for a in 0..count {
            for b in a + 1..count {
                let (p, q) = (layout.nodes[a], layout.nodes[b]);
                let apart = (p.0 - q.0).abs() >= NODE_WIDTH || (p.1 - q.1).abs() >= NODE_HEIGHT;
                assert!(apart, "{a} at {p:?} and {b} at {q:?} overlap");
                if ranks[a] < ranks[b] {
                    assert!(p.0 + NODE_WIDTH <= q.0);
                }
            }
            let (x, y) = layout.nodes[a];
            assert!(x >= 0.0 && y >= 0.0 && x + NODE_WIDTH <= layout.width + 0.1);
            assert!(y + NODE_HEIGHT <= layout.height + 0.1);
        }
    }

    #[test]
    fn crossings_are_removed_where_possible() {
        // Two chains given in crossing order.
        let layout = place(&[0, 0, 1, 1], &[(0, 3), (1, 2)]);
        let same_side = |a: usize, b: usize, c: usize, d: usize| {
            (layout.nodes[a].1 < layout.nodes[b].1) == (layout.nodes[c].1 < layout.nodes[d].1)
        };
        assert!(same_side(0, 1, 3, 2));
    }

    #[test]
    fn needs_go_right_and_needers_left_through_cycles_and_loops() {
        let ranks = neighbour_ranks(
            5,
            &[
                (0, 1, true),
                (2, 0, true),
                (1, 0, true),
                (0, 0, true),
                (0, 3, false),
            ],
        );
        assert_eq!(ranks, [0, 1, -1, 0, 0]);
        assert_eq!(place(&[], &[]), Layout::default());
        assert_eq!(neighbour_ranks(0, &[]), Vec::<i32>::new());
    }
}
