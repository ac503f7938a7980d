//! Two sites, two halls in each, three rows in a hall, six racks in a row.

use super::draft::{Draft, OPERATIONS, item, with};
use crate::CiKey;
use crate::cmdb::Lifecycle;
use crate::cmdb::Placement;
use crate::cmdb::RelationKind::LocatedIn;

/// A rack and the places around it.
#[derive(Debug, Clone)]
pub(super) struct Rack {
    /// `ham1`.
    pub(super) site: CiKey,
    /// `ham1-2`.
    pub(super) hall: CiKey,
    /// `ham1-2-b`.
    pub(super) row: CiKey,
    /// `ham1-2-b05`.
    pub(super) key: CiKey,
    /// Counts all racks from 0.
    pub(super) number: usize,
    /// Nothing stands in it yet.
    pub(super) empty: bool,
}

impl Rack {
    /// Where a device of this rack stands.
    pub(super) fn at(&self, position: Option<u32>, height: Option<u32>) -> Placement {
        Placement {
            site: Some(self.site.clone()),
            location: Some(self.row.clone()),
            rack: Some(self.key.clone()),
            position: position.map(f64::from),
            face: None,
            height: height.map(f64::from),
        }
    }
}

const SITES: [(&str, &str, &str); 2] = [
    ("ham1", "Hamburg Harbour", "Am Sandtorkai 12, Hamburg"),
    ("ham2", "Hamburg Hills", "Heidestieg 3, Buchholz"),
];

pub(super) fn build(draft: &mut Draft) -> Vec<Rack> {
    let mut racks = Vec::new();
    for (code, name, address) in SITES {
        let mut site = with(item(code, "site", OPERATIONS), &[("address", address.into())]);
        site.name = name.to_owned();
        site.placement.site = Some(site.key.clone());
        let site = draft.add(site);
        for hall_number in 1..=2 {
            let mut hall = item(&format!("{code}-{hall_number}"), "location", OPERATIONS);
            hall.name = format!("{} hall {hall_number}", code.to_uppercase());
            hall.placement.site = Some(site.clone());
            let hall = draft.add(hall);
            draft.relate(&hall, LocatedIn, &site);
            for letter in ["a", "b", "c"] {
                row(draft, &mut racks, &site, &hall, letter);
            }
        }
    }
    racks
}

fn row(draft: &mut Draft, racks: &mut Vec<Rack>, site: &CiKey, hall: &CiKey, letter: &str) {
    let mut row = item(&format!("{hall}-{letter}"), "location", OPERATIONS);
    row.name = format!("{} row {}", hall.as_str().to_uppercase(), letter.to_uppercase());
    row.placement.site = Some(site.clone());
    row.placement.location = Some(hall.clone());
    let row = draft.add(row);
    draft.relate(&row, LocatedIn, hall);
    for place in 1..=6 {
        let mut rack = with(
            item(&format!("{row}{place:02}"), "rack", OPERATIONS),
            &[("model", "AR3100 42U".into()), ("max_weight_kg", 1360.into())],
        );
        rack.name = format!("Rack {}", rack.key.as_str().to_uppercase());
        // The last row of the second site is being fitted out.
        let empty = row.as_str() == "ham2-2-c" && place > 4;
        if empty {
            rack.lifecycle = Lifecycle::Planned;
        }
        rack.placement = Placement {
            site: Some(site.clone()),
            location: Some(row.clone()),
            height: Some(42.0),
            ..Placement::default()
        };
        draft.plate(&mut rack);
        let key = draft.add(rack);
        draft.relate(&key, LocatedIn, &row);
        racks.push(Rack {
            site: site.clone(),
            hall: hall.clone(),
            row: row.clone(),
            key,
            number: racks.len(),
            empty,
        });
    }
}
