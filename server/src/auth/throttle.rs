//! Slows down guessing at sign-in. Failures fill buckets that drain with time: one for the account from
//! this address (small), one for the account (larger, so that a stranger cannot easily lock somebody out),
//! one for the address (largest: many people may share one).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Keys remembered at most; beyond that the emptiest are forgotten.
const MOST_KEYS: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Limit {
    /// Failures that may come at once.
    burst: f64,
    /// Time until one failure is forgiven.
    forgive: Duration,
}

const PAIR: Limit = Limit {
    burst: 5.0,
    forgive: Duration::from_secs(30),
};
const ACCOUNT: Limit = Limit {
    burst: 30.0,
    forgive: Duration::from_secs(20),
};
const ADDRESS: Limit = Limit {
    burst: 60.0,
    forgive: Duration::from_secs(5),
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, Option<IpAddr>),
    Account(String),
    Address(Option<IpAddr>),
}

impl Key {
    fn limit(&self) -> Limit {
        match self {
            Self::Pair(..) => PAIR,
            Self::Account(_) => ACCOUNT,
            Self::Address(_) => ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    filled: f64,
    at: Instant,
}

impl Bucket {
    fn level(self, limit: Limit, now: Instant) -> f64 {
        let drained = now.saturating_duration_since(self.at).as_secs_f64() / limit.forgive.as_secs_f64();
        (self.filled - drained).max(0.0)
    }
}

/// Counts failed sign-ins. Memory is bounded.
#[derive(Default)]
pub struct Throttle {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Throttle {
    /// Counts a try, before the password is looked at: tries at the same time count as well. Whoever gets
    /// in is taken back by [`Throttle::succeeded`].
    ///
    /// # Errors
    /// When no try may be made now: seconds to wait, at least 1.
    pub fn try_now(&self, login: &str, address: Option<IpAddr>, now: Instant) -> Result<(), u64> {
        let mut buckets = self.lock();
        let wait = keys(login, address)
            .iter()
            .filter_map(|key| {
                let limit = key.limit();
                let level = buckets.get(key)?.level(limit, now);
                let over = level + 1.0 - limit.burst;
                (over > 0.0).then(|| limit.forgive.mul_f64(over))
            })
            .max();
        if let Some(wait) = wait {
            return Err(wait.as_secs() + 1);
        }
        for key in keys(login, address) {
            let limit = key.limit();
            let bucket = buckets.entry(key).or_insert(Bucket { filled: 0.0, at: now });
            *bucket = Bucket {
                filled: bucket.level(limit, now) + 1.0,
                at: now,
            };
        }
        if buckets.len() > MOST_KEYS {
            forget_emptiest(&mut buckets, now);
        }
        Ok(())
    }

    /// Forgets the failures of somebody who got in from this address, and takes back the try elsewhere.
    pub fn succeeded(&self, login: &str, address: Option<IpAddr>) {
        let mut buckets = self.lock();
        for key in keys(login, address) {
            if matches!(key, Key::Pair(..)) {
                buckets.remove(&key);
            } else if let Some(bucket) = buckets.get_mut(&key) {
                bucket.filled = (bucket.filled - 1.0).max(0.0);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Bucket>> {
        // A panic elsewhere leaves counters, which are always usable.
        self.buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn fold(login: &str) -> String {
    login.chars().take(100).flat_map(char::to_lowercase).collect()
}

fn keys(login: &str, address: Option<IpAddr>) -> [Key; 3] {
    let login = fold(login);
    [
        Key::Pair(login.clone(), address),
        Key::Account(login),
        Key::Address(address),
    ]
}

fn forget_emptiest(buckets: &mut HashMap<Key, Bucket>, now: Instant) {
    buckets.retain(|key, bucket| bucket.level(key.limit(), now) > 0.0);
    if buckets.len() <= MOST_KEYS {
        return;
    }
    let mut fullness: Vec<(Key, f64)> = buckets
        .iter()
        .map(|(key, bucket)| {
            let limit = key.limit();
            (key.clone(), bucket.level(limit, now) / limit.burst)
        })
        .collect();
    fullness.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (key, _) in fullness.into_iter().take(MOST_KEYS / 4) {
        buckets.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, last]))
    }

    #[test]
    fn five_failures_from_one_address_close_it_for_a_while_and_time_opens_it() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..5 {
            assert_eq!(throttle.try_now("Ann", address(1), now), Ok(()));
        }
        let wait = throttle.try_now("ANN", address(1), now).unwrap_err();
        assert!((1..=31).contains(&wait), "{wait}");
        assert_eq!(
            throttle.try_now("ann", address(2), now),
            Ok(()),
            "another address"
        );
        assert_eq!(
            throttle.try_now("ben", address(1), now),
            Ok(()),
            "another account"
        );
        assert_eq!(
            throttle.try_now("ann", address(1), now + Duration::from_secs(wait)),
            Ok(())
        );
    }

    #[test]
    fn getting_in_forgets_and_costs_nothing() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..1000 {
            assert_eq!(throttle.try_now("ann", address(1), now), Ok(()));
            throttle.succeeded("ann", address(1));
        }
    }

    #[test]
    fn an_account_guessed_from_everywhere_and_an_address_guessing_everyone_close_too() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for last in 0..30 {
            assert_eq!(throttle.try_now("ann", address(last), now), Ok(()));
        }
        assert!(throttle.try_now("ann", address(200), now).is_err());
        for account in 0..60 {
            assert_eq!(
                throttle.try_now(&format!("user{account}"), address(201), now),
                Ok(())
            );
        }
        assert!(throttle.try_now("new", address(201), now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for account in 0..MOST_KEYS {
            let from = u32::try_from(account).unwrap();
            let _ = throttle.try_now(
                &format!("user{account}"),
                Some(IpAddr::from(from.to_be_bytes())),
                now,
            );
        }
        assert!(throttle.lock().len() <= MOST_KEYS + 3);
    }
}
