//! Files of the builds served before, on disk. A tablet that was away for weeks still runs its old build; what
//! that asks for must not be gone. Only files whose address changes with their content are kept, so an address
//! means the same in every build.
//!
//! One folder a build, named by when it was last served: `site-archive/20261125T064500000Z-1f0c3a5b9d2e/pkg/…`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

/// How many builds are kept, with the one served now.
pub const BUILDS: usize = 5;

/// Where a build is put together; never one of the builds.
const UNFINISHED: &str = "unfinished";

/// Where each file is; perhaps none.
#[derive(Debug, Default)]
pub struct Archive {
    files: HashMap<String, PathBuf>,
}

impl Archive {
    /// Adds the build served now, unless it is there, drops all but the last [`BUILDS`] and opens those.
    /// `files` are addresses with their content.
    ///
    /// # Errors
    /// When the folder cannot be read or written. What was there before is still whole.
    pub fn open<'a>(
        folder: &Path,
        build: &str,
        now: DateTime<Utc>,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let unfinished = folder.join(UNFINISHED);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        let known = builds(folder)?
            .into_iter()
            .find(|name| name.ends_with(&format!("-{build}")));
        let this = folder.join(format!("{}-{build}", now.format("%Y%m%dT%H%M%S%3fZ")));
        match known {
            Some(known) => fs::rename(folder.join(known), this)?,
            None => {
                for (url, content) in files {
                    write(&unfinished.join(url.trim_start_matches('/')), content)?;
                }
                fs::create_dir_all(&unfinished)?;
                fs::rename(&unfinished, this)?;
            }
        }

        let mut newest_first = builds(folder)?;
        newest_first.sort_unstable_by(|a, b| b.cmp(a));
        let mut archive = Self::default();
        for (place, name) in newest_first.iter().enumerate() {
            let build = folder.join(name);
            if place < BUILDS {
                archive.index(&build, "")?;
            } else {
                fs::remove_dir_all(build)?;
            }
        }
        Ok(archive)
    }

    /// The content of a file of an earlier build.
    pub async fn read(&self, url: &str) -> Option<Vec<u8>> {
        let path = self.files.get(url)?;
        match tokio::fs::read(path).await {
            Ok(content) => Some(content),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a file of an earlier build is gone");
                None
            }
        }
    }

    fn index(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let url = format!("{prefix}/{name}");
            if entry.file_type()?.is_dir() {
                self.index(&entry.path(), &url)?;
            } else {
                self.files.insert(url, entry.path());
            }
        }
        Ok(())
    }
}

/// Names of the folders of builds.
fn builds(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && name != UNFINISHED
            && entry.file_type()?.is_dir()
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// On disk before it counts: a file cut short by a power failure would be served for ever.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(number * 86_400, 0).unwrap()
    }

    fn open(folder: &Path, build: &str, now: DateTime<Utc>) -> Archive {
        let url = format!("/pkg/app.{build}.js");
        Archive::open(folder, build, now, [(url.as_str(), build.as_bytes())]).unwrap()
    }

    #[tokio::test]
    async fn the_builds_served_last_are_kept_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for number in 0..5 {
            open(folder, &format!("b{number}"), day(number));
        }
        // The first is served again, so the second is now the one not served for longest.
        open(folder, "b0", day(10));
        let archive = open(folder, "b5", day(11));
        for kept in ["b0", "b2", "b3", "b4", "b5"] {
            let content = archive.read(&format!("/pkg/app.{kept}.js")).await;
            assert_eq!(content.as_deref(), Some(kept.as_bytes()));
        }
        assert_eq!(archive.read("/pkg/app.b1.js").await, None);
        assert_eq!(fs::read_dir(folder).unwrap().count(), BUILDS);
    }

    #[tokio::test]
    async fn what_a_killed_start_left_is_no_build() {
        let folder = tempfile::tempdir().unwrap();
        let half = folder.path().join(UNFINISHED).join("pkg");
        fs::create_dir_all(&half).unwrap();
        fs::write(half.join("app.half.js"), "ha").unwrap();
        let archive = open(folder.path(), "b1", day(1));
        assert_eq!(archive.read("/pkg/app.half.js").await, None);
        assert!(archive.read("/pkg/app.b1.js").await.is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn only_addresses_of_files_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("note.txt"), "not a build").unwrap();
        let archive = open(folder.path(), "b1", day(1));
        for url in ["/pkg", "/pkg/../pkg/app.b1.js", "/../note.txt", "", "/note.txt"] {
            assert_eq!(archive.read(url).await, None, "{url}");
        }
    }
}
