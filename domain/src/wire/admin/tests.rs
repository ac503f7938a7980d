use super::*;

fn user(login: &str, name: &str) -> User {
    serde_json::from_value(serde_json::json!({ "login": login, "name": name })).unwrap()
}

#[test]
fn texts_are_brought_into_form_and_what_is_wrong_names_its_field() {
    let mut ada = User {
        phone: Some("  ".into()),
        email: Some(" ada@example.com ".into()),
        ..user(" Ada ", " Ada Byron ")
    };
    ada.check().unwrap();
    assert_eq!((ada.login.as_str(), ada.name.as_str()), ("ada", "Ada Byron"));
    assert_eq!((ada.phone, ada.email.as_deref()), (None, Some("ada@example.com")));

    let at = |mut user: User| user.check().unwrap_err().at;
    assert_eq!(at(user("a b", "Ada")), "login");
    assert_eq!(at(user("", "Ada")), "login");
    assert_eq!(at(user("ada", " ")), "name");
    assert_eq!(at(user("ada", "Ada\nByron")), "name");
    for wrong in ["ada", "@x", "a@", "a@b@c", "a b@c"] {
        assert_eq!(
            at(User {
                email: Some(wrong.into()),
                ..user("ada", "Ada")
            }),
            "email"
        );
    }
}

#[test]
fn a_kept_record_is_flat_and_a_patch_keeps_what_it_names() {
    let unit = Unit {
        name: "Harbour".into(),
        kind: None,
        location: None,
    };
    let kept = Kept {
        id: "u1".into(),
        version: 3,
        retired: false,
        value: unit,
    };
    let json = serde_json::to_value(&kept).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "id": "u1", "version": 3, "name": "Harbour" })
    );
    assert_eq!(serde_json::from_value::<Kept<Unit>>(json).unwrap(), kept);

    let patch: Patch = serde_json::from_str(r#"{"version":3,"kind":null,"name":"H"}"#).unwrap();
    assert_eq!((patch.version, patch.retired, patch.fields.len()), (3, None, 2));
    assert_eq!(patch.fields["kind"], serde_json::Value::Null);
}

#[test]
fn nobody_stands_in_for_themselves_or_for_no_time() {
    let (ada, bob) = (crate::UserId(ulid::Ulid(1)), crate::UserId(ulid::Ulid(2)));
    let day = |n: i64| chrono::DateTime::from_timestamp(n * 86_400, 0).unwrap();
    let good = Substitute {
        person: ada,
        substitute: bob,
        from: day(1),
        until: day(2),
        note: String::new(),
    };
    assert_eq!(good.clone().check(), Ok(()));
    assert_eq!(
        Substitute {
            substitute: ada,
            ..good.clone()
        }
        .check()
        .unwrap_err()
        .at,
        "substitute"
    );
    assert_eq!(
        Substitute {
            until: day(1),
            ..good
        }
        .check()
        .unwrap_err()
        .at,
        "until"
    );
}
