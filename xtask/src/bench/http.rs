//! Answers over HTTP, start, memory and imports of the release binary, with the demo, with a large estate and
//! with the packages of Debian.

use super::installation::{Installation, Served};
use super::{estate, graph, load};
use crate::Result;
use crate::build;
use crate::house::House;
use crate::step;
use std::fs;
use std::path::{Path, PathBuf};

/// What a started server is first asked for.
const FIRST: &str = "/api/v1/cis?limit=50";

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

/// Measures one estate after the other, each in a fresh data folder.
///
/// # Errors
/// A command of the binary fails or an answer is not 200.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let binary = build::given_or_released(house, arguments.binary.as_deref())?;
    let folder = house.target.join("bench/http");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    demo(&Installation::new(&binary, &folder.join("demo")))?;
    large(&binary, &folder, arguments)?;
    packages(
        &Installation::new(&binary, &folder.join("packages")),
        house,
        arguments,
    )
}

/// Start and memory with the demo estate.
fn demo(demo: &Installation) -> Result<()> {
    println!("==> the demo estate");
    let filled = demo.serve(&["--demo"])?.first_answer("/readyz", "")?;
    println!(
        "    first start, which makes the estate: {:.2} s",
        filled.as_secs_f64()
    );
    let token = demo.administrator()?;
    started(&demo.serve(&[])?, &token)
}

/// Lists, details, surroundings and impacts with a large estate.
fn large(binary: &Path, folder: &Path, arguments: &Arguments) -> Result<()> {
    let file = folder.join("estate.ndjson");
    step::timed("write the estate", || estate::write(&file, arguments.cis))?;
    let large = Installation::new(binary, &folder.join("large"));
    let token = large.administrator()?;
    large.import("ndjson", &file)?;
    let server = large.serve(&[])?;
    started(&server, &token)?;
    let kinds = kinds_of_requests(arguments.cis);
    load::table(server.address, &token, &kinds, arguments.rate, arguments.seconds)
}

/// The import of the Debian packages, and the impact of the one that nearly all need.
fn packages(packages: &Installation, house: &House, arguments: &Arguments) -> Result<()> {
    let index = match graph::unpacked_index(house) {
        Ok(index) => index,
        Err(error) => {
            println!("    the packages of Debian are not measured: {error}");
            return Ok(());
        }
    };
    let token = packages.administrator()?;
    packages.import("debian-packages", &index)?;
    let server = packages.serve(&[])?;
    started(&server, &token)?;
    let of = |path: String| vec![path];
    let impact = |key: &str| of(format!("/api/v1/cis/{key}/impact?limit=100"));
    let kinds = [
        ("impact libc6", impact("libc6")),
        ("impact libssl3", impact("libssl3")),
        ("detail libc6", of("/api/v1/cis/libc6".to_owned())),
        (
            "around libc6",
            of("/api/v1/cis/libc6/neighbours?limit=60".to_owned()),
        ),
        ("path to libc6", of("/api/v1/cis/gnome/path?to=libc6".to_owned())),
    ];
    load::table(server.address, &token, &kinds, arguments.rate, arguments.seconds)
}

/// Prints the time to the first good answer and the memory at rest.
fn started(server: &Served, token: &str) -> Result<()> {
    let first = server.first_answer(FIRST, token)?;
    let memory = server.idle_memory()?;
    println!(
        "    start to first good answer {:.2} s, idle memory {memory} MB",
        first.as_secs_f64()
    );
    Ok(())
}

/// Requests by kind. The many CIs of a kind are visited in a scattered order.
fn kinds_of_requests(cis: usize) -> [(&'static str, Vec<String>); 8] {
    let (vms, sites) = (cis * 3 / 4, cis / (2 * estate::PER_SITE));
    let each = |stem: &str, range: usize, width: usize, rest: &str| -> Vec<String> {
        (0..200)
            .map(|it| {
                let number = it * 7919 % range.max(1);
                format!("/api/v1/cis/{stem}-{number:0width$}{rest}")
            })
            .collect()
    };
    let list = |queries: &[&str]| -> Vec<String> {
        queries
            .iter()
            .map(|it| format!("/api/v1/cis?limit=50{it}"))
            .collect()
    };
    [
        (
            "list",
            list(&["", "&class=vm", "&site=site-003", "&lifecycle=in_production"]),
        ),
        (
            "search",
            list(&["&q=hv-0001", "&class=application&q=app", "&q=vm+77", "&q=nothing"]),
        ),
        ("detail", each("vm", vms, 7, "")),
        ("detail, hub", each("site", sites, 3, "")),
        ("neighbours", each("hv", vms / 20, 6, "/neighbours?depth=2")),
        ("impact", each("hv", vms / 20, 6, "/impact?limit=100")),
        ("impact, hub", each("site", sites, 3, "/impact?limit=100")),
        ("path", each("app", vms / 10, 6, "/path?to=site-000")),
    ]
}
