//! Contracts: who reaches a release that is done under one.

use super::*;

#[tokio::test]
async fn a_release_under_a_contract_is_reached_through_a_linked_group_or_unit_only() {
    let office = Office::new().await;
    let house = &office.house;
    let author = house.person("author", &[Role::CmdbViewer], true).await;
    let fellow = house.person("fellow", &[Role::CmdbViewer], true).await;
    let linked = house.person("linked", &[Role::CmdbViewer], true).await;
    let seated = house.person("seated", &[Role::CmdbViewer], true).await;
    let everything = [Scope::Read, Scope::Write];
    let night = office
        .make("groups", json!({ "name": "Night", "members": [linked] }))
        .await;
    let unit = office.make("units", json!({ "name": "Customer" })).await;
    let path = format!("/api/v1/admin/users/{seated}");
    let version = office.get(&path).await.json()["version"].clone();
    office
        .patch(&path, json!({ "version": version, "unit": id(&unit) }))
        .await
        .expect(200);
    let contract = json!({ "name": "Housing", "groups": [id(&night)], "units": [id(&unit)] });
    let contract = office.make("contracts", contract).await;

    let author = house.token_of(author, &everything).await;
    let release = house
        .post("/api/v1/releases")
        .token(&author)
        .json(
            &json!({ "fields": { "title": "Swap", "release_type": "standard", "contract": id(&contract) } }),
        )
        .go()
        .await
        .expect(201)
        .json();
    let number = release["view"]["number"].as_str().unwrap();
    let path = format!("/api/v1/releases/{number}");
    let status = async |token: &str| house.get(&path).token(token).go().await.status.as_u16();
    let total = async |token: &str| {
        let page = house.get("/api/v1/releases").token(token).go().await.expect(200);
        page.json()["total"].as_u64().unwrap()
    };
    let (fellow, linked, seated) = (
        house.token_of(fellow, &everything).await,
        house.token_of(linked, &everything).await,
        house.token_of(seated, &everything).await,
    );
    // All of them hold every right through the crew.
    assert_eq!(
        (status(&author).await, total(&author).await),
        (200, 1),
        "takes part in it"
    );
    assert_eq!(
        (status(&fellow).await, total(&fellow).await),
        (404, 0),
        "has the right, not the contract"
    );
    assert_eq!(
        (status(&linked).await, total(&linked).await),
        (200, 1),
        "through a group"
    );
    assert_eq!(
        (status(&seated).await, total(&seated).await),
        (200, 1),
        "through a unit"
    );
    assert_eq!(status(&office.admin).await, 200);

    // Why?
    let explain = async |login: &str| {
        let user = office.get(&format!("/api/v1/admin/users?q={login}")).await.json()["items"][0].clone();
        let path = format!("/api/v1/admin/explain?user={}&release={number}", id(&user));
        office.get(&path).await.expect(200).json()
    };
    let why = explain("fellow").await;
    assert_eq!(
        (&why["sees"], &why["contract"]["reached"]),
        (&json!(false), &json!(false))
    );
    let view = &why["rights"][0];
    assert_eq!(
        (&view["held"], &view["through"][0]["name"]),
        (&json!(true), &json!("Crew"))
    );
    let said = why["because"].to_string();
    assert!(
        said.contains("Housing") && said.contains("does not see"),
        "{said}"
    );
    let why = explain("linked").await;
    assert_eq!(
        (&why["sees"], &why["contract"]["through"]),
        (&json!(true), &json!(["Night"]))
    );
    assert_eq!(
        explain("seated").await["contract"]["through"],
        json!(["Customer"])
    );
    assert_eq!(explain("author").await["takes_part"], true);
    assert_eq!(explain("admin").await["administrator"], true);

    // No longer linked: no longer reached. A retired contract is still reached by those who did.
    let path = format!("/api/v1/admin/contracts/{}", id(&contract));
    office
        .patch(&path, json!({ "version": 1, "units": [] }))
        .await
        .expect(200);
    assert_eq!(status(&seated).await, 404);
    office.delete(&path).await.expect(204);
    assert_eq!(status(&linked).await, 200);
    let directory = office.get("/api/v1/directory").await.json();
    assert_eq!(directory["contracts"][0]["retired"], true);
    let groups = office.get("/api/v1/admin/groups?q=night").await.json();
    assert_eq!(groups["items"][0]["contracts"], json!([id(&contract)]));
}

#[tokio::test]
async fn a_contract_is_named_by_its_id() {
    let office = Office::new().await;
    let body = json!({ "fields": { "title": "Swap", "contract": "the housing one" } });
    let refused = office.post("/api/v1/releases", body).await;
    assert_eq!(refused.status.as_u16(), 422, "{:?}", refused.json());
    assert!(refused.json().to_string().contains("contract"));
}

#[tokio::test]
async fn only_contracts_of_the_register_can_be_chosen_and_one_that_is_retired_breaks_nothing() {
    let office = Office::new().await;
    let house = &office.house;
    let unknown = ulid::Ulid::new().to_string();
    let draft = |contract: &str| json!({ "fields": { "title": "Swap", "contract": contract } });
    let refused = |answer: Answer| {
        let said = answer.expect(422).json().to_string();
        assert!(said.contains("Contract: there is no contract"), "{said}");
    };
    refused(office.post("/api/v1/releases", draft(&unknown)).await);
    let total = office.get("/api/v1/releases").await.json()["total"].clone();
    assert_eq!(total, 0, "nothing is half applied");

    let housing = id(&office.make("contracts", json!({ "name": "Housing" })).await);
    let made = house.draft(&office.admin, &draft(&housing)).await.json();
    let path = format!("/api/v1/releases/{}", made["view"]["number"].as_str().unwrap());
    let set = async |field: &str, value: &str| {
        let command = json!({ "command": "set", "field": field, "value": value });
        office.post(&format!("{path}/commands"), command).await
    };
    refused(set("contract", &unknown).await);
    let view = office.get(&path).await.json();
    assert_eq!(view["release"]["fields"]["contract"]["value"], json!(housing));

    office
        .delete(&format!("/api/v1/admin/contracts/{housing}"))
        .await
        .expect(204);
    set("title", "Swap the fans").await.expect(200);
    set("contract", &housing).await.expect(200);
    set("contract", "").await.expect(200);
    let view = office.get(&path).await.json();
    assert!(view["release"]["fields"]["contract"]["value"].is_null(), "{view}");
}
