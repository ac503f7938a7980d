//! A backup as a file: it has its name only when it is complete, on disk, and was read back without a fault.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::format::{BLOBS, Header, Sum};
use super::reader::{Event, Reader};
use super::{Error, db};

/// What a whole and undamaged backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What it is of.
    #[serde(flatten)]
    pub header: Header,
    /// What is in it.
    pub parts: Vec<Sum>,
    /// The digest of all its lines.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
}

impl Verified {
    /// Records of all tables.
    #[must_use]
    pub fn records(&self) -> u64 {
        let tables = self.parts.iter().filter(|sum| sum.part != BLOBS);
        tables.map(|sum| sum.records).sum()
    }

    /// Files.
    #[must_use]
    pub fn blobs(&self) -> u64 {
        let blobs = self.parts.iter().filter(|sum| sum.part == BLOBS);
        blobs.map(|sum| sum.records).sum()
    }
}

/// Reads a backup to its end and checks every count, digest and record; nothing is changed anywhere.
///
/// # Errors
/// [`Error::Damaged`] with the first place that is wrong.
pub fn verify(path: &Path) -> Result<Verified, Error> {
    let mut reader = open(path)?;
    while let Some(event) = reader.next()? {
        if let Event::Record { part, json } = event {
            db::backup::Record::from_json(&part, &json).map_err(|what| reader.damaged(what))?;
        }
    }
    let bytes = path.metadata().map_err(|e| Error::disk("read", path, e))?.len();
    let (header, parts, seal) = reader.into_sums();
    Ok(Verified {
        header,
        parts,
        sha256: seal.unwrap_or_default(),
        bytes,
    })
}

/// A backup file, its header read.
pub(super) fn open(path: &Path) -> Result<Reader<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|e| Error::disk("open", path, e))?;
    Reader::new(BufReader::with_capacity(256 * 1024, file))
}

/// A backup being written, beside the place where it will be. It goes away unless it is kept.
pub struct Draft {
    file: NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Begins a file for `path`, where nothing may be yet.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is something, [`Error::Disk`] when nothing can be written there.
    pub fn new(path: &Path) -> Result<Self, Error> {
        if path.exists() {
            return Err(Error::Refused(format!(
                "{} is there already; a backup does not replace another file",
                path.display()
            )));
        }
        let folder = folder_of(path);
        let file = tempfile::Builder::new()
            .prefix(".slipway-backup-")
            .tempfile_in(folder)
            .map_err(|e| Error::disk("write to", folder, e))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Adds a chunk.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let path = &self.path;
        self.file
            .write_all(chunk)
            .map_err(|e| Error::disk("write to", path, e))
    }

    /// Puts it on disk, reads all of it back, and only then gives it its name.
    ///
    /// # Errors
    /// [`Error::Damaged`] when what was read back is not a whole backup; nothing is kept then.
    pub fn keep(self) -> Result<Verified, Error> {
        let Self { file, path } = self;
        let failed = |error| Error::disk("write to", &path, error);
        file.as_file().sync_all().map_err(failed)?;
        let verified = verify(file.path())?;
        file.persist_noclobber(&path).map_err(|e| failed(e.error))?;
        sync_folder(folder_of(&path))?;
        Ok(verified)
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Puts the names in a folder on disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| Error::disk("write to", folder, e))
}
