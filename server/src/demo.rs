//! The demo: a made-up estate, the people who work with it, and their releases. The same on every first start.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::access::{Actor, Role};
use domain::cmdb::{Relation, RelationKind};
use domain::demo::{Act, Member, Organisation, What, estate, organisation, records, releases};
use domain::release::{OpId, Rev};
use domain::sync::{OP_VERSION, OpEnvelope, PROTOCOL, PushReq, PushResp, Stamp};
use domain::{ClientId, GestureId, UserId};
use ulid::Ulid;

use crate::auth::password;
use crate::db::{Error, NewGroup, NewUser, Origin, Store};

/// Everybody's password in the demo. It is printed, and it is here: no secret.
pub const PASSWORD: &str = "slipway-demo";

/// Who is added last and so stands for a complete demo: nobody's requester, so that the stories can be told before.
const LAST: &str = "noor";

/// Fills an empty database; answers who may sign in then. A database with other people in it is left alone, and
/// so is a demo that is complete; one that was cut off is completed.
///
/// # Errors
/// When the database fails.
pub async fn seed(store: &Store) -> Result<Option<Organisation>, Error> {
    let organisation = organisation();
    let Some(first) = organisation.people.first() else {
        return Ok(None);
    };
    let begun = store.credentials(&first.person.login).await?.is_some();
    let complete = store.credentials(LAST).await?.is_some();
    if complete || (store.user_count().await? > 0 && !begun) {
        return Ok(None);
    }
    let now = Utc::now();
    fill_cmdb(store, now).await?;
    for (group, rights) in &organisation.groups {
        let new = NewGroup {
            group: group.clone(),
            rights: rights.clone(),
        };
        unless_there(store.add_group(&new).await)?;
    }
    for release_type in &organisation.release_types {
        unless_there(store.add_release_type(release_type).await)?;
    }
    fill_registers(store, &organisation, now).await?;
    let is_last = |member: &&Member| member.person.login == LAST;
    let (last, others): (Vec<&Member>, Vec<&Member>) = organisation.people.iter().partition(is_last);
    add_people(store, &others, now).await?;
    tell_stories(store, &organisation, now).await?;
    add_people(store, &last, now).await?;
    Ok(Some(organisation))
}

async fn fill_cmdb(store: &Store, now: DateTime<Utc>) -> Result<(), Error> {
    let estate = estate();
    let origin = Origin {
        by: "demo",
        origin: "demo estate",
        at: now,
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
            store.ingest_relations(kind, chunk, false, false).await?;
        }
    }
    Ok(())
}

/// The records that releases link, added by an administrator of the demo.
async fn fill_registers(store: &Store, organisation: &Organisation, now: DateTime<Utc>) -> Result<(), Error> {
    let keeper = organisation
        .people
        .iter()
        .find(|member| member.roles.contains(&Role::Administrator));
    let Some(keeper) = keeper.map(|keeper| actor(organisation, keeper)) else {
        return Ok(());
    };
    for (register, new) in records() {
        let added = store.add_record(&keeper, register, new, now).await;
        unless_there(added.map(|_| ()))?;
    }
    Ok(())
}

