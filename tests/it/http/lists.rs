//! Lists of releases over HTTP: filters, order, full text, files, saved views, one command for many.

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::House;

async fn draft(house: &House, token: &str, fields: Value) -> String {
    let answer = house.draft(token, &json!({ "fields": fields })).await;
    answer.json()["view"]["number"].as_str().unwrap().to_owned()
}

/// A release that waits for its go-ahead and is due at a time.
async fn submitted(house: &House, token: &str, title: &str, end: &str, unit: &str) {
    let me = house.get("/api/v1/me").token(token).go().await.expect(200).json();
    let directory = house
        .get("/api/v1/directory")
        .token(token)
        .go()
        .await
        .expect(200)
        .json();
    let fields = json!({
        "title": title, "contact_unit": unit, "release_type": "standard", "requester": me["actor"]["user"],
        "assignment_group": directory["groups"][0]["id"],
        "planned_start": "2019-01-01T00:00:00Z", "planned_end": end,
    });
    let body = json!({"fields": fields, "steps": [{"title": "Do it", "minutes": 5, "back_out": "Undo it"}]});
    let made = house.draft(token, &body).await.json();
    let path = format!(
        "/api/v1/releases/{}/commands",
        made["view"]["number"].as_str().unwrap()
    );
    let submit = json!({"command": "submit"});
    house
        .post(&path)
        .token(token)
        .json(&submit)
        .go()
        .await
        .expect(200);
}

async fn list(house: &House, token: &str, query: &str) -> Value {
    house
        .get(&format!("/api/v1/releases?{query}"))
        .token(token)
        .go()
        .await
        .expect(200)
        .json()
}

fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_filtered_ordered_and_counted() {
    let house = House::new().await;
    let admin = house.admin().await;
    for (title, end, unit) in [
        ("Beta", "2020-01-01T00:00:00Z", "Gold"),
        ("alpha", "2099-01-01T00:00:00Z", "gold"),
        ("Gamma", "2021-01-01T00:00:00Z", "Silver"),
    ] {
        submitted(&house, &admin, title, end, unit).await;
    }
    let all = list(&house, &admin, "sort=title").await;
    assert_eq!(titles(&all), ["alpha", "Beta", "Gamma"], "whatever the case");
    assert_eq!(
        (&all["total"], &all["overdue"], &all["visible"]),
        (&json!(3), &json!(2), &json!(3))
    );
    let late = list(&house, &admin, "overdue=true&sort=due&order=desc").await;
    assert_eq!(titles(&late), ["Gamma", "Beta"]);
    assert_eq!((&late["total"], &late["visible"]), (&json!(2), &json!(3)));
    assert_eq!(
        titles(&list(&house, &admin, "unit=GOLD&sort=number").await),
        ["Beta", "alpha"]
    );
    assert_eq!(titles(&list(&house, &admin, "q=gam").await), ["Gamma"]);
    assert_eq!(list(&house, &admin, "assignee=me").await["total"], 0);
    assert_eq!(
        list(
            &house,
            &admin,
            "assignee=none&stage=authorisation,test&view=waiting"
        )
        .await["total"],
        3
    );

    let first = list(&house, &admin, "sort=title&limit=2").await;
    let next = first["next"].as_str().unwrap().to_owned();
    let second = list(
        &house,
        &admin,
        &format!("sort=title&limit=2&after={}", next.replace(' ', "+")),
    )
    .await;
    assert_eq!((titles(&second), second.get("next")), (vec!["Gamma"], None));
    // A place belongs to its order.
    let wrong = house
        .get(&format!("/api/v1/releases?sort=due&after={next}"))
        .token(&admin);
    let problem = wrong.go().await.expect_problem(422, "invalid").json();
    assert_eq!(problem["errors"][0]["at"], "after");

    for (query, at) in [
        ("stage=nonsense", "stage"),
        ("sort=nonsense", "sort"),
        ("limit=0", "limit"),
        ("priority=9", "priority"),
        ("text=!!", "text"),
    ] {
        let answer = house
            .get(&format!("/api/v1/releases?{query}"))
            .token(&admin)
            .go()
            .await;
        let problem = answer.expect_problem(422, "invalid").json();
        assert_eq!(problem["errors"][0]["at"], at, "{query}");
    }
}

