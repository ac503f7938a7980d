//! The real binary, as an operator runs it, and a plain HTTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

pub const PASSWORD: &str = "correct horse battery";
/// A slow machine that builds something else meanwhile.
const PATIENCE: Duration = Duration::from_secs(120);

/// A binary named by a variable, or the one beside this test.
fn binary(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let beside = std::env::current_exe().unwrap().parent()?.parent()?.join(name);
    beside.exists().then_some(beside)
}

/// A command of `slipway` with nothing set by the surroundings.
pub fn slipway(arguments: &[&str]) -> Command {
    let binary = binary("SLIPWAY_BIN", "slipway").expect("build it first: cargo build -p server");
    let mut command = Command::new(binary);
    command.args(arguments);
    for variable in [
        "SLIPWAY_DATA",
        "SLIPWAY_DB",
        "SLIPWAY_SITE",
        "SLIPWAY_LISTEN",
        "SLIPWAY_SERVICE_WORKER",
        "SLIPWAY_LOG",
    ] {
        command.env_remove(variable);
    }
    command
}

/// A running database server for `--db ws://root:root@127.0.0.1:PORT`, in memory.
pub struct Database {
    _process: Process,
    pub port: u16,
}

impl Database {
    /// Starts it and waits until it answers; `None`, and a word about it, where it was not built.
    pub fn start() -> Option<Self> {
        let Some(binary) = binary("SLIPWAY_DATABASE_SERVER", "database-server") else {
            println!("not run: no database server; `cargo xtask test` builds it");
            return None;
        };
        let port = free_port();
        let database = Command::new(binary)
            .args(["start", "--user", "root", "--pass", "root"])
            .args(["--bind", &format!("127.0.0.1:{port}"), "memory"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _process = Process(database);
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        wait_for(|| request(at, "GET", "/health", "", None).is_ok_and(|(status, _)| status == 200));
        Some(Self { _process, port })
    }
}

/// Runs a command to its end with this input.
pub fn run_with(arguments: &[&str], input: &str) -> Output {
    let mut command = slipway(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Output {
    run_with(arguments, "")
}

/// Runs a command that must succeed, and answers what it printed.
pub fn ok(arguments: &[&str]) -> String {
    done(arguments, &run(arguments))
}

/// What a command printed that must have succeeded.
pub fn done(arguments: &[&str], output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?}: {}\n{errors}",
        output.status
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Runs a command that must succeed and print JSON.
pub fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&ok(arguments)).unwrap()
}

/// Runs a command that must fail with this code, and answers what it complained of.
pub fn fails(code: i32, arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

/// Adds an administrator and makes a token for them.
pub fn administrator(place: &[&str; 2]) -> String {
    let add = [
        "user",
        "add",
        "ada",
        "--admin",
        "--password-stdin",
        place[0],
        place[1],
    ];
    done(&add, &run_with(&add, &format!("{PASSWORD}\n")));
    let token = json(&["token", "create", "--user", "ada", "--json", place[0], place[1]]);
    token["token"].as_str().unwrap().to_owned()
}

/// A port that is free right now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A process that does not outlive the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running `slipway serve`.
pub struct Server {
    process: Process,
    pub address: SocketAddr,
}

impl Server {
    /// Starts it on a free port and waits until it answers.
    pub fn start(arguments: &[&str]) -> Self {
        Self::started(slipway(&["serve"]), arguments)
    }

    /// The same, with a clock that goes on from this moment. Slipway has no way to set its clock, on purpose: the
    /// library that Debian has for this stands between it and the time of the system.
    pub fn start_at(moment: &str, arguments: &[&str]) -> Self {
        let moment: DateTime<Utc> = moment.parse().unwrap();
        let mut command = slipway(&["serve"]);
        command
            .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1")
            .env("FAKETIME", moment.format("@%F %T").to_string())
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("TZ", "UTC");
        Self::started(command, arguments)
    }

    fn started(mut command: Command, arguments: &[&str]) -> Self {
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Process(child);
        let mut said = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on http://") {
                let server = Self {
                    process,
                    address: address.parse().unwrap(),
                };
                wait_for(|| server.get("/readyz", "").0 == 200);
                return server;
            }
            said.push(line);
        }
        panic!("the server ended before it listened: {said:?}");
    }

    pub fn get(&self, path: &str, token: &str) -> (u16, Value) {
        request(self.address, "GET", path, token, None).unwrap_or((0, Value::Null))
    }

    pub fn post(&self, path: &str, token: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        request(self.address, "POST", path, token, Some(body))
    }

    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// Asks it to stop; answers the exit code and how long it took.
    pub fn stop(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let asked = Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        let status = self.process.0.wait().unwrap();
        (status.code(), started.elapsed())
    }
}

/// Waits until something is so.
pub fn wait_for(mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it did not happen within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// One request on a connection of its own. An empty body reads as `null`.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nx-sync-proto: 1\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let cut = || std::io::Error::other("the answer was cut off");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(cut)?;
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let text = if chunked {
        unchunk(body).ok_or_else(cut)?
    } else {
        body.to_owned()
    };
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

fn unchunk(mut rest: &str) -> Option<String> {
    let mut text = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(text);
        }
        text.push_str(after.get(..size)?);
        rest = after.get(size + 2..)?;
    }
}

/// Real input, where it was put beside the checkout.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("../../shared/data")
        .join(name);
    if !path.exists() {
        println!("not run: {} is not there", path.display());
    }
    path.exists().then_some(path)
}
