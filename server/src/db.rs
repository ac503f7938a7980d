//! The database. Nothing else imports `surrealdb`, and nothing here lets it out: what goes in and comes
//! out are domain types.
//!
//! - [`Store::connect`] / [`Store::open`] open it (and bring the schema up to date), [`Store::close`] shuts it;
//! - `admin`: the registers around releases, as administrators keep them;
//! - `audit`: who changed which record of a register, and how;
//! - `identity`: people, groups, rights, sign-in; `directory`: what they are called; `session`, `token`: what a browser and a script hold;
//! - `cmdb`: lists, one CI, patches, racks, impact; `graph`: surroundings of a CI and ways between CIs by graph queries;
//! - `estate`: the in-memory index and catalogue built from it, kept current by each commit;
//! - `blobs`: who uploaded and who may read photos and files;
//! - `ingest`: bulk writing for [`crate::import`]; `imports`: the log of imports;
//! - `oplog`: the write path of releases; `register`: their list in memory; `text`: full-text search in them;
//!   `releases`: reading them; `clashes`: where they meet; `views`: lists that people keep under a name;
//! - `feed`: what happened, in order; `webhooks`: who is told of it, and how far they are;
//! - `registry`: the registers of changes, problems, articles, purchases and media;
//! - `backup`: all of it at one point in time, and the way back;
//! - `writer`: one writer at a time; `query`: the only way to the engine.
//!
//! Every committed change of a release or of the CMDB moves one counter, the *head*; [`Store::heads`]
//! tells whoever waits.

mod admin;
mod audit;
pub(crate) mod backup;
mod blobs;
mod catalog;
mod ci;
mod clashes;
mod closing;
mod cmdb;
mod directory;
mod error;
mod estate;
mod feed;
mod forms;
mod graph;
mod identity;
mod imports;
mod ingest;
mod journal;
mod lock;
mod mail;
mod migrate;
mod oplog;
mod package;
#[cfg(test)]
mod plans;
mod query;
mod register;
mod registry;
mod relation;
mod releases;
#[cfg(test)]
pub(crate) mod samples;
mod scene;
mod session;
mod staff;
mod target;
mod text;
mod timetables;
mod token;
mod verify;
mod versions;
pub(crate) mod views;
mod webhooks;
mod words;
mod writer;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use surrealdb::Surreal;
use surrealdb::engine::any::Any;
use surrealdb::opt::auth::Root;
use surrealdb::types::SurrealValue;
use tokio::sync::watch;

use domain::Epoch;
use domain::sync::{Chain, Life};

pub(crate) use admin::new_key;
pub use audit::{By, Change};
pub use backup::SchemaStep;
pub use blobs::KeptBlob;
pub(crate) use catalog::limit as rows_asked;
pub use error::Error;
pub use feed::{Done, Event};
pub use identity::{Credentials, Holder, NewGroup, NewUser};
pub use journal::{BadEntry, JournalReport};
pub use mail::{NewMail, QueuedMail};
pub use releases::JournalOf;
pub use session::SessionRow;
pub use target::{SyncMode, Target};
pub use token::TokenRow;
pub use verify::Verification;
pub use webhooks::Hook;

pub(crate) use ingest::Origin;

pub(crate) use lock::FolderLock;
use query::{Vars, broken};

/// The database of one installation. Cheap to clone; all clones are the same database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    target: Target,
    epoch: Epoch,
    /// All lives of the database, oldest first; empty if it never was restored.
    lives: Vec<Life>,
    /// Taken out by `close`; a request in flight keeps its own handle.
    db: RwLock<Option<Arc<Surreal<Any>>>>,
    /// Given up after the engine has let go of the folder.
    lock: Mutex<Option<FolderLock>>,
    /// Held by whoever writes releases or the CMDB: one at a time, in the order of the head.
    writer: tokio::sync::Mutex<Counters>,
    heads: watch::Sender<u64>,
    /// The last revision in a verified backup.
    durable: AtomicU64,
    /// The CMDB in memory, once somebody asked for it.
    estate: tokio::sync::RwLock<Option<estate::Estate>>,
    graph_size: Mutex<(u64, u64)>,
    /// Imports that run in this process: (things handled, things in all).
    importing: Mutex<HashMap<String, (u64, u64)>>,
    /// The list of releases in memory, once somebody asked for it.
    register: tokio::sync::RwLock<Option<register::Register>>,
    /// The heads of changes, problems, articles, purchases and media, once somebody asked for them.
    shelf: tokio::sync::RwLock<Option<registry::Shelf>>,
    /// The full-text index, once somebody asked for it.
    text: tokio::sync::RwLock<text::Text>,
    /// Held by whoever reads the full-text index: one is enough.
    text_reader: tokio::sync::Mutex<()>,
}

