use domain::access::Role;
use serde_json::{Value, json};

use super::house::House;

/// A service on a VM on a host in a rack at a site; a key with everything awkward in it.
const ESTATE: &str = r#"{"type":"ci","key":"site/oslo","name":"Oslo","class":"site"}
{"type":"ci","key":"rack/A 1","name":"A 1","class":"rack","site":"site/oslo","height":42}
{"type":"ci","key":"device/hv-1","name":"hv-1","class":"device","site":"site/oslo","rack":"rack/A 1","position":3}
{"type":"ci","key":"device/hv-2","name":"hv-2","class":"device","site":"site/oslo","rack":"rack/A 1","position":7}
{"type":"ci","key":"vm/q?&#%41 ü/x","name":"odd one","class":"vm"}
{"type":"ci","key":"service/mail","name":"mail","class":"service"}
{"type":"relation","kind":"located_in","from":"rack/A 1","to":"site/oslo"}
{"type":"relation","kind":"located_in","from":"device/hv-1","to":"rack/A 1"}
{"type":"relation","kind":"located_in","from":"device/hv-2","to":"rack/A 1"}
{"type":"relation","kind":"runs_on","from":"vm/q?&#%41 ü/x","to":"device/hv-1"}
{"type":"relation","kind":"depends_on","from":"service/mail","to":"vm/q?&#%41 ü/x"}
"#;

const ODD: &str = "/api/v1/cis/vm%2Fq%3F%26%23%2541%20%C3%BC%2Fx";

async fn estate() -> (House, String) {
    let house = House::new().await;
    let admin = house.admin().await;
    let report = house.import(&admin, ESTATE).await;
    assert_eq!(report["cis"]["created"], 6, "{report}");
    assert_eq!(report["relations"]["created"], 5, "{report}");
    (house, admin)
}

