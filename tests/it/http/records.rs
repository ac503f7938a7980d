//! The papers of a release over HTTP: journal entries, documents, checklists, versions.

use domain::BlobId;
use domain::access::{Role, Scope};
use domain::wire::blob::{BLOB_PIECE, PIECE_TYPE};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::house::{Answer, House};

fn name(content: &[u8]) -> String {
    BlobId(Sha256::digest(content).into()).to_string()
}

/// A PDF of its own.
fn pdf() -> Vec<u8> {
    format!("%PDF-1.7\n{}\n%%EOF", ulid::Ulid::new()).into_bytes()
}

async fn worker(house: &House, login: &str) -> String {
    let id = house.person(login, &[Role::CmdbViewer], true).await;
    house.token_of(id, &[Scope::Read, Scope::Write]).await
}

async fn stranger(house: &House) -> String {
    let id = house.person("sue", &[Role::CmdbViewer], false).await;
    house.token_of(id, &[Scope::Read, Scope::Write]).await
}

async fn draft(house: &House, token: &str) -> String {
    let body = json!({"fields": {"title": "Firmware"}, "steps": [{"title": "Flash"}, {"title": "Watch"}]});
    let answer = house.post("/api/v1/releases").token(token).json(&body).go().await;
    answer.expect(201).json()["view"]["number"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn command(house: &House, token: &str, number: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/releases/{number}/commands");
    house.post(&path).token(token).json(body).go().await
}

async fn get(house: &House, token: &str, path: &str) -> Answer {
    house.get(path).token(token).go().await
}

/// Uploads the whole; the answer to the last piece.
async fn upload(house: &House, token: &str, content: &[u8], kind: &str) -> Answer {
    let sha256 = name(content);
    let body = json!({"sha256": sha256, "bytes": content.len(), "type": kind});
    let begun = house.post("/api/v1/blobs").token(token).json(&body).go().await;
    if begun.status != 200 {
        return begun;
    }
    let mut last = begun;
    for (place, piece) in content.chunks(BLOB_PIECE as usize).enumerate() {
        last = house
            .ask("PATCH", &format!("/api/v1/blobs/{sha256}"))
            .token(token)
            .with("upload-offset", &(place as u64 * BLOB_PIECE).to_string())
            .raw(PIECE_TYPE, piece.to_vec())
            .go()
            .await;
    }
    last
}

fn attach(content: &[u8], name_of_it: &str) -> Value {
    json!({
        "command": "attach",
        "file": {"blob": name(content), "bytes": content.len(), "type": "application/pdf", "name": name_of_it},
        "fields": {"class": "legal", "description": "Signed"},
    })
}

/// The identity of the only document.
fn document_of(answer: &Answer) -> String {
    let documents = answer.json()["view"]["release"]["documents"].clone();
    documents.as_object().unwrap().keys().next().unwrap().clone()
}

#[tokio::test]
async fn an_entry_is_found_by_its_category_and_carries_all_that_was_said() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let number = draft(&house, &ann).await;
    let note = |category: &str, short: &str| {
        json!({"command": "note", "category": category, "source": "Phone", "minutes": 25, "short": short,
               "text": "It says \"category\":\"plan\",\"text\":\"", "contact": "Kim", "stage": "draft"})
    };
    command(&house, &ann, &number, &note("Diagnosis", "Fan 2 is stuck"))
        .await
        .expect(200);
    command(&house, &ann, &number, &note("Follow-up", "Called back"))
        .await
        .expect(200);
    let journal = format!("/api/v1/releases/{number}/journal");
    let all = get(&house, &ann, &journal).await.expect(200).json();
    let notes = get(&house, &ann, &format!("{journal}?category=note"))
        .await
        .expect(200)
        .json();
    assert_eq!(notes["total"], 2);
    assert!(all["total"].as_u64().unwrap() > 2);
    let entry = &notes["items"][1];
    assert_eq!(
        (&entry["text"], &entry["note"]["minutes"]),
        (&json!("Fan 2 is stuck"), &json!(25))
    );
    let diagnoses = get(&house, &ann, &format!("{journal}?note=Diagnosis"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&diagnoses["total"], &diagnoses["items"][0]["text"]),
        (&json!(1), &json!("Fan 2 is stuck"))
    );
    // What a text only quotes is not found: the two steps are all there is of the plan.
    let plan = get(&house, &ann, &format!("{journal}?category=plan"))
        .await
        .expect(200)
        .json();
    assert_eq!(plan["total"], 2);
    assert_eq!(
        get(&house, &ann, &format!("{journal}?note=%22%7D"))
            .await
            .expect(200)
            .json()["total"],
        0
    );

    let refused = command(&house, &ann, &number, &note("", "x"))
        .await
        .expect_problem(422, "invalid");
    assert!(
        refused.json()["detail"].as_str().unwrap().contains("category"),
        "{refused:?}"
    );
    let long = note("Memo", &"x".repeat(300));
    command(&house, &ann, &number, &long)
        .await
        .expect_problem(422, "invalid");
    let sue = stranger(&house).await;
    command(&house, &sue, &number, &note("Memo", "x"))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_document_is_read_under_its_name_by_who_may_see_the_release() {
    let house = House::new().await;
    let (ann, ben, sue) = (
        worker(&house, "ann").await,
        worker(&house, "ben").await,
        stranger(&house).await,
    );
    let number = draft(&house, &ann).await;
    let first = pdf();
    let attached = command(&house, &ann, &number, &attach(&first, "Vertrag Größe.pdf"))
        .await
        .expect(200);
    let id = document_of(&attached);
    let path = format!("/api/v1/releases/{number}/documents/{id}/content");
    // The op may come before the bytes, and the release says which have not come.
    get(&house, &ann, &path).await.expect_problem(404, "not_found");
    assert_eq!(attached.json()["view"]["not_arrived"], json!([name(&first)]));
    upload(&house, &ann, &first, "application/pdf").await.expect(200);
    let release = format!("/api/v1/releases/{number}");
    let view = get(&house, &ben, &release).await.expect(200).json();
    assert_eq!(view["not_arrived"], Value::Null);
    for token in [&ann, &ben] {
        let answer = get(&house, token, &path).await.expect(200);
        assert_eq!(answer.body, first);
        assert_eq!(
            answer.header("content-disposition"),
            "attachment; filename=\"Vertrag Gr__e.pdf\"; filename*=UTF-8''Vertrag%20Gr%C3%B6%C3%9Fe.pdf"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
    // A PDF is never shown in the page, whoever asks for it.
    let asked = get(&house, &ann, &format!("{path}?inline=true"))
        .await
        .expect(200);
    assert!(asked.header("content-disposition").starts_with("attachment"));
    get(&house, &sue, &path).await.expect_problem(404, "not_found");
    let blob = format!("/api/v1/blobs/{}", name(&first));
    get(&house, &sue, &blob).await.expect_problem(404, "not_found");
    get(&house, &ben, &blob).await.expect(200);

    // Naming the hash of somebody else's file gives nothing.
    let hers = draft(&house, &ben).await;
    let secret = pdf();
    upload(&house, &ann, &secret, "application/pdf").await.expect(200);
    let named = command(&house, &ben, &hers, &attach(&secret, "x.pdf"))
        .await
        .expect(200);
    let stolen = format!(
        "/api/v1/releases/{hers}/documents/{}/content",
        document_of(&named)
    );
    get(&house, &ben, &stolen).await.expect_problem(404, "not_found");

    // A new version is shown; the older stays.
    let second = b"Plain words,\nnothing else.".to_vec();
    let mut newer = attach(&second, "report.html");
    newer["document"] = json!(id);
    newer["fields"] = json!({});
    command(&house, &ann, &number, &newer).await.expect(200);
    upload(&house, &ann, &second, "text/plain").await.expect(200);
    let shown = get(&house, &ben, &format!("{path}?inline=true"))
        .await
        .expect(200);
    assert_eq!(shown.body, second);
    assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(
        shown.header("content-disposition"),
        "inline; filename=\"report.html.txt\""
    );
    assert!(
        shown
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(
        get(&house, &ben, &format!("{path}?version=1"))
            .await
            .expect(200)
            .body,
        first
    );
    for none in ["0", "3", "99999999999"] {
        get(&house, &ben, &format!("{path}?version={none}"))
            .await
            .expect_problem(404, "not_found");
    }
    // Taken off, it is no longer listed; its history can still be read.
    let off = command(
        &house,
        &ben,
        &number,
        &json!({"command": "detach", "document": id}),
    )
    .await
    .expect(200);
    assert!(off.json()["view"]["release"]["documents"][&id]["detached"].is_object());
    get(&house, &ben, &path).await.expect(200);
}

#[tokio::test]
async fn a_kind_of_file_that_is_never_kept_is_not_attached() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let number = draft(&house, &ann).await;
    let mut odd = attach(b"MZ", "tool.exe");
    odd["file"]["type"] = json!("application/x-msdownload");
    let refused = command(&house, &ann, &number, &odd).await;
    let said = refused.expect_problem(422, "invalid").json().to_string();
    assert!(said.contains("is not kept here"), "{said}");
}

#[tokio::test]
async fn names_that_play_tricks_and_empty_files_are_refused() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let number = draft(&house, &ann).await;
    let content = pdf();
    for trick in [
        "../../etc/passwd",
        "..\\boot.ini",
        "a/b.pdf",
        "",
        "..",
        "plan.pdf\u{0}.exe",
        "a\r\nx: y",
        "plan\u{202e}fdp.exe",
        "NUL",
        "com1.txt",
        "a\"b.pdf",
        " plan.pdf",
        "plan.pdf.",
    ] {
        let refused = command(&house, &ann, &number, &attach(&content, trick)).await;
        refused.expect_problem(422, "invalid");
    }
    let mut empty = attach(&content, "a.pdf");
    empty["file"]["bytes"] = json!(0);
    command(&house, &ann, &number, &empty)
        .await
        .expect_problem(422, "invalid");
    let body = json!({"sha256": name(b""), "bytes": 0, "type": "application/pdf"});
    let begun = house.post("/api/v1/blobs").token(&ann).json(&body).go().await;
    begun.expect_problem(422, "invalid");
}

#[tokio::test]
async fn what_a_browser_might_run_is_not_kept_whatever_it_says_it_is() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let script = "<script>alert(1)</script>";
    let archive = {
        let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend([0; 12]);
        bytes.extend([10, 0, 0, 0]);
        bytes.extend(b"index.html<script>");
        bytes
    };
    let payloads: [Vec<u8>; 6] = [
        format!("<!doctype html>{script}").into_bytes(),
        format!("  \n\u{feff}<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>").into_bytes(),
        b"MZ\x90\0\x03\0\0\0".to_vec(),
        b"GIF89a\x01\0<script>".to_vec(),
        archive,
        vec![0xff; 600_000],
    ];
    for payload in payloads {
        for kind in ["application/pdf", "text/plain", "image/png"] {
            let refused = upload(&house, &ann, &payload, kind).await;
            refused.expect_problem(415, "wrong_content_type");
            get(&house, &ann, &format!("/api/v1/blobs/{}", name(&payload)))
                .await
                .expect_problem(404, "not_found");
        }
    }
    // A text that only mentions markup is text, and is shown as nothing else.
    let text = format!("Look at {script}");
    upload(&house, &ann, text.as_bytes(), "text/html; charset=utf-8")
        .await
        .expect_problem(415, "wrong_content_type");
    upload(&house, &ann, text.as_bytes(), "text/plain")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_checklist_asks_what_its_template_asked_when_it_was_added() {
    let house = House::new().await;
    let (admin, ann) = (house.admin().await, worker(&house, "ann").await);
    let number = draft(&house, &ann).await;
    let templates = "/api/v1/checklist-templates";
    let list = get(&house, &ann, templates).await.expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 5);
    let add = json!({"command": "add_checklist", "template": "ci-test"});
    let added = command(&house, &ann, &number, &add).await.expect(200).json();
    let lists = added["view"]["release"]["checklists"].as_object().unwrap();
    let (id, asked) = lists
        .iter()
        .next()
        .map(|(id, list)| (id.clone(), list["form"].clone()))
        .unwrap();

    // The template changes: the checklist does not.
    let template = get(&house, &ann, &format!("{templates}/ci-test"))
        .await
        .expect(200)
        .json();
    let mut form = template["form"].clone();
    form["groups"][0]["questions"][0]["required"] = json!(false);
    let change = json!({"revision": template["revision"], "form": form});
    let path = format!("{templates}/ci-test");
    let patch = |token: &str, body: Value| house.ask("PATCH", &path).token(token).json(&body).go();
    patch(&ann, change.clone())
        .await
        .expect_problem(403, "not_allowed");
    assert_eq!(
        patch(&admin, change.clone()).await.expect(200).json()["revision"],
        2
    );
    patch(&admin, change).await.expect_problem(409, "conflict");
    let view = get(&house, &ann, &format!("/api/v1/releases/{number}"))
        .await
        .expect(200)
        .json();
    assert_eq!(view["release"]["checklists"][&id]["form"], asked);
    // A form that was asked once may still be used (a tablet that was away), one that never was may not.
    let mut old = add.clone();
    old["form"] = asked.clone();
    command(&house, &ann, &number, &old).await.expect(200);
    old["form"]["title"] = json!("Forged");
    command(&house, &ann, &number, &old)
        .await
        .expect_problem(422, "invalid");
    let unknown = json!({"command": "add_checklist", "template": "nothing"});
    command(&house, &ann, &number, &unknown)
        .await
        .expect_problem(422, "invalid");

    let confirm = json!({"command": "confirm_checklist", "checklist": id});
    let missing = command(&house, &ann, &number, &confirm)
        .await
        .expect_problem(409, "not_ready")
        .json();
    let places = missing["errors"].as_array().unwrap();
    assert!(
        places
            .iter()
            .any(|one| one["at"] == json!(format!("checklists/{id}/plan"))),
        "{missing}"
    );
    let answers: Vec<Value> = asked["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["questions"].as_array().unwrap())
        .map(|question| {
            let value = match question["answer"]["as"].as_str().unwrap() {
                "yes_no" => json!("yes"),
                "number" => json!(4),
                "date" => json!("2026-11-28"),
                "choice" => question["answer"]["options"][0].clone(),
                _ => json!("said"),
            };
            json!({"command": "answer", "checklist": id, "question": question["key"], "value": value})
        })
        .collect();
    command(&house, &ann, &number, &json!(answers)).await.expect(200);
    let done = command(&house, &ann, &number, &confirm).await.expect(200).json();
    assert!(done["view"]["release"]["checklists"][&id]["confirmed"].is_object());
    let wrong = json!({"command": "answer", "checklist": id, "question": "tested", "value": "some day"});
    command(&house, &ann, &number, &wrong)
        .await
        .expect_problem(422, "invalid");

    // Making, retiring and giving back; each leaves a line in the audit.
    let new = json!({"key": "go-live", "form": {"title": "Go live", "groups": [{"title": "All", "questions": [
        {"key": "a", "text": "All well?", "answer": {"as": "yes_no"}, "required": true}]}]}});
    let post = |token: &str, body: &Value| house.post(templates).token(token).json(body).go();
    post(&ann, &new).await.expect_problem(403, "not_allowed");
    post(&admin, &new).await.expect(201);
    post(&admin, &new).await.expect_problem(409, "conflict");
    let mut empty = new.clone();
    empty["key"] = json!("empty");
    empty["form"]["groups"] = json!([]);
    post(&admin, &empty).await.expect_problem(422, "invalid");
    let own = format!("{templates}/go-live");
    let retire = house
        .ask("PATCH", &own)
        .token(&admin)
        .json(&json!({"revision": 1, "deleted": true}))
        .go()
        .await;
    assert_eq!(retire.expect(200).json()["deleted"], true);
    let add = json!({"command": "add_checklist", "template": "go-live"});
    command(&house, &ann, &number, &add)
        .await
        .expect_problem(422, "invalid");
    let audit = get(&house, &admin, "/api/v1/admin/audit?register=checklist-templates")
        .await
        .expect(200)
        .json();
    let deeds: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["deed"].clone())
        .collect();
    assert_eq!(deeds, [json!("retired"), json!("created"), json!("changed")]);
}

#[tokio::test]
async fn a_baseline_comes_back_and_nothing_is_rewritten() {
    let house = House::new().await;
    let (ann, sue) = (worker(&house, "ann").await, stranger(&house).await);
    let number = draft(&house, &ann).await;
    let base = format!("/api/v1/releases/{number}");
    let view = command(
        &house,
        &ann,
        &number,
        &json!({"command": "baseline", "name": "Agreed"}),
    )
    .await
    .expect(200)
    .json();
    let agreed = view["view"]["hash"].clone();
    let steps = view["view"]["release"]["steps"].as_object().unwrap();
    let flash = steps
        .iter()
        .find(|(_, step)| step["fields"]["title"]["value"] == "Flash")
        .unwrap()
        .0;
    let changes = json!([
        {"command": "set", "field": "title", "value": "Something else"},
        {"command": "delete_step", "step": flash},
        {"command": "add_step", "title": "Unplanned"},
    ]);
    command(&house, &ann, &number, &changes).await.expect(200);
    let versions = get(&house, &ann, &format!("{base}/versions"))
        .await
        .expect(200)
        .json();
    assert_eq!(versions["total"], 3);
    let marked = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["baseline"] == "Agreed")
        .unwrap();
    let rev = marked["rev"].as_u64().unwrap();
    let newest = versions["items"][0]["rev"].as_u64().unwrap();
    let old = get(&house, &ann, &format!("{base}/versions/{rev}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&old["hash"], &old["release"]["fields"]["title"]["value"]),
        (&agreed, &json!("Firmware"))
    );
    let diff = get(
        &house,
        &ann,
        &format!("{base}/versions/{newest}/changes?from={rev}"),
    )
    .await
    .expect(200)
    .json();
    let what: Vec<_> = diff["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["was"].clone(), one["now"].clone()))
        .collect();
    assert!(
        what.contains(&(json!("Firmware"), json!("Something else"))),
        "{diff}"
    );
    assert!(
        what.contains(&(json!("Flash"), Value::Null)) && what.contains(&(Value::Null, json!("Unplanned"))),
        "{diff}"
    );
    let same = get(&house, &ann, &format!("{base}/versions/{newest}/changes"))
        .await
        .expect(200)
        .json();
    assert_eq!(same["differences"], diff["differences"]);

    let restore = format!("{base}/versions/{rev}/restoration");
    house
        .post(&restore)
        .token(&sue)
        .go()
        .await
        .expect_problem(404, "not_found");
    let before = get(&house, &ann, &format!("{base}/journal"))
        .await
        .expect(200)
        .json()["total"]
        .as_u64()
        .unwrap();
    let back = house.post(&restore).token(&ann).go().await.expect(200).json();
    assert_eq!(back["view"]["hash"], agreed);
    let journal = get(&house, &ann, &format!("{base}/journal"))
        .await
        .expect(200)
        .json();
    assert_eq!(journal["items"][0]["text"], "Restored the baseline “Agreed”");
    let added = back["outcomes"].as_array().unwrap().len() as u64;
    assert_eq!(journal["total"].as_u64().unwrap(), before + added);
    // Once more changes nothing, and says so.
    let again = house.post(&restore).token(&ann).go().await.expect(200).json();
    assert_eq!(again["outcomes"], json!([]));
    for path in ["versions", "versions/1", "versions/1/changes"] {
        get(&house, &sue, &format!("{base}/{path}"))
            .await
            .expect_problem(404, "not_found");
    }
    for none in ["0", "-1", "x", "99999999999999999999", "900000"] {
        get(&house, &ann, &format!("{base}/versions/{none}"))
            .await
            .expect_problem(404, "not_found");
    }
}
