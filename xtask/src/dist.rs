//! `cargo xtask dist`: the release tarball, and the figures of the browser bundle.

mod licences;

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use crate::{size, step};
use std::fs;

/// Builds `dist/slipway-<version>-x86_64-linux.tar.gz`.
///
/// # Errors
/// A build failed, or the core is larger than its limit.
pub fn run(house: &House) -> Result<()> {
    let site = build::site(house, Effort::Ship)?;
    let sizes = size::Sizes::of(&site)?;
    sizes.print();

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
    sizes.check()
}
