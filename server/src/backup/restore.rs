//! Fills an empty database from a backup, all or nothing.
//!
//! In a data folder everything is put together in a folder of its own inside it. Moving the finished database
//! from there to its place is one rename: before it the folder is refused by every command, after it it is whole.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::Utc;
use domain::Epoch;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::file::{self, Verified};
use super::format::{BLOBS, BlobHead};
use super::reader::Event;
use super::{Error, blobs};
use crate::db::backup::Record;
use crate::db::backup::restore::{Restoring, STAGING, check_schema};
use crate::db::{FolderLock, Target};

/// Most bytes of records in one transaction; a few large releases fill it before the count does.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A restore that is complete.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// What it came from.
    pub backup: Verified,
    /// The life that the database has begun.
    pub epoch: Epoch,
    /// Where that which was there before is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_aside: Option<PathBuf>,
}

/// Checks a backup, and whether this version can restore it.
///
/// # Errors
/// [`Error::Damaged`], or a backup of a newer version.
pub fn check(path: &Path) -> Result<Verified, Error> {
    let verified = file::verify(path)?;
    check_schema(&verified.header.schema)?;
    Ok(verified)
}

/// Restores a backup into an empty data folder or database. With `force` what is in a data folder is moved
/// aside within it.
///
/// # Errors
/// [`Error::Damaged`] before anything is touched, [`Error::Refused`] when there is something already. After an
/// error nothing has changed; when the process dies, the place is refused until the restore was repeated.
pub async fn restore(path: &Path, target: &Target, force: bool) -> Result<Restored, Error> {
    let backup = check(path)?;
    if blobs::folder(target).is_none() && backup.blobs() > 0 {
        return Err(Error::Refused(format!(
            "the backup holds {} files, and this place has none for them; restore into a data folder",
            backup.blobs()
        )));
    }
    let (epoch, moved_aside) = match target {
        Target::Folder { dir, .. } => {
            let place = Place::prepare(dir, force)?;
            let inside = Target::folder(place.staging(), crate::db::SyncMode::Every)?;
            match fill(path, &inside, &backup).await {
                Ok(epoch) => (epoch, place.finish()?),
                Err(error) => {
                    place.abandon();
                    return Err(error);
                }
            }
        }
        Target::Remote { .. } if force => {
            return Err(Error::Refused(
                "a remote database cannot be moved aside; name another one at the end of the address"
                    .to_owned(),
            ));
        }
        Target::Remote { .. } => (fill(path, target, &backup).await?, None),
        Target::Memory => {
            return Err(Error::Refused(
                "a database in memory is gone when this command ends; restore into a data folder".to_owned(),
            ));
        }
    };
    Ok(Restored {
        backup,
        epoch,
        moved_aside,
    })
}

async fn fill(path: &Path, target: &Target, backup: &Verified) -> Result<Epoch, Error> {
    let database = Restoring::begin(target, &backup.header.schema).await?;
    let filled = fill_database(path, target, &database, backup).await;
    // Closing waits until the engine has let go of its files, so that they can be moved.
    database.close().await;
    filled
}

async fn fill_database(
    path: &Path,
    target: &Target,
    database: &Restoring,
    backup: &Verified,
) -> Result<Epoch, Error> {
    let mut reader = file::open(path)?;
    let mut batch = Batch::default();
    let mut blob = None;
    while let Some(event) = reader.next()? {
        match event {
            Event::Record { part, json } => {
                let record = Record::from_json(&part, &json).map_err(|what| reader.damaged(what))?;
                batch.records.push(record);
                batch.bytes += json.len();
                if batch.records.len() == target.batch() || batch.bytes > BATCH_BYTES {
                    database.insert(&part, batch.take()).await?;
                }
            }
            Event::Blob(head) => blob = Blob::begin(target, &head)?,
            Event::Data(bytes) => {
                blob = match blob {
                    Some(open) => Blob::add(open, &bytes)?,
                    None => None,
                };
            }
            Event::End(sum) if sum.part == BLOBS => {}
            Event::End(sum) => {
                if !batch.records.is_empty() {
                    database.insert(&sum.part, batch.take()).await?;
                }
                let count = database.count(&sum.part).await?;
                if count != sum.records {
                    return Err(Error::Refused(format!(
                        "the table {} holds {count} records after restoring {}; nothing was restored",
                        sum.part, sum.records
                    )));
                }
            }
        }
    }
    if reader.into_sums().2.as_deref() != Some(backup.sha256.as_str()) {
        return Err(Error::Damaged(
            "the file was changed while it was being restored".to_owned(),
        ));
    }
    Ok(database.finish().await?)
}

