//! An acknowledged op survives `kill -9`.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use ulid::Ulid;

use crate::process::{Server, administrator};

const ROUNDS: u32 = 20;

/// A device that pushes one op at a time and repeats what was not acknowledged.
pub struct Device {
    pub client: String,
    pub author: String,
    pub release: String,
    /// The op on its way.
    pub seq: u64,
    pub acknowledged: u64,
}

pub fn title(seq: u64) -> String {
    format!("title {seq}")
}

impl Device {
    pub fn op(&self) -> Value {
        let seq = self.seq;
        let op = match seq {
            1 => json!({ "kind": "create", "fields": { "title": title(1) } }),
            _ => json!({
                "kind": "set_field",
                "at": { "of": "release", "field": "title" },
                "base": { "mine": { "client": self.client, "seq": seq - 1 } },
                "from": title(seq - 1),
                "to": title(seq),
            }),
        };
        json!({
            "id": { "client": self.client, "seq": seq },
            "v": 1,
            "author": self.author,
            "made": { "wall": "2026-01-01T00:00:00Z" },
            "release": self.release,
            "base_rev": 0,
            "gesture": Ulid::new().to_string(),
            "op": op,
        })
    }

    /// Pushes until the server is killed, `after` it has acknowledged the first of these ops: how long that takes depends
    /// on what else the machine does.
    pub fn push_until_killed(&mut self, server: Server, token: &str, after: Duration) {
        let address = server.address;
        let (acknowledged, first) = mpsc::channel();
        std::thread::scope(|scope| {
            let pushing = scope.spawn(move || self.push_until_cut(address, token, &acknowledged));
            first.recv().unwrap();
            std::thread::sleep(after);
            server.kill();
            pushing.join().unwrap();
        });
    }

    fn push_until_cut(&mut self, server: SocketAddr, token: &str, acknowledged: &mpsc::Sender<()>) {
        loop {
            let push = json!({ "proto": 1, "client": self.client, "ops": [self.op()] });
            let answer = crate::process::request(server, "POST", "/sync/v1/push", token, Some(&push));
            let Ok((status, answer)) = answer else { return };
            assert_eq!((status, &answer["answer"]), (200, &"ok".into()), "{answer}");
            assert_eq!(answer["through"], self.seq, "{answer}");
            assert_eq!(answer["outcomes"][0][1]["outcome"], "applied", "{answer}");
            self.acknowledged = self.seq;
            self.seq += 1;
            let _ = acknowledged.send(());
        }
    }
}

#[test]
fn no_acknowledged_op_is_lost_in_twenty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let token = administrator(&["--data", data]);
    let mut server = Server::start(&["--data", data]);
    let (_, me) = server.get("/api/v1/me", &token);
    let author = me["actor"]["user"]
        .as_str()
        .unwrap_or_else(|| panic!("{me}"))
        .to_owned();
    let mut device = Device {
        client: Ulid::new().to_string(),
        author,
        release: Ulid::new().to_string(),
        seq: 1,
        acknowledged: 0,
    };
    for round in 0..ROUNDS {
        let before = device.acknowledged;
        // Different moments in the life of a push.
        device.push_until_killed(server, &token, Duration::from_millis(u64::from(round) * 7));
        server = Server::start(&["--data", data]);
        let pull = json!({ "proto": 2, "client": device.client, "follow": [device.release], "through": 0 });
        let (status, found) = server.post("/sync/v1/pull", &token, &pull).unwrap();
        assert_eq!(status, 200, "{found}");
        let through = found["through"].as_u64().unwrap();
        assert!(
            through >= device.acknowledged,
            "round {round}: {through} of {} are there",
            device.acknowledged
        );
        let outcomes = found["outcomes"].as_array().unwrap();
        let seqs: Vec<u64> = outcomes
            .iter()
            .map(|outcome| outcome[0].as_u64().unwrap())
            .collect();
        assert_eq!(
            seqs,
            (1..=through).collect::<Vec<_>>(),
            "round {round}: every op once, none between lost"
        );
        if through > 0 {
            let release = &found["changes"][0]["release"];
            assert_eq!(
                release["fields"]["title"]["value"],
                title(through),
                "round {round}: all of an op or nothing"
            );
        }
        println!(
            "round {round}: {} ops acknowledged, {} before the kill",
            device.acknowledged,
            device.acknowledged - before
        );
    }
    assert!(
        device.acknowledged >= u64::from(ROUNDS),
        "only {} ops in all",
        device.acknowledged
    );
}
