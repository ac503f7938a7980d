use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::backup::describe;
use super::{Done, log_quietly, print_json};
use crate::backup;
use crate::config::DataArgs;

#[derive(Args)]
pub(super) struct Arguments {
    /// The backup file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Move what is in the data folder aside, within the folder; nothing is deleted
    #[arg(long)]
    force: bool,
    /// Only check the backup, and whether this version can restore it
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(data: &DataArgs, arguments: &Arguments) -> Done {
    log_quietly();
    if arguments.dry_run {
        let verified = backup::restore::check(&arguments.file)?;
        if arguments.json {
            print_json(&verified)?;
        } else {
            say!("The backup can be restored. Nothing was written (dry run).");
            describe(&verified);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let target = data.target()?;
    let restored = backup::restore(&arguments.file, &target, arguments.force).await?;
    if arguments.json {
        print_json(&restored)?;
    } else {
        say!("Restored into {target}.");
        describe(&restored.backup);
        say!(
            "epoch:    {} begins; browsers and tablets send again what the backup did not have",
            restored.epoch
        );
        if let Some(aside) = &restored.moved_aside {
            say!("before:   what was there is in {}", aside.display());
        }
        say!("People sign in again. API tokens work as they did when the backup was taken.");
    }
    Ok(ExitCode::SUCCESS)
}