#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    bytes: usize,
}

impl Batch {
    fn take(&mut self) -> Vec<Record> {
        self.bytes = 0;
        std::mem::take(&mut self.records)
    }
}

/// A file being restored. It has its name when all of it is on disk.
struct Blob {
    file: NamedTempFile,
    path: PathBuf,
    left: u64,
}

impl Blob {
    /// Makes room for a file; `None` when an empty one is complete at once.
    fn begin(target: &Target, head: &BlobHead) -> Result<Option<Self>, Error> {
        let folder = blobs::folder(target)
            .ok_or_else(|| Error::Refused("there is no place for files here".to_owned()))?;
        let path = folder.join(&head.path);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).map_err(|e| Error::disk("create", parent, e))?;
        let file = NamedTempFile::new_in(parent).map_err(|e| Error::disk("write to", parent, e))?;
        let left = head.bytes;
        Self { file, path, left }.settle()
    }

    /// Adds bytes; `None` once it is complete.
    fn add(mut self, bytes: &[u8]) -> Result<Option<Self>, Error> {
        self.file
            .write_all(bytes)
            .map_err(|e| Error::disk("write to", &self.path, e))?;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.settle()
    }

    fn settle(self) -> Result<Option<Self>, Error> {
        if self.left > 0 {
            return Ok(Some(self));
        }
        let failed = |error| Error::disk("write to", &self.path, error);
        self.file.as_file().sync_all().map_err(failed)?;
        self.file.persist(&self.path).map_err(|e| failed(e.error))?;
        Ok(None)
    }
}

/// A data folder that this process owns, with the folder inside where things are put together.
struct Place {
    dir: PathBuf,
    force: bool,
    _lock: FolderLock,
}

impl Place {
    fn prepare(dir: &Path, force: bool) -> Result<Self, Error> {
        let lock = FolderLock::take(dir)?;
        let place = Self {
            dir: dir.to_owned(),
            force,
            _lock: lock,
        };
        if !force && !place.occupied()?.is_empty() {
            return Err(Error::Refused(format!(
                "the data folder {} is not empty; restore into an empty one, or say --force to have what is in it \
                 moved aside",
                dir.display()
            )));
        }
        // What an earlier attempt has left. It was never anybody's database.
        place.remove_staging()?;
        let database = place.staging().join("db");
        fs::create_dir_all(&database).map_err(|e| Error::disk("create", &database, e))?;
        file::sync_folder(dir)?;
        Ok(place)
    }

    fn staging(&self) -> PathBuf {
        self.dir.join(STAGING)
    }

    /// What of an installation is in the folder.
    fn occupied(&self) -> Result<Vec<&'static str>, Error> {
        let mut there = Vec::new();
        for name in ["db", "blobs"] {
            let path = self.dir.join(name);
            match fs::read_dir(&path) {
                Ok(mut entries) => there.extend(entries.next().map(|_| name)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::disk("read", &path, error)),
            }
        }
        Ok(there)
    }

    /// Moves aside what was there, then what was restored to its place, the database last.
    fn finish(self) -> Result<Option<PathBuf>, Error> {
        let occupied = self.occupied()?;
        let aside = self
            .dir
            .join(Utc::now().format("replaced-%Y%m%dT%H%M%SZ").to_string());
        let moved = self.force && !occupied.is_empty();
        if moved {
            fs::create_dir(&aside).map_err(|e| Error::disk("create", &aside, e))?;
            for name in occupied {
                rename(&self.dir.join(name), &aside.join(name))?;
            }
        }
        for name in ["blobs", "db"] {
            let (from, to) = (self.staging().join(name), self.dir.join(name));
            if from.exists() {
                file::sync_folder(&from)?;
                // An empty folder may be in the way; it makes room.
                rename(&from, &to)?;
            }
        }
        file::sync_folder(&self.dir)?;
        self.remove_staging()?;
        Ok(moved.then_some(aside))
    }

    /// Takes away what did not become a database.
    fn abandon(self) {
        if let Err(error) = self.remove_staging() {
            tracing::warn!(%error, "what was restored so far is still there");
        }
    }

    fn remove_staging(&self) -> Result<(), Error> {
        let staging = self.staging();
        match fs::remove_dir_all(&staging) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::disk("remove", &staging, error))
            }
            _ => Ok(()),
        }
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|e| Error::disk("move", from, e))
}
