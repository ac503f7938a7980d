use std::process::ExitCode;

use clap::Args;
use domain::demo::Organisation;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::Done;
use crate::auth::proxy::TrustedProxies;
use crate::checkpoints::Writer;
use crate::config::{DataArgs, ServeArgs, Switch};
use crate::db::{Store, Target};
use crate::hooks::Settings;
use crate::{demo, http};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    serve: ServeArgs,
    /// On an empty database: fill in a made-up estate, people and releases, and print how to sign in
    #[arg(long)]
    demo: bool,
}

pub(super) async fn run(data: &DataArgs, arguments: Arguments) -> Done {
    let Arguments { serve, demo } = arguments;
    let target = data.target()?;
    let mail = serve.mail.settings(serve.public_url.as_ref())?;
    log();
    let listener = TcpListener::bind(serve.listen).await.map_err(|e| {
        format!(
            "cannot listen on {}: {e}; choose another address with --listen",
            serve.listen
        )
    })?;
    let address = listener.local_addr()?;
    let store = Store::connect(&target).await?;
    say!("slipway {}", env!("CARGO_PKG_VERSION"));
    say!("database: {target}");
    if demo {
        print_sign_ins(demo::seed(&store).await?);
    } else if store.user_count().await? == 0 {
        say!(
            "nobody can sign in yet: stop and run `slipway user add NAME --admin --password-stdin`, or use --demo"
        );
    }
    say!("listening on http://{address}");
    let warming = {
        let store = store.clone();
        // The server answers from the start; what needs the index waits for it.
        tokio::spawn(async move {
            if let Err(error) = store.warm().await {
                tracing::error!(%error, "the index was not loaded; the next request tries again");
            }
            if let Err(error) = store.finish_following(chrono::Utc::now()).await {
                tracing::error!(%error, "drafts have not followed every change; the next start tries again");
            }
            if let Err(error) = store.warm_text().await {
                tracing::error!(%error, "what is searched was not read; the next search tries again");
            }
        })
    };
    let checkpoints = match &target {
        // What does not outlive the process needs no proof.
        Target::Memory => None,
        Target::Folder { .. } | Target::Remote { .. } => Some(data.checkpoints()),
    };
    let anchoring = match &checkpoints {
        Some(path) => Some(tokio::spawn(
            Writer::open(path.clone()).await?.keep(store.clone()),
        )),
        None => None,
    };
    let options = http::Options {
        proxies: TrustedProxies(serve.trusted_proxy),
        archive: match &target {
            Target::Folder { dir, .. } => Some(dir.join("site-archive")),
            Target::Memory | Target::Remote { .. } => None,
        },
        service_worker: serve.service_worker == Switch::On,
        blobs: data.folder().join("blobs"),
        webhooks: Settings {
            allow: serve.webhook_allow,
            plain_http: serve.webhook_http,
            public_url: serve.public_url,
        },
        mail,
        largest_file: serve.largest_file.0,
        ..http::Options::new(serve.site, serve.secure_cookies)
    };
    let served = http::serve(store.clone(), options, listener, http::stop_signal()).await;
    warming.abort();
    if let (Some(anchoring), Some(path)) = (anchoring, checkpoints) {
        anchoring.abort();
        Writer::open(path).await?.write(&store).await?;
    }
    store.close().await;
    served?;
    say!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn print_sign_ins(organisation: Option<Organisation>) {
    let Some(organisation) = organisation else { return };
    say!(
        "demo: a made-up estate is ready. Sign in with the password {} as one of:",
        demo::PASSWORD
    );
    for member in organisation.people {
        say!(
            "  {:<6} {}, {}",
            member.person.login,
            member.person.name,
            member.title
        );
    }
}

fn log() {
    let quiet = "info,surrealdb=warn,surrealkv=warn,surrealdb_core=warn,tungstenite=warn";
    let filter = EnvFilter::try_from_env("SLIPWAY_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var("SLIPWAY_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.init();
    }
}
