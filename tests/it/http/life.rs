//! The life of a release over REST, with four people: drafted, authorised, carried out, tested, found unresolved at its
//! acceptance and back, put on hold (over a weekend: `weekend.rs`), accepted, closed and reopened.

use domain::access::{Role, Scope};
use serde_json::{Value, json};

use super::house::House;

struct Life {
    house: House,
    path: String,
}

impl Life {
    async fn does(&self, token: &str, command: Value) -> Value {
        let answer = self
            .house
            .post(&format!("{}/commands", self.path))
            .token(token)
            .json(&command)
            .go()
            .await;
        assert_eq!(
            answer.status,
            200,
            "{command}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.json()["view"].clone()
    }

    /// It is refused: the code of the problem, and what it says.
    async fn refused(&self, token: &str, command: Value, status: u16) -> (String, String) {
        let answer = self
            .house
            .post(&format!("{}/commands", self.path))
            .token(token)
            .json(&command)
            .go()
            .await;
        assert_eq!(
            answer.status,
            status,
            "{command}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        let problem = answer.json();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("detail"))
    }

    /// The codes of what keeps somebody from an action; empty where it can be done.
    async fn unmet(&self, token: &str, action: &str) -> Vec<String> {
        let path = format!("{}/actions", self.path);
        let actions = self.house.get(&path).token(token).go().await.expect(200).json();
        let all = actions["actions"].as_array().unwrap();
        let one = all.iter().find(|one| one["action"] == action).unwrap();
        let unmet = one["unmet"].as_array().unwrap();
        assert_eq!(one["allowed"], unmet.is_empty());
        for obstacle in unmet {
            assert!(
                obstacle["link"].as_str().unwrap().starts_with("/releases/REL-"),
                "{obstacle}"
            );
        }
        unmet
            .iter()
            .map(|it| it["code"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn waiting(&self, token: &str) -> u64 {
        let answer = self
            .house
            .get("/api/v1/releases?view=waiting")
            .token(token)
            .go()
            .await;
        answer.expect(200).json()["total"].as_u64().unwrap()
    }
}

fn stage(view: &Value) -> (&str, &str) {
    let disposition = view["release"]["disposition"].as_str().unwrap();
    (view["stage"].as_str().unwrap(), disposition)
}

#[tokio::test(flavor = "multi_thread")]
async fn four_people_take_a_release_through_its_life() {
    let house = House::new().await;
    let admin = house.admin().await;
    house
        .import(
            &admin,
            "{\"type\":\"ci\",\"key\":\"device/sw-1\",\"name\":\"sw-1\",\"class\":\"device\",\"lifecycle\":\"planned\"}\n",
        )
        .await;
    let all = [Scope::Read, Scope::Write];
    let mut tokens = Vec::new();
    let mut ids = Vec::new();
    for login in ["ann", "ben", "cleo", "dan"] {
        let id = house.person(login, &[Role::CmdbViewer], true).await;
        tokens.push(house.token_of(id, &all).await);
        ids.push(id.to_string());
    }
    let [author, requester, crew, tester] = [0, 1, 2, 3].map(|n| tokens[n].as_str());
    let body = json!({
        "fields": {
            "title": "New switch", "release_type": "standard", "requester": ids[1],
            "assignment_group": house.group.to_string(),
            "planned_start": "2027-03-05T20:00:00Z", "planned_end": "2027-03-05T23:00:00Z",
        },
        "steps": [{"title": "Mount", "minutes": 30, "back_out": "Take it out",
                   "targets": [{"ci": "device/sw-1", "action": "install", "outage": "none"}]}],
    });
    let made = house.draft(author, &body).await.json();
    let number = made["view"]["number"].as_str().unwrap().to_owned();
    let step = made["view"]["release"]["steps"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    let path = format!("/api/v1/releases/{number}");
    let life = Life { house, path };

    // Draft to authorisation, and the go-ahead of the requester.
    assert_eq!(life.unmet(crew, "submit").await, ["not_allowed"]);
    assert_eq!(life.unmet(author, "submit").await, Vec::<String>::new());
    let view = life.does(author, json!({"command": "submit"})).await;
    assert_eq!(stage(&view), ("authorisation", "active"));
    assert_eq!((life.waiting(requester).await, life.waiting(crew).await), (1, 0));
    assert_eq!(life.unmet(crew, "authorise").await, ["not_asked"]);
    let (code, detail) = life.refused(crew, json!({"command": "authorise"}), 409).await;
    assert_eq!(code, "not_ready");
    assert!(detail.contains("ben the tester (requester)"), "{detail}");
    let view = life.does(requester, json!({"command": "authorise"})).await;
    assert_eq!(stage(&view), ("execution", "active"));
    assert_eq!(
        life.waiting(requester).await,
        1,
        "as one of the group: nobody has claimed it"
    );

    // One claims it; the other is told who.
    life.does(crew, json!({"command": "claim"})).await;
    let (code, detail) = life.refused(tester, json!({"command": "claim"}), 409).await;
    assert_eq!(
        (code.as_str(), detail.as_str()),
        ("claimed", "Not ready: cleo the tester has it.")
    );
    assert_eq!((life.waiting(crew).await, life.waiting(tester).await), (1, 0));

    // Not before it is done.
    assert_eq!(life.unmet(crew, "forward").await, ["step_unfinished"]);
    life.refused(crew, json!({"command": "forward"}), 409).await;
    let record = |result: &str| {
        json!({"command": "record", "step": step, "result": result,
               "started": "2027-03-05T20:00:00Z", "ended": "2027-03-05T20:30:00Z"})
    };
    life.does(crew, record("done")).await;
    let forward = |from: &str| json!({"command": "forward", "from": from});
    let view = life.does(crew, forward("execution")).await;
    assert_eq!(stage(&view), ("test", "active"));
    let (code, _) = life.refused(crew, forward("execution"), 409).await;
    assert_eq!(code, "wrong_stage", "twice");
    let view = life.does(tester, forward("test")).await;
    assert_eq!(stage(&view), ("acceptance", "active"));

    // Unresolved, and all the way again.
    life.refused(requester, json!({"command": "unresolved", "reason": " "}), 422)
        .await;
    let unresolved = json!({"command": "unresolved", "reason": "The mirror port is silent."});
    let view = life.does(requester, unresolved).await;
    assert_eq!(stage(&view), ("authorisation", "active"));
    assert_eq!(view["release"]["sent_back"]["from"], "acceptance");
    assert!(
        view["release"]["course"]["approvals"][0]["void"].is_object(),
        "the go-ahead is void"
    );
    life.does(requester, json!({"command": "authorise"})).await;
    life.does(crew, forward("execution")).await;

    // On hold, and on again where it was.
    let hold = json!({"command": "hold", "reason": "parts", "note": "Optics on Tuesday."});
    life.refused(tester, json!({"command": "hold", "reason": "whim"}), 422)
        .await;
    let view = life.does(tester, hold.clone()).await;
    assert_eq!(stage(&view), ("test", "on_hold"));
    assert_eq!(life.waiting(tester).await, 0, "nothing waits while it is on hold");
    let (code, _) = life.refused(tester, hold, 409).await;
    assert_eq!(code, "wrong_disposition");
    let (code, _) = life.refused(tester, forward("test"), 409).await;
    assert_eq!(code, "wrong_disposition");
    let view = life.does(tester, json!({"command": "resume"})).await;
    assert_eq!(stage(&view), ("test", "active"));
    life.does(tester, forward("test")).await;

    // Accepted with a code and a date.
    assert_eq!(
        life.unmet(tester, "accept").await,
        ["closure_code", "release_date"]
    );
    life.refused(tester, json!({"command": "accept"}), 409).await;
    let set = |field: &str, value: &str| json!({"command": "set", "field": field, "value": value});
    life.does(tester, set("closure_code", "as_planned")).await;
    life.does(tester, set("release_date", "2027-03-08T08:00:00Z"))
        .await;
    let (code, _) = life.refused(tester, set("title", "Another switch"), 409).await;
    assert_eq!(code, "frozen");
    let stale = json!({"command": "accept", "seen": "0".repeat(64)});
    let (code, _) = life.refused(tester, stale, 409).await;
    assert_eq!(code, "content_changed");
    let view = life.does(tester, json!({"command": "accept"})).await;
    assert_eq!(stage(&view), ("closure", "active"));

    // Closed by the requester and nobody else.
    let (code, detail) = life.refused(crew, json!({"command": "close"}), 403).await;
    assert_eq!(code, "not_allowed");
    assert!(detail.contains("Only the requester closes it"), "{detail}");
    assert_eq!((life.waiting(requester).await, life.waiting(crew).await), (1, 0));
    let view = life.does(requester, json!({"command": "close"})).await;
    assert_eq!(stage(&view), ("closure", "concluded"));
    let judged = &view["release"]["course"]["judged"]["device/sw-1"];
    assert_eq!(
        (&judged["matches"], &judged["becomes"]),
        (&json!(true), &json!("in_production"))
    );
    let ci = life
        .house
        .get("/api/v1/cis/device%2Fsw-1")
        .token(author)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(ci["lifecycle"], "in_production");
    assert_eq!(ci["history"][0]["origin"], format!("release {number}"));
    let (code, _) = life.refused(requester, json!({"command": "close"}), 409).await;
    assert_eq!(code, "wrong_disposition");

    // And once more.
    let reopen = json!({"command": "reopen", "reason": "The fault is back."});
    let view = life.does(crew, reopen).await;
    assert_eq!(stage(&view), ("authorisation", "active"));
    assert_eq!(view["release"]["run"], 2);
    let admin_asks = format!("{}/actions?as={}", life.path, ids[2]);
    let why = life
        .house
        .get(&admin_asks)
        .token(&admin)
        .go()
        .await
        .expect(200)
        .json();
    assert_eq!(why["user"], ids[2]);
    life.house
        .get(&admin_asks)
        .token(author)
        .go()
        .await
        .expect_problem(403, "not_allowed");

    // The journal tells all of it.
    let journal = life
        .house
        .get(&format!("{}/journal?limit=100", life.path))
        .token(author)
        .go()
        .await;
    let journal = journal.expect(200).json();
    let texts: Vec<&str> = journal["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["text"].as_str())
        .collect();
    for text in [
        "reopened it, run 2",
        "closed it; its CI is as planned",
        "accepted it",
        "resumed it in test",
        "put it on hold: Waiting for parts",
        "found it unresolved in acceptance, back to authorisation",
        "moved it on from execution to test",
        "claimed it",
    ] {
        assert!(texts.contains(&text), "{text:?} is not in {texts:#?}");
    }
}
