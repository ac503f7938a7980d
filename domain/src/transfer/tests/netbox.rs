use std::path::Path;

use super::*;
use RelationKind::{ConnectedTo, LocatedIn, PartOf, PoweredBy, RunsOn};

fn demo() -> Option<Vec<u8>> {
    let path = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("../../shared/data/netbox-demo-v3.6.json");
    let dump = std::fs::read(&path).ok();
    if dump.is_none() {
        eprintln!("not run: {} is absent", path.display());
    }
    dump
}

#[test]
fn the_community_demo_comes_in_whole() {
    let Some(dump) = demo() else { return };
    let found = read(Format::Netbox, &*dump);
    assert_eq!(found.problems, []);
    let expected = [
        ("site", 24),
        ("location", 4),
        ("rack", 42),
        ("device", 72),
        ("power_feed", 48),
        ("pdu", 4),
        ("cluster", 32),
        ("vm", 180),
        ("circuit", 29),
    ];
    for (class, count) in expected {
        assert_eq!(found.count(class), count, "{class}");
    }
    let router = found.named("dmi01-akron-rtr01");
    assert_eq!(router.owner.as_deref(), Some("Dunder-Mifflin, Inc."));
    assert_eq!(
        (router.placement.position, router.placement.height),
        (Some(4.0), Some(1.0))
    );
    assert_eq!(router.attributes["role"], "Router");
    assert_eq!(router.attributes["manufacturer"], "Cisco");
    let site = &found.cis["netbox:site:2"];
    assert_eq!(router.placement.site.as_ref(), Some(&site.key));
    assert!(
        site.attributes["region"]
            .as_str()
            .unwrap()
            .starts_with("North America / ")
    );

    // Counts over the raw dump: 72 devices in 72 places, 180 machines on a cluster, feeds to panels and racks.
    let count = |kind| found.relations.iter().filter(|r| r.kind == kind).count();
    assert_eq!(count(RunsOn), 180);
    assert_eq!(count(PoweredBy), 48 + 48 + 26);
    assert!(found.has(LocatedIn, "netbox:device:1", "netbox:rack:1"));
    assert!(found.has(PoweredBy, "netbox:device:1", "netbox:device:27"));
    // Cable 7 joins the Z end of circuit 1 to the router.
    assert!(found.has(ConnectedTo, "netbox:device:1", "netbox:circuit:1"));
    assert!(found.has(LocatedIn, "netbox:circuit:1", "netbox:site:2"));

    assert_eq!(found.skipped["ipam.prefix"], 90);
    assert_eq!(found.skipped["dcim.module"], 4);
    assert!(!found.skipped.contains_key("dcim.device"));

    let mut twice = dump.clone();
    twice.truncate(dump.len() - 100_000);
    let cut = read(Format::Netbox, &*twice);
    assert_eq!(cut.problems.last().map(|p| p.refused), Some(Refused::Rest));
    assert!(cut.reasons().iter().any(|reason| reason.contains("cut off")));
}

#[test]
fn a_rack_with_a_primary_and_a_redundant_feed_is_degraded_by_the_loss_of_one() {
    let Some(dump) = demo() else { return };
    let found = read(Format::Netbox, &*dump);
    let mut builder = crate::graph::Builder::new();
    for ci in found.cis.values() {
        builder.ci(crate::graph::Node::from(ci)).unwrap();
    }
    for r in &found.relations {
        builder.relation(r.kind, r.from.as_str(), r.to.as_str()).unwrap();
    }
    let index = builder.build();
    let rack = "netbox:rack:14";
    let feeds: Vec<_> = found
        .relations
        .iter()
        .filter(|r| r.kind == PoweredBy && r.from.as_str() == rack)
        .map(|r| index.node(r.to.as_str()).unwrap())
        .collect();
    assert_eq!(feeds.len(), 2);
    let down = |feeds| crate::graph::impact(&index, feeds, crate::wire::cmdb::Direction::Dependants, None);
    assert_eq!((down(&feeds[..1]).down(), down(&feeds[..1]).degraded()), (0, 1));
    assert!(down(&feeds).down() >= 1);
}

