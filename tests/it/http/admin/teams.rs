//! People, groups, their leaders and rights.

use domain::access::Right;

use super::*;

#[tokio::test]
async fn somebody_made_here_signs_in_until_they_are_retired() {
    let office = Office::new().await;
    let made = json!({ "login": "ann", "name": "Ann", "password": "correct horse battery", "roles": ["cmdb_viewer"] });
    let ann = office.make("users", made).await;
    assert!(ann.get("password").is_none());
    assert_eq!(ann["version"], 1, "person and password are one change");
    let cookie = office.house.sign_in("ann").await;
    let path = format!("/api/v1/admin/users/{}", id(&ann));
    office.delete(&path).await.expect(204);
    let me = office.house.get("/api/v1/me").cookie(&cookie).go().await;
    me.expect_problem(401, "not_signed_in");
    let refused = office.house.try_sign_in("ann", "correct horse battery").await;
    refused.expect_problem(401, "not_signed_in");
    let directory = office.get("/api/v1/directory").await.json();
    assert!(
        directory["people"]
            .as_array()
            .unwrap()
            .iter()
            .all(|person| person["login"] != "ann")
    );
    let former = json!([{ "id": id(&ann), "name": "Ann" }]);
    assert_eq!(
        directory["former"], former,
        "still named, and nothing else is told of her"
    );

    let now = office.get(&path).await.json();
    office
        .patch(&path, json!({ "version": now["version"], "retired": false }))
        .await
        .expect(200);
    office.house.sign_in("ann").await;
    let set = office
        .post(
            &format!("{path}/password"),
            json!({ "password": "a better one indeed" }),
        )
        .await;
    set.expect(204);
    office
        .house
        .try_sign_in("ann", "correct horse battery")
        .await
        .expect_problem(401, "not_signed_in");
    office
        .house
        .try_sign_in("ann", "a better one indeed")
        .await
        .expect(200);
    let weak = office
        .post(&format!("{path}/password"), json!({ "password": "short" }))
        .await;
    assert_eq!(field(&weak.expect_problem(422, "invalid")), "password");
    let audit = office
        .get(&format!("/api/v1/admin/audit?record={}&register=users", id(&ann)))
        .await
        .json();
    let text = audit.to_string();
    assert!(!text.contains("argon2") && !text.contains("better one"), "{text}");
    let deeds: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["deed"])
        .collect();
    assert_eq!(
        deeds,
        ["password_set", "restored", "retired", "password_set", "created"],
        "the first password is in the audit of its own"
    );
}

#[tokio::test]
async fn who_has_left_is_still_named_and_can_no_longer_be_chosen() {
    let office = Office::new().await;
    let house = &office.house;
    let all = [Scope::Read, Scope::Write];
    let author = house.person("bea", &[Role::CmdbViewer], true).await;
    let token = house.token_of(author, &all).await;
    let requester = house.person("ben", &[Role::CmdbViewer], true).await;
    let body = json!({
        "fields": {
            "title": "Swap", "release_type": "standard", "requester": requester.to_string(),
            "assignment_group": house.group.to_string(),
            "planned_start": "2027-03-05T20:00:00Z", "planned_end": "2027-03-05T23:00:00Z",
        },
        "steps": [{ "title": "Look", "minutes": 5 }],
    });
    let made = house.draft(&token, &body).await.json();
    let path = format!("/api/v1/releases/{}", made["view"]["number"].as_str().unwrap());
    let command = async |token: &str, command: Value| {
        let commands = format!("{path}/commands");
        house.post(&commands).token(token).json(&command).go().await
    };
    command(&token, json!({ "command": "submit" })).await.expect(200);
    let who = async |token: &str, action: &str| {
        let actions = house
            .get(&format!("{path}/actions"))
            .token(token)
            .go()
            .await
            .json();
        let all = actions["actions"].as_array().unwrap();
        let one = all.iter().find(|one| one["action"] == action).unwrap();
        one["unmet"][0]["who"].clone()
    };
    let fellow = house.person("carl", &[Role::CmdbViewer], true).await;
    let fellow = house.token_of(fellow, &all).await;
    let (withdraws, closes) = (who(&fellow, "withdraw").await, who(&fellow, "authorise").await);
    assert_eq!(withdraws[0]["name"], "bea the tester");
    assert_eq!(closes[0]["name"], "ben the tester");
    // One is retired, one may no longer sign in: the same people are named.
    office
        .delete(&format!("/api/v1/admin/users/{author}"))
        .await
        .expect(204);
    house.disable(requester).await;
    assert_eq!(who(&fellow, "withdraw").await, withdraws);
    assert_eq!(who(&fellow, "authorise").await, closes);
    let list = "/api/v1/releases/export?cols=number,requester,title";
    let file = house.get(list).token(&fellow).go().await.expect(200);
    let file = String::from_utf8(file.body).unwrap();
    assert!(file.contains("ben the tester"), "{file}");
    let refused = command(
        &fellow,
        json!({ "command": "delegate", "to": requester.to_string() }),
    )
    .await;
    let said = refused.expect(422).json().to_string();
    assert!(said.contains("may no longer sign in"), "{said}");
}

