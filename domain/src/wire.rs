//! Shapes that travel between server, browser and scripts as JSON. The server documents them in
//! `/api/v1/openapi.json`; the pages read the same types.

pub mod actions;
pub mod admin;
pub mod blob;
pub mod bulk;
pub mod clash;
pub mod cmdb;
pub mod counts;
pub mod list;
pub mod mail;
pub mod problem;
pub mod records;
pub mod registry;
pub mod release;
pub mod schedule;
pub mod search;
pub mod session;
pub mod view;
pub mod waiting;
pub mod webhook;

use serde::{Deserialize, Serialize};

/// One page of a list, paged by key: pass `next` back as `after`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// All rows that match and that the caller may see.
    pub total: u64,
}

/// Rows in a page unless the caller asks otherwise.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most rows in a page.
pub const MAX_LIMIT: u32 = 500;
