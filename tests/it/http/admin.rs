mod kinds;
mod registers;
mod scope;
mod teams;

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::{Answer, House};

/// A house with an administrator's token.
struct Office {
    house: House,
    admin: String,
}

impl Office {
    async fn new() -> Self {
        let house = House::new().await;
        let admin = house.admin().await;
        Self { house, admin }
    }

    async fn get(&self, path: &str) -> Answer {
        self.house.get(path).token(&self.admin).go().await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.house.post(path).token(&self.admin).json(&body).go().await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.house
            .ask("PATCH", path)
            .token(&self.admin)
            .json(&body)
            .go()
            .await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.house.ask("DELETE", path).token(&self.admin).go().await
    }

    /// Makes a record; what is kept.
    async fn make(&self, register: &str, body: Value) -> Value {
        let path = format!("/api/v1/admin/{register}");
        self.post(&path, body).await.expect(201).json()
    }

    /// The crew that a house begins with.
    async fn crew(&self) -> Value {
        let groups = self.get("/api/v1/admin/groups?q=crew").await.expect(200).json();
        groups["items"][0].clone()
    }
}

/// The one field that a refusal is about.
fn field(answer: &Answer) -> String {
    answer.json()["errors"][0]["at"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

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
