//! Maps and sets that grow one by one, and lists that are sorted by places: little code for the browser.
//!
//! `collect` sorts what goes into a map or a set before it builds it. Sorting is four kilobytes of code for each type of
//! entry, and there are dozens of types: together a twentieth of all that a browser has to fetch. Inserting one by one
//! takes none of it, and what is collected here is small.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A map or a set.
pub trait Tree: Default {}

impl<K, V> Tree for BTreeMap<K, V> {}
impl<T> Tree for BTreeSet<T> {}

/// `collect` for maps and sets, without its sorting.
pub trait Grow: Iterator + Sized {
    /// Inserts all there is; of equal keys the last one stays.
    fn grow<T: Tree + Extend<Self::Item>>(self) -> T {
        let mut tree = T::default();
        tree.extend(self);
        tree
    }
}

impl<I: Iterator> Grow for I {}

/// Sorting with one sort for all types: of the places of the items.
pub trait Arrange<T> {
    /// Like `sort_by`.
    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// Like `sort_by_key`.
    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }
}

impl<T> Arrange<T> for Vec<T> {
    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let mut items: Vec<Option<T>> = self.drain(..).map(Some).collect();
        let places = sorted(items.len(), &|a, b| match (items.get(a), items.get(b)) {
            (Some(Some(a)), Some(Some(b))) => compare(a, b),
            _ => Ordering::Equal,
        });
        let item = |at: usize| items.get_mut(at).and_then(Option::take);
        self.extend(places.into_iter().filter_map(item));
    }
}

fn sorted(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_stays_in_its_order() {
        let mut items = vec![(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')];
        items.arrange_by_key(|(number, _)| *number);
        assert_eq!(items, [(1, 'b'), (1, 'e'), (2, 'd'), (3, 'a'), (3, 'c')]);
        let pairs: BTreeMap<_, _> = items.into_iter().grow();
        assert_eq!(pairs, BTreeMap::from([(1, 'e'), (2, 'd'), (3, 'c')]));
    }
}
