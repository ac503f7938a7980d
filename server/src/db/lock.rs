use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use super::Error;

/// Ownership of a data folder by this process; given up when dropped or when the process dies.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl FolderLock {
    /// Takes the folder, creating it if need be.
    pub(crate) fn take(dir: &Path) -> Result<Self, Error> {
        let unusable = |what: &str, error: &std::io::Error| {
            Error::Unusable(format!(
                "cannot {what} the data folder {}: {error}",
                dir.display()
            ))
        };
        std::fs::create_dir_all(dir).map_err(|e| unusable("create", &e))?;
        let path = dir.join("slipway.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| unusable("write to", &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // The text only makes the message better.
                let _ = file.read_to_string(&mut owner);
                let owner = match owner.trim() {
                    "" => "another process".to_owned(),
                    pid => format!("process {pid}"),
                };
                return Err(Error::Unusable(format!(
                    "the data folder {} is in use by {owner}, probably `slipway serve`; \
                     a folder has one owner at a time: stop that process first, or use the web page or the API",
                    dir.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unusable("lock", &error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(|e| unusable("write to", &e))?;
        Ok(Self(file))
    }
}

/// Waits until the storage engine has let go of its own lock file, at most a second: it shuts down on a
/// task of its own that nobody can await.
pub(super) async fn released(path: &Path) {
    for _ in 0..50 {
        match File::open(path).map(|file| file.try_lock()) {
            Ok(Err(TryLockError::WouldBlock)) => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => return,
        }
    }
    tracing::warn!("the storage engine has not finished closing; what was acknowledged is on disk");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_and_the_second_learns_who() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path()).unwrap();
        let message = FolderLock::take(dir.path()).unwrap_err().to_string();
        assert!(
            message.contains(&format!("process {}", std::process::id())),
            "{message}"
        );
        drop(first);
        FolderLock::take(dir.path()).unwrap();
    }
}
