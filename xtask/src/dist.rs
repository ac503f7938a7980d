//! `cargo xtask dist`: the release tarball, and the figures of the browser bundle.

mod licences;

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use crate::step;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The core of the application must come over a poor line: limit for WASM, JavaScript and CSS together,
/// brotli, in bytes.
const CORE_LIMIT: u64 = 350_000;

/// Builds `dist/slipway-<version>-x86_64-linux.tar.gz`.
///
/// # Errors
/// A build failed, or the core is larger than its limit.
pub fn run(house: &House) -> Result<()> {
    let site = build::site(house, Effort::Ship)?;
    let core = print_sizes(&site)?;

    println!("    the database is compiled optimised: 15 minutes the first time on two cores");
    let mut cargo = house.cargo(&[
        "build",
        "-p",
        "server",
        "--bin",
        "slipway",
        "--release",
        "--features",
        "embed",
    ]);
    cargo.env("SLIPWAY_SITE_DIR", &site);
    step::run("server with embedded pages: compile", &mut cargo)?;

    let name = format!("slipway-{}-x86_64-linux", env!("CARGO_PKG_VERSION"));
    let stage = house.target.join("dist").join(&name);
    step::timed("licence texts", || {
        if stage.exists() {
            fs::remove_dir_all(&stage)?;
        }
        fs::create_dir_all(&stage)?;
        fs::copy(house.target.join("release/slipway"), stage.join("slipway"))?;
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.md"] {
            fs::copy(house.root.join(file), stage.join(file)).map_err(|it| format!("{file}: {it}"))?;
        }
        licences::write(house, &stage.join("THIRD-PARTY-LICENCES.txt"))
    })?;

    let dist = house.root.join("dist");
    fs::create_dir_all(&dist)?;
    let tarball = dist.join(format!("{name}.tar.gz"));
    let mut tar = house.command("tar");
    tar.arg("-C").arg(house.target.join("dist"));
    // The same input gives the same tarball, whoever packs it and when.
    tar.args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mtime=@0",
        "--use-compress-program=gzip -n9",
    ]);
    tar.arg("-cf").arg(&tarball).arg(&name);
    step::run("tarball", &mut tar)?;
    println!("{} ({} bytes)", tarball.display(), tarball.metadata()?.len());
    // Said last: the tarball works all the same.
    if core > CORE_LIMIT {
        return Err(format!("the core takes {core} bytes as brotli; the limit is {CORE_LIMIT}").into());
    }
    Ok(())
}

/// Prints raw, gzip and brotli bytes of every asset; answers the brotli bytes of the core.
fn print_sizes(site: &Path) -> Result<u64> {
    let manifest: Value = serde_json::from_slice(&fs::read(site.join("manifest.json"))?)?;
    let core: Vec<&str> = ["wasm", "js", "css"]
        .iter()
        .filter_map(|it| manifest[*it].as_str())
        .collect();
    println!(
        "{:>10} {:>10} {:>10}  asset (bytes: raw, gzip, brotli)",
        "raw", "gzip", "brotli"
    );
    let (mut of_core, mut of_all) = ([0; 3], [0; 3]);
    for file in manifest["files"].as_array().into_iter().flatten() {
        let raw = file["bytes"].as_u64().unwrap_or(0);
        let sizes = [
            raw,
            file["gzip"].as_u64().unwrap_or(raw),
            file["brotli"].as_u64().unwrap_or(raw),
        ];
        let url = file["url"].as_str().unwrap_or("?");
        print_line(sizes, url);
        for (place, size) in sizes.into_iter().enumerate() {
            of_all[place] += size;
            // Modules the core imports travel with it.
            if core.contains(&url) || url.starts_with("/pkg/snippets/") {
                of_core[place] += size;
            }
        }
    }
    print_line(of_core, "core: WASM, JavaScript, CSS");
    print_line(of_all, "everything");
    Ok(of_core[2])
}

fn print_line([raw, gzip, brotli]: [u64; 3], what: &str) {
    println!("{raw:>10} {gzip:>10} {brotli:>10}  {what}");
}
