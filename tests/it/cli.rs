//! The command line, as the README shows it.

use std::fs;

use crate::process::{PASSWORD, Server, administrator, done, fails, json, ok, run, run_with, shared};

const LINES: &str = r#"{"type":"ci","key":"hv/1","name":"Host","class":"device"}
{"type":"ci","key":"vm/1","name":"Guest","class":"vm"}
{"type":"relation","kind":"runs_on","from":"vm/1","to":"hv/1"}
{"type":"relation","kind":"runs_on","from":"vm/1","to":"nowhere"}
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }
}

#[test]
fn importing_the_netbox_dump_twice_changes_nothing() {
    let Some(dump) = shared("netbox-demo-v3.6.json") else {
        return;
    };
    let dump = dump.to_str().unwrap();
    let folder = Folder::new();
    let data = folder.path("data");
    let dry = json(&[
        "import",
        "--format",
        "netbox",
        "--dry-run",
        "--json",
        dump,
        "--data",
        &data,
    ]);
    assert_eq!(
        (&dry["dry_run"], &dry["cis"]["created"]),
        (&true.into(), &435.into())
    );
    let first = json(&["import", "--format", "netbox", "--json", dump, "--data", &data]);
    for (class, count) in [("device", 72), ("vm", 180), ("rack", 42), ("site", 24)] {
        assert_eq!(first["classes"][class], count, "{class}");
    }
    let second = json(&["--data", &data, "import", "--format", "netbox", "--json", dump]);
    for kind in ["cis", "relations"] {
        assert_eq!(
            (&second[kind]["created"], &second[kind]["updated"]),
            (&0.into(), &0.into()),
            "{kind}"
        );
        assert_eq!(second[kind]["unchanged"], first[kind]["created"], "{kind}");
    }
    let verified = json(&["graph", "verify", "--sample", "100", "--json", "--data", &data]);
    assert_eq!(
        (&verified["differences"], &verified["cis"]),
        (&serde_json::json!([]), &435.into())
    );
    let exported = folder.path("all.ndjson");
    ok(&["export", &exported, "--data", &data]);
    let back = json(&[
        "import", "--format", "ndjson", "--json", &exported, "--data", &data,
    ]);
    assert_eq!(
        (&back["cis"]["unchanged"], &back["relations"]["created"]),
        (&435.into(), &0.into())
    );

    let text = fs::read_to_string(dump).unwrap();
    let damaged = folder.file("damaged.json", text.get(..1_000_000).unwrap());
    let refused = run(&[
        "import",
        "--format",
        "netbox",
        "--dry-run",
        "--json",
        &damaged,
        "--data",
        &data,
    ]);
    assert_eq!(refused.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert!(
        report["refused"] == true && report["problems"].as_array().unwrap().len() > 10,
        "{report}"
    );
}

#[test]
fn problems_are_named_and_the_rest_is_taken() {
    let folder = Folder::new();
    let data = folder.path("data");
    let file = folder.file("some.ndjson", LINES);
    let output = run(&["import", "--format", "ndjson", &file, "--data", &data]);
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("2 read, 2 created"),
        "{text}"
    );
    assert!(
        errors.contains("line 4") && errors.contains("`nowhere`"),
        "{errors}"
    );
    let all = ok(&["export", "--data", &data]);
    assert_eq!(all.lines().count(), 3, "{all}");
}

