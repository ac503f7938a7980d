use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use clap::Args;

use super::{Done, print_json};
use crate::config::{DataArgs, ServeArgs, Switch};
use crate::db::Target;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    serve: ServeArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Settings {
    database: String,
    durable: bool,
    listen: SocketAddr,
    site: String,
    secure_cookies: bool,
    trusted_proxies: Vec<String>,
    service_worker: bool,
    webhook_allow: Vec<String>,
    webhook_http: bool,
    public_url: Option<String>,
    mail_server: Option<String>,
    mail_from: Option<String>,
    problems: Vec<String>,
}

pub(super) fn run(data: &DataArgs, arguments: &Arguments) -> Done {
    let target = data.target()?;
    let serve = &arguments.serve;
    let mut problems = Vec::new();
    if let Target::Folder { dir, .. } = &target
        && dir.exists()
        && !dir.is_dir()
    {
        problems.push(format!("{} is not a folder", dir.display()));
    }
    if let Some(site) = &serve.site
        && !site.is_dir()
    {
        problems.push(format!("there is no folder {} with web pages", site.display()));
    }
    if let Err(error) = TcpListener::bind(serve.listen) {
        problems.push(format!("cannot listen on {}: {error}", serve.listen));
    }
    let mail = serve
        .mail
        .settings(serve.public_url.as_ref())
        .unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
    let settings = Settings {
        database: target.to_string(),
        durable: target.is_durable(),
        listen: serve.listen,
        site: serve.site.as_ref().map_or_else(
            || "inside the binary".to_owned(),
            |site| site.display().to_string(),
        ),
        secure_cookies: serve.secure_cookies,
        trusted_proxies: serve.trusted_proxy.iter().map(ToString::to_string).collect(),
        service_worker: serve.service_worker == Switch::On,
        webhook_allow: serve.webhook_allow.iter().map(ToString::to_string).collect(),
        webhook_http: serve.webhook_http,
        public_url: serve.public_url.as_ref().map(ToString::to_string),
        mail_server: mail.as_ref().map(|mail| mail.server.to_string()),
        mail_from: mail.as_ref().map(|mail| mail.sender.to_string()),
        problems,
    };
    if arguments.json {
        print_json(&settings)?;
    } else {
        say!("database: {}", settings.database);
        say!("listen:   {}", settings.listen);
        say!("pages:    {}", settings.site);
        let yes = |it: bool| if it { "yes" } else { "no" };
        say!("secure cookies: {}", yes(settings.secure_cookies));
        if !settings.trusted_proxies.is_empty() {
            say!("trusted proxies: {}", settings.trusted_proxies.join(", "));
        }
        say!("service worker: {}", yes(settings.service_worker));
        if !settings.webhook_allow.is_empty() {
            say!("webhooks also to: {}", settings.webhook_allow.join(", "));
        }
        say!("webhooks over http: {}", yes(settings.webhook_http));
        if let Some(address) = &settings.public_url {
            say!("public address: {address}");
        }
        let server = settings
            .mail_server
            .as_deref()
            .unwrap_or("none, no mails are sent");
        say!("mail server: {server}");
        if let Some(sender) = &settings.mail_from {
            say!("mails from: {sender}");
        }
        for problem in &settings.problems {
            say!("problem:  {problem}");
        }
    }
    Ok(if settings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