#[tokio::test]
async fn texts_are_searched_as_they_are_now_and_only_by_whom_may_see_them() {
    let house = House::new().await;
    let admin = house.admin().await;
    let first = draft(
        &house,
        &admin,
        json!({"title": "Firmware of the chassis", "description": "Fixes the memory fault."}),
    )
    .await;
    draft(
        &house,
        &admin,
        json!({"title": "Second", "description": "Mentions firmware."}),
    )
    .await;

    let found = list(&house, &admin, "text=firmw").await;
    assert_eq!(
        titles(&found),
        ["Firmware of the chassis", "Second"],
        "the title counts more"
    );
    let hits = found["hits"].as_object().unwrap();
    assert_eq!(hits.len(), 2);
    let second = &hits[found["items"][1]["id"].as_str().unwrap()];
    assert_eq!(second["place"], "description");
    assert!(
        second["parts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|part| part["mark"] == true && part["text"] == "firmware"),
        "{second}"
    );

    let set = json!({"command": "set", "field": "title", "value": "Another name"});
    house
        .post(&format!("/api/v1/releases/{first}/commands"))
        .token(&admin)
        .json(&set)
        .go()
        .await
        .expect(200);
    assert_eq!(list(&house, &admin, "text=firmware").await["total"], 1);
    assert_eq!(list(&house, &admin, "text=another+memory").await["total"], 1);

    // Also what was written with what was done, however it is spelled.
    let note =
        json!({"command": "note", "category": "Memo", "short": "Rang", "text": "The naïve vendor denies."});
    let cancel = json!({"command": "cancel", "reason": "Überholt"});
    for command in [note, cancel] {
        house
            .post(&format!("/api/v1/releases/{first}/commands"))
            .token(&admin)
            .json(&command)
            .go()
            .await
            .expect(200);
    }
    let denied = list(&house, &admin, "text=naive+denies").await;
    assert_eq!(denied["total"], 1);
    let hit = &denied["hits"][denied["items"][0]["id"].as_str().unwrap()];
    assert_eq!(hit["place"], "journal", "{hit}");
    assert_eq!(list(&house, &admin, "text=uberholt").await["total"], 1);

    let outsider = house.person("out", &[Role::CmdbViewer], false).await;
    let outsider = house.token_of(outsider, &[Scope::Read]).await;
    let nothing = list(&house, &outsider, "text=firmware").await;
    assert_eq!((&nothing["total"], &nothing["visible"]), (&json!(0), &json!(0)));

    let answer = house
        .get("/api/v1/search?q=another")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(answer["releases"]["items"][0]["number"], *first);
    assert_eq!(answer["cis"]["total"], 0);
    house
        .get("/api/v1/search?q=")
        .token(&admin)
        .go()
        .await
        .expect_problem(422, "invalid");
}

#[tokio::test]
async fn a_list_is_a_file_for_spreadsheets() {
    let house = House::new().await;
    let admin = house.admin().await;
    draft(
        &house,
        &admin,
        json!({"title": "=SUM(A1), \"quoted\"", "description": "Two\nlines"}),
    )
    .await;
    let answer = house
        .get("/api/v1/releases/export?stage=draft&cols=number,title,stage,due&description=true")
        .token(&admin)
        .go()
        .await
        .expect(200);
    assert!(answer.header("content-type").starts_with("text/csv"));
    assert!(answer.header("content-disposition").contains("attachment"));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with('\u{feff}'));
    for line in [
        "stage,draft\r\n",
        "Times,UTC\r\n",
        "Number,Title,Stage,Due (UTC),Description\r\n",
        "\"'=SUM(A1), \"\"quoted\"\"\"",
        "Total,1\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let wrong = house
        .get("/api/v1/releases/export?cols=nonsense")
        .token(&admin)
        .go()
        .await;
    wrong.expect_problem(422, "invalid");
}

#[tokio::test]
async fn views_are_kept_shared_and_changed_by_their_owner() {
    let house = House::new().await;
    let admin = house.admin().await;
    let crew = house.person("crew", &[Role::CmdbViewer], true).await;
    let crew = house.token_of(crew, &[Scope::Read, Scope::Write]).await;
    let outsider = house.person("out", &[Role::CmdbViewer], false).await;
    let outsider = house.token_of(outsider, &[Scope::Read, Scope::Write]).await;
    let directory = house
        .get("/api/v1/directory")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    let group = directory["groups"][0]["id"].as_str().unwrap().to_owned();

    let new = json!({"name": " Late ones ", "query": "?overdue=true&sort=due", "shared": group});
    let made = house
        .post("/api/v1/views")
        .token(&crew)
        .json(&new)
        .go()
        .await
        .expect(201);
    let path = made.header("location").to_owned();
    assert_eq!(made.json()["name"], "Late ones");
    assert_eq!(made.json()["query"], "overdue=true&sort=due");

    let names = async |token: &str| -> Vec<String> {
        let views = house
            .get("/api/v1/views")
            .token(token)
            .go()
            .await
            .expect(200)
            .json();
        let views = views.as_array().unwrap().iter();
        views
            .map(|view| view["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&crew).await, ["Late ones"]);
    assert_eq!(names(&outsider).await, [""; 0]);
    let rename = json!({"name": "Overdue", "shared": "everybody"});
    house
        .ask("PATCH", &path)
        .token(&outsider)
        .json(&rename)
        .go()
        .await
        .expect_problem(404, "not_found");
    house
        .ask("PATCH", &path)
        .token(&crew)
        .json(&rename)
        .go()
        .await
        .expect(200);
    assert_eq!(names(&outsider).await, ["Overdue"]);
    house
        .ask("PATCH", &path)
        .token(&outsider)
        .json(&rename)
        .go()
        .await
        .expect_problem(403, "not_allowed");
    let alone = house
        .ask("PATCH", &path)
        .token(&crew)
        .json(&json!({"shared": null}))
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!((alone.get("shared"), &alone["name"]), (None, &json!("Overdue")));
    assert_eq!(names(&outsider).await, [""; 0]);

    for (body, at) in [
        (json!({"name": "", "query": ""}), "name"),
        (json!({"name": "x", "query": "stage=nonsense"}), "query"),
        (json!({"name": "x", "query": "stge=draft"}), "query"),
        (json!({"name": "x", "query": "", "shared": "nonsense"}), "shared"),
        (
            json!({"name": "x", "query": "", "shared": "01JD3Q7V3M8Z6N4K2T9R5W1XYZ"}),
            "shared",
        ),
    ] {
        let answer = house.post("/api/v1/views").token(&crew).json(&body).go().await;
        assert_eq!(
            answer.expect_problem(422, "invalid").json()["errors"][0]["at"],
            at,
            "{body}"
        );
    }
    // A name says which view is meant: each person has it once, others may have it too.
    let again = json!({"name": "OVERDUE", "query": "overdue=true"});
    let make = async |token: &str| house.post("/api/v1/views").token(token).json(&again).go().await;
    make(&crew).await.expect_problem(409, "conflict");
    make(&outsider).await.expect(201);
    let itself = json!({"name": "overdue"});
    house
        .ask("PATCH", &path)
        .token(&crew)
        .json(&itself)
        .go()
        .await
        .expect(200);
    house.ask("DELETE", &path).token(&crew).go().await.expect(204);
    house
        .ask("DELETE", &path)
        .token(&crew)
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_misspelled_filter_does_not_mean_everything() {
    let house = House::new().await;
    let admin = house.admin().await;
    for (address, at) in [
        ("/api/v1/releases?from=2026-13-45", "from"),
        ("/api/v1/releases/export?stge=draft&cols=title", "stge"),
    ] {
        let answer = house.get(address).token(&admin).go().await;
        assert_eq!(
            answer.expect_problem(422, "invalid").json()["errors"][0]["at"],
            at
        );
    }
    let shown = "/api/v1/releases?cols=title&description=true&number=13";
    house.get(shown).token(&admin).go().await.expect(200);
}

#[tokio::test]
async fn one_command_for_many_says_first_what_it_will_do() {
    let house = House::new().await;
    let admin = house.admin().await;
    let me = house
        .get("/api/v1/me")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    let me = me["actor"]["user"].as_str().unwrap().to_owned();
    let one = draft(&house, &admin, json!({"title": "One"})).await;
    let two = draft(&house, &admin, json!({"title": "Two", "assignee": me})).await;
    let bulk = async |token: &str, body: &Value| {
        house
            .post("/api/v1/releases/bulk")
            .token(token)
            .json(body)
            .go()
            .await
    };

    let hold = json!({"releases": [one, two, "REL-999999"], "command": {"command": "hold", "reason": "parts"}, "preview": true});
    let preview = bulk(&admin, &hold).await.expect(200).json();
    assert_eq!(
        (&preview["will"], &preview["will_not"]),
        (&json!(0), &json!(3)),
        "{preview}"
    );
    let unmet = |item: usize| preview["items"][item]["unmet"].as_array().map_or(0, Vec::len);
    assert!(unmet(0) > 0 && unmet(2) == 0, "{preview}");

    let mut assign = json!({
        "releases": [one, one, two],
        "command": {"command": "set", "field": "assignee", "value": me},
        "preview": true,
    });
    let preview = bulk(&admin, &assign).await.expect(200).json();
    assert_eq!(preview["will"], 2, "each once: {preview}");
    assert_eq!(
        list(&house, &admin, "assignee=me").await["total"],
        1,
        "nothing was done"
    );
    assign["preview"] = json!(false);
    bulk(&admin, &assign).await.expect(200);
    assert_eq!(list(&house, &admin, "assignee=me").await["total"], 2);

    // All that a list shows now; and whoever may not is told for each.
    let query =
        json!({"query": "assignee=me", "command": {"command": "set", "field": "assignee", "value": null}});
    assert_eq!(bulk(&admin, &query).await.expect(200).json()["will"], 2);
    assert_eq!(list(&house, &admin, "assignee=none").await["total"], 2);
    let outsider = house.person("out", &[Role::CmdbViewer], false).await;
    let outsider = house.token_of(outsider, &[Scope::Read, Scope::Write]).await;
    let answer = bulk(&outsider, &assign).await.expect(200).json();
    assert_eq!(
        (&answer["will"], &answer["will_not"]),
        (&json!(0), &json!(2)),
        "{answer}"
    );
    assert!(answer["items"][0].get("title").is_none(), "{answer}");

    let many = vec!["REL-000001"; 501];
    for (body, at) in [
        (
            json!({"releases": [], "command": {"command": "withdraw"}}),
            "releases",
        ),
        (
            json!({"releases": many, "command": {"command": "withdraw"}}),
            "releases",
        ),
        (
            json!({"query": "stage=x", "command": {"command": "withdraw"}}),
            "query",
        ),
        (
            json!({"query": "nubmer=REL-000001", "command": {"command": "withdraw"}}),
            "query",
        ),
        (
            json!({"releases": [one], "command": {"command": "link_ci", "ci": "x"}}),
            "command",
        ),
    ] {
        let answer = bulk(&admin, &body).await;
        assert_eq!(
            answer.expect_problem(422, "invalid").json()["errors"][0]["at"],
            at
        );
    }
}