/// A small estate as 3.0 dumped it: cables that name their ends, whole-number heights, `device_role`, types
/// of generic references as numbers.
const OLD: &str = r#"[
{"model":"contenttypes.contenttype","pk":1,"fields":{"app_label":"dcim","model":"interface"}},
{"model":"contenttypes.contenttype","pk":2,"fields":{"app_label":"dcim","model":"frontport"}},
{"model":"contenttypes.contenttype","pk":3,"fields":{"app_label":"dcim","model":"rearport"}},
{"model":"contenttypes.contenttype","pk":4,"fields":{"app_label":"dcim","model":"site"}},
{"model":"dcim.site","pk":1,"fields":{"name":"Home","slug":"home","status":"active","region":null,"group":null,"tenant":null}},
{"model":"extras.tag","pk":1,"fields":{"name":"Lab","slug":"lab"}},
{"model":"extras.taggeditem","pk":1,"fields":{"content_type":4,"object_id":1,"tag":1}},
{"model":"dcim.manufacturer","pk":1,"fields":{"name":"Acme","slug":"acme"}},
{"model":"dcim.devicetype","pk":1,"fields":{"manufacturer":1,"model":"Switch 9","slug":"s9","u_height":1}},
{"model":"dcim.devicerole","pk":1,"fields":{"name":"Switch","slug":"switch"}},
{"model":"dcim.location","pk":1,"fields":{"name":"Hall","slug":"hall","site":1,"parent":null}},
{"model":"dcim.rack","pk":1,"fields":{"name":"R1","site":1,"location":1,"status":"planned","u_height":42,"tenant":null,"role":null}},
{"model":"dcim.device","pk":1,"fields":{"name":"sw1","device_type":1,"device_role":1,"site":1,"location":1,"rack":1,"position":7,"face":"rear","status":"staged","serial":"S1","cluster":1}},
{"model":"dcim.device","pk":2,"fields":{"name":null,"device_type":1,"device_role":1,"site":1,"location":1,"rack":null,"position":null,"face":"","status":"active"}},
{"model":"dcim.device","pk":3,"fields":{"name":"panel-a","device_type":1,"device_role":1,"site":1,"location":null,"rack":null,"status":"active"}},
{"model":"dcim.device","pk":4,"fields":{"name":"panel-b","device_type":1,"device_role":1,"site":1,"location":null,"rack":null,"status":"active"}},
{"model":"dcim.devicebay","pk":1,"fields":{"device":1,"installed_device":2}},
{"model":"dcim.interface","pk":1,"fields":{"device":1}},
{"model":"dcim.interface","pk":2,"fields":{"device":2}},
{"model":"dcim.rearport","pk":1,"fields":{"device":3,"positions":2}},
{"model":"dcim.rearport","pk":2,"fields":{"device":4,"positions":2}},
{"model":"dcim.frontport","pk":1,"fields":{"device":3,"rear_port":1,"rear_port_position":1}},
{"model":"dcim.frontport","pk":2,"fields":{"device":3,"rear_port":1,"rear_port_position":2}},
{"model":"dcim.frontport","pk":3,"fields":{"device":4,"rear_port":2,"rear_port_position":1}},
{"model":"dcim.frontport","pk":4,"fields":{"device":4,"rear_port":2,"rear_port_position":2}},
{"model":"dcim.cable","pk":1,"fields":{"status":"connected","termination_a_type":1,"termination_a_id":1,"termination_b_type":2,"termination_b_id":2}},
{"model":"dcim.cable","pk":2,"fields":{"status":"connected","termination_a_type":3,"termination_a_id":1,"termination_b_type":3,"termination_b_id":2}},
{"model":"dcim.cable","pk":3,"fields":{"status":"connected","termination_a_type":["dcim","frontport"],"termination_a_id":4,"termination_b_type":1,"termination_b_id":2}},
{"model":"dcim.cable","pk":4,"fields":{"status":"planned","termination_a_type":1,"termination_a_id":1,"termination_b_type":1,"termination_b_id":1}},
{"model":"virtualization.cluster","pk":1,"fields":{"name":"c1","type":null,"group":null,"site":1}},
{"model":"virtualization.virtualmachine","pk":1,"fields":{"name":"vm1","cluster":1,"role":null,"status":"offline","vcpus":"2.50","memory":4096}},
{"model":"virtualization.virtualmachine","pk":2,"fields":{"name":"vm2","cluster":null,"site":1,"device":1,"status":"active"}},
{"model":"virtualization.virtualmachine","pk":3,"fields":{"name":"vm3","cluster":null,"site":1,"device":null,"status":"active"}},
{"model":"dcim.inventoryitem","pk":1,"fields":{}}
]"#;