/// The counters of `meta:state`, as last committed.
#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    head: u64,
    next_number: u32,
    /// Where the chain of the journal stands.
    chain: Chain,
}

#[derive(SurrealValue)]
struct MetaRow {
    epoch: String,
    head: i64,
    next_number: i64,
    durable_rev: u64,
    lives: Option<String>,
    chained: u64,
    chain: Option<String>,
    chained_after: u64,
}

impl MetaRow {
    fn counters(&self) -> Result<Counters, Error> {
        let doing = "reading the counters";
        let wrong = |e: std::num::TryFromIntError| broken(doing, e.to_string());
        let chain = match &self.chain {
            Some(digest) => Chain::parse(self.chained, digest),
            None => (self.chained == 0).then_some(Chain::BEGIN),
        };
        Ok(Counters {
            head: u64::try_from(self.head).map_err(wrong)?,
            next_number: u32::try_from(self.next_number).map_err(wrong)?,
            chain: chain.ok_or_else(|| broken(doing, "the chain of the journal has no readable end"))?,
        })
    }
}

impl Counters {
    /// Some revisions later.
    fn after(self, revisions: u64) -> Self {
        Self {
            head: self.head + revisions,
            ..self
        }
    }
}

const READ_META: &str = "SELECT epoch, head, next_number, durable_rev, lives, chained, chain, chained_after
    FROM ONLY meta:state";
const FIRST_META: &str = "CREATE ONLY meta:state SET epoch = $epoch, head = 0, next_number = 1";

impl Store {
    /// Opens the database at `target` and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the folder is in use, the server does not answer or refuses the sign-in,
    /// or the database was made by a newer version.
    pub async fn connect(target: &Target) -> Result<Self, Error> {
        let (db, lock) = reach(target).await?;
        let store = Self::around(target.clone(), db, lock, Epoch(ulid::Ulid::nil()));
        migrate::migrate(&store, migrate::MIGRATIONS).await?;
        let doing = "reading the counters";
        let meta: Option<MetaRow> = store.ask(doing, READ_META, Vars::new()).await?.one(0)?;
        let meta = match meta {
            Some(meta) => meta,
            None => {
                let vars = Vars::new().with("epoch", ulid::Ulid::new().to_string());
                let mut answers = store.ask(doing, FIRST_META, vars).await?;
                answers
                    .one(0)?
                    .ok_or_else(|| broken(doing, "no counters after making them"))?
            }
        };
        store.seed_classes().await?;
        store.ready(&meta)
    }

