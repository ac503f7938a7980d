//! `cargo xtask bench`: figures to read, never a test.

mod browser;
mod estate;
mod graph;
mod http;
mod installation;
mod line;
mod lists;
mod load;
mod sync;

use crate::Result;
use crate::house::House;
use clap::Subcommand;

/// Options of `bench`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Impact over the Debian package graph, beside petgraph in the same process
    Graph,
    /// Answers over HTTP, start, memory and imports with the demo, a large estate and Debian's packages
    Http(http::Arguments),
    /// What a person waits for in the browser: until an edit is on the disk, with a long queue, cold starts
    Browser(browser::Arguments),
    /// The work list, search, full text and one action on many releases
    Lists(lists::Arguments),
    /// A device comes back with queued edits over a line with 50 ms: until stored, until elsewhere
    Sync(sync::Arguments),
}

/// Runs the chosen benchmark.
///
/// # Errors
/// A build failed or the thing measured failed.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::Graph => graph::run(house),
        What::Http(it) => http::run(house, it),
        What::Browser(it) => browser::run(house, it),
        What::Lists(it) => lists::run(house, it),
        What::Sync(it) => sync::run(house, it),
    }
}
