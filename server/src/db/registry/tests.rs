use chrono::{DateTime, Utc};
use domain::registry::{RecordRef, RegisterKind, read_table};
use domain::release::{Command, LinkKey, NewRelease, Release};
use domain::sync::client::Replica;
use domain::sync::{PushResp, Stamp};
use domain::wire::registry::{NewRecord, RecordPatch, RegisterQuery};
use domain::{ClientId, GestureId, ReleaseId};
use serde_json::json;
use ulid::Ulid;

use crate::db::audit::By;
use crate::db::samples::{administrator, author, ci, fill, key};
use crate::db::{Error, JournalOf, Store};
use domain::access::Actor;

fn now() -> DateTime<Utc> {
    "2026-11-23T22:00:00Z".parse().unwrap()
}

fn at(address: &str) -> RecordRef {
    address.parse().unwrap()
}

async fn estate() -> Store {
    let store = Store::in_memory().await;
    fill(
        &store,
        &[ci("sw-1", "device"), ci("sw-2", "device"), ci("sw-3", "device")],
        &[],
    )
    .await;
    store
}

async fn add(store: &Store, register: RegisterKind, new: serde_json::Value) {
    let new: NewRecord = serde_json::from_value(new).unwrap();
    store
        .add_record(&administrator(), register, new, now())
        .await
        .unwrap();
}

fn patch(version: u64, rest: serde_json::Value) -> RecordPatch {
    let mut all = rest;
    all["version"] = version.into();
    serde_json::from_value(all).unwrap()
}

/// Carries commands out as a script does.
async fn carry_out(store: &Store, actor: &Actor, release: ReleaseId, commands: Vec<Command>) {
    let mut replica = Replica::new(ClientId(Ulid::new()));
    replica.follow(release);
    let stamp = Stamp {
        wall: now(),
        skew_ms: None,
    };
    if let Ok(seen) = store.release_by_id(actor, release).await {
        replica.seed(seen);
    } else {
        let new = NewRelease::default().into_ops(Ulid::new);
        replica.enqueue(actor.user, release, GestureId(Ulid::new()), stamp, new);
    }
    for command in commands {
        let seen = replica.shown(release, actor).release.unwrap();
        let ops = command.into_ops(&seen, Ulid::new).unwrap();
        replica.enqueue(actor.user, release, GestureId(Ulid::new()), stamp, ops);
    }
    let request = replica.next_push("test").unwrap().unwrap();
    let answer = store.push(actor, &request, now()).await.unwrap();
    let PushResp::Ok { outcomes, .. } = answer else {
        panic!("{answer:?}")
    };
    assert!(outcomes.iter().all(|(_, o)| o.rev().is_some()), "{outcomes:?}");
}

fn link(address: &str) -> Command {
    let RecordRef { register, key } = at(address);
    Command::Link { register, key }
}

