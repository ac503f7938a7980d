//! Settings: flags first, then `SLIPWAY_*` variables, then defaults.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgAction, Args, ValueEnum};
use url::Url;

use crate::auth::proxy::Network;
use crate::db::{Error, SyncMode, Target};
use crate::mail::settings::MailArgs;

/// Where the data is. Every command that touches data takes these, before or after its own arguments.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// Folder of the embedded database, and of photos and files [env: SLIPWAY_DATA] [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Remote SurrealDB instead of the embedded one, as `ws[s]://user:password@host:port[/namespace[/database]]` [env: SLIPWAY_DB]
    #[arg(long, global = true, value_name = "URL")]
    pub db: Option<String>,
    /// User of the remote database, where the URL names none
    #[arg(long, global = true, value_name = "NAME", env = "SLIPWAY_DB_USER")]
    pub db_user: Option<String>,
    /// Password of that user; better given in the variable than on a command line
    #[arg(
        long,
        global = true,
        value_name = "TEXT",
        env = "SLIPWAY_DB_PASSWORD",
        hide_env_values = true
    )]
    pub db_password: Option<String>,
    /// File of the journal's checkpoints, best on another disk or machine [env: SLIPWAY_CHECKPOINTS] [default: DIR/journal-checkpoints.ndjson]
    #[arg(long, global = true, value_name = "FILE")]
    pub checkpoints: Option<PathBuf>,
    /// When an acknowledged write is on disk: every, 1s, never
    #[arg(
        long,
        global = true,
        value_name = "MODE",
        env = "SLIPWAY_SYNC",
        default_value = "every"
    )]
    pub sync: SyncMode,
    /// Work with a database that may lose acknowledged writes
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub allow_data_loss: bool,
}

impl DataArgs {
    /// The database these settings name.
    ///
    /// # Errors
    /// [`Error::Unusable`] for an address that is not one, or a mode that may lose writes without
    /// [`DataArgs::allow_data_loss`].
    pub fn target(&self) -> Result<Target, Error> {
        self.target_with(set_variable)
    }

    /// The folder of the embedded database, and beside any database of photos and files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder_with(set_variable)
    }

    /// The file of the journal's checkpoints.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        let named = self.checkpoints.clone();
        named
            .or_else(|| set_variable("SLIPWAY_CHECKPOINTS").map(PathBuf::from))
            .unwrap_or_else(|| self.folder().join("journal-checkpoints.ndjson"))
    }

    fn folder_with(&self, variable: impl Fn(&str) -> Option<String>) -> PathBuf {
        let named = self.data.clone();
        named
            .or_else(|| variable("SLIPWAY_DATA").map(PathBuf::from))
            .unwrap_or_else(|| "data".into())
    }

    fn target_with(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Target, Error> {
        // A folder named by flag wins over a database named by variable.
        let db = self.db.clone().or_else(|| match self.data {
            None => variable("SLIPWAY_DB"),
            Some(_) => None,
        });
        let target = match db {
            Some(url) => Target::from_url(&url, self.db_user.as_deref(), self.db_password.as_deref())?,
            None => Target::folder(self.folder_with(variable), self.sync)?,
        };
        if target.is_durable() || self.allow_data_loss {
            Ok(target)
        } else {
            Err(Error::Unusable(format!(
                "this database may lose writes that were acknowledged ({target}); \
                 use the default `--sync every`, or say --allow-data-loss if you mean it"
            )))
        }
    }
}

fn set_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The whole address of a page, below the one under which people reach this server.
#[must_use]
pub fn page_at(base: &Url, page: &str) -> String {
    base.join(page).map_or_else(|_| page.to_owned(), String::from)
}

/// How to serve.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub struct ServeArgs {
    /// Address and port to listen on
    #[arg(
        long,
        value_name = "ADDR",
        env = "SLIPWAY_LISTEN",
        default_value = "127.0.0.1:3000"
    )]
    pub listen: SocketAddr,
    /// Folder with the built web pages; without it those inside this binary
    #[arg(long, value_name = "DIR", env = "SLIPWAY_SITE")]
    pub site: Option<PathBuf>,
    /// Browsers reach the server over https (through a proxy): mark cookies as secure
    #[arg(long, env = "SLIPWAY_SECURE_COOKIES", action = ArgAction::SetTrue)]
    pub secure_cookies: bool,
    /// A proxy whose `X-Forwarded-For` names the client's address, as address or network (10.0.0.0/24);
    /// several times or with commas. Failed sign-ins are counted by that address
    #[arg(
        long,
        value_name = "ADDR",
        env = "SLIPWAY_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<Network>,
    /// Browsers keep the pages for work without a network; `off` makes them give up what they keep
    #[arg(
        long,
        value_name = "SWITCH",
        env = "SLIPWAY_SERVICE_WORKER",
        default_value = "on"
    )]
    pub service_worker: Switch,
    /// A network inside that webhooks may send to, as address or network (10.0.0.0/8), with any port; several times
    /// or with commas. Without it they reach only what everybody on the internet can
    #[arg(
        long,
        value_name = "ADDR",
        env = "SLIPWAY_WEBHOOK_ALLOW",
        value_delimiter = ','
    )]
    pub webhook_allow: Vec<Network>,
    /// Webhooks may also send over http, where everybody on the way reads the messages
    #[arg(long, env = "SLIPWAY_WEBHOOK_HTTP", action = ArgAction::SetTrue)]
    pub webhook_http: bool,
    /// Address under which people reach this server, for the links in webhooks and mails:
    /// <https://slipway.example.com/>
    #[arg(long, value_name = "URL", env = "SLIPWAY_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Largest photo, file or document that is taken: bytes, or with k, M or G
    #[arg(
        long,
        value_name = "SIZE",
        env = "SLIPWAY_LARGEST_FILE",
        default_value = "200M"
    )]
    pub largest_file: Size,
    /// How people are told by mail.
    #[command(flatten)]
    pub mail: MailArgs,
}

