//! The rules of Slipway, and nothing else.
//!
//! This crate does no I/O, reads no clock and draws no random number: time, ids and facts about the
//! world come in as arguments. It compiles to native code and to WASM, and the same functions decide
//! in both places, so that what a tablet predicts offline is what the server answers.

pub mod access;
pub mod calendar;
pub mod cmdb;
#[cfg(feature = "demo")]
pub mod demo;
pub mod files;
pub mod graph;
pub mod grow;
pub mod ids;
pub mod json;
pub mod list;
pub mod mail;
pub mod registry;
pub mod release;
pub mod sync;
#[cfg(feature = "transfer")]
pub mod transfer;
pub mod wire;

pub use ids::*;
