use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in an ordered list that leaves room between any two: a fraction in base 36, `0.` left out.
///
/// Keys compare as text and never end in `0`, so between two different keys there is always another one.
/// Equal keys (two people added at the same place) are ordered by the identity of the step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[serde(transparent)]
pub struct OrderKey(String);

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl OrderKey {
    /// Longest key. A list would need hundreds of insertions at one spot to get there.
    pub const MAX_LENGTH: usize = 120;

    /// Reads a key; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|b| DIGITS.contains(&b))
            && !text.ends_with('0');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key after `low` and before `high`; an absent bound is the end of the list.
    /// With bounds out of order or equal, a key right after `low`. O(length).
    #[must_use]
    pub fn between(low: Option<&Self>, high: Option<&Self>) -> Self {
        let low = low.map_or(&[][..], |key| key.0.as_bytes());
        let high = high.map(|key| key.0.as_bytes()).filter(|high| *high > low);
        let digit = |byte: u8| DIGITS.iter().position(|d| *d == byte).unwrap_or(0);
        let mut key = String::new();
        // While the upper bound still limits us, copy common digits; then take the middle of the gap.
        let mut bounded = high.is_some();
        for place in 0.. {
            let floor = low.get(place).map_or(0, |b| digit(*b));
            let ceiling = match high {
                Some(high) if bounded => high.get(place).map_or(0, |b| digit(*b)),
                _ => DIGITS.len(),
            };
            if ceiling > floor + 1 {
                // Appending at the end of a list is the common case: step by little, so keys stay short.
                let step = if bounded {
                    (ceiling - floor) / 2
                } else {
                    ((ceiling - floor) / 2).clamp(1, 2)
                };
                key.push(DIGITS[floor + step] as char);
                return Self(key);
            }
            key.push(DIGITS[floor] as char);
            bounded = bounded && ceiling == floor;
        }
        Self(key)
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Insert anywhere, any number of times: the list stays strictly ordered and every key parses.
        #[test]
        fn there_is_always_room(places in prop::collection::vec(any::<prop::sample::Index>(), 1..200)) {
            let mut keys: Vec<OrderKey> = Vec::new();
            for place in places {
                let at = place.index(keys.len() + 1);
                let low = at.checked_sub(1).and_then(|i| keys.get(i));
                let key = OrderKey::between(low, keys.get(at));
                prop_assert!(key.as_str().len() > OrderKey::MAX_LENGTH || OrderKey::parse(key.as_str()).is_some(), "{key}");
                keys.insert(at, key);
            }
            prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        }
    }

    #[test]
    fn appending_500_steps_keeps_keys_short() {
        let mut last = None;
        for _ in 0..500 {
            last = Some(OrderKey::between(last.as_ref(), None));
        }
        assert!(last.unwrap().as_str().len() <= 40);
    }
}
