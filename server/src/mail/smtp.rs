//! One attempt at a mail: the few lines of SMTP (RFC 5321) that a program needs which only hands mails in. Every step
//! has a limit to its time, and so has the whole.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::mail::sendable;
use domain::shorten;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::letter::Letter;
use super::settings::{Security, Settings};

/// For one step: a connection, a word and its answer.
const STEP: Duration = Duration::from_secs(20);
/// For all of an attempt.
const WHOLE: Duration = Duration::from_secs(60);
/// Longest answer that is read, in bytes.
const MAX_REPLY: u64 = 16 * 1024;
/// Most of an answer that is shown, in characters.
const SHOWN: usize = 300;

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server was not reached, or took no mail at all: others need not be tried now.
    Away(String),
    /// Not now; another attempt may help.
    Later(String),
    /// This mail is refused for good.
    Never(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Away(why) | Self::Later(why) | Self::Never(why)) = self;
        f.write_str(why)
    }
}

/// Limits to time; shorter in tests.
#[derive(Debug, Clone, Copy)]
struct Limits {
    step: Duration,
    whole: Duration,
}

/// Hands mails in at a mail server.
pub struct Post {
    /// Where, and by whom.
    pub settings: Settings,
    limits: Limits,
    tls: OnceCell<TlsConnector>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An answer: its code, and what was said with it, line by line.
struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn shown(&self) -> String {
        let text = self.lines.join(" ");
        let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        format!("{} {}", self.code, plain.take(SHOWN).collect::<String>())
    }

    /// What the server can, by its words of EHLO.
    fn offers(&self, word: &str) -> bool {
        self.line(word).is_some()
    }

    fn line(&self, word: &str) -> Option<&str> {
        let mut lines = self.lines.iter().map(String::as_str);
        lines.find(|line| {
            let first = line.split([' ', '=']).next().unwrap_or_default();
            first.eq_ignore_ascii_case(word)
        })
    }
}

/// A connection on which one word follows the other.
struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    step: Duration,
}

impl Talk {
    fn new(stream: impl Stream + 'static, step: Duration) -> Self {
        Self {
            stream: BufReader::new(Box::new(stream)),
            step,
        }
    }

    async fn within<T>(
        step: Duration,
        doing: &str,
        work: impl Future<Output = std::io::Result<T>>,
    ) -> Result<T, String> {
        match tokio::time::timeout(step, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(format!("{doing}: {error}")),
            Err(_) => Err(format!("{doing}: no answer within {} seconds", step.as_secs())),
        }
    }

    /// The next answer, all of its lines.
    async fn reply(&mut self, doing: &str) -> Result<Reply, String> {
        let stream = &mut self.stream;
        let read = async {
            let mut reply = Reply {
                code: 0,
                lines: Vec::new(),
            };
            let mut left = stream.take(MAX_REPLY);
            loop {
                let mut line = Vec::new();
                left.read_until(b'\n', &mut line).await?;
                if line.last() != Some(&b'\n') {
                    let ended = std::io::ErrorKind::UnexpectedEof;
                    return Err(std::io::Error::new(
                        ended,
                        "the connection ended, or the answer was too long",
                    ));
                }
                let line = String::from_utf8_lossy(&line);
                let line = line.trim_end();
                let code = line.get(..3).and_then(|code| code.parse().ok());
                let (Some(code), rest) = (code, line.get(3..).unwrap_or_default()) else {
                    let wrong = format!("`{}` is no answer of a mail server", shorten(line));
                    return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, wrong));
                };
                reply.code = code;
                reply.lines.push(rest.get(1..).unwrap_or_default().to_owned());
                if !rest.starts_with('-') {
                    return Ok(reply);
                }
            }
        };
        Self::within(self.step, doing, read).await
    }

    async fn write(&mut self, doing: &str, bytes: &[u8]) -> Result<(), String> {
        let stream = &mut self.stream;
        let write = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        Self::within(self.step, doing, write).await
    }

    /// Says a line; `doing` names it in messages, as the line itself may hold a secret.
    async fn say(&mut self, doing: &str, line: &str) -> Result<Reply, String> {
        self.write(doing, format!("{line}\r\n").as_bytes()).await?;
        self.reply(doing).await
    }

    async fn greet(&mut self, name: &str) -> Result<Reply, String> {
        let reply = self.say("EHLO", &format!("EHLO {name}")).await?;
        match reply.code {
            250 => Ok(reply),
            _ => Err(format!("EHLO was answered with {}", reply.shown())),
        }
    }
}