#[test]
fn a_dump_of_an_old_version_and_a_run_through_two_patch_panels() {
    let found = read(Format::Netbox, OLD.as_bytes());
    assert_eq!(found.problems, []);
    let switch = &found.cis["netbox:device:1"];
    assert_eq!(switch.attributes["role"], "Switch");
    assert_eq!(switch.lifecycle.as_str(), "in_development");
    assert_eq!(
        (switch.placement.position, switch.placement.height),
        (Some(7.0), Some(1.0))
    );
    assert_eq!(switch.serial.as_deref(), Some("S1"));
    assert_eq!(found.cis["netbox:device:2"].name, "Switch 9 (2)");
    assert_eq!(
        found.cis["netbox:site:1"].attributes["tags"],
        serde_json::json!(["Lab"])
    );
    assert_eq!(found.cis["netbox:vm:1"].attributes["vcpus"], 2.5);
    assert_eq!(found.cis["netbox:vm:1"].attributes["memory_mb"], 4096);
    // Strand 2 in, strand 2 out: the two devices, and each with its panel, and the panels with each other.
    for (a, b) in [(1, 2), (1, 3), (3, 4), (2, 4)] {
        let (a, b) = (format!("netbox:device:{a}"), format!("netbox:device:{b}"));
        assert!(found.has(ConnectedTo, &a, &b), "{a} {b}");
    }
    assert_eq!(
        found.relations.iter().filter(|r| r.kind == ConnectedTo).count(),
        4
    );
    assert!(found.has(LocatedIn, "netbox:location:1", "netbox:site:1"));
    assert!(found.has(LocatedIn, "netbox:rack:1", "netbox:location:1"));
    assert!(found.has(LocatedIn, "netbox:device:2", "netbox:device:1"));
    assert!(found.has(LocatedIn, "netbox:device:3", "netbox:site:1"));
    assert!(found.has(PartOf, "netbox:device:1", "netbox:cluster:1"));
    assert!(found.has(RunsOn, "netbox:vm:2", "netbox:device:1"));
    assert!(found.has(LocatedIn, "netbox:vm:3", "netbox:site:1"));
    assert!(!found.has(LocatedIn, "netbox:vm:2", "netbox:site:1"));
    assert_eq!(found.skipped["dcim.inventoryitem"], 1);
    assert_eq!(found.skipped["dcim.cable that is only planned"], 1);
}

#[test]
fn every_damage_in_a_dump_is_named_and_the_rest_still_comes() {
    let damaged = OLD
        .replace(
            r#""pk":3,"fields":{"name":"panel-a","device_type":1"#,
            r#""pk":3,"fields":{"name":"panel-a","device_type":99"#,
        )
        .replace(r#""name":"R1","site":1"#, r#""name":"R1""#)
        .replace(r#""name":"c1","type":null"#, r#""name":"c1","type":5"#)
        .replace(
            r#"{"model":"dcim.interface","pk":2,"fields":{"device":2}}"#,
            r#"{"model":"dcim.interface","pk":2,"fields":{"device":"x"}}"#,
        )
        .replace(
            r#"{"model":"dcim.inventoryitem","pk":1,"fields":{}}"#,
            r#"{"model":"dcim.site","pk":1,"fields":{"name":"Other"}}, {"model":7}, {"no":"model"}"#,
        );
    let found = read(Format::Netbox, damaged.as_bytes());
    let expect = [
        ("dcim.rack[1]", "missing field `site`"),
        ("dcim.interface[2]", "invalid type"),
        ("dcim.site[1]", "comes twice with different values"),
        ("[34]", "invalid type"),
        ("[35]", "missing field `model`"),
        ("dcim.device[3]", "dcim.devicetype 99"),
        ("virtualization.cluster[1]", "virtualization.clustertype 5"),
        ("dcim.device[1]", "dcim.rack 1, which is not in the dump"),
        ("dcim.cable[3]", "is not in the dump"),
    ];
    for (reference, reason) in expect {
        let named = |p: &&Problem| p.problem.reference == reference && p.problem.reason.contains(reason);
        assert!(
            found.problems.iter().any(|p| named(&p)),
            "{reference} {reason}: {:#?}",
            found.problems
        );
    }
    assert_eq!(found.problems.len(), expect.len(), "{:#?}", found.problems);
    let count = |refused| found.problems.iter().filter(|p| p.refused == refused).count();
    // What is named as lost is lost: no more and no less.
    assert_eq!(
        (
            count(Refused::Ci),
            count(Refused::Relation),
            count(Refused::Detail)
        ),
        (2, 2, 3)
    );
    assert_eq!(found.cis["netbox:site:1"].name, "Home");
    assert_eq!(found.count("device"), 4);
}
