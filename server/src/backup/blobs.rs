//! The files beside the database: content-addressed, so a name says what the content must be.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use super::writer::Writer;
use crate::backup::format::BLOB_CHUNK;
use crate::db::Target;

/// Where the blobs of an installation are, if it has a place for them.
pub(super) fn folder(target: &Target) -> Option<PathBuf> {
    match target {
        Target::Folder { dir, .. } => Some(dir.join("blobs")),
        Target::Memory | Target::Remote { .. } => None,
    }
}

/// The paths of all finished blobs below `folder`, in order. What has another name is not finished.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, Error> {
    let mut paths = Vec::new();
    if folder.exists() {
        walk(folder, "", &mut paths)?;
    }
    paths.sort();
    Ok(paths)
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Error> {
    let unreadable = |error| Error::disk("read", folder, error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        } else if kind.is_file() && hash_in(&path).is_some() {
            paths.push(path);
        }
    }
    Ok(())
}

/// The SHA-256 that a blob's path promises: the last of at most three segments, those before it being its
/// beginnings. Anything else is no blob, least of all a path out of the folder.
pub(super) fn hash_in(path: &str) -> Option<&str> {
    let mut segments = path.rsplit('/');
    let hash = segments.next()?;
    let is_hex = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let folders: Vec<&str> = segments.collect();
    let below = folders
        .iter()
        .all(|folder| (1..=8).contains(&folder.len()) && is_hex(folder));
    (hash.len() == 64 && is_hex(hash) && folders.len() <= 2 && below).then_some(hash)
}

/// Opens a blob for [`copy`]; `None` when it has gone since it was listed.
pub(super) fn open(folder: &Path, path: &str) -> Result<Option<(fs::File, u64)>, Error> {
    let full = folder.join(path);
    let opened = fs::File::open(&full).and_then(|file| {
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    });
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::disk("read", &full, error)),
    }
}

/// Writes the next chunk of a blob; `false` after the last.
pub(super) fn copy(file: &mut fs::File, path: &str, writer: &mut Writer) -> Result<bool, Error> {
    let mut chunk = Vec::new();
    file.by_ref()
        .take(BLOB_CHUNK as u64)
        .read_to_end(&mut chunk)
        .map_err(|error| Error::disk("read", Path::new(path), error))?;
    if chunk.is_empty() {
        return Ok(false);
    }
    writer.data(&chunk)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_digest_below_its_folders_is_the_path_of_a_blob() {
        let hash = "ab".repeat(32);
        for right in [hash.clone(), format!("ab/{hash}"), format!("ab/ab/{hash}")] {
            assert_eq!(hash_in(&right), Some(hash.as_str()), "{right}");
        }
        for wrong in [
            String::new(),
            format!("/{hash}"),
            format!("../{hash}"),
            format!("ab/../{hash}"),
            format!("./{hash}"),
            format!("ab//{hash}"),
            format!("a/b/c/{hash}"),
            format!("{hash}/"),
            format!("{hash}.part"),
            hash.to_uppercase(),
        ] {
            assert_eq!(hash_in(&wrong), None, "{wrong}");
        }
    }
}
