use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Done;
use crate::db::Store;
use crate::export;

#[derive(Args)]
pub(super) struct Arguments {
    /// Where to write to; standard output without it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn run(store: &Store, arguments: &Arguments) -> Done {
    let mut out: Box<dyn Write + Send> = match &arguments.file {
        None => Box::new(stdout()),
        Some(path) => {
            Box::new(File::create(path).map_err(|e| format!("cannot write to {}: {e}", path.display()))?)
        }
    };
    let mut buffered = BufWriter::with_capacity(256 * 1024, &mut out);
    let counts = export::run(store, &mut buffered).await?;
    buffered.flush()?;
    eprintln!("{} CIs and {} relations exported", counts.cis, counts.relations);
    Ok(ExitCode::SUCCESS)
}
