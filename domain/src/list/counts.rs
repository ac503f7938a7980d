use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::page::{Listing, Row};
use crate::GroupId;
use crate::grow::Arrange;
use crate::release::Stage;
use crate::wire::counts::{ReleaseCounts, Share};
use crate::wire::list::DISPOSITIONS;
use crate::wire::release::ReleaseSummary;

/// Priorities, the most urgent first.
const PRIORITIES: [u8; 5] = [1, 2, 3, 4, 5];

/// Releases by what a list can be filtered by.
#[derive(Default)]
struct Tally {
    stage: [u64; Stage::ALL.len()],
    disposition: [u64; DISPOSITIONS.len()],
    priority: [u64; PRIORITIES.len()],
    group: BTreeMap<Option<GroupId>, u64>,
}

impl Tally {
    fn take(&mut self, release: &ReleaseSummary) {
        one_more(&mut self.stage, &Stage::ALL, &release.stage);
        one_more(&mut self.disposition, &DISPOSITIONS, &release.disposition);
        one_more(&mut self.priority, &PRIORITIES, &release.priority);
        *self.group.entry(release.group).or_default() += 1;
    }
}

fn one_more<T: PartialEq>(counts: &mut [u64], of: &[T], value: &T) {
    let counts = counts.iter_mut().zip(of);
    counts
        .filter(|(_, one)| *one == value)
        .for_each(|(count, _)| *count += 1);
}

fn shares<T: Copy>(counts: &[u64], of: &[T], word: impl Fn(T) -> String) -> Vec<Share> {
    let counts = counts.iter().zip(of);
    counts
        .map(|(count, value)| Share {
            value: word(*value),
            count: *count,
        })
        .collect()
}

impl Listing<'_> {
    /// The list, counted by what it can be filtered by. The same look at each release as for a page, O(releases), and
    /// nothing is sorted but the groups.
    #[must_use]
    pub fn counts<'r>(&self, rows: impl Iterator<Item = Row<'r>>) -> ReleaseCounts {
        let mut tally = Tally::default();
        let sums = self.look(rows, |row| tally.take(row.summary));
        let mut group: Vec<Share> = tally
            .group
            .into_iter()
            .map(|(group, count)| Share {
                value: group.map_or_else(|| "none".to_owned(), |group| group.to_string()),
                count,
            })
            .collect();
        group.arrange_by_key(|share| Reverse(share.count));
        ReleaseCounts {
            total: sums.total,
            overdue: sums.overdue,
            visible: sums.visible,
            disposition: shares(&tally.disposition, &DISPOSITIONS, |it| it.as_str().to_owned()),
            stage: shares(&tally.stage, &Stage::ALL, |it| it.as_str().to_owned()),
            priority: shares(&tally.priority, &PRIORITIES, |it| it.to_string()),
            group,
            rev: crate::release::Rev::default(),
        }
    }
}
