//! The demo: a made-up estate, ten people in five groups, release types. The same on every first start.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use domain::access::{Right, Role, Types};
use domain::cmdb::{Relation, RelationKind};
use domain::demo::{TEAMS, estate};
use domain::wire::session::{Group, Person, ReleaseType};
use domain::{GroupId, UserId};
use ulid::Ulid;

use crate::auth::password;
use crate::db::{Error, NewGroup, NewUser, Origin, Store};

/// Everybody's password in the demo. It is printed, and it is here: no secret.
pub const PASSWORD: &str = "slipway-demo";

/// (sign-in name, full name, telephone, place in [`TEAMS`], administrator)
const PEOPLE: [(&str, &str, &str, usize, bool); 10] = [
    ("mara", "Mara Lindqvist", "+44 20 7946 0101", 0, true),
    ("jonas", "Jonas Okafor", "+44 20 7946 0102", 0, false),
    ("priya", "Priya Raman", "+44 20 7946 0103", 1, false),
    ("tomas", "Tomáš Novák", "+44 20 7946 0104", 1, false),
    ("elena", "Elena Castillo", "+44 20 7946 0105", 2, false),
    ("sam", "Sam Whitfield", "+44 20 7946 0106", 2, false),
    ("aiko", "Aiko Tanaka", "+44 20 7946 0107", 3, false),
    ("david", "David Mensah", "+44 20 7946 0108", 3, false),
    ("ines", "Inês Carvalho", "+44 20 7946 0109", 4, false),
    ("noor", "Noor Haddad", "+44 20 7946 0110", 4, false),
];

/// (key, name, when to choose it, place of the default group in [`TEAMS`], four eyes)
const RELEASE_TYPES: [(&str, &str, &str, usize, bool); 3] = [
    (
        "standard",
        "Standard",
        "Well-known work with a proven plan",
        0,
        false,
    ),
    (
        "normal",
        "Normal",
        "Everything that needs a decision of its own",
        0,
        true,
    ),
    (
        "emergency",
        "Emergency",
        "To restore a service, or to keep one from failing",
        0,
        true,
    ),
];

/// Identities of the demo are counted from here, so that they are the same everywhere.
fn nth(number: usize) -> Ulid {
    // 1 January 2026, in milliseconds.
    Ulid::from_parts(1_767_225_600_000, number as u128)
}

fn group_id(team: usize) -> GroupId {
    GroupId(nth(100 + team))
}

/// The identity of a person of the demo, by their place among the people.
fn user_id(person: usize) -> UserId {
    UserId(nth(200 + person))
}

/// Fills an empty database and prints how to sign in. A database with people in it is left alone.
///
/// # Errors
/// When the database fails.
pub async fn seed(store: &Store) -> Result<(), Error> {
    let finished = store.credentials(PEOPLE[0].0).await?.is_some();
    let begun = store.credentials(PEOPLE[PEOPLE.len() - 1].0).await?.is_some();
    if finished || (store.user_count().await? > 0 && !begun) {
        return Ok(());
    }
    cmdb(store).await?;
    people(store).await?;
    println!("demo: a made-up estate is ready. Sign in as one of these, password {PASSWORD}:");
    for (login, name, _, team, admin) in PEOPLE {
        let role = if admin { ", administrator" } else { "" };
        println!("  {login:<6} {name} ({}{role})", TEAMS.get(team).unwrap_or(&""));
    }
    Ok(())
}

async fn cmdb(store: &Store) -> Result<(), Error> {
    let estate = estate();
    let origin = Origin {
        by: "demo",
        origin: "demo estate",
        at: Utc::now(),
    };
    for chunk in estate.cis.chunks(store.batch()) {
        store.ingest_cis(chunk, &origin, false).await?;
    }
    for kind in RelationKind::ALL {
        let of_kind: Vec<Relation> = estate
            .relations
            .iter()
            .filter(|r| r.kind == kind)
            .cloned()
            .collect();
        for chunk in of_kind.chunks(store.batch()) {
            store.ingest_relations(kind, chunk, false).await?;
        }
    }
    Ok(())
}