fn keys(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["key"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_key_with_everything_awkward_in_it_is_one_segment() {
    let (house, admin) = estate().await;
    let ci = house.get(ODD).token(&admin).go().await.expect(200).json();
    assert_eq!(ci["key"], "vm/q?&#%41 ü/x");
    let impact = house
        .get(&format!("{ODD}/impact"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(keys(&impact["items"]), ["service/mail"]);
    house
        .get("/api/v1/cis/vm%2Fnone")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
    house
        .get("/api/v1/cis/vm%2Fnone/impact")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_outage_travels_and_comes_back_as_what_it_needs() {
    let (house, admin) = estate().await;
    let get = |path: &str| house.get(path).token(&admin);
    let down = get("/api/v1/cis/rack%2FA%201/impact")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(down["total"], 4, "{down}");
    let mail = down["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["key"] == "service/mail")
        .unwrap();
    assert_eq!(
        (&mail["depth"], &mail["via"]),
        (&json!(3), &json!("vm/q?&#%41 ü/x"))
    );
    let needs = get("/api/v1/cis/service%2Fmail/impact?direction=dependencies&max_depth=2")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(keys(&needs["items"]), ["vm/q?&#%41 ü/x", "device/hv-1"]);
    get("/api/v1/cis/service%2Fmail/impact?max_depth=0")
        .go()
        .await
        .expect_problem(422, "invalid");
    get("/api/v1/cis/service%2Fmail/impact?direction=up")
        .go()
        .await
        .expect_problem(422, "invalid");

    let both = house
        .post("/api/v1/impact")
        .token(&admin)
        .json(&json!({"down": ["device/hv-1", "device/hv-2"], "limit": 1}))
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!((&both["total"], &both["truncated"]), (&json!(2), &json!(true)));
    house
        .post("/api/v1/impact")
        .token(&admin)
        .json(&json!({"down": ["device/none"]}))
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_path_says_why_one_ci_depends_on_another() {
    let (house, admin) = estate().await;
    let get = |path: &str| house.get(path).token(&admin);
    let way = get("/api/v1/cis/service%2Fmail/path?to=rack%2FA%201")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(
        keys(&way["path"]),
        ["service/mail", "vm/q?&#%41 ü/x", "device/hv-1", "rack/A 1"]
    );
    let kinds: Vec<&Value> = way["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hop| &hop["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &json!("depends_on"),
            &json!("runs_on"),
            &json!("located_in")
        ]
    );
    assert_eq!(
        (&way["from"]["name"], &way["to"]["name"]),
        (&json!("mail"), &json!("A 1"))
    );
    let none = get("/api/v1/cis/rack%2FA%201/path?to=service%2Fmail")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(none["path"], json!([]));
    for (query, status, code) in [
        ("device%2Fhv-1/path?to=device%2Fnone", 404, "not_found"),
        ("device%2Fnone/path?to=device%2Fhv-1", 404, "not_found"),
        ("device%2Fhv-1/path?to=device%2Fhv-1", 422, "invalid"),
        ("device%2Fhv-1/path", 422, "invalid"),
        ("device%2Fhv-1/path?to=%09", 422, "invalid"),
    ] {
        get(&format!("/api/v1/cis/{query}"))
            .go()
            .await
            .expect_problem(status, code);
    }
}

#[tokio::test]
async fn lists_page_by_key_and_count_everything() {
    let (house, admin) = estate().await;
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/cis?limit=4&after={after}");
        let page = house.get(&path).token(&admin).go().await.expect(200).json();
        assert_eq!(page["total"], 6);
        found.extend(keys(&page["items"]).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => after = encode(next),
            None => break,
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 6, "{found:?}");
    let devices = house
        .get("/api/v1/cis?class=device&q=hv")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(keys(&devices["items"]), ["device/hv-1", "device/hv-2"]);
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn an_edit_on_an_old_revision_is_refused() {
    let (house, admin) = estate().await;
    let path = "/api/v1/cis/device%2Fhv-1";
    let seen = house.get(path).token(&admin).go().await.expect(200).json();
    let patch = |body: Value| house.ask("PATCH", path).token(&admin).json(&body);
    let edited = patch(json!({"serial": "S-1", "revision": seen["revision"]}))
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(edited["serial"], "S-1");
    patch(json!({"serial": "S-2", "revision": seen["revision"]}))
        .go()
        .await
        .expect_problem(409, "conflict");
    patch(json!({"colour": "red"}))
        .go()
        .await
        .expect_problem(422, "invalid");
    patch(json!({"name": ""}))
        .go()
        .await
        .expect_problem(422, "invalid");
    house
        .ask("PATCH", "/api/v1/cis/device%2Fnone")
        .token(&admin)
        .json(&json!({"serial": "x"}))
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn racks_rooms_and_surroundings() {
    let (house, admin) = estate().await;
    let get = |path: &str| house.get(path).token(&admin);
    let rack = get("/api/v1/cis/rack%2FA%201/elevation")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(
        keys(&rack["devices"]),
        ["device/hv-2", "device/hv-1"],
        "highest first"
    );
    get("/api/v1/cis/site%2Foslo/elevation")
        .go()
        .await
        .expect_problem(404, "not_found");
    let inside = get("/api/v1/cis/site%2Foslo/contents")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(keys(&inside["items"]), ["rack/A 1"], "{inside}");
    let around = get("/api/v1/cis/device%2Fhv-1/neighbours?depth=2")
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(around["centre"], "device/hv-1");
    assert_eq!(around["nodes"][0]["key"], "device/hv-1");
    assert_eq!(around["total"], around["nodes"].as_array().unwrap().len());
    get("/api/v1/cis/device%2Fhv-1/neighbours?depth=9")
        .go()
        .await
        .expect_problem(422, "invalid");
    let overview = get("/api/v1/cmdb").go().await.expect(200).json();
    assert_eq!(
        (&overview["total"], &overview["by_class"]["device"]),
        (&json!(6), &json!(2))
    );
}

#[tokio::test]
async fn an_import_answers_its_report_and_leaves_a_record() {
    let (house, admin) = estate().await;
    let again = house.import(&admin, ESTATE).await;
    assert_eq!(
        (&again["cis"]["created"], &again["cis"]["unchanged"]),
        (&json!(0), &json!(6))
    );

    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"more.ndjson\"\r\n\r\n\
        {\"type\":\"ci\",\"key\":\"vm/new\",\"name\":\"new\",\"class\":\"vm\"}\n\
        {\"type\":\"ci\",\"key\":\"vm/bad\",\"name\":\"bad\",\"class\":\"no_such_class\"}\n\r\n--b--\r\n";
    let send = |query: &str| {
        house
            .post(&format!("/api/v1/imports?format=ndjson{query}"))
            .token(&admin)
            .raw("multipart/form-data; boundary=b", form.to_owned())
    };
    let dry = send("&dry_run=true").go().await.expect(200).json();
    assert_eq!(
        (&dry["dry_run"], &dry["cis"]["created"], &dry["cis"]["rejected"]),
        (&json!(true), &json!(1), &json!(1))
    );
    house
        .get("/api/v1/cis/vm%2Fnew")
        .token(&admin)
        .go()
        .await
        .expect_problem(404, "not_found");

    let answer = send("").go().await.expect(200);
    let problem = &answer.json()["problems"][0];
    assert_eq!(problem["line"], 2, "{problem}");
    house
        .get("/api/v1/cis/vm%2Fnew")
        .token(&admin)
        .go()
        .await
        .expect(200);
    let record = house
        .get(answer.header("location"))
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(record["report"]["cis"]["created"], 1);
    assert_eq!(record["files"], json!(["more.ndjson"]));
    let all = house
        .get("/api/v1/imports")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert!(all.as_array().unwrap().len() >= 3, "{all}");
}

#[tokio::test]
async fn what_is_no_import_is_refused_with_the_reason() {
    let house = House::new().await;
    let admin = house.admin().await;
    let send = |query: &str, kind: &str, body: &[u8]| {
        house
            .post(&format!("/api/v1/imports{query}"))
            .token(&admin)
            .raw(kind, body.to_vec())
    };
    send("", "text/csv", b"")
        .go()
        .await
        .expect_problem(422, "invalid");
    send("?format=excel", "text/csv", b"")
        .go()
        .await
        .expect_problem(422, "invalid");
    send("?format=ndjson&dry_run=maybe", "text/csv", b"")
        .go()
        .await
        .expect_problem(422, "invalid");
    send("?format=ndjson", "image/png", b"x")
        .go()
        .await
        .expect_problem(415, "wrong_content_type");
    send("?format=ndjson", "multipart/form-data", b"x")
        .go()
        .await
        .expect_problem(400, "malformed");
    send("?format=ndjson", "multipart/form-data; boundary=b", b"--b--\r\n")
        .go()
        .await
        .expect_problem(422, "invalid");
    send(
        "?format=ndjson",
        "multipart/form-data; boundary=b",
        b"--b\r\ntruncated",
    )
    .go()
    .await
    .expect_problem(400, "malformed");
    // Nothing of these may be half taken.
    for (query, body) in [
        ("?format=netbox", &b"\x00\xff binary"[..]),
        ("?format=netbox", b"[{\"model\": \"dcim.site\", \"pk\": 1"),
        ("?format=netbox", b""),
    ] {
        let answer = send(query, "application/octet-stream", body).go().await;
        assert!(
            answer.status == 422
                || answer.json()["problems"]
                    .as_array()
                    .is_some_and(|list| !list.is_empty()),
            "{answer:?}"
        );
    }
    let overview = house
        .get("/api/v1/cmdb")
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(overview["total"], 0);
}

#[tokio::test]
async fn a_viewer_reads_and_does_not_write() {
    let (house, _) = estate().await;
    house.person("vic", &[Role::CmdbViewer], false).await;
    let vic = house.sign_in("vic").await;
    house
        .get("/api/v1/cis/device%2Fhv-1")
        .cookie(&vic)
        .go()
        .await
        .expect(200);
    house
        .ask("PATCH", "/api/v1/cis/device%2Fhv-1")
        .cookie(&vic)
        .json(&json!({"serial": "x"}))
        .go()
        .await
        .expect_problem(403, "not_allowed");
    // The same answer for a CI that is not there.
    house
        .ask("PATCH", "/api/v1/cis/device%2Fnone")
        .cookie(&vic)
        .json(&json!({"serial": "x"}))
        .go()
        .await
        .expect_problem(403, "not_allowed");
}
