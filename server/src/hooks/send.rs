//! One attempt at a message. The name of the receiver is looked up once; each answer is checked; the connection goes
//! to exactly these addresses. No proxy of the surroundings, no redirect, a limit to time and to what is read.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::ReleaseNumber;
use domain::wire::webhook::{Attempt, EventKind, Message};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect;

use super::guard::{Guard, Receiver};
use super::signature::sign;
use crate::db::Hook;

/// For all of an attempt, the look-up and the answer included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is kept; no more is read.
const KEPT: usize = 2_048;
/// Most clients that are kept, each with its connections.
const CLIENTS: usize = 64;

/// The addresses that a name stands for.
pub type Found<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks names up.
pub trait Lookup: Send + Sync {
    /// All addresses of a name, as of now.
    fn addresses<'a>(&'a self, host: &'a str) -> Found<'a>;
}

/// The resolver of this machine.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses<'a>(&'a self, host: &'a str) -> Found<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What an attempt means for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    Delivered,
    /// Not taken; another attempt may help, after so many seconds if the receiver named them.
    Failed(Option<u64>),
    /// The receiver says that it is gone for good (410).
    Gone,
}

/// What the log of a subscription is told about an attempt.
pub struct Note<'a> {
    /// Which message: the revision it is about.
    pub rev: u64,
    /// What it is about.
    pub event: EventKind,
    /// The release.
    pub release: Option<ReleaseNumber>,
    /// What came of it.
    pub attempt: &'a Attempt,
    /// It was taken.
    pub delivered: bool,
}

/// Sends messages.
pub struct Sender {
    guard: Guard,
    lookup: Arc<dyn Lookup>,
    /// One for each receiver and its addresses.
    clients: Mutex<HashMap<(String, Vec<SocketAddr>), reqwest::Client>>,
    timeout: Duration,
}

struct Answer {
    status: u16,
    retry_after: Option<u64>,
    body: String,
}

impl Sender {
    /// Sends where `guard` lets it.
    #[must_use]
    pub fn new(guard: Guard, lookup: Arc<dyn Lookup>) -> Self {
        Self {
            guard,
            lookup,
            clients: Mutex::default(),
            timeout: TIMEOUT,
        }
    }

    /// Sends a message once.
    pub async fn attempt(&self, hook: &Hook, message: &Message, now: DateTime<Utc>) -> (Attempt, Verdict) {
        let begun = Instant::now();
        let sent = tokio::time::timeout(self.timeout, self.exchange(hook, message, now)).await;
        let outcome =
            sent.unwrap_or_else(|_| Err(format!("no answer within {} seconds", self.timeout.as_secs())));
        let took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let mut attempt = Attempt {
            at: now,
            status: None,
            took_ms,
            error: None,
            response: None,
        };
        let verdict = match outcome {
            Err(error) => {
                attempt.error = Some(error);
                Verdict::Failed(None)
            }
            Ok(answer) => {
                attempt.status = Some(answer.status);
                attempt.response = Some(answer.body).filter(|body| !body.is_empty());
                let (verdict, error) = judge(answer.status, answer.retry_after);
                attempt.error = error.map(str::to_owned);
                verdict
            }
        };
        (attempt, verdict)
    }

    async fn exchange(&self, hook: &Hook, message: &Message, now: DateTime<Utc>) -> Result<Answer, String> {
        // Not only when the subscription was made: the rules may have changed since.
        let receiver = self.guard.receiver(&hook.webhook.url)?;
        let client = self.client(&receiver).await?;
        let body = serde_json::to_string(message).map_err(|error| error.to_string())?;
        let timestamp = now.timestamp();
        let signatures: Vec<String> = hook
            .secrets(now)
            .filter_map(|secret| sign(secret, &message.id, timestamp, &body))
            .collect();
        if signatures.is_empty() {
            return Err("the secret of this webhook cannot be used; make a new one".into());
        }
        let request = client
            .post(receiver.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        let mut answer = request.send().await.map_err(|error| explain(&error))?;
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut bytes = Vec::new();
        // What breaks off after the status has no say in whether the message was taken.
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= KEPT {
                bytes.truncate(KEPT);
                break;
            }
        }
        Ok(Answer {
            status,
            retry_after,
            body: printable(&bytes),
        })
    }

    /// A client that can connect to nothing but the addresses which the receiver has now.
    async fn client(&self, receiver: &Receiver) -> Result<reqwest::Client, String> {
        let addresses = match receiver.literal {
            Some(address) => vec![address],
            None => self
                .lookup
                .addresses(&receiver.host)
                .await
                .map_err(|error| format!("{} cannot be looked up: {error}", receiver.host))?,
        };
        if addresses.is_empty() {
            return Err(format!("{} has no address", receiver.host));
        }
        for address in &addresses {
            // One that is refused is no mistake of the others: a name that leads inside is not sent to at all.
            self.guard.admit(receiver, *address)?;
        }
        let mut pinned: Vec<SocketAddr> = addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, receiver.port))
            .collect();
        pinned.sort();
        let key = (receiver.host.clone(), pinned);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .timeout(self.timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("slipway/", env!("CARGO_PKG_VERSION"), " (webhook)"))
            .resolve_to_addrs(&key.0, &key.1)
            .build()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        if clients.len() >= CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

/// What a status means.
fn judge(status: u16, retry_after: Option<u64>) -> (Verdict, Option<&'static str>) {
    match status {
        200..=299 => (Verdict::Delivered, None),
        300..=399 => (
            Verdict::Failed(None),
            Some("it wants the message elsewhere; redirects are not followed. Set the final address"),
        ),
        410 => (Verdict::Gone, Some("the receiver says that it is gone for good")),
        _ => (Verdict::Failed(retry_after), Some("the receiver did not take it")),
    }
}

/// The innermost reason: the outer ones only say that something was sent.
fn explain(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer could not be read"
    };
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut inner = None;
    while let Some(error) = source {
        inner = Some(error.to_string());
        source = error.source();
    }
    inner.map_or_else(|| what.to_owned(), |inner| format!("{what}: {inner}"))
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                ' '
            } else {
                c
            }
        })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests;
