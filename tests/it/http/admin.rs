use domain::access::{Role, Scope};
use serde_json::json;

use super::house::House;

#[tokio::test]
async fn the_audit_is_for_administrators_and_names_who_made_a_token() {
    let house = House::new().await;
    let admin = house.admin().await;
    let ann = house.person("ann", &[Role::CmdbViewer], true).await;
    let token = house
        .token_of(ann, &[Scope::Read, Scope::Write, Scope::Admin])
        .await;
    house
        .get("/api/v1/admin/audit")
        .token(&token)
        .go()
        .await
        .expect_problem(403, "not_allowed");
    house
        .post("/api/v1/tokens")
        .token(&token)
        .json(&json!({ "name": "robot", "scopes": ["read"] }))
        .go()
        .await
        .expect(201);
    let page = house
        .get(&format!("/api/v1/admin/audit?by={ann}&register=tokens"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(page["total"], 1);
    assert_eq!(page["items"][0]["label"], "robot");
    assert_eq!(page["items"][0]["by"], "ann the tester");
    for wrong in ["limit=0", "after=x", "limit=x"] {
        let answer = house
            .get(&format!("/api/v1/admin/audit?{wrong}"))
            .token(&admin)
            .go()
            .await;
        answer.expect_problem(422, "invalid");
    }
}
