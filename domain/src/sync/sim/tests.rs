use super::{Mutant, ROWS, Rows, run};

/// Seeds of every run in CI; failing ones are added to `seeds.txt`.
const SEEDS: std::ops::Range<u64> = 1..61;
const STEPS: u32 = 400;

#[test]
fn seeds_hold() {
    let mut rows = Rows::default();
    for seed in SEEDS {
        match run(seed, STEPS, None) {
            Ok(report) => rows.add(&report.rows),
            Err((broken, journal)) => {
                let tail = journal[journal.len().saturating_sub(60)..].join("\n");
                panic!("seed {seed}: {broken}\n{tail}");
            }
        }
    }
    let missing: Vec<_> = ROWS.iter().zip(rows.0).filter(|(_, count)| *count == 0).collect();
    assert!(missing.is_empty(), "rows never reached: {missing:?}");
}

#[test]
fn mutants_are_caught() {
    for mutant in Mutant::ALL {
        let caught = SEEDS.filter_map(|seed| run(seed, STEPS, Some(mutant)).err().map(|(broken, _)| (seed, broken))).next();
        assert!(caught.is_some(), "{mutant:?} was not noticed");
        let (seed, broken) = caught.unwrap();
        println!("{mutant:?}: seed {seed}, {broken}");
    }
}
