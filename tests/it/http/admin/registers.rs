//! What all registers have in common, said of units and people.

use super::*;

#[tokio::test]
async fn a_record_is_made_found_changed_retired_and_given_back_and_all_of_it_is_in_the_audit() {
    let office = Office::new().await;
    let unit = office
        .make("units", json!({ "name": " Harbour ", "kind": "branch" }))
        .await;
    assert_eq!((&unit["name"], &unit["version"]), (&json!("Harbour"), &json!(1)));
    let path = format!("/api/v1/admin/units/{}", id(&unit));
    assert_eq!(office.get(&path).await.expect(200).json(), unit);

    let changed = office
        .patch(
            &path,
            json!({ "version": 1, "kind": null, "name": "Harbour East" }),
        )
        .await;
    let changed = changed.expect(200).json();
    assert_eq!(
        changed,
        json!({ "id": id(&unit), "version": 2, "name": "Harbour East" })
    );
    // The same again changes nothing and is no new version.
    let same = office
        .patch(&path, json!({ "version": 2, "name": "Harbour East" }))
        .await;
    assert_eq!(same.expect(200).json()["version"], 2);

    office.delete(&path).await.expect(204);
    office.delete(&path).await.expect(204);
    let listed = async |query: &str| {
        office
            .get(&format!("/api/v1/admin/units{query}"))
            .await
            .expect(200)
            .json()
    };
    assert_eq!(listed("").await["total"], 0);
    assert_eq!(listed("?retired=true").await["items"][0]["retired"], true);
    assert_eq!(office.get(&path).await.expect(200).json()["retired"], true);
    office
        .patch(&path, json!({ "version": 3, "retired": false }))
        .await
        .expect(200);
    assert_eq!(listed("?q=EAST").await["total"], 1);
    assert_eq!(listed("?q=west").await["total"], 0);

    let audit = format!("/api/v1/admin/audit?register=units&record={}", id(&unit));
    let audit = office.get(&audit).await.expect(200).json();
    let deeds: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["deed"].clone())
        .collect();
    assert_eq!(deeds, ["restored", "retired", "changed", "created"]);
    let change = &audit["items"][2];
    assert_eq!(change["before"], json!({ "name": "Harbour", "kind": "branch" }));
    assert_eq!(change["after"], json!({ "name": "Harbour East" }));
    assert_eq!(change["by"], "admin the tester");
}

#[tokio::test]
async fn a_change_of_an_older_version_is_refused_with_both_values() {
    let office = Office::new().await;
    let unit = office.make("units", json!({ "name": "Harbour" })).await;
    let path = format!("/api/v1/admin/units/{}", id(&unit));
    office
        .patch(&path, json!({ "version": 1, "name": "Theirs" }))
        .await
        .expect(200);
    let refused = office.patch(&path, json!({ "version": 1, "name": "Mine" })).await;
    let problem = refused.expect_problem(409, "stale").json();
    assert_eq!(problem["current"]["name"], "Theirs");
    assert_eq!(problem["current"]["version"], 2);
    let error = &problem["errors"][0];
    assert_eq!(error["at"], "name");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("Theirs") && message.contains("Mine"),
        "{message}"
    );
    assert_eq!(office.get(&path).await.json()["name"], "Theirs");
}