impl Post {
    /// Hands in by these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            limits: Limits {
                step: STEP,
                whole: WHOLE,
            },
            tls: OnceCell::new(),
        }
    }

    /// Hands a mail in.
    ///
    /// # Errors
    /// Why it was not taken, and whether another attempt may help.
    pub async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        if !sendable(&letter.address) {
            let why = format!(
                "`{}` is not an address that mails can be sent to",
                shorten(&letter.address)
            );
            return Err(Failure::Never(why));
        }
        let whole = self.limits.whole;
        let sent = tokio::time::timeout(whole, async {
            let (mut talk, offers) = self.open().await.map_err(Failure::Away)?;
            let outcome = self.hand_in(&mut talk, &offers, letter).await;
            // Whatever it answers, it has taken the mail or not.
            let _ = talk.write("QUIT", b"QUIT\r\n").await;
            outcome
        });
        let late = || Failure::Away(format!("it was not done within {} seconds", whole.as_secs()));
        sent.await.unwrap_or_else(|_| Err(late()))
    }

    /// A connection that is protected as it should be, signed in, and what the server offers on it.
    async fn open(&self) -> Result<(Talk, Reply), String> {
        let server = &self.settings.server;
        let (host, port, step) = (server.host.as_str(), server.port, self.limits.step);
        let connecting = TcpStream::connect((host, port));
        let tcp = Talk::within(step, &format!("no connection to {host}:{port}"), connecting).await?;
        let mut talk = match server.security {
            Security::Tls => self.protect(tcp).await?,
            Security::StartTls | Security::Plain => Talk::new(tcp, step),
        };
        let hello = talk.reply("greeting").await?;
        if hello.code != 220 {
            return Err(format!("it greeted with {}", hello.shown()));
        }
        let name = self.settings.greeting();
        let mut offers = talk.greet(&name).await?;
        if server.security == Security::StartTls {
            if !offers.offers("STARTTLS") {
                return Err(format!(
                    "{host} does not offer STARTTLS, and nothing is sent without; use smtps://, or --smtp-plain if \
                     the way to it is your own"
                ));
            }
            let ready = talk.say("STARTTLS", "STARTTLS").await?;
            if ready.code != 220 {
                return Err(format!("STARTTLS was answered with {}", ready.shown()));
            }
            // What somebody on the way has put there must not count as said under TLS.
            if !talk.stream.buffer().is_empty() {
                return Err("something was said between STARTTLS and TLS".to_owned());
            }
            talk = self.protect(talk.stream.into_inner()).await?;
            offers = talk.greet(&name).await?;
        }
        if let Some((user, password)) = &server.sign_in {
            sign_in(&mut talk, &offers, user, password).await?;
        }
        Ok((talk, offers))
    }

    async fn protect(&self, stream: impl Stream + 'static) -> Result<Talk, String> {
        let host = self.settings.server.host.clone();
        let connector = self.tls.get_or_try_init(|| async { connector() }).await?;
        let name = ServerName::try_from(host.clone()).map_err(|error| format!("{host}: {error}"))?;
        let doing = format!("TLS with {host}");
        let tls = Talk::within(self.limits.step, &doing, connector.connect(name, stream)).await?;
        Ok(Talk::new(tls, self.limits.step))
    }

    async fn hand_in(&self, talk: &mut Talk, offers: &Reply, letter: &Letter) -> Result<(), Failure> {
        let from = &self.settings.sender;
        let foreign = !letter.address.is_ascii() || !from.address.is_ascii();
        if foreign && !offers.offers("SMTPUTF8") {
            let why = "the mail server takes no addresses with letters beyond ASCII (SMTPUTF8)";
            return Err(Failure::Never(why.to_owned()));
        }
        let bytes = letter
            .bytes(from)
            .map_err(|error| Failure::Never(error.to_string()))?;
        let more = if foreign { " SMTPUTF8" } else { "" };
        let line = format!("MAIL FROM:<{}>{more}", from.address);
        judge(
            "the sender",
            &talk.say("MAIL", &line).await.map_err(Failure::Away)?,
            250,
        )?;
        let line = format!("RCPT TO:<{}>", letter.address);
        let reply = talk.say("RCPT", &line).await.map_err(Failure::Away)?;
        judge("the recipient", &reply, if reply.code == 251 { 251 } else { 250 })?;
        judge(
            "a mail",
            &talk.say("DATA", "DATA").await.map_err(Failure::Away)?,
            354,
        )?;
        talk.write("the mail", &stuffed(&bytes))
            .await
            .map_err(Failure::Away)?;
        judge(
            "the mail",
            &talk.reply("the mail").await.map_err(Failure::Away)?,
            250,
        )
    }
}

/// The roots of this machine; the provider is named, as the build has two.
fn connector() -> Result<TlsConnector, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(
            "this machine knows no root certificates, so that no mail server can prove who it is".into(),
        );
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn sign_in(talk: &mut Talk, offers: &Reply, user: &str, password: &str) -> Result<(), String> {
    let ways = offers.line("AUTH").unwrap_or_default().to_ascii_uppercase();
    let can = |way: &str| ways.split([' ', '=']).any(|one| one == way);
    let reply = if can("PLAIN") {
        let both = STANDARD.encode(format!("\0{user}\0{password}"));
        talk.say("AUTH", &format!("AUTH PLAIN {both}")).await?
    } else if can("LOGIN") {
        let mut reply = talk.say("AUTH", "AUTH LOGIN").await?;
        for secret in [user, password] {
            if reply.code == 334 {
                reply = talk.say("AUTH", &STANDARD.encode(secret)).await?;
            }
        }
        reply
    } else {
        return Err("the mail server offers no sign-in by password (AUTH PLAIN or LOGIN)".to_owned());
    };
    match reply.code {
        235 => Ok(()),
        _ => Err(format!("the sign-in was answered with {}", reply.shown())),
    }
}

/// What an answer means for the mail. Of those that refuse for good, some are about the sign-in and not about it.
fn judge(what: &str, reply: &Reply, wanted: u16) -> Result<(), Failure> {
    if reply.code == wanted {
        return Ok(());
    }
    let why = format!("{what} was refused: {}", reply.shown());
    Err(match reply.code {
        421 | 530 | 534 | 535 | 538 => Failure::Away(why),
        500..=599 => Failure::Never(why),
        _ => Failure::Later(why),
    })
}

/// A line that begins with a dot gets another one; a dot of its own is the end.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut begins = true;
    for byte in bytes {
        if begins && *byte == b'.' {
            out.push(b'.');
        }
        out.push(*byte);
        begins = *byte == b'\n';
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests;
