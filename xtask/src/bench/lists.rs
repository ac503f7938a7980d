//! Lists of releases of the release binary: work list, search, full text and one command for many, with a large estate, many
//! releases and long journals.

use super::installation::{Installation, Served};
use super::load::Connection;
use super::{estate, load};
use crate::Result;
use crate::build;
use crate::house::House;
use crate::step;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

/// Devices that fill the server at the same time, each with releases of its own.
const DEVICES: usize = 4;
/// Most ops in one push; what the server takes.
const BATCH: usize = 2_000;
/// Releases of the command for many.
const MANY: usize = 500;

/// Options of `bench lists`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many CIs to load
    #[arg(long, default_value_t = 100_000)]
    cis: usize,
    /// How many releases to draft
    #[arg(long, default_value_t = 10_000)]
    releases: usize,
    /// How many entries their journals have together
    #[arg(long, default_value_t = 1_000_000)]
    entries: usize,
    /// Requests per second
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Seconds each kind of request is measured
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// A binary that is built already, instead of building the release one
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Measure once more over what the run before has filled, which takes most of the time
    #[arg(long)]
    again: bool,
}

/// Fills a fresh data folder, unless told to take the one of the run before, and measures.
///
/// # Errors
/// A command of the binary fails or an answer is not 200.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let binary = build::given_or_released(house, arguments.binary.as_deref())?;
    let folder = house.target.join("bench/lists");
    let installation = Installation::new(&binary, &folder.join("data"));
    let token = if arguments.again {
        installation.token()?
    } else {
        filled(&installation, &folder, arguments)?
    };

    let server = installation.serve(&[])?;
    let first = server.first_answer("/api/v1/releases?limit=50", &token)?;
    println!("    start to the first list {:.2} s", first.as_secs_f64());
    let first = server.first_answer("/api/v1/search?q=valve", &token)?;
    println!("    start to the first search {:.2} s", first.as_secs_f64());
    println!("    idle memory {} MB", server.idle_memory()?);
    measure(&server, &token, arguments)?;
    many(server.address, &token)
}

/// A fresh data folder with everything in it; answers a token of its administrator.
fn filled(installation: &Installation, folder: &Path, arguments: &Arguments) -> Result<String> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let token = installation.administrator()?;
    let file = folder.join("estate.ndjson");
    step::timed("write the estate", || estate::write(&file, arguments.cis))?;
    installation.import("ndjson", &file)?;
    let server = installation.serve(&[])?;
    server.first_answer("/readyz", "")?;
    step::timed("draft the releases", || fill(server.address, &token, arguments))?;
    Ok(token)
}

fn measure(server: &Served, token: &str, arguments: &Arguments) -> Result<()> {
    let list = |queries: &[&str]| -> Vec<String> {
        queries
            .iter()
            .map(|it| format!("/api/v1/releases?limit=50{it}"))
            .collect()
    };
    let kinds = [
        (
            "work list",
            list(&[
                "&view=work",
                "&view=work&sort=due",
                "&view=work&sort=group&order=desc",
            ]),
        ),
        (
            "search",
            list(&[
                "&q=pump+valve",
                "&stage=draft&sort=title",
                "&assignee=none&sort=priority",
                "&requester=me",
            ]),
        ),
        (
            "full text",
            list(&[
                "&text=valve",
                "&text=pump+rotor",
                "&text=ga+se",
                "&text=title+pum&sort=created",
            ]),
        ),
        (
            "counts",
            ["", "?view=work", "?stage=draft&assignee=none", "?text=valve"]
                .iter()
                .map(|it| format!("/api/v1/releases/counts{it}"))
                .collect(),
        ),
        (
            "palette",
            ["valve", "hv-0001", "pu ro"]
                .iter()
                .map(|it| format!("/api/v1/search?q={}", it.replace(' ', "+")))
                .collect(),
        ),
    ];
    load::table(server.address, token, &kinds, arguments.rate, arguments.seconds)
}

