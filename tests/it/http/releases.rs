use domain::access::{Role, Scope};
use serde_json::{Value, json};
use ulid::Ulid;

use super::house::House;

const ESTATE: &str = r#"{"type":"ci","key":"device/hv-1","name":"hv-1","class":"device"}
{"type":"ci","key":"vm/a","name":"a","class":"vm"}
{"type":"ci","key":"service/mail","name":"mail","class":"service"}
{"type":"relation","kind":"runs_on","from":"vm/a","to":"device/hv-1"}
{"type":"relation","kind":"depends_on","from":"service/mail","to":"vm/a"}
"#;

async fn house() -> (House, String) {
    let house = House::new().await;
    let admin = house.admin().await;
    house.import(&admin, ESTATE).await;
    (house, admin)
}

fn draft(requester: &str, group: &str) -> Value {
    json!({
        "fields": {
            "title": "Firmware of hv-1",
            "release_type": "standard",
            "requester": requester,
            "assignment_group": group,
            "planned_start": "2027-03-01T20:00:00Z",
            "planned_end": "2027-03-01T23:00:00Z",
        },
        "steps": [
            {"title": "Drain", "minutes": 30, "back_out": "Undrain", "targets": [{"ci": "vm/a", "action": "move", "outage": "none"}]},
            {"title": "Flash", "minutes": 45, "back_out": "Flash the old image", "run": "flash --all",
             "targets": [{"ci": "device/hv-1", "action": "upgrade", "outage": "down"}]}
        ]
    })
}

async fn drafted(house: &House, token: &str) -> Value {
    let me = house.get("/api/v1/me").token(token).go().await.expect(200).json();
    let directory = house
        .get("/api/v1/directory")
        .token(token)
        .go()
        .await
        .expect(200)
        .json();
    let group = directory["groups"][0]["id"].as_str().unwrap();
    let body = draft(me["actor"]["user"].as_str().unwrap(), group);
    let answer = house.draft(token, &body).await;
    let view = answer.json()["view"].clone();
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/releases/{}", view["number"].as_str().unwrap())
    );
    view
}

