//! People in each role, and things that stand in each relation to them.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Right, Role as Installed, Scope, Types};
use domain::wire::session::{Group, Person};
use domain::{GroupId, UserId};
use serde_json::{Value, json};
use server::db::{NewGroup, NewUser};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::super::house::House;
use super::policy::{About, Relation, Role, Row, Sent, new_record};

const ESTATE: &str = r#"{"type":"ci","key":"device/hv-1","name":"hv-1","class":"device"}
{"type":"ci","key":"rack/a","name":"a","class":"rack"}
{"type":"ci","key":"vm/a","name":"a","class":"vm"}
{"type":"relation","kind":"runs_on","from":"vm/a","to":"device/hv-1"}
"#;
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on ";

/// One of the seven.
struct Somebody {
    user: UserId,
    /// The one group they are in; the stranger is in none.
    group: Option<GroupId>,
    token: String,
}

/// A house with everybody in it.
pub struct World {
    house: House,
    people: Vec<Somebody>,
    /// In no role: what belongs to them belongs to somebody else.
    other: Somebody,
    admin: String,
    /// A release of each kind for each role, made when first asked about.
    releases: tokio::sync::Mutex<BTreeMap<(usize, usize), (String, String)>>,
}

/// What is in a path.
#[derive(Debug, Default)]
pub struct Subject {
    pub number: String,
    pub key: String,
    pub id: String,
    pub sha256: String,
    /// A substitution that can be made.
    pub substitute: Value,
    pub document: String,
    pub revision: u64,
}

const SCOPES: [Scope; 4] = [Scope::Read, Scope::Write, Scope::Import, Scope::Admin];

impl World {
    pub async fn new() -> Self {
        let house = House::new().await;
        let admin = house.admin().await;
        house.import(&admin, ESTATE).await;
        let mut people = Vec::new();
        for role in Role::ALL {
            let (name, rights): (&str, &[Right]) = match role {
                Role::Viewer => ("viewers", &[Right::View]),
                Role::Author => ("authors", &[Right::Create]),
                Role::Executor => ("executors", &[Right::Execute]),
                Role::Approver => ("board", &[Right::View, Right::Authorise]),
                Role::Administrator => ("house", &[]),
                Role::Anonymous | Role::Stranger => ("", &[]),
            };
            let roles: &[Installed] = match role {
                Role::Anonymous | Role::Stranger => &[],
                Role::Administrator => &[Installed::Administrator],
                _ => &[Installed::CmdbViewer],
            };
            people.push(somebody(&house, &format!("{role:?}"), name, rights, roles).await);
        }
        let other = somebody(&house, "other", "others", &[], &[Installed::CmdbViewer]).await;
        Self {
            house,
            people,
            other,
            admin,
            releases: tokio::sync::Mutex::default(),
        }
    }

    fn somebody(&self, role: Role) -> &Somebody {
        &self.people[role as usize]
    }

