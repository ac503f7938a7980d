//! Building the parts: web assets, server, the remote database for tests.

use crate::Result;
use crate::house::House;
use crate::{step, tools};
use std::path::{Path, PathBuf};

/// What the assets are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Served on this machine in a moment: quick.
    Develop,
    /// Served to others: as small as it gets.
    Ship,
}

/// Compiles the frontend and fills the site folder; answers the folder.
///
/// # Errors
/// A tool that cannot be installed, a compile error, an invalid stylesheet.
pub fn site(house: &House, effort: Effort) -> Result<PathBuf> {
    tools::wasm_target(house)?;
    let frontend = [
        "build",
        "-p",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "web",
    ];
    let mut cargo = house.cargo(&frontend);
    step::run("browser bundle: compile", &mut cargo)?;
    step::run(
        "bundler: compile",
        &mut house.cargo(&["build", "--quiet", "-p", "bundle"]),
    )?;

    let out = house.site();
    let mut bundle = house.command(house.target.join("debug/bundle"));
    bundle
        .arg("--wasm")
        .arg(house.target.join("wasm32-unknown-unknown/web/frontend.wasm"));
    bundle.arg("--style").arg(house.root.join("style/main.css"));
    bundle.arg("--public").arg(house.root.join("public"));
    bundle.arg("--out").arg(&out);
    // Half a minute for a few per cent: worth it only for what is sent over a network.
    if effort == Effort::Ship {
        bundle.arg("--wasm-opt").arg(tools::wasm_opt(house)?);
    }
    bundle
        .arg("--brotli")
        .arg(if effort == Effort::Ship { "11" } else { "5" });
    step::run("browser bundle: assets", &mut bundle)?;
    Ok(out)
}

/// Compiles the server; answers the binary.
///
/// # Errors
/// A compile error.
pub fn server(house: &House, release: bool) -> Result<PathBuf> {
    let mut cargo = house.cargo(&["build", "-p", "server", "--bin", "slipway"]);
    if release {
        println!(
            "    a release build compiles the database optimised: 15 minutes the first time on two cores"
        );
        cargo.arg("--release");
    }
    step::run("server: compile", &mut cargo)?;
    Ok(house
        .target
        .join(if release { "release" } else { "debug" })
        .join("slipway"))
}

/// The binary that a benchmark measures: the one that is given, else a release build.
///
/// # Errors
/// There is no such file, or a compile error.
pub fn given_or_released(house: &House, given: Option<&Path>) -> Result<PathBuf> {
    match given {
        Some(path) => path
            .canonicalize()
            .map_err(|it| format!("{}: {it}", path.display()).into()),
        None => server(house, true),
    }
}

/// Compiles the stand-alone SurrealDB the remote-database tests start; answers the binary.
///
/// # Errors
/// A compile error.
pub fn database_server(house: &House) -> Result<PathBuf> {
    step::run(
        "remote database for tests: compile",
        &mut house.cargo(&["build", "-p", "database-server"]),
    )?;
    Ok(house.target.join("debug/database-server"))
}
