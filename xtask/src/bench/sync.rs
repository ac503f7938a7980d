//! A device comes back with queued edits: how long until the server holds them, and until another device has them.
//! And how many ops a second the server takes from several devices that never stop.

use super::installation::Installation;
use super::line;
use super::load::Connection;
use crate::Result;
use crate::build;
use crate::house::House;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Between each device and the server.
const ROUND_TRIP: Duration = Duration::from_millis(50);
/// Documents the edits are spread over.
const RELEASES: usize = 51;
/// Queued edits, with the goals in milliseconds: stored with an outcome each, and with a second device.
const QUEUES: [(usize, u32, u32); 3] = [(20, 200, 300), (200, 250, 400), (2_000, 400, 600)];
/// Most ops in one push; what the server takes.
const BATCH: usize = 2_048;
/// How often each is measured; the middle one is printed.
const ROUNDS: usize = 5;
/// Devices that push without pause, how many ops at a time, for how long, and the goal in ops a second.
const STREAM: (usize, usize, Duration, u32) = (4, 50, Duration::from_secs(5), 1_000);

/// Options of `bench sync`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A binary that is built already, instead of building the release one
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Serves an empty installation from disk, with an fsync for each commit, and measures over a line with 50 ms.
///
/// # Errors
/// A build failed, or an edit was not simply applied.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let binary = build::given_or_released(house, arguments.binary.as_deref())?;
    let folder = house.target.join("bench/sync");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let installation = Installation::new(&binary, &folder.join("data"));
    let token = installation.administrator()?;
    let served = installation.serve(&[])?;
    served.first_answer("/readyz", "")?;
    let near = line::open(served.address, ROUND_TRIP)?;

    let me = Connection::open(served.address)?.get_json("/api/v1/me", &token)?;
    let author = me["actor"]["user"].as_str().ok_or("nobody is signed in")?;
    let mut device = Device::new(0, author);
    let creations = device.creations();
    device.push(&mut Connection::open(served.address)?, &token, &creations)?;
    let pulls = Follower::start(near, &token, &device)?;
    pulls.recv()??;
    println!(
        "{:>6} {:>12} {:>8} {:>14} {:>8} {:>12}   {RELEASES} releases, {} ms round trip, median of {ROUNDS}",
        "edits",
        "stored ms",
        "goal",
        "elsewhere ms",
        "goal",
        "bytes/op",
        ROUND_TRIP.as_millis()
    );
    for (edits, stored_goal, elsewhere_goal) in QUEUES {
        let (mut stored, mut elsewhere, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let ops = device.edits(edits);
            bytes = ops.iter().map(|op| op.to_string().len()).sum::<usize>() / edits;
            let started = Instant::now();
            // Back on the network: nothing is connected yet.
            device.push(&mut Connection::open(near)?, &token, &ops)?;
            stored.push(started.elapsed());
            // The follower says after each pull which revision it has.
            while pulls.recv()?? < device.head {}
            elsewhere.push(started.elapsed());
        }
        println!(
            "{edits:>6} {:>12.0} {stored_goal:>8} {:>14.0} {elsewhere_goal:>8} {bytes:>12}",
            middle(stored),
            middle(elsewhere)
        );
    }
    stream(served.address, &token, author)
}

