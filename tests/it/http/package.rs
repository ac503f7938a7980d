//! What a device takes along.

use std::collections::BTreeSet;

use domain::access::{Role, Scope};
use domain::graph::{Builder, Index, Node, answer, impact};
use domain::sync::Package;
use domain::wire::cmdb::Direction;
use serde_json::{Value, json};

use super::house::{Answer, House};

const ESTATE: &str = r#"{"type":"ci","key":"site/ham","name":"Hamburg","class":"site"}
{"type":"ci","key":"site/ber","name":"Berlin","class":"site"}
{"type":"ci","key":"pdu/a","name":"pdu-a","class":"device","site":"site/ham"}
{"type":"ci","key":"pdu/b","name":"pdu-b","class":"device","site":"site/ber"}
{"type":"ci","key":"device/hv-1","name":"hv-1","class":"device","attributes":{"redundancy":[{"needed":1,"among":["pdu/a","pdu/b"]}]}}
{"type":"ci","key":"vm/a","name":"a","class":"vm"}
{"type":"ci","key":"service/mail","name":"mail","class":"service"}
{"type":"ci","key":"vm/lonely","name":"lonely","class":"vm"}
{"type":"relation","kind":"powered_by","from":"device/hv-1","to":"pdu/a"}
{"type":"relation","kind":"powered_by","from":"device/hv-1","to":"pdu/b"}
{"type":"relation","kind":"runs_on","from":"vm/a","to":"device/hv-1"}
{"type":"relation","kind":"depends_on","from":"service/mail","to":"vm/a"}
"#;

async fn house() -> (House, String) {
    let house = House::new().await;
    let admin = house.admin().await;
    house.import(&admin, ESTATE).await;
    (house, admin)
}

async fn ask(house: &House, token: &str, body: &Value) -> Answer {
    house.post("/sync/v1/package").token(token).json(body).go().await
}

async fn package(house: &House, token: &str, body: &Value) -> Package {
    let answer = ask(house, token, body).await.expect(200);
    assert_eq!(
        answer.header("x-sync-proto"),
        domain::sync::PROTOCOL.to_string(),
        "a client tells it from a portal"
    );
    serde_json::from_value(answer.json()).unwrap()
}

fn keys(package: &Package) -> BTreeSet<&str> {
    package.cis.iter().map(|ci| ci.key.as_str()).collect()
}

/// A release of the caller, whose steps touch these CIs.
async fn release_on(house: &House, token: &str, cis: &[&str]) -> Value {
    let targets: Vec<Value> = cis
        .iter()
        .map(|ci| json!({"ci": ci, "action": "upgrade", "outage": "down"}))
        .collect();
    let body = json!({
        "fields": {"title": "Power work", "release_type": "standard"},
        "steps": [{"title": "Swap", "targets": targets}],
    });
    let answer = house.draft(token, &body).await;
    answer.json()["view"]["release"]["id"].clone()
}

/// The graph as a device builds it.
fn index(package: &Package) -> Index {
    let mut builder = Builder::new();
    for ci in &package.cis {
        builder.ci(Node::from(ci)).unwrap();
    }
    for it in &package.relations {
        builder
            .relation(it.kind, it.from.as_str(), it.to.as_str())
            .unwrap();
    }
    builder.build()
}

#[tokio::test]
async fn a_package_tells_the_impact_as_the_server_does() {
    let (house, admin) = house().await;
    let release = release_on(&house, &admin, &["pdu/a"]).await;
    let package = package(&house, &admin, &json!({"releases": [release]})).await;
    let expected = ["device/hv-1", "pdu/a", "pdu/b", "service/mail", "vm/a"];
    assert_eq!(keys(&package), BTreeSet::from(expected));
    assert_eq!((package.relations.len(), package.cut), (4, 0));
    assert_eq!(package.at.0, house.store.head());
    assert!(package.classes.iter().any(|class| class.key.as_str() == "vm"));
    assert!(!package.directory.people.is_empty() && !package.directory.release_types.is_empty());

    let index = index(&package);
    for (down, total) in [(&["pdu/a"][..], 1), (&["pdu/a", "pdu/b"], 3)] {
        let body = json!({"down": down});
        let server = house
            .post("/api/v1/impact")
            .token(&admin)
            .json(&body)
            .go()
            .await
            .expect(200);
        let nodes: Vec<_> = down.iter().map(|key| index.node(key).unwrap()).collect();
        let here = impact(&index, &nodes, Direction::Dependants, None);
        assert_eq!(here.len(), total);
        assert_eq!(
            serde_json::to_value(answer(&index, &here, 100)).unwrap(),
            server.json()
        );
    }
}

