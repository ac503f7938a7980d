//! Rights of a group as a grid of rights and release types, and what a change of it comes to. Pure, tested natively.

use domain::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use domain::ReleaseTypeKey;
use domain::access::{Right, Types};

/// What members of a group may do, and with which types.
pub type Rights = BTreeMap<Right, Types>;

/// The right holds for releases of this type.
#[must_use]
pub fn holds(rights: &Rights, right: Right, release_type: &ReleaseTypeKey) -> bool {
    match rights.get(&right) {
        Some(Types::All) => true,
        Some(Types::Only(types)) => types.contains(release_type),
        None => false,
    }
}

/// The right holds for all types, also those made later.
#[must_use]
pub fn holds_for_all(rights: &Rights, right: Right) -> bool {
    rights.get(&right) == Some(&Types::All)
}

/// Gives a right for all types, also those made later, or takes it away altogether.
pub fn put_all(rights: &mut Rights, right: Right, on: bool) {
    if on {
        rights.insert(right, Types::All);
    } else {
        rights.remove(&right);
    }
}

/// Gives a right for one type, or takes it away. Taken from a right for all types, the other ones of `known` are left.
pub fn put(
    rights: &mut Rights,
    right: Right,
    release_type: &ReleaseTypeKey,
    on: bool,
    known: &[ReleaseTypeKey],
) {
    let mut types: BTreeSet<ReleaseTypeKey> = match rights.remove(&right) {
        Some(Types::All) if on => {
            rights.insert(right, Types::All);
            return;
        }
        Some(Types::All) => known.iter().cloned().grow(),
        Some(Types::Only(types)) => types,
        None => BTreeSet::new(),
    };
    if on {
        types.insert(release_type.clone());
    } else {
        types.remove(release_type);
    }
    if !types.is_empty() {
        rights.insert(right, Types::Only(types));
    }
}

/// Rights that differ, with what they become; `None` for one that is taken away.
#[must_use]
pub fn changes(before: &Rights, after: &Rights) -> BTreeMap<Right, Option<Types>> {
    let differs = |right: &Right| before.get(right) != after.get(right);
    Right::ALL
        .into_iter()
        .filter(differs)
        .map(|right| (right, after.get(&right).cloned()))
        .grow()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ReleaseTypeKey {
        text.parse().unwrap()
    }

    #[test]
    fn a_right_for_all_loses_one_type_and_keeps_the_others() {
        let known = [key("normal"), key("standard")];
        let mut rights = Rights::from([(Right::Execute, Types::All)]);
        put(&mut rights, Right::Execute, &key("normal"), true, &known);
        assert!(holds_for_all(&rights, Right::Execute), "it was there already");

        put(&mut rights, Right::Execute, &key("normal"), false, &known);
        assert!(!holds(&rights, Right::Execute, &key("normal")));
        assert!(holds(&rights, Right::Execute, &key("standard")));

        put(&mut rights, Right::Execute, &key("standard"), false, &known);
        assert!(rights.is_empty(), "a right for no type is none: {rights:?}");
    }

    #[test]
    fn changes_are_what_differs() {
        let known = [key("normal"), key("standard")];
        let before = Rights::from([(Right::View, Types::All), (Right::Test, Types::All)]);
        let mut after = before.clone();
        assert!(changes(&before, &after).is_empty());
        put_all(&mut after, Right::Test, false);
        put(&mut after, Right::Create, &key("normal"), true, &known);
        let only = Types::Only(BTreeSet::from([key("normal")]));
        let expected = BTreeMap::from([(Right::Test, None), (Right::Create, Some(only))]);
        assert_eq!(changes(&before, &after), expected);
        assert_eq!(changes(&after, &before).len(), 2, "and back");
    }
}