#[tokio::test]
async fn a_release_is_drafted_looked_at_and_submitted() {
    let (house, admin) = house().await;
    let view = drafted(&house, &admin).await;
    let number = view["number"].as_str().unwrap();
    let path = format!("/api/v1/releases/{number}");
    let impact = house
        .get(&format!("{path}/impact"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(impact["whole"]["total"], 2, "{impact}");
    assert_eq!(
        impact["steps"].as_array().unwrap().len(),
        1,
        "only the step that takes something down"
    );
    let order = house
        .get(&format!("{path}/order"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(
        order["waves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|wave| wave.as_array().unwrap().len())
            .sum::<usize>(),
        2
    );

    let commands = house.post(&format!("{path}/commands"));
    let answer = commands
        .token(&admin)
        .json(&json!([
            {"command": "set", "field": "description", "value": "New firmware"},
            {"command": "add_step", "title": "Verify", "minutes": 5, "back_out": "None needed",
             "targets": [{"ci": "service/mail", "action": "verify", "outage": "none"}]},
        ]))
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(answer["outcomes"].as_array().unwrap().len(), 2);
    let view = house.get(&path).token(&admin).go().await.expect(200).json();
    assert_eq!(view["unmet"], json!([]), "{}", view["unmet"]);

    let submit = |seen: &Value| {
        let body = json!({"command": "submit", "seen": seen});
        house.post(&format!("{path}/commands")).token(&admin).json(&body)
    };
    submit(&json!("0".repeat(64)))
        .go()
        .await
        .expect_problem(409, "content_changed");
    let submitted = submit(&view["hash"]).go().await.expect(200).json();
    assert_eq!(submitted["view"]["stage"], "authorisation");
    house
        .post(&format!("{path}/commands"))
        .token(&admin)
        .json(&json!({"command": "set", "field": "title", "value": "Other"}))
        .go()
        .await
        .expect_problem(409, "frozen");
    let journal = house
        .get(&format!("{path}/journal"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert!(journal["total"].as_u64().unwrap() >= 5, "{journal}");
    let list = house
        .get("/api/v1/releases?stage=authorisation&q=firmware")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&list["total"], &list["items"][0]["number"]),
        (&json!(1), &json!(number))
    );
    assert_eq!(
        house
            .get("/api/v1/releases?view=drafts")
            .token(&admin)
            .go()
            .await
            .expect(200)
            .json()["total"],
        0
    );
}

#[tokio::test]
async fn several_commands_are_done_all_or_none() {
    let (house, admin) = house().await;
    let view = drafted(&house, &admin).await;
    let path = format!("/api/v1/releases/{}", view["number"].as_str().unwrap());
    let answer = house
        .post(&format!("{path}/commands"))
        .token(&admin)
        .json(&json!([
            {"command": "set", "field": "title", "value": "Never seen"},
            {"command": "link_ci", "ci": "device/none"},
        ]))
        .go()
        .await
        .expect_problem(422, "invalid");
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("device/none"),
        "{answer:?}"
    );
    let after = house.get(&path).token(&admin).go().await.expect(200).json();
    assert_eq!(after["title"], "Firmware of hv-1");
    for wrong in [
        json!([]),
        json!({"command": "dance"}),
        json!({"command": "set", "field": "colour", "value": "red"}),
        json!({"command": "set", "field": "title", "value": "x", "more": 1}),
        json!({"command": "set", "field": "planned_start", "value": "tomorrow"}),
        json!({"command": "delete_step", "step": Ulid::new().to_string()}),
        json!("set"),
    ] {
        house
            .post(&format!("{path}/commands"))
            .token(&admin)
            .json(&wrong)
            .go()
            .await
            .expect_problem(422, "invalid");
    }
}

#[tokio::test]
async fn what_one_may_not_see_is_not_there() {
    let (house, admin) = house().await;
    let view = drafted(&house, &admin).await;
    let number = view["number"].as_str().unwrap();
    let stranger = house.person("sam", &[Role::CmdbViewer], false).await;
    let token = house.token_of(stranger, &[Scope::Read, Scope::Write]).await;
    let missing = house
        .get("/api/v1/releases/REL-999999")
        .token(&token)
        .go()
        .await
        .expect_problem(404, "not_found");
    let hidden = house
        .get(&format!("/api/v1/releases/{number}"))
        .token(&token)
        .go()
        .await
        .expect_problem(404, "not_found");
    let text = |answer: &super::house::Answer| String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(text(&missing).replace("REL-999999", number), text(&hidden));
    for end in ["impact", "order", "journal"] {
        let path = format!("/api/v1/releases/{number}/{end}");
        house
            .get(&path)
            .token(&token)
            .go()
            .await
            .expect_problem(404, "not_found");
    }
    house
        .post(&format!("/api/v1/releases/{number}/commands"))
        .token(&token)
        .json(&json!({"command": "withdraw"}))
        .go()
        .await
        .expect_problem(404, "not_found");
    let list = house
        .get("/api/v1/releases")
        .token(&token)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!((&list["total"], &list["items"]), (&json!(0), &json!([])));
    house
        .post("/api/v1/releases")
        .token(&token)
        .json(&json!({}))
        .go()
        .await
        .expect_problem(403, "not_allowed");
}

#[tokio::test]
async fn pushes_are_answered_by_seq_and_pulls_bring_them_back() {
    let (house, admin) = house().await;
    let me = house
        .get("/api/v1/me")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    let (client, release) = (Ulid::new().to_string(), Ulid::new().to_string());
    let op = |seq: u64, op: Value| {
        json!({
            "id": {"client": client, "seq": seq}, "v": 1, "author": me["actor"]["user"],
            "made": {"wall": "2027-01-01T00:00:00Z"}, "release": release, "base_rev": 0,
            "gesture": Ulid::new().to_string(), "op": op,
        })
    };
    let push = |ops: Vec<Value>| {
        let body = json!({"proto": 1, "client": client, "ops": ops});
        house.post("/sync/v1/push").token(&admin).json(&body)
    };
    let create = op(1, json!({"kind": "create", "fields": {"title": "Pushed"}}));
    let first = push(vec![create.clone()]).go().await.expect(200);
    assert_eq!(first.header("x-sync-proto"), "2");
    assert_eq!(
        (&first.json()["answer"], &first.json()["through"]),
        (&json!("ok"), &json!(1)),
        "{}",
        first.json()
    );
    let again = push(vec![create]).go().await.expect(200).json();
    assert_eq!(
        again["outcomes"],
        first.json()["outcomes"],
        "a repeat gets the stored outcome"
    );
    let gap = push(vec![op(7, json!({"kind": "withdraw"}))])
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!((&gap["answer"], &gap["expected"]), (&json!("gap"), &json!(2)));

    let pull = json!({"proto": 2, "client": client, "follow": [release], "fresh": [release]});
    let pulled = house
        .post("/sync/v1/pull")
        .token(&admin)
        .json(&pull)
        .go()
        .await
        .expect(200);
    assert_eq!(pulled.header("x-sync-proto"), "2");
    assert_eq!(
        pulled.json()["changes"][0]["release"]["id"],
        json!(release),
        "{}",
        pulled.json()
    );
    push(vec![json!({"nothing": "known"})])
        .go()
        .await
        .expect_problem(422, "invalid");

    let other = house.person("bea", &[Role::CmdbViewer], true).await;
    let bea = house.token_of(other, &[Scope::Read, Scope::Write]).await;
    let body = json!({"proto": 1, "client": client, "ops": [op(2, json!({"kind": "withdraw"}))]});
    let wrong = house
        .post("/sync/v1/push")
        .token(&bea)
        .json(&body)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(wrong["answer"], "wrong_user");
}

#[tokio::test]
async fn a_field_that_is_none_is_named_where_it_stands() {
    let (house, admin) = house().await;
    let body = json!({ "fields": { "titel": "Swap" } });
    let refused = house
        .post("/api/v1/releases")
        .token(&admin)
        .json(&body)
        .go()
        .await;
    let wrong = refused.expect_problem(422, "invalid").json()["errors"][0].clone();
    assert_eq!(wrong["at"], "fields", "{wrong}");
    let message = wrong["message"].as_str().unwrap();
    assert!(
        message.starts_with("has no `titel`, expected one of `title`"),
        "{message}"
    );
}