#[tokio::test]
async fn a_site_brings_what_stands_in_it() {
    let (house, admin) = house().await;
    let package = package(&house, &admin, &json!({"sites": ["site/ham", "site/nowhere"]})).await;
    let expected = [
        "device/hv-1",
        "pdu/a",
        "pdu/b",
        "service/mail",
        "site/ham",
        "vm/a",
    ];
    assert_eq!(keys(&package), BTreeSet::from(expected));
}

#[tokio::test]
async fn a_site_names_the_releases_about_it_that_one_may_see() {
    let (house, admin) = house().await;
    let here = release_on(&house, &admin, &["pdu/a"]).await;
    release_on(&house, &admin, &["vm/lonely"]).await;
    let asked = json!({"sites": ["site/ham"]});
    let named = |package: Package| serde_json::to_value(package.releases).unwrap();
    assert_eq!(named(package(&house, &admin, &asked).await), json!([here]));
    let person = house.person("sam", &[Role::CmdbViewer], false).await;
    let sam = house.token_of(person, &[Scope::Read]).await;
    assert_eq!(named(package(&house, &sam, &asked).await), json!([]));
}

#[tokio::test]
async fn releases_that_may_not_be_seen_add_nothing_and_are_not_told_from_unknown_ones() {
    let (house, admin) = house().await;
    let hidden = release_on(&house, &admin, &["vm/lonely"]).await;
    let person = house.person("sam", &[Role::CmdbViewer], false).await;
    let sam = house.token_of(person, &[Scope::Read]).await;
    for release in [hidden, json!("01JD3Q7V3M8Z6N4K2T9R5W1XYZ")] {
        let package = package(&house, &sam, &json!({"releases": [release]})).await;
        assert_eq!((keys(&package), package.cut), (BTreeSet::new(), 0));
    }
}

#[tokio::test]
async fn without_the_right_to_see_the_cmdb_there_is_no_package() {
    let (house, _) = house().await;
    let person = house.person("eve", &[], true).await;
    let eve = house.token_of(person, &[Scope::Read, Scope::Write]).await;
    let answer = ask(&house, &eve, &json!({"sites": ["site/ham"]})).await;
    answer.expect_problem(403, "not_allowed");
}

#[tokio::test]
async fn bad_requests_are_told_apart() {
    let (house, admin) = house().await;
    let id = "01JD3Q7V3M8Z6N4K2T9R5W1XYZ";
    for (body, at) in [
        (json!({"releases": vec![id; 501]}), "releases"),
        (json!({"sites": vec!["site/ham"; 21]}), "sites"),
        (json!({"releases": ["nonsense"]}), "releases[0]"),
        (json!({"sites": [7]}), "sites[0]"),
    ] {
        let answer = ask(&house, &admin, &body).await.expect_problem(422, "invalid");
        assert_eq!(answer.json()["errors"][0]["at"], at, "{answer:?}");
    }
    let raw = |body: Vec<u8>| {
        house
            .post("/sync/v1/package")
            .token(&admin)
            .raw("application/json", body)
    };
    raw(b"{\"sites\": [".to_vec())
        .go()
        .await
        .expect_problem(400, "malformed");
    raw(vec![b' '; 300 * 1024])
        .go()
        .await
        .expect_problem(413, "too_large");
    let most = json!({"releases": vec![id; 500], "sites": vec!["site/ham"; 20]});
    ask(&house, &admin, &most).await.expect(200);
}
