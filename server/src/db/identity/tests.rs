use super::*;

fn someone(login: &str, groups: &[GroupId]) -> NewUser {
    NewUser {
        login: login.to_owned(),
        person: Person {
            id: UserId(ulid::Ulid::new()),
            login: String::new(),
            name: "Ada Byron".to_owned(),
            phone: Some("+44 20 1234".to_owned()),
            email: None,
            unit: None,
            location: None,
        },
        password: Some("$argon2id$x".to_owned()),
        roles: BTreeSet::from([Role::CmdbViewer]),
        groups: groups.iter().copied().collect(),
    }
}

fn team(name: &str, rights: &[(Right, Types)]) -> NewGroup {
    NewGroup {
        group: Group::new(GroupId(ulid::Ulid::new()), name.to_owned()),
        rights: rights.iter().cloned().collect(),
    }
}

fn only(keys: &[&str]) -> Types {
    Types::Only(keys.iter().map(|key| key.parse().unwrap()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_of_several_groups_add_up_and_a_disabled_person_has_none() {
    let store = Store::in_memory().await;
    let one = team(
        "one",
        &[(Right::Create, only(&["standard"])), (Right::View, Types::All)],
    );
    let two = team(
        "two",
        &[(Right::Create, only(&["major"])), (Right::View, only(&["major"]))],
    );
    store.add_group(&one).await.unwrap();
    store.add_group(&two).await.unwrap();
    let ada = someone(" Ada ", &[one.group.id, two.group.id]);
    assert_eq!(store.user_count().await, Ok(0));
    store.add_user(&ada, Utc::now()).await.unwrap();
    assert_eq!(store.user_count().await, Ok(1));

    let credentials = store.credentials("ADA").await.unwrap().unwrap();
    assert_eq!(credentials.password.as_deref(), Some("$argon2id$x"));
    let (actor, login) = store.actor(credentials.user).await.unwrap().unwrap();
    assert_eq!((login.as_str(), actor.name.as_str()), ("ada", "Ada Byron"));
    assert_eq!(actor.rights[&Right::Create], only(&["standard", "major"]));
    assert_eq!(actor.rights[&Right::View], Types::All);
    assert_eq!(actor.groups, ada.groups);

    store
        .set_disabled(&By::command_line(), credentials.user, true, Utc::now())
        .await
        .unwrap();
    assert_eq!(store.actor(credentials.user).await, Ok(None));
    assert!(store.credentials("ada").await.unwrap().unwrap().disabled);
    assert!(store.directory().await.unwrap().people.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_session_or_token_is_known_as_they_are_now() {
    let store = Store::in_memory().await;
    let now = Utc::now();
    let one = team("one", &[(Right::View, Types::All)]);
    store.add_group(&one).await.unwrap();
    let ada = someone("ada", &[one.group.id]);
    store.add_user(&ada, now).await.unwrap();
    let user = ada.person.id;
    let session = crate::db::SessionRow {
        hash: "s".to_owned(),
        user,
        created: now,
        seen: now,
        expires: now + chrono::TimeDelta::hours(1),
    };
    store.session_create(&session).await.unwrap();
    let token = crate::db::TokenRow {
        id: "t".to_owned(),
        name: "deploys".to_owned(),
        hash: "t".to_owned(),
        user,
        scopes: BTreeSet::new(),
        created: now,
        expires: None,
        last_used: None,
        revoked: None,
    };
    store.token_create(&By::command_line(), &token).await.unwrap();
    let by_session = async || store.session("s").await.unwrap().map(|(_, holder)| holder);
    let by_token = async || store.token_by_hash("t").await.unwrap().map(|(_, holder)| holder);

    let known = store.actor(user).await.unwrap();
    assert_eq!(known.as_ref().unwrap().0.rights, one.rights);
    assert_eq!(by_session().await, Some(known.clone()));
    assert_eq!(by_token().await, Some(known));

    // Another process adds a right and disables somebody: no write of this store.
    let wider = "INSERT INTO group_right { id: 'more', group: $group, right: 'create' } RETURN NONE";
    let vars = Vars::new().with("group", one.group.id.to_string());
    store.ask("granting", wider, vars).await.unwrap();
    for holder in [by_session().await, by_token().await] {
        let (actor, _) = holder.flatten().unwrap();
        assert_eq!(actor.rights.get(&Right::Create), Some(&Types::All));
    }
    let disable = "UPDATE user SET disabled = true RETURN NONE";
    store.ask("disabling", disable, Vars::new()).await.unwrap();
    assert_eq!(by_session().await, Some(None));
    assert_eq!(by_token().await, Some(None));
    store.session_delete("s").await.unwrap();
    assert_eq!(by_session().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_sessions_of_its_owner() {
    let store = Store::in_memory().await;
    let now = Utc::now();
    let (ada, bob) = (someone("ada", &[]), someone("bob", &[]));
    store.add_user(&ada, now).await.unwrap();
    store.add_user(&bob, now).await.unwrap();
    for (hash, who) in [("a", &ada), ("b", &ada), ("c", &bob)] {
        let session = crate::db::SessionRow {
            hash: hash.to_owned(),
            user: who.person.id,
            created: now,
            seen: now,
            expires: now + chrono::TimeDelta::hours(1),
        };
        store.session_create(&session).await.unwrap();
    }
    let by = By::command_line();
    store
        .set_password(&by, ada.person.id, "other", now)
        .await
        .unwrap();
    let known = store.credentials("ada").await.unwrap().unwrap();
    assert_eq!(known.password.as_deref(), Some("other"));
    for (hash, open) in [("a", false), ("b", false), ("c", true)] {
        assert_eq!(store.session(hash).await.unwrap().is_some(), open, "{hash}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_and_odd_ones_refused() {
    let store = Store::in_memory().await;
    store.add_user(&someone("ada", &[]), Utc::now()).await.unwrap();
    let twice = store.add_user(&someone("Ada", &[]), Utc::now()).await;
    assert_eq!(
        twice,
        Err(Error::Conflict("the sign-in name `ada` is taken".to_owned()))
    );
    for wrong in ["", "a b", "é", &"x".repeat(65)] {
        let refused = store.add_user(&someone(wrong, &[]), Utc::now()).await;
        assert!(
            matches!(refused, Err(Error::Invalid { ref at, .. }) if at == "login"),
            "{wrong}"
        );
    }
    store.add_group(&team("ops", &[])).await.unwrap();
    let again = store.add_group(&team("ops", &[(Right::View, Types::All)])).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_nobody_is_noticed() {
    let store = Store::in_memory().await;
    let nobody = UserId(ulid::Ulid::new());
    assert!(matches!(
        store
            .set_password(&By::command_line(), nobody, "x", Utc::now())
            .await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(store.actor(nobody).await, Ok(None));
    assert_eq!(store.credentials("nobody").await, Ok(None));
}