#[tokio::test]
async fn two_changes_of_one_version_at_once_have_one_winner() {
    let office = Office::new().await;
    let unit = office.make("units", json!({ "name": "Harbour" })).await;
    let path = format!("/api/v1/admin/units/{}", id(&unit));
    let one = office.patch(&path, json!({ "version": 1, "name": "One" }));
    let two = office.patch(&path, json!({ "version": 1, "name": "Two" }));
    let (one, two) = tokio::join!(one, two);
    let mut answers = [one.status.as_u16(), two.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
}

#[tokio::test]
async fn what_is_wrong_or_taken_names_its_field() {
    let office = Office::new().await;
    office.make("units", json!({ "name": "Harbour" })).await;
    let taken = office
        .post("/api/v1/admin/units", json!({ "name": "HARBOUR" }))
        .await;
    assert_eq!(field(&taken.expect_problem(409, "taken")), "name");
    office
        .make("users", json!({ "login": "ann", "name": "Ann" }))
        .await;
    let taken = office
        .post("/api/v1/admin/users", json!({ "login": "Ann", "name": "Other" }))
        .await;
    assert_eq!(field(&taken.expect_problem(409, "taken")), "login");
    let crew = office.crew().await;
    office.make("groups", json!({ "name": "Night" })).await;
    let path = format!("/api/v1/admin/groups/{}", id(&crew));
    let taken = office
        .patch(&path, json!({ "version": crew["version"], "name": "Night" }))
        .await;
    assert_eq!(field(&taken.expect_problem(409, "taken")), "name");
    let taken = office
        .post("/api/v1/admin/groups", json!({ "name": "nIGHT" }))
        .await;
    assert_eq!(field(&taken.expect_problem(409, "taken")), "name");
    let capitals = json!({ "version": crew["version"], "name": "CREW" });
    office.patch(&path, capitals).await.expect(200);

    let nobody = "01JD3Q7V3M8Z6N4K2T9R5W1XYZ";
    for (register, body, at) in [
        ("units", json!({ "name": " " }), "name"),
        ("units", json!({ "name": "x".repeat(201) }), "name"),
        ("units", json!({ "name": "A", "colour": "red" }), "colour"),
        ("units", json!({ "name": 7 }), "name"),
        ("users", json!({ "login": "a b", "name": "A" }), "login"),
        (
            "users",
            json!({ "login": "bob", "name": "Bob", "email": "bob" }),
            "email",
        ),
        (
            "users",
            json!({ "login": "bob", "name": "Bob", "groups": [nobody] }),
            "groups",
        ),
        (
            "users",
            json!({ "login": "bob", "name": "Bob", "unit": nobody }),
            "unit",
        ),
        (
            "users",
            json!({ "login": "bob", "name": "Bob", "password": "short" }),
            "password",
        ),
        ("groups", json!({ "name": "G", "leader": nobody }), "leader"),
        ("groups", json!({ "name": "G", "members": [nobody] }), "members"),
        ("groups", json!({ "name": "G", "emails": ["x"] }), "emails[0]"),
        (
            "groups",
            json!({ "name": "G", "contracts": [nobody] }),
            "contracts",
        ),
        (
            "groups",
            json!({ "name": "G", "rights": { "view": { "only": ["unheard-of"] } } }),
            "rights",
        ),
        ("contracts", json!({ "name": "C", "groups": [nobody] }), "groups"),
        (
            "contracts",
            json!({ "name": "C", "starts": "2026-02-02", "ends": "2026-02-01" }),
            "ends",
        ),
    ] {
        let refused = office
            .post(&format!("/api/v1/admin/{register}"), body.clone())
            .await;
        let refused = refused.expect_problem(422, "invalid");
        assert!(
            field(&refused).contains(at) || at == "colour",
            "{body}: {:?}",
            refused.json()
        );
    }
    let unknown = office
        .patch(&format!("/api/v1/admin/units/{nobody}"), json!({ "version": 1 }))
        .await;
    unknown.expect_problem(404, "not_found");
}

#[tokio::test]
async fn pages_of_a_register_cover_it_once_by_name() {
    let office = Office::new().await;
    for n in [5, 3, 1, 4, 2] {
        office
            .make(
                "categories",
                json!({ "kind": "journal_source", "name": format!("Source {n}") }),
            )
            .await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/admin/categories?limit=2{after}");
        let page = office.get(&path).await.expect(200).json();
        assert_eq!(page["total"], 5);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["name"].clone()),
        );
        match page["next"].as_str() {
            Some(next) => {
                after = format!("&after={}", next.replace('\n', "%0A").replace(' ', "%20"));
            }
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5].map(|n| json!(format!("Source {n}"))));
    let directory = office.get("/api/v1/directory").await.expect(200).json();
    assert_eq!(directory["categories"][0]["name"], "Source 1");
}

#[tokio::test]
async fn nobody_but_an_administrator_administers() {
    let office = Office::new().await;
    let ann = office
        .house
        .person("ann", &[Role::CmdbViewer, Role::CmdbKeeper], true)
        .await;
    let all = [Scope::Read, Scope::Write, Scope::Import, Scope::Admin];
    let ann = office.house.token_of(ann, &all).await;
    let unit = office.make("units", json!({ "name": "Harbour" })).await;
    let crew = office.crew().await;
    for (method, path) in [
        ("GET", "users".to_owned()),
        ("POST", "users".to_owned()),
        ("GET", "groups".to_owned()),
        ("GET", format!("groups/{}", id(&crew))),
        ("PATCH", format!("groups/{}", id(&crew))),
        ("DELETE", format!("groups/{}", id(&crew))),
        ("GET", format!("units/{}", id(&unit))),
        ("PATCH", format!("units/{}", id(&unit))),
        ("DELETE", format!("units/{}", id(&unit))),
        ("GET", "rights".to_owned()),
        ("PATCH", "rights".to_owned()),
        ("GET", "tokens".to_owned()),
        ("GET", "audit".to_owned()),
    ] {
        let body = json!({ "version": 1, "name": "x", "login": "x", "changes": [] });
        let path = format!("/api/v1/admin/{path}");
        let answer = office.house.ask(method, &path).token(&ann).json(&body).go().await;
        answer.expect_problem(403, "not_allowed");
    }
}
