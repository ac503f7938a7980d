//! When a message of a webhook, or a mail, that was not taken is sent again: soon at first, then ever more rarely, for a
//! day. A receiver that was away for a night gets everything in the morning; one that stays away does not keep the
//! server busy.

use chrono::{DateTime, TimeDelta, Utc};

/// After the first failure.
const SHORTEST: i64 = 5;
/// At most, in seconds.
const LONGEST: i64 = 4 * 3600;
/// How long a message is tried.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// What is done about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another one then.
    Again(DateTime<Utc>),
    /// No other.
    GiveUp,
}

/// What is done after `failed` attempts (at least one), the first of them at `first`. The receiver may have asked for
/// a pause. `chance`, 0 to 1, spreads those who failed together over the second half of the delay.
#[must_use]
pub fn after(failed: u32, first: DateTime<Utc>, now: DateTime<Utc>, asked: Option<u64>, chance: f64) -> Next {
    if now - first >= PATIENCE {
        return Next::GiveUp;
    }
    let doubled = SHORTEST << failed.saturating_sub(1).min(16);
    let whole = doubled.min(LONGEST);
    let asked = asked.map_or(0, |seconds| {
        i64::try_from(seconds).unwrap_or(LONGEST).min(LONGEST)
    });
    let spread = whole * 500 + (whole as f64 * 500.0 * chance.clamp(0.0, 1.0)) as i64;
    let delay = TimeDelta::milliseconds(spread.max(asked * 1000));
    // The last attempt is at the end of the patience, not long before it.
    Next::Again((now + delay).min(first + PATIENCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_is_away_is_asked_ever_more_rarely_for_a_day() {
        for chance in [0.0, 0.5, 1.0] {
            let first = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            let (mut now, mut failed, mut last) = (first, 1, TimeDelta::zero());
            while let Next::Again(then) = after(failed, first, now, None, chance) {
                let delay = then - now;
                assert!(delay >= TimeDelta::milliseconds(2_500) || then == first + PATIENCE);
                assert!(delay <= TimeDelta::seconds(LONGEST));
                assert!(
                    delay >= last || then == first + PATIENCE,
                    "attempt {failed}: {delay} after {last}"
                );
                (now, failed, last) = (then, failed + 1, delay);
            }
            assert_eq!(now, first + PATIENCE, "the last one is at the end of the day");
            assert!((12..30).contains(&failed), "{failed} attempts");
        }
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept_within_reason() {
        let first = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let at = |asked| after(1, first, first, Some(asked), 0.0);
        assert_eq!(at(120), Next::Again(first + TimeDelta::seconds(120)));
        assert_eq!(at(1), Next::Again(first + TimeDelta::milliseconds(2_500)));
        assert_eq!(at(u64::MAX), Next::Again(first + TimeDelta::seconds(LONGEST)));
        assert_eq!(after(u32::MAX, first, first + PATIENCE, None, 1.0), Next::GiveUp);
        let Next::Again(then) = after(u32::MAX, first, first, None, 1.0) else {
            panic!()
        };
        assert_eq!(then - first, TimeDelta::seconds(LONGEST));
    }
}
