//! What every request can reach.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::password::Passwords;
use crate::auth::throttle::Throttle;
use crate::blobs::Blobs;
use crate::db::Store;
use crate::hooks::Hooks;
use crate::http::Options;
use crate::http::backups::Backups;
use crate::http::metrics::Metrics;
use crate::http::site::Site;
use crate::mail::Mails;

/// Most event streams open at once; each costs a connection and a task.
const MOST_STREAMS: usize = 4096;

/// Shared by all requests.
pub type AppState = Arc<Shared>;

/// One server's parts.
pub struct Shared {
    /// The database and the graph.
    pub store: Store,
    /// Photos and files.
    pub blobs: Blobs,
    /// How the server was asked to behave.
    pub options: Options,
    /// Password work, bounded.
    pub passwords: Passwords,
    /// Failed sign-ins.
    pub throttle: Throttle,
    /// Counters.
    pub metrics: Metrics,
    /// The web pages.
    pub site: Site,
    /// Imports run one after another.
    pub imports: Arc<Semaphore>,
    /// Backups that are and were handed out.
    pub backups: Backups,
    /// Telling other programs what happened.
    pub hooks: Arc<Hooks>,
    /// Telling people what happened.
    pub mails: Arc<Mails>,
    /// Places for event streams.
    pub streams: Arc<Semaphore>,
    /// Cancelled when the server stops accepting.
    pub stopping: CancellationToken,
}

impl Shared {
    /// A server over a store.
    #[must_use]
    pub fn new(store: Store, options: Options, site: Site) -> AppState {
        Arc::new(Self {
            store,
            blobs: Blobs::new(options.blobs.clone()),
            hooks: Arc::new(Hooks::new(options.webhooks.clone())),
            mails: Arc::new(Mails::new(options.mail.clone())),
            options,
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            metrics: Metrics::default(),
            site,
            imports: Arc::new(Semaphore::new(1)),
            backups: Backups::default(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            stopping: CancellationToken::new(),
        })
    }
}
