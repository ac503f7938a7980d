//! Each model that becomes CIs.

use serde_json::Value;

use super::emit::{Attributes, Item, Model, Object, Out};
use super::model::{Device, Pk};
use super::tables::Tables;
use crate::CiKey;
use crate::cmdb::{Face, Placement};
use crate::graph::Redundancy;
use crate::transfer::Refused;

pub(super) fn sites(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, site) in &tables.sites {
        let here = Object(Model::Site, pk);
        let item = Item {
            status: site.status.clone(),
            owner: tenant(tables, out, here, site.tenant),
            placement: Placement {
                site: Some(here.key()),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &site.notes)
                .with_text(
                    "region",
                    out.branch(here, "dcim.region", &tables.regions, site.region),
                )
                .with_text(
                    "group",
                    out.branch(here, "dcim.sitegroup", &tables.site_groups, site.group),
                )
                .with_text("facility", site.facility.clone())
                .with_text("time_zone", site.time_zone.clone())
                .with_text("address", site.physical_address.clone()),
            ..Item::default()
        };
        out.ci(here, &site.name, item);
    }
}

pub(super) fn locations(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, location) in &tables.locations {
        let here = Object(Model::Location, pk);
        let parent = location.parent.filter(|pk| tables.locations.contains_key(pk));
        let item = Item {
            status: location.status.clone(),
            owner: tenant(tables, out, here, location.tenant),
            placement: Placement {
                site: site_key(tables, Some(location.site)),
                location: parent.map(|pk| Object(Model::Location, pk).key()),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &location.notes),
            ..Item::default()
        };
        out.ci(here, &location.name, item);
    }
}

pub(super) fn racks(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, rack) in &tables.racks {
        let here = Object(Model::Rack, pk);
        let item = Item {
            status: rack.status.clone(),
            serial: rack.serial.clone(),
            asset_tag: rack.asset_tag.clone(),
            owner: tenant(tables, out, here, rack.tenant),
            placement: Placement {
                site: site_key(tables, Some(rack.site)),
                location: location_key(tables, rack.location),
                height: rack.u_height,
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &rack.notes)
                .with_text(
                    "role",
                    out.name_of(here, "dcim.rackrole", &tables.rack_roles, rack.role),
                )
                .with_text("type", rack.kind.clone())
                .with_text("facility_id", rack.facility_id.clone())
                .with_number("width_inches", rack.width)
                .with("units_from_top", rack.desc_units.then_some(Value::Bool(true)))
                .with(Redundancy::ATTRIBUTE, feeds_redundancy(tables, pk)),
        };
        out.ci(here, &rack.name, item);
    }
}

/// NetBox says itself which feeds of a rack are redundant: with a primary and a redundant one, one is enough.
fn feeds_redundancy(tables: &Tables, rack: Pk) -> Option<Value> {
    let feeds = || {
        tables
            .power_feeds
            .iter()
            .filter(|(_, feed)| feed.rack == Some(rack))
    };
    let has = |kind: &str| feeds().any(|(_, feed)| feed.kind.as_deref() == Some(kind));
    (has("primary") && has("redundant")).then(|| {
        Redundancy::to_attribute(&[Redundancy {
            needed: 1,
            among: feeds()
                .map(|(pk, _)| Object(Model::PowerFeed, *pk).key())
                .collect(),
        }])
    })
}

pub(super) fn power_panels(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, panel) in &tables.power_panels {
        let here = Object(Model::PowerPanel, pk);
        let item = Item {
            placement: Placement {
                site: site_key(tables, Some(panel.site)),
                location: location_key(tables, panel.location),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &panel.notes)
                .with_text("role", Some("Power panel".into())),
            ..Item::default()
        };
        out.ci(here, &panel.name, item);
    }
}

