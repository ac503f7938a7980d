use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::Error;

/// When an acknowledged write is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncMode {
    /// Before it is acknowledged. The only durable mode.
    #[default]
    Every,
    /// Within a second: a power cut or crash loses up to that much.
    EverySecond,
    /// When the operating system likes.
    Never,
}

impl SyncMode {
    /// The word on the command line and in the engine's options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::EverySecond => "1s",
            Self::Never => "never",
        }
    }
}

impl FromStr for SyncMode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Every, Self::EverySecond, Self::Never]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| format!("unknown sync mode `{text}`; known are every, 1s, never"))
    }
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// In memory, gone when the process ends. For tests.
    Memory,
    /// Embedded SurrealKV in a folder of our own.
    Folder {
        /// The folder; it is created.
        dir: PathBuf,
        /// When writes reach the disk.
        sync: SyncMode,
    },
    /// A SurrealDB server over WebSocket.
    Remote {
        /// `ws://host:port` or `wss://host:port`.
        url: String,
        /// Root user.
        user: String,
        /// Password of the root user.
        password: String,
        /// Namespace, created if absent.
        namespace: String,
        /// Database, created if absent.
        database: String,
    },
}

impl Target {
    /// Reads `mem://`, `surrealkv://DIR[?sync=every|1s|never]` or `ws[s]://user:password@host:port[/namespace[/database]]`.
    /// `user` and `password` stand in where the address names none.
    ///
    /// # Errors
    /// [`Error::Unusable`] with what would be right; a password is never repeated.
    pub fn from_url(text: &str, user: Option<&str>, password: Option<&str>) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Unusable(format!("the database address {why}"));
        if matches!(text, "mem://" | "memory") {
            return Ok(Self::Memory);
        }
        if let Some(rest) = text.strip_prefix("surrealkv://") {
            let (dir, options) = rest.split_once('?').unwrap_or((rest, ""));
            let sync = match options.strip_prefix("sync=") {
                Some(mode) => mode.parse().map_err(|e: String| wrong(&format!("has an {e}")))?,
                None if options.is_empty() => SyncMode::Every,
                None => return Err(wrong("may carry only the option `sync`")),
            };
            return Self::folder(PathBuf::from(dir), sync);
        }
        let address = Url::parse(text).map_err(|e| {
            wrong(&format!(
                "is not one ({e}); write ws://user:password@host:8000, or use --data DIR"
            ))
        })?;
        if !matches!(address.scheme(), "ws" | "wss") {
            return Err(wrong(&format!(
                "starts with `{}:`; known are ws: and wss: (and --data DIR for a folder)",
                address.scheme()
            )));
        }
        let host = address.host_str().ok_or_else(|| wrong("names no host"))?;
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8_lossy()
                .into_owned()
        };
        let user = match address.username() {
            "" => user.map(str::to_owned),
            name => Some(decode(name)),
        };
        let password = address
            .password()
            .map(decode)
            .or_else(|| password.map(str::to_owned));
        let (Some(user), Some(password)) = (user, password) else {
            return Err(wrong(
                "names no user and password; give them in it, or as SLIPWAY_DB_USER and SLIPWAY_DB_PASSWORD",
            ));
        };
        let mut path = address
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|s| !s.is_empty());
        let mut segment = || path.next().map_or_else(|| "slipway".to_owned(), decode);
        let (namespace, database) = (segment(), segment());
        let port = address.port().map(|p| format!(":{p}")).unwrap_or_default();
        Ok(Self::Remote {
            url: format!("{}://{host}{port}", address.scheme()),
            user,
            password,
            namespace,
            database,
        })
    }

    /// An embedded database under `dir`.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the engine could not be given this path.
    pub fn folder(dir: PathBuf, sync: SyncMode) -> Result<Self, Error> {
        match dir.to_str() {
            None => Err(Error::Unusable("the path of the data folder is not UTF-8".into())),
            Some("") => Err(Error::Unusable("the path of the data folder is empty".into())),
            Some(text) if text.contains('?') => Err(Error::Unusable(format!(
                "the data folder {text} has a `?` in its path, which the storage engine cannot open; choose another"
            ))),
            Some(_) => Ok(Self::Folder { dir, sync }),
        }
    }

    /// An acknowledged write survives a crash of this process and of the machine, as far as we decide that.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        match self {
            Self::Memory => false,
            Self::Folder { sync, .. } => *sync == SyncMode::Every,
            Self::Remote { .. } => true,
        }
    }

    /// Rows in one bulk statement. The memory engine's cost grows with the square of it.
    pub(crate) fn batch(&self) -> usize {
        match self {
            Self::Memory => 250,
            Self::Folder { .. } | Self::Remote { .. } => 1_000,
        }
    }
}

/// What is printed at start: engine, sync mode and place. Never a password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory only, lost when the process ends"),
            Self::Folder { dir, sync } => {
                write!(f, "SurrealKV, sync {}, in {}", sync.as_str(), dir.display())
            }
            Self::Remote {
                url,
                user,
                namespace,
                database,
                ..
            } => write!(
                f,
                "SurrealDB server {url} as {user}, namespace {namespace}, database {database}"
            ),
        }
    }
}

/// Like `Display`: a password must not reach a log.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_wrong_ones_explained() {
        let remote = Target::from_url("ws://root:p%40ss@db:8000/acme", None, None).unwrap();
        let Target::Remote {
            url,
            user,
            password,
            namespace,
            database,
        } = &remote
        else {
            panic!("{remote}")
        };
        assert_eq!(
            (url.as_str(), user.as_str(), password.as_str()),
            ("ws://db:8000", "root", "p@ss")
        );
        assert_eq!((namespace.as_str(), database.as_str()), ("acme", "slipway"));
        assert!(!format!("{remote} {remote:?}").contains("p@ss"));
        for (wrong, word) in [
            ("", "ws://"),
            ("http://x", "ws:"),
            ("ws://host:8000", "SLIPWAY_DB_USER"),
            ("surrealkv://x?sync=5s", "every, 1s, never"),
        ] {
            let message = Target::from_url(wrong, None, None).unwrap_err().to_string();
            assert!(message.contains(word), "{wrong}: {message}");
        }
    }

    #[test]
    fn only_syncing_every_write_is_durable() {
        assert!(!Target::Memory.is_durable());
        for (mode, durable) in [("every", true), ("1s", false), ("never", false)] {
            let target = Target::from_url(&format!("surrealkv://d?sync={mode}"), None, None).unwrap();
            assert_eq!(target.is_durable(), durable, "{mode}");
        }
    }
}
