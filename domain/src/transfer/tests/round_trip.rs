use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::cmdb::{Criticality, Face, Lifecycle, Placement};

fn any_key() -> impl Strategy<Value = crate::CiKey> {
    "[a-zà-ÿ0-9/:\"',;.\\\\-]{1,20}"
        .prop_map(|key| key.parse::<crate::CiKey>().unwrap())
        .prop_filter("an address leads to it", |key| key.fits_address().is_ok())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z ]{0,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_ci() -> impl Strategy<Value = Ci> {
    let text = || prop::option::of("\\PC{0,20}");
    let number = || prop::option::of((0_u32..400).prop_map(|n| f64::from(n) / 2.0));
    let place = || prop::option::of(any_key());
    let placement = (
        place(),
        place(),
        place(),
        number(),
        prop::option::of(any::<bool>()),
        number(),
    )
        .prop_map(|(site, location, rack, position, face, height)| Placement {
            site,
            location,
            rack,
            position,
            face: face.map(|front| if front { Face::Front } else { Face::Rear }),
            height,
        });
    let criticality = prop::sample::select(vec![
        None,
        Some(Criticality::Low),
        Some(Criticality::Medium),
        Some(Criticality::High),
    ]);
    (
        (
            any_key(),
            "\\PC{0,10}[a-z]",
            prop::sample::select(BUILT_IN_CLASSES.to_vec()),
        ),
        prop::sample::select(Lifecycle::ALL.to_vec()),
        (text(), text(), text(), text(), criticality),
        placement,
        prop::collection::btree_map("[a-zA-Z_ ]{0,9}", any_value(), 0..5),
    )
        .prop_map(
            |((key, name, class), lifecycle, texts, placement, attributes)| Ci {
                key,
                name,
                class: class.0.parse().unwrap(),
                lifecycle,
                serial: texts.0,
                asset_tag: texts.1,
                version: texts.2,
                owner: texts.3,
                criticality: texts.4,
                placement,
                attributes,
            },
        )
}

proptest! {
    #[test]
    fn what_is_exported_imports_to_the_same(
        cis in prop::collection::vec(any_ci(), 0..5),
        ends in prop::collection::vec((prop::sample::select(RelationKind::ALL.to_vec()), any_key(), any_key()), 0..5),
    ) {
        let cis: BTreeMap<String, Ci> = cis.into_iter().map(|ci| (ci.key.to_string(), ci)).collect();
        let mut relations: Vec<Relation> =
            ends.into_iter().map(|(kind, from, to)| Relation { kind, from, to }).collect();
        let mut file = String::new();
        for line in cis.values().map(ci_line).chain(relations.iter().map(relation_line)) {
            file.push_str(&line.unwrap());
            file.push('\n');
        }
        prop_assume!(!file.is_empty());
        let mut found = read(Format::Ndjson, file.as_bytes());
        prop_assert_eq!(found.problems, vec![]);
        prop_assert_eq!(found.cis, cis);
        relations.sort();
        relations.dedup();
        found.relations.sort();
        prop_assert_eq!(found.relations, relations);
    }
}
