//! Calendars and release types.

use super::*;

fn office() -> Value {
    json!({
        "name": "Office", "zone": "Europe/Berlin",
        "patterns": [{ "name": "day", "intervals": [{ "from": "08:00", "to": "12:00" }, { "from": "13:00", "to": "24:00" }] }],
        "week": { "monday": "day", "friday": "day" },
        "holidays": [{ "date": "2026-12-25", "yearly": true, "name": "Christmas" }],
        "exceptions": [{ "from": "2026-12-28", "to": "2026-12-31", "note": "closed" }],
    })
}

#[tokio::test]
async fn a_calendar_reaches_whoever_reckons_by_it_with_its_zone() {
    let office_hours = Office::new().await;
    let calendar = office_hours.make("calendars", office()).await;
    let directory = office_hours.get("/api/v1/directory").await.expect(200).json();
    let table = &directory["calendars"][0];
    assert_eq!(
        (&table["id"], &table["calendar"]["name"]),
        (&calendar["id"], &json!("Office"))
    );
    assert_eq!(table["zone"]["first"], 3_600);
    assert_eq!(table["zone"]["changes"].as_array().unwrap().len(), 120);

    let standard = office_hours
        .get("/api/v1/admin/types/standard")
        .await
        .expect(200)
        .json();
    let path = "/api/v1/admin/types/standard";
    let change = json!({ "version": standard["version"], "calendar": calendar["id"] });
    let changed = office_hours.patch(path, change).await.expect(200).json();
    assert_eq!(changed["calendar"], calendar["id"]);
    // Retired: who has it keeps it, nobody newly chooses it.
    office_hours
        .delete(&format!("/api/v1/admin/calendars/{}", id(&calendar)))
        .await
        .expect(204);
    let renamed = json!({ "version": changed["version"], "name": "Ordinary" });
    office_hours.patch(path, renamed).await.expect(200);
    let new = json!({ "key": "other", "name": "Other", "calendar": calendar["id"] });
    let refused = office_hours
        .post("/api/v1/admin/types", new)
        .await
        .expect_problem(422, "invalid");
    assert_eq!(field(&refused), "calendar");
}

#[tokio::test]
async fn a_calendar_that_cannot_be_reckoned_by_is_refused_with_its_place() {
    let office_hours = Office::new().await;
    for (change, at) in [
        (json!({ "week": {} }), "week"),
        (json!({ "zone": "Mars/Olympus" }), "zone"),
        (json!({ "week": { "monday": "late" } }), "week.monday"),
        (
            json!({ "patterns": [{ "name": "day", "intervals": [] }] }),
            "patterns[0].intervals",
        ),
        (
            json!({ "patterns": [{ "name": "day", "intervals": [{ "from": "08:00", "to": "24:30" }] }] }),
            "patterns[0].intervals[0].to",
        ),
        (
            json!({ "exceptions": [{ "from": "2026-02-30", "to": "2026-03-01" }] }),
            "exceptions[0].from",
        ),
        (
            json!({ "exceptions": [{ "from": "2026-03-02", "to": "2026-03-01" }] }),
            "exceptions[0].to",
        ),
    ] {
        let mut body = office();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let refused = office_hours.post("/api/v1/admin/calendars", body).await;
        let refused = refused.expect_problem(422, "invalid");
        assert_eq!(field(&refused), at, "{:?}", refused.json());
    }
    let calendar = office_hours.make("calendars", office()).await;
    let path = format!("/api/v1/admin/calendars/{}", id(&calendar));
    let refused = office_hours
        .patch(&path, json!({ "version": 1, "week": {} }))
        .await;
    assert_eq!(field(&refused.expect_problem(422, "invalid")), "week");
}

#[tokio::test]
async fn a_release_type_is_made_changed_and_retired_but_keeps_its_key() {
    let office_hours = Office::new().await;
    let crew = office_hours.crew().await;
    let made = office_hours
        .make(
            "types",
            json!({ "key": "urgent", "name": "Urgent", "approvers": [{ "group": id(&crew), "quorum": 1 }] }),
        )
        .await;
    assert_eq!((&made["id"], &made["version"]), (&json!("urgent"), &json!(1)));
    let taken = office_hours
        .post("/api/v1/admin/types", json!({ "key": "urgent", "name": "Other" }))
        .await;
    assert_eq!(field(&taken.expect_problem(409, "taken")), "key");
    let path = "/api/v1/admin/types/urgent";
    for (change, at) in [
        (json!({ "key": "other" }), "key"),
        (json!({ "hold_reasons": [] }), "hold_reasons"),
        (
            json!({ "approvers": [{ "group": id(&crew), "quorum": 0 }] }),
            "approvers[0].quorum",
        ),
        (
            json!({ "approvers": [{ "group": id(&crew), "quorum": 200 }] }),
            "approvers[0].quorum",
        ),
        (json!({ "checklists": ["nope"] }), "checklists"),
        (
            json!({ "test_group": "01JD3Q7V3M8Z6N4K2T9R5W1XYZ" }),
            "test_group",
        ),
    ] {
        let mut body = change;
        body["version"] = json!(1);
        let refused = office_hours
            .patch(path, body)
            .await
            .expect_problem(422, "invalid");
        assert_eq!(field(&refused), at);
    }
    for key in ["../x", "a b", "x,y", "<b>", "ü"] {
        let odd = office_hours
            .post("/api/v1/admin/types", json!({ "key": key, "name": "Odd" }))
            .await;
        assert_eq!(field(&odd.expect_problem(422, "invalid")), "key", "{key}");
    }
    office_hours.delete(path).await.expect(204);
    let kept = office_hours.get(path).await.expect(200).json();
    assert_eq!((&kept["retired"], &kept["version"]), (&json!(true), &json!(2)));
    let directory = office_hours.get("/api/v1/directory").await.json();
    let types = directory["release_types"].as_array().unwrap();
    let urgent = types.iter().find(|kind| kind["key"] == "urgent").unwrap();
    assert_eq!(urgent["retired"], true, "devices know it");
    let back = office_hours
        .patch(path, json!({ "version": 2, "retired": false }))
        .await;
    assert!(back.expect(200).json().get("retired").is_none());
}