#[test]
fn people_and_tokens_come_and_go() {
    let folder = Folder::new();
    let data = folder.path("data");
    let place = ["--data", data.as_str()];
    administrator(&place);
    let again = ["user", "add", "ADA", "--password-stdin", "--data", &data];
    let output = run_with(&again, PASSWORD);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && errors.contains("`ada` is taken"),
        "{errors}"
    );
    let short = run_with(&["user", "add", "bob", "--password-stdin", "--data", &data], "x");
    assert_eq!(short.status.code(), Some(1));
    let change = ["user", "password", "ada", "--password-stdin", "--data", &data];
    done(&change, &run_with(&change, "another long password\n"));
    ok(&["user", "disable", "ada", "--data", &data]);
    assert_eq!(
        json(&["user", "list", "--json", "--data", &data])[0]["disabled"],
        true
    );
    ok(&["user", "enable", "ada", "--data", &data]);

    let read = json(&[
        "token",
        "create",
        "--user",
        "ada",
        "--scope",
        "read,import",
        "--json",
        "--data",
        &data,
    ]);
    let listed = json(&["token", "list", "--json", "--data", &data]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["scopes"], serde_json::json!(["read", "import"]));
    ok(&["token", "revoke", read["id"].as_str().unwrap(), "--data", &data]);
    assert_eq!(
        json(&["token", "list", "--json", "--data", &data])[0]["revoked"],
        true
    );
    for (what, arguments) in [
        ("nobody", ["token", "create", "--user", "nobody"]),
        ("there is no token", ["token", "revoke", "01J", "--json"]),
    ] {
        let arguments: Vec<&str> = arguments
            .into_iter()
            .filter(|a| *a != "--json")
            .chain(place)
            .collect();
        let errors = fails(1, &arguments);
        assert!(errors.contains(what), "{errors}");
    }
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_is_right() {
    for (arguments, word) in [
        (vec![], "Usage"),
        (vec!["import", "x"], "--format"),
        (vec!["import", "--format", "excel", "x"], "debian-packages"),
        (
            vec!["token", "create", "--user", "a", "--scope", "all"],
            "read, write, import, admin",
        ),
        (vec!["serve", "--listen", "everywhere"], "--listen"),
        (vec!["serve", "--sync", "sometimes"], "every, 1s, never"),
    ] {
        let errors = fails(2, &arguments);
        assert!(errors.contains(word), "{arguments:?}: {errors}");
    }
    for command in [
        "serve",
        "import",
        "export",
        "backup",
        "restore",
        "user",
        "token",
        "graph",
        "check-config",
    ] {
        assert!(ok(&[command, "--help"]).contains("--data"), "{command}");
    }
}

#[test]
fn a_place_that_loses_writes_or_is_none_is_refused() {
    let folder = Folder::new();
    let data = folder.path("data");
    for (arguments, word) in [
        (vec!["serve", "--db", "mem://"], "--allow-data-loss"),
        (
            vec!["serve", "--data", &data, "--sync", "never"],
            "--allow-data-loss",
        ),
        (vec!["export", "--db", "http://x"], "known are ws:"),
        (vec!["export", "--db", "ws://127.0.0.1:1"], "SLIPWAY_DB_USER"),
        (
            vec!["export", "--db", "ws://u:topsecret@127.0.0.1:1"],
            "cannot open the database",
        ),
    ] {
        let errors = fails(1, &arguments);
        assert!(
            errors.contains(word) && !errors.contains("topsecret"),
            "{arguments:?}: {errors}"
        );
    }
    let file = folder.file("file", "");
    assert!(fails(1, &["export", "--data", &file]).contains("data folder"));
}

#[test]
fn a_served_folder_has_one_owner_and_the_server_stops_when_asked() {
    let folder = Folder::new();
    let data = folder.path("data");
    let token = administrator(&["--data", &data]);
    let server = Server::start(&["--data", &data]);
    let errors = fails(1, &["user", "list", "--data", &data]);
    assert!(errors.contains(&format!("process {}", server.id())), "{errors}");
    assert_eq!(server.get("/api/v1/cis", &token).0, 200);
    assert_eq!(server.get("/api/v1/cis", "").0, 401);
    let (code, took) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took.as_secs() < 10, "{took:?}");
    assert_eq!(
        json(&["user", "list", "--json", "--data", &data])[0]["login"],
        "ada",
        "the folder is free again"
    );
}

#[test]
fn the_journal_is_anchored_outside_of_the_database() {
    let folder = Folder::new();
    let data = folder.path("data");
    let token = administrator(&["--data", &data]);
    let server = Server::start(&["--data", &data]);
    let draft = serde_json::json!({"fields": {"title": "Anchored"}});
    assert_eq!(server.post("/api/v1/releases", &token, &draft).unwrap().0, 201);
    assert_eq!(server.stop().0, Some(0));
    let found = json(&["journal", "verify", "--json", "--data", &data]);
    assert_eq!(found["anchored"], found["entries"]);
    assert_eq!(
        (&found["unanchored"], &found["bad"]),
        (&0.into(), &serde_json::Value::Null)
    );
    let said = ok(&["journal", "verify", "--data", &data]);
    assert!(said.contains("the journal is as it was written"), "{said}");

    // A checkpoint of this life of the database that knows more than the journal has.
    let file = folder.path("data/journal-checkpoints.ndjson");
    let text = fs::read_to_string(&file).unwrap();
    let mut more: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    more["entries"] = 99.into();
    let elsewhere = folder.file("elsewhere", &format!("{more}\n"));
    let place = ["journal", "verify", "--data", &data, "--checkpoints"];
    let output = run(&[&place[..], &[&elsewhere]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("those after the last are missing"), "{said}");
    let broken = folder.file("broken", "{}\n");
    let said = fails(1, &[&place[..], &[&broken]].concat());
    assert!(said.contains("broken, line 1"), "{said}");
}