fn cis(release: &Release) -> Vec<String> {
    release.touched_cis().iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_follows_its_change_and_a_submitted_release_does_not() {
    let store = estate().await;
    let (keeper, bob) = (administrator(), author());
    let change = json!({"key": "CHG-1", "fields": {"title": "Firmware"}, "cis": [{"ci": "sw-1"}]});
    add(&store, RegisterKind::Changes, change).await;
    let release = ReleaseId(Ulid::new());
    carry_out(&store, &bob, release, vec![link("changes/CHG-1")]).await;
    let seen = store.release_by_id(&bob, release).await.unwrap();
    assert_eq!(cis(&seen), ["sw-1"]);
    assert_eq!(seen.links[&LinkKey::Record(at("changes/CHG-1"))].name, "Firmware");

    let more = patch(1, json!({"cis": [{"ci": "sw-1"}, {"ci": "sw-2"}]}));
    store
        .patch_record(&keeper, at("changes/CHG-1"), more, now())
        .await
        .unwrap();
    let seen = store.release_by_id(&bob, release).await.unwrap();
    assert_eq!(cis(&seen), ["sw-1", "sw-2"], "nobody pressed a button");
    let ci = store.ci(&bob, &key("sw-2")).await.unwrap();
    assert_eq!(ci.releases.len(), 1, "the CI's page names the release");
    let number = seen.number.unwrap();
    let journal = store
        .journal(&bob, number, 10, None, JournalOf::All)
        .await
        .unwrap();
    assert_eq!(journal.items[0].text, "took over what change CHG-1 changes now");
    assert_eq!(journal.items[0].by, keeper.user);

    // Nothing that matters to the release: nothing is written to it.
    let head = store.head();
    let status = patch(2, json!({"fields": {"status": "approved"}}));
    store
        .patch_record(&keeper, at("changes/CHG-1"), status, now())
        .await
        .unwrap();
    assert_eq!(store.head(), head + 1);

    let unlink = Command::Unlink {
        link: LinkKey::Record(at("changes/CHG-1")),
    };
    carry_out(&store, &bob, release, vec![unlink]).await;
    let seen = store.release_by_id(&bob, release).await.unwrap();
    assert!(cis(&seen).is_empty() && seen.links.len() == 1);
    let record = store.register_record(&bob, &at("changes/CHG-1")).await.unwrap();
    assert_eq!(record.releases_total, 0, "ended links are not listed");
    let ci = store.ci(&bob, &key("sw-2")).await.unwrap();
    assert!(ci.releases.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stopped_in_between_goes_on() {
    let store = estate().await;
    let bob = author();
    let change = json!({"key": "CHG-1", "fields": {"title": "Firmware"}, "cis": [{"ci": "sw-1"}]});
    add(&store, RegisterKind::Changes, change).await;
    let release = ReleaseId(Ulid::new());
    carry_out(&store, &bob, release, vec![link("changes/CHG-1")]).await;
    // The record is stored, and then the server is gone.
    {
        let mut writer = store.writer().await;
        let before = store.stored_record(&at("changes/CHG-1")).await.unwrap();
        let mut record = before.as_ref().unwrap().record.clone();
        record.cis[0].ci = key("sw-3");
        let write = super::changed(&administrator(), at("changes/CHG-1"), before, record, None, now());
        let followed = store
            .store_records(&mut writer, vec![write], &By::from(&administrator()), now())
            .await
            .unwrap();
        assert_eq!(followed.unwrap(), [at("changes/CHG-1")]);
    }
    let seen = store.release_by_id(&bob, release).await.unwrap();
    assert_eq!(cis(&seen), ["sw-1"]);
    let view = store.release_view(&bob, seen).await.unwrap();
    assert_eq!(view.links[0].more[0].ci, key("sw-3"));
    assert_eq!(view.links[0].less, [key("sw-1")]);
    store.finish_following(now()).await.unwrap();
    let seen = store.release_by_id(&bob, release).await.unwrap();
    assert_eq!(cis(&seen), ["sw-3"]);
    let head = store.head();
    store.finish_following(now()).await.unwrap();
    assert_eq!(store.head(), head, "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_edit_is_refused_and_nobody_without_the_right_writes() {
    let store = estate().await;
    let keeper = administrator();
    add(
        &store,
        RegisterKind::Problems,
        json!({"key": "PRB-1", "fields": {"title": "x"}}),
    )
    .await;
    let edit = |version| patch(version, json!({"fields": {"title": "y"}}));
    let change = |actor: Actor, patch| {
        let store = store.clone();
        async move {
            store
                .patch_record(&actor, at("problems/PRB-1"), patch, now())
                .await
        }
    };
    assert!(matches!(
        change(author(), edit(1)).await,
        Err(Error::NotAllowed(_))
    ));
    assert_eq!(change(keeper.clone(), edit(1)).await.unwrap().version, 2);
    assert!(matches!(
        change(keeper.clone(), edit(1)).await,
        Err(Error::Conflict(_))
    ));
    assert_eq!(
        change(keeper.clone(), edit(2)).await.unwrap().version,
        2,
        "nothing differs"
    );
    store
        .delete_record(&keeper, at("problems/PRB-1"), now())
        .await
        .unwrap();
    let all = RegisterQuery::default();
    let list = store
        .records(&keeper, RegisterKind::Problems, &all)
        .await
        .unwrap();
    assert_eq!(list.total, 0);
    let back = patch(3, json!({"deleted": false}));
    let back = change(keeper.clone(), back).await.unwrap();
    assert_eq!((back.deleted, back.version), (None, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_twice_changes_nothing_and_what_is_wrong_is_named() {
    let store = estate().await;
    let keeper = administrator();
    let text = "key,title,cis,link\nCHG-1,One,sw-1 => x,https://h/1\nCHG-2,Two,nowhere,\nCHG-3,Three,,javascript:x\n";
    let read = || read_table(RegisterKind::Changes, text.as_bytes());
    let import = |dry_run| store.import_records(&keeper, RegisterKind::Changes, read(), dry_run, now());
    let head = store.head();
    let dry = import(true).await.unwrap();
    assert_eq!((dry.records.created, dry.records.rejected), (1, 2));
    assert_eq!(store.head(), head);
    let first = import(false).await.unwrap();
    let said: Vec<_> = first
        .problems
        .iter()
        .map(|p| (p.line, p.field.as_deref().unwrap()))
        .collect();
    assert_eq!(said, [(3, "cis"), (4, "link")]);
    let head = store.head();
    let again = import(false).await.unwrap();
    assert_eq!((again.records.unchanged, again.records.created), (1, 0));
    assert_eq!(store.head(), head, "the second time writes nothing");
}