pub(super) fn power_feeds(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, feed) in &tables.power_feeds {
        let here = Object(Model::PowerFeed, pk);
        let panel = tables.power_panels.get(&feed.power_panel);
        let item = Item {
            status: feed.status.clone(),
            owner: tenant(tables, out, here, feed.tenant),
            placement: Placement {
                site: site_key(tables, panel.map(|panel| panel.site)),
                location: location_key(tables, panel.and_then(|panel| panel.location)),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &feed.notes)
                .with_text("type", feed.kind.clone())
                .with_text("supply", feed.supply.clone())
                .with_text("phase", feed.phase.clone())
                .with_number("voltage", feed.voltage)
                .with_number("amperage", feed.amperage),
            ..Item::default()
        };
        out.ci(here, &feed.name, item);
    }
}

pub(super) fn devices(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, device) in &tables.devices {
        let here = Object(Model::Device, pk);
        let kind = tables.device_types.get(&device.device_type);
        if kind.is_none() {
            let reason = format!(
                "names dcim.devicetype {}, which is not in the dump; its model and height are left out",
                device.device_type
            );
            out.problem(Refused::Detail, &format!("dcim.device[{pk}]"), reason);
        }
        let manufacturer = kind.and_then(|kind| kind.manufacturer);
        let chassis = out.name_of(
            here,
            "dcim.virtualchassis",
            &tables.virtual_chassis,
            device.virtual_chassis,
        );
        let item = Item {
            status: device.status.clone(),
            serial: device.serial.clone(),
            asset_tag: device.asset_tag.clone(),
            owner: tenant(tables, out, here, device.tenant),
            placement: Placement {
                site: site_key(tables, Some(device.site)),
                location: location_key(tables, device.location),
                rack: device
                    .rack
                    .filter(|pk| tables.racks.contains_key(pk))
                    .map(|pk| Object(Model::Rack, pk).key()),
                position: device.position,
                face: device.face.as_deref().and_then(face),
                height: kind.and_then(|kind| kind.u_height),
            },
            attributes: Attributes::of(tables, here, &device.notes)
                .with_text(
                    "role",
                    out.name_of(here, "dcim.devicerole", &tables.device_roles, device.role),
                )
                .with_text("model", kind.map(|kind| kind.model.clone()))
                .with_text("part_number", kind.and_then(|kind| kind.part_number.clone()))
                .with_text(
                    "manufacturer",
                    out.name_of(here, "dcim.manufacturer", &tables.manufacturers, manufacturer),
                )
                .with_text(
                    "platform",
                    out.name_of(here, "dcim.platform", &tables.platforms, device.platform),
                )
                .with_text("virtual_chassis", chassis.clone())
                .with_number("virtual_chassis_position", device.vc_position.map(f64::from))
                .with_text(
                    "primary_ip",
                    address(tables, device.primary_ip4, device.primary_ip6),
                ),
        };
        let name = device_name(device, pk, kind.map(|kind| kind.model.as_str()), chassis);
        out.ci(here, &name, item);
    }
}

/// A device may have no name; then it is called as NetBox calls it.
fn device_name(device: &Device, pk: Pk, model: Option<&str>, chassis: Option<String>) -> String {
    let given = device.name.clone().filter(|name| !name.trim().is_empty());
    given.unwrap_or_else(|| match (chassis, device.vc_position) {
        (Some(chassis), Some(position)) => format!("{chassis}:{position}"),
        (Some(chassis), None) => format!("{chassis} ({pk})"),
        (None, _) => format!("{} ({pk})", model.unwrap_or("unnamed device")),
    })
}

pub(super) fn clusters(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, cluster) in &tables.clusters {
        let here = Object(Model::Cluster, pk);
        let item = Item {
            status: cluster.status.clone(),
            owner: tenant(tables, out, here, cluster.tenant),
            placement: Placement {
                site: site_key(tables, cluster.site),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &cluster.notes)
                .with_text(
                    "type",
                    out.name_of(
                        here,
                        "virtualization.clustertype",
                        &tables.cluster_types,
                        cluster.kind,
                    ),
                )
                .with_text(
                    "group",
                    out.name_of(
                        here,
                        "virtualization.clustergroup",
                        &tables.cluster_groups,
                        cluster.group,
                    ),
                ),
            ..Item::default()
        };
        out.ci(here, &cluster.name, item);
    }
}

