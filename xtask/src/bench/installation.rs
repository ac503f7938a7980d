//! A data folder, the binary that works on it, and the server started over it.

use super::load::Connection;
use crate::Result;
use crate::step;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(300);
/// After this a started server has nothing left to do by itself.
const SETTLED: Duration = Duration::from_secs(12);

/// A data folder and the binary that works on it.
pub struct Installation {
    binary: PathBuf,
    data: PathBuf,
}

impl Installation {
    /// Over a folder that need not be there.
    pub fn new(binary: &Path, data: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            data: data.to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--data").arg(&self.data);
        command
    }

    /// Adds an administrator; answers a token of theirs with all scopes.
    ///
    /// # Errors
    /// A command of the binary fails.
    pub fn administrator(&self) -> Result<String> {
        let mut child = self
            .command(&["user", "add", "bench", "--admin", "--password-stdin"])
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(b"a benchmark needs no secret\n")?;
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("slipway user add ended with {status}").into());
        }
        self.token()
    }

    /// Another token of the administrator that was added.
    ///
    /// # Errors
    /// The command of the binary fails.
    pub fn token(&self) -> Result<String> {
        let create = ["token", "create", "--user", "bench", "--json"];
        let output = self.command(&create).output()?;
        let answer: Value = serde_json::from_slice(&output.stdout).map_err(|it| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            format!("slipway token create: {it}: {said}")
        })?;
        let token = answer["token"].as_str();
        Ok(token
            .ok_or("slipway token create --json printed no token")?
            .to_owned())
    }

    /// Imports a file and prints the rate, with start-up and CIs in the time.
    ///
    /// # Errors
    /// The import fails.
    pub fn import(&self, format: &str, file: &Path) -> Result<()> {
        let started = Instant::now();
        let mut command = self.command(&["import", "--json", "--format", format]);
        let output = step::timed(&format!("import as {format}"), || {
            Ok(command.arg(file).stderr(Stdio::inherit()).output()?)
        })?;
        if !output.status.success() {
            return Err(format!("slipway import ended with {}", output.status).into());
        }
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let created = |what: &str| report[what]["created"].as_u64().unwrap_or_default();
        let (cis, relations) = (created("cis"), created("relations"));
        #[expect(clippy::cast_precision_loss, reason = "rates to print")]
        let rate = |count: u64| count as f64 / started.elapsed().as_secs_f64();
        println!(
            "    {cis} CIs and {relations} relations: {:.0} relations/s, or {:.0} of both, CIs and start-up in the time",
            rate(relations),
            rate(cis + relations)
        );
        Ok(())
    }

    /// Starts a server on a port that is free right now.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn serve(&self, options: &[&str]) -> Result<Served> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = self.command(&["serve", "--listen", &address.to_string()]);
        let started = Instant::now();
        let child = command.args(options).stdout(Stdio::null()).spawn()?;
        Ok(Served {
            child,
            address,
            started,
        })
    }
}

/// A running server; it ends with this value. SIGKILL is fine: what was acknowledged is on disk.
pub struct Served {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    started: Instant,
}

impl Served {
    /// Waits until a GET answers 200; answers the time since the start.
    ///
    /// # Errors
    /// It does not within some minutes.
    pub fn first_answer(&self, path: &str, token: &str) -> Result<Duration> {
        while self.started.elapsed() < PATIENCE {
            let asked = Connection::open(self.address).and_then(|mut it| it.get(path, token));
            if asked.is_ok_and(|status| status == 200) {
                return Ok(self.started.elapsed());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err(format!("the server did not answer {path} within {PATIENCE:?}").into())
    }

    /// Megabytes of memory it holds (resident) once it has come to rest.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub fn idle_memory(&self) -> Result<u64> {
        thread::sleep(SETTLED);
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kilobytes: u64 = line
            .and_then(|it| it.trim().strip_suffix(" kB"))
            .ok_or("no VmRSS in /proc")?
            .trim()
            .parse()?;
        Ok(kilobytes / 1024)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
