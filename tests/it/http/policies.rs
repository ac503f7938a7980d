use std::collections::BTreeSet;

use domain::access::Scope;
use serde_json::json;
use server::http::policy::Policy;
use server::http::routes::{Verb, table};

use super::house::House;

/// A path with something in each placeholder.
fn filled(path: &str) -> String {
    path.replace("{key}", "some%2Fkey")
        .replace("{id}", "01JD3Q7V3M8Z6N4K2T9R5W1XYZ")
        .replace("{sha256}", &"ab".repeat(32))
        .replace("{number}", "REL-000123")
        .replace("{function}", "current")
        .replace("{delivery}", "7")
        .replace("{rev}", "7")
        .replace("{document}", "01JD3Q7V3M8Z6N4K2T9R5W1XYZ")
}

/// What is open to everybody, on purpose. A new route is not among them unless somebody writes it here.
const OPEN: [&str; 5] = [
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /api/v1/openapi.json",
    "POST /api/session/{function}",
];

#[tokio::test]
async fn every_route_but_the_open_ones_asks_who_is_there_before_anything_else() {
    let house = House::new().await;
    for route in table() {
        let name = format!("{} {}", route.verb.as_str(), route.path);
        assert_eq!(
            route.policy == Policy::Public,
            OPEN.contains(&name.as_str()),
            "{name}"
        );
        if route.policy == Policy::Public {
            continue;
        }
        let answer = house
            .ask(route.verb.as_str(), &filled(route.path))
            .raw("text/nonsense", "{{{")
            .go()
            .await;
        assert_eq!(answer.status, 401, "{name}");
        answer.expect_problem(401, "not_signed_in");
    }
}

#[tokio::test]
async fn every_route_refuses_somebody_without_any_right_or_scope() {
    let house = House::new().await;
    let nobody = house.person("nob", &[], false).await;
    let powerless = house.token_of(nobody, &[]).await;
    for route in table().iter().filter(|route| route.policy != Policy::Public) {
        let answer = house
            .ask(route.verb.as_str(), &filled(route.path))
            .token(&powerless)
            .raw("text/nonsense", "{{{")
            .go()
            .await;
        assert_eq!(answer.status, 403, "{} {}", route.verb.as_str(), route.path);
    }
    // With every scope, the person's missing rights still count.
    let scoped = house
        .token_of(nobody, &[Scope::Read, Scope::Write, Scope::Import, Scope::Admin])
        .await;
    for route in table() {
        if matches!(route.policy, Policy::Deed(_)) {
            let ask = house.ask(route.verb.as_str(), &filled(route.path)).token(&scoped);
            let answer = ask.json(&json!({})).go().await;
            assert_eq!(answer.status, 403, "{} {}", route.verb.as_str(), route.path);
        }
    }
}

#[tokio::test]
async fn no_route_of_the_interface_passes_over_a_name_it_does_not_know() {
    let house = House::new().await;
    let admin = house.admin().await;
    for route in table().iter().filter(|route| route.path.starts_with("/api/v1/")) {
        let name = format!("{} {}", route.verb.as_str(), route.path);
        let ask = |query: &str| {
            let path = format!("{}?{query}", filled(route.path));
            house.ask(route.verb.as_str(), &path).token(&admin)
        };
        let answer = ask("stge=draft").json(&json!({})).go().await;
        let problem = answer.expect_problem(422, "invalid").json();
        assert_eq!(problem["errors"][0]["at"], "stge", "{name}");
        // A filter that was left blank is none, and who may not ask is not told what there is to ask for.
        let answer = ask("stge=").json(&json!({})).go().await;
        assert!(
            answer.status.is_success() || !answer.json().to_string().contains("stge"),
            "{name}"
        );
        if route.policy != Policy::Public {
            let path = format!("{}?stge=draft", filled(route.path));
            let answer = house.ask(route.verb.as_str(), &path).go().await;
            answer.expect_problem(401, "not_signed_in");
        }
    }
}

#[tokio::test]
async fn other_methods_are_refused_and_told_which_there_are() {
    let house = House::new().await;
    let paths: BTreeSet<&str> = table().iter().map(|route| route.path).collect();
    for path in paths {
        let offered: BTreeSet<Verb> = table()
            .iter()
            .filter(|route| route.path == path)
            .map(|route| route.verb)
            .collect();
        let answer = house
            .ask("PUT", &filled(path))
            .go()
            .await
            .expect_problem(405, "method_not_allowed");
        for verb in offered {
            assert!(
                answer.header("allow").contains(verb.as_str()),
                "{path}: {:?}",
                answer.headers
            );
        }
    }
}

#[tokio::test]
async fn nothing_at_an_address_is_a_problem_too() {
    let house = House::new().await;
    for path in [
        "/api/v1/nothing",
        "/api",
        "/sync/v2/push",
        "/pkg/gone.js",
        "/api/v1/cis/",
        "/api/session/x/y",
    ] {
        house.get(path).go().await.expect_problem(404, "not_found");
    }
    house
        .post("/api/session/unknown")
        .json(&json!({}))
        .go()
        .await
        .expect_problem(404, "not_found");
}

/// The router is built from the table alone; a route added elsewhere would have no policy.
#[test]
fn no_other_place_adds_routes() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                for adding in [".route(", ".route_service(", ".nest(", ".nest_service("] {
                    for _ in text.matches(adding) {
                        found.push(format!("{}: {adding}", path.file_name().unwrap().display()));
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    look(
        &std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../server/src"),
        &mut found,
    );
    assert_eq!(found, ["http.rs: .route("]);
}

#[tokio::test]
async fn every_answer_limits_what_a_browser_does_with_it() {
    let house = House::new().await;
    for path in ["/", "/healthz", "/api/v1/me", "/api/v1/nothing"] {
        let answer = house.get(path).go().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !answer.header("permissions-policy").is_empty() && !answer.header("referrer-policy").is_empty()
        );
    }
    assert_eq!(
        house.get("/api/v1/me").go().await.header("cache-control"),
        "no-store"
    );
}

#[tokio::test]
async fn requests_are_counted_by_template() {
    let house = House::new().await;
    let admin = house.admin().await;
    house
        .get("/api/v1/cis/a%2Fb")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
    let metrics = house.get("/metrics").go().await.expect(200);
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(
        text.contains("route=\"/api/v1/cis/{key}\",method=\"GET\",status=\"404\""),
        "{text}"
    );
    assert!(
        text.contains("slipway_head_revision ") && text.contains("slipway_graph_cis "),
        "{text}"
    );
    house.get("/healthz").go().await.expect(200);
    house.get("/readyz").go().await.expect(200);
}
