//! List, detail and impact over HTTP with a large estate on disk and the release binary.

use super::{estate, load};
use crate::Result;
use crate::build;
use crate::house::House;
use crate::step;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Options of `bench http`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many CIs to load
    #[arg(long, default_value_t = 100_000)]
    cis: usize,
    /// Requests per second
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Seconds each kind of request is measured
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// A binary that is built already, instead of building the release one
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Loads the estate into a fresh data folder, serves it and prints p50 and p95.
///
/// # Errors
/// A command of the binary fails or an answer is not 200.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let binary = match &arguments.binary {
        Some(path) => path
            .canonicalize()
            .map_err(|it| format!("{}: {it}", path.display()))?,
        None => build::server(house, true)?,
    };
    let folder = house.target.join("bench/http");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let (file, data) = (folder.join("estate.ndjson"), folder.join("data"));

    let written = step::timed("write the estate", || estate::write(&file, arguments.cis))?;
    println!("    {} CIs, {} relations", written.cis, written.relations);
    add_administrator(&binary, &data)?;
    let started = Instant::now();
    let mut import = Command::new(&binary);
    import
        .args(["import", "--format", "ndjson", "--data"])
        .arg(&data)
        .arg(&file);
    step::run("import", &mut import)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate to print")]
    let per_second = written.relations as f64 / started.elapsed().as_secs_f64();
    println!("    {per_second:.0} relations/s, CIs and start-up included");
    let token = token(&binary, &data)?;

    let (mut server, address) = serve(&binary, &data)?;
    let measured = wait_until_ready(address).and_then(|()| measure(address, &token, arguments));
    // SIGKILL is fine: the folder is thrown away with the next run.
    server.kill()?;
    server.wait()?;
    measured
}

fn measure(address: SocketAddr, token: &str, arguments: &Arguments) -> Result<()> {
    let vms = arguments.cis * 3 / 4;
    let picks = |stem: &str, range: usize, width: usize| -> Vec<String> {
        (0..200)
            .map(|it| format!("{stem}-{:0width$}", it * 7919 % range.max(1)))
            .collect()
    };
    let list: Vec<String> = [
        "",
        "&class=vm",
        "&site=site-003",
        "&q=hv-0001",
        "&class=application&q=app",
        "&lifecycle=in_production",
    ]
    .iter()
    .map(|it| format!("/api/v1/cis?limit=50{it}"))
    .collect();
    let detail = picks("vm", vms, 7)
        .iter()
        .map(|it| format!("/api/v1/cis/{it}"))
        .collect();
    let impact = picks("hv", vms / 20, 6)
        .iter()
        .map(|it| format!("/api/v1/cis/{it}/impact?direction=dependants"))
        .collect();
    println!(
        "{:>10} {:>8} {:>9} {:>9} {:>9}   at {} requests/s",
        "", "answers", "p50 ms", "p95 ms", "max ms", arguments.rate
    );
    let kinds: [(&str, Vec<String>); 3] = [("list", list), ("detail", detail), ("impact", impact)];
    for (name, paths) in kinds {
        // A first second warms caches that a running server has anyway.
        load::get(address, token, &paths, arguments.rate, 1)?;
        let times = load::get(address, token, &paths, arguments.rate, arguments.seconds)?;
        let ms = |share: f64| times.at(share).as_secs_f64() * 1000.0;
        println!(
            "{name:>10} {:>8} {:>9.2} {:>9.2} {:>9.2}",
            times.len(),
            ms(0.5),
            ms(0.95),
            ms(1.0)
        );
    }
    Ok(())
}

fn add_administrator(binary: &Path, data: &Path) -> Result<()> {
    let mut child = Command::new(binary)
        .args(["user", "add", "bench", "--admin", "--password-stdin", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(b"a benchmark needs no secret\n")?;
    }
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("slipway user add ended with {status}").into())
    }
}

fn token(binary: &Path, data: &Path) -> Result<String> {
    let output = Command::new(binary)
        .args(["token", "create", "--user", "bench", "--json", "--data"])
        .arg(data)
        .output()?;
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|it| {
        format!(
            "slipway token create: {it}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    Ok(answer["token"]
        .as_str()
        .ok_or("slipway token create --json printed no token")?
        .to_owned())
}

/// Starts the server on a port that is free right now.
fn serve(binary: &Path, data: &Path) -> Result<(Child, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let child = Command::new(binary)
        .args(["serve", "--listen", &address.to_string(), "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .spawn()?;
    Ok((child, address))
}

fn wait_until_ready(address: SocketAddr) -> Result<()> {
    step::timed("server start", || {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            if load::Connection::open(address)
                .is_ok_and(|mut it| it.get("/readyz", "").is_ok_and(|status| status == 200))
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("the server was not ready within 120 s".into())
    })
}