#[tokio::test]
async fn what_waits_for_somebody_who_has_left_is_closed_by_a_substitute_named_afterwards() {
    let office = Office::new().await;
    let house = &office.house;
    let gone = house.person("ben", &[Role::CmdbViewer], true).await;
    let heir = house.person("eva", &[Role::CmdbViewer], true).await;
    office
        .delete(&format!("/api/v1/admin/users/{gone}"))
        .await
        .expect(204);
    let stands_in = |person: domain::UserId, substitute: domain::UserId| {
        json!({
            "person": person.to_string(), "substitute": substitute.to_string(),
            "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z",
        })
    };
    let refused = office
        .post("/api/v1/admin/substitutes", stands_in(heir, gone))
        .await;
    assert_eq!(field(&refused.expect_problem(422, "invalid")), "substitute");
    office.make("substitutes", stands_in(gone, heir)).await;
    let token = house.token_of(heir, &[Scope::Read]).await;
    let me = house
        .get("/api/v1/me")
        .token(&token)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(me["actor"]["stands_in_for"], json!([gone.to_string()]));
}

#[tokio::test]
async fn somebody_stays_who_may_administer() {
    let office = Office::new().await;
    let me = office.get("/api/v1/admin/users?q=admin").await.json()["items"][0].clone();
    let path = format!("/api/v1/admin/users/{}", id(&me));
    let version = me["version"].clone();
    for change in [
        json!({ "version": version, "roles": [] }),
        json!({ "version": version, "disabled": true }),
        json!({ "version": version, "retired": true }),
    ] {
        let refused = office.patch(&path, change).await.expect_problem(409, "conflict");
        assert!(
            refused.json()["detail"]
                .as_str()
                .unwrap()
                .contains("administrator")
        );
    }
    office.delete(&path).await.expect_problem(409, "conflict");
    office.house.person("deputy", &[Role::Administrator], false).await;
    office
        .patch(&path, json!({ "version": version, "roles": [] }))
        .await
        .expect(200);
    office
        .get("/api/v1/admin/users")
        .await
        .expect_problem(403, "not_allowed");
}

#[tokio::test]
async fn a_leader_says_who_belongs_to_their_own_group_and_nothing_else() {
    let office = Office::new().await;
    let lea = office.house.person("lea", &[Role::CmdbViewer], false).await;
    let ann = office.house.person("ann", &[Role::CmdbViewer], false).await;
    let own = office
        .make("groups", json!({ "name": "Night", "leader": lea }))
        .await;
    let crew = office.crew().await;
    let token = office.house.token_of(lea, &[Scope::Read, Scope::Write]).await;
    let reading = office.house.token_of(lea, &[Scope::Read]).await;
    let own_path = format!("/api/v1/admin/groups/{}", id(&own));
    let crew_path = format!("/api/v1/admin/groups/{}", id(&crew));
    let patch = async |token: &str, path: &str, body: Value| {
        office
            .house
            .ask("PATCH", path)
            .token(token)
            .json(&body)
            .go()
            .await
    };

    let seen = office
        .house
        .get("/api/v1/admin/groups")
        .token(&token)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&seen["total"], &seen["items"][0]["name"]),
        (&json!(1), &json!("Night"))
    );
    let joined = patch(&token, &own_path, json!({ "version": 1, "members": [ann] })).await;
    assert_eq!(joined.expect(200).json()["members"], json!([ann]));
    let user = office.get(&format!("/api/v1/admin/users/{ann}")).await.json();
    assert_eq!(
        (&user["groups"], &user["version"]),
        (&json!([id(&own)]), &json!(2))
    );

    for body in [
        json!({ "version": 2, "name": "Mine" }),
        json!({ "version": 2, "rights": { "view": "all" } }),
        json!({ "version": 2, "leader": ann }),
        json!({ "version": 2, "retired": true }),
    ] {
        patch(&token, &own_path, body)
            .await
            .expect_problem(403, "not_allowed");
    }
    let other = json!({ "version": crew["version"], "members": [lea] });
    patch(&token, &crew_path, other)
        .await
        .expect_problem(403, "not_allowed");
    let members = json!({ "version": 2, "members": [] });
    patch(&reading, &own_path, members.clone())
        .await
        .expect_problem(403, "not_allowed");
    office
        .house
        .get(&crew_path)
        .token(&token)
        .go()
        .await
        .expect_problem(403, "not_allowed");
    let gone = office.house.ask("DELETE", &own_path).token(&token).go().await;
    gone.expect_problem(403, "not_allowed");

    patch(&token, &own_path, members).await.expect(200);
    let user = office.get(&format!("/api/v1/admin/users/{ann}")).await.json();
    assert_eq!(user["groups"], json!([]));
    let audit = office.get(&format!("/api/v1/admin/audit?by={lea}")).await.json();
    assert_eq!(audit["total"], 2);
}

