//! The short run: a few dozen seeds with every row of the taxonomy, every seed that ever broke, and every mutant.

use std::ops::Range;

use super::{BrokenRun, Mutant, ROWS, Rows, run};

/// Seeds of every run. Split over several tests, so that they use all cores.
const SEEDS: Range<u64> = 1..201;
const STEPS: u32 = 300;

fn hold(seed: u64, steps: u32) -> Rows {
    match run(seed, steps, None) {
        Ok(report) => {
            assert_eq!(report.lost, 0, "seed {seed} of {steps} steps lost something");
            report.rows
        }
        Err(BrokenRun { broken, journal, .. }) => {
            let tail = journal[journal.len().saturating_sub(40)..].join("\n");
            panic!("seed {seed} of {steps} steps: {broken}\n{tail}");
        }
    }
}

fn all(seeds: Range<u64>) -> Rows {
    let mut rows = Rows::default();
    for seed in seeds {
        rows.add(&hold(seed, STEPS));
    }
    rows
}

#[test]
fn seeds_hold_and_reach_every_row() {
    let rows = all(SEEDS);
    let missing: Vec<_> = ROWS.iter().zip(rows.0).filter(|(_, count)| *count == 0).collect();
    assert!(missing.is_empty(), "rows never reached: {missing:?}");
}

#[test]
fn seeds_that_broke_once_hold() {
    for line in include_str!("seeds.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut words = line.split(' ');
        let mut number = || words.next().unwrap().parse::<u64>().unwrap();
        let (seed, steps) = (number(), number());
        hold(seed, u32::try_from(steps).unwrap());
    }
}

/// The same seed gives the same run: otherwise a failure could not be looked at.
#[test]
fn a_run_is_a_function_of_its_seed() {
    assert_eq!(run(7, STEPS, None).unwrap(), run(7, STEPS, None).unwrap());
}

/// Each mutant is noticed within the seeds of CI.
fn caught(mutant: Mutant) -> BrokenRun {
    let failed = |seed| Some((seed, run(seed, STEPS, Some(mutant)).err()?));
    let (seed, failure) = SEEDS
        .into_iter()
        .find_map(failed)
        .unwrap_or_else(|| panic!("{mutant:?} was not noticed"));
    println!(
        "{mutant:?} was noticed with seed {seed}: {}, lost: {}",
        failure.broken, failure.lost
    );
    failure
}

/// The count of lost gestures is a count: what is thrown away is in it.
#[test]
fn what_is_thrown_away_counts_as_lost() {
    assert!(caught(Mutant::DropRefused).lost > 0);
}

macro_rules! mutants {
    ($($name:ident: $mutant:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            caught(Mutant::$mutant);
        })+

        /// None is forgotten above.
        #[test]
        fn every_mutant_is_tried() {
            assert_eq!(Mutant::ALL, [$(Mutant::$mutant),+]);
        }
    };
}

mutants! {
    skipped_dedupe_is_caught: SkipDedupe,
    an_early_acknowledgement_is_caught: AckBeforeCommit,
    a_cursor_too_far_is_caught: CursorPlusOne,
    last_writer_wins_is_caught: LastWriterWins,
    a_dropped_refusal_is_caught: DropRefused,
    ignored_dependence_is_caught: IgnoreDependsOn,
    an_empty_shelf_is_caught: EmptyShelf,
    a_cursor_before_its_data_is_caught: CursorFirst,
}
