//! The short run: a few seeds with every row of the taxonomy and every kind of op, every seed that ever broke, and every
//! mutant.

use std::ops::Range;

use super::{BrokenRun, Ends, Kinds, Mutant, ROWS, Report, Rows, run};

/// Of the first 1000 seeds those few that reach together all that these reach. A change of what people do, or of what is
/// decided, changes what a seed does: `cargo xtask simulate --seeds 1000 --steps 300` names other ones then.
const SEEDS: [u64; 24] = [
    9, 11, 14, 26, 49, 69, 70, 82, 125, 186, 216, 229, 243, 252, 442, 459, 461, 491, 601, 672, 677, 709, 782,
    879,
];
/// Among them each mutant must be noticed.
const MANY: Range<u64> = 1..201;
/// Where the one is noticed that is noticed least often.
const FIRST: u64 = 45;
const STEPS: u32 = 300;

fn hold(seed: u64, steps: u32) -> Report {
    match run(seed, steps, None) {
        Ok(report) => {
            assert_eq!(report.lost, 0, "seed {seed} of {steps} steps lost something");
            report
        }
        Err(BrokenRun { broken, journal, .. }) => {
            let tail = journal[journal.len().saturating_sub(40)..].join("\n");
            panic!("seed {seed} of {steps} steps: {broken}\n{tail}");
        }
    }
}

/// Runs them on two cores.
fn all(seeds: &[u64]) -> (Rows, Kinds) {
    let reports = std::thread::scope(|scope| {
        let halves: Vec<_> = seeds
            .chunks(seeds.len().div_ceil(2))
            .map(|half| scope.spawn(|| half.iter().map(|seed| hold(*seed, STEPS)).collect::<Vec<_>>()))
            .collect();
        halves
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect::<Vec<_>>()
    });
    let (mut rows, mut kinds) = (Rows::default(), Kinds::default());
    for report in reports {
        rows.add(&report.rows);
        kinds.add(&report.kinds);
    }
    (rows, kinds)
}

/// Every kind of op with the ends that must be seen, as [`Ends::letters`] has them.
const KINDS: [(&str, &str); 56] = [
    ("act accept", "ard"),
    ("act cancel", "ard"),
    ("act change_group", "ard"),
    ("act claim", "ard"),
    ("act close", "ard"),
    ("act delegate", "ard"),
    ("act forward", "ard"),
    ("act hold", "ard"),
    ("act re_date", "ard"),
    ("act reopen", "ard"),
    ("act resume", "ard"),
    ("act schedule", "ard"),
    ("act share", "ard"),
    ("act unresolved", "ard"),
    ("act unshare", "ard"),
    ("add_checklist", "ard"),
    ("add_prerequisite", "acrd"),
    ("add_step", "amrd"),
    ("add_target", "acrd"),
    ("attach", "amrd"),
    ("authorise", "ard"),
    ("baseline", "ard"),
    ("confirm", "ard"),
    ("confirm_checklist", "ard"),
    ("create", "ard"),
    ("delete_step", "acrd"),
    ("detach", "amd"),
    ("edit_text answer", "ard"),
    ("edit_text release", "amcrd"),
    ("edit_text step", "amcrd"),
    ("follow_change", "ard"),
    ("leave", "ad"),
    ("link_ci", "ard"),
    ("link_person", "ard"),
    ("link_record", "ard"),
    ("move_step", "acrd"),
    ("note", "ard"),
    ("reattach", "ad"),
    ("record", "ard"),
    ("refuse", "ard"),
    ("remove_checklist", "amrd"),
    ("remove_prerequisite", "amrd"),
    ("remove_target", "amcrd"),
    ("resolve", "amrd"),
    ("restore_step", "ard"),
    ("set_change_status", "ard"),
    ("set_field answer", "acrd"),
    ("set_field document", "ard"),
    ("set_field release", "acrd"),
    ("set_field step", "acrd"),
    ("settle", "ard"),
    ("start", "ard"),
    ("submit", "ard"),
    ("unlink", "ard"),
    ("unlink_ci", "ard"),
    ("withdraw", "ard"),
];

#[test]
fn seeds_hold_and_reach_every_row_and_kind() {
    let (rows, kinds) = all(&SEEDS);
    let missing: Vec<_> = ROWS.iter().zip(rows.0).filter(|(_, count)| *count == 0).collect();
    assert!(missing.is_empty(), "rows never reached: {missing:?}");
    let nothing = Ends::default();
    for (kind, ends) in KINDS {
        let seen = kinds.0.get(kind).unwrap_or(&nothing);
        let missing: String = ends
            .chars()
            .filter(|letter| !seen.letters().any(|one| one == *letter))
            .collect();
        assert!(missing.is_empty(), "{kind} never ended as {missing}: {seen:?}");
    }
    let unlisted: Vec<_> = kinds
        .0
        .keys()
        .filter(|kind| KINDS.iter().all(|(listed, _)| listed != kind))
        .collect();
    assert!(unlisted.is_empty(), "kinds without an expectation: {unlisted:?}");
}

/// A new kind of op gets a deed.
#[test]
fn every_golden_op_is_among_the_kinds() {
    let golden = [
        include_str!("../tests/ops-v1.ndjson"),
        include_str!("../tests/ops-v2.ndjson"),
        include_str!("../tests/ops-v3.ndjson"),
    ];
    for line in golden.iter().flat_map(|lines| lines.lines()) {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let kind = json["op"]["kind"].as_str().unwrap();
        let name = match json["op"]["act"]["action"].as_str() {
            Some(action) => format!("{kind} {action}"),
            None => kind.to_owned(),
        };
        let listed =
            |(of, _): &(&str, &str)| **of == *name || of.split(' ').next() == Some(kind) && name == kind;
        assert!(KINDS.iter().any(listed), "{name}");
    }
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
    let (seed, failure) = std::iter::once(FIRST)
        .chain(MANY)
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
