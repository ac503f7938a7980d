use serde::Serialize;

use crate::cmdb::{Ci, Relation};

#[derive(Serialize)]
struct Tagged<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    record: &'a T,
}

/// A CI as one line of NDJSON, without the line end. Importing it again changes nothing.
///
/// # Errors
/// If the CI holds a number JSON cannot say; no CI that passed [`Ci::check`] does.
pub fn ci_line(ci: &Ci) -> serde_json::Result<String> {
    serde_json::to_string(&Tagged {
        r#type: "ci",
        record: ci,
    })
}

/// A relation as one line of NDJSON, without the line end.
///
/// # Errors
/// Never for a [`Relation`]; the signature is that of [`ci_line`].
pub fn relation_line(relation: &Relation) -> serde_json::Result<String> {
    serde_json::to_string(&Tagged {
        r#type: "relation",
        record: relation,
    })
}
