//! Administration over HTTP: the registers around releases, and who changed what in them.
//!
//! - [`Kept`], [`Patch`], [`RegisterQuery`]: what all registers have in common;
//! - `people`: users, groups, substitutes; `scope`: units and contracts; `words`: categories;
//! - `types`: release types, calendars being in [`crate::calendar`];
//! - `rights`: groups x release types; `audit`: who changed what; `explain`: why can they, why can they not.

mod audit;
mod explain;
mod people;
mod rights;
mod scope;
mod types;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use audit::{AuditDeed, AuditEntry, AuditQuery};
pub use explain::{ContractReach, ExplainQuery, Explanation, Grant, HeldRight, KnownOf};
pub use people::{GroupRecord, Substitute, User};
pub use rights::{RightChange, RightChanges, RightsMatrix, RightsRow, TypeName};
pub use scope::{Contract, Unit};
pub use words::{Category, CategoryKind};

use super::problem::FieldError;

/// A record of a register as it is kept. Records are never deleted: what is retired can no longer be chosen, and is
/// still named wherever it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kept<T> {
    /// Identity.
    pub id: String,
    /// Counts its changes, from 1. A change names the version it was made on.
    pub version: u32,
    /// No longer to be chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// The record itself.
    #[serde(flatten)]
    pub value: T,
}

/// Body of `PATCH` on a record: the version it was made on, and each field that gets another value; `null` empties
/// a field. What is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patch {
    /// The version that the author of the change has seen.
    pub version: u32,
    /// Retire it, or give it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<bool>,
    /// Fields with their new values.
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Query of the list of a register; all filters together must hold. By name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterQuery {
    /// Words that must all occur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Also those that are retired.
    #[serde(default)]
    pub retired: bool,
    /// Rows in a page, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What may be kept in a register.
pub trait Register: Clone + PartialEq + Serialize + serde::de::DeserializeOwned + Send + Sync {
    /// The register's name: the last part of its address.
    const NAME: &'static str;
    /// What one record is called.
    const ONE: &'static str;

    /// What people know it by; lists are in its order.
    fn name(&self) -> &str;

    /// The field that no two records may share, and its value there; none where records may be alike.
    fn unique(&self) -> Option<(&'static str, &str)> {
        Some(("name", self.name()))
    }

    /// More text that a search looks at.
    fn text(&self) -> String {
        String::new()
    }

    /// Brings texts into their form.
    ///
    /// # Errors
    /// The first field that is wrong, and what would be right.
    fn check(&mut self) -> Result<(), FieldError>;
}

/// A wrong field.
pub(crate) fn wrong(at: &str, message: impl Into<String>) -> FieldError {
    FieldError {
        at: at.to_owned(),
        message: message.into(),
    }
}

/// One line of 1 to `max` characters.
pub(crate) fn line(at: &str, text: &mut String, max: usize) -> Result<(), FieldError> {
    let trimmed = text.trim();
    let length = trimmed.chars().count();
    if length == 0 {
        return Err(wrong(at, "is needed"));
    }
    if length > max {
        return Err(wrong(
            at,
            format!("has {length} characters, at most {max} are allowed"),
        ));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(wrong(at, "must be one line without control characters"));
    }
    if trimmed.len() < text.len() {
        *text = trimmed.to_owned();
    }
    Ok(())
}

/// At most one line; a blank one is none.
pub(crate) fn optional_line(at: &str, text: &mut Option<String>, max: usize) -> Result<(), FieldError> {
    match text {
        Some(some) if some.trim().is_empty() => *text = None,
        Some(some) => line(at, some, max)?,
        None => {}
    }
    Ok(())
}

/// Several lines of at most `max` characters.
pub(crate) fn prose(at: &str, text: &mut String, max: usize) -> Result<(), FieldError> {
    let length = text.chars().count();
    if length > max {
        return Err(wrong(
            at,
            format!("has {length} characters, at most {max} are allowed"),
        ));
    }
    if text.contains('\r') {
        *text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    Ok(())
}

/// An e-mail address, as far as one can tell by looking.
pub(crate) fn address(at: &str, text: &str) -> Result<(), FieldError> {
    let fits = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits && !text.contains(char::is_whitespace) {
        Ok(())
    } else {
        let short = crate::shorten(text);
        Err(wrong(
            at,
            format!("`{short}` is not an e-mail address such as name@example.com"),
        ))
    }
}

#[cfg(test)]
mod tests;
