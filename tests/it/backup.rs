//! Backup, verify and restore, as an operator does them.

mod damage;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::kill::{Device, title};
use crate::process::{
    Database, Process, Server, administrator, done, fails, json as json_of, ok, run_with, slipway, wait_for,
};

/// Folders of one test.
struct Ground(tempfile::TempDir);

impl Ground {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A data folder with the demo estate and an administrator's token.
    fn demo(&self) -> (String, String) {
        let data = self.path("data");
        Server::start(&["--demo", "--data", &data]).stop();
        let user = [
            "user",
            "add",
            "root",
            "--admin",
            "--password-stdin",
            "--data",
            &data,
        ];
        done(&user, &run_with(&user, "correct horse battery\n"));
        let token = json_of(&["token", "create", "--user", "root", "--json", "--data", &data]);
        (data, token["token"].as_str().unwrap().to_owned())
    }

    /// CIs to have something that takes a while.
    fn fill(&self, data: &str, cis: u32) {
        let file = self.path("many.ndjson");
        let line = |n| json!({ "type": "ci", "key": format!("vm/{n}"), "name": "VM", "class": "vm" });
        let text: String = (0..cis).map(|n| format!("{}\n", line(n))).collect();
        fs::write(&file, text).unwrap();
        ok(&["import", "--format", "ndjson", &file, "--data", data]);
    }

    /// A data folder with an administrator and nothing else, backed up.
    fn small(&self) -> (String, String) {
        let (data, file) = (self.path("data"), self.path("small.backup"));
        administrator(&["--data", &data]);
        ok(&["backup", &file, "--data", &data]);
        (data, file)
    }
}

fn device(server: &Server, token: &str) -> Device {
    let (_, me) = server.get("/api/v1/me", token);
    Device {
        client: Ulid::new().to_string(),
        author: me["actor"]["user"].as_str().unwrap().to_owned(),
        release: Ulid::new().to_string(),
        seq: 1,
        acknowledged: 0,
    }
}

/// The lines of a backup.
fn lines(file: &str) -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(file).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Its records by table, those left out that a restore changes.
fn tables(file: &str) -> BTreeMap<String, Vec<Value>> {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut part = String::new();
    for line in lines(file) {
        if let Some(name) = line["part"].as_str() {
            part = name.to_owned();
            tables.entry(part.clone()).or_default();
        } else if let Some(record) = line.get("record") {
            tables.entry(part.clone()).or_default().push(record["is"].clone());
        }
    }
    tables
}

