//! Circuits, border routers, firewalls, spines in each hall and two switches in the top of each rack.

use super::draft::{Draft, NETWORK, item, key, with};
use super::places::Rack;
use super::power::pdus;
use crate::CiKey;
use crate::cmdb::RelationKind::{ConnectedTo, DependsOn, LocatedIn, PoweredBy};
use crate::cmdb::{Ci, Criticality};

/// The two switches of a rack.
pub(super) fn switches(rack: &Rack) -> [CiKey; 2] {
    ["a", "b"].map(|side| key(&format!("{}-sw-{side}", rack.key)))
}

fn spines(rack: &Rack) -> [CiKey; 2] {
    ["1", "2"].map(|n| key(&format!("{}-spine-{n}", rack.hall)))
}

fn firewalls(rack: &Rack) -> [CiKey; 2] {
    ["1", "2"].map(|n| key(&format!("{}-fw-{n}", rack.site)))
}

fn routers(rack: &Rack) -> [CiKey; 2] {
    ["1", "2"].map(|n| key(&format!("{}-rtr-{n}", rack.site)))
}

pub(super) fn build(draft: &mut Draft, racks: &[Rack]) {
    // The first two racks of a hall hold its spines, those of a site also its routers and firewalls.
    let mut halls: Vec<&CiKey> = Vec::new();
    let mut sites: Vec<&CiKey> = Vec::new();
    for rack in racks {
        if !sites.contains(&&rack.site) {
            sites.push(&rack.site);
            border(draft, rack, &racks[rack.number + 1]);
        }
        if !halls.contains(&&rack.hall) {
            halls.push(&rack.hall);
            hall(draft, rack, &racks[rack.number + 1]);
        }
        if !rack.empty {
            top_of_rack(draft, rack);
        }
    }
    between_sites(draft);
}

/// A device with two power supplies in a rack.
fn device(draft: &mut Draft, rack: &Rack, name: &str, position: u32, role: &str, model: &str) -> Ci {
    let mut device = with(
        item(name, "device", NETWORK),
        &[("role", role.into()), ("model", model.into())],
    );
    device.placement = rack.at(Some(position), Some(1));
    draft.plate(&mut device);
    let key = device.key.clone();
    draft.relate(&key, LocatedIn, &rack.key);
    draft.relate_redundant(&mut device, PoweredBy, &pdus(rack), 1);
    device
}

fn border(draft: &mut Draft, first: &Rack, second: &Rack) {
    for (n, rack) in [first, second].into_iter().enumerate() {
        let name = &routers(first)[n];
        let mut router = device(draft, rack, name.as_str(), 38, "Border router", "MX204");
        router.version = Some("22.4R3".into());
        router.criticality = Some(Criticality::High);
        draft.add(router);

        let mut firewall = device(
            draft,
            rack,
            firewalls(first)[n].as_str(),
            37,
            "Firewall",
            "PA-5420",
        );
        firewall.version = Some("11.0.4".into());
        firewall.criticality = Some(Criticality::High);
        draft.relate_redundant(&mut firewall, DependsOn, &routers(first), 1);
        for router in routers(first) {
            draft.relate(&firewall.key, ConnectedTo, &router);
        }
        draft.add(firewall);

        let providers = ["Elbe Carrier", "Nordlink"];
        let mut circuit = with(
            item(&format!("{}-inet-{}", first.site, n + 1), "circuit", NETWORK),
            &[
                ("provider", providers[n].into()),
                ("type", "Internet".into()),
                ("mbit", 10_000.into()),
            ],
        );
        circuit.placement.site = Some(first.site.clone());
        let circuit = draft.add(circuit);
        draft.relate(&circuit, LocatedIn, &first.site);
        draft.relate(&circuit, ConnectedTo, name);
    }
}

fn hall(draft: &mut Draft, first: &Rack, second: &Rack) {
    for (n, rack) in [first, second].into_iter().enumerate() {
        let name = &spines(first)[n];
        let mut spine = device(draft, rack, name.as_str(), 40, "Spine switch", "7060CX2-32S");
        spine.version = Some("4.30.5M".into());
        spine.criticality = Some(Criticality::High);
        draft.relate_redundant(&mut spine, DependsOn, &firewalls(first), 1);
        for firewall in firewalls(first) {
            draft.relate(&spine.key, ConnectedTo, &firewall);
        }
        draft.add(spine);
    }
}

fn top_of_rack(draft: &mut Draft, rack: &Rack) {
    for (n, name) in switches(rack).into_iter().enumerate() {
        let mut switch = device(
            draft,
            rack,
            name.as_str(),
            42 - n as u32,
            "Top-of-rack switch",
            "7050SX3-48YC8",
        );
        // Half of the fleet has had its upgrade.
        let version = if rack.number.is_multiple_of(2) {
            "4.30.5M"
        } else {
            "4.28.3M"
        };
        switch.version = Some(version.into());
        draft.relate_redundant(&mut switch, DependsOn, &spines(rack), 1);
        for spine in spines(rack) {
            draft.relate(&switch.key, ConnectedTo, &spine);
        }
        draft.add(switch);
    }
}

fn between_sites(draft: &mut Draft) {
    for n in 1..=2 {
        let circuit = with(
            item(&format!("ham-dci-{n}"), "circuit", NETWORK),
            &[
                ("provider", "Dark Fibre Nord".into()),
                ("type", "Dark fibre".into()),
                ("mbit", 100_000.into()),
            ],
        );
        let circuit = draft.add(circuit);
        for site in ["ham1", "ham2"] {
            draft.relate(&circuit, LocatedIn, &key(site));
            draft.relate(&circuit, ConnectedTo, &key(&format!("{site}-rtr-{n}")));
        }
    }
}
