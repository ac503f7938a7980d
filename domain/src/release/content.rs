use crate::grow::Grow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Cell, LinkKey, Release, ReleaseField, StepField, TargetField, Value};
use crate::{CiKey, StepId};

/// SHA-256 over the content of a release, as 64 hexadecimal digits. Who changed what and when is not part of it:
/// two people who reach the same plan see the same hash. Nor is whose work it is, nor what is said at its end:
/// handing it to somebody else does not make a go-ahead void.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[serde(transparent)]
pub struct ContentHash(pub String);

#[derive(Serialize)]
struct Content<'a> {
    fields: BTreeMap<ReleaseField, &'a Value>,
    steps: BTreeMap<StepId, StepContent<'a>>,
    scope: Vec<&'a CiKey>,
    // Left out where there is none: releases from before there were links keep their hash.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    links: BTreeMap<&'a LinkKey, Vec<&'a CiKey>>,
}

#[derive(Serialize)]
struct StepContent<'a> {
    fields: BTreeMap<StepField, &'a Value>,
    needs: Vec<StepId>,
    targets: BTreeMap<&'a CiKey, BTreeMap<TargetField, &'a Value>>,
}

fn values<F: Ord + Copy>(cells: &BTreeMap<F, Cell>) -> BTreeMap<F, &Value> {
    cells
        .iter()
        .filter(|(_, cell)| cell.value != Value::Empty)
        .map(|(f, cell)| (*f, &cell.value))
        .grow()
}

impl Release {
    /// The hash of what the release says now. Deleted steps and prerequisites on them are left out.
    /// O(size of the release).
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let live = |id: &StepId| self.steps.get(id).is_some_and(|s| s.deleted.is_none());
        let mut fields = values(&self.fields);
        fields.retain(|field, _| field.is_decided_on());
        let content = Content {
            fields,
            steps: self
                .plan()
                .into_iter()
                .map(|(id, step)| {
                    let targets = step.targets.iter().map(|(ci, t)| (ci, values(&t.fields))).grow();
                    let needs = step.needs.keys().copied().filter(live).collect();
                    (
                        id,
                        StepContent {
                            fields: values(&step.fields),
                            needs,
                            targets,
                        },
                    )
                })
                .grow(),
            scope: self.scope.keys().collect(),
            links: self
                .live_links()
                .filter(|(key, _)| key.is_content())
                .map(|(key, link)| (key, link.cis.keys().collect()))
                .grow(),
        };
        let mut hash = Sha256::new();
        // Maps are ordered and every key is text: the JSON is canonical. Writing to a hash cannot fail.
        if let Ok(json) = serde_json::to_vec(&content) {
            hash.update(json);
        }
        ContentHash(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
