//! `cargo xtask simulate`: the simulation of sync over many seeds. CI runs a short one as a test.

use crate::Result;
use crate::house::House;
use crate::step;

/// Options of `simulate`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// How many things happen in a run before the network heals
    #[arg(long, default_value_t = 600)]
    steps: u32,
    /// One seed only, with its journal if it breaks
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs it.
///
/// # Errors
/// It does not build, or an invariant broke.
pub fn run(house: &House, arguments: &Arguments) -> Result<()> {
    let mut command = house.cargo(&[
        "run",
        "--release",
        "-p",
        "domain",
        "--features",
        "simulation",
        "--example",
        "simulate",
        "--",
    ]);
    for (name, value) in [
        ("--seeds", Some(arguments.seeds)),
        ("--first", Some(arguments.first)),
        ("--steps", Some(arguments.steps.into())),
        ("--seed", arguments.seed),
    ] {
        if let Some(value) = value {
            command.args([name, &value.to_string()]);
        }
    }
    step::run("simulation of sync", &mut command)
}
