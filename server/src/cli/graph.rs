use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Done, print_json};
use crate::db::Store;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check that the index in memory and graph queries of the database agree
    Verify(Verify),
}

#[derive(Args)]
pub(super) struct Verify {
    /// CIs to compare, spread evenly over all; 0 compares every one
    #[arg(long, value_name = "N", default_value_t = 200)]
    sample: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(store: &Store, command: &Command) -> Done {
    let Command::Verify(arguments) = command;
    let found = store.verify_graph(arguments.sample).await?;
    if arguments.json {
        print_json(&found)?;
    } else {
        say!(
            "{} CIs, {} relations; the dependencies of {} CIs compared, {} differ",
            found.cis,
            found.relations,
            found.compared,
            found.differences.len()
        );
        for difference in &found.differences {
            say!("{difference}");
        }
    }
    Ok(if found.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
