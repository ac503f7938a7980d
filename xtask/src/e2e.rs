//! `cargo xtask e2e`: the browser journeys against the real server in a real Chromium.

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use crate::test::{Count, trust};
use crate::{step, tools};

/// Options of `e2e`.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Only the journeys whose file name contains this, for example `plan`
    only: Option<String>,
    /// Write the pictures of the main pages into docs/screenshots
    #[arg(long)]
    screenshots: bool,
}

/// Runs the journeys and prints the total.
///
/// # Errors
/// A build failed or a journey failed.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let count = journeys(house, arguments)?;
    println!("{} passed, {} failed", count.passed, count.failed);
    if count.failed == 0 {
        Ok(())
    } else {
        Err("some journeys failed".into())
    }
}

/// Installs and builds what the journeys need and runs them.
///
/// # Errors
/// Something cannot be installed or built, or no journey ran.
pub fn journeys(house: &House, arguments: &Arguments) -> Result<Count> {
    let chromium = tools::chromium()?;
    tools::npm_packages(house)?;
    tools::debian("faketime", "faketime")?;
    let site = build::site(house, Effort::Develop)?;
    let binary = build::server(house, false)?;
    let files = files(house, arguments.only.as_deref())?;

    step::timed("browser journeys", || {
        // One file at a time: each has its own server, and two cores are busy with one of them.
        let mut node = house.command("node");
        node.current_dir(house.end2end());
        node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(&files);
        node.env("SLIPWAY_BIN", &binary)
            .env("SLIPWAY_SITE", &site)
            .env("SLIPWAY_CHROMIUM", &chromium);
        node.env("NO_COLOR", "1");
        if arguments.screenshots {
            node.env("SLIPWAY_SCREENSHOTS", house.root.join("docs/screenshots"));
        }
        let output = step::tee(&mut node)?;
        trust("node --test", node_count(&output.text), output.status.success())
    })
}

/// The journey files, by name.
fn files(house: &House, only: Option<&str>) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(house.end2end().join("journeys"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.js") && only.is_none_or(|part| name.contains(part)) {
            files.push(format!("journeys/{name}"));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("no journey file matches {:?}", only.unwrap_or_default()).into());
    }
    Ok(files)
}

/// Reads the closing lines of Node's spec reporter: `ℹ pass 4`, `ℹ fail 1`, `ℹ cancelled 0`.
fn node_count(text: &str) -> Count {
    let mut count = Count::default();
    for line in text.lines() {
        let mut words = line.trim_start_matches(['ℹ', '#', ' ']).split(' ');
        match (
            words.next(),
            words.next().and_then(|it| it.parse::<u64>().ok()),
            words.next(),
        ) {
            (Some("pass"), Some(number), None) => count.passed = number,
            (Some("fail" | "cancelled"), Some(number), None) => count.failed += number,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_journeys_count_as_failed() {
        let text = "✔ sign in\nℹ tests 6\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n";
        assert_eq!(node_count(text), Count { passed: 4, failed: 2 });
        assert_eq!(node_count("node: bad option"), Count::default());
    }
}
