//! Running one step: say what, run it, say how long it took.

use crate::Result;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

/// Runs `command` to its end with its output on ours.
///
/// # Errors
/// It cannot be started, or it ends with a failure; the text names the step and the command.
pub fn run(title: &str, command: &mut Command) -> Result<()> {
    timed(title, || {
        let line = command_line(command);
        println!("    $ {line}");
        let status = command
            .status()
            .map_err(|it| format!("{title}: cannot start `{line}`: {it}"))?;
        check(title, &line, status)
    })
}

/// Runs `work` and prints its time, whether or not it succeeded.
///
/// # Errors
/// Those of `work`.
pub fn timed<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {title}");
    let started = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "done" } else { "FAILED" };
    println!("    {title}: {word} in {:.1} s", started.elapsed().as_secs_f32());
    outcome
}

/// What a test runner printed and how it ended.
pub struct Output {
    /// Standard output and standard error, each in order, one after the other.
    pub text: String,
    /// How it ended; a failure is the caller's to judge.
    pub status: ExitStatus,
}

/// Runs `command`, shows its output as it comes and also keeps it.
///
/// # Errors
/// It cannot be started or its output cannot be read.
pub fn tee(command: &mut Command) -> Result<Output> {
    let line = command_line(command);
    println!("    $ {line}");
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|it| format!("cannot start `{line}`: {it}"))?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let stderr = child.stderr.take().ok_or("no standard error")?;
    let errors = thread::spawn(move || copy(stderr, std::io::stderr()));
    let mut text = copy(stdout, std::io::stdout());
    text.push_str(
        &errors
            .join()
            .map_err(|_| "the reader of standard error stopped")?,
    );
    Ok(Output {
        text,
        status: child.wait()?,
    })
}

/// Copies line by line, so that two streams do not mix within a line; bytes that are no text are kept
/// as replacement characters.
fn copy(from: impl Read, mut to: impl Write) -> String {
    let mut all = String::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A closed terminal must not stop the tests; their result is still counted.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        all.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    all
}

fn check(title: &str, line: &str, status: ExitStatus) -> Result<()> {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{title}: `{line}` ended with {status}").into())
    }
}

/// The command as one would type it, for the log.
fn command_line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
