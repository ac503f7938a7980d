use chrono::{SubsecRound, TimeDelta};
use domain::access::Role;

use super::super::samples::administrator;
use super::*;

fn new(rev: u64, address: &str, at: DateTime<Utc>) -> NewMail {
    NewMail {
        rev,
        message: format!("msg_{rev}@example.com"),
        moment: Moment::Action,
        release: Some(ReleaseNumber(7)),
        address: address.into(),
        recipient: "Ines".into(),
        rendered: Rendered {
            subject: "Subject".into(),
            text: "Text".into(),
        },
        at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_queued_twice_and_the_log_tells_what_became_of_it() {
    let store = Store::in_memory().await;
    let ada = administrator();
    let now = Utc::now().trunc_subsecs(3);
    let at = |minutes| now + TimeDelta::minutes(minutes);
    assert_eq!(store.mail_cursor().await.unwrap(), store.head());
    let both = [new(3, "Ines@example.com", now), new(4, "ben@example.com", now)];
    store.mail_queue(&both, 10, now).await.unwrap();
    // The server was killed before it remembered; another one was as fast.
    store
        .mail_queue(&[new(3, "ines@example.com", now)], 10, now)
        .await
        .unwrap();
    store
        .mail_queue(&[new(3, "INES@example.com", now)], 11, now)
        .await
        .unwrap();
    assert_eq!(store.mail_cursor().await.unwrap(), 11);
    assert_eq!(store.mail_counts(&ada).await.unwrap(), [2, 0, 0]);

    let waiting = store.mails_waiting().await.unwrap();
    store.mail_sent(&waiting[0], at(1)).await.unwrap();
    store
        .mail_failed(&waiting[1], at(1), at(5), "450 later".into())
        .await
        .unwrap();
    let waiting = store.mails_waiting().await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].next, waiting[0].first, waiting[0].attempts),
        (at(5), Some(at(1)), 1)
    );
    store
        .mail_given_up(&waiting[0], at(5), "550 no".into())
        .await
        .unwrap();
    assert_eq!(store.mail_counts(&ada).await.unwrap(), [0, 1, 1]);

    let list = async |state, limit, after: Option<String>| {
        let query = MailQuery { state, limit, after };
        store.mails(&ada, &query).await.unwrap()
    };
    let page = list(None, Some(1), None).await;
    assert_eq!((page.total, page.items.len()), (2, 1));
    let rest = list(None, Some(1), page.next).await;
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_ne!(rest.items[0].id, page.items[0].id);
    let lost = list(Some(MailState::GivenUp), None, None).await;
    assert_eq!((lost.total, lost.items.len()), (1, 1));
    let lost = &lost.items[0];
    assert_eq!(
        (lost.trouble.as_deref(), lost.attempts, lost.next),
        (Some("550 no"), 2, None)
    );

    let again = store.mail_again(&ada, &lost.id, at(9)).await.unwrap();
    assert_eq!(
        (again.state, again.next, &again.message),
        (MailState::Queued, Some(at(9)), &lost.message)
    );
    for wrong in ["x", "3", "99.nobody@example.com"] {
        let refused = store.mail_again(&ada, wrong, now).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound(_)), "{refused}");
    }
    store.mails_prune(at(60)).await.unwrap();
    assert_eq!(
        store.mail_counts(&ada).await.unwrap(),
        [1, 0, 0],
        "what waits is not forgotten"
    );

    // Without a mail server for a while: what happened meanwhile is not told afterwards.
    store.mail_forget().await.unwrap();
    assert_eq!(store.mail_cursor().await.unwrap(), store.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_see_mails() {
    let store = Store::in_memory().await;
    let bob = Actor {
        roles: [Role::CmdbKeeper].into(),
        ..administrator()
    };
    for refused in [
        store.mails(&bob, &MailQuery::default()).await.unwrap_err(),
        store.mail_counts(&bob).await.unwrap_err(),
        store.mail_again(&bob, "1.a@b", Utc::now()).await.unwrap_err(),
    ] {
        assert!(matches!(refused, Error::NotAllowed(_)), "{refused}");
    }
}
