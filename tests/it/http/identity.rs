use domain::access::{Role, Scope};
use serde_json::json;

use server::auth::proxy::TrustedProxies;
use server::http::Options;
use server::http::site::Site;

use super::house::{House, PASSWORD};

#[tokio::test]
async fn a_session_is_new_at_each_sign_in_and_ends_at_sign_out() {
    let house = House::new().await;
    house.person("ann", &[Role::CmdbViewer], false).await;
    let first = house.sign_in("ann").await;
    let me = house
        .get("/api/v1/me")
        .cookie(&first)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(me["login"], "ann");

    let again = house
        .post("/api/session/sign_in")
        .cookie(&first)
        .json(&json!({"login": "ANN", "password": PASSWORD}))
        .go()
        .await
        .expect(200);
    let second = again.cookie().unwrap();
    assert_ne!(first, second, "the id is renewed");
    house
        .get("/api/v1/me")
        .cookie(&first)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
    house.get("/api/v1/me").cookie(&second).go().await.expect(200);

    let out = house
        .post("/api/session/sign_out")
        .cookie(&second)
        .json(&json!({}))
        .go()
        .await
        .expect(200);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{out:?}");
    house
        .get("/api/v1/me")
        .cookie(&second)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
}

#[tokio::test]
async fn the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites() {
    let house = House::new().await;
    house.person("ann", &[], false).await;
    let answer = house.try_sign_in("ann", PASSWORD).await.expect(200);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite="),
        "{cookie}"
    );
}

#[tokio::test]
async fn wrong_password_and_unknown_person_look_the_same() {
    let house = House::new().await;
    let user = house.person("ann", &[], false).await;
    let wrong = house
        .try_sign_in("ann", "wrong")
        .await
        .expect_problem(401, "not_signed_in");
    let unknown = house
        .try_sign_in("nobody", "wrong")
        .await
        .expect_problem(401, "not_signed_in");
    assert_eq!(wrong.body, unknown.body);
    house.disable(user).await;
    let disabled = house
        .try_sign_in("ann", PASSWORD)
        .await
        .expect_problem(401, "not_signed_in");
    assert_eq!(wrong.body, disabled.body);
}

