use super::restore::{Restoring, check_schema};
use super::*;
use crate::db::migrate::{MIGRATIONS, advance, migrate};
use crate::db::samples::{ci, fill};
use crate::db::{SyncMode, Target};

async fn records(snapshot: &Snapshot, name: &str) -> Vec<Record> {
    let table = snapshot.tables.iter().find(|table| table.name == name).unwrap();
    let mut records = snapshot.records(&table.name).unwrap();
    let mut all = Vec::new();
    while let Some(record) = records.next().await.unwrap() {
        all.push(record);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_read_in_order_and_does_not_see_what_comes_later() {
    let store = Store::in_memory().await;
    let some =
        |range: std::ops::Range<u32>| range.map(|n| ci(&format!("vm/{n:04}"), "vm")).collect::<Vec<_>>();
    fill(&store, &some(0..1_200), &[]).await;
    let (snapshot, head) = (store.snapshot().await.unwrap(), store.head());
    fill(&store, &some(1_200..1_300), &[]).await;
    let keys: Vec<String> = records(&snapshot, "ci")
        .await
        .iter()
        .map(|record| match &record.0 {
            Value::Object(fields) => match fields.get("id") {
                Some(Value::RecordId(id)) => crate::db::query::key_of(id.clone()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        keys,
        some(0..1_200)
            .iter()
            .map(|ci| ci.key.to_string())
            .collect::<Vec<_>>()
    );
    assert_eq!(snapshot.head, head);
    let relations: Vec<bool> = snapshot.tables.iter().map(|table| table.relations).collect();
    assert!(
        relations.is_sorted() && relations.contains(&true),
        "relations come last"
    );
    let names: Vec<&str> = snapshot.tables.iter().map(|table| table.name.as_str()).collect();
    assert!(LEFT_OUT.iter().all(|left_out| !names.contains(left_out)));
    snapshot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::folder(dir.path().join("new"), SyncMode::Every).unwrap();
    let old = Store::bare().await;
    advance(&old, MIGRATIONS.get(..4).unwrap()).await.unwrap();
    let epoch = ulid::Ulid::new().to_string();
    let first = "CREATE meta:state SET epoch = $epoch, head = 7, next_number = 3";
    old.ask("testing", first, Vars::new().with("epoch", epoch.clone()))
        .await
        .unwrap();
    let snapshot = old.snapshot().await.unwrap();
    assert_eq!(snapshot.schema.len(), 4);
    let meta = records(&snapshot, "meta").await;
    let restoring = Restoring::begin(&target, &snapshot.schema).await.unwrap();
    snapshot.end().await;
    restoring.insert("meta", meta).await.unwrap();
    let unknown = restoring
        .insert("session", Vec::new())
        .await
        .unwrap_err()
        .to_string();
    assert!(unknown.contains("`session`"), "{unknown}");
    assert_eq!(restoring.count("meta").await, Ok(1));
    restoring.close().await;

    let half = Store::connect(&target).await.err().unwrap().to_string();
    assert!(half.contains("did not finish"), "{half}");

    let snapshot = old.snapshot().await.unwrap();
    let restoring = Restoring::begin(&target, &snapshot.schema).await.unwrap();
    assert_eq!(restoring.count("meta").await, Ok(0), "it starts over");
    restoring
        .insert("meta", records(&snapshot, "meta").await)
        .await
        .unwrap();
    let new = restoring.finish().await.unwrap();
    restoring.close().await;
    snapshot.end().await;
    let store = Store::connect(&target).await.unwrap();
    assert_eq!((store.epoch(), store.head(), store.durable_rev()), (new, 7, 7));
    assert_ne!(store.epoch().to_string(), epoch);
    let again = Restoring::begin(&Target::Memory, &[]).await;
    assert!(again.is_ok());
    store.close().await;
    let occupied = Restoring::begin(&target, &[]).await.err().unwrap().to_string();
    assert!(occupied.contains("not empty"), "{occupied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_schemas_of_this_version_or_older_are_restored() {
    let store = Store::in_memory().await;
    let snapshot = store.snapshot().await.unwrap();
    let mut steps = snapshot.schema.clone();
    snapshot.end().await;
    assert_eq!(steps.len(), MIGRATIONS.len());
    assert_eq!(check_schema(&steps), Ok(()));
    assert_eq!(migrate(&store, MIGRATIONS).await, Ok(0));
    steps.push(SchemaStep {
        name: "0999_future".to_owned(),
        sha256: String::new(),
    });
    let newer = check_schema(&steps).unwrap_err().to_string();
    assert!(
        newer.contains("newer version") && newer.contains("0999_future"),
        "{newer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn durable_only_grows_and_survives() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::folder(dir.path().join("data"), SyncMode::Every).unwrap();
    let store = Store::connect(&target).await.unwrap();
    assert_eq!(store.durable_rev(), 0);
    store.note_durable(5).await.unwrap();
    store.note_durable(3).await.unwrap();
    assert_eq!(store.durable_rev(), 5);
    store.close().await;
    let store = Store::connect(&target).await.unwrap();
    assert_eq!(store.durable_rev(), 5);
    store.close().await;
}
