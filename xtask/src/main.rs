//! `cargo xtask`: the developer commands of Slipway. Each installs what it needs, says what it does, and
//! prints what every step took.

mod api;
mod bench;
mod build;
mod ci;
mod dist;
mod e2e;
mod house;
mod run;
mod simulate;
mod size;
mod step;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use house::House;
use std::error::Error;
use std::process::ExitCode;

/// Whatever stops a command; the text says what failed and what to do.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of Slipway", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve the demo estate on http://127.0.0.1:3000
    Run(run::Arguments),
    /// Run every test: native, documentation, over the API, browser journeys
    Test(test::Arguments),
    /// Run the browser journeys against a freshly built server
    E2e(e2e::Arguments),
    /// What the build machine runs: format, lints, licences, all tests
    Ci,
    /// Measure and print figures; nothing is asserted
    Bench(bench::Arguments),
    /// Run the simulation of sync over many seeds and print what happened
    Simulate(simulate::Arguments),
    /// Build the browser bundle as it is shipped, print its sizes and check their limits
    Size,
    /// Build the release tarball: one binary with the web assets inside
    Dist,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = House::find().and_then(|house| match arguments.command {
        Command::Run(it) => run::run(&house, &it),
        Command::Test(it) => test::run(&house, &it),
        Command::E2e(it) => e2e::run(&house, &it),
        Command::Ci => ci::run(&house),
        Command::Bench(it) => bench::run(&house, &it),
        Command::Simulate(it) => simulate::run(&house, &it),
        Command::Size => size::run(&house),
        Command::Dist => dist::run(&house),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
