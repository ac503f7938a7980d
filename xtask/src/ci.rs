//! `cargo xtask ci`: everything a change must pass, each step with its time.

use crate::Result;
use crate::house::House;
use crate::{size, step, test, tools};
use std::process::Command;
use std::time::Instant;

/// Runs every check even when an earlier one failed, then says which did.
///
/// # Errors
/// At least one check failed.
pub fn run(house: &House) -> Result<()> {
    let started = Instant::now();
    let mut failures: Vec<String> = Vec::new();
    let mut note = |outcome: Result<()>| {
        if let Err(error) = outcome {
            println!("    {error}");
            failures.push(error.to_string());
        }
    };

    note(step::run(
        "format",
        &mut house.cargo(&["fmt", "--all", "--check"]),
    ));
    note(tools::wasm_target(house));
    for (title, arguments) in LINTS {
        note(step::run(
            title,
            house.cargo(arguments).args(["--", "-D", "warnings"]),
        ));
    }
    note(step::run("documentation", &mut documentation(house)));
    note(licences(house));
    note(size::run(house));
    let verdict = test::suites(house, &test::Arguments::default());

    println!("==> verdict");
    println!(
        "    everything together: {:.0} s",
        started.elapsed().as_secs_f32()
    );
    println!(
        "    checks that failed: {}",
        if failures.is_empty() {
            "none".to_owned()
        } else {
            failures.join("; ")
        }
    );
    verdict.conclude()?;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n  ").into())
    }
}

/// Clippy, once for each set of features that is really built.
const LINTS: [(&str, &[&str]); 4] = [
    ("lints: native", &["clippy", "--all-targets"]),
    (
        "lints: domain, all features",
        &["clippy", "-p", "domain", "--all-features", "--all-targets"],
    ),
    ("lints: bundler", &["clippy", "-p", "bundle"]),
    (
        "lints: browser",
        &["clippy", "-p", "frontend", "--target", "wasm32-unknown-unknown"],
    ),
];

fn documentation(house: &House) -> Command {
    let mut cargo = house.cargo(&["doc", "--no-deps", "-p", "domain", "-p", "server"]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    cargo
}

/// Licences, duplicate bans and sources. The advisory database lives on a code host and is a separate,
/// online check: `cargo deny check advisories`.
fn licences(house: &House) -> Result<()> {
    tools::cargo_tool(house, "deny")?;
    println!("    advisories are not checked here: `cargo deny check advisories` fetches their database");
    step::run(
        "licences, bans, sources",
        &mut house.cargo(&["deny", "check", "licenses", "bans", "sources"]),
    )
}
