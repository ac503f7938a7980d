//! Settings: flags first, then `SLIPWAY_*` variables, then defaults.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::auth::proxy::Network;
use crate::db::{Error, SyncMode, Target};

/// Where the data is. Every command that touches data takes these, before or after its own arguments.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// Folder of the embedded database [env: SLIPWAY_DATA] [default: ./data]
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "db")]
    pub data: Option<PathBuf>,
    /// Remote SurrealDB, as `ws[s]://user:password@host:port[/namespace[/database]]` [env: SLIPWAY_DB]
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
    /// [`Error::Unusable`] for an address that is not one, two places at once, or a mode that may lose writes
    /// without [`DataArgs::allow_data_loss`].
    pub fn target(&self) -> Result<Target, Error> {
        self.target_with(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn target_with(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Target, Error> {
        let (mut data, mut db) = (self.data.clone(), self.db.clone());
        if data.is_none() && db.is_none() {
            (data, db) = (
                variable("SLIPWAY_DATA").map(PathBuf::from),
                variable("SLIPWAY_DB"),
            );
        }
        let target = match (data, db) {
            (Some(_), Some(_)) => {
                return Err(Error::Unusable(
                    "both SLIPWAY_DATA and SLIPWAY_DB are set; the data is in one place: unset one of them"
                        .into(),
                ));
            }
            (None, Some(url)) => {
                Target::from_url(&url, self.db_user.as_deref(), self.db_password.as_deref())?
            }
            (data, None) => Target::folder(data.unwrap_or_else(|| "data".into()), self.sync)?,
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
        let both = |name: &str| name.starts_with("SLIPWAY_D").then(|| "mem://".to_owned());
        let message = DataArgs::default().target_with(both).unwrap_err().to_string();
        assert!(message.contains("unset one"), "{message}");
    }
}
