//! Servers: hypervisors in clusters, storage they share, and machines for the largest databases.

use super::draft::{DATABASES, Draft, VIRTUALISATION, item, redundancy, with};
use super::network::switches;
use super::places::Rack;
use super::power::pdus;
use crate::CiKey;
use crate::cmdb::RelationKind::{ConnectedTo, DependsOn, LocatedIn, PartOf, PoweredBy};
use crate::cmdb::{Ci, Criticality, Lifecycle};

/// A cluster of hypervisors.
pub(super) struct Cluster {
    pub(super) key: CiKey,
    pub(super) site: CiKey,
}

/// Hypervisors in each rack; a row of six racks has two clusters.
const HOSTS_IN_A_RACK: u32 = 4;

const SERVER_MODELS: [&str; 3] = ["PowerEdge R660", "PowerEdge R650", "ProLiant DL360 Gen11"];

pub(super) fn build(draft: &mut Draft, racks: &[Rack]) -> Vec<Cluster> {
    racks
        .chunk_by(|a, b| a.row == b.row)
        .flat_map(|row| self::row(draft, row))
        .collect()
}

fn row(draft: &mut Draft, racks: &[Rack]) -> Vec<Cluster> {
    let storage = storage(draft, &racks[0], &racks[1]);
    let older = racks[0].number.is_multiple_of(4);
    let mut hosts: [Vec<CiKey>; 2] = Default::default();
    for rack in racks.iter().filter(|rack| !rack.empty) {
        for n in 0..HOSTS_IN_A_RACK {
            let mut host = server(draft, rack, &format!("{}-hv{}", rack.key, n + 1), 1 + 2 * n, 1);
            host.owner = Some(VIRTUALISATION.to_owned());
            host.version = Some(
                if racks[0].number.is_multiple_of(4) {
                    "7.0 U3"
                } else {
                    "8.0 U3"
                }
                .into(),
            );
            host.attributes.insert("role".into(), "Hypervisor".into());
            host.attributes.insert("memory_gb".into(), 1024.into());
            if draft.random.one_in(60) {
                host.lifecycle = Lifecycle::InMaintenance;
            }
            // Neighbours belong to different clusters, so that a lost rack takes half of its hosts from each.
            hosts[n as usize % 2].push(draft.add(host));
        }
        if rack.number % 3 == 0 {
            let mut host = server(draft, rack, &format!("{}-db1", rack.key), 20, 2);
            host.owner = Some(DATABASES.to_owned());
            host.attributes.insert("role".into(), "Database server".into());
            host.attributes.insert("memory_gb".into(), 2048.into());
            draft.add(host);
        }
    }
    let row = &racks[0].row;
    let mut clusters = Vec::new();
    for (n, hosts) in hosts.into_iter().enumerate() {
        let mut cluster = with(
            item(&format!("{row}-cl{}", n + 1), "cluster", VIRTUALISATION),
            &[("type", "vSphere".into()), ("hosts", hosts.len().into())],
        );
        cluster.name = format!("Cluster {}", cluster.key.as_str().to_uppercase());
        cluster.placement.site = Some(racks[0].site.clone());
        cluster.placement.location = Some(row.clone());
        // Most clusters can do without three hosts; those of older rows were filled up and can do without one.
        let spare = if n == 1 && older { 1 } else { 3 };
        redundancy(&mut cluster, &hosts, hosts.len() - spare);
        draft.relate_redundant(&mut cluster, DependsOn, &storage, 1);
        for host in &hosts {
            draft.relate(host, PartOf, &cluster.key);
        }
        clusters.push(Cluster {
            site: racks[0].site.clone(),
            key: draft.add(cluster),
        });
    }
    clusters
}

/// Two mirrored arrays for the clusters of a row.
fn storage(draft: &mut Draft, first: &Rack, second: &Rack) -> Vec<CiKey> {
    let mut arrays = Vec::new();
    for (n, rack) in [first, second].into_iter().enumerate() {
        let mut array = server(draft, rack, &format!("{}-san{}", first.row, n + 1), 30, 4);
        array.owner = Some(VIRTUALISATION.to_owned());
        array.version = Some("6.5.7".into());
        array.criticality = Some(Criticality::High);
        array.attributes.insert("role".into(), "Storage array".into());
        array.attributes.insert("model".into(), "FlashArray//X50".into());
        arrays.push(draft.add(array));
    }
    arrays
}

/// A machine with two power supplies and a cable to each switch of its rack.
fn server(draft: &mut Draft, rack: &Rack, name: &str, position: u32, height: u32) -> Ci {
    let model = *draft.random.pick(&SERVER_MODELS);
    let mut server = with(item(name, "device", VIRTUALISATION), &[("model", model.into())]);
    server.placement = rack.at(Some(position), Some(height));
    draft.plate(&mut server);
    let key = server.key.clone();
    draft.relate(&key, LocatedIn, &rack.key);
    draft.relate_redundant(&mut server, PoweredBy, &pdus(rack), 1);
    draft.relate_redundant(&mut server, DependsOn, &switches(rack), 1);
    for switch in switches(rack) {
        draft.relate(&key, ConnectedTo, &switch);
    }
    server
}