/// Plays what everybody did to their releases through the write path, each from a store of ops of their own.
/// Ops have the same identities every time, so playing them twice changes nothing.
async fn tell_stories(store: &Store, organisation: &Organisation, now: DateTime<Utc>) -> Result<(), Error> {
    let mut sequences: BTreeMap<UserId, u64> = BTreeMap::new();
    for (number, act) in releases(now).into_iter().enumerate() {
        let member = organisation
            .people
            .iter()
            .find(|member| member.person.id == act.author);
        let actor = member.map(|member| actor(organisation, member));
        let actor = actor.ok_or_else(|| wrong(&act, "its author is not in the organisation"))?;
        let ops = match &act.what {
            What::Ops(ops) => ops.clone(),
            What::Command(command) => {
                let seen = store.release_by_id(&actor, act.release).await?;
                command
                    .as_ref()
                    .clone()
                    .into_ops(&seen, Ulid::new)
                    .map_err(|e| wrong(&act, e))?
            }
        };
        let client = ClientId(act.author.0);
        let sequence = sequences.entry(act.author).or_default();
        let mut envelopes = Vec::with_capacity(ops.len());
        for op in ops {
            *sequence += 1;
            let envelope = OpEnvelope {
                id: OpId {
                    client,
                    seq: *sequence,
                },
                v: OP_VERSION,
                author: act.author,
                made: Stamp {
                    wall: now,
                    skew_ms: None,
                },
                release: act.release,
                base_rev: Rev(0),
                epoch: None,
                gesture: GestureId(Ulid::from_parts(0, number as u128)),
                op,
            };
            envelopes.push(serde_json::to_value(envelope).map_err(|e| wrong(&act, e))?);
        }
        let push = PushReq {
            proto: PROTOCOL,
            build: "demo".to_owned(),
            epoch: None,
            head: None,
            client,
            ops: envelopes,
        };
        match store.push(&actor, &push, now).await? {
            PushResp::Ok { .. } => {}
            other => return Err(wrong(&act, format!("{other:?}"))),
        }
    }
    Ok(())
}

fn wrong(act: &Act, why: impl std::fmt::Display) -> Error {
    Error::Unusable(format!(
        "the demo's release {} cannot be told: {why}",
        act.release
    ))
}

fn actor(organisation: &Organisation, member: &Member) -> Actor {
    let theirs = organisation
        .groups
        .iter()
        .filter(|(group, _)| member.groups.contains(&group.id));
    Actor {
        user: member.person.id,
        name: member.person.name.clone(),
        roles: member.roles.clone(),
        groups: member.groups.clone(),
        contracts: BTreeSet::new(),
        rights: theirs.flat_map(|(_, rights)| rights.clone()).collect(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

async fn add_people(store: &Store, people: &[&Member], now: DateTime<Utc>) -> Result<(), Error> {
    // One hash for all: the password is no secret, and ten would only slow down the first start.
    let hashing = tokio::task::spawn_blocking(|| password::hash(PASSWORD)).await;
    let hash = hashing
        .map_err(|e| e.to_string())
        .and_then(|hash| hash.map_err(|e| e.to_string()))
        .map_err(|e| Error::Unusable(format!("the demo's password cannot be hashed: {e}")))?;
    for member in people {
        let new = NewUser {
            login: member.person.login.clone(),
            person: member.person.clone(),
            password: Some(hash.clone()),
            roles: member.roles.clone(),
            groups: member.groups.clone(),
        };
        unless_there(store.add_user(&new, now).await)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wire::cmdb::CiQuery;
    use domain::wire::list::ReleaseQuery;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_fills_an_empty_database_once() {
        let store = Store::in_memory().await;
        seed(&store).await.unwrap();
        let directory = store.directory().await.unwrap();
        assert_eq!((directory.people.len(), directory.groups.len()), (10, 5));

        let mara = store.credentials("mara").await.unwrap().unwrap().user;
        let (mara, _) = store.actor(mara).await.unwrap().unwrap();
        let cis = store.cis(&mara, &CiQuery::default()).await.unwrap().total;
        assert_eq!(cis as usize, estate().cis.len());
        let told: BTreeSet<_> = releases(Utc::now()).into_iter().map(|act| act.release).collect();
        let page = store
            .releases(&mara, &ReleaseQuery::default(), Utc::now())
            .await
            .unwrap();
        assert_eq!(page.total as usize, told.len());
        let stages: BTreeSet<&str> = page.items.iter().map(|release| release.stage.as_str()).collect();
        assert!(stages.len() > 1, "{stages:?}");

        let head = store.head();
        seed(&store).await.unwrap();
        assert_eq!(store.head(), head, "a second start writes nothing");
        fill_cmdb(&store, Utc::now()).await.unwrap();
        tell_stories(&store, &organisation(), Utc::now()).await.unwrap();
        assert_eq!(store.head(), head, "telling it again changes nothing");

        let verified = store.verify_graph(50).await.unwrap();
        assert_eq!(verified.differences, Vec::<String>::new());
        assert!(verified.compared >= 40);
    }
}