/// A number of bytes, as people write it: `200M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

/// Largest file that can be asked for: a browser reads it piece by piece, and so does the server.
const LARGEST_SIZE: u64 = 4 * 1024 * 1024 * 1024;

impl FromStr for Size {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, unit) = match text.char_indices().last() {
            Some((at, 'k' | 'K')) => (text.get(..at), 1024),
            Some((at, 'm' | 'M')) => (text.get(..at), 1024 * 1024),
            Some((at, 'g' | 'G')) => (text.get(..at), 1024 * 1024 * 1024),
            _ => (Some(text), 1),
        };
        let number = digits.and_then(|digits| digits.parse::<u64>().ok());
        number
            .and_then(|number| number.checked_mul(unit))
            .filter(|bytes| (1..=LARGEST_SIZE).contains(bytes))
            .map(Self)
            .ok_or_else(|| "must be a size between 1 and 4G, such as 200M".to_owned())
    }
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// In use.
    On,
    /// Not in use.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(data: Option<&str>, db: Option<&str>, sync: SyncMode) -> DataArgs {
        DataArgs {
            data: data.map(PathBuf::from),
            db: db.map(str::to_owned),
            sync,
            ..DataArgs::default()
        }
    }

    #[test]
    fn flags_win_over_variables_and_the_default_is_a_folder_called_data() {
        let nothing = |_: &str| None;
        let folder = |name: &str| match name {
            "SLIPWAY_DATA" => Some("/from/env".to_owned()),
            _ => None,
        };
        let target = |args: &DataArgs, env: &dyn Fn(&str) -> Option<String>| {
            args.target_with(env).unwrap().to_string()
        };
        assert!(target(&args(None, None, SyncMode::Every), &nothing).ends_with("in data"));
        assert!(target(&args(None, None, SyncMode::Every), &folder).ends_with("in /from/env"));
        assert!(target(&args(Some("here"), None, SyncMode::Every), &folder).ends_with("in here"));
        let remote = args(None, Some("ws://u:p@h:1"), SyncMode::Every);
        assert!(target(&remote, &folder).contains("ws://h:1"));
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("200M", 200 << 20), ("5k", 5 << 10), ("4G", 4 << 30), ("7", 7)] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
        }
        for wrong in ["", "M", "0", "5G", "-1", "1.5M", "99999999999G", "é"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mode_that_loses_writes_must_be_asked_for() {
        for wrong in [
            args(Some("d"), None, SyncMode::Never),
            args(None, Some("mem://"), SyncMode::Every),
        ] {
            let message = wrong.target_with(|_| None).unwrap_err().to_string();
            assert!(message.contains("--allow-data-loss"), "{message}");
            let meant = DataArgs {
                allow_data_loss: true,
                ..wrong
            };
            assert!(meant.target_with(|_| None).is_ok());
        }
    }

    #[test]
    fn beside_a_remote_database_the_data_folder_is_for_files() {
        let both = |name: &str| match name {
            "SLIPWAY_DATA" => Some("/files".to_owned()),
            "SLIPWAY_DB" => Some("ws://u:p@h:1".to_owned()),
            _ => None,
        };
        let from_variables = args(None, None, SyncMode::Every);
        assert!(
            from_variables
                .target_with(both)
                .unwrap()
                .to_string()
                .contains("ws://h:1")
        );
        assert_eq!(from_variables.folder_with(both), PathBuf::from("/files"));
        let flags = args(Some("here"), Some("ws://u:p@h:1"), SyncMode::Every);
        assert!(
            flags
                .target_with(|_| None)
                .unwrap()
                .to_string()
                .contains("ws://h:1")
        );
        assert_eq!(flags.folder_with(both), PathBuf::from("here"));
    }
}
