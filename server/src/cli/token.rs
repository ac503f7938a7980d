use std::collections::BTreeSet;
use std::process::ExitCode;

use chrono::Utc;
use clap::{Args, Subcommand};
use domain::access::Scope;

use super::{Done, Failure, print_json, user_named};
use crate::auth::token;
use crate::db::{By, Store, TokenRow};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token; it is shown once
    Create(Create),
    /// Make a token useless
    Revoke(Revoke),
    /// List tokens
    List(List),
}

#[derive(Args)]
pub(super) struct Create {
    /// Sign-in name of the owner; the token never does more than they may
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What it may be used for: read, write, import, admin; several times or with commas.
    ///
    /// Without this option the token has all scopes, so it may do everything its owner may, making further tokens
    /// included. Name the fewest that do.
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', value_parser = parse_scope)]
    scope: Vec<Scope>,
    /// What it is for, to tell tokens apart
    #[arg(long, value_name = "TEXT", default_value = "command line")]
    name: String,
    /// Print JSON: {"token", "id"}
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// Id of the token, as listed
    id: String,
}

#[derive(Args)]
pub(super) struct List {
    /// Only tokens of this person
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Listed {
    id: String,
    user: String,
    name: String,
    scopes: BTreeSet<Scope>,
    created: chrono::DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<chrono::DateTime<Utc>>,
    revoked: bool,
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    match text {
        "read" => Ok(Scope::Read),
        "write" => Ok(Scope::Write),
        "import" => Ok(Scope::Import),
        "admin" => Ok(Scope::Admin),
        _ => Err("known scopes are read, write, import, admin".to_owned()),
    }
}

pub(super) async fn run(store: &Store, command: Command) -> Done {
    match command {
        Command::Create(it) => create(store, it).await?,
        Command::Revoke(it) => revoke(store, &it.id).await?,
        Command::List(it) => list(store, &it).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(store: &Store, create: Create) -> Result<(), Failure> {
    let user = user_named(store, &create.user).await?;
    let secret = token::mint()?;
    let all = [Scope::Read, Scope::Write, Scope::Import, Scope::Admin];
    let row = TokenRow {
        id: ulid::Ulid::new().to_string(),
        name: create.name,
        hash: secret.hash,
        user,
        scopes: if create.scope.is_empty() {
            all.into()
        } else {
            create.scope.into_iter().collect()
        },
        created: Utc::now(),
        expires: None,
        last_used: None,
        revoked: None,
    };
    store.token_create(&By::command_line(), &row).await?;
    if create.json {
        return print_json(&serde_json::json!({ "token": secret.clear, "id": row.id }));
    }
    say!("{}", secret.clear);
    eprintln!(
        "This is the only time it is shown. Revoke it with: slipway token revoke {}",
        row.id
    );
    Ok(())
}

async fn revoke(store: &Store, id: &str) -> Result<(), Failure> {
    let owner = store
        .tokens()
        .await?
        .into_iter()
        .find(|(_, token)| token.id == id)
        .map(|(_, token)| token.user);
    match owner {
        Some(user)
            if store
                .token_revoke(&By::command_line(), user, id, Utc::now())
                .await? =>
        {
            say!("token {id} is revoked");
            Ok(())
        }
        _ => Err(format!(
            "there is no token `{}`; list them with: slipway token list",
            domain::shorten(id)
        )
        .into()),
    }
}

async fn list(store: &Store, list: &List) -> Result<(), Failure> {
    let owner = match &list.user {
        Some(name) => Some(user_named(store, name).await?),
        None => None,
    };
    let tokens: Vec<Listed> = store
        .tokens()
        .await?
        .into_iter()
        .filter(|(_, token)| owner.is_none_or(|owner| token.user == owner))
        .map(|(login, token)| Listed {
            id: token.id,
            user: login,
            name: token.name,
            scopes: token.scopes,
            created: token.created,
            last_used: token.last_used,
            revoked: token.revoked.is_some(),
        })
        .collect();
    if list.json {
        return print_json(&tokens);
    }
    for token in tokens {
        let revoked = if token.revoked { ", revoked" } else { "" };
        say!("{}  {}: {}{revoked}", token.id, token.user, token.name);
    }
    Ok(())
}
