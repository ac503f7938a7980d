use serde::{Deserialize, Serialize};

use crate::CiKey;
use crate::cmdb::Ci;

/// "`needed` of these must be up": a requirement of a CI on some of the CIs it hangs on.
///
/// A CI states its groups in the attribute `redundancy`, a list of
/// `{"needed": 1, "among": ["pdu/a", "pdu/b"]}`. Losing a member while enough others are up leaves the CI
/// degraded; one more and it is down. What a CI hangs on outside every group takes it down at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redundancy {
    /// How many must be up.
    pub needed: u32,
    /// The members. Keys that name no CI count as down.
    pub among: Vec<CiKey>,
}

impl Redundancy {
    /// Name of the attribute that holds the groups of a CI.
    pub const ATTRIBUTE: &str = "redundancy";

    /// The groups of a CI. An attribute of another shape states none: the CI then goes down with each
    /// single CI it hangs on, which is the cautious answer.
    #[must_use]
    pub fn of(ci: &Ci) -> Vec<Self> {
        ci.attributes
            .get(Self::ATTRIBUTE)
            .map_or_else(Vec::new, Self::parse)
    }

    /// The groups in the value of the attribute.
    #[must_use]
    pub fn parse(attribute: &serde_json::Value) -> Vec<Self> {
        Vec::deserialize(attribute).unwrap_or_default()
    }

    /// The value of the attribute for some groups.
    #[must_use]
    pub fn to_attribute(groups: &[Self]) -> serde_json::Value {
        groups
            .iter()
            .map(|group| {
                let among: Vec<&str> = group.among.iter().map(CiKey::as_str).collect();
                serde_json::json!({ "needed": group.needed, "among": among })
            })
            .collect()
    }
}
