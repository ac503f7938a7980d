use domain::access::{Role, Scope};
use domain::wire::session::Person;
use serde_json::json;

use super::super::NewUser;
use super::super::samples::{administrator, author};
use super::*;

fn change(record: &str, label: &str, n: u32) -> Change {
    Change {
        label: label.to_owned(),
        before: Some(json!({ "n": n })),
        after: Some(json!({ "n": n + 1 })),
        ..Change::of("units", record, AuditDeed::Changed)
    }
}

async fn note(store: &Store, by: &By, change: Change) {
    const NOTHING: &str = audited!("LET $nothing = 0");
    let vars = Vars::new().audit(by, Utc::now(), &[change]).unwrap();
    store.ask("noting", NOTHING, vars).await.unwrap();
}

fn query() -> AuditQuery {
    AuditQuery::default()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_paged_newest_first_and_filtered() {
    let store = Store::in_memory().await;
    let admin = administrator();
    for n in 0..7 {
        let by = if n % 2 == 0 {
            By::from(&admin)
        } else {
            By::command_line()
        };
        note(
            &store,
            &by,
            change(if n < 4 { "a" } else { "b" }, &format!("Unit {n}"), n),
        )
        .await;
    }
    let mut asked = AuditQuery {
        limit: Some(3),
        ..query()
    };
    let mut seen = Vec::new();
    loop {
        let page = store.audit(&admin, &asked).await.unwrap();
        assert_eq!(page.total, 7);
        seen.extend(page.items.into_iter().map(|entry| entry.label));
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0].map(|n| format!("Unit {n}")));

    let some = |text: &str| Some(text.to_owned());
    let count = async |query: AuditQuery| store.audit(&admin, &query).await.unwrap().total;
    assert_eq!(
        count(AuditQuery {
            record: some("a"),
            ..query()
        })
        .await,
        4
    );
    let of_record = AuditQuery {
        register: some("units"),
        record: some("a"),
        limit: Some(1),
        ..query()
    };
    let page = store.audit(&admin, &of_record).await.unwrap();
    assert_eq!((page.total, page.items[0].label.as_str()), (4, "Unit 3"));
    assert_eq!(page.items[0].before, Some(json!({ "n": 3 })));
    let rest = AuditQuery {
        after: page.next,
        limit: None,
        ..of_record
    };
    assert_eq!(store.audit(&admin, &rest).await.unwrap().items.len(), 3);
    assert_eq!(
        count(AuditQuery {
            by: some("cli"),
            ..query()
        })
        .await,
        3
    );
    assert_eq!(
        count(AuditQuery {
            by: Some(admin.user.to_string()),
            ..query()
        })
        .await,
        4
    );
    assert_eq!(
        count(AuditQuery {
            q: some("UNIT 5"),
            ..query()
        })
        .await,
        1
    );
    assert_eq!(
        count(AuditQuery {
            register: some("users"),
            ..query()
        })
        .await,
        0
    );

    let wrong = AuditQuery {
        after: some("x"),
        ..query()
    };
    assert!(matches!(
        store.audit(&admin, &wrong).await,
        Err(Error::Invalid { .. })
    ));
    assert!(matches!(
        store.audit(&author(), &query()).await,
        Err(Error::NotAllowed(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_does_to_people_and_tokens_is_in_it_without_secrets() {
    let store = Store::in_memory().await;
    let now = Utc::now();
    let user = UserId(Ulid::new());
    let new = NewUser {
        login: "ada".to_owned(),
        person: Person {
            id: user,
            login: String::new(),
            name: "Ada Byron".to_owned(),
            phone: None,
            email: None,
            unit: None,
            location: None,
        },
        password: Some("$argon2id$secret".to_owned()),
        roles: [Role::CmdbViewer].into(),
        groups: [].into(),
    };
    let by = By::command_line();
    store.add_user(&new, now).await.unwrap();
    assert!(store.add_user(&new, now).await.is_err(), "taken: no row");
    store
        .set_password(&by, user, "$argon2id$other", now)
        .await
        .unwrap();
    store.set_disabled(&by, user, true, now).await.unwrap();
    store.set_disabled(&by, user, true, now).await.unwrap();
    let token = super::super::TokenRow {
        id: Ulid::new().to_string(),
        name: "robot".to_owned(),
        hash: "hash".to_owned(),
        user,
        scopes: [Scope::Read].into(),
        created: now,
        expires: None,
        last_used: None,
        revoked: None,
    };
    store.token_create(&by, &token).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.token_revoke(&by, user, &token.id, now).await, Ok(true));
    }
    let page = store.audit(&administrator(), &query()).await.unwrap();
    let deeds: Vec<_> = page
        .items
        .iter()
        .map(|entry| (entry.register.as_str(), entry.deed))
        .collect();
    assert_eq!(
        deeds,
        [
            ("tokens", AuditDeed::Revoked),
            ("tokens", AuditDeed::Created),
            ("users", AuditDeed::Changed),
            ("users", AuditDeed::PasswordSet),
            ("users", AuditDeed::Created),
        ]
    );
    assert!(
        page.items
            .iter()
            .all(|entry| entry.by == "cli" && entry.user.is_none())
    );
    let text = serde_json::to_string(&page).unwrap();
    assert!(!text.contains("argon2id") && !text.contains("\"hash\""), "{text}");
}
