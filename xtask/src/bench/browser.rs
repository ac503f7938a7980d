//! What a person waits for in the browser, measured in Debian's Chromium with the bundle as it is shipped. The steps are
//! in `end2end/bench/browser.js`.

use crate::Result;
use crate::build::{self, Effort};
use crate::house::House;
use crate::{step, tools};
use std::path::PathBuf;

/// Options of `bench browser`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A binary that is built already, instead of building the release one
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Only the figures whose name contains this: durable, queue, offline, list
    #[arg(long)]
    only: Option<String>,
}

/// Builds what is measured, measures, prints a line for each figure.
///
/// # Errors
/// A build failed, or the browser did not get to where it is measured.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let chromium = tools::chromium()?;
    tools::npm_packages(house)?;
    let site = build::site(house, Effort::Ship)?;
    let binary = build::given_or_released(house, arguments.binary.as_deref())?;
    let mut node = house.command("node");
    node.current_dir(house.end2end()).arg("bench/browser.js");
    node.args(&arguments.only);
    node.env("SLIPWAY_BIN", &binary)
        .env("SLIPWAY_SITE", &site)
        .env("SLIPWAY_CHROMIUM", &chromium);
    step::run("figures in the browser", &mut node)
}
