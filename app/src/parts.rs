//! Widgets that know domain words; shared by pages.

pub mod ci;
pub mod ci_edit;
pub mod elevation;
pub mod history;
pub mod picture;
pub mod relations;
pub mod svg_link;
