//! The relations that objects state by naming each other. Cables are in [`super::cables`].

use super::emit::{Model, Object, Out};
use super::tables::Tables;
use crate::cmdb::RelationKind::{LocatedIn, PartOf, PoweredBy, RunsOn};
use crate::transfer::Refused;

/// What stands where: in the smallest place that is named.
pub(super) fn places(tables: &Tables, out: &mut Out<'_>) {
    let mut stands_in = |from: Object, places: [Option<Object>; 3]| {
        if let Some(place) = places.into_iter().flatten().next() {
            out.relate(tables, LocatedIn, from, place);
        }
    };
    let site = |pk| Some(Object(Model::Site, pk));
    let location = |pk: Option<_>| pk.map(|pk| Object(Model::Location, pk));
    for (&pk, place) in &tables.locations {
        let here = Object(Model::Location, pk);
        stands_in(here, [location(place.parent), site(place.site), None]);
    }
    for (&pk, rack) in &tables.racks {
        let here = Object(Model::Rack, pk);
        stands_in(here, [location(rack.location), site(rack.site), None]);
    }
    for (&pk, panel) in &tables.power_panels {
        let here = Object(Model::PowerPanel, pk);
        stands_in(here, [location(panel.location), site(panel.site), None]);
    }
    for (&pk, device) in &tables.devices {
        let rack = device.rack.map(|pk| Object(Model::Rack, pk));
        let here = Object(Model::Device, pk);
        stands_in(here, [rack, location(device.location), site(device.site)]);
    }
    for (&pk, cluster) in &tables.clusters {
        stands_in(
            Object(Model::Cluster, pk),
            [cluster.site.and_then(site), None, None],
        );
    }
    for (&pk, vm) in &tables.virtual_machines {
        // A machine on a cluster or host is where that is.
        if vm.cluster.is_none() && vm.device.is_none() {
            stands_in(
                Object(Model::VirtualMachine, pk),
                [vm.site.and_then(site), None, None],
            );
        }
    }
    for end in tables.circuit_terminations.values() {
        if tables.circuits.contains_key(&end.circuit) {
            let circuit = Object(Model::Circuit, end.circuit);
            stands_in(circuit, [end.site.and_then(site), None, None]);
        }
    }
    for (pk, bay) in &tables.device_bays {
        let Some(child) = bay.installed_device else {
            continue;
        };
        if tables.devices.contains_key(&child) {
            let parent = Object(Model::Device, bay.device);
            out.relate(tables, LocatedIn, Object(Model::Device, child), parent);
        } else {
            let reason = format!("names dcim.device {child}, which is not in the dump");
            out.problem(Refused::Relation, &format!("dcim.devicebay[{pk}]"), reason);
        }
    }
}

/// Power above the outlets: a rack by its feeds, a feed by its panel.
pub(super) fn power(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, feed) in &tables.power_feeds {
        let here = Object(Model::PowerFeed, pk);
        out.relate(
            tables,
            PoweredBy,
            here,
            Object(Model::PowerPanel, feed.power_panel),
        );
        let Some(rack) = feed.rack else {
            continue;
        };
        if tables.racks.contains_key(&rack) {
            out.relate(tables, PoweredBy, Object(Model::Rack, rack), here);
        } else {
            let reason = format!("names dcim.rack {rack}, which is not in the dump");
            out.problem(Refused::Relation, &format!("dcim.powerfeed[{pk}]"), reason);
        }
    }
}

/// What computes on what.
pub(super) fn machines(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, device) in &tables.devices {
        if let Some(cluster) = device.cluster {
            let (here, cluster) = (Object(Model::Device, pk), Object(Model::Cluster, cluster));
            out.relate(tables, PartOf, here, cluster);
        }
    }
    for (&pk, vm) in &tables.virtual_machines {
        let here = Object(Model::VirtualMachine, pk);
        if let Some(cluster) = vm.cluster {
            out.relate(tables, RunsOn, here, Object(Model::Cluster, cluster));
        }
        if let Some(device) = vm.device {
            out.relate(tables, RunsOn, here, Object(Model::Device, device));
        }
    }
}