    /// Something that stands in this relation to whoever has this role.
    pub async fn subject(&self, about: About, role: Role, relation: Relation) -> Subject {
        let gone = relation == Relation::Deleted;
        let mut subject = Subject {
            id: Ulid::new().to_string(),
            number: "REL-999999".into(),
            key: "vm%2Fgone".into(),
            sha256: "ab".repeat(32),
            substitute: new_record("substitutes"),
            document: Ulid::new().to_string(),
            revision: 1,
        };
        subject.substitute["person"] = json!(self.other.user);
        subject.substitute["substitute"] = json!(self.somebody(Role::Viewer).user);
        match about {
            About::Nothing | About::Backup | About::Explained => {}
            About::Ci if !gone => subject.key = "vm%2Fa".into(),
            About::Rack if !gone => subject.key = "rack%2Fa".into(),
            About::Record if !gone => {
                subject.key = Ulid::new().to_string();
                let new = json!({ "key": subject.key, "fields": { "title": "Leak" } });
                let ask = self.house.post("/api/v1/registers/problems").token(&self.admin);
                ask.json(&new).go().await.expect(201);
            }
            About::Release if !gone => {
                (subject.number, subject.document) = self.release(role, relation).await;
            }
            About::Template if !gone => {
                let path = "/api/v1/checklist-templates/ci-test";
                let now = self.house.get(path).token(&self.admin).go().await.expect(200);
                subject.key = "ci-test".into();
                subject.revision = now.json()["revision"].as_u64().unwrap();
            }
            About::Import if !gone => {
                let list = self
                    .house
                    .get("/api/v1/imports")
                    .token(&self.admin)
                    .go()
                    .await
                    .expect(200);
                subject.id = text(&list.json()[0]["id"]);
            }
            About::Token if !gone => {
                let whose = if relation == Relation::Own {
                    self.somebody(role)
                } else {
                    &self.other
                };
                let new = json!({ "name": "robot", "scopes": ["read"] });
                let ask = self.house.post("/api/v1/tokens").token(&whose.token).json(&new);
                subject.id = text(&ask.go().await.expect(201).json()["id"]);
            }
            About::View if !gone => {
                let whose = if relation == Relation::Own {
                    self.somebody(role)
                } else {
                    &self.other
                };
                let new = json!({ "name": Ulid::new().to_string(), "query": "overdue=true" });
                let ask = self.house.post("/api/v1/views").token(&whose.token).json(&new);
                subject.id = text(&ask.go().await.expect(201).json()["id"]);
            }
            About::Webhook if !gone => {
                // A port that is refused: trying it out connects to nothing.
                let new = json!({ "name": Ulid::new().to_string(), "url": "https://example.invalid/", "events": ["release.closed"] });
                let ask = self
                    .house
                    .post("/api/v1/admin/webhooks")
                    .token(&self.admin)
                    .json(&new);
                let made = ask.go().await;
                if made.status == 409 {
                    let list = self
                        .house
                        .get("/api/v1/admin/webhooks")
                        .token(&self.admin)
                        .go()
                        .await;
                    for hook in list.json()["items"].as_array().unwrap() {
                        let path = format!("/api/v1/admin/webhooks/{}", text(&hook["id"]));
                        self.house
                            .ask("DELETE", &path)
                            .token(&self.admin)
                            .go()
                            .await
                            .expect(204);
                    }
                }
                let made = match made.status.as_u16() {
                    409 => {
                        self.house
                            .post("/api/v1/admin/webhooks")
                            .token(&self.admin)
                            .json(&new)
                            .go()
                            .await
                    }
                    _ => made,
                };
                subject.id = text(&made.expect(201).json()["id"]);
            }
            About::Kept(register) if !gone => {
                let new = match register {
                    "substitutes" => subject.substitute.clone(),
                    register => new_record(register),
                };
                let path = format!("/api/v1/admin/{register}");
                let made = self.house.post(&path).token(&self.admin).json(&new).go().await;
                subject.id = text(&made.expect(201).json()["id"]);
            }
            About::Blob if !gone => {
                let whose = if relation == Relation::Own {
                    self.somebody(role)
                } else {
                    &self.other
                };
                subject.sha256 = self.upload(&whose.token).await;
            }
            About::Upload if !gone => {
                let whose = if relation == Relation::Own {
                    self.somebody(role)
                } else {
                    &self.other
                };
                let name: [u8; 32] = Sha256::digest(Ulid::new().to_string()).into();
                subject.sha256 = domain::BlobId(name).to_string();
                let begin = json!({ "sha256": subject.sha256, "bytes": 100, "type": "image/png" });
                let ask = self.house.post("/api/v1/blobs").token(&whose.token).json(&begin);
                ask.go().await.expect(200);
            }
            _ => {}
        }
        subject
    }