/// One command for many releases: what would happen, and then that it does.
fn many(address: SocketAddr, token: &str) -> Result<()> {
    let mut connection = Connection::open(address)?;
    let me = connection.get_json("/api/v1/me", token)?;
    let page = connection.get_json(&format!("/api/v1/releases?limit={MANY}"), token)?;
    let items = page["items"].as_array().ok_or("no list")?;
    let releases: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    for (preview, word) in [(true, "what would happen"), (false, "that it happens")] {
        let body = json!({
            "releases": releases,
            "command": { "command": "share", "with": { "user": me["actor"]["user"] } },
            "preview": preview,
        });
        let started = Instant::now();
        let answer = connection.post("/api/v1/releases/bulk", token, &body)?;
        println!(
            "    {} releases at once, {word}: {:.0} ms, {} of them",
            releases.len(),
            started.elapsed().as_secs_f64() * 1000.0,
            answer["will"]
        );
    }
    Ok(())
}

fn fill(address: SocketAddr, token: &str, arguments: &Arguments) -> Result<()> {
    let me = Connection::open(address)?.get_json("/api/v1/me", token)?;
    let author = me["actor"]["user"].as_str().ok_or("nobody is signed in")?;
    let each = (arguments.entries / arguments.releases.max(1)).max(1);
    thread::scope(|scope| {
        let filling: Vec<_> = (0..DEVICES)
            .map(|device| {
                let numbers: Vec<usize> = (device..arguments.releases).step_by(DEVICES).collect();
                scope.spawn(move || {
                    device_of(address, token, author, device, &numbers, each).map_err(|it| it.to_string())
                })
            })
            .collect();
        for device in filling {
            device.join().map_err(|_| "a device stopped")??;
        }
        Ok(())
    })
}

/// Drafts releases and edits their titles, so that each has so many entries in its journal.
fn device_of(
    address: SocketAddr,
    token: &str,
    author: &str,
    device: usize,
    numbers: &[usize],
    each: usize,
) -> Result<()> {
    let mut connection = Connection::open(address)?;
    let client = id(1, device);
    let (mut seq, mut ops) = (0_usize, Vec::new());
    for number in numbers {
        let (mut title, mut seen) = (String::new(), 0);
        for edit in 0..each {
            let next = words(number * 31 + edit, 5);
            let op = if edit == 0 {
                json!({ "kind": "create", "fields": { "title": next, "requester": author, "description": words(*number, 40) } })
            } else {
                json!({
                    "kind": "set_field",
                    "at": { "of": "release", "field": "title" },
                    "base": { "mine": { "client": client, "seq": seen } },
                    "from": title,
                    "to": next,
                })
            };
            seq += 1;
            ops.push(json!({
                "id": { "client": client, "seq": seq },
                "v": 1,
                "author": author,
                "made": { "wall": "2026-01-01T00:00:00Z" },
                "release": id(2, *number),
                "base_rev": 0,
                "gesture": id(3, device * 1_000_000_000 + seq),
                "op": op,
            }));
            (title, seen) = (next, seq);
            if ops.len() == BATCH {
                push(&mut connection, token, &client, &mut ops)?;
            }
        }
    }
    push(&mut connection, token, &client, &mut ops)
}

fn push(connection: &mut Connection, token: &str, client: &str, ops: &mut Vec<Value>) -> Result<()> {
    if ops.is_empty() {
        return Ok(());
    }
    let body = json!({ "proto": 2, "client": client, "ops": ops });
    let answer = connection.post("/sync/v1/push", token, &body)?;
    let outcomes = answer["outcomes"].as_array().ok_or("no outcomes")?;
    if outcomes.iter().filter(|it| it[1]["outcome"] == "applied").count() != ops.len() {
        return Err(format!("not everything was applied: {answer}").into());
    }
    ops.clear();
    Ok(())
}

/// A ULID of our own, always the same.
fn id(kind: u8, number: usize) -> String {
    format!("{kind}{number:025}")
}

/// Words in an order that is the same in every run.
fn words(seed: usize, count: usize) -> String {
    const FIRST: [&str; 16] = [
        "pump", "valve", "rotor", "gate", "server", "switch", "router", "cable", "firmware", "kernel",
        "proxy", "queue", "backup", "cluster", "sensor", "relay",
    ];
    let word = |at: usize| {
        let mixed = (seed * 7_919 + at * 104_729 + 13) % 65_521;
        let first = FIRST[mixed % FIRST.len()];
        if mixed.is_multiple_of(3) {
            format!("{first}{}", mixed / 97)
        } else {
            first.to_owned()
        }
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}