#[test]
fn everything_comes_back_and_devices_hand_back_what_the_backup_had_not_seen() {
    let ground = Ground::new();
    let (data, token) = ground.demo();
    let photo = b"not really a photo";
    let hash = format!("{:x}", Sha256::digest(photo));
    let blobs = Path::new(&data).join("blobs/ab");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(&hash), photo).unwrap();
    fs::write(blobs.join("upload.part"), "unfinished").unwrap();

    let server = Server::start(&["--data", &data]);
    let mut one = device(&server, &token);
    let push = |server: &Server, device: &Device, epoch: Option<&str>| {
        let push = json!({ "proto": 1, "client": device.client, "epoch": epoch, "ops": [device.op()] });
        server.post("/sync/v1/push", &token, &push).unwrap().1
    };
    let mut acknowledged = Value::Null;
    for seq in 1..=3 {
        one.seq = seq;
        acknowledged = push(&server, &one, None);
        assert_eq!(acknowledged["through"], seq, "{acknowledged}");
    }
    let old_epoch = acknowledged["epoch"].as_str().unwrap().to_owned();
    let file = ground.path("day.backup");
    let url = format!("http://{}", server.address);
    let arguments = ["backup", &file, "--url", &url, "--token-stdin", "--json"];
    let taken: Value = serde_json::from_str(&done(&arguments, &run_with(&arguments, &token))).unwrap();
    assert_eq!(
        (&taken["head"], &taken["epoch"]),
        (&acknowledged["head"], &json!(old_epoch))
    );
    for seq in 4..=5 {
        one.seq = seq;
        acknowledged = push(&server, &one, Some(&old_epoch));
        assert_eq!(acknowledged["through"], seq, "{acknowledged}");
    }
    server.kill();

    let restored = ground.path("restored");
    let report = json_of(&["restore", &file, "--json", "--data", &restored]);
    let new_epoch = report["epoch"].as_str().unwrap().to_owned();
    assert_ne!(new_epoch, old_epoch);

    // Every record again, but for the life of the database.
    let again = ground.path("again.backup");
    ok(&["backup", &again, "--data", &restored]);
    let (mut before, mut after) = (tables(&file), tables(&again));
    assert!(before["ci"].len() > 2_000 && before["op"].len() > 50 && before.len() > 15);
    let (was, is) = (before.remove("meta").unwrap(), after.remove("meta").unwrap());
    assert_eq!(
        (&was[0]["head"], &was[0]["next_number"]),
        (&is[0]["head"], &is[0]["next_number"])
    );
    assert_eq!(
        (&is[0]["epoch"], &is[0]["durable_rev"]),
        (&json!(new_epoch), &taken["head"])
    );
    for (table, records) in &before {
        assert!(after.get(table) == Some(records), "{table} differs");
    }
    assert_eq!(before.len(), after.len());
    assert!(!after.contains_key("session"));
    // The same by another way than backups.
    assert_eq!(
        ok(&["export", "--data", &restored]),
        ok(&["export", "--data", &data])
    );
    let verified = json_of(&["graph", "verify", "--json", "--data", &restored]);
    assert_eq!(verified["differences"], json!([]));
    let photos = Path::new(&restored).join("blobs/ab");
    assert_eq!(fs::read(photos.join(&hash)).unwrap(), photo);
    assert!(!photos.join("upload.part").exists());

    // The device learns that the server forgot, and sends again under the old identity.
    let server = Server::start(&["--data", &restored]);
    one.seq = 4;
    let changed = push(&server, &one, Some(&old_epoch));
    assert_eq!(
        (&changed["answer"], &changed["epoch"]),
        (&json!("epoch_changed"), &json!(new_epoch))
    );
    let pull = |cursor: Option<Value>| {
        let pull = json!({ "proto": 2, "client": one.client, "follow": [one.release], "through": 0, "cursor": cursor });
        server.post("/sync/v1/pull", &token, &pull).unwrap().1
    };
    let reset = pull(Some(json!({ "epoch": old_epoch, "rev": acknowledged["head"] })));
    assert_eq!(reset["answer"], "reset", "{reset}");
    let fresh = pull(None);
    assert_eq!(fresh["through"], 3, "{fresh}");
    assert_eq!(
        fresh["changes"][0]["release"]["fields"]["title"]["value"],
        title(3)
    );
    for seq in 4..=5 {
        one.seq = seq;
        let taken = push(&server, &one, Some(&new_epoch));
        assert_eq!(
            (&taken["through"], &taken["outcomes"][0][1]["outcome"]),
            (&json!(seq), &json!("applied"))
        );
    }
    assert_eq!(pull_title(&server, &token, &one), title(5));
}

fn pull_title(server: &Server, token: &str, device: &Device) -> String {
    let pull = json!({ "proto": 2, "client": device.client, "follow": [device.release], "through": 0 });
    let (_, found) = server.post("/sync/v1/pull", token, &pull).unwrap();
    let title = &found["changes"][0]["release"]["fields"]["title"]["value"];
    title.as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
}

