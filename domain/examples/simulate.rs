//! Runs the simulation of sync over many seeds and prints what happened: ops, faults, outcomes by row of the taxonomy
//! and by kind of op.
//! `cargo run --release -p domain --features simulation --example simulate -- --seeds 2000 [--first 1] [--steps 400]`;
//! with `--seed N` one seed, and its journal if it breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Instant;

use domain::sync::sim::{Kinds, Mutant, ROWS, Report, Rows, run};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, or: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)?.parse().ok()).unwrap_or(or)
    };
    let mutant = args.iter().position(|arg| arg == "--mutant").and_then(|at| {
        let name = args.get(at + 1)?;
        Mutant::ALL
            .into_iter()
            .find(|mutant| format!("{mutant:?}") == *name)
    });
    let steps = u32::try_from(number("--steps", 400)).unwrap_or(400);
    let one = number("--seed", 0);
    let seeds = if one > 0 {
        one..one + 1
    } else {
        let first = number("--first", 1);
        first..first + number("--seeds", 200)
    };
    let began = Instant::now();
    let (mut ops, mut lost, mut rows) = (0, 0, Rows::default());
    let mut kinds = Kinds::default();
    let (mut gestures, mut died, mut wiped) = (0, 0, 0);
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut broken, mut reached) = (Vec::new(), Vec::new());
    for seed in seeds.clone() {
        match run(seed, steps, mutant) {
            Ok(report) => {
                ops += report.ops;
                lost += report.lost;
                gestures += report.gestures;
                died += report.died;
                wiped += report.wiped;
                reached.push((seed, reaches(&report)));
                rows.add(&report.rows);
                kinds.add(&report.kinds);
                for (name, count) in report.faults {
                    *faults.entry(name).or_default() += count;
                }
            }
            Err(failure) => {
                println!("seed {seed} broke: {}", failure.broken);
                lost += failure.lost;
                if one > 0 {
                    println!("{}", failure.journal.join("\n"));
                }
                broken.push(seed);
            }
        }
    }
    println!("\nfaults");
    for (name, count) in &faults {
        println!("  {count:>9}  {name}");
    }
    println!("outcomes by row of the taxonomy");
    for (place, (name, count)) in ROWS.iter().zip(rows.0).enumerate() {
        println!("  {count:>9}  {:>2} {name}", place + 1);
    }
    println!("outcomes by kind of op: applied, merged, conflicted, refused, delivered again");
    for (name, ends) in &kinds.0 {
        println!(
            "  {:>7} {:>6} {:>6} {:>6} {:>6}  {name}",
            ends.applied, ends.merged, ends.conflicted, ends.refused, ends.repeated
        );
    }
    println!("\nseeds that reach all of it: {:?}", cover(reached));
    let all: u64 = faults.values().sum();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "\n{gestures} gestures: {died} died with their tab before they were saved, and were shown as not saved;"
    );
    println!("{wiped} went with a store that the browser deleted, and were nowhere else");
    println!(
        "{} seeds of {steps} steps in {seconds:.1} s: {ops} ops, {all} faults, {} seeds broken, lost: {lost}",
        seeds.end - seeds.start,
        broken.len()
    );
    if broken.is_empty() && lost == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The rows and the ends of kinds that a run came by.
fn reaches(report: &Report) -> BTreeSet<String> {
    let rows = ROWS.iter().zip(report.rows.0).filter(|(_, count)| *count > 0);
    let kinds = report
        .kinds
        .0
        .iter()
        .flat_map(|(kind, ends)| ends.letters().map(move |letter| format!("{kind} {letter}")));
    rows.map(|(row, _)| (*row).to_owned()).chain(kinds).collect()
}

/// Few seeds that reach together what all of them reach: always the one next that adds most. For the short run.
fn cover(mut all: Vec<(u64, BTreeSet<String>)>) -> Vec<u64> {
    let mut few = Vec::new();
    while let Some((seed, most)) = all
        .iter()
        .max_by_key(|(seed, reached)| (reached.len(), std::cmp::Reverse(*seed)))
        .filter(|(_, reached)| !reached.is_empty())
        .cloned()
    {
        few.push(seed);
        for (_, reached) in &mut all {
            reached.retain(|one| !most.contains(one));
        }
    }
    few.sort_unstable();
    few
}
