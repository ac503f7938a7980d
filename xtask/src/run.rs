//! `cargo xtask run`: from a fresh clone to a page one can sign in to.

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;

/// Options of `run`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Optimised server (the first such build takes 15 minutes on two cores)
    #[arg(long)]
    release: bool,
    /// Passed on to `slipway serve`, for example `-- --listen 127.0.0.1:3001 --data /tmp/slipway`
    #[arg(last = true)]
    serve: Vec<OsString>,
}

/// Builds the web assets and the server, then becomes `slipway serve --demo`.
///
/// # Errors
/// A build step failed, or the server cannot be started.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let site = build::site(house, Effort::Develop)?;
    let binary = build::server(house, arguments.release)?;
    println!("==> serve");
    let mut serve = house.command(&binary);
    serve
        .env("SLIPWAY_SITE", site)
        .args(["serve", "--demo"])
        .args(&arguments.serve);
    // Replaces this process, so that Ctrl-C and a supervisor's signals reach the server itself.
    let error = serve.exec();
    Err(format!("cannot start {}: {error}", binary.display()).into())
}