#[test]
fn a_backup_during_pushes_is_of_one_point_in_time() {
    let ground = Ground::new();
    let data = ground.path("data");
    let token = administrator(&["--data", &data]);
    ground.fill(&data, 1_500);
    let server = Server::start(&["--data", &data]);
    let url = format!("http://{}", server.address);
    let mut devices: Vec<Device> = (0..3).map(|_| device(&server, &token)).collect();
    let stop = AtomicBool::new(false);
    let files: Vec<String> = (0..4).map(|n| ground.path(&format!("{n}.backup"))).collect();
    std::thread::scope(|scope| {
        for device in &mut devices {
            let (stop, server, token) = (&stop, &server, &token);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let push = json!({ "proto": 1, "client": device.client, "ops": [device.op()] });
                    let (_, answer) = server.post("/sync/v1/push", token, &push).unwrap();
                    assert_eq!(answer["through"], device.seq, "{answer}");
                    device.seq += 1;
                }
            });
        }
        for file in &files {
            let arguments = ["backup", file, "--url", &url, "--token-stdin"];
            let output = run_with(&arguments, &token);
            if !output.status.success() {
                stop.store(true, Ordering::Relaxed);
            }
            done(&arguments, &output);
        }
        stop.store(true, Ordering::Relaxed);
    });
    let mut heads = Vec::new();
    for file in &files {
        heads.push(check_point_in_time(file, &devices));
    }
    assert!(
        heads.windows(2).all(|pair| pair[0] < pair[1]),
        "nothing was pushed meanwhile: {heads:?}"
    );
}

