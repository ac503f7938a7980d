//! A list counted by what it can be filtered by: each number is the length of the list it leads to, for everybody.

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::House;

async fn read(house: &House, token: &str, path: &str) -> Value {
    house.get(path).token(token).go().await.expect(200).json()
}

/// How long a list is.
async fn length(house: &House, token: &str, query: &str) -> u64 {
    let page = read(house, token, &format!("/api/v1/releases?limit=1&{query}")).await;
    page["total"].as_u64().unwrap()
}

/// Asks for the counts of a list, and for each list that one of its numbers leads to.
async fn compare(house: &House, token: &str, query: &str) -> Value {
    let counts = read(house, token, &format!("/api/v1/releases/counts?{query}")).await;
    assert_eq!(counts["total"], length(house, token, query).await, "{query}");
    assert_eq!(counts["visible"], length(house, token, "").await, "{query}");
    let late = length(house, token, &format!("{query}&overdue=true")).await;
    assert_eq!(counts["overdue"], late, "{query}");
    for name in ["disposition", "stage", "priority", "group"] {
        let shares = counts[name].as_array().unwrap();
        let all: u64 = shares.iter().map(|share| share["count"].as_u64().unwrap()).sum();
        assert_eq!(counts["total"], all, "{name} of {query}");
        for share in shares.iter().filter(|share| share["count"] != 0) {
            let value = share["value"].as_str().unwrap();
            let others = query.split('&').filter(|pair| !pair.starts_with(name));
            let narrow: Vec<_> = others
                .map(str::to_owned)
                .chain([format!("{name}={value}")])
                .collect();
            let narrow = narrow.join("&");
            assert_eq!(share["count"], length(house, token, &narrow).await, "{narrow}");
        }
    }
    counts
}

#[tokio::test]
async fn each_count_is_the_length_of_the_list_it_leads_to_for_everybody() {
    let house = House::new().await;
    let admin = house.admin().await;
    let crew = house.group.to_string();
    let me = read(&house, &admin, "/api/v1/me").await["actor"]["user"].clone();
    let out = house.person("out", &[Role::CmdbViewer], false).await;
    let ann = house.person("ann", &[], true).await;
    for (at, (group, end)) in [
        (Some(&crew), Some("2020-01-01T00:00:00Z")),
        (Some(&crew), Some("2099-01-01T00:00:00Z")),
        (Some(&crew), None),
        (None, None),
        (None, None),
    ]
    .into_iter()
    .enumerate()
    {
        // Whoever is a requester sees a release without any right.
        let requester = if at == 3 {
            json!(out.to_string())
        } else {
            me.clone()
        };
        let mut fields = json!({
            "title": format!("Number {at}"), "release_type": "standard", "requester": requester,
            "impact": if at < 2 { "high" } else { "low" }, "urgency": if at < 1 { "high" } else { "low" },
        });
        if let Some(group) = group {
            fields["assignment_group"] = json!(group);
        }
        if let Some(end) = end {
            fields["planned_start"] = json!("2019-01-01T00:00:00Z");
            fields["planned_end"] = json!(end);
        }
        let body =
            json!({ "fields": fields, "steps": [{ "title": "Do it", "minutes": 5, "back_out": "Undo it" }] });
        let made = house.draft(&admin, &body).await.json();
        let number = made["view"]["number"].as_str().unwrap();
        let commands: &[Value] = match at {
            0 => &[json!({ "command": "submit" })],
            4 => &[json!({ "command": "cancel", "reason": "Not needed" })],
            _ => &[],
        };
        for command in commands {
            let path = format!("/api/v1/releases/{number}/commands");
            let answer = house.post(&path).token(&admin).json(command).go().await;
            answer.expect(200);
        }
    }
    let everybody = [
        admin.clone(),
        house.token_of(ann, &[Scope::Read]).await,
        house.token_of(out, &[Scope::Read]).await,
    ];
    for token in &everybody {
        for query in [
            "",
            "view=work",
            "view=waiting",
            "stage=draft",
            "disposition=active,on_hold&q=number",
            "group=me",
            "group=none&sort=group",
            "text=number",
            "overdue=true",
            "requester=me&priority=1,2,3",
            "q=nothing",
        ] {
            compare(&house, token, query).await;
        }
    }
    let of = |counts: &Value, name: &str, value: &str| {
        let shares = counts[name].as_array().unwrap();
        let share = shares.iter().find(|share| share["value"] == value);
        share.map_or(0, |share| share["count"].as_u64().unwrap())
    };
    let all = compare(&house, &admin, "").await;
    assert_eq!((&all["total"], &all["overdue"]), (&json!(5), &json!(1)));
    assert_eq!(
        (of(&all, "stage", "draft"), of(&all, "stage", "authorisation")),
        (4, 1)
    );
    assert_eq!(
        (
            of(&all, "disposition", "active"),
            of(&all, "disposition", "cancelled")
        ),
        (4, 1)
    );
    assert_eq!((of(&all, "group", &crew), of(&all, "group", "none")), (3, 2));
    assert_eq!(all["group"][0]["value"], json!(crew), "the largest first");
    let few = compare(&house, &everybody[2], "").await;
    assert_eq!(
        (&few["total"], &few["visible"]),
        (&json!(1), &json!(1)),
        "what one may not see is not counted"
    );
    assert_eq!(of(&few, "group", &crew), 0);

    for (query, at) in [
        ("stge=draft", "stge"),
        ("stage=nonsense", "stage"),
        ("limit=5", "limit"),
        ("text=!!", "text"),
    ] {
        let path = format!("/api/v1/releases/counts?{query}");
        let problem = house
            .get(&path)
            .token(&admin)
            .go()
            .await
            .expect_problem(422, "invalid")
            .json();
        assert_eq!(problem["errors"][0]["at"], at, "{query}");
    }
}
