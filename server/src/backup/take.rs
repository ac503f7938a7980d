use std::io;
use std::time::Duration;

use axum::body::Bytes;
use chrono::Utc;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::format::{BLOBS, FORMAT, Header, Sum};
use super::writer::Writer;
use super::{Error, blobs};
use crate::db::Store;
use crate::db::backup::Snapshot;

/// Where the chunks of a backup go. An error among them says that the rest will not come.
pub type Chunks = mpsc::Sender<io::Result<Bytes>>;

/// Whoever does not take the next chunk for so long has gone; the point in time must not be held for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// A backup that was handed out whole.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// What it is of.
    pub header: Header,
    /// What is in it.
    pub parts: Vec<Sum>,
    /// The digest that stands in its last line.
    pub sha256: String,
}

/// Takes a backup of one point in time. It reads one transaction, so writers go on meanwhile. When it fails or
/// is stopped, the receiver is told that the rest will not come. To be run to its end: the transaction is given
/// back then.
///
/// # Errors
/// When the database or the blobs cannot be read, nobody takes the chunks, or `stopping`.
pub async fn take(store: &Store, chunks: &Chunks, stopping: &CancellationToken) -> Result<Taken, Error> {
    let snapshot = store.snapshot().await;
    let outcome = match snapshot {
        Ok(snapshot) => {
            let outcome = tokio::select! {
                outcome = write(store, &snapshot, chunks) => outcome,
                () = stopping.cancelled() => Err(Error::Refused("the server is shutting down".to_owned())),
            };
            snapshot.end().await;
            outcome
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = &outcome {
        // Without a listener there is nobody to tell.
        let _ = chunks
            .send_timeout(Err(io::Error::other(error.to_string())), PATIENCE)
            .await;
    }
    outcome
}

async fn write(store: &Store, snapshot: &Snapshot, chunks: &Chunks) -> Result<Taken, Error> {
    let header = Header {
        format: FORMAT,
        id: ulid::Ulid::new(),
        taken: Utc::now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        epoch: snapshot.epoch,
        head: snapshot.head,
        schema: snapshot.schema.clone(),
    };
    let mut writer = Writer::new(header.clone())?;
    for table in &snapshot.tables {
        writer.begin(&table.name)?;
        let mut records = snapshot.records(&table.name)?;
        while let Some(record) = records.next().await? {
            writer.record(record.into_json()?)?;
            send(&mut writer, chunks).await?;
        }
        writer.end()?;
    }
    write_blobs(store, &mut writer, chunks).await?;
    let (rest, sha256, parts) = writer.finish()?;
    hand_over(rest, chunks).await?;
    Ok(Taken {
        header,
        parts,
        sha256,
    })
}

/// Blobs are stored before anything points at them, so those there now include all that the snapshot knows.
async fn write_blobs(store: &Store, writer: &mut Writer, chunks: &Chunks) -> Result<(), Error> {
    writer.begin(BLOBS)?;
    if let Some(folder) = blobs::folder(store.target()) {
        for path in blobs::list(&folder)? {
            let Some((mut file, bytes)) = blobs::open(&folder, &path)? else {
                continue;
            };
            writer.blob(path.clone(), bytes)?;
            while blobs::copy(&mut file, &path, writer)? {
                send(writer, chunks).await?;
            }
        }
    }
    writer.end()
}

async fn send(writer: &mut Writer, chunks: &Chunks) -> Result<(), Error> {
    match writer.take() {
        Some(ready) => hand_over(ready, chunks).await,
        None => Ok(()),
    }
}

async fn hand_over(bytes: Vec<u8>, chunks: &Chunks) -> Result<(), Error> {
    let sent = chunks.send_timeout(Ok(bytes.into()), PATIENCE).await;
    sent.map_err(|_| Error::Refused("whoever asked for the backup has gone".to_owned()))
}
