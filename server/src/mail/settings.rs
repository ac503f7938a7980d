//! The mail server and the sender, as they are named when the server starts.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgAction, Args};
use domain::mail::sendable;
use domain::shorten;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::config::page_at;

/// How mails are sent. Without `--smtp` none are.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Mail")]
pub struct MailArgs {
    /// Mail server: <smtps://user@mail.example.com> (TLS, port 465) or <smtp://user@mail.example.com> (STARTTLS, port
    /// 587). Without it no mails are sent. Needs --mail-from and --public-url
    #[arg(long, value_name = "URL", env = "SLIPWAY_SMTP")]
    pub smtp: Option<Url>,
    /// Sender of the mails: `slipway@example.com` or `Slipway <slipway@example.com>`
    #[arg(long, value_name = "ADDRESS", env = "SLIPWAY_MAIL_FROM")]
    pub mail_from: Option<Sender>,
    /// Password of the user in --smtp; better given in the variable, or in a file
    #[arg(
        long,
        value_name = "TEXT",
        env = "SLIPWAY_SMTP_PASSWORD",
        hide_env_values = true
    )]
    pub smtp_password: Option<String>,
    /// File with that password
    #[arg(
        long,
        value_name = "FILE",
        env = "SLIPWAY_SMTP_PASSWORD_FILE",
        conflicts_with = "smtp_password"
    )]
    pub smtp_password_file: Option<PathBuf>,
    /// Talk to an smtp:// server without TLS: only to one on this machine or in a network of its own
    #[arg(long, env = "SLIPWAY_SMTP_PLAIN", action = ArgAction::SetTrue)]
    pub smtp_plain: bool,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after a word; without it nothing is sent.
    StartTls,
    /// Not at all.
    Plain,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password, if it wants some.
    pub sign_in: Option<(String, String)>,
}

/// Who mails are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Name; may be empty.
    pub name: String,
    /// Address.
    pub address: String,
}

/// Everything about how mails are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The mail server.
    pub server: Server,
    /// Who mails are from.
    pub sender: Sender,
    /// Under which address people reach this server, for the links.
    pub public_url: Url,
}

impl Settings {
    /// The whole address of a page.
    #[must_use]
    pub fn link(&self, page: &str) -> String {
        page_at(&self.public_url, page)
    }

    /// What a mail server is told about whom it talks to: a name, or an address as it writes them (RFC 5321, 4.1.3).
    #[must_use]
    pub fn greeting(&self) -> String {
        match self.public_url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => format!("[{address}]"),
            Some(Host::Ipv6(address)) => format!("[IPv6:{address}]"),
            None => "localhost".to_owned(),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        match self.security {
            Security::Tls => write!(f, "smtps://{host}:{port}"),
            Security::StartTls => write!(f, "smtp://{host}:{port} with STARTTLS"),
            Security::Plain => write!(f, "smtp://{host}:{port} without TLS"),
        }
    }
}

/// Without the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str(&self.address),
            name => write!(f, "{name} <{}>", self.address),
        }
    }
}

impl Sender {
    /// What is after the `@`.
    #[must_use]
    pub fn host(&self) -> &str {
        self.address.split_once('@').map_or("localhost", |(_, host)| host)
    }
}

impl FromStr for Sender {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
            None => ("", text),
        };
        if !sendable(address) || name.chars().any(char::is_control) {
            return Err(format!(
                "`{}` is not an address such as slipway@example.com or `Slipway <slipway@example.com>`",
                shorten(text)
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            address: address.to_owned(),
        })
    }
}

