use chrono::SubsecRound;
use domain::cmdb::{Ci, Lifecycle, RelationKind};
use domain::wire::cmdb::State;

use super::super::samples::{administrator, author, ci, fill, key, relation};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_makes_a_version_and_an_old_revision_is_refused() {
    let store = Store::in_memory().await;
    fill(&store, &[ci("vm/1", "vm")], &[]).await;
    store.warm().await.unwrap();
    let ada = administrator();
    let patch = CiPatch {
        name: Some("Renamed".to_owned()),
        lifecycle: Some(Lifecycle::InMaintenance),
        serial: Some(String::new()),
        revision: Some(1),
        ..CiPatch::default()
    };
    let now = Utc::now().trunc_subsecs(3);
    let detail = store
        .patch_ci(&ada, &key("vm/1"), patch.clone(), now)
        .await
        .unwrap();
    assert_eq!(
        (detail.revision, detail.ci.name.as_str(), detail.updated),
        (2, "Renamed", now)
    );
    let newest = &detail.history[0];
    assert_eq!(
        (newest.revision, newest.by.as_str(), newest.origin.as_str()),
        (2, "Ada", "edit")
    );
    assert_eq!(newest.changes.keys().collect::<Vec<_>>(), ["lifecycle", "name"]);
    assert_eq!(newest.changes["name"].0, "Name of vm/1");
    assert_eq!(detail.history[1].origin, "import test");
    // The list in memory has followed.
    let query = CiQuery {
        q: Some("renamed".to_owned()),
        ..CiQuery::default()
    };
    assert_eq!(store.cis(&ada, &query).await.unwrap().total, 1);

    let stale = store.patch_ci(&ada, &key("vm/1"), patch.clone(), now).await;
    assert!(
        matches!(stale, Err(Error::Conflict(ref why)) if why.contains("revision 1, now 2")),
        "{stale:?}"
    );
    let same = CiPatch {
        revision: None,
        ..patch
    };
    assert_eq!(
        store
            .patch_ci(&ada, &key("vm/1"), same, now)
            .await
            .unwrap()
            .revision,
        2,
        "nothing differs"
    );
    let long = CiPatch {
        name: Some("x".repeat(10_000)),
        ..CiPatch::default()
    };
    assert!(matches!(
        store.patch_ci(&ada, &key("vm/1"), long, now).await,
        Err(Error::Invalid { .. })
    ));
    let nobody = store.patch_ci(&ada, &key("vm/2"), CiPatch::default(), now).await;
    assert!(matches!(nobody, Err(Error::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_patches_of_one_revision_cannot_both_win() {
    let store = Store::in_memory().await;
    fill(&store, &[ci("vm/1", "vm")], &[]).await;
    let ada = administrator();
    let rename = |name: &str| CiPatch {
        name: Some(name.to_owned()),
        revision: Some(1),
        ..CiPatch::default()
    };
    let vm = key("vm/1");
    let (a, b) = tokio::join!(
        store.patch_ci(&ada, &vm, rename("a"), Utc::now()),
        store.patch_ci(&ada, &vm, rename("b"), Utc::now()),
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|won| **won).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_survives_being_stored() {
    let store = Store::in_memory().await;
    let full: Ci = serde_json::from_value(serde_json::json!({
        "key": "device/a b→c \"q\"", "name": "Ünïcode 漢字", "class": "device", "lifecycle": "planned",
        "serial": "s", "asset_tag": "t", "version": "v", "owner": "o", "criticality": "high",
        "site": "s1", "location": "l1", "rack": "r1", "position": 12.5, "face": "rear", "height": 2.0,
        "attributes": { "n": null, "big": u64::MAX, "f": 0.1, "list": [1, {"x": []}], "empty": {}, "day": "2026-01-01T00:00:00Z" },
    }))
    .unwrap();
    fill(&store, std::slice::from_ref(&full), &[]).await;
    let stored = store.stored_ci(&full.key).await.unwrap().unwrap().ci;
    let mut expected = full.clone();
    // The one thing the database holds in another form: a whole number beyond 63 bits.
    expected
        .attributes
        .insert("big".to_owned(), serde_json::json!(u64::MAX as f64));
    assert_eq!(stored, expected);
    let origin = super::super::Origin {
        by: "t",
        origin: "t",
        at: Utc::now(),
    };
    let (again, _) = store.ingest_cis(&[full], &origin, false).await.unwrap();
    assert_eq!((again.unchanged, again.updated), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rack_is_listed_from_the_top() {
    let store = Store::in_memory().await;
    let place = |text: &str, position: Option<f64>| {
        let mut ci = ci(text, "device");
        ci.placement.rack = Some(key("rack/1"));
        ci.placement.position = position;
        ci
    };
    let cis = [
        ci("rack/1", "rack"),
        place("low", Some(1.0)),
        place("high", Some(40.5)),
        place("loose", None),
    ];
    fill(&store, &cis, &[]).await;
    let ada = administrator();
    let rack = store.elevation(&ada, &key("rack/1")).await.unwrap();
    let order: Vec<&str> = rack.devices.iter().map(|ci| ci.key.as_str()).collect();
    assert_eq!(order, ["high", "low", "loose"]);
    assert!(
        matches!(store.elevation(&ada, &key("low")).await, Err(Error::NotFound(_))),
        "not a rack"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn impact_names_what_is_wrong_with_a_question() {
    let store = Store::in_memory().await;
    fill(
        &store,
        &[ci("a", "vm"), ci("b", "device")],
        &[relation("a", RelationKind::RunsOn, "b")],
    )
    .await;
    let ada = administrator();
    let ask = |down: Vec<CiKey>| ImpactRequest {
        down,
        ..ImpactRequest::default()
    };
    let answer = store.impact(&ada, &ask(vec![key("b")])).await.unwrap();
    assert_eq!(
        (answer.total, answer.items[0].key.as_str(), answer.items[0].state),
        (1, "a", State::Down)
    );
    assert!(
        matches!(store.impact(&ada, &ask(vec![key("zz")])).await, Err(Error::NotFound(ref why)) if why.contains("zz"))
    );
    assert!(matches!(
        store.impact(&ada, &ask(vec![])).await,
        Err(Error::Invalid { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_checked_here_too() {
    let store = Store::in_memory().await;
    fill(&store, &[ci("a", "vm")], &[]).await;
    let bob = author();
    assert!(store.ci(&bob, &key("a")).await.is_ok());
    let edit = store
        .patch_ci(&bob, &key("a"), CiPatch::default(), Utc::now())
        .await;
    assert!(matches!(edit, Err(Error::NotAllowed(_))));
    let stranger = Actor {
        roles: std::collections::BTreeSet::new(),
        ..bob
    };
    assert!(matches!(
        store.cis(&stranger, &CiQuery::default()).await,
        Err(Error::NotAllowed(_))
    ));
    assert!(matches!(
        store.overview(&stranger).await,
        Err(Error::NotAllowed(_))
    ));
}
