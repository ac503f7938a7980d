use serde_json::json;

use super::house::House;

#[tokio::test]
async fn garbage_bodies_are_told_apart() {
    let house = House::new().await;
    let admin = house.admin().await;
    let send = |kind: &str, body: &[u8]| {
        house
            .post("/api/v1/impact")
            .token(&admin)
            .raw(kind, body.to_vec())
    };
    for body in [
        &b""[..],
        b"{",
        b"{\"down\": [\"a\",",
        b"\xff\xfe\x00",
        b"{\"down\": []} {}",
        b"nope",
    ] {
        send("application/json", body)
            .go()
            .await
            .expect_problem(400, "malformed");
    }
    let deep = "[".repeat(100_000);
    send("application/json", deep.as_bytes())
        .go()
        .await
        .expect_problem(422, "invalid");
    let deep = format!("{{\"down\": [], \"x\": {deep}");
    send("application/json", deep.as_bytes())
        .go()
        .await
        .expect_problem(422, "invalid");
    let wrong = send("application/json", br#"{"down": [1]}"#)
        .go()
        .await
        .expect_problem(422, "invalid");
    assert_eq!(wrong.json()["errors"][0]["at"], "down[0]", "{wrong:?}");
    let wrong = send("application/json", br#"{"down": ["a"], "depth": 3}"#)
        .go()
        .await
        .expect_problem(422, "invalid");
    assert!(
        wrong.json()["detail"].as_str().unwrap().contains("depth"),
        "{wrong:?}"
    );
    send("application/json", b"[]")
        .go()
        .await
        .expect_problem(422, "invalid");
    send("text/plain", b"{}")
        .go()
        .await
        .expect_problem(415, "wrong_content_type");
    house
        .post("/api/v1/impact")
        .token(&admin)
        .go()
        .await
        .expect_problem(415, "wrong_content_type");
    send("application/json; charset=utf-8", br#"{"down": []}"#)
        .go()
        .await
        .expect_problem(422, "invalid");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let house = House::new().await;
    let admin = house.admin().await;
    let long = json!({"down": ["x".repeat(300 * 1024)]});
    house
        .post("/api/v1/impact")
        .token(&admin)
        .json(&long)
        .go()
        .await
        .expect_problem(413, "too_large");
    house
        .post("/api/session/current")
        .json(&long)
        .go()
        .await
        .expect_problem(413, "too_large");
    house
        .post("/api/v1/imports?format=ndjson")
        .token(&admin)
        .with("content-length", "99999999999999")
        .raw("application/x-ndjson", "")
        .go()
        .await
        .expect_problem(413, "too_large");
}

#[tokio::test]
async fn messages_do_not_grow_with_what_was_sent() {
    let house = House::new().await;
    let admin = house.admin().await;
    let long = json!({"down": ["x".repeat(100_000)]});
    let answer = house
        .post("/api/v1/impact")
        .token(&admin)
        .json(&long)
        .go()
        .await
        .expect_problem(422, "invalid");
    assert!(answer.body.len() < 2_000);
    let key = "y".repeat(10_000);
    let answer = house
        .get(&format!("/api/v1/cis/{key}"))
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
    assert!(answer.body.len() < 2_000);
}

#[tokio::test]
async fn server_functions_follow_the_same_rules() {
    let house = House::new().await;
    let send = |kind: &str, body: &str| house.post("/api/session/sign_in").raw(kind, body.to_owned());
    send("application/json", "{")
        .go()
        .await
        .expect_problem(400, "malformed");
    send("application/json", "{\"login\": 1}")
        .go()
        .await
        .expect_problem(422, "invalid_body");
    send("text/plain", "{}")
        .go()
        .await
        .expect_problem(415, "wrong_content_type");
    // A form post by a browser that accepts HTML is not redirected anywhere.
    let answer = send("application/json", "{\"login\": \"a\", \"password\": \"b\"}")
        .with("accept", "text/html")
        .with("referer", "https://evil.test/")
        .go()
        .await
        .expect_problem(401, "not_signed_in");
    assert_eq!(answer.header("location"), "");
}

#[tokio::test]
async fn wrong_queries_name_the_parameter() {
    let house = House::new().await;
    let admin = house.admin().await;
    for (query, at) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("lifecycle=dead", "lifecycle"),
    ] {
        let answer = house
            .get(&format!("/api/v1/cis?{query}"))
            .token(&admin)
            .go()
            .await
            .expect_problem(422, "invalid");
        assert_eq!(answer.json()["errors"][0]["at"], at, "{answer:?}");
    }
    house
        .get("/api/v1/cis?class=&q=&limit=5")
        .token(&admin)
        .go()
        .await
        .expect(200);
    house
        .get("/api/v1/imports/not-an-id")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
    house
        .get("/api/v1/releases/REL-x")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
    house
        .get("/api/v1/cis/%ff%fe")
        .token(&admin)
        .go()
        .await
        .expect_problem(400, "malformed");
}