impl MailArgs {
    /// How mails are sent; `None` where no mail server is named.
    ///
    /// # Errors
    /// What is missing or wrong, and what to do.
    pub fn settings(&self, public_url: Option<&Url>) -> Result<Option<Settings>, String> {
        let Some(url) = &self.smtp else {
            let other = [
                ("--mail-from", self.mail_from.is_some()),
                ("--smtp-password", self.smtp_password.is_some()),
                ("--smtp-password-file", self.smtp_password_file.is_some()),
                ("--smtp-plain", self.smtp_plain),
            ];
            return match other.iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(format!(
                    "{name} says nothing without a mail server: name it with --smtp"
                )),
                None => Ok(None),
            };
        };
        let server = self.server(url)?;
        let sender = self
            .mail_from
            .clone()
            .ok_or("--smtp needs --mail-from, the address that mails are from")?;
        let public_url = public_url
            .cloned()
            .ok_or("--smtp needs --public-url: mails link to the pages of this server")?;
        Ok(Some(Settings {
            server,
            sender,
            public_url,
        }))
    }

    fn server(&self, url: &Url) -> Result<Server, String> {
        let (security, usual) = match url.scheme() {
            "smtps" if self.smtp_plain => {
                return Err("--smtp-plain contradicts smtps://; write smtp://, or leave it out".into());
            }
            "smtps" => (Security::Tls, 465),
            "smtp" if self.smtp_plain => (Security::Plain, 25),
            "smtp" => (Security::StartTls, 587),
            other => {
                return Err(format!(
                    "--smtp: `{}://` is not smtps:// or smtp://",
                    shorten(other)
                ));
            }
        };
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("--smtp: names no host after smtps:// or smtp://")?;
        if url.password().is_some() {
            return Err(
                "--smtp: a password in the address is seen by everybody on this machine; put it into \
                 SLIPWAY_SMTP_PASSWORD or into a file named by --smtp-password-file"
                    .into(),
            );
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(
                "--smtp: is an address such as smtps://user@mail.example.com:465, and nothing after it"
                    .into(),
            );
        }
        let user = percent_decode_str(url.username())
            .decode_utf8_lossy()
            .into_owned();
        let password = match &self.smtp_password_file {
            None => self.smtp_password.clone(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("--smtp-password-file: {}: {error}", file.display()))?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        let password = password.filter(|password| !password.is_empty());
        let sign_in = match (user.as_str(), password) {
            ("", None) => None,
            ("", Some(_)) => {
                return Err("there is a password and no user: write smtps://user@host in --smtp".into());
            }
            (_, None) => {
                return Err(
                    "--smtp names a user: their password is needed, in SLIPWAY_SMTP_PASSWORD or in a file named by \
                     --smtp-password-file"
                        .into(),
                );
            }
            (_, Some(_)) if security == Security::Plain => {
                return Err(
                    "without TLS everybody on the way could read the password: leave out --smtp-plain, or \
                            the user"
                        .into(),
                );
            }
            (_, Some(password)) => Some((user, password)),
        };
        Ok(Server {
            // An IPv6 address is in brackets in a URL only.
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            security,
            sign_in,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(smtp: &str) -> MailArgs {
        MailArgs {
            smtp: Some(smtp.parse().unwrap()),
            mail_from: Some("Slipway <slipway@example.com>".parse().unwrap()),
            ..MailArgs::default()
        }
    }

    fn settings(args: &MailArgs) -> Result<Settings, String> {
        let url: Url = "https://slipway.example.com/".parse().unwrap();
        args.settings(Some(&url)).map(Option::unwrap)
    }

    #[test]
    fn the_scheme_says_how_it_is_protected() {
        let at = |args: &MailArgs| {
            let server = settings(args).unwrap().server;
            (server.host, server.port, server.security)
        };
        assert_eq!(
            at(&args("smtps://mail.example.com")),
            ("mail.example.com".into(), 465, Security::Tls)
        );
        assert_eq!(
            at(&args("smtp://mail:2525/")),
            ("mail".into(), 2525, Security::StartTls)
        );
        let plain = MailArgs {
            smtp_plain: true,
            ..args("smtp://[::1]")
        };
        assert_eq!(at(&plain), ("::1".into(), 25, Security::Plain));
    }

    #[test]
    fn a_secret_comes_from_the_variable_or_a_file_and_is_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hush\n").unwrap();
        let with_file = MailArgs {
            smtp_password_file: Some(file.path().to_owned()),
            ..args("smtps://ada%40example.com@mail")
        };
        let settings = settings(&with_file).unwrap();
        assert_eq!(
            settings.server.sign_in,
            Some(("ada@example.com".into(), "hush".into()))
        );
        assert!(!format!("{settings:?} {}", settings.server).contains("hush"));
    }

    #[test]
    fn what_is_wrong_is_said_at_the_start() {
        let wrong = |args: MailArgs| settings(&args).unwrap_err();
        assert!(wrong(args("http://mail")).contains("smtps://"));
        assert!(wrong(args("smtps://ada:x@mail")).contains("SLIPWAY_SMTP_PASSWORD"));
        assert!(wrong(args("smtps://ada@mail")).contains("password is needed"));
        assert!(wrong(args("smtps://mail/inbox")).contains("nothing after it"));
        let password = Some("hush".to_owned());
        let nobody = MailArgs {
            smtp_password: password.clone(),
            ..args("smtps://mail")
        };
        assert!(wrong(nobody).contains("no user"));
        let open = MailArgs {
            smtp_password: password,
            smtp_plain: true,
            ..args("smtp://ada@mail")
        };
        assert!(wrong(open).contains("could read the password"));
        let nobody = MailArgs {
            mail_from: None,
            ..args("smtps://mail")
        };
        assert!(wrong(nobody).contains("--mail-from"));
        assert!(
            args("smtps://mail")
                .settings(None)
                .unwrap_err()
                .contains("--public-url")
        );
        let alone = MailArgs {
            smtp_plain: true,
            ..MailArgs::default()
        };
        assert!(alone.settings(None).unwrap_err().contains("--smtp"));
        assert_eq!(MailArgs::default().settings(None), Ok(None));
        for bad in ["ada", "Ada <ada>", "ada@x, b@x", "a\nb <ada@x>"] {
            assert!(bad.parse::<Sender>().is_err(), "{bad}");
        }
        let sender: Sender = "\"Ops\" <ops@example.com>".parse().unwrap();
        assert_eq!(
            (sender.to_string(), sender.host()),
            ("Ops <ops@example.com>".into(), "example.com")
        );
    }
}
