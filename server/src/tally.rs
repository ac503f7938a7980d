//! What became of attempts at telling somebody, for the metrics of webhooks and of mails.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Tally {
    taken: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

/// How the metrics speak of it.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Part of their names: `webhook`.
    pub name: &'static str,
    /// Outcome of an attempt that did what it should: `delivered`.
    pub taken: &'static str,
    /// What the attempts are.
    pub attempts: &'static str,
    /// What was given up.
    pub given_up: &'static str,
}

impl Tally {
    /// Counts an attempt.
    pub fn attempted(&self, taken: bool) {
        let counter = if taken { &self.taken } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts something that is not tried any more.
    pub fn gave_up(&self) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes them in the Prometheus text format.
    ///
    /// # Errors
    /// Never, for a text in memory.
    pub fn write_metrics(&self, words: Words, out: &mut String) -> std::fmt::Result {
        let Words { name, .. } = words;
        writeln!(
            out,
            "# HELP slipway_{name}_attempts_total {}\n# TYPE slipway_{name}_attempts_total counter",
            words.attempts
        )?;
        for (outcome, counter) in [(words.taken, &self.taken), ("failed", &self.failed)] {
            let count = counter.load(Ordering::Relaxed);
            writeln!(
                out,
                "slipway_{name}_attempts_total{{outcome=\"{outcome}\"}} {count}"
            )?;
        }
        writeln!(
            out,
            "# HELP slipway_{name}_given_up_total {}\n\
             # TYPE slipway_{name}_given_up_total counter\n\
             slipway_{name}_given_up_total {}",
            words.given_up,
            self.given_up.load(Ordering::Relaxed)
        )
    }
}
