//! One binary over the public surface: HTTP, command line, sync against the real database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, that is how to fail"
)]

mod backup;
mod cli;
mod http;
mod kill;
mod mail;
mod process;
mod remote;
mod webhooks;
mod weekend;
