//! Installing what a command needs and the machine lacks.

use crate::Result;
use crate::house::House;
use crate::step;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure rustc can compile for the browser.
///
/// # Errors
/// The target is missing and rustup cannot add it.
pub fn wasm_target(house: &House) -> Result<()> {
    let sysroot = Command::new("rustc")
        .current_dir(&house.root)
        .args(["--print", "sysroot"])
        .output()?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    step::run(
        "add the browser target to rustc",
        house.command("rustup").args(["target", "add", WASM]),
    )
}

/// Makes sure `cargo <name>` works, compiling it from the Rust registry when it does not.
///
/// # Errors
/// It is missing and cannot be installed.
pub fn cargo_tool(house: &House, name: &str) -> Result<()> {
    if answers(house.command("cargo").args([name, "--version"])) {
        return Ok(());
    }
    let package = format!("cargo-{name}");
    step::run(
        &format!("install {package}"),
        &mut house.cargo(&["install", "--locked", &package]),
    )
}

/// Makes sure the npm packages of `end2end/` are there in the versions of its lock file.
///
/// # Errors
/// Node 20 or npm is missing, or a package cannot be fetched.
pub fn npm_packages(house: &House) -> Result<()> {
    let folder = house.end2end();
    // npm writes this file last; it is newer than the lock only when the install was complete.
    let installed = folder.join("node_modules/.package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|it| it.modified());
    if let (Ok(lock), Ok(done)) = (modified(&folder.join("package-lock.json")), modified(&installed))
        && done >= lock
    {
        return Ok(());
    }
    if !answers(Command::new("npm").arg("--version")) {
        return Err(
            "npm is missing: install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm)"
                .into(),
        );
    }
    step::run(
        "npm packages",
        house
            .command("npm")
            .current_dir(&folder)
            .args(["ci", "--no-audit", "--no-fund"]),
    )
}

/// Binaryen's `wasm-opt`, as the npm package brings it.
///
/// # Errors
/// See [`npm_packages`].
pub fn wasm_opt(house: &House) -> Result<PathBuf> {
    npm_packages(house)?;
    Ok(house.end2end().join("node_modules/binaryen/bin/wasm-opt"))
}

/// Debian's Chromium: `SLIPWAY_CHROMIUM`, else the one on the machine, else installed with apt as root.
///
/// # Errors
/// It is missing and this user may not install it.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SLIPWAY_CHROMIUM") {
        return Ok(path.into());
    }
    let usual = PathBuf::from("/usr/bin/chromium");
    if usual.is_file() {
        return Ok(usual);
    }
    install(&["chromium", "fonts-dejavu-core"])
        .map_err(|it| format!("{it}; or set SLIPWAY_CHROMIUM to the path of Chromium"))?;
    Ok(usual)
}

/// Makes sure a program of a Debian package is there.
///
/// # Errors
/// It is missing and this user may not install it.
pub fn debian(program: &str, package: &str) -> Result<()> {
    if answers(Command::new(program).arg("--version")) {
        return Ok(());
    }
    install(&[package])
}

/// Makes sure Python can make virtual environments.
///
/// # Errors
/// It cannot, and this user may not install what is missing.
pub fn python_venv() -> Result<()> {
    // Debian's Python has the module `venv` without the package, but not what it needs to install pip.
    if answers(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        return Ok(());
    }
    install(&["python3", "python3-venv"])
}

/// Installs Debian packages.
fn install(packages: &[&str]) -> Result<()> {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|it| it.stdout.starts_with(b"0"));
    if !is_root {
        let names = packages.join(" ");
        return Err(format!("something is missing: run `apt-get install {names}` as root").into());
    }
    step::run(
        "apt package lists",
        Command::new("apt-get").args(["update", "-qq"]),
    )?;
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt.args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages);
    step::run(&format!("install {}", packages.join(", ")), &mut apt)
}

/// Whether a probe such as `tool --version` succeeds, silently.
fn answers(probe: &mut Command) -> bool {
    probe
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}
