//! Power, twice all the way: utility feed, UPS of the hall, feed of the row, PDU of the rack.

use super::draft::{Draft, OPERATIONS, item, key, with};
use super::places::Rack;
use crate::CiKey;
use crate::cmdb::Placement;
use crate::cmdb::RelationKind::{LocatedIn, PoweredBy};

/// The two PDUs of a rack.
pub(super) fn pdus(rack: &Rack) -> [CiKey; 2] {
    ["a", "b"].map(|side| key(&format!("{}-pdu-{side}", rack.key)))
}

pub(super) fn build(draft: &mut Draft, racks: &[Rack]) {
    for side in ["a", "b"] {
        let (mut site, mut hall, mut row) = (None, None, None);
        for rack in racks {
            if site.as_ref() != Some(&rack.site) {
                site = Some(rack.site.clone());
                utility(draft, rack, side);
            }
            if hall.as_ref() != Some(&rack.hall) {
                hall = Some(rack.hall.clone());
                ups(draft, rack, side);
            }
            if row.as_ref() != Some(&rack.row) {
                row = Some(rack.row.clone());
                row_feed(draft, rack, side);
            }
            if !rack.empty {
                pdu(draft, rack, side);
            }
        }
    }
}

fn utility(draft: &mut Draft, rack: &Rack, side: &str) {
    let mut feed = with(
        item(&format!("{}-utility-{side}", rack.site), "power_feed", OPERATIONS),
        &[("voltage", 10_000.into()), ("phase", "three-phase".into())],
    );
    feed.placement.site = Some(rack.site.clone());
    draft.add(feed);
}

fn ups(draft: &mut Draft, rack: &Rack, side: &str) {
    let mut ups = with(
        item(&format!("{}-ups-{side}", rack.hall), "pdu", OPERATIONS),
        &[
            ("model", "Galaxy VL 300 kW".into()),
            ("battery_minutes", 12.into()),
        ],
    );
    ups.placement = Placement {
        site: Some(rack.site.clone()),
        location: Some(rack.hall.clone()),
        ..Placement::default()
    };
    draft.plate(&mut ups);
    let ups = draft.add(ups);
    draft.relate(&ups, LocatedIn, &rack.hall);
    draft.relate(&ups, PoweredBy, &key(&format!("{}-utility-{side}", rack.site)));
}

fn row_feed(draft: &mut Draft, rack: &Rack, side: &str) {
    let mut feed = with(
        item(&format!("{}-feed-{side}", rack.row), "power_feed", OPERATIONS),
        &[
            ("voltage", 400.into()),
            ("amperage", 125.into()),
            ("phase", "three-phase".into()),
        ],
    );
    feed.placement = Placement {
        site: Some(rack.site.clone()),
        location: Some(rack.row.clone()),
        ..Placement::default()
    };
    let feed = draft.add(feed);
    draft.relate(&feed, PoweredBy, &key(&format!("{}-ups-{side}", rack.hall)));
}

fn pdu(draft: &mut Draft, rack: &Rack, side: &str) {
    let mut pdu = with(
        item(&format!("{}-pdu-{side}", rack.key), "pdu", OPERATIONS),
        &[
            ("model", "PX3-5902V".into()),
            ("outlets", 36.into()),
            ("mounting", "vertical".into()),
        ],
    );
    // It stands upright beside the units and takes none.
    pdu.placement = rack.at(None, None);
    draft.plate(&mut pdu);
    let pdu = draft.add(pdu);
    draft.relate(&pdu, LocatedIn, &rack.key);
    draft.relate(&pdu, PoweredBy, &key(&format!("{}-feed-{side}", rack.row)));
}
