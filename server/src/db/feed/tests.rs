use domain::access::Actor;
use domain::release::Rev;
use domain::sync::{Life, ReleaseOp};
use domain::transfer::Format;

use super::super::oplog::tests::{Device, create, fresh, outcomes};
use super::super::samples::administrator;
use super::*;

async fn all(store: &Store, mut after: u64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let stretch = store.events_after(after).await.unwrap();
        assert!(
            stretch
                .events
                .iter()
                .all(|event| (after + 1..=stretch.through).contains(&event.rev))
        );
        events.extend(stretch.events);
        if stretch.through == after {
            return events;
        }
        after = stretch.through;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_comes_in_the_order_of_the_revisions_and_only_once() {
    let store = Store::in_memory().await;
    let ada = administrator();
    assert_eq!(all(&store, 0).await, []);
    let mut device = Device::of(&ada);
    let release = fresh();
    let push = device.push(release, vec![create("First"), ReleaseOp::Withdraw]);
    // The second is refused: all of the gesture, so nothing happened.
    outcomes(&store, &ada, &push).await;
    let push = device.push(release, vec![create("First")]);
    outcomes(&store, &ada, &push).await;
    let one = |key: &str| format!("{{\"type\":\"ci\",\"key\":\"{key}\",\"name\":\"a\",\"class\":\"vm\"}}");
    let record = import(&store, &ada, "estate.ndjson", &one("vm/a"), false)
        .await
        .unwrap();
    import(&store, &ada, "dry.ndjson", &one("vm/b"), true)
        .await
        .unwrap();
    for round in 0..250 {
        let push = device.push(fresh(), vec![create(&format!("Title {round}"))]);
        outcomes(&store, &ada, &push).await;
    }
    let events = all(&store, 0).await;
    assert!(events.windows(2).all(|pair| pair[0].rev < pair[1].rev));
    let (created, imported) = (&events[0], &events[1]);
    assert_eq!(
        (created.kind, created.text.as_str()),
        (EventKind::Created, "started the draft")
    );
    assert_eq!(
        created.actor,
        MessageActor {
            id: Some(ada.user),
            name: "Ada".into()
        }
    );
    let about = created.release.as_ref().unwrap();
    assert_eq!(
        (about.id, about.number.unwrap().to_string()),
        (release, "REL-000001".to_owned())
    );
    assert_eq!(created.page, "/releases/REL-000001");
    assert_eq!(imported.kind, EventKind::ImportFinished);
    assert_eq!(imported.page, format!("/import/{record}"));
    assert!(
        imported.text.contains("estate.ndjson: 1 CIs"),
        "{}",
        imported.text
    );
    assert_eq!(events.len(), 2 + 250, "a dry run is not told");
    assert_eq!(
        store.event_at(imported.rev).await.unwrap().as_ref(),
        Some(imported)
    );
    assert_eq!(store.event_at(store.head() + 1).await.unwrap(), None);
    assert_eq!(store.event_at(0).await.unwrap(), None);
    // From anywhere, what follows and nothing else.
    let middle = events[100].rev;
    assert_eq!(all(&store, middle).await, events[101..]);
}

/// An import of one CI, or of what is none.
async fn import(store: &Store, actor: &Actor, name: &str, text: &str, dry: bool) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let files = vec![(name.to_owned(), path)];
    let record = crate::import::run(store, actor, Format::Ndjson, files, dry, Utc::now(), None).await;
    record.ok().map(|record| record.id)
}

#[test]
fn a_message_keeps_its_id_over_restores() {
    let [first, second, third] = [1, 2, 3].map(|n| Epoch(ulid::Ulid(n)));
    assert_eq!(epoch_of(7, &[], third), third, "never restored");
    let lives = [(first, 0), (second, 10), (third, 20)].map(|(epoch, from)| Life {
        epoch,
        from: Rev(from),
    });
    for (rev, epoch) in [
        (1, first),
        (10, first),
        (11, second),
        (20, second),
        (21, third),
        (999, third),
    ] {
        assert_eq!(epoch_of(rev, &lives, third), epoch, "{rev}");
    }
}
