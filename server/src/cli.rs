//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage.

/// Prints a line; a reader that has gone away (`slipway ... | head`) is no reason to fail.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod backup;
mod check_config;
mod export;
mod graph;
mod import;
mod journal;
mod progress;
mod restore;
mod serve;
mod token;
mod user;

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::UserId;
use domain::access::{Actor, Role};

use crate::config::DataArgs;
use crate::db::{self, Store};
use crate::runtime;

#[derive(Parser)]
#[command(
    name = "slipway",
    version,
    about = "Release management for IT infrastructure",
    max_term_width = 100
)]
struct Arguments {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API
    Serve(serve::Arguments),
    /// Import CIs and relations from files
    Import(import::Arguments),
    /// Write all CIs and relations as NDJSON, ready to be imported again
    Export(export::Arguments),
    /// Write everything to one file, and read it back
    Backup(backup::Arguments),
    /// Fill an empty data folder or database from a backup
    Restore(restore::Arguments),
    /// Manage people who sign in
    #[command(subcommand)]
    User(user::Command),
    /// Manage API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Look after the graph of CIs
    #[command(subcommand)]
    Graph(graph::Command),
    /// Look after the journal of releases
    #[command(subcommand)]
    Journal(journal::Command),
    /// Show the settings in effect and whether they would work
    CheckConfig(check_config::Arguments),
}

/// Why a command failed; the text says what to do.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Done = Result<ExitCode, Failure>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = runtime::build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(async { tokio::spawn(run(arguments)).await? }));
    outcome.unwrap_or_else(|error| {
        eprintln!("slipway: {error}");
        ExitCode::FAILURE
    })
}

async fn run(arguments: Arguments) -> Done {
    let Arguments { data, command } = arguments;
    match command {
        Command::Serve(it) => serve::run(&data, it).await,
        Command::CheckConfig(it) => check_config::run(&data, &it),
        Command::Backup(it) => backup::run(&data, it).await,
        Command::Restore(it) => restore::run(&data, &it).await,
        Command::Import(it) => with_store(&data, async |store| import::run(store, it).await).await,
        Command::Export(it) => with_store(&data, async |store| export::run(store, &it).await).await,
        Command::User(it) => with_store(&data, async |store| user::run(store, it).await).await,
        Command::Token(it) => with_store(&data, async |store| token::run(store, it).await).await,
        Command::Graph(it) => with_store(&data, async |store| graph::run(store, &it).await).await,
        Command::Journal(it) => {
            let checkpoints = data.checkpoints();
            with_store(&data, async |store| journal::run(store, &checkpoints, &it).await).await
        }
    }
}

/// Opens the database, does something with it and closes it, whatever came of it.
async fn with_store(data: &DataArgs, work: impl AsyncFnOnce(&Store) -> Done) -> Done {
    let target = data.target()?;
    log_quietly();
    let store = Store::connect(&target).await?;
    let outcome = work(&store).await;
    store.close().await;
    outcome
}

/// Commands say what they have to say themselves; only warnings are logged.
fn log_quietly() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SLIPWAY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

/// Who acts when somebody with access to the data itself does.
fn operator() -> Actor {
    Actor {
        user: UserId(ulid::Ulid::nil()),
        name: "command line".to_owned(),
        roles: BTreeSet::from([Role::Administrator]),
        groups: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: std::collections::BTreeMap::new(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

/// The person who signs in as `login`.
async fn user_named(store: &Store, login: &str) -> Result<UserId, Failure> {
    let found = store.credentials(login).await?;
    found
        .map(|credentials| credentials.user)
        .ok_or_else(|| db::Error::NotFound(format!("nobody signs in as `{}`", domain::shorten(login))).into())
}

/// Output for programs.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    say!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