pub(super) fn virtual_machines(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, vm) in &tables.virtual_machines {
        let here = Object(Model::VirtualMachine, pk);
        let of_cluster = || vm.cluster.and_then(|pk| tables.clusters.get(&pk)?.site);
        let item = Item {
            status: vm.status.clone(),
            owner: tenant(tables, out, here, vm.tenant),
            placement: Placement {
                site: site_key(tables, vm.site.or_else(of_cluster)),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &vm.notes)
                .with_text(
                    "role",
                    out.name_of(here, "dcim.devicerole", &tables.device_roles, vm.role),
                )
                .with_text(
                    "platform",
                    out.name_of(here, "dcim.platform", &tables.platforms, vm.platform),
                )
                .with_number("vcpus", vm.vcpus)
                .with_number("memory_mb", vm.memory)
                .with_number("disk_gb", vm.disk)
                .with_text("primary_ip", address(tables, vm.primary_ip4, vm.primary_ip6)),
            ..Item::default()
        };
        out.ci(here, &vm.name, item);
    }
}

pub(super) fn circuits(tables: &Tables, out: &mut Out<'_>) {
    for (&pk, circuit) in &tables.circuits {
        let here = Object(Model::Circuit, pk);
        let provider = out.name_of(here, "circuits.provider", &tables.providers, circuit.provider);
        let mut ends: Vec<_> = tables
            .circuit_terminations
            .values()
            .filter(|end| end.circuit == pk)
            .collect();
        ends.sort_by(|a, b| a.term_side.cmp(&b.term_side));
        let network = ends.iter().find_map(|end| end.provider_network);
        let item = Item {
            status: circuit.status.clone(),
            owner: tenant(tables, out, here, circuit.tenant),
            placement: Placement {
                // A circuit has two ends and a CI one site: the first end we have counts.
                site: site_key(tables, ends.iter().find_map(|end| end.site)),
                ..Placement::default()
            },
            attributes: Attributes::of(tables, here, &circuit.notes)
                .with_text("provider", provider)
                .with_text(
                    "type",
                    out.name_of(here, "circuits.circuittype", &tables.circuit_types, circuit.kind),
                )
                .with_text(
                    "provider_network",
                    out.name_of(
                        here,
                        "circuits.providernetwork",
                        &tables.provider_networks,
                        network,
                    ),
                )
                .with_text("install_date", circuit.install_date.clone())
                .with_number("commit_rate_kbps", circuit.commit_rate),
            ..Item::default()
        };
        out.ci(here, &circuit.cid, item);
    }
}

fn tenant(tables: &Tables, out: &mut Out<'_>, of: Object, pk: Option<Pk>) -> Option<String> {
    out.name_of(of, "tenancy.tenant", &tables.tenants, pk)
}

fn site_key(tables: &Tables, pk: Option<Pk>) -> Option<CiKey> {
    pk.filter(|pk| tables.sites.contains_key(pk))
        .map(|pk| Object(Model::Site, pk).key())
}

fn location_key(tables: &Tables, pk: Option<Pk>) -> Option<CiKey> {
    pk.filter(|pk| tables.locations.contains_key(pk))
        .map(|pk| Object(Model::Location, pk).key())
}

fn face(word: &str) -> Option<Face> {
    match word {
        "front" => Some(Face::Front),
        "rear" => Some(Face::Rear),
        _ => None,
    }
}

fn address(tables: &Tables, v4: Option<Pk>, v6: Option<Pk>) -> Option<String> {
    let address = tables.ip_addresses.get(&v4.or(v6)?)?;
    Some(address.address.clone())
}
