//! The HTTP side: one router, built from one table of routes and policies.
//!
//! - [`routes`]: the table; [`policy`]: who passes; [`observe`]: ids, log lines, counters;
//! - [`problem`], `extract`: failures and inputs; [`openapi`]: the description of it all;
//! - [`backups`], [`blobs`], [`cmdb`], [`imports`], [`identity`], [`lists`], [`releases`], [`sync`], [`views`],
//!   [`webhooks`]: the interface; [`gesture`]: commands as ops, [`bulk`]: one command for many releases, [`upload`]: files;
//! - [`functions`]: server functions of the pages; [`site`], [`shell`]: the pages themselves; [`worker`]: what keeps
//!   them on a device; [`archive`]: files of earlier builds.

#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod admin;
pub mod archive;
pub mod backups;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod blobs;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod bulk;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod cmdb;
pub mod documents;
mod extract;
pub mod forms;
pub mod functions;
pub mod gesture;
pub mod headers;
pub mod health;
pub mod identity;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod imports;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod lists;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod mail;
pub mod metrics;
pub mod observe;
pub mod openapi;
pub mod policy;
pub mod problem;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod registry;
pub mod releases;
pub mod routes;
pub mod shell;
pub mod site;
pub mod sync;
pub mod upload;
pub mod versions;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod views;
#[allow(unused_qualifications, reason = "utoipa::path writes them")]
pub mod webhooks;
pub mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use chrono::TimeDelta;
use domain::wire::blob::MAX_BLOB;
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::auth::proxy::TrustedProxies;
use crate::auth::session::{Cookies, IDLE};
use crate::db::Store;
use crate::hooks;
use crate::state::{AppState, Shared};
use policy::Gate;
use problem::Refusal;

/// How long a stopping server waits for requests it has accepted.
const DRAIN: Duration = Duration::from_secs(8);
/// How often ended sessions are swept away.
const SWEEP: Duration = Duration::from_secs(3600);
/// How long the logs of webhooks and of mails go back.
const DELIVERIES: TimeDelta = TimeDelta::days(30);

/// How the server was asked to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder with the built pages; without it those inside the binary, if any.
    pub site: Option<PathBuf>,
    /// How session cookies are guarded.
    pub cookies: Cookies,
    /// Whose word about the address of a client counts.
    pub proxies: TrustedProxies,
    /// Where uploads are kept while they are read; the system's folder for such files by default.
    pub uploads: PathBuf,
    /// Where files of earlier builds are kept; without it they are not.
    pub archive: Option<PathBuf>,
    /// Browsers keep the pages for work without a network; `false` makes them give up what they keep.
    pub service_worker: bool,
    /// Where photos and files are kept for good.
    pub blobs: PathBuf,
    /// How other programs are told of what happens.
    pub webhooks: hooks::Settings,
    /// How people are told by mail, if they are.
    pub mail: Option<crate::mail::settings::Settings>,
    /// Most bytes of one photo, file or document.
    pub largest_file: u64,
}

impl Options {
    /// Defaults; `secure_cookies` when browsers reach the server over https.
    #[must_use]
    pub fn new(site: Option<PathBuf>, secure_cookies: bool) -> Self {
        Self {
            site,
            cookies: Cookies {
                secure: secure_cookies,
            },
            proxies: TrustedProxies::default(),
            uploads: std::env::temp_dir(),
            archive: None,
            service_worker: true,
            blobs: std::env::temp_dir().join("slipway-blobs"),
            webhooks: hooks::Settings::default(),
            mail: None,
            largest_file: MAX_BLOB,
        }
    }
}

/// The router over a state, with everything around it. Tests call it without a socket.
pub fn app(state: AppState) -> Router {
    app::api::session::register();
    let mut router = Router::new();
    for route in routes::table() {
        let gate = Gate {
            state: state.clone(),
            policy: route.policy,
            body: route.body,
            deadline: route.deadline,
            names: Some(&route)
                .filter(|route| route.path.starts_with(routes::INTERFACE))
                .and_then(openapi::query_names),
        };
        let limit = usize::try_from(route.body.0).unwrap_or(usize::MAX);
        let handler = (route.handler)(route.verb.filter())
            .route_layer(from_fn_with_state(gate, policy::guard))
            .route_layer(DefaultBodyLimit::max(limit));
        router = router.route(route.path, handler);
    }
    router
        .fallback(site::page)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state.clone())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(state.clone(), headers::guard_answers))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn_with_state(state, observe::observe))
}

/// 405; axum adds `Allow`.
async fn wrong_method(request: Request) -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This method is not offered here",
        format!("{} is not offered here; `allow` names what is.", request.method()),
    )
}

/// The address a connection comes from; absent in tests without a socket.
pub type Peer = Option<axum::extract::ConnectInfo<SocketAddr>>;

/// Serves until `shutdown` resolves and what was accepted is answered, at most a few seconds more. The
/// caller closes the store afterwards.
///
/// # Errors
/// When the pages cannot be read or the listener breaks.
pub async fn serve(
    store: Store,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let site = site::Site::open(&options)?;
    let state = Shared::new(store, options, site);
    let stopping = state.stopping.clone();
    let sweeper = tokio::spawn(sweep(state.clone()));
    let telling = tokio::spawn(hooks::worker::run(
        state.hooks.clone(),
        state.store.clone(),
        stopping.clone(),
    ));
    let mailing = tokio::spawn(crate::mail::worker::run(
        state.mails.clone(),
        state.store.clone(),
        stopping.clone(),
    ));
    let service = app(state).into_make_service_with_connect_info::<SocketAddr>();
    let signal = {
        let stopping = stopping.clone();
        async move {
            shutdown.await;
            tracing::info!("stopping: finishing accepted requests");
            stopping.cancel();
        }
    };
    let serving = axum::serve(listener, service).with_graceful_shutdown(signal);
    let outcome = tokio::select! {
        outcome = async { serving.await } => outcome,
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("some requests did not finish in time and were cut off");
            Ok(())
        }
    };
    sweeper.abort();
    stopping.cancel();
    // It ends by itself, after what is on its way.
    if tokio::time::timeout(DRAIN, telling).await.is_err() {
        tracing::warn!("some webhooks were cut off; what was on its way is sent again after the next start");
    }
    if tokio::time::timeout(DRAIN, mailing).await.is_err() {
        tracing::warn!("a mail was cut off; it is sent again after the next start");
    }
    outcome
}

async fn sweep(state: AppState) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        let now = chrono::Utc::now();
        if let Err(error) = state.store.sessions_sweep(now - IDLE, now).await {
            tracing::warn!(%error, "ended sessions were not swept away");
        }
        if let Err(error) = state.store.deliveries_prune(now - DELIVERIES).await {
            tracing::warn!(%error, "old deliveries of webhooks were not swept away");
        }
        if let Err(error) = state.store.mails_prune(now - DELIVERIES).await {
            tracing::warn!(%error, "old mails were not swept away");
        }
        if let Err(refusal) = blobs::sweep(&state).await {
            tracing::warn!(?refusal, "old uploads were not swept away");
        }
    }
}

/// Resolves on SIGINT or SIGTERM.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
