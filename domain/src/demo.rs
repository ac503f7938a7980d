//! The estate of the demo: two data centres of a mid-sized company, from the utility feed up to the
//! business services. The same on every machine and every run.
//!
//! Its shape is what a release manager meets: everything that matters is redundant (A and B power, two
//! switches in a rack, clusters with spare hosts), and here and there something is not.

mod applications;
mod draft;
mod machines;
mod network;
mod organisation;
mod places;
mod power;
mod random;
mod records;
mod releases;

use crate::cmdb::{Ci, Relation};

pub use organisation::{Member, Organisation, organisation};
pub use records::records;
pub use releases::{Act, What, releases};

/// The owners of everything in the estate.
pub const TEAMS: [&str; 5] = [
    "Data Centre Operations",
    "Network",
    "Virtualisation",
    "Databases",
    "Applications",
];

/// CIs and the relations between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Estate {
    /// Every CI, those that hold others first.
    pub cis: Vec<Ci>,
    /// Every relation; its ends are among the CIs.
    pub relations: Vec<Relation>,
}

/// The whole estate: about 2,500 CIs and 8,000 relations.
#[must_use]
pub fn estate() -> Estate {
    let mut draft = draft::Draft::new();
    let racks = places::build(&mut draft);
    power::build(&mut draft, &racks);
    network::build(&mut draft, &racks);
    let clusters = machines::build(&mut draft, &racks);
    applications::build(&mut draft, &clusters);
    Estate {
        cis: draft.cis,
        relations: draft.relations,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::cmdb::{BUILT_IN_CLASSES, Ci};
    use crate::graph::{Builder, Index, Node, impact};
    use crate::wire::cmdb::Direction;

    fn index(estate: &Estate) -> Index {
        let mut builder = Builder::new();
        for ci in &estate.cis {
            builder.ci(Node::from(ci)).unwrap();
        }
        for relation in &estate.relations {
            let (from, to) = (relation.from.as_str(), relation.to.as_str());
            builder.relation(relation.kind, from, to).unwrap();
        }
        builder.build()
    }

    #[test]
    fn the_estate_is_valid_has_its_size_and_is_always_the_same() {
        let estate = estate();
        assert_eq!(estate, super::estate());
        assert!((2_300..2_700).contains(&estate.cis.len()), "{}", estate.cis.len());
        let relations = estate.relations.len();
        assert!((7_500..8_500).contains(&relations), "{relations}");
        let keys: BTreeSet<_> = estate.cis.iter().map(|ci| &ci.key).collect();
        assert_eq!(keys.len(), estate.cis.len());
        let distinct: BTreeSet<_> = estate.relations.iter().collect();
        assert_eq!(distinct.len(), relations);
        for relation in &estate.relations {
            assert!(
                keys.contains(&relation.from) && keys.contains(&relation.to),
                "{relation:?}"
            );
        }
        let classes: BTreeSet<&str> = estate.cis.iter().map(|ci| ci.class.as_str()).collect();
        for ci in &estate.cis {
            assert_eq!(ci.check(), Ok(()));
            assert!(
                ci.owner
                    .as_ref()
                    .is_none_or(|owner| TEAMS.contains(&owner.as_str()))
            );
            for place in [&ci.placement.site, &ci.placement.location, &ci.placement.rack] {
                assert!(place.as_ref().is_none_or(|place| keys.contains(place)), "{ci:?}");
            }
        }
        assert_eq!(classes, BUILT_IN_CLASSES.map(|(key, _)| key).into());
    }

    #[test]
    fn nothing_overlaps_in_a_rack() {
        let estate = estate();
        let mut taken: BTreeMap<(&str, u32), &Ci> = BTreeMap::new();
        for ci in &estate.cis {
            if let (Some(rack), Some(position)) = (&ci.placement.rack, ci.placement.position) {
                let height = ci.placement.height.unwrap();
                for unit in position as u32..(position + height) as u32 {
                    assert!((1..=42).contains(&unit), "{ci:?}");
                    let before = taken.insert((rack.as_str(), unit), ci);
                    assert!(before.is_none(), "{} and {before:?}", ci.key);
                }
            }
        }
        assert!(taken.len() > 500);
    }

    #[test]
    fn redundancy_holds_and_its_loss_hurts() {
        let estate = estate();
        let index = index(&estate);
        let down = |keys: &[&str]| {
            let nodes: Vec<_> = keys.iter().map(|key| index.node(key).unwrap()).collect();
            impact(&index, &nodes, Direction::Dependants, None)
        };
        let one_pdu = down(&["ham1-1-a01-pdu-a"]);
        assert!(one_pdu.down() == 0 && one_pdu.degraded() > 4, "{one_pdu:?}");
        let both = down(&["ham1-1-a01-pdu-a", "ham1-1-a01-pdu-b"]);
        assert!(both.down() > 4);
        let switch = down(&["ham1-1-a01-sw-a"]);
        assert!(switch.down() == 0 && switch.degraded() > 4);
        let site = down(&["ham1"]);
        assert!(site.down() > 500, "{}", site.down());
        let database = estate
            .cis
            .iter()
            .find(|ci| ci.class.as_str() == "database")
            .unwrap();
        assert!(down(&[database.key.as_str()]).down() >= 2);
    }
}
