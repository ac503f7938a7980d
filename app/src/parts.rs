//! Widgets that know domain words; shared by pages.

pub mod blast;
pub mod cell;
pub mod ci;
pub mod ci_edit;
pub mod conflicts;
pub mod describe;
pub mod elevation;
pub mod focus;
pub mod history;
pub mod impact_list;
pub mod import_report;
pub mod install;
pub mod journal;
pub mod matrix;
pub mod more;
pub mod people;
pub mod picture;
pub mod plan;
pub mod refused;
pub mod relations;
pub mod release_rows;
pub mod stage;
pub mod step;
pub mod svg_link;
pub mod unmet;
pub mod waves;
