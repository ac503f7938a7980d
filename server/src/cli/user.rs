use std::collections::BTreeSet;
use std::io::{IsTerminal, Read, stdin};
use std::process::ExitCode;

use chrono::Utc;
use clap::{Args, Subcommand};
use domain::access::Role;
use domain::wire::session::Person;
use domain::{GroupId, UserId};

use super::{Done, Failure, print_json, user_named};
use crate::auth::password;
use crate::db::{By, NewUser, Store};
use crate::starter;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a person
    Add(Add),
    /// Take away the right to sign in; everything they did stays
    Disable(Named),
    /// Give back the right to sign in
    Enable(Named),
    /// Set a new password; all their sessions end
    Password(Password),
    /// List people
    List(List),
}

#[derive(Args)]
pub(super) struct Add {
    /// Sign-in name: a-z, 0-9, `.`, `_`, `-`, `@`
    name: String,
    /// Full name; the sign-in name without it
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,
    /// E-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// May do everything
    #[arg(long)]
    admin: bool,
    /// May import into and edit the CMDB
    #[arg(long)]
    keeper: bool,
    /// Group they belong to, by its name; several times for several. The first administrator of an empty
    /// installation gets a group and a release type to begin with
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// Read the password from standard input, up to the first line end
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct Named {
    /// Sign-in name
    name: String,
}

#[derive(Args)]
pub(super) struct Password {
    /// Sign-in name
    name: String,
    /// Read the password from standard input, up to the first line end
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Listed {
    login: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    roles: BTreeSet<Role>,
    disabled: bool,
}

pub(super) async fn run(store: &Store, command: Command) -> Done {
    match command {
        Command::Add(it) => add(store, it).await?,
        Command::Disable(it) => set_disabled(store, &it.name, true).await?,
        Command::Enable(it) => set_disabled(store, &it.name, false).await?,
        Command::Password(it) => {
            let user = user_named(store, &it.name).await?;
            let phc = read_password(&it.name)?;
            store
                .set_password(&By::command_line(), user, &phc, Utc::now())
                .await?;
            say!("{} has a new password; their sessions have ended", it.name);
        }
        Command::List(it) => list(store, &it).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(store: &Store, add: Add) -> Result<(), Failure> {
    let mut roles = BTreeSet::from([Role::CmdbViewer]);
    roles.extend(add.keeper.then_some(Role::CmdbKeeper));
    roles.extend(add.admin.then_some(Role::Administrator));
    let mut groups = groups_named(store, &add.group).await?;
    if add.admin {
        groups.extend(starter::begin(store).await?);
    }
    let new = NewUser {
        password: Some(read_password(&add.name)?),
        person: Person {
            id: UserId(ulid::Ulid::new()),
            login: String::new(),
            name: add.full_name.unwrap_or_else(|| add.name.clone()),
            phone: None,
            email: add.email,
            unit: None,
            location: None,
        },
        login: add.name,
        roles,
        groups,
    };
    store.add_user(&new, Utc::now()).await?;
    say!("{} may sign in", new.login);
    Ok(())
}

async fn groups_named(store: &Store, names: &[String]) -> Result<BTreeSet<GroupId>, Failure> {
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    let known = store.directory().await?.groups;
    names
        .iter()
        .map(|name| {
            let found = known.iter().find(|group| group.name == *name);
            found.map(|group| group.id).ok_or_else(|| {
                let there: Vec<&str> = known.iter().map(|group| group.name.as_str()).collect();
                format!("there is no group `{name}`; there are: {}", there.join(", ")).into()
            })
        })
        .collect()
}

async fn set_disabled(store: &Store, login: &str, disabled: bool) -> Result<(), Failure> {
    let user = user_named(store, login).await?;
    store
        .set_disabled(&By::command_line(), user, disabled, Utc::now())
        .await?;
    say!(
        "{login} {}",
        if disabled {
            "may no longer sign in"
        } else {
            "may sign in again"
        }
    );
    Ok(())
}

async fn list(store: &Store, list: &List) -> Result<(), Failure> {
    let users: Vec<Listed> = store
        .users()
        .await?
        .into_iter()
        .map(|(person, roles, disabled)| Listed {
            login: person.login,
            name: person.name,
            email: person.email,
            roles,
            disabled,
        })
        .collect();
    if list.json {
        return print_json(&users);
    }
    for user in users {
        let admin = if user.roles.contains(&Role::Administrator) {
            ", administrator"
        } else {
            ""
        };
        let disabled = if user.disabled { ", disabled" } else { "" };
        say!("{}: {}{admin}{disabled}", user.login, user.name);
    }
    Ok(())
}

/// The first line of standard input, checked and hashed.
fn read_password(login: &str) -> Result<String, Failure> {
    if stdin().is_terminal() {
        return Err(
            "give the password on standard input, for example: slipway user add NAME --password-stdin < file"
                .into(),
        );
    }
    let mut text = String::new();
    // Far more than any password: a wrong file is refused, not read.
    stdin()
        .take(10_000)
        .read_to_string(&mut text)
        .map_err(|e| format!("cannot read the password: {e}"))?;
    let password = text.lines().next().unwrap_or_default();
    password::check_new(password, login)?;
    Ok(password::hash(password)?)
}
