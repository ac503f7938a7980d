use std::collections::BTreeSet;

use serde_json::Value;
use server::http::policy::Policy;
use server::http::routes::table;

use super::house::House;

async fn description() -> Value {
    House::new()
        .await
        .get("/api/v1/openapi.json")
        .go()
        .await
        .expect(200)
        .json()
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.insert(reference);
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document = description().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn it_describes_exactly_the_routes_there_are() {
    let document = description().await;
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let offered: BTreeSet<String> = table()
        .iter()
        .filter(|route| route.public_interface)
        .map(|route| format!("{} {}", route.verb.as_str(), route.path))
        .collect();
    assert_eq!(described, offered);
}

#[tokio::test]
async fn every_operation_says_how_it_fails_and_what_it_needs() {
    let document = description().await;
    for route in table().iter().filter(|route| route.public_interface) {
        let operation = &document["paths"][route.path][route.verb.as_str().to_lowercase()];
        let name = format!("{} {}", route.verb.as_str(), route.path);
        let statuses: BTreeSet<&str> = operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert!(statuses.iter().any(|status| status.starts_with('2')), "{name}");
        let guarded = route.policy != Policy::Public;
        assert_eq!(
            statuses.contains("401") && statuses.contains("403"),
            guarded,
            "{name}: {statuses:?}"
        );
        if route.path.contains('{') {
            assert!(statuses.contains("404"), "{name}: {statuses:?}");
            let parameters = operation["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|p| p["in"] == "path").count();
            assert_eq!(in_path, route.path.matches('{').count(), "{name}");
        }
        if operation.get("requestBody").is_some() {
            for status in ["400", "413", "415", "422"] {
                assert!(statuses.contains(status), "{name}: {statuses:?}");
            }
        }
        assert!(
            operation["summary"].is_string() && operation["operationId"].is_string(),
            "{name}"
        );
        assert_eq!(
            operation["security"].as_array().unwrap().is_empty(),
            !guarded,
            "{name}"
        );
    }
}

#[tokio::test]
async fn operation_ids_are_unique() {
    let document = description().await;
    let mut seen = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id), "{id} twice");
        }
    }
}
