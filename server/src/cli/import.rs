use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use clap::Args;
use domain::wire::cmdb::{ImportReport, Tally};

use super::{Done, operator, print_json, progress};
use crate::db::Store;
use crate::import::{self, File, Format};

/// Problems printed for people; `--json` lists them all.
const SHOWN: usize = 50;

#[derive(Args)]
pub(super) struct Arguments {
    /// netbox, ndjson, csv, debian-packages or cyclonedx
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// Only say what would happen, with every problem
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON, as the API does
    #[arg(long)]
    json: bool,
    /// The files; those of one import belong together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) async fn run(store: &Store, arguments: Arguments) -> Done {
    let name = |path: &PathBuf| {
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    let files: Vec<File> = arguments
        .files
        .into_iter()
        .map(|path| (name(&path), path))
        .collect();
    let id = ulid::Ulid::new().to_string();
    let actor = operator();
    let format = arguments.format;
    let importing = import::run(
        store,
        &actor,
        format,
        files,
        arguments.dry_run,
        Utc::now(),
        Some(id.clone()),
    );
    let outcome = tokio::select! {
        outcome = importing => outcome,
        () = progress::draw(store, &id) => return Err("the progress bar ended before the import".into()),
    };
    progress::clear();
    let report = outcome?.report.unwrap_or_default();
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report);
    }
    Ok(if report.refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print(report: &ImportReport) {
    if report.refused {
        say!("Nothing was imported: a file could not be read to its end.");
    } else if report.dry_run {
        say!("Nothing was written (dry run). The import would do this:");
    }
    if !report.refused {
        say!("CIs:       {}", line(report.cis));
        say!("Relations: {}", line(report.relations));
    }
    let counts = |counts: &std::collections::BTreeMap<String, u64>| {
        let each: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        each.join(", ")
    };
    if !report.classes.is_empty() {
        say!("Classes:   {}", counts(&report.classes));
    }
    if !report.skipped.is_empty() {
        say!("Not mapped: {}", counts(&report.skipped));
    }
    for problem in report.problems.iter().take(SHOWN) {
        let line = problem
            .line
            .map(|line| format!("line {line}, "))
            .unwrap_or_default();
        eprintln!("problem: {line}{}: {}", problem.reference, problem.reason);
    }
    if report.problems.len() > SHOWN {
        eprintln!(
            "... and {} more problems; --json lists them",
            report.problems.len() - SHOWN
        );
    }
}

fn line(tally: Tally) -> String {
    format!(
        "{} read, {} created, {} updated, {} unchanged, {} rejected",
        tally.read, tally.created, tally.updated, tally.unchanged, tally.rejected
    )
}
