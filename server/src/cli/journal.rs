use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Done, print_json};
use crate::checkpoints;
use crate::db::{JournalReport, Store};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check that no entry was changed, removed, added or moved since it was written
    Verify(Verify),
}

#[derive(Args)]
pub(super) struct Verify {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(store: &Store, file: &Path, command: &Command) -> Done {
    let Command::Verify(arguments) = command;
    let found = store.verify_journal(&checkpoints::read(file).await?).await?;
    if arguments.json {
        print_json(&found)?;
    } else {
        tell(&found, file);
    }
    Ok(match found.bad {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn tell(found: &JournalReport, file: &Path) {
    say!("{} entries read", found.entries);
    if found.before_chain > 0 {
        say!(
            "{} are older than the chain: nothing can be said about them",
            found.before_chain
        );
    }
    let end = found.anchored + found.unanchored;
    match found.anchored {
        0 => say!("none is anchored by a checkpoint in {}", file.display()),
        anchored => say!(
            "entries 1 to {anchored} are anchored by {} checkpoints in {}",
            found.checkpoints,
            file.display()
        ),
    }
    if found.unanchored > 0 {
        say!(
            "entries {} to {end} are not anchored yet: they agree with each other only",
            found.anchored + 1
        );
    }
    if found.other_checkpoints > 0 {
        say!(
            "{} checkpoints are about another database, or about changes that a restore gave up",
            found.other_checkpoints
        );
    }
    match &found.bad {
        None => say!("the journal is as it was written"),
        Some(bad) => {
            let rev = bad
                .rev
                .map_or_else(String::new, |rev| format!(", revision {rev}"));
            let release = bad
                .release
                .as_ref()
                .map_or_else(String::new, |release| format!(", release {release}"));
            say!("entry {}{rev}{release}: {}", bad.place, bad.reason);
        }
    }
}