    /// A release with a document: its number, and the document.
    async fn release(&self, role: Role, relation: Relation) -> (String, String) {
        let mut known = self.releases.lock().await;
        if let Some(there) = known.get(&(role as usize, relation as usize)) {
            return there.clone();
        }
        let whoever = self.somebody(role);
        let others = self.other.group.unwrap();
        let (requester, group) = match relation {
            Relation::Own => (whoever.user, others),
            // Nobody's group for those who are in none.
            Relation::SameGroup => (self.other.user, whoever.group.unwrap_or(others)),
            _ => (self.other.user, others),
        };
        let token = match (role, relation) {
            (Role::Author, Relation::Own) => &whoever.token,
            _ => &self.admin,
        };
        let mut body = json!({
            "fields": { "title": "Something", "release_type": "standard", "requester": requester.to_string(),
                "assignment_group": group.to_string() },
            "steps": [{ "title": "Flash", "minutes": 5, "targets": [{ "ci": "vm/a", "action": "upgrade", "outage": "down" }] }],
        });
        if relation == Relation::OtherContract {
            let new = new_record("contracts");
            let ask = self.house.post("/api/v1/admin/contracts").token(&self.admin);
            let contract = ask.json(&new).go().await.expect(201).json();
            body["fields"]["contract"] = contract["id"].clone();
        }
        let made = self.house.draft(token, &body).await;
        let number = text(&made.json()["view"]["number"]);
        let blob = self.upload(token).await;
        let file = json!({ "blob": blob, "bytes": 1, "type": "image/png", "name": "label.png" });
        let path = format!("/api/v1/releases/{number}/commands");
        let attach = json!({ "command": "attach", "file": file });
        let attached = self
            .house
            .post(&path)
            .token(token)
            .json(&attach)
            .go()
            .await
            .expect(200);
        let documents = attached.json()["view"]["release"]["documents"].clone();
        let document = documents.as_object().unwrap().keys().next().unwrap().clone();
        let there = (number, document);
        known.insert((role as usize, relation as usize), there.clone());
        there
    }

    /// A picture that nobody has uploaded before.
    async fn upload(&self, token: &str) -> String {
        let mut content = PICTURE.to_vec();
        content.extend(Ulid::new().to_string().bytes());
        let sha256 = domain::BlobId(Sha256::digest(&content).into()).to_string();
        let begin = json!({ "sha256": sha256, "bytes": content.len(), "type": "image/png" });
        self.house
            .post("/api/v1/blobs")
            .token(token)
            .json(&begin)
            .go()
            .await
            .expect(200);
        let path = format!("/api/v1/blobs/{sha256}");
        let piece = self
            .house
            .ask("PATCH", &path)
            .token(token)
            .with("upload-offset", "0");
        piece
            .raw(domain::wire::blob::PIECE_TYPE, content)
            .go()
            .await
            .expect(200);
        sha256
    }

    /// What is answered: the status and, for a problem, what it says.
    pub async fn ask(&self, row: &Row, role: Role, subject: &Subject) -> (u16, String) {
        let (verb, path) = row.route.split_once(' ').unwrap();
        let mut path = path
            .replace("{number}", &subject.number)
            .replace("{kind}", "problems")
            .replace("{key}", &subject.key)
            .replace("{id}", &subject.id)
            .replace("{sha256}", &subject.sha256)
            .replace("{delivery}", "7")
            .replace("{rev}", "1")
            .replace("{document}", &subject.document)
            .replace("{function}", "current");
        if !row.query.is_empty() {
            path = format!("{path}?{}", row.query);
        }
        let mut ask = self.house.ask(verb, &path).with("x-sync-proto", "2");
        if role != Role::Anonymous {
            ask = ask.token(&self.somebody(role).token);
        }
        if let Some((name, value)) = row.header {
            ask = ask.with(name, value);
        }
        let ask = match row.sent {
            Sent::Nothing => ask,
            Sent::Json(body) => ask.json(&body(subject)),
            Sent::Raw(kind, text) => ask.raw(kind, text),
        };
        ask.status().await
    }
}

async fn somebody(
    house: &House,
    login: &str,
    group: &str,
    rights: &[Right],
    roles: &[Installed],
) -> Somebody {
    let user = UserId(Ulid::new());
    let id = GroupId(Ulid::new());
    let in_one = !group.is_empty();
    if in_one {
        let new = NewGroup {
            group: Group::new(id, group),
            rights: rights.iter().map(|right| (*right, Types::All)).collect(),
        };
        house.store.add_group(&new).await.unwrap();
    }
    let new = NewUser {
        login: login.to_lowercase(),
        person: Person {
            id: user,
            login: login.to_lowercase(),
            name: login.to_owned(),
            phone: None,
            email: None,
            unit: None,
            location: None,
        },
        password: None,
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        groups: in_one.then_some(id).into_iter().collect(),
    };
    house.store.add_user(&new, chrono::Utc::now()).await.unwrap();
    Somebody {
        user,
        group: in_one.then_some(id),
        token: house.token_of(user, &SCOPES).await,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}
