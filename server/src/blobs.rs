//! Photos and files on disk, named by their content: `ab/abcdef...` once they are whole, `incoming/` before. What is
//! acknowledged is on the disk, file and folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::files::{Kind, Look};
use domain::{BlobId, UserId};
use tokio::sync::Mutex;

/// What became of a piece that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is on disk; so many bytes are there now.
    To(u64),
    /// It starts somewhere else than where the upload is; nothing was written.
    Elsewhere(u64),
}

/// What a finished upload turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// What it was said to be; kept under its name.
    Kept(Kind),
    /// Other bytes than its name says; thrown away.
    OtherBytes,
    /// Nothing that is kept here; thrown away.
    Unwelcome,
}

/// The folder of all photos and files. Cheap to clone; all clones are the same folder.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
    /// One writer at a time: two requests for the same upload must not write past each other.
    writing: Arc<Mutex<()>>,
}

impl Blobs {
    /// The folder; made when something is written.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            writing: Arc::default(),
        }
    }

    // Names are made of a ULID and hexadecimal digits only, never of text that was sent.
    fn part(&self, user: UserId, blob: BlobId) -> PathBuf {
        self.root.join("incoming").join(format!("{user}-{blob}"))
    }

    fn kept(&self, blob: BlobId) -> PathBuf {
        let name = blob.to_string();
        self.root.join(name.get(..2).unwrap_or_default()).join(&name)
    }

    /// Bytes of an unfinished upload that are on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn offset(&self, user: UserId, blob: BlobId) -> io::Result<u64> {
        let part = self.part(user, blob);
        blocking(move || length(&part)).await
    }

    /// Adds a piece at `offset`.
    ///
    /// # Errors
    /// When the disk fails; what was written of the piece is cut off by the next one.
    pub async fn add(
        &self,
        user: UserId,
        blob: BlobId,
        offset: u64,
        piece: impl AsRef<[u8]> + Send + 'static,
    ) -> io::Result<Added> {
        let part = self.part(user, blob);
        let _writing = self.writing.lock().await;
        blocking(move || {
            let there = length(&part)?;
            if there != offset {
                return Ok(Added::Elsewhere(there));
            }
            make_folder_of(&part)?;
            let mut file = OpenOptions::new().create(true).append(true).open(&part)?;
            let written = file.write_all(piece.as_ref()).and_then(|()| file.sync_all());
            if let Err(error) = written {
                // Half a piece would look like acknowledged bytes.
                file.set_len(there)?;
                return Err(error);
            }
            sync_folder_of(&part)?;
            Ok(Added::To(there + piece.as_ref().len() as u64))
        })
        .await
    }

    /// Looks at a whole upload and keeps it, or throws it away.
    ///
    /// # Errors
    /// When the disk fails; the upload stays unfinished then.
    pub async fn finish(&self, user: UserId, blob: BlobId) -> io::Result<Whole> {
        let (part, kept) = (self.part(user, blob), self.kept(blob));
        let _writing = self.writing.lock().await;
        blocking(move || {
            let (name, kind) = look_at(&part)?;
            if name != blob {
                fs::remove_file(&part)?;
                return Ok(Whole::OtherBytes);
            }
            let Some(kind) = kind else {
                fs::remove_file(&part)?;
                return Ok(Whole::Unwelcome);
            };
            make_folder_of(&kept)?;
            fs::rename(&part, &kept)?;
            sync_folder_of(&kept)?;
            Ok(Whole::Kept(kind))
        })
        .await
    }

    /// Throws an unfinished upload away.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn drop_part(&self, user: UserId, blob: BlobId) -> io::Result<()> {
        let part = self.part(user, blob);
        let _writing = self.writing.lock().await;
        blocking(move || match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Opens one that is kept.
    ///
    /// # Errors
    /// When it is not there, or the disk fails.
    pub async fn open(&self, blob: BlobId) -> io::Result<tokio::fs::File> {
        tokio::fs::File::open(self.kept(blob)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// The digest of a file, and what it is; read piece by piece, however large it is.
fn look_at(path: &Path) -> io::Result<(BlobId, Option<Kind>)> {
    let mut file = File::open(path)?;
    let mut look = Look::default();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut piece)?;
        let Some(piece) = piece.get(..read).filter(|piece| !piece.is_empty()) else {
            return Ok(look.end());
        };
        look.take(piece);
    }
}

fn length(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(there) => Ok(there.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Makes the folder a file is to be in, and makes sure that it will be found after a crash.
fn make_folder_of(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    sync_folder_of(folder)
}

/// A name is on disk once its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