async fn people(store: &Store) -> Result<(), Error> {
    for (team, name) in TEAMS.iter().enumerate() {
        let new = NewGroup {
            group: Group {
                id: group_id(team),
                name: (*name).to_owned(),
            },
            rights: rights(team),
        };
        unless_there(store.add_group(&new).await)?;
    }
    for (key, name, description, team, four_eyes) in RELEASE_TYPES {
        let key = key
            .parse()
            .map_err(|e| Error::invalid("release type", format!("{e}")))?;
        let release_type = ReleaseType {
            key,
            name: name.to_owned(),
            description: description.to_owned(),
            default_group: Some(group_id(team)),
            four_eyes,
        };
        unless_there(store.add_release_type(&release_type).await)?;
    }
    // One hash for all: the password is no secret, and ten would only slow down the first start.
    let hashing = tokio::task::spawn_blocking(|| password::hash(PASSWORD)).await;
    let hash = hashing
        .map_err(|e| e.to_string())
        .and_then(|hash| hash.map_err(|e| e.to_string()))
        .map_err(|e| Error::Unusable(format!("the demo's password cannot be hashed: {e}")))?;
    // The first of the list comes last and stands for all: a start that was cut off begins again.
    for (place, (login, name, phone, team, admin)) in PEOPLE.into_iter().enumerate().rev() {
        let mut roles = BTreeSet::from([Role::CmdbViewer]);
        roles.extend((team == 0).then_some(Role::CmdbKeeper));
        roles.extend(admin.then_some(Role::Administrator));
        let new = NewUser {
            login: login.to_owned(),
            person: Person {
                id: user_id(place),
                login: login.to_owned(),
                name: name.to_owned(),
                phone: Some(phone.to_owned()),
                email: Some(format!("{login}@example.com")),
                unit: TEAMS.get(team).map(|team| (*team).to_owned()),
                location: Some("Dublin".to_owned()),
            },
            password: Some(hash.clone()),
            roles,
            groups: BTreeSet::from([group_id(team)]),
        };
        unless_there(store.add_user(&new, Utc::now()).await)?;
    }
    Ok(())
}

/// A first start that was cut off has left some of it behind.
fn unless_there(added: Result<(), Error>) -> Result<(), Error> {
    match added {
        Err(Error::Conflict(_)) => Ok(()),
        other => other,
    }
}

/// Everybody drafts, executes and tests; operations also decide.
fn rights(team: usize) -> BTreeMap<Right, Types> {
    let everybody = [
        Right::View,
        Right::Create,
        Right::Execute,
        Right::Test,
        Right::Delegate,
        Right::Hold,
    ];
    let deciding = [
        Right::Edit,
        Right::Authorise,
        Right::Accept,
        Right::Resume,
        Right::ReDate,
        Right::Cancel,
        Right::Reopen,
    ];
    let deciding = deciding.into_iter().filter(|_| team == 0);
    everybody
        .into_iter()
        .chain(deciding)
        .map(|right| (right, Types::All))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wire::cmdb::CiQuery;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_fills_an_empty_database_once() {
        let store = Store::in_memory().await;
        seed(&store).await.unwrap();
        let directory = store.directory().await.unwrap();
        assert_eq!((directory.people.len(), directory.groups.len()), (10, 5));
        assert!(
            directory
                .people
                .iter()
                .all(|person| person.phone.is_some() && person.unit.is_some())
        );

        let (mara, _) = store.actor(user_id(0)).await.unwrap().unwrap();
        let cis = store.cis(&mara, &CiQuery::default()).await.unwrap().total;
        assert_eq!(cis as usize, estate().cis.len());
        let head = store.head();
        seed(&store).await.unwrap();
        assert_eq!(store.head(), head, "a second start writes nothing");

        let verified = store.verify_graph(50).await.unwrap();
        assert_eq!(verified.differences, Vec::<String>::new());
        assert!(verified.compared >= 40);
    }
}