/// Pushes from several devices at once, each to releases of its own, and prints how many ops were stored a second.
fn stream(address: SocketAddr, token: &str, author: &str) -> Result<()> {
    let (devices, batch, time, goal) = STREAM;
    let push = |number: usize| -> std::result::Result<usize, String> {
        let mut device = Device::new(number, author);
        let mut connection = Connection::open(address).map_err(|it| it.to_string())?;
        let mut send = |device: &mut Device, ops: &[Value]| {
            let sent = device.push(&mut connection, token, ops);
            sent.map_err(|it| it.to_string())
        };
        let creations = device.creations();
        send(&mut device, &creations)?;
        let (started, mut stored) = (Instant::now(), 0);
        while started.elapsed() < time {
            let ops = device.edits(batch);
            send(&mut device, &ops)?;
            stored += ops.len();
        }
        Ok(stored)
    };
    let stored = thread::scope(|scope| -> Result<usize> {
        let pushing: Vec<_> = (1..=devices)
            .map(|number| scope.spawn(move || push(number)))
            .collect();
        let mut stored = 0;
        for device in pushing {
            stored += device.join().map_err(|_| "a device stopped")??;
        }
        Ok(stored)
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a rate to print")]
    let rate = stored as f64 / time.as_secs_f64();
    println!(
        "{rate:.0} ops/s stored (goal {goal}), {devices} devices pushing {batch} at a time for {} s, an fsync for each push",
        time.as_secs()
    );
    Ok(())
}

fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1_000.0
}

/// A ULID of our own, always the same.
fn id(kind: u8, number: usize) -> String {
    format!("{kind}{number:025}")
}

/// A device with a queue, as it speaks to the server.
struct Device {
    client: String,
    /// Number of its first release.
    first: usize,
    author: String,
    seq: usize,
    /// Of each release: its title and the op that gave it.
    titles: Vec<(String, usize)>,
    /// The server's newest revision.
    head: u64,
}

impl Device {
    /// The devices are numbered; each has releases of its own.
    fn new(number: usize, author: &str) -> Self {
        Self {
            client: id(1, number),
            first: number * RELEASES,
            author: author.to_owned(),
            seq: 0,
            titles: Vec::new(),
            head: 0,
        }
    }

    fn op(&mut self, release: usize, op: &Value) -> Value {
        self.seq += 1;
        json!({
            "id": { "client": self.client, "seq": self.seq },
            "v": 1,
            "author": self.author,
            "made": { "wall": "2026-01-01T00:00:00Z" },
            "release": id(2, self.first + release),
            "base_rev": 0,
            "gesture": id(3, self.seq),
            "op": op,
        })
    }

    /// An op that creates each release.
    fn creations(&mut self) -> Vec<Value> {
        (0..RELEASES)
            .map(|release| {
                let title = format!("release {release}");
                let op = self.op(
                    release,
                    &json!({ "kind": "create", "fields": { "title": title } }),
                );
                self.titles.push((title, self.seq));
                op
            })
            .collect()
    }

    /// Edits of titles, each resting on the one before.
    fn edits(&mut self, count: usize) -> Vec<Value> {
        (0..count)
            .filter_map(|number| {
                let release = number % RELEASES;
                let (from, seen) = self.titles.get(release)?.clone();
                let to = format!("title {} of release {release}", self.seq);
                let op = self.op(
                    release,
                    &json!({
                        "kind": "set_field",
                        "at": { "of": "release", "field": "title" },
                        "base": { "mine": { "client": self.client, "seq": seen } },
                        "from": from,
                        "to": to,
                    }),
                );
                *self.titles.get_mut(release)? = (to, self.seq);
                Some(op)
            })
            .collect()
    }

    /// Sends everything and waits for an outcome of each.
    fn push(&mut self, connection: &mut Connection, token: &str, ops: &[Value]) -> Result<()> {
        for batch in ops.chunks(BATCH) {
            let push = json!({ "proto": 2, "client": self.client, "ops": batch });
            let answer = connection.post("/sync/v1/push", token, &push)?;
            let outcomes = answer["outcomes"].as_array().ok_or("no outcomes")?;
            let applied = |it: &&Value| it[1]["outcome"] == "applied";
            if outcomes.iter().filter(applied).count() != batch.len() {
                return Err(format!("not everything was applied: {answer}").into());
            }
            self.head = answer["head"].as_u64().ok_or("no head")?;
        }
        Ok(())
    }
}

/// Number of the device that only reads.
const FOLLOWER: usize = 99;

/// Another device that is connected, follows the same releases and pulls when it is told to.
struct Follower {
    connection: Connection,
    token: String,
    releases: Vec<String>,
    cursor: Option<Value>,
}

impl Follower {
    /// Starts it; what it answers are the revisions that it has everything of.
    fn start(near: SocketAddr, token: &str, device: &Device) -> Result<mpsc::Receiver<Pulled>> {
        let mut stream = TcpStream::connect(near)?;
        write!(
            stream,
            "GET /sync/v1/events HTTP/1.1\r\nHost: {near}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )?;
        let mut follower = Self {
            connection: Connection::open(near)?,
            token: token.to_owned(),
            releases: (0..device.titles.len()).map(|it| id(2, it)).collect(),
            cursor: None,
        };
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(std::io::Result::ok) {
                if line.starts_with("data:")
                    && send.send(follower.pull().map_err(|it| it.to_string())).is_err()
                {
                    return;
                }
            }
        });
        Ok(receive)
    }

    fn pull(&mut self) -> Result<u64> {
        let fresh: &[String] = if self.cursor.is_some() {
            &[]
        } else {
            &self.releases
        };
        let request = json!({
            "proto": 2,
            "client": id(1, FOLLOWER),
            "cursor": self.cursor,
            "follow": self.releases,
            "fresh": fresh,
        });
        let answer = self.connection.post("/sync/v1/pull", &self.token, &request)?;
        if answer["answer"] != "delta" || answer["more"] == true {
            return Err(format!("a pull was answered in another way than expected: {answer}").into());
        }
        self.cursor = Some(answer["to"].clone());
        answer["to"]["rev"].as_u64().ok_or_else(|| "no revision".into())
    }
}

/// The revision a follower has everything of, or what went wrong.
type Pulled = std::result::Result<u64, String>;