/// Each op of the devices has its journal entry and its effect, and nothing else is there; answers the head.
fn check_point_in_time(file: &str, devices: &[Device]) -> u64 {
    let tables = tables(file);
    let head = tables["meta"][0]["head"].as_u64().unwrap();
    for device in devices {
        let through = tables["client"]
            .iter()
            .find(|client| client["id"]["$record"][1] == json!(device.client))
            .map_or(0, |client| client["through"].as_u64().unwrap());
        let seqs: Vec<u64> = tables["op"]
            .iter()
            .filter(|op| op["id"]["$record"][1][0] == json!(device.client))
            .map(|op| op["id"]["$record"][1][1].as_u64().unwrap())
            .collect();
        assert_eq!(seqs, (1..=through).collect::<Vec<_>>(), "{file}");
        let journal: Vec<u64> = tables["journal"]
            .iter()
            .filter(|entry| entry["release"] == json!(device.release))
            .map(|entry| entry["rev"].as_u64().unwrap())
            .collect();
        assert_eq!(journal.len() as u64, through, "{file}");
        assert!(journal.iter().all(|rev| *rev <= head), "{file}");
        let release = tables["release"]
            .iter()
            .find(|release| release["id"]["$record"][1] == json!(device.release));
        if through > 0 {
            let body: Value = serde_json::from_str(release.unwrap()["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["fields"]["title"]["value"], title(through), "{file}");
        }
    }
    head
}

#[test]
fn a_restore_that_dies_leaves_a_folder_that_is_refused_and_can_be_repeated() {
    let ground = Ground::new();
    let (data, file, restored) = (
        ground.path("data"),
        ground.path("b.backup"),
        ground.path("restored"),
    );
    ground.fill(&data, 4_000);
    ok(&["backup", &file, "--data", &data]);
    let mut command = slipway(&["restore", &file, "--data", &restored]);
    let mut child = Process(
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let database = Path::new(&restored).join("restoring/db");
    wait_for(|| database.exists());
    std::thread::sleep(Duration::from_millis(200));
    assert!(
        child.0.try_wait().unwrap().is_none(),
        "it was too quick to be killed"
    );
    child.0.kill().unwrap();
    child.0.wait().unwrap();

    for command in ["serve", "export"] {
        let errors = fails(1, &[command, "--data", &restored]);
        assert!(
            errors.contains("did not finish") && errors.contains("slipway restore"),
            "{errors}"
        );
    }
    assert!(
        !Path::new(&restored).join("db").exists(),
        "nothing half restored is in its place"
    );
    ok(&["restore", &file, "--data", &restored]);
    assert_eq!(
        ok(&["export", "--data", &restored]),
        ok(&["export", "--data", &data])
    );
    assert!(!Path::new(&restored).join("restoring").exists());
}

#[test]
fn what_is_there_is_not_replaced_unless_asked_and_never_deleted() {
    let ground = Ground::new();
    let (data, file) = ground.small();
    assert!(fails(1, &["backup", &file, "--data", &data]).contains("is there already"));
    let nowhere = ground.path("typo");
    let errors = fails(1, &["backup", &ground.path("x"), "--data", &nowhere]);
    assert!(
        errors.contains("no database") && !Path::new(&nowhere).exists(),
        "{errors}"
    );
    assert!(fails(1, &["restore", &file, "--data", &data]).contains("--force"));
    assert!(ok(&["restore", &file, "--dry-run", "--data", &data]).contains("Nothing was written"));

    let user = ["user", "add", "eve", "--password-stdin", "--data", &data];
    done(&user, &run_with(&user, "correct horse battery\n"));
    let report = json_of(&["restore", &file, "--force", "--json", "--data", &data]);
    assert_eq!(
        json_of(&["user", "list", "--json", "--data", &data])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let aside = report["moved_aside"].as_str().unwrap();
    assert_eq!(
        json_of(&["user", "list", "--json", "--data", aside])
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let server = Server::start(&["--data", &data]);
    for arguments in [
        ["restore", &file, "--force", "--data", &data],
        ["backup", &ground.path("y"), "--json", "--data", &data],
    ] {
        assert!(fails(1, &arguments).contains(&format!("process {}", server.id())));
    }
}

#[test]
fn only_an_administrator_backs_up_and_only_a_whole_file_counts() {
    let ground = Ground::new();
    let data = ground.path("data");
    let token = administrator(&["--data", &data]);
    let weak = json_of(&[
        "token",
        "create",
        "--user",
        "ada",
        "--scope",
        "read,write,import",
        "--json",
        "--data",
        &data,
    ]);
    let server = Server::start(&["--data", &data]);
    let url = format!("http://{}", server.address);
    let file = ground.path("weak.backup");
    let arguments = ["backup", &file, "--url", &url, "--token-stdin"];
    let refused = run_with(&arguments, weak["token"].as_str().unwrap());
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(
        refused.status.code() == Some(1) && errors.contains("403") && errors.contains("scopes"),
        "{errors}"
    );
    assert_eq!(
        fs::read_dir(ground.0.path()).unwrap().count(),
        1,
        "nothing is left behind"
    );

    let body = json!({ "sha256": "0".repeat(64) });
    let unknown = format!("/api/v1/backups/{}/confirmation", Ulid::new());
    assert_eq!(server.post(&unknown, &token, &body).unwrap().0, 404);
    done(&arguments, &run_with(&arguments, &token));
    let id = lines(&file)[0]["backup"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/backups/{id}/confirmation");
    assert_eq!(server.post(&path, &token, &body).unwrap().0, 409);
    let right = json!({ "sha256": json_of(&["backup", "--verify", &file, "--json"])["sha256"] });
    let (status, confirmed) = server.post(&path, &token, &right).unwrap();
    assert_eq!(
        (status, &confirmed["durable_rev"]),
        (200, &lines(&file)[0]["backup"]["head"])
    );
}

#[test]
fn a_remote_database_is_backed_up_and_restored_as_well() {
    let Some(server) = Database::start() else { return };
    let port = server.port;
    let ground = Ground::new();
    let database = |name: &str| format!("ws://root:root@127.0.0.1:{port}/acme/{name}");
    let (first, second) = (database("first"), database("second"));
    administrator(&["--db", &first]);
    let lines = ground.path("some.ndjson");
    let some = r#"{"type":"ci","key":"hv/1","name":"Host","class":"device","attributes":{"cpu":8.5,"n":null,"$x":[1]}}
{"type":"ci","key":"vm/1","name":"Guest","class":"vm"}
{"type":"relation","kind":"runs_on","from":"vm/1","to":"hv/1"}
"#;
    fs::write(&lines, some).unwrap();
    ok(&["import", "--format", "ndjson", &lines, "--db", &first]);
    let (file, again) = (ground.path("a.backup"), ground.path("b.backup"));
    ok(&["backup", &file, "--db", &first]);
    ok(&["restore", &file, "--db", &second]);
    ok(&["backup", &again, "--db", &second]);
    let (mut before, mut after) = (tables(&file), tables(&again));
    assert_ne!(before.remove("meta"), after.remove("meta"), "a new life");
    assert_eq!(before, after);
    assert!(fails(1, &["restore", &file, "--db", &second]).contains("not empty"));
    assert!(fails(1, &["restore", &file, "--force", "--db", &second]).contains("name another"));
}
