//! The suites that use a served binary from outside, as a program of somebody else would: the walk through
//! `docs/api.md`, and requests generated from the description of the interface.

use crate::Result;
use crate::house::House;
use crate::test::{Count, trust};
use crate::{build, step, tools};
use std::fs;
use std::path::Path;

/// Generated requests for each operation and phase; `tests/schemathesis.sh` by hand takes more.
const EXAMPLES: &str = "5";

/// Runs the blocks of `docs/api.md`; counts as one test.
///
/// # Errors
/// A tool is missing or the server cannot be built.
pub fn walkthrough(house: &House) -> Result<Count> {
    tools::debian("curl", "curl")?;
    tools::debian("jq", "jq")?;
    let binary = build::server(house, false)?;
    step::timed("API walk-through", || {
        let mut script = house.command(house.root.join("tests/api-walkthrough.sh"));
        let passed = step::tee(script.arg(binary))?.status.success();
        Ok(Count {
            passed: u64::from(passed),
            failed: u64::from(!passed),
        })
    })
}

/// Throws generated requests at a server; each operation in each run counts as a test.
///
/// # Errors
/// A tool is missing, the server cannot be built, or there is no report.
pub fn generated(house: &House) -> Result<Count> {
    tools::debian("curl", "curl")?;
    tools::python_venv()?;
    let binary = build::server(house, false)?;
    let reports = house.target.join("schemathesis-reports");
    if reports.exists() {
        fs::remove_dir_all(&reports)?;
    }
    step::timed("generated requests", || {
        let mut script = house.command(house.root.join("tests/schemathesis.sh"));
        script.arg(binary).arg(EXAMPLES).arg(&reports);
        script.env("SLIPWAY_VENV", house.target.join("schemathesis"));
        let status = step::tee(&mut script)?.status;
        trust("schemathesis", count(&reports)?, status.success())
    })
}

fn count(reports: &Path) -> Result<Count> {
    let mut count = Count::default();
    for entry in fs::read_dir(reports)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let one = junit_count(&text).ok_or_else(|| format!("{} is no report", path.display()))?;
        count.add(one);
    }
    Ok(count)
}

/// Reads `<testsuites errors="0" failures="1" skipped="0" tests="30" ...>`.
fn junit_count(text: &str) -> Option<Count> {
    let (_, rest) = text.split_once("<testsuites ")?;
    let (attributes, _) = rest.split_once('>')?;
    let number = |name: &str| -> Option<u64> {
        let (_, value) = attributes.split_once(&format!("{name}=\""))?;
        value.split('"').next()?.parse().ok()
    };
    let failed = number("errors")? + number("failures")?;
    let run = number("tests")?.checked_sub(number("skipped")?)?;
    Some(Count {
        passed: run.checked_sub(failed)?,
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_failures_and_what_was_skipped_is_no_test() {
        let text =
            r#"<?xml version="1.0"?><testsuites errors="1" failures="2" skipped="3" tests="30" time="9.2">"#;
        let expected = Count {
            passed: 24,
            failed: 3,
        };
        assert_eq!(junit_count(text), Some(expected));
        assert_eq!(junit_count("<testsuites tests=\"1\">"), None);
        assert_eq!(junit_count(""), None);
    }
}
