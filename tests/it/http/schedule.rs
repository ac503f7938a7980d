//! What is planned when, for whom.

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::House;

/// What is planned in that week, as (what, title, start).
async fn planned(house: &House, token: &str, more: &str) -> (Value, Vec<[String; 3]>) {
    let path = format!("/api/v1/schedule?from=2027-03-01&to=2027-03-08{more}");
    let answer = house.get(&path).token(token).go().await.expect(200).json();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    let items = items
        .map(|item| ["what", "title", "start"].map(|name| text(item, name)))
        .collect();
    (answer, items)
}

#[tokio::test]
async fn windows_and_scheduled_work_of_a_week_are_shown_to_who_may_see_the_release() {
    let house = House::new().await;
    let admin = house.person("ada", &[Role::Administrator], true).await;
    let token = house.token_of(admin, &[Scope::Read, Scope::Write]).await;
    let crew = house.group.to_string();
    let body = |title: &str, days: [u32; 2]| {
        json!({
            "fields": {
                "title": title, "release_type": "standard", "requester": admin.to_string(), "assignment_group": crew,
                "planned_start": format!("2027-03-{:02}T20:00:00Z", days[0]),
                "planned_end": format!("2027-03-{:02}T23:00:00Z", days[1]),
            },
            "steps": [{ "title": "Look", "minutes": 5 }],
        })
    };
    let made = house.draft(&token, &body("Switches", [3, 3])).await.json();
    let number = made["view"]["number"].as_str().unwrap().to_owned();
    house.draft(&token, &body("Routers", [7, 9])).await;
    house.draft(&token, &body("Later", [20, 21])).await;
    let activity = json!({
        "group": crew, "instruction": "Unpack the switches", "at": "2027-03-02T08:00:00Z", "minutes": 90,
    });
    let commands = json!([{ "command": "submit" }]);
    let schedule = json!({ "command": "schedule", "activity": activity });
    for command in [commands, schedule] {
        let path = format!("/api/v1/releases/{number}/commands");
        house
            .post(&path)
            .token(&token)
            .json(&command)
            .go()
            .await
            .expect(200);
    }
    let (answer, items) = planned(&house, &token, "").await;
    let row = |what: &str, title: &str, start: &str| [what, title, start].map(str::to_owned);
    let all = [
        row("activity", "Switches", "2027-03-02T08:00:00Z"),
        row("window", "Switches", "2027-03-03T20:00:00Z"),
        row("window", "Routers", "2027-03-07T20:00:00Z"),
    ];
    assert_eq!(items, all);
    assert_eq!(
        (&answer["total"], &answer["from"]),
        (&json!(3), &json!("2027-03-01T00:00:00Z"))
    );
    let first = &answer["items"][0];
    assert_eq!(first["label"], "Unpack the switches");
    assert_eq!(
        (&first["number"], &first["group"]),
        (&json!(number), &json!(crew))
    );
    assert_eq!(
        (&first["end"], &first["stage"]),
        (&json!("2027-03-02T09:30:00Z"), &json!("authorisation"))
    );
    assert_eq!(planned(&house, &token, "&group=me").await.1, all);
    assert_eq!(planned(&house, &token, "&group=none").await.0["total"], 0);

    // Who sees no release sees nothing planned.
    let ann = house.person("ann", &[Role::CmdbViewer], false).await;
    let stranger = house.token_of(ann, &[Scope::Read]).await;
    assert_eq!(planned(&house, &stranger, "").await.0["total"], 0);
    let cancel = json!({ "command": "cancel", "reason": "not needed" });
    let path = format!("/api/v1/releases/{number}/commands");
    house
        .post(&path)
        .token(&token)
        .json(&cancel)
        .go()
        .await
        .expect(200);
    assert_eq!(planned(&house, &token, "").await.1, all[2..]);

    for (wrong, at) in [
        ("", "from"),
        ("?from=2027-03-01", "to"),
        ("?from=2027-03-01&to=2027-03-01", "to"),
        ("?from=2027-03-01&to=2027-06-02", "to"),
        ("?from=soon&to=2027-06-02", "from"),
        ("?from=2027-03-01&to=2027-03-02&group=crew", "group"),
        ("?from=2027-03-01&to=2027-03-02&grup=me", "grup"),
    ] {
        let path = format!("/api/v1/schedule{wrong}");
        let answer = house
            .get(&path)
            .token(&token)
            .go()
            .await
            .expect_problem(422, "invalid");
        assert_eq!(answer.json()["errors"][0]["at"], at, "{wrong}");
    }
}
