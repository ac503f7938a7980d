use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::{Answer, House};

const ESTATE: &str = r#"{"type":"ci","key":"sw-1","name":"sw-1","class":"device"}
{"type":"ci","key":"sw 2/b","name":"sw-2","class":"device"}
{"type":"ci","key":"sw-3","name":"sw-3","class":"device"}
"#;

const CHANGES: &str = "/api/v1/registers/changes";

/// A house with a few switches, and its administrator who keeps the registers.
struct Shop {
    house: House,
    admin: String,
}

impl Shop {
    async fn new() -> Self {
        let house = House::new().await;
        let admin = house.admin().await;
        house.import(&admin, ESTATE).await;
        Self { house, admin }
    }

    /// With the change `CHG-1` in its register.
    async fn with_change() -> Self {
        let shop = Self::new().await;
        shop.post(CHANGES, &change("CHG-1")).await.expect(201);
        shop
    }

    async fn get(&self, path: &str) -> Answer {
        self.house.get(path).token(&self.admin).go().await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.house.post(path).token(&self.admin).json(body).go().await
    }

    async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.house
            .ask("PATCH", path)
            .token(&self.admin)
            .json(body)
            .go()
            .await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.house.ask("DELETE", path).token(&self.admin).go().await
    }

    async fn import(&self, kind: &str, options: &str, text: &str) -> Value {
        self.house
            .post(&format!("/api/v1/registers/{kind}/imports{options}"))
            .token(&self.admin)
            .raw("text/csv", text.to_owned())
            .go()
            .await
            .expect(200)
            .json()
    }

    /// A draft of the administrator; its address.
    async fn draft(&self) -> String {
        let new = json!({"fields": {"title": "R", "release_type": "standard"}});
        let made = self.house.draft(&self.admin, &new).await;
        made.header("location").to_owned()
    }

    async fn command(&self, release: &str, command: &Value) -> Answer {
        self.post(&format!("{release}/commands"), command).await
    }
}

fn change(key: &str) -> Value {
    json!({"key": key, "fields": {"title": "Firmware", "risk": "high"}, "cis": [{"ci": "sw-1", "what": "2.1"}]})
}

