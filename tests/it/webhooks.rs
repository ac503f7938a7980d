//! Webhooks of the real binary, to a real receiver on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use server::hooks::signature::sign;
use ulid::Ulid;

use crate::kill::Device;
use crate::process::{Server, administrator, wait_for};

/// One request that a receiver got.
#[derive(Clone)]
struct Got {
    id: String,
    timestamp: i64,
    signature: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn revision(&self) -> u64 {
        self.json()["revision"].as_u64().unwrap()
    }
}

/// Listens on a port of its own; answers what `statuses` says next, then 204.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (got, statuses) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let receiver = Self {
            address,
            got,
            statuses,
        };
        let (got, statuses) = (receiver.got.clone(), receiver.statuses.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // One connection after the other: what is seen first was sent first.
                let mut reader = BufReader::new(stream);
                let (mut head, mut length) = (String::new(), 0);
                while reader.read_line(&mut head).is_ok_and(|read| read > 2) {
                    let line = head.lines().last().unwrap_or_default().to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                // The server was killed while it sent.
                if reader.read_exact(&mut body).is_err() || length == 0 {
                    continue;
                }
                let header = |name: &str| {
                    let found = head
                        .lines()
                        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
                    found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
                };
                got.lock().unwrap().push(Got {
                    id: header("webhook-id"),
                    timestamp: header("webhook-timestamp").parse().unwrap(),
                    signature: header("webhook-signature"),
                    body: String::from_utf8(body).unwrap(),
                });
                let status = statuses.lock().unwrap().pop().unwrap_or(204);
                let answer =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhm");
                let answer = if status == 204 {
                    "HTTP/1.1 204 X\r\nconnection: close\r\n\r\n".to_owned()
                } else {
                    answer
                };
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        receiver
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

const FLAGS: [&str; 5] = [
    "--webhook-allow",
    "127.0.0.0/8",
    "--webhook-http",
    "--public-url",
    "https://slipway.example/",
];

fn with_flags(data: &str) -> Vec<&str> {
    let mut arguments = vec!["--data", data];
    arguments.extend(FLAGS);
    arguments
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

fn push_one(server: &Server, token: &str, device: &mut Device) {
    let push = json!({ "proto": 1, "client": device.client, "ops": [device.op()] });
    let (status, answer) = server.post("/sync/v1/push", token, &push).unwrap();
    assert_eq!(
        (status, &answer["outcomes"][0][1]["outcome"]),
        (200, &"applied".into()),
        "{answer}"
    );
    device.seq += 1;
}

#[test]
fn a_receiver_is_told_in_order_again_after_failures_and_can_check_who_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let token = administrator(&["--data", data]);
    let server = Server::start(&with_flags(data));
    let receiver = Receiver::start();
    let mut device = device(&server, &token);
    // Before the webhook was made: not told.
    push_one(&server, &token, &mut device);

    let url = format!("http://{}/hook", receiver.address);
    let new = json!({ "name": "Chat", "url": url, "events": ["release.changed", "release.created"] });
    let (status, made) = server.post("/api/v1/admin/webhooks", &token, &new).unwrap();
    assert_eq!(status, 201, "{made}");
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"));
    let (_, shown) = server.get(&format!("/api/v1/admin/webhooks/{id}"), &token);
    assert_eq!(shown["secret"], Value::Null, "the secret is shown once");

    receiver.statuses.lock().unwrap().push(500);
    for _ in 0..3 {
        push_one(&server, &token, &mut device);
    }
    wait_for(|| receiver.got().len() == 4);
    let got = receiver.got();
    let revisions: Vec<u64> = got.iter().map(Got::revision).collect();
    assert_eq!(
        revisions,
        [revisions[0], revisions[0], revisions[0] + 1, revisions[0] + 2]
    );
    assert_eq!(got[0].id, got[1].id, "the same message");
    let now = chrono::Utc::now().timestamp();
    for one in &got {
        let expected = sign(secret, &one.id, one.timestamp, &one.body).unwrap();
        assert_eq!(one.signature, expected);
        assert!((now - 60..=now).contains(&one.timestamp));
        let message = one.json();
        assert_eq!(message["id"], one.id);
        assert_eq!(message["type"], "release.changed");
        assert_eq!(message["release"]["number"], "REL-000001");
        assert_eq!(message["link"], "https://slipway.example/releases/REL-000001");
        assert_eq!(message["actor"]["name"], "ada");
        assert_eq!(message["text"], "set Title");
    }

    let log_path = format!("/api/v1/admin/webhooks/{id}/deliveries");
    wait_for(|| server.get(&log_path, &token).1["items"][0]["id"] == revisions[3]);
    let (_, log) = server.get(&log_path, &token);
    assert_eq!(log["total"], 3, "{log}");
    let first = &log["items"][2];
    assert_eq!(
        (&first["state"], &first["attempts"]),
        (&"delivered".into(), &2.into()),
        "{first}"
    );
    assert_eq!(first["last"]["status"], 204);

    // By hand: sent again under the same name; its failure is noted and changes nothing else.
    receiver.statuses.lock().unwrap().push(400);
    let again = format!("{log_path}/{}/redelivery", revisions[0]);
    let (status, row) = server.post(&again, &token, &json!({})).unwrap();
    assert_eq!(
        (status, &row["attempts"], &row["last"]["status"]),
        (200, &3.into(), &400.into()),
        "{row}"
    );
    assert_eq!(
        (&row["state"], &row["last"]["response"]),
        (&"delivered".into(), &"hm".into())
    );
    assert_eq!(receiver.got().last().unwrap().id, got[0].id);
    let nothing = format!("{log_path}/999999/redelivery");
    assert_eq!(server.post(&nothing, &token, &json!({})).unwrap().0, 404);

    let (_, tried) = server
        .post(&format!("/api/v1/admin/webhooks/{id}/test"), &token, &json!({}))
        .unwrap();
    assert_eq!(
        (&tried["delivered"], &tried["status"]),
        (&true.into(), &204.into()),
        "{tried}"
    );
    assert_eq!(receiver.got().last().unwrap().json()["type"], "webhook.test");

    let (_, metrics) = server.get("/metrics", &token);
    let metrics = metrics.as_str().unwrap();
    assert!(
        metrics.contains("slipway_webhook_attempts_total{outcome=\"delivered\"} 4"),
        "{metrics}"
    );
    assert!(metrics.contains("slipway_webhook_attempts_total{outcome=\"failed\"} 2"));

    // A receiver that hangs does not keep a stopping server.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let patch = json!({ "url": format!("http://{}/", silent.local_addr().unwrap()) });
    let path = format!("/api/v1/admin/webhooks/{id}");
    let (status, changed) =
        crate::process::request(server.address, "PATCH", &path, &token, Some(&patch)).unwrap();
    assert_eq!(status, 200, "{changed}");
    push_one(&server, &token, &mut device);
    silent.accept().unwrap();
    let (code, took) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn what_is_given_up_stops_a_webhook_and_what_waits_is_sent_or_forgotten_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let token = administrator(&["--data", data]);
    let server = Server::start(&with_flags(data));
    let receiver = Receiver::start();
    let mut device = device(&server, &token);
    let url = format!("http://{}/hook", receiver.address);
    let new = json!({ "name": "Chat", "url": url, "events": ["release.changed", "release.created"] });
    let (status, made) = server.post("/api/v1/admin/webhooks", &token, &new).unwrap();
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/admin/webhooks/{}", made["id"].as_str().unwrap());
    let patch = |body: Value| {
        let answer = crate::process::request(server.address, "PATCH", &path, &token, Some(&body));
        let (status, webhook) = answer.unwrap();
        assert_eq!(status, 200, "{webhook}");
        webhook
    };
    let state = || server.get(&path, &token).1["state"].clone();

    receiver.statuses.lock().unwrap().push(410);
    push_one(&server, &token, &mut device);
    wait_for(|| state() == "stopped");
    push_one(&server, &token, &mut device);
    push_one(&server, &token, &mut device);
    let (_, stopped) = server.get(&path, &token);
    assert!(stopped["trouble"].as_str().unwrap().contains("410"), "{stopped}");
    assert_eq!(receiver.got().len(), 1, "nothing is sent to one that is gone");
    let (_, log) = server.get(&format!("{path}/deliveries"), &token);
    assert_eq!(log["items"][0]["state"], "given_up", "{log}");
    let metrics = server.get("/metrics", &token).1;
    assert!(
        metrics
            .as_str()
            .unwrap()
            .contains("slipway_webhook_given_up_total 1")
    );

    // Resumed, it goes on after what was given up, which can be sent by hand.
    assert_eq!(patch(json!({ "state": "active" }))["trouble"], Value::Null);
    wait_for(|| receiver.got().len() == 3);
    let first = receiver.got()[0].revision();
    let revisions: Vec<u64> = receiver.got().iter().map(Got::revision).collect();
    assert_eq!(revisions, [first, first + 1, first + 2]);
    let again = format!("{path}/deliveries/{first}/redelivery");
    let (_, row) = server.post(&again, &token, &json!({})).unwrap();
    assert_eq!(
        (&row["state"], &row["attempts"]),
        (&"delivered".into(), &2.into()),
        "{row}"
    );

    // Paused, what happens waits; and it can be forgotten.
    patch(json!({ "state": "paused" }));
    push_one(&server, &token, &mut device);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(receiver.got().len(), 4);
    patch(json!({ "state": "active", "skip_waiting": true }));
    push_one(&server, &token, &mut device);
    wait_for(|| receiver.got().len() == 5);
    assert_eq!(receiver.got()[4].revision(), first + 4);

    let gone = crate::process::request(server.address, "DELETE", &path, &token, None).unwrap();
    assert_eq!(gone.0, 204);
    assert_eq!(server.get(&path, &token).0, 404);
    push_one(&server, &token, &mut device);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(receiver.got().len(), 5);
}

#[test]
fn addresses_inside_are_refused_unless_the_operator_allows_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let token = administrator(&["--data", data]);
    let server = Server::start(&["--data", data]);
    let make = |url: &str| {
        let new = json!({ "name": url, "url": url, "events": ["release.submitted"] });
        server.post("/api/v1/admin/webhooks", &token, &new).unwrap()
    };
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
    ] {
        let (status, answer) = make(url);
        assert_eq!(
            (status, &answer["errors"][0]["at"]),
            (422, &"url".into()),
            "{answer}"
        );
    }
    // A name that leads inside is only known when it is looked up.
    let receiver = Receiver::start();
    let (status, made) = make(&format!("https://localhost:{}/", 8443));
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/admin/webhooks/{}/test", made["id"].as_str().unwrap());
    let (_, tried) = server.post(&path, &token, &json!({})).unwrap();
    assert_eq!(tried["delivered"], false, "{tried}");
    assert!(
        tried["error"].as_str().unwrap().contains("this machine itself"),
        "{tried}"
    );
    assert!(receiver.got().is_empty());
}

