//! A small HTTP/1.1 client that sends at a fixed rate and notes how long answers take.

use crate::Result;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Connections that share the rate; more than one, so that a slow answer does not hold up the next.
const CONNECTIONS: u32 = 4;

/// How long answers took.
struct Latencies(Vec<Duration>);

impl Latencies {
    /// The time within which this share (0 to 1) of the answers came.
    fn at(&self, share: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the number of samples, which is a few thousand"
        )]
        let index = (last as f64 * share).round() as usize;
        self.0.get(index).copied().unwrap_or_default()
    }

    /// How many answers there were.
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Measures each kind of request, and prints a line for each: how many answers, and how long they took.
///
/// # Errors
/// As [`get`].
pub fn table(
    address: SocketAddr,
    token: &str,
    kinds: &[(&'static str, Vec<String>)],
    rate: u32,
    seconds: u32,
) -> Result<()> {
    println!(
        "{:>14} {:>8} {:>9} {:>9} {:>9}   at {rate} requests/s",
        "", "answers", "p50 ms", "p95 ms", "max ms"
    );
    for (name, paths) in kinds {
        // A first second warms caches that a running server has anyway.
        get(address, token, paths, rate, 1)?;
        let times = get(address, token, paths, rate, seconds)?;
        let ms = |share: f64| times.at(share).as_secs_f64() * 1000.0;
        println!(
            "{name:>14} {:>8} {:>9.2} {:>9.2} {:>9.2}",
            times.len(),
            ms(0.5),
            ms(0.95),
            ms(1.0)
        );
    }
    Ok(())
}

/// Asks for `paths` in turn, `rate` times a second for `seconds`. A time runs from the moment the request
/// was due, not from when it was sent: an overloaded server cannot hide its queue.
///
/// # Errors
/// A connection breaks, or an answer is not 200.
fn get(address: SocketAddr, token: &str, paths: &[String], rate: u32, seconds: u32) -> Result<Latencies> {
    let gap = Duration::from_secs(1) / rate;
    let start = Instant::now() + Duration::from_millis(50);
    let mut workers = Vec::new();
    for lane in 0..CONNECTIONS {
        let (paths, token) = (paths.to_vec(), token.to_owned());
        workers.push(thread::spawn(
            move || -> std::result::Result<Vec<Duration>, String> {
                let mut connection = Connection::open(address).map_err(|it| it.to_string())?;
                let mut times = Vec::new();
                for number in (lane..rate * seconds).step_by(CONNECTIONS as usize) {
                    let due = start + gap * number;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let Some(path) = paths.get(number as usize % paths.len()) else {
                        continue;
                    };
                    let status = connection
                        .get(path, &token)
                        .map_err(|it| format!("{path}: {it}"))?;
                    if status != 200 {
                        return Err(format!("{path} answered {status}"));
                    }
                    times.push(due.elapsed());
                }
                Ok(times)
            },
        ));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.join().map_err(|_| "a load worker stopped")??);
    }
    all.sort();
    Ok(Latencies(all))
}

/// One kept-alive connection.
pub struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Connection {
            reader: BufReader::new(stream),
            host: address.to_string(),
        })
    }

    /// Sends one GET and reads the whole answer; answers its status.
    ///
    /// # Errors
    /// The connection breaks or the answer is no HTTP.
    pub fn get(&mut self, path: &str, token: &str) -> Result<u16> {
        self.ask("GET", path, token, &[], &mut std::io::sink())
    }

    /// Gets JSON.
    ///
    /// # Errors
    /// The connection breaks or the answer is no JSON.
    pub fn get_json(&mut self, path: &str, token: &str) -> Result<Value> {
        let mut answer = Vec::new();
        self.ask("GET", path, token, &[], &mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Posts JSON; answers the JSON of a 200.
    ///
    /// # Errors
    /// The connection breaks or the answer is something else.
    pub fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Value> {
        let mut answer = Vec::new();
        let status = self.ask("POST", path, token, body.to_string().as_bytes(), &mut answer)?;
        if status != 200 {
            let answer = String::from_utf8_lossy(&answer);
            return Err(format!("{path} answered {status}: {answer}").into());
        }
        Ok(serde_json::from_slice(&answer)?)
    }

    fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &[u8],
        answer: &mut dyn Write,
    ) -> Result<u16> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.reader.get_mut().write_all(&request)?;
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = status.ok_or_else(|| format!("no HTTP answer: {first}"))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let header = self.line()?.to_ascii_lowercase();
            match header.split_once(':') {
                None => break,
                Some(("content-length", value)) => length = value.trim().parse()?,
                Some(("transfer-encoding", value)) => is_chunked = value.contains("chunked"),
                Some(_) => {}
            }
        }
        if is_chunked {
            loop {
                let size = u64::from_str_radix(self.line()?.trim(), 16)?;
                self.read(size, answer)?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.read(length, answer)?;
        }
        Ok(status)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn read(&mut self, bytes: u64, into: &mut dyn Write) -> Result<()> {
        let read = std::io::copy(&mut (&mut self.reader).take(bytes), into)?;
        if read == bytes {
            Ok(())
        } else {
            Err("the answer ended early".into())
        }
    }
}