#[tokio::test]
async fn an_installation_without_people_says_how_to_make_the_first() {
    let house = House::new().await;
    let answer = house
        .try_sign_in("ann", PASSWORD)
        .await
        .expect_problem(401, "not_signed_in");
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("user add"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_when_to_try_again() {
    let house = House::new().await;
    house.person("ann", &[], false).await;
    for _ in 0..5 {
        house
            .try_sign_in("ann", "wrong")
            .await
            .expect_problem(401, "not_signed_in");
    }
    let answer = house
        .try_sign_in("ann", PASSWORD)
        .await
        .expect_problem(429, "too_often");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
}

#[tokio::test]
async fn behind_a_trusted_proxy_guesses_count_for_the_address_it_names() {
    let options = Options {
        proxies: TrustedProxies(vec!["10.0.0.1".parse().unwrap()]),
        ..Options::new(None, false)
    };
    let house = House::with(options, Site::none()).await;
    house.person("ann", &[], false).await;
    let guess = async |peer: &str, forwarded: &str| {
        let asked = house.signing_in("ann", "wrong").over(peer);
        asked.with("x-forwarded-for", forwarded).go().await.status
    };
    for n in 0..5 {
        assert_eq!(guess("10.0.0.1", &format!("192.0.2.{n}, 203.0.113.9")).await, 401);
    }
    assert_eq!(guess("10.0.0.1", "203.0.113.9").await, 429);
    assert_eq!(guess("10.0.0.1", "203.0.113.8").await, 401, "another client");
    // Nobody else is believed.
    assert_eq!(guess("203.0.113.9", "203.0.113.7").await, 429);
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once() {
    let house = House::new().await;
    let user = house.person("ann", &[], false).await;
    let cookie = house.sign_in("ann").await;
    let token = house.token_of(user, &[Scope::Read]).await;
    house.disable(user).await;
    house
        .get("/api/v1/me")
        .cookie(&cookie)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
    house
        .get("/api/v1/me")
        .token(&token)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
}

#[tokio::test]
async fn a_changing_request_under_a_cookie_comes_from_our_pages() {
    let house = House::new().await;
    house.person("ann", &[Role::CmdbViewer], false).await;
    let cookie = house.sign_in("ann").await;
    let body = json!({"down": ["x"]});
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("x-nothing", "said"),
    ] {
        house
            .post("/api/v1/impact")
            .with("cookie", &cookie)
            .with("host", "slipway.test")
            .with(name, value)
            .json(&body)
            .go()
            .await
            .expect_problem(403, "foreign_origin");
        house
            .post("/api/session/sign_out")
            .with("cookie", &cookie)
            .with("host", "slipway.test")
            .with(name, value)
            .json(&json!({}))
            .go()
            .await
            .expect_problem(403, "foreign_origin");
    }
    let own = house
        .post("/api/v1/impact")
        .with("cookie", &cookie)
        .with("host", "slipway.test")
        .with("origin", "http://slipway.test")
        .json(&body)
        .go()
        .await;
    assert_ne!(own.status.as_u16(), 403);
    // Reading is no change, and another site cannot read the answer.
    house
        .get("/api/v1/me")
        .with("cookie", &cookie)
        .with("sec-fetch-site", "cross-site")
        .go()
        .await
        .expect(200);
    // A foreign page cannot sign somebody in either.
    house
        .post("/api/session/sign_in")
        .with("sec-fetch-site", "cross-site")
        .json(&json!({"login": "ann", "password": PASSWORD}))
        .go()
        .await
        .expect_problem(403, "foreign_origin");
}

#[tokio::test]
async fn a_bad_token_is_not_made_good_by_a_cookie() {
    let house = House::new().await;
    house.person("ann", &[], false).await;
    let cookie = house.sign_in("ann").await;
    for value in [
        "Bearer slp_nonsense",
        "Bearer",
        "Basic YTpi",
        "slp_nonsense",
        "Bearer slp_a b c",
    ] {
        let answer = house
            .get("/api/v1/me")
            .cookie(&cookie)
            .with("authorization", value)
            .go()
            .await
            .expect_problem(401, "not_signed_in");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_no_more_than_its_owner() {
    let house = House::new().await;
    let keeper = house
        .person("kim", &[Role::CmdbViewer, Role::CmdbKeeper], false)
        .await;
    let viewer = house.person("vic", &[Role::CmdbViewer], false).await;
    let reading = house.token_of(keeper, &[Scope::Read]).await;
    let importing = house.token_of(keeper, &[Scope::Read, Scope::Import]).await;
    let hopeful = house
        .token_of(viewer, &[Scope::Read, Scope::Write, Scope::Import, Scope::Admin])
        .await;
    house.get("/api/v1/cis").token(&reading).go().await.expect(200);
    for token in [&reading, &hopeful] {
        house
            .get("/api/v1/imports")
            .token(token)
            .go()
            .await
            .expect_problem(403, "not_allowed");
    }
    house
        .get("/api/v1/imports")
        .token(&importing)
        .go()
        .await
        .expect(200);
    house
        .get("/api/v1/tokens")
        .token(&importing)
        .go()
        .await
        .expect_problem(403, "not_allowed");
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends_when_revoked() {
    let house = House::new().await;
    house.person("ann", &[Role::CmdbViewer], false).await;
    house.person("ben", &[Role::CmdbViewer], false).await;
    let ann = house.sign_in("ann").await;
    let made = house
        .post("/api/v1/tokens")
        .cookie(&ann)
        .json(&json!({"name": "robot", "scopes": ["read"]}))
        .go()
        .await
        .expect(201)
        .json();
    let token = made["token"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();
    assert!(token.starts_with("slp_"));
    house.get("/api/v1/me").token(token).go().await.expect(200);
    let listed = house.get("/api/v1/tokens").cookie(&ann).go().await.expect(200);
    assert!(
        !String::from_utf8_lossy(&listed.body).contains(token),
        "only its digest is kept"
    );
    assert_eq!(listed.json()[0]["name"], "robot");

    let ben = house.sign_in("ben").await;
    let path = format!("/api/v1/tokens/{id}");
    house
        .ask("DELETE", &path)
        .cookie(&ben)
        .go()
        .await
        .expect_problem(404, "not_found");
    house.ask("DELETE", &path).cookie(&ann).go().await.expect(204);
    house
        .get("/api/v1/me")
        .token(token)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
    for wrong in [
        json!({"name": " ", "scopes": ["read"]}),
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["read"], "expires": "2001-01-01T00:00:00Z"}),
    ] {
        house
            .post("/api/v1/tokens")
            .cookie(&ann)
            .json(&wrong)
            .go()
            .await
            .expect_problem(422, "invalid");
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let house = House::new().await;
    house.person("ann", &[], false).await;
    let here = house.sign_in("ann").await;
    let there = house.sign_in("ann").await;
    let change = |old: &str, new: &str| {
        house
            .post("/api/session/password")
            .cookie(&here)
            .json(&json!({"old": old, "new": new}))
    };
    change(PASSWORD, "short")
        .go()
        .await
        .expect_problem(422, "invalid");
    change("wrong wrong", "a much better one")
        .go()
        .await
        .expect_problem(422, "invalid");
    let answer = change(PASSWORD, "a much better one").go().await.expect(200);
    let renewed = answer.cookie().unwrap();
    for old in [&here, &there] {
        house
            .get("/api/v1/me")
            .cookie(old)
            .go()
            .await
            .expect_problem(401, "not_signed_in");
    }
    house.get("/api/v1/me").cookie(&renewed).go().await.expect(200);
    house
        .try_sign_in("ann", PASSWORD)
        .await
        .expect_problem(401, "not_signed_in");
    house.try_sign_in("ann", "a much better one").await.expect(200);
}

#[tokio::test]
async fn the_pages_learn_who_is_signed_in_also_when_nobody_is() {
    let house = House::new().await;
    house.person("ann", &[], false).await;
    let ask = || house.post("/api/session/current").json(&json!({}));
    assert!(ask().go().await.expect(200).json().is_null());
    let cookie = house.sign_in("ann").await;
    assert_eq!(
        ask().cookie(&cookie).go().await.expect(200).json()["login"],
        "ann"
    );
}
