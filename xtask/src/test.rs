//! `cargo xtask test`: every test there is, and one plain line with the total.

use crate::Result;
use crate::house::House;
use crate::{api, build, e2e, step, tools};

/// Packages tested natively in one build, so that the database is compiled with one set of features.
/// `frontend` is only an entry point for the browser, which the journeys load.
const TESTED: [&str; 5] = ["domain", "app", "server", "tests", "xtask"];

/// What it is called, and how it is run.
type Suite = (&'static str, fn(&House) -> Result<Count>);

/// All suites, in the order they run.
const SUITES: [Suite; 5] = [
    ("native tests", native),
    ("documentation tests", documentation),
    ("API walk-through", api::walkthrough),
    ("generated requests", api::generated),
    ("browser journeys", |house| {
        e2e::journeys(house, &e2e::Arguments::default())
    }),
];

/// How many tests a runner reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, timed out or were cancelled.
    pub failed: u64,
}

impl Count {
    /// Adds what another runner reported.
    pub fn add(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// What all suites together gave.
pub struct Verdict {
    /// All tests of all suites.
    pub total: Count,
    /// Suites that could not be built, started or counted, with the reason.
    pub problems: Vec<String>,
}

impl Verdict {
    /// Prints the plain closing line.
    ///
    /// # Errors
    /// A test failed or a suite could not run.
    pub fn conclude(&self) -> Result<()> {
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        match (self.total.failed, self.problems.as_slice()) {
            (0, []) => Ok(()),
            (_, []) => Err("some tests failed".into()),
            (_, some) => Err(format!("not everything could be tested:\n  {}", some.join("\n  ")).into()),
        }
    }
}

/// Options of `test`.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Only the suites whose name contains this: `native`, `documentation`, `API`, `generated`, `browser`
    only: Option<String>,
}

/// Runs every suite and prints `N passed, N failed` last.
///
/// # Errors
/// A build failed, a test failed, or a suite ran nothing.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    suites(house, arguments).conclude()
}

/// Runs every suite; a failing one does not hide the next.
pub fn suites(house: &House, arguments: &Arguments) -> Verdict {
    let mut verdict = Verdict {
        total: Count::default(),
        problems: Vec::new(),
    };
    for (suite, run) in SUITES {
        if arguments.only.as_ref().is_some_and(|only| !suite.contains(only)) {
            continue;
        }
        match run(house) {
            Ok(count) => {
                println!("    {suite}: {} passed, {} failed", count.passed, count.failed);
                verdict.total.add(count);
            }
            Err(error) => {
                println!("    {suite}: {error}");
                verdict.problems.push(format!("{suite}: {error}"));
            }
        }
    }
    if verdict.total == Count::default() && verdict.problems.is_empty() {
        verdict.problems.push("no suite was run".to_owned());
    }
    verdict
}

/// Unit, property and integration tests.
fn native(house: &House) -> Result<Count> {
    tools::cargo_tool(house, "nextest")?;
    // Sets the clock of a server.
    tools::debian("faketime", "faketime")?;
    let binary = build::server(house, false)?;
    let database = build::database_server(house)?;
    step::timed("native tests", || {
        let mut nextest = house.cargo(&["nextest", "run", "--no-fail-fast", "--color", "never"]);
        packages(&mut nextest);
        nextest
            .env("SLIPWAY_BIN", binary)
            .env("SLIPWAY_DATABASE_SERVER", database);
        let output = step::tee(&mut nextest)?;
        let count = nextest_count(&output.text)
            .ok_or_else(|| format!("no test summary: cargo nextest ended with {}", output.status))?;
        trust("cargo nextest", count, output.status.success())
    })
}

/// The examples in documentation comments. There may be none.
fn documentation(house: &House) -> Result<Count> {
    step::timed("documentation tests", || {
        let mut cargo = house.cargo(&["test", "--doc", "--no-fail-fast", "--color", "never"]);
        packages(&mut cargo);
        let output = step::tee(&mut cargo)?;
        let count = libtest_count(&output.text);
        if count.failed == 0 && !output.status.success() {
            return Err(format!("cargo test --doc ended with {}", output.status).into());
        }
        Ok(count)
    })
}

fn packages(cargo: &mut std::process::Command) {
    for package in TESTED {
        cargo.args(["-p", package]);
    }
}

/// Refuses a count that does not fit how the runner ended: nothing run, or a failure nobody counted.
///
/// # Errors
/// In those cases.
pub fn trust(runner: &str, count: Count, success: bool) -> Result<Count> {
    match count {
        Count { passed: 0, failed: 0 } => Err(format!("{runner} ran no test").into()),
        Count { failed: 0, .. } if !success => Err(format!("{runner} failed without a failing test").into()),
        Count { failed: 1.., .. } if success => Err(format!("{runner} hides failing tests").into()),
        _ => Ok(count),
    }
}

/// Reads `Summary [ 1.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped`.
fn nextest_count(text: &str) -> Option<Count> {
    let line = text
        .lines()
        .rev()
        .find(|it| it.trim_start().starts_with("Summary ["))?;
    let (_, results) = line.split_once("run:")?;
    let mut count = Count::default();
    for part in results.split(',') {
        let (number, word) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match word.split(' ').next() {
            Some("passed") => count.passed += number,
            Some("skipped") => {}
            _ => count.failed += number,
        }
    }
    Some(count)
}

/// Adds up the lines `test result: ok. 3 passed; 0 failed; ..`, one for each crate.
fn libtest_count(text: &str) -> Count {
    let mut count = Count::default();
    for line in text.lines().filter(|it| it.starts_with("test result:")) {
        for part in line.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => count.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => count.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_counts_everything_that_is_not_a_pass_as_failed() {
        let text = "noise\n     Summary [   1.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped\n";
        assert_eq!(
            nextest_count(text),
            Some(Count {
                passed: 10,
                failed: 2
            })
        );
        assert_eq!(nextest_count("error: could not compile"), None);
    }

    #[test]
    fn libtest_adds_up_the_crates() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored\nx\ntest result: FAILED. 2 passed; 1 failed; 0 ignored";
        assert_eq!(libtest_count(text), Count { passed: 5, failed: 1 });
    }

    #[test]
    fn a_count_must_fit_how_the_runner_ended() {
        assert!(trust("x", Count { passed: 0, failed: 0 }, true).is_err());
        assert!(trust("x", Count { passed: 3, failed: 0 }, false).is_err());
        assert!(trust("x", Count { passed: 3, failed: 1 }, true).is_err());
        assert!(trust("x", Count { passed: 3, failed: 1 }, false).is_ok());
        assert!(trust("x", Count { passed: 3, failed: 0 }, true).is_ok());
    }
}
