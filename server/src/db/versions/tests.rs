use domain::release::{FieldRef, FieldVer, ReleaseField};
use domain::sync::ReleaseOp;

use super::super::oplog::tests::{Device, create, fresh, outcomes};
use super::super::samples::author;
use super::*;

fn title(value: &str) -> ReleaseOp {
    ReleaseOp::SetField {
        at: FieldRef::Release {
            field: ReleaseField::Title,
        },
        base: FieldVer::Rev(Rev(i64::MAX as u64)),
        from: domain::release::Value::Empty,
        to: value.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_built_again_exactly() {
    let store = Store::in_memory().await;
    let bob = author();
    let mut device = Device::of(&bob);
    let (id, other) = (fresh(), fresh());
    outcomes(&store, &bob, &device.push(id, vec![create("v0")])).await;
    outcomes(&store, &bob, &device.push(other, vec![create("other")])).await;
    let mut kept = vec![store.release_by_id(&bob, id).await.unwrap()];
    for number in 1..90 {
        let push = device.push(id, vec![title(&format!("v{number}"))]);
        outcomes(&store, &bob, &push).await;
        // Changes of another release stand between.
        let push = device.push(other, vec![title(&format!("other {number}"))]);
        outcomes(&store, &bob, &push).await;
        kept.push(store.release_by_id(&bob, id).await.unwrap());
    }
    for release in &kept {
        let rev = last_rev(release);
        let built = store.version(&bob, id, rev).await.unwrap();
        assert_eq!((&built.release, built.version.rev), (release, rev));
        assert_eq!(built.hash, release.content_hash());
    }
    // Some are stored as a whole, most are not: both ways were taken.
    let places = store.places(id).await.unwrap();
    let whole = places.iter().filter(|(_, whole)| *whole).count();
    assert_eq!(places.len(), kept.len());
    assert!((1..kept.len() / 2).contains(&whole), "{whole}");

    let first = store.versions(&bob, id, 50, None).await.unwrap();
    assert_eq!((first.items.len(), first.total), (50, 90));
    assert_eq!(first.items[0].what, ["set Title"]);
    let rest = store
        .versions(&bob, id, 500, first.next.as_deref())
        .await
        .unwrap();
    assert_eq!((rest.items.len(), rest.next), (40, None));
    let revs: Vec<Rev> = first
        .items
        .iter()
        .chain(&rest.items)
        .map(|version| version.rev)
        .collect();
    let mut expected: Vec<Rev> = kept.iter().map(last_rev).collect();
    expected.reverse();
    assert_eq!(revs, expected);
    // Before the first, and after the last, there is nothing.
    assert!(store.version(&bob, id, Rev(store.head() + 1)).await.is_err());
    assert_eq!(store.version(&bob, id, Rev(1)).await.unwrap().release, kept[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_inside_of_a_push_is_a_version_of_its_own() {
    let store = Store::in_memory().await;
    let bob = author();
    let mut device = Device::of(&bob);
    let id = fresh();
    let mut push = device.push(id, vec![create("before")]);
    // Gestures of their own, in one push.
    for op in [
        ReleaseOp::Baseline {
            name: "Agreed".into(),
        },
        title("after"),
        title("last"),
    ] {
        push.ops.extend(device.push(id, vec![op]).ops);
    }
    outcomes(&store, &bob, &push).await;
    let list = store.versions(&bob, id, 50, None).await.unwrap();
    let told: Vec<_> = list
        .items
        .iter()
        .map(|version| (version.baseline.as_deref(), version.changes))
        .collect();
    assert_eq!(told, [(None, 2), (Some("Agreed"), 2)]);
    let baseline = store.version(&bob, id, list.items[1].rev).await.unwrap();
    assert_eq!(baseline.release.title(), "before");
    assert_eq!(baseline.hash, baseline.release.baselines[0].hash);
    // The change in between was stored with what came after it.
    let between = store
        .version(&bob, id, Rev(list.items[1].rev.0 + 1))
        .await
        .unwrap();
    assert_eq!(between.release.title(), "last");
    let (before, now) = store
        .version_and_before(&bob, id, list.items[0].rev)
        .await
        .unwrap();
    assert_eq!(before.unwrap().release.title(), "before");
    assert_eq!(now.release.title(), "last");
}
