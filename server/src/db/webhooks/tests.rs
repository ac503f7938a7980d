use std::collections::BTreeSet;

use chrono::SubsecRound;
use domain::ReleaseNumber;
use domain::access::Role;
use domain::wire::webhook::{Attempt, DeliveryState};

use super::super::samples::administrator;
use super::*;
use crate::hooks::send::Note;

fn somebody(roles: &[Role]) -> Actor {
    Actor {
        roles: roles.iter().copied().collect(),
        ..administrator()
    }
}

fn new(name: &str) -> NewWebhook {
    NewWebhook {
        name: name.into(),
        url: "https://example.com/hook".into(),
        events: BTreeSet::from([EventKind::Submitted, EventKind::Authorised]),
        release_types: None,
    }
}

fn attempt(at: DateTime<Utc>, error: Option<&str>) -> Attempt {
    Attempt {
        at,
        status: Some(if error.is_some() { 500 } else { 200 }),
        took_ms: 12,
        error: error.map(str::to_owned),
        response: None,
    }
}

fn note(rev: u64, attempt: &Attempt) -> Note<'_> {
    Note {
        rev,
        event: EventKind::Submitted,
        release: Some(ReleaseNumber(7)),
        attempt,
        delivered: attempt.error.is_none(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_and_only_what_makes_sense() {
    let store = Store::in_memory().await;
    let (ada, bob) = (somebody(&[Role::Administrator]), somebody(&[Role::CmdbKeeper]));
    let now = Utc::now().trunc_subsecs(3);
    let made = store
        .webhook_create(&ada, &new(" Chat "), "whsec_x", now)
        .await
        .unwrap();
    assert_eq!((made.name.as_str(), made.state), ("Chat", WebhookState::Active));
    let id = made.id.as_str();
    let patch = WebhookPatch::default();
    for refused in [
        store.webhook_create(&bob, &new("b"), "s", now).await.unwrap_err(),
        store.webhooks(&bob).await.unwrap_err(),
        store.webhook(&bob, id).await.unwrap_err(),
        store.webhook_change(&bob, id, &patch, now).await.unwrap_err(),
        store.webhook_rotate(&bob, id, "s", now).await.unwrap_err(),
        store.webhook_delete(&bob, id, now).await.unwrap_err(),
        store.webhook_deliveries(&bob, id, None, None).await.unwrap_err(),
        store.webhook_delivery(&bob, id, 1).await.unwrap_err(),
    ] {
        assert!(matches!(refused, Error::NotAllowed(_)), "{refused}");
    }
    let twice = store
        .webhook_create(&ada, &new("Chat"), "s", now)
        .await
        .unwrap_err();
    assert!(
        matches!(&twice, Error::Invalid { at, .. } if at == "name"),
        "{twice}"
    );
    let none = NewWebhook {
        events: BTreeSet::new(),
        ..new("x")
    };
    let test = NewWebhook {
        events: BTreeSet::from([EventKind::Test]),
        ..new("x")
    };
    let blank = new("  ");
    for wrong in [none, test, blank] {
        let refused = store.webhook_create(&ada, &wrong, "s", now).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. }), "{refused}");
    }
    let gone = store
        .webhook_change(&ada, "01JD3Q7V3M8Z6N4K2T9R5W1XYZ", &patch, now)
        .await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");

    let patch = WebhookPatch {
        name: Some("Pager".into()),
        release_types: Some(BTreeSet::from(["standard".parse().unwrap()])),
        state: Some(WebhookState::Paused),
        ..WebhookPatch::default()
    };
    let changed = store.webhook_change(&ada, id, &patch, now).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.state),
        ("Pager", WebhookState::Paused)
    );
    assert_eq!(
        (changed.url, changed.events),
        (made.url.clone(), made.events.clone())
    );
    assert!(changed.release_types.is_some());
    let all = WebhookPatch {
        release_types: Some(BTreeSet::new()),
        ..WebhookPatch::default()
    };
    assert_eq!(
        store
            .webhook_change(&ada, id, &all, now)
            .await
            .unwrap()
            .release_types,
        None
    );

    let rotated = store.webhook_rotate(&ada, id, "whsec_y", now).await.unwrap();
    assert_eq!(rotated.old_secret_until, Some(now + BOTH_SECRETS));
    let hook = store.webhook(&ada, id).await.unwrap();
    assert_eq!(hook.secrets(now).collect::<Vec<_>>(), ["whsec_y", "whsec_x"]);
    assert_eq!(hook.secrets(now + BOTH_SECRETS).collect::<Vec<_>>(), ["whsec_y"]);

    store.webhook_delete(&ada, id, now).await.unwrap();
    let query = domain::wire::admin::AuditQuery {
        register: Some("webhooks".into()),
        ..Default::default()
    };
    let audit = store.audit(&ada, &query).await.unwrap().items;
    let deeds: Vec<_> = audit.iter().rev().map(|row| row.deed).collect();
    use AuditDeed::{Changed, Created, Deleted, SecretSet};
    assert_eq!(deeds, [Created, Changed, Changed, SecretSet, Deleted]);
    let changed = &audit[3];
    let name = |value: &Option<Value>| value.as_ref().map(|value| value["name"].clone());
    assert_eq!(name(&changed.before), Some("Chat".into()));
    assert_eq!(name(&changed.after), Some("Pager".into()));
    assert!(!serde_json::to_string(&audit).unwrap().contains("whsec_"));
    assert!(matches!(
        store.webhook_delete(&ada, id, now).await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(store.webhooks(&ada).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_what_became_of_each_message() {
    let store = Store::in_memory().await;
    let ada = somebody(&[Role::Administrator]);
    let now = Utc::now().trunc_subsecs(3);
    let id = store
        .webhook_create(&ada, &new("Chat"), "s", now)
        .await
        .unwrap()
        .id;
    let other = store
        .webhook_create(&ada, &new("Other"), "s", now)
        .await
        .unwrap()
        .id;
    let at = |minutes| now + TimeDelta::minutes(minutes);
    let hook = async || store.webhook(&ada, &id).await.unwrap();
    let row = async |rev| store.webhook_delivery(&ada, &id, rev).await.unwrap();

    let bad = attempt(at(1), Some("no"));
    store.hook_failed(&id, &note(3, &bad), at(2)).await.unwrap();
    store
        .hook_failed(&id, &note(3, &attempt(at(2), Some("no"))), at(5))
        .await
        .unwrap();
    let failing = hook().await;
    assert_eq!((failing.cursor, failing.webhook.attempts), (0, 2));
    assert_eq!(
        (failing.first, failing.webhook.next_attempt),
        (Some(at(1)), Some(at(5)))
    );
    assert_eq!(failing.webhook.trouble.as_deref(), Some("500: no"));
    let logged = row(3).await;
    assert_eq!(
        (logged.state, logged.attempts, logged.first),
        (DeliveryState::Retrying, 2, at(1))
    );
    assert_eq!(logged.message, format!("msg_{}_3", store.epoch()));

    // By hand, and it is taken: nobody asks again.
    store
        .hook_redelivered(&id, &note(3, &attempt(at(3), None)))
        .await
        .unwrap();
    let fine = hook().await;
    assert_eq!(
        (fine.cursor, fine.webhook.attempts, fine.webhook.next_attempt),
        (3, 0, None)
    );
    assert_eq!(
        (fine.webhook.trouble, fine.webhook.last_delivered),
        (None, Some(at(3)))
    );
    assert_eq!(
        (row(3).await.state, row(3).await.attempts),
        (DeliveryState::Delivered, 3)
    );

    // By hand again, and this time it fails: it was delivered all the same.
    let again = store.hook_redelivered(&id, &note(3, &bad)).await.unwrap();
    assert_eq!((again.state, again.attempts), (DeliveryState::Delivered, 4));
    assert_eq!(again.last.error.as_deref(), Some("no"));
    assert_eq!(hook().await.webhook.attempts, 0);

    store
        .hook_given_up(&id, &note(5, &bad), "a day of failures".into())
        .await
        .unwrap();
    let stopped = hook().await;
    assert_eq!(
        (stopped.cursor, stopped.webhook.state),
        (5, WebhookState::Stopped)
    );
    assert_eq!(stopped.webhook.trouble.as_deref(), Some("a day of failures"));
    let on = WebhookPatch {
        state: Some(WebhookState::Active),
        ..WebhookPatch::default()
    };
    let resumed = store.webhook_change(&ada, &id, &on, now).await.unwrap();
    assert_eq!((resumed.state, resumed.trouble), (WebhookState::Active, None));

    // A selection that changes leaves nothing that is said to be tried again and never is.
    store.hook_failed(&id, &note(6, &bad), at(9)).await.unwrap();
    let narrower = WebhookPatch {
        events: Some(BTreeSet::from([EventKind::Cancelled])),
        ..WebhookPatch::default()
    };
    assert_eq!(
        store
            .webhook_change(&ada, &id, &narrower, now)
            .await
            .unwrap()
            .next_attempt,
        None
    );
    assert_eq!(row(6).await.state, DeliveryState::GivenUp);

    let good = attempt(at(4), None);
    for rev in 10..15 {
        store.hook_taken(&id, &note(rev, &good)).await.unwrap();
    }
    store.hook_taken(&other, &note(11, &good)).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .webhook_deliveries(&ada, &id, Some(3), after.as_deref())
            .await
            .unwrap();
        assert_eq!(page.total, 8);
        seen.extend(page.items.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [14, 13, 12, 11, 10, 6, 5, 3]);
    assert!(store.webhook_deliveries(&ada, &id, Some(0), None).await.is_err());
    assert!(
        store
            .webhook_deliveries(&ada, &id, None, Some("x"))
            .await
            .is_err()
    );

    // Its log goes with it, that of others does not; and what comes late makes no row.
    store.webhook_delete(&ada, &id, now).await.unwrap();
    store.hook_taken(&id, &note(16, &good)).await.unwrap();
    assert!(store.webhook_delivery(&ada, &id, 16).await.is_err());
    assert!(store.webhook_delivery(&ada, &id, 14).await.is_err());
    assert_eq!(
        store
            .webhook_deliveries(&ada, &other, None, None)
            .await
            .unwrap()
            .total,
        1
    );
    store.deliveries_prune(at(60)).await.unwrap();
    assert_eq!(
        store
            .webhook_deliveries(&ada, &other, None, None)
            .await
            .unwrap()
            .total,
        0
    );
}