fn keys(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_record_is_added_changed_on_what_was_seen_and_deleted_softly() {
    let shop = Shop::new().await;
    let made = shop.post(CHANGES, &change("CHG 1/x")).await;
    let made = made.expect(201);
    let path = "/api/v1/registers/changes/CHG%201%2Fx";
    assert_eq!(made.header("location"), path);
    shop.post(CHANGES, &change("CHG 1/x"))
        .await
        .expect_problem(409, "conflict");

    let edit = async |version: u64, title: &str| {
        let edit = json!({"version": version, "fields": {"title": title}});
        shop.patch(path, &edit).await
    };
    let now = edit(1, "Second").await.expect(200).json();
    assert_eq!(
        (&now["version"], &now["fields"]["title"]),
        (&json!(2), &json!("Second"))
    );
    assert_eq!(now["cis"][0]["what"], "2.1", "what is not named stays");
    let stale = edit(1, "Third").await.expect_problem(409, "conflict").json();
    assert!(
        stale["detail"].as_str().unwrap().contains("version 1, now 2"),
        "{stale}"
    );
    shop.patch(path, &json!({"fields": {"title": "x"}}))
        .await
        .expect_problem(422, "invalid");

    let unknown = json!({"version": 2, "titel": "x"});
    shop.patch(path, &unknown).await.expect_problem(422, "invalid");

    let list = async |query: &str| shop.get(&format!("{CHANGES}{query}")).await;
    let found = list("?q=second+HIGH").await.expect(200).json();
    assert_eq!((keys(&found), &found["total"]), (vec!["CHG 1/x"], &json!(1)));
    assert_eq!(list("?q=firmware").await.json()["total"], 0);

    for _ in 0..2 {
        shop.delete(path).await.expect(204);
    }
    assert_eq!(list("").await.json()["total"], 0);
    assert_eq!(keys(&list("?deleted=true").await.json()), ["CHG 1/x"]);
    let gone = shop.get(path).await.expect(200).json();
    assert!(gone["deleted"].is_string() && gone["version"] == 3, "{gone}");
    edit(3, "x").await.expect_problem(409, "conflict");
    shop.get("/api/v1/registers/changes/none")
        .await
        .expect_problem(404, "not_found");
    shop.get("/api/v1/registers/contracts")
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_list_is_paged_by_key() {
    let shop = Shop::new().await;
    let mut text = "key,title,status\n".to_owned();
    for n in 10..35 {
        text.push_str(&format!(
            "PRB-{n},Problem {n},{}\n",
            if n % 2 == 0 { "Open" } else { "closed" }
        ));
    }
    assert_eq!(shop.import("problems", "", &text).await["records"]["created"], 25);
    let get = async |query: String| {
        let path = format!("/api/v1/registers/problems{query}");
        shop.get(&path).await.expect(200).json()
    };
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(format!("?limit=10&status=open&after={after}")).await;
        assert_eq!(page["total"], 13);
        seen.extend(keys(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 13);
    assert!(seen.is_sorted());
    shop.get("/api/v1/registers/problems?limit=0")
        .await
        .expect_problem(422, "invalid");
}

#[tokio::test]
async fn what_is_wrong_is_named_by_field_and_no_script_becomes_a_link() {
    let shop = Shop::new().await;
    for (link, ok) in [
        ("https://itsm.example/1", true),
        ("javascript:alert(1)", false),
        ("  JAVASCRIPT:alert(1)", false),
        ("data:text/html,<script>", false),
        ("https://user:pw@host/", false),
        ("//host", false),
    ] {
        let new = json!({"key": link, "fields": {"title": "x", "link": link}});
        let new = json!({"key": link.trim(), "fields": new["fields"]});
        let answer = shop.post("/api/v1/registers/problems", &new).await;
        if ok {
            answer.expect(201);
        } else {
            let problem = answer.expect_problem(422, "invalid").json();
            assert_eq!(problem["errors"][0]["at"], "link", "{link}");
        }
    }
    let wrong = json!({
        "key": "CHG-1",
        "fields": {"risk": "huge", "start": "soon", "sha256": "x"},
        "cis": [{"ci": "sw-1"}],
    });
    let problem = shop.post(CHANGES, &wrong).await;
    let problem = problem.expect_problem(422, "invalid").json();
    let at: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["at"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["risk", "sha256", "start", "title"]);
    let nowhere = json!({"key": "CHG-1", "fields": {"title": "x"}, "cis": [{"ci": "nowhere"}]});
    let problem = shop.post(CHANGES, &nowhere).await;
    let problem = problem.expect_problem(422, "invalid").json();
    assert_eq!(problem["errors"][0]["at"], "cis");
}

#[tokio::test]
async fn keepers_write_viewers_read_and_others_see_nothing() {
    let shop = Shop::with_change().await;
    let house = &shop.house;
    let all = [Scope::Read, Scope::Write, Scope::Import];
    let viewer = house.person("viewer", &[Role::CmdbViewer], true).await;
    let keeper = house.person("keeper", &[Role::CmdbKeeper], false).await;
    let nobody = house.person("nobody", &[], true).await;
    let viewer = house.token_of(viewer, &all).await;
    let reader = house.token_of(keeper, &[Scope::Read]).await;
    let keeper = house.token_of(keeper, &all).await;
    let nobody = house.token_of(nobody, &all).await;
    let path = format!("{CHANGES}/CHG-1");
    let patch = json!({"version": 1, "fields": {"status": "x"}});
    for (token, reads, writes) in [
        (&nobody, false, false),
        (&viewer, true, false),
        (&reader, true, false),
        (&keeper, true, true),
    ] {
        let status = |yes: bool| if yes { 200 } else { 403 };
        house.get(CHANGES).token(token).go().await.expect(status(reads));
        house.get(&path).token(token).go().await.expect(status(reads));
        let dry = house
            .post(&format!("{CHANGES}/imports?dry_run=true"))
            .token(token)
            .raw("text/csv", "key,title\n");
        dry.go().await.expect(status(writes));
        house
            .ask("PATCH", &path)
            .token(token)
            .json(&patch)
            .go()
            .await
            .expect(status(writes));
        if !writes {
            house
                .post(CHANGES)
                .token(token)
                .json(&change("X"))
                .go()
                .await
                .expect(403);
            house.ask("DELETE", &path).token(token).go().await.expect(403);
        }
    }
    house.get(CHANGES).go().await.expect_problem(401, "not_signed_in");
}

#[tokio::test]
async fn a_file_is_taken_line_by_line_once_and_whole() {
    let shop = Shop::new().await;
    let text = "key;title;risk;start;cis;back_out;link\n\
        CHG-1;Core switches;high;2026-11-23T22:00:00Z;sw-1 => 2.1\u{3b} sw 2/b;\"Boot the old image\nCheck\";https://h/1\n";
    // A semicolon separates columns here, so the cell with two CIs needs quotes.
    let text = text.replace("sw-1 => 2.1; sw 2/b", "\"sw-1 => 2.1; sw 2/b\"");
    let dry = shop.import("changes", "?dry_run=true", &text).await;
    assert_eq!(
        (&dry["dry_run"], &dry["records"]["created"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(shop.get(CHANGES).await.json()["total"], 0);
    let first = shop.import("changes", "", &text).await;
    assert_eq!(
        (&first["records"]["created"], &first["problems"]),
        (&json!(1), &json!([]))
    );
    let again = shop.import("changes", "", &text).await;
    assert_eq!(
        (&again["records"]["unchanged"], &again["records"]["updated"]),
        (&json!(1), &json!(0))
    );
    let record = shop.get(&format!("{CHANGES}/CHG-1")).await.json();
    assert_eq!(record["version"], 1, "the second time changed nothing");
    assert_eq!(record["back_out"], json!(["Boot the old image", "Check"]));
    assert_eq!(record["cis"][1], json!({"ci": "sw-1", "what": "2.1"}));

    let bad = "key,title,risk,link\n\
        CHG-2,Good,low,\n\
        ,No key,low,\n\
        CHG-3,,low,\n\
        CHG-4,Bad,huge,javascript:alert(1)\n\
        CHG-2,Twice,low,\n\
        CHG-5,Short\n";
    let report = shop.import("changes", "", bad).await;
    let said: Vec<(u64, &str)> = report["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["line"].as_u64().unwrap(), p["field"].as_str().unwrap_or("row")))
        .collect();
    assert_eq!(
        said,
        [
            (3, "key"),
            (4, "title"),
            (5, "link"),
            (5, "risk"),
            (6, "key"),
            (7, "row")
        ]
    );
    let tally = &report["records"];
    assert_eq!(
        (&tally["read"], &tally["created"], &tally["rejected"]),
        (&json!(6), &json!(1), &json!(5))
    );
    let refused = shop.import("changes", "", "key,colour\nCHG-9,red\n").await;
    assert_eq!(refused["refused"], true);
    assert!(
        refused["problems"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("no column `colour`")
    );
    shop.house
        .post(&format!("{CHANGES}/imports?dry_run=maybe"))
        .token(&shop.admin)
        .raw("text/csv", "key,title\n")
        .go()
        .await
        .expect_problem(422, "invalid");
}

#[tokio::test]
async fn a_release_links_records_and_people_and_keeps_what_ended() {
    let shop = Shop::with_change().await;
    shop.import("knowledge", "", "key,title\nKB-1,How to boot\n")
        .await;
    let release = shop.draft().await;
    let run = async |body: Value| shop.command(&release, &body).await;
    run(json!({"command": "link", "register": "changes", "key": "none"}))
        .await
        .expect_problem(422, "invalid");
    let answer = run(json!([
        {"command": "link", "register": "changes", "key": "CHG-1"},
        {"command": "link", "register": "knowledge", "key": "KB-1"},
        {"command": "link_person", "person": {"name": "Ada", "role": "vendor", "phone": "1"}},
    ]))
    .await
    .expect(200)
    .json();
    let links = answer["view"]["release"]["links"].as_object().unwrap();
    assert_eq!(links.len(), 3);
    assert_eq!(links["changes/CHG-1"]["cis"], json!({"sw-1": "sw-1"}));
    let person = links
        .keys()
        .find(|key| key.starts_with("people/"))
        .unwrap()
        .clone();
    // Linking again replaces nothing (U25).
    let again = run(json!({"command": "link", "register": "changes", "key": "CHG-1"}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        again["view"]["release"]["links"]["changes/CHG-1"],
        links["changes/CHG-1"]
    );
    let status = json!({"command": "set_change_status", "change": "CHG-1", "status": "resolved"});
    let after = run(status).await.expect(200).json();
    assert_eq!(
        after["view"]["release"]["links"]["changes/CHG-1"]["status"],
        "resolved"
    );
    assert_eq!(after["view"]["links"][0]["record"]["fields"]["risk"], "high");
    let ended = run(json!({"command": "unlink", "link": person}))
        .await
        .expect(200)
        .json();
    assert!(ended["view"]["release"]["links"][&person]["ended"]["at"].is_string());
    for wrong in [
        json!({"command": "link_person", "person": {"name": "Ada", "role": ""}}),
        json!({"command": "unlink", "link": "people/x"}),
        json!({"command": "set_change_status", "change": "CHG-2", "status": "resolved"}),
        json!({"command": "set_change_status", "change": "CHG-1", "status": "well"}),
    ] {
        run(wrong).await.expect_problem(422, "invalid");
    }

    // The CI's page and the record name the release, to those who may see it.
    let ci = shop.get("/api/v1/cis/sw-1").await.json();
    assert_eq!(ci["releases"].as_array().unwrap().len(), 1);
    let record = shop.get(&format!("{CHANGES}/CHG-1")).await.json();
    assert_eq!(record["releases_total"], 1);
    let house = &shop.house;
    let outsider = house.person("outsider", &[Role::CmdbViewer], false).await;
    let outsider = house.token_of(outsider, &[Scope::Read]).await;
    let record = house
        .get(&format!("{CHANGES}/CHG-1"))
        .token(&outsider)
        .go()
        .await
        .json();
    assert_eq!(
        (&record["releases_total"], &record["releases"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn after_submission_changes_stay_as_they_were_seen_and_the_difference_is_told() {
    let shop = Shop::with_change().await;
    shop.import("problems", "", "key,title\nPRB-1,Leak\n").await;
    let release = shop.draft().await;
    let me = shop.get("/api/v1/me").await.json()["actor"]["user"].clone();
    let directory = shop.get("/api/v1/directory").await.json();
    let set = |field: &str, value: Value| json!({"command": "set", "field": field, "value": value});
    let commands = json!([
        set("requester", me),
        set("assignment_group", directory["groups"][0]["id"].clone()),
        set("planned_start", json!("2026-11-23T22:00:00Z")),
        set("planned_end", json!("2026-11-24T04:00:00Z")),
        {"command": "add_step", "title": "Flash", "minutes": 10, "back_out": "Flash back"},
        {"command": "link", "register": "changes", "key": "CHG-1"},
    ]);
    shop.command(&release, &commands).await.expect(200);
    let more = json!({"version": 1, "cis": [{"ci": "sw-1"}, {"ci": "sw-3"}]});
    let path = format!("{CHANGES}/CHG-1");
    shop.patch(&path, &more).await.expect(200);
    let view = shop.get(&release).await.json();
    let cis = |view: &Value| {
        view["release"]["links"]["changes/CHG-1"]["cis"]
            .as_object()
            .unwrap()
            .len()
    };
    assert_eq!(cis(&view), 2, "a draft follows");
    let hash = view["hash"].clone();

    let submitted = shop
        .command(&release, &json!({"command": "submit", "seen": hash}))
        .await;
    submitted.expect(200);
    let less = json!({"version": 2, "cis": [{"ci": "sw-3"}, {"ci": "sw 2/b", "what": "new"}]});
    shop.patch(&path, &less).await.expect(200);
    let view = shop.get(&release).await.json();
    assert_eq!(
        (cis(&view), &view["hash"]),
        (2, &hash),
        "what was submitted stays"
    );
    assert_eq!(view["links"][0]["more"], json!([{"ci": "sw 2/b", "what": "new"}]));
    assert_eq!(view["links"][0]["less"], json!(["sw-1"]));
    let frozen = json!({"command": "unlink", "link": "changes/CHG-1"});
    shop.command(&release, &frozen)
        .await
        .expect_problem(409, "frozen");
    let take = json!({"command": "follow_change", "change": "CHG-1"});
    shop.command(&release, &take).await.expect_problem(409, "frozen");
    // What accompanies a release may be linked as long as it is open.
    let problem = json!({"command": "link", "register": "problems", "key": "PRB-1"});
    let answer = shop.command(&release, &problem).await.expect(200).json();
    assert_eq!(answer["view"]["hash"], hash);

    let back = shop.command(&release, &json!({"command": "withdraw"})).await;
    let back = back.expect(200).json();
    assert_eq!(cis(&back["view"]), 2);
    assert!(
        back["view"]["release"]["links"]["changes/CHG-1"]["cis"]["sw 2/b"].is_string(),
        "a draft follows again"
    );
    assert!(back["view"]["links"][0]["more"].is_null());
}