    /// [`Store::connect`] to an address such as `mem://`, `surrealkv://DIR` or `ws://user:password@host:8000`.
    ///
    /// # Errors
    /// As [`Store::connect`], and for an address that is not one.
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::connect(&Target::from_url(url, None, None)?).await
    }

    fn around(target: Target, db: Surreal<Any>, lock: Option<FolderLock>, epoch: Epoch) -> Self {
        Self(Arc::new(Inner {
            target,
            epoch,
            lives: Vec::new(),
            db: RwLock::new(Some(Arc::new(db))),
            lock: Mutex::new(lock),
            writer: tokio::sync::Mutex::new(Counters::default()),
            heads: watch::Sender::new(0),
            durable: AtomicU64::default(),
            estate: tokio::sync::RwLock::default(),
            graph_size: Mutex::default(),
            importing: Mutex::default(),
            register: tokio::sync::RwLock::default(),
            shelf: tokio::sync::RwLock::default(),
            text: tokio::sync::RwLock::default(),
            text_reader: tokio::sync::Mutex::default(),
        }))
    }

    /// The same database with its counters known.
    fn ready(self, meta: &MetaRow) -> Result<Self, Error> {
        let doing = "reading the counters";
        let epoch = meta.epoch.parse().map_err(|e| broken(doing, format!("{e}")))?;
        let counters = meta.counters()?;
        let mut inner = Arc::into_inner(self.0).ok_or_else(|| broken(doing, "opened twice"))?;
        inner.epoch = epoch;
        if let Some(lives) = &meta.lives {
            inner.lives = serde_json::from_str(lives).map_err(|e| broken(doing, e.to_string()))?;
        }
        inner.writer = tokio::sync::Mutex::new(counters);
        inner.heads.send_replace(counters.head);
        inner.durable = AtomicU64::new(meta.durable_rev);
        Ok(Self(Arc::new(inner)))
    }

    /// What is opened, for people.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// This life of the database; a restore begins another.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.0.epoch
    }

    /// The last committed revision.
    #[must_use]
    pub fn head(&self) -> u64 {
        *self.0.heads.borrow()
    }

    /// Changes with every committed revision, of releases and of the CMDB.
    #[must_use]
    pub fn heads(&self) -> watch::Receiver<u64> {
        self.0.heads.subscribe()
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// What it said, or that it did not answer within two seconds.
    pub async fn ping(&self) -> Result<(), Error> {
        let question = self.ask("asking whether it answers", "RETURN 1", Vars::new());
        match tokio::time::timeout(Duration::from_secs(2), question).await {
            Ok(answer) => answer.map(|_| ()),
            Err(_) => Err(Error::Busy("the database does not answer".into())),
        }
    }

    /// Waits for requests in flight, closes the database and gives up the folder. Later requests are told
    /// that the server is shutting down. Acknowledged writes are on disk already; this is for a quick reopening.
    pub async fn close(&self) {
        // A writer that has begun finishes first.
        let _writer = self.0.writer.lock().await;
        let taken = self.0.db.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut db) = taken else { return };
        // A request that hangs must not keep the process: everything acknowledged is on disk already.
        for _ in 0..20 {
            match Arc::try_unwrap(db) {
                Ok(last) => {
                    drop(last);
                    break;
                }
                Err(shared) => db = shared,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if let Target::Folder { dir, .. } = &self.0.target {
            lock::released(&dir.join("db/LOCK")).await;
        }
        self.0.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn handle(&self) -> Result<Arc<Surreal<Any>>, Error> {
        let db = self.0.db.read().unwrap_or_else(PoisonError::into_inner);
        db.clone()
            .ok_or_else(|| Error::Busy("the server is shutting down".into()))
    }

    /// A database without a schema, for the tests of the schema itself.
    #[cfg(test)]
    async fn bare() -> Self {
        let (db, lock) = reach(&Target::Memory).await.unwrap();
        Self::around(Target::Memory, db, lock, Epoch(ulid::Ulid::nil()))
    }

    /// An empty database in memory.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        Self::connect(&Target::Memory).await.unwrap()
    }
}

/// Tries to open a folder whose former owner has only just gone.
const OPEN_TRIES: u32 = 20;

async fn reach(target: &Target) -> Result<(Surreal<Any>, Option<FolderLock>), Error> {
    let unusable = |error: surrealdb::Error| {
        Error::Unusable(format!(
            "cannot open the database ({target}): {}",
            error.message()
        ))
    };
    match target {
        Target::Memory => {
            let db = surrealdb::engine::any::connect("mem://")
                .await
                .map_err(unusable)?;
            use_database(&db, "slipway", "slipway").await.map_err(unusable)?;
            Ok((db, None))
        }
        Target::Folder { dir, sync } => {
            let lock = FolderLock::take(dir)?;
            backup::restore::refuse_unfinished(dir)?;
            let path = dir.join("db");
            let url = format!("surrealkv://{}?sync={}", path.display(), sync.as_str());
            let mut tries = 0;
            let db = loop {
                match surrealdb::engine::any::connect(&url).await {
                    Ok(db) => break db,
                    Err(error) if tries == OPEN_TRIES => return Err(unusable(error)),
                    Err(error) => tracing::debug!(%error, "the storage engine does not open yet"),
                }
                tries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            };
            use_database(&db, "slipway", "slipway").await.map_err(unusable)?;
            Ok((db, Some(lock)))
        }
        Target::Remote {
            url,
            user,
            password,
            namespace,
            database,
        } => {
            let connecting = surrealdb::engine::any::connect(url);
            let db = tokio::time::timeout(Duration::from_secs(10), connecting)
                .await
                .map_err(|_| Error::Unusable(format!("no answer from {target} within 10 seconds")))?
                .map_err(unusable)?;
            let root = Root {
                username: user.clone(),
                password: password.clone(),
            };
            db.signin(root).await.map_err(unusable)?;
            use_database(&db, namespace, database).await.map_err(unusable)?;
            Ok((db, None))
        }
    }
}

async fn use_database(db: &Surreal<Any>, namespace: &str, database: &str) -> surrealdb::Result<()> {
    db.use_ns(namespace).use_db(database).await?;
    Ok(())
}
