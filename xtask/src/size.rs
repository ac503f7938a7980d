//! `cargo xtask size`: what of the browser bundle travels, and the limits it must keep.

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The core must come over a poor line: WASM, JavaScript and CSS of the first page, brotli, in bytes.
const CORE_LIMIT: u64 = 350_000;
/// What a tablet takes along to work offline, chunks and icons included, brotli, in bytes.
const OFFLINE_LIMIT: u64 = 1_500_000;

/// Builds the bundle as it is shipped, prints its sizes and checks them.
///
/// # Errors
/// A build failed, or a limit is exceeded.
pub fn run(house: &House) -> Result<()> {
    let sizes = Sizes::of(&build::site(house, Effort::Ship)?)?;
    sizes.print();
    sizes.check()
}

/// Bytes as they are, as gzip and as brotli.
type Bytes = [u64; 3];

/// The sizes of a bundle.
pub struct Sizes {
    /// Each asset and its address.
    assets: Vec<(Bytes, String)>,
    core: Bytes,
    /// What the start page takes along beside the core; it is asked for at the same time.
    start: Bytes,
    offline: Bytes,
    all: Bytes,
}

impl Sizes {
    /// Reads the manifest in the folder `site`.
    ///
    /// # Errors
    /// There is none.
    pub fn of(site: &Path) -> Result<Sizes> {
        let manifest: Value = serde_json::from_slice(&fs::read(site.join("manifest.json"))?)?;
        let core: Vec<&str> = ["wasm", "js", "css"]
            .iter()
            .filter_map(|it| manifest[*it].as_str())
            .collect();
        let mut sizes = Sizes {
            assets: Vec::new(),
            core: [0; 3],
            start: [0; 3],
            offline: [0; 3],
            all: [0; 3],
        };
        for file in manifest["files"].as_array().into_iter().flatten() {
            let raw = file["bytes"].as_u64().unwrap_or(0);
            let compressed = |name: &str| file[name].as_u64().unwrap_or(raw);
            let bytes = [raw, compressed("gzip"), compressed("brotli")];
            let url = file["url"].as_str().unwrap_or("?");
            add(&mut sizes.all, bytes);
            if file["offline"] == true {
                add(&mut sizes.offline, bytes);
            }
            // Modules the core imports travel with it.
            if core.contains(&url) || url.starts_with("/pkg/snippets/") {
                add(&mut sizes.core, bytes);
            }
            if url.contains("_start.") {
                add(&mut sizes.start, bytes);
            }
            sizes.assets.push((bytes, url.to_owned()));
        }
        Ok(sizes)
    }

    /// Prints a line for each asset and the sums.
    pub fn print(&self) {
        println!(
            "{:>10} {:>10} {:>10}  asset (bytes: raw, gzip, brotli)",
            "raw", "gzip", "brotli"
        );
        let sums = [
            (
                self.core,
                "core: WASM, JavaScript, CSS of the first page".to_owned(),
            ),
            (self.start, "start page: what comes beside the core".to_owned()),
            (
                self.offline,
                "what a device takes along to work offline".to_owned(),
            ),
            (self.all, "everything".to_owned()),
        ];
        for ([raw, gzip, brotli], what) in self.assets.iter().chain(&sums) {
            println!("{raw:>10} {gzip:>10} {brotli:>10}  {what}");
        }
    }

    /// Compares the sums with their limits.
    ///
    /// # Errors
    /// One is exceeded; the text says by how much.
    pub fn check(&self) -> Result<()> {
        let sums = [
            ("the core", self.core[2], CORE_LIMIT),
            ("what a device takes along", self.offline[2], OFFLINE_LIMIT),
        ];
        for (what, bytes, limit) in sums {
            if bytes > limit {
                return Err(format!("{what} takes {bytes} bytes as brotli; the limit is {limit}").into());
            }
        }
        Ok(())
    }
}

fn add(sum: &mut Bytes, bytes: Bytes) {
    for (sum, bytes) in sum.iter_mut().zip(bytes) {
        *sum += bytes;
    }
}
