//! The server of Slipway: axum in front, SurrealDB behind, the rules in `domain`.

pub mod db;
pub mod import;
