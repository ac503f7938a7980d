use std::io::{IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::wire::problem::Problem;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Done, Failure, print_json, with_store};
use crate::backup::file::{Draft, Verified};
use crate::backup::{self, Taken};
use crate::config::DataArgs;
use crate::db::{Store, Target};

#[derive(Args)]
pub(super) struct Arguments {
    /// The backup file; nothing may be there yet, except with --verify
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only check a backup: every count, checksum and record
    #[arg(long, conflicts_with = "url")]
    verify: bool,
    /// Back up a running server instead, for example http://127.0.0.1:3000; needs the token of an administrator
    #[arg(long, value_name = "URL", requires = "token_stdin")]
    url: Option<Url>,
    /// Read the API token (scope admin) from standard input
    #[arg(long, requires = "url")]
    token_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(data: &DataArgs, arguments: Arguments) -> Done {
    let file = arguments.file.as_path();
    let (verified, done) = match &arguments.url {
        _ if arguments.verify => (backup::verify(file)?, "is whole"),
        Some(url) => {
            if data.data.is_some() || data.db.is_some() {
                return Err("--url names a running server; leave out --data and --db".into());
            }
            (
                of_server(url, &read_token()?, file).await?,
                "written and verified",
            )
        }
        None => {
            // Opening would make a database, and a backup of nothing.
            if let Target::Folder { dir, .. } = data.target()?
                && !dir.join("db").exists()
            {
                return Err(format!("there is no database in the data folder {}", dir.display()).into());
            }
            let mut verified = None;
            let outcome = with_store(data, async |store| {
                verified = Some(of_store(store, file).await?);
                Ok(ExitCode::SUCCESS)
            });
            outcome.await?;
            let verified = verified.ok_or("the backup ended without a result")?;
            (verified, "written and verified")
        }
    };
    if arguments.json {
        print_json(&verified)?;
    } else {
        say!("{}: {done}", file.display());
        describe(&verified);
    }
    Ok(ExitCode::SUCCESS)
}

/// What a backup holds, for people.
pub(super) fn describe(verified: &Verified) {
    let header = &verified.header;
    say!(
        "taken:    {}, by slipway {}",
        header.taken.format("%F %T UTC"),
        header.version
    );
    say!("revision: {} of epoch {}", header.head, header.epoch);
    say!("schema:   step {}", header.schema.len());
    say!(
        "content:  {} records in {} tables, {} files, {} bytes",
        verified.records(),
        verified.parts.len().saturating_sub(1),
        verified.blobs(),
        verified.bytes
    );
    say!("sha256:   {}", verified.sha256);
}

async fn of_store(store: &Store, file: &Path) -> Result<Verified, Failure> {
    let mut draft = Draft::new(file)?;
    let (chunks, mut receiver) = mpsc::channel(8);
    let taking = {
        let store = store.clone();
        tokio::spawn(async move { backup::take(&store, &chunks, &CancellationToken::new()).await })
    };
    let mut written = Ok(());
    while let Some(Ok(chunk)) = receiver.recv().await {
        written = draft.write(&chunk);
        if written.is_err() {
            break;
        }
    }
    drop(receiver);
    let taken: Result<Taken, _> = taking.await?;
    written?;
    let taken = taken?;
    let verified = draft.keep()?;
    if verified.sha256 != taken.sha256 {
        return Err("what was read back is not what was written; check the disk".into());
    }
    store.note_durable(verified.header.head).await?;
    Ok(verified)
}

async fn of_server(url: &Url, token: &str, file: &Path) -> Result<Verified, Failure> {
    let mut draft = Draft::new(file)?;
    let client = reqwest::Client::new();
    let address = url.join("/api/v1/backups")?;
    let answer = client.post(address).bearer_auth(token).send().await;
    let mut answer = expect_ok(answer.map_err(|error| unreachable_server(url, &error))?).await?;
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| unreachable_server(url, &error))?
    {
        draft.write(&chunk)?;
    }
    let verified = draft.keep()?;
    let confirmation = url.join(&format!("/api/v1/backups/{}/confirmation", verified.header.id))?;
    let body = serde_json::json!({ "sha256": verified.sha256 }).to_string();
    let request = client
        .post(confirmation)
        .bearer_auth(token)
        .header(reqwest::header::CONTENT_TYPE, "application/json")
        .body(body);
    expect_ok(
        request
            .send()
            .await
            .map_err(|error| unreachable_server(url, &error))?,
    )
    .await?;
    Ok(verified)
}

fn unreachable_server(url: &Url, error: &reqwest::Error) -> Failure {
    let host = url.host_str().unwrap_or("the server");
    // The address in the error may hold a password.
    let reason = std::error::Error::source(error).map_or_else(|| "no answer".to_owned(), ToString::to_string);
    format!("the connection to {host} failed: {reason}").into()
}

async fn expect_ok(answer: reqwest::Response) -> Result<reqwest::Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let text = answer.bytes().await.unwrap_or_default();
    let said = serde_json::from_slice::<Problem>(&text).map_or_else(
        |_| "is this the address of a slipway server?".to_owned(),
        |problem| problem.detail.unwrap_or(problem.title),
    );
    Err(format!("the server answered {status}: {said}").into())
}

fn read_token() -> Result<String, Failure> {
    if stdin().is_terminal() {
        return Err(
            "give the token on standard input: slipway backup --url URL --token-stdin FILE < token".into(),
        );
    }
    let mut text = String::new();
    stdin()
        .take(10_000)
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read the token: {error}"))?;
    Ok(text.trim().to_owned())
}
