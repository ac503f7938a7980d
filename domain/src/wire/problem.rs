//! Errors over HTTP: problem details (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};

/// `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank`: the meaning is in `code`.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// What kind of problem, for people.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// Stable word for programs: `not_found`, `invalid_body`, `not_allowed`, ...
    pub code: String,
    /// What is wrong here, where, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Each field or line that is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `stale`: the record as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
}

/// One wrong place in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The place: a field name, a JSON pointer or a line number.
    pub at: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

fn about_blank() -> String {
    "about:blank".into()
}

impl Problem {
    /// A problem without field errors.
    #[must_use]
    pub fn new(status: u16, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: about_blank(),
            title: title.into(),
            status,
            code: code.into(),
            detail: Some(detail.into()),
            errors: Vec::new(),
            current: None,
        }
    }
}
