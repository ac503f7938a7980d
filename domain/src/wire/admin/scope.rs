use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Register, line, optional_line, prose, wrong};
use crate::wire::problem::FieldError;
use crate::{GroupId, UnitId};

/// A part of the organisation (S33).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Name, unique.
    pub name: String,
    /// What kind of unit: department, branch, customer, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl Register for Unit {
    const NAME: &'static str = "units";
    const ONE: &'static str = "unit";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        let more = [&self.kind, &self.location];
        more.into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 200)?;
        optional_line("kind", &mut self.kind, 60)?;
        optional_line("location", &mut self.location, 200)
    }
}

/// A contract that work is done under. A release that names one is reached only through a group or a unit that is
/// linked to it, apart from those who take part in it and administrators (S33, S76).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Name, unique.
    pub name: String,
    /// Its number, in the words of whoever keeps the contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub description: String,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<NaiveDate>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<NaiveDate>,
    /// Groups that work under it.
    #[serde(default)]
    pub groups: BTreeSet<GroupId>,
    /// Units that it is for: whoever belongs to one reaches its releases.
    #[serde(default)]
    pub units: BTreeSet<UnitId>,
}

impl Register for Contract {
    const NAME: &'static str = "contracts";
    const ONE: &'static str = "contract";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        format!(
            "{}\n{}",
            self.number.as_deref().unwrap_or_default(),
            self.description
        )
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 200)?;
        optional_line("number", &mut self.number, 100)?;
        prose("description", &mut self.description, 4_000)?;
        match (self.starts, self.ends) {
            (Some(starts), Some(ends)) if ends < starts => Err(wrong("ends", "is before the first day")),
            _ => Ok(()),
        }
    }
}
