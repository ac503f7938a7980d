//! Releases that are planned for the same time.

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::House;

/// A host with two switches of which one is enough, a VM on it, and a database apart.
const ESTATE: &str = r#"{"type":"ci","key":"sw-a","name":"sw-a","class":"device"}
{"type":"ci","key":"sw-b","name":"sw-b","class":"device"}
{"type":"ci","key":"host","name":"host","class":"device","attributes":{"redundancy":[{"needed":1,"among":["sw-a","sw-b"]}]}}
{"type":"ci","key":"vm","name":"vm","class":"vm"}
{"type":"ci","key":"db","name":"db","class":"database"}
{"type":"relation","kind":"depends_on","from":"host","to":"sw-a"}
{"type":"relation","kind":"depends_on","from":"host","to":"sw-b"}
{"type":"relation","kind":"runs_on","from":"vm","to":"host"}
"#;

async fn draft(house: &House, token: &str, title: &str, hours: [u32; 2], ci: &str, outage: &str) -> String {
    let at = |hour: u32| format!("2027-03-01T{hour:02}:00:00Z");
    let body = json!({
        "fields": { "title": title, "release_type": "standard", "planned_start": at(hours[0]), "planned_end": at(hours[1]) },
        "steps": [{ "title": "Work", "minutes": 5, "targets": [{ "ci": ci, "action": "upgrade", "outage": outage }] }],
    });
    let made = house.draft(token, &body).await;
    made.json()["view"]["number"].as_str().unwrap().to_owned()
}

async fn clashes(house: &House, token: &str, number: &str) -> Value {
    let path = format!("/api/v1/releases/{number}/clashes");
    house.get(&path).token(token).go().await.expect(200).json()
}

fn meets(clashes: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = clashes["items"].as_array().unwrap().iter();
    items
        .flat_map(|item| {
            let meets = item["meets"].as_array().unwrap().iter();
            meets.map(|meet| (text(&item["title"]), text(&meet["kind"]), text(&meet["key"])))
        })
        .collect()
}

#[tokio::test]
async fn what_overlaps_and_meets_is_named_with_both_ways() {
    let house = House::new().await;
    let admin = house.admin().await;
    house.import(&admin, ESTATE).await;
    let a = draft(&house, &admin, "Switch A", [10, 12], "sw-a", "down").await;
    draft(&house, &admin, "Switch B", [11, 13], "sw-b", "down").await;
    draft(&house, &admin, "Afterwards", [12, 14], "sw-b", "down").await;
    draft(&house, &admin, "Elsewhere", [10, 12], "db", "down").await;
    let found = clashes(&house, &admin, &a).await;
    assert_eq!(
        (&found["overlapping"], &found["compared"]),
        (&json!(2), &json!(2)),
        "{found}"
    );
    let named = |title: &str, kind: &str, key: &str| (title.to_owned(), kind.to_owned(), key.to_owned());
    assert_eq!(
        meets(&found),
        [
            named("Switch B", "redundancy", "host"),
            named("Switch B", "redundancy", "vm")
        ]
    );
    let first = &found["items"][0]["meets"][0];
    assert_eq!(first["ours"][0]["key"], "sw-a", "{first}");
    assert_eq!(first["theirs"][0]["key"], "sw-b");
    assert_eq!(first["ours"].as_array().unwrap().len(), 2);
    assert_eq!(found["items"][0]["counts"], json!({ "redundancy": 2 }));

    let vm = draft(&house, &admin, "The VM", [9, 11], "vm", "none").await;
    assert_eq!(
        meets(&clashes(&house, &admin, &vm).await),
        [],
        "one switch is enough for it"
    );
    draft(&house, &admin, "The host", [9, 10], "host", "down").await;
    let found = clashes(&house, &admin, &vm).await;
    assert_eq!(meets(&found), [named("The host", "we_need", "vm")]);
    assert_eq!(found["items"][0]["meets"][0]["theirs"][1]["kind"], "runs_on");

    // Others see only what is for them; without a time nothing can be said.
    let ann = house.person("ann", &[Role::CmdbViewer], false).await;
    let token = house.token_of(ann, &[Scope::Read, Scope::Write]).await;
    let path = format!("/api/v1/releases/{vm}/clashes");
    house
        .get(&path)
        .token(&token)
        .go()
        .await
        .expect_problem(404, "not_found");
    let body = json!({ "fields": { "title": "Some day" } });
    let made = house.draft(&admin, &body).await;
    let some_day = made.json()["view"]["number"].as_str().unwrap().to_owned();
    assert_eq!(
        clashes(&house, &admin, &some_day).await["overlapping"],
        Value::Null
    );
    house
        .get(&format!("{path}?limit=0"))
        .token(&admin)
        .go()
        .await
        .expect_problem(422, "invalid");
}
