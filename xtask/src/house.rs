//! Where things are: the checkout and the folder builds go to.

use crate::Result;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout this command works on.
pub struct House {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder: `CARGO_TARGET_DIR`, else `target` in the checkout.
    pub target: PathBuf,
}

impl House {
    /// Finds the checkout that cargo runs this for. Asked now and not when compiling: clones share their builds.
    ///
    /// # Errors
    /// Cargo does not run this.
    pub fn find() -> Result<House> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run this as `cargo xtask`")?;
        let root = Path::new(&package).parent().ok_or("xtask has no parent folder")?;
        let root = root
            .canonicalize()
            .map_err(|it| format!("{}: {it}", root.display()))?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => std::env::current_dir()?.join(folder),
            _ => root.join("target"),
        };
        Ok(House { root, target })
    }

    /// `program`, to be run in the checkout with the same target folder as this command.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `cargo` with these arguments. What cargo sets for *this* program must not leak into the next
    /// build, or build scripts that watch those variables run again each time.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let of_this_package = text.starts_with("CARGO_PKG_")
                || text.starts_with("CARGO_MANIFEST_")
                || matches!(
                    &*text,
                    "CARGO_CRATE_NAME" | "CARGO_BIN_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
                );
            if of_this_package {
                command.env_remove(&name);
            }
        }
        command.args(arguments);
        command
    }

    /// The browser journeys and the npm packages they and the bundler use.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The web assets the server serves.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }
}