#[tokio::test]
async fn rights_of_several_groups_change_together_or_not_at_all_and_count_at_once() {
    let office = Office::new().await;
    let ann = office.house.person("ann", &[Role::CmdbViewer], false).await;
    let token = office.house.token_of(ann, &[Scope::Read, Scope::Write]).await;
    let night = office
        .make("groups", json!({ "name": "Night", "members": [ann] }))
        .await;
    let crew = office.crew().await;
    let matrix = office.get("/api/v1/admin/rights").await.expect(200).json();
    assert_eq!(matrix["types"][0]["key"], "standard");
    let row = |matrix: &Value, name: &str| {
        let rows = matrix["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["name"] == name).unwrap()
    };
    assert_eq!(
        row(&matrix, "Crew")["rights"].as_object().unwrap().len(),
        Right::ALL.len()
    );
    assert_eq!(row(&matrix, "Night")["rights"], json!({}));
    let create = || {
        office
            .house
            .post("/api/v1/releases")
            .token(&token)
            .json(&json!({}))
    };
    create().go().await.expect_problem(403, "not_allowed");

    let change = |crew_version: Value| {
        json!({ "changes": [
            { "group": id(&night), "version": 1, "rights": { "create": { "only": ["standard"] }, "view": "all" } },
            { "group": id(&crew), "version": crew_version, "rights": { "cancel": null } },
        ] })
    };
    let stale = office.patch("/api/v1/admin/rights", change(json!(99))).await;
    assert_eq!(
        stale.expect_problem(409, "stale").json()["current"]["name"],
        "Crew"
    );
    let untouched = office.get("/api/v1/admin/rights").await.json();
    assert_eq!(
        row(&untouched, "Night")["rights"],
        json!({}),
        "nothing is half applied"
    );

    let version = row(&matrix, "Crew")["version"].clone();
    let matrix = office
        .patch("/api/v1/admin/rights", change(version))
        .await
        .expect(200)
        .json();
    assert_eq!(
        row(&matrix, "Crew")["rights"].as_object().unwrap().len(),
        Right::ALL.len() - 1
    );
    assert_eq!(
        row(&matrix, "Night")["rights"]["create"],
        json!({ "only": ["standard"] })
    );
    assert_ne!(
        create().go().await.status.as_u16(),
        403,
        "it counts from the next request on"
    );
    let audit = office
        .get("/api/v1/admin/audit?register=groups&q=cancel")
        .await
        .json();
    assert_eq!(audit["items"][0]["label"], "Crew");
    assert!(audit["items"][0]["before"]["rights"].get("cancel").is_some());
    assert!(audit["items"][0]["after"]["rights"].get("cancel").is_none());

    let twice = json!({ "changes": [
        { "group": id(&night), "version": 2, "rights": {} },
        { "group": id(&night), "version": 2, "rights": {} },
    ] });
    office
        .patch("/api/v1/admin/rights", twice)
        .await
        .expect_problem(422, "invalid");
}

#[tokio::test]
async fn a_retired_group_grants_nothing_is_still_named_and_cannot_be_newly_chosen() {
    let office = Office::new().await;
    let ann = office.house.person("ann", &[Role::CmdbViewer], true).await;
    let token = office.house.token_of(ann, &[Scope::Read, Scope::Write]).await;
    let crew = office.crew().await;
    let me = async || {
        office
            .house
            .get("/api/v1/me")
            .token(&token)
            .go()
            .await
            .expect(200)
            .json()
    };
    assert_eq!(me().await["actor"]["groups"], json!([id(&crew)]));
    office
        .delete(&format!("/api/v1/admin/groups/{}", id(&crew)))
        .await
        .expect(204);
    let actor = me().await["actor"].clone();
    assert_eq!((&actor["groups"], &actor["rights"]), (&json!([]), &json!({})));

    let directory = office.get("/api/v1/directory").await.json();
    assert_eq!(
        directory["groups"][0],
        json!({ "id": id(&crew), "name": "Crew", "retired": true })
    );
    let refused = office.post(
        "/api/v1/admin/users",
        json!({ "login": "bob", "name": "Bob", "groups": [id(&crew)] }),
    );
    let refused = refused.await.expect_problem(422, "invalid");
    assert_eq!(field(&refused), "groups");
    assert!(
        refused.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("retired")
    );
    // Who has it keeps it, and can be changed otherwise.
    let path = format!("/api/v1/admin/users/{ann}");
    let now = office.get(&path).await.json();
    let renamed = office
        .patch(&path, json!({ "version": now["version"], "name": "Ann B." }))
        .await;
    assert_eq!(renamed.expect(200).json()["groups"], json!([id(&crew)]));
}

#[tokio::test]
async fn an_administrator_sees_and_revokes_everybodys_tokens() {
    let office = Office::new().await;
    let ann = office.house.person("ann", &[Role::CmdbViewer], true).await;
    let token = office.house.token_of(ann, &[Scope::Read]).await;
    let listed = office
        .get(&format!("/api/v1/admin/tokens?user={ann}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&listed["total"], &listed["items"][0]["login"]),
        (&json!(1), &json!("ann"))
    );
    let path = format!(
        "/api/v1/admin/tokens/{}",
        listed["items"][0]["id"].as_str().unwrap()
    );
    office.delete(&path).await.expect(204);
    office
        .house
        .get("/api/v1/me")
        .token(&token)
        .go()
        .await
        .expect_problem(401, "not_signed_in");
    let left = office
        .get(&format!("/api/v1/admin/tokens?user={ann}"))
        .await
        .json();
    assert_eq!(left["total"], 0);
    let audit = office.get("/api/v1/admin/audit?register=tokens").await.json();
    assert_eq!(audit["items"][0]["deed"], "revoked");
    assert_eq!(audit["items"][0]["by"], "admin the tester");
}

#[tokio::test]
async fn that_nobody_could_go_on_is_told_before_and_refuses_nothing() {
    let office = Office::new().await;
    let house = &office.house;
    let all = [Scope::Read, Scope::Write];
    let author = house.person("bea", &[Role::CmdbViewer], true).await;
    let token = house.token_of(author, &all).await;
    let requester = house.person("ben", &[Role::CmdbViewer], true).await;
    let his = house.token_of(requester, &all).await;
    let outside = house.person("max", &[Role::CmdbViewer], false).await;
    let night = office.make("groups", json!({ "name": "Night crew" })).await;
    let night = id(&night);
    let body = json!({
        "fields": {
            "title": "Swap", "release_type": "standard", "requester": requester.to_string(),
            "assignment_group": night, "planned_start": "2027-03-05T20:00:00Z",
            "planned_end": "2027-03-05T23:00:00Z",
        },
        "steps": [{ "title": "Look", "minutes": 5 }],
    });
    let made = house.draft(&token, &body).await.json();
    let path = format!("/api/v1/releases/{}", made["view"]["number"].as_str().unwrap());
    let told = async |action: &str, query: &str| {
        let actions = house.get(&format!("{path}/actions{query}")).token(&token);
        let actions = actions.go().await.expect(200).json();
        let all = actions["actions"].as_array().unwrap().clone();
        let one = all.into_iter().find(|one| one["action"] == action).unwrap();
        (one["label"].clone(), one["warnings"][0]["text"].clone())
    };
    let does = async |token: &str, command: Value| {
        let commands = format!("{path}/commands");
        let sent = house.post(&commands).token(token).json(&command);
        sent.go().await.expect(200);
    };
    let nobody = "Nobody belongs to the group Night crew: nobody could carry it out.";
    assert_eq!(told("submit", "").await.1, nobody);
    does(&token, json!({ "command": "submit" })).await;
    assert_eq!(told("authorise", "").await.1, nobody);
    let to_max = format!("?person={outside}");
    let (_, text) = told("delegate", &to_max).await;
    let cannot = "max the tester may not carry out releases of this type: they could not do what comes next.";
    assert_eq!(text, cannot);
    let to_night = format!("?group={night}");
    assert_eq!(told("change_group", &to_night).await.1, nobody);
    let to_crew = format!("?group={}", house.group);
    assert_eq!(told("change_group", &to_crew).await.1, Value::Null);
    let both = format!("{path}/actions{to_max}&group={night}");
    house
        .get(&both)
        .token(&token)
        .go()
        .await
        .expect_problem(422, "invalid");
    // It is told, and done all the same.
    does(
        &token,
        json!({ "command": "delegate", "to": outside.to_string() }),
    )
    .await;
    let to_crew = json!({ "command": "change_group", "to": house.group.to_string() });
    does(&token, to_crew).await;
    assert_eq!(told("authorise", "").await.1, Value::Null);
    does(&his, json!({ "command": "authorise" })).await;
    assert_eq!(told("forward", "").await.0, "Send to test");
}