#[test]
fn no_message_is_lost_or_out_of_order_over_kills_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let token = administrator(&["--data", data]);
    let receiver = Receiver::start();
    let mut server = Server::start(&with_flags(data));
    let mut device = device(&server, &token);
    let url = format!("http://{}/hook", receiver.address);
    let new = json!({ "name": "All", "url": url, "events": ["release.changed", "release.created"] });
    let (status, made) = server.post("/api/v1/admin/webhooks", &token, &new).unwrap();
    assert_eq!(status, 201, "{made}");
    for round in 0..8_u64 {
        device.push_until_killed(server, &token, Duration::from_millis(round * 23));
        server = Server::start(&with_flags(data));
    }
    // The last op may have been committed without an answer; the journal says what happened.
    let path = "/api/v1/releases/REL-000001/journal?limit=1";
    let (_, journal) = server.get(path, &token);
    let committed = journal["total"].as_u64().unwrap();
    assert!(
        committed >= device.acknowledged && device.acknowledged >= 8,
        "{journal}"
    );
    let last = journal["items"][0]["rev"].as_u64().unwrap();
    wait_for(|| receiver.got().last().is_some_and(|got| got.revision() == last));
    let got = receiver.got();
    let (mut newest, mut repeats) = (0, 0);
    for one in &got {
        let rev = one.revision();
        assert!(rev <= newest + 1, "revision {rev} came after {newest}");
        repeats += u64::from(rev <= newest);
        newest = newest.max(rev);
    }
    assert_eq!(newest, committed, "one revision for each op, each told");
    assert!(
        repeats <= 8,
        "{repeats}: at most the message under way is sent again after a kill"
    );
    println!("{committed} messages, {repeats} of them twice, over 8 kills");
}
