//! What stands in a place: a site, a location, a room.

use super::bits::Bits;
use super::index::{Index, NodeId};
use crate::cmdb::RelationKind;

/// The places, and all that stands in them: by their site, or located in what is located there. Each once.
/// O(CIs + relations of what is found).
#[must_use]
pub fn standing_in(index: &Index, places: &[NodeId]) -> Vec<NodeId> {
    if places.is_empty() {
        return Vec::new();
    }
    let sites: Vec<_> = places.iter().map(|place| index.key(*place)).collect();
    let of_site = |node: &NodeId| index.site(*node).is_some_and(|site| sites.contains(&site));
    let mut seen = Bits::with_room_for(index.facts.len());
    let mut found: Vec<NodeId> = places
        .iter()
        .copied()
        .chain(index.nodes().filter(of_site))
        .collect();
    found.retain(|node| seen.insert(node.0));
    let mut next = 0;
    while let Some(NodeId(place)) = found.get(next).copied() {
        next += 1;
        let inside = index
            .hops(place)
            .filter(|hop| hop.kind == RelationKind::LocatedIn && !hop.outgoing);
        for hop in inside {
            if seen.insert(hop.other) {
                found.push(NodeId(hop.other));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Builder, Node};

    fn ci(key: &str, site: Option<&str>) -> crate::cmdb::Ci {
        let json = serde_json::json!({ "key": key, "name": key, "class": "device", "site": site });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_place_holds_what_its_rooms_and_racks_hold() {
        let mut builder = Builder::new();
        let cis = [
            ("site", None),
            ("room", None),
            ("rack", None),
            ("switch", None),
            ("by-site", Some("site")),
            ("card", None),
            ("elsewhere", None),
        ];
        for (key, site) in cis {
            builder.ci(Node::from(&ci(key, site))).unwrap();
        }
        let inside = [
            ("room", "site"),
            ("rack", "room"),
            ("switch", "rack"),
            ("card", "by-site"),
        ];
        for (from, to) in inside {
            builder.relation(RelationKind::LocatedIn, from, to).unwrap();
        }
        builder
            .relation(RelationKind::DependsOn, "elsewhere", "switch")
            .unwrap();
        let index = builder.build();
        let of = |place: &str| {
            let mut keys: Vec<_> = standing_in(&index, &[index.node(place).unwrap()])
                .into_iter()
                .map(|node| index.key(node).to_string())
                .collect();
            keys.sort();
            keys
        };
        assert_eq!(of("site"), ["by-site", "card", "rack", "room", "site", "switch"]);
        assert_eq!(of("room"), ["rack", "room", "switch"]);
        assert_eq!(of("card"), ["card"]);
        assert!(standing_in(&index, &[]).is_empty());
    }
}
