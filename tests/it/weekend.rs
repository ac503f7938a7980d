//! A release on hold over a weekend, asked of the real binary: the server runs on a Friday afternoon, is stopped, and runs
//! again on the Monday after, in the office hours of a calendar.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::process::{PASSWORD, Server, administrator, done, json, run_with};

/// Half past three in Berlin: office hours are over in an hour and a half.
const FRIDAY: &str = "2027-03-05T14:30:00Z";
/// One hour after the office has opened.
const MONDAY: &str = "2027-03-08T08:00:00Z";
/// The evening of that Monday, after hours.
const DUE: &str = "2027-03-08T22:00:00Z";

struct House {
    folder: tempfile::TempDir,
    server: Option<Server>,
}

impl House {
    fn data(&self) -> [String; 2] {
        let data = self.folder.path().join("data");
        ["--data".to_owned(), data.to_str().unwrap().to_owned()]
    }

    /// The server runs from this moment on.
    fn runs_from(&mut self, moment: &str) {
        if let Some(before) = self.server.take() {
            assert_eq!(before.stop().0, Some(0));
        }
        let [flag, data] = self.data();
        self.server = Some(Server::start_at(moment, &[&flag, &data]));
    }

    fn get(&self, path: &str, token: &str) -> Value {
        let (status, body) = self.server.as_ref().unwrap().get(path, token);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = self.server.as_ref().unwrap().post(path, token, body).unwrap();
        assert!([200, 201].contains(&status), "{path} {body}: {status} {answer}");
        answer
    }
}

fn moment(value: &Value) -> DateTime<Utc> {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no time: {value}"))
        .parse()
        .unwrap()
}

/// What was done is some seconds later than the moment the server was started at.
fn is_about(value: &Value, expected: &str) {
    let late = moment(value) - expected.parse::<DateTime<Utc>>().unwrap();
    assert!(late.num_seconds().abs() < 120, "{value} is not about {expected}");
}

#[test]
fn a_weekend_on_hold_is_no_working_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House { folder, server: None };
    let data = house.data();
    let place = [data[0].as_str(), data[1].as_str()];
    let admin = administrator(&place);
    let mut tokens = Vec::new();
    for login in ["ben", "cleo"] {
        let add = ["user", "add", login, "--password-stdin", place[0], place[1]];
        done(&add, &run_with(&add, &format!("{PASSWORD}\n")));
        let made = json(&["token", "create", "--user", login, "--json", place[0], place[1]]);
        tokens.push(made["token"].as_str().unwrap().to_owned());
    }
    let [requester, crew] = [0, 1].map(|one: usize| tokens[one].clone());

    house.runs_from(FRIDAY);
    let directory = house.get("/api/v1/directory", &admin);
    let of = |login: &str| {
        let people = directory["people"].as_array().unwrap();
        people.iter().find(|one| one["login"] == login).unwrap()["id"].clone()
    };
    let rights = json!({ "view": "all", "create": "all", "execute": "all", "hold": "all", "resume": "all" });
    let group = json!({ "name": "Crew", "members": [of("cleo")], "rights": rights });
    let group = house.post("/api/v1/admin/groups", &admin, &group)["id"].clone();
    let office = json!({
        "name": "Office", "zone": "Europe/Berlin",
        "patterns": [{ "name": "day", "intervals": [{ "from": "08:00", "to": "17:00" }] }],
        "week": { "monday": "day", "tuesday": "day", "wednesday": "day", "thursday": "day", "friday": "day" },
    });
    let office = house.post("/api/v1/admin/calendars", &admin, &office)["id"].clone();
    let mut releases = Vec::new();
    for (key, calendar) in [("office", office), ("always", Value::Null)] {
        let standard = house.get("/api/v1/admin/types/standard", &admin);
        let mut kind = standard.clone();
        let fields = kind.as_object_mut().unwrap();
        fields.retain(|name, _| !["version", "id", "retired", "created", "changed"].contains(&name.as_str()));
        fields.insert("key".into(), json!(key));
        fields.insert("name".into(), json!(key));
        fields.insert("calendar".into(), calendar);
        house.post("/api/v1/admin/types", &admin, &kind);
        let new = json!({
            "fields": { "title": "Change the fans", "release_type": key, "requester": of("ben"),
                        "assignment_group": group, "planned_start": "2027-03-08T18:00:00Z", "planned_end": DUE },
            "steps": [{ "title": "Change them", "minutes": 30 }],
        });
        let number = house.post("/api/v1/releases", &crew, &new)["view"]["number"].clone();
        let path = format!("/api/v1/releases/{}", number.as_str().unwrap());
        let commands = format!("{path}/commands");
        house.post(&commands, &crew, &json!({ "command": "submit" }));
        house.post(&commands, &requester, &json!({ "command": "authorise" }));
        let held = json!({ "command": "hold", "reason": "parts", "note": "They come on Monday." });
        let held = house.post(&commands, &crew, &held)["view"].clone();
        assert_eq!(held["release"]["disposition"], "on_hold");
        releases.push((key, path));
    }

    house.runs_from(MONDAY);
    // Held with an hour and a half of Friday left, and one of Monday gone; round the clock it was two and a half days.
    for ((key, path), due) in releases
        .iter()
        .zip(["2027-03-09T09:30:00Z", "2027-03-11T15:30:00Z"])
    {
        let still = house.get(path, &crew);
        assert_eq!(
            (&still["stage"], &still["release"]["disposition"]),
            (&json!("execution"), &json!("on_hold"))
        );
        house.post(
            &format!("{path}/commands"),
            &crew,
            &json!({ "command": "resume" }),
        );
        let view = house.get(path, &crew);
        assert_eq!(
            (&view["stage"], &view["release"]["disposition"]),
            (&json!("execution"), &json!("active"))
        );
        is_about(&view["figures"]["due"], due);
        let journal = house.get(&format!("{path}/journal?limit=5"), &crew);
        is_about(&journal["items"][0]["at"], MONDAY);
        assert!(
            journal.to_string().contains("resumed it in execution"),
            "{key}: {journal}"
        );
    }
}
