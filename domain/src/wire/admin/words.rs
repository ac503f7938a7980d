use serde::{Deserialize, Serialize};

use super::{Register, line, prose};
use crate::wire::problem::FieldError;

/// What a category sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CategoryKind {
    /// What a journal entry is about (S5).
    JournalCategory,
    /// Where a journal entry comes from (S5).
    JournalSource,
}

/// A word to choose from, where entries are sorted by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// What it sorts.
    pub kind: CategoryKind,
    /// Name, unique.
    pub name: String,
    /// When to choose it.
    #[serde(default)]
    pub description: String,
}

impl Register for Category {
    const NAME: &'static str = "categories";
    const ONE: &'static str = "category";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        let kind = match self.kind {
            CategoryKind::JournalCategory => "journal_category",
            CategoryKind::JournalSource => "journal_source",
        };
        format!("{kind}\n{}", self.description)
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 100)?;
        prose("description", &mut self.description, 500)
    }
}
