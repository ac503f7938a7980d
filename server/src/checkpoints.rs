//! Checkpoints of the journal: where its chain stood at a time, in a file outside the database. Whoever can write the
//! database can write the whole chain anew, but not a file on another disk or machine.
//!
//! One JSON object a line; lines are only ever added.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Epoch;
use domain::release::Rev;
use serde::{Deserialize, Serialize};
use tokio::fs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::db::Store;

/// How often a journal that grows gets a checkpoint.
const EVERY: Duration = Duration::from_secs(60);

/// Where the chain of the journal stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The life of the database.
    pub epoch: Epoch,
    /// Its head.
    pub rev: Rev,
    /// Entries that the digest binds.
    pub entries: u64,
    /// The digest, as 64 hexadecimal digits.
    pub digest: String,
    /// When it was written, by the server.
    pub at: DateTime<Utc>,
}

/// Reads a file of checkpoints; one that is not there has none. A last line that a crash cut off does not count.
///
/// # Errors
/// The file cannot be read, or a line is no checkpoint; the text names it.
pub async fn read(path: &Path) -> io::Result<Vec<Checkpoint>> {
    let text = match fs::read_to_string(path).await {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(named(path, &error)),
    };
    let whole = text
        .rfind('\n')
        .map_or("", |end| text.get(..end).unwrap_or_default());
    let line = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let text = format!("{}, line {}: {error}", path.display(), at + 1);
            io::Error::new(io::ErrorKind::InvalidData, text)
        })
    };
    whole.lines().enumerate().map(line).collect()
}

/// Writes checkpoints of a journal that grows.
pub struct Writer {
    path: PathBuf,
    /// Entries in the last checkpoint of this process.
    written: u64,
}

impl Writer {
    /// Goes on with the file at `path`, after the last whole line: one that a crash cut off was never acknowledged.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub async fn open(path: PathBuf) -> io::Result<Self> {
        mend(&path).await.map_err(|error| named(&path, &error))?;
        Ok(Self { path, written: 0 })
    }

    /// Writes a checkpoint now and again; never ends. A disk that cannot take one is no reason not to serve.
    pub async fn keep(mut self, store: Store) {
        let mut tick = tokio::time::interval(EVERY);
        loop {
            tick.tick().await;
            if let Err(error) = self.write(&store).await {
                tracing::error!(%error, "the journal got no checkpoint");
            }
        }
    }

    /// Writes one, if there is something new; it is on disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn write(&mut self, store: &Store) -> io::Result<()> {
        let Some(checkpoint) = store.journal_end().await else {
            return Ok(());
        };
        if checkpoint.entries == self.written {
            return Ok(());
        }
        append(&self.path, &checkpoint)
            .await
            .map_err(|error| named(&self.path, &error))?;
        self.written = checkpoint.entries;
        Ok(())
    }
}

async fn mend(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .await?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).await?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64).await?;
    }
    Ok(())
}

async fn append(path: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let mut line = serde_json::to_string(checkpoint)?;
    line.push('\n');
    let mut file = fs::OpenOptions::new().append(true).open(path).await?;
    file.write_all(line.as_bytes()).await?;
    file.sync_all().await
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
