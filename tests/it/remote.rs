//! The same product over a real remote database: `--db ws://`.

use std::fs;

use serde_json::json;
use ulid::Ulid;

use crate::process::{Database, Server, administrator, fails, json, request};

const LINES: &str = r#"{"type":"ci","key":"hv/1","name":"Host","class":"device","attributes":{"cpu":8,"n":null}}
{"type":"ci","key":"vm/1","name":"Guest","class":"vm"}
{"type":"relation","kind":"runs_on","from":"vm/1","to":"hv/1"}
"#;

#[test]
fn import_serve_push_and_read_over_a_remote_database() {
    let Some(database) = Database::start() else { return };
    let port = database.port;
    let url = format!("ws://root:root@127.0.0.1:{port}/acme/slipway");
    let place = ["--db", url.as_str()];
    let refused = fails(
        1,
        &["export", "--db", &format!("ws://root:wrong@127.0.0.1:{port}")],
    );
    assert!(
        refused.contains("cannot open the database") && !refused.contains("wrong"),
        "{refused}"
    );

    let token = administrator(&place);
    let folder = tempfile::tempdir().unwrap();
    // Beside the database there are photos, files and checkpoints.
    let beside = folder.path().join("beside");
    let serve = [place[0], place[1], "--data", beside.to_str().unwrap()];
    let file = folder.path().join("some.ndjson");
    fs::write(&file, LINES).unwrap();
    let file = file.to_str().unwrap();
    let first = json(&["import", "--format", "ndjson", "--json", file, place[0], place[1]]);
    assert_eq!(
        (&first["cis"]["created"], &first["relations"]["created"]),
        (&2.into(), &1.into()),
        "{first}"
    );
    let second = json(&["import", "--format", "ndjson", "--json", file, place[0], place[1]]);
    assert_eq!(
        (&second["cis"]["unchanged"], &second["relations"]["unchanged"]),
        (&2.into(), &1.into())
    );
    let verified = json(&["graph", "verify", "--json", place[0], place[1]]);
    assert_eq!(
        (&verified["compared"], &verified["differences"]),
        (&2.into(), &json!([]))
    );

    let server = Server::start(&serve);
    let (status, impact) = server.get("/api/v1/cis/hv%2F1/impact", &token);
    assert_eq!((status, &impact["total"]), (200, &1.into()), "{impact}");
    let (_, me) = server.get("/api/v1/me", &token);
    let (client, release) = (Ulid::new().to_string(), Ulid::new().to_string());
    let op = json!({
        "id": { "client": client, "seq": 1 }, "v": 1, "author": me["actor"]["user"],
        "made": { "wall": "2026-01-01T00:00:00Z" }, "release": release, "base_rev": 0,
        "gesture": Ulid::new().to_string(),
        "op": { "kind": "create", "fields": { "title": "Far away" } },
    });
    let push = json!({ "proto": 1, "client": client, "ops": [op] });
    let (status, answer) = server.post("/sync/v1/push", &token, &push).unwrap();
    assert_eq!(
        (status, &answer["outcomes"][0][1]["outcome"]),
        (200, &"applied".into()),
        "{answer}"
    );
    assert_eq!(server.stop().0, Some(0));

    let server = Server::start(&serve);
    let (_, list) = server.get("/api/v1/releases", &token);
    assert_eq!(
        (&list["total"], &list["items"][0]["title"]),
        (&1.into(), &"Far away".into()),
        "{list}"
    );

    // Another process changes the CMDB: the running server reads it anew with its next change.
    let more = folder.path().join("more.ndjson");
    fs::write(
        &more,
        r#"{"type":"ci","key":"vm/2","name":"Second","class":"vm"}"#,
    )
    .unwrap();
    json(&[
        "import",
        "--format",
        "ndjson",
        "--json",
        more.to_str().unwrap(),
        place[0],
        place[1],
    ]);
    let patch = json!({ "name": "Renamed" });
    let (status, patched) = request(
        server.address,
        "PATCH",
        "/api/v1/cis/vm%2F1",
        &token,
        Some(&patch),
    )
    .unwrap();
    assert_eq!((status, &patched["name"]), (200, &"Renamed".into()), "{patched}");
    assert_eq!(server.get("/api/v1/cis", &token).1["total"], 3);
}
