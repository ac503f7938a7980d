//! The server of Slipway: axum in front, SurrealDB behind, the rules in `domain`.

pub mod auth;
pub mod backend;
mod backoff;
pub mod backup;
pub mod blobs;
pub mod checkpoints;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod export;
pub mod hooks;
pub mod http;
pub mod import;
pub mod mail;
pub mod runtime;
pub mod starter;
pub mod state;
mod tally;
