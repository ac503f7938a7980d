//! The Debian package graph: real, large, with cycles and hubs, and on every Debian machine already.

use crate::Result;
use crate::house::House;
use crate::step;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Unpacks apt's package index and runs the domain's benchmark over it.
///
/// # Errors
/// apt has no package index, or the benchmark fails.
pub fn run(house: &House) -> Result<()> {
    let index = unpacked_index(house)?;
    let mut cargo = house.cargo(&[
        "run",
        "--release",
        "-p",
        "domain",
        "--features",
        "transfer",
        "--example",
        "bench_graph",
        "--",
    ]);
    step::run("graph benchmark", cargo.arg(index))
}

/// The main archive's `Packages` file as plain text in the target folder.
///
/// # Errors
/// apt has no package index and cannot fetch one.
pub fn unpacked_index(house: &House) -> Result<PathBuf> {
    let packed = packed_index()?;
    let folder = house.target.join("bench");
    fs::create_dir_all(&folder)?;
    let plain = folder.join("Packages");
    step::timed("unpack apt's package index", || {
        // Whatever apt stores it as (plain, lz4, xz), its own helper reads it.
        let output = Command::new("/usr/lib/apt/apt-helper")
            .arg("cat-file")
            .arg(&packed)
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        fs::write(&plain, output.stdout)?;
        Ok(())
    })?;
    Ok(plain)
}

/// The largest package index apt knows: the main archive rather than its updates.
fn packed_index() -> Result<PathBuf> {
    let list = || -> Result<Vec<PathBuf>> {
        let output = Command::new("apt-get")
            .args(["indextargets", "--format", "$(FILENAME)", "Created-By: Packages"])
            .output()
            .map_err(|it| format!("the graph benchmark reads Debian's package index, but apt-get: {it}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text
            .lines()
            .map(PathBuf::from)
            .filter(|it| it.is_file())
            .collect())
    };
    let mut files = list()?;
    if files.is_empty() {
        step::run("apt package lists", Command::new("apt-get").arg("update"))?;
        files = list()?;
    }
    let size = |path: &PathBuf| path.metadata().map(|it| it.len()).unwrap_or(0);
    files
        .into_iter()
        .max_by_key(size)
        .ok_or_else(|| "apt has no package index; run `apt-get update` as root".into())
}
