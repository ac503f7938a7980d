//! What changed between two JSON values, small enough to be kept for every change of a release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How one value becomes another: members of objects that are set, removed, or changed inside. Anything else than two
/// objects is set as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    #[serde(default, rename = "s", skip_serializing_if = "BTreeMap::is_empty")]
    set: BTreeMap<String, Value>,
    #[serde(default, rename = "r", skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
    #[serde(default, rename = "i", skip_serializing_if = "BTreeMap::is_empty")]
    inside: BTreeMap<String, Patch>,
}

impl Patch {
    /// What makes `after` of `before`. O(size of both).
    #[must_use]
    pub fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut patch = Self::default();
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            patch.removed.push(key.clone());
        }
        for (key, value) in after {
            match (before.get(key), value) {
                (Some(old), new) if old == new => {}
                (Some(Value::Object(old)), Value::Object(new)) => {
                    patch.inside.insert(key.clone(), Self::between(old, new));
                }
                _ => {
                    patch.set.insert(key.clone(), value.clone());
                }
            }
        }
        patch
    }

    /// Makes the change.
    pub fn apply(self, to: &mut Map<String, Value>) {
        for key in &self.removed {
            to.remove(key);
        }
        to.extend(self.set);
        for (key, patch) in self.inside {
            if let Some(Value::Object(inner)) = to.get_mut(&key) {
                patch.apply(inner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn objects() -> impl Strategy<Value = Map<String, Value>> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3_u8).prop_map(Value::from),
            Just(json!([1, {"a": null}])),
        ];
        let value = leaf.prop_recursive(3, 20, 4, |inner| {
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        });
        prop::collection::btree_map("[a-c]", value, 0..4).prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_one_of_the_other(before in objects(), after in objects()) {
            let patch = Patch::between(&before, &after);
            prop_assert_eq!(patch == Patch::default(), before == after);
            let stored = serde_json::to_string(&patch).unwrap();
            let patch: Patch = serde_json::from_str(&stored).unwrap();
            let mut now = before;
            patch.apply(&mut now);
            prop_assert_eq!(now, after);
        }
    }
}
