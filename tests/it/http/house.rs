//! A server with people in it, and requests said in one line.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use domain::access::{Right, Role, Scope, Types};
use domain::release::ReleaseType;
use domain::wire::session::{Group, Person};
use domain::{GroupId, UserId};
use serde_json::Value;
use server::auth::{password, token};
use server::db::{By, NewGroup, NewUser, Store, TokenRow};
use server::http::site::Site;
use server::http::{Options, app};
use server::state::Shared;
use tower::ServiceExt;
use ulid::Ulid;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub store: Store,
    router: Router,
    pub group: GroupId,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that it is a problem with this status and code, and that the problem says the same.
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{text}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{text}");
        assert_eq!(problem["code"], code, "{text}");
        assert_eq!(problem["type"], "about:blank", "{text}");
        assert!(!self.header("x-request-id").is_empty());
        self
    }

    pub fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), status, "{text}");
        self
    }

    /// The cookie it sets, as a browser would send it back.
    pub fn cookie(&self) -> Option<String> {
        let text = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        text.split(';').next().map(str::to_owned)
    }
}

/// A request being said.
pub struct Ask<'a> {
    house: &'a House,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    peer: Option<SocketAddr>,
    body: Body,
}

impl Ask<'_> {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Over a connection from this address.
    pub fn over(mut self, peer: &str) -> Self {
        self.peer = Some((peer.parse::<IpAddr>().unwrap(), 40_000).into());
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// As our own page in a browser sends it.
    pub fn cookie(self, cookie: &str) -> Self {
        self.with("cookie", cookie).with("sec-fetch-site", "same-origin")
    }

    pub fn json(self, value: &Value) -> Self {
        self.raw("application/json", value.to_string())
    }

    pub fn raw(mut self, kind: &str, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.with("content-type", kind)
    }

    /// Sends it; the status and, where that is a failure, what is said. The rest of the answer is not waited for: a
    /// stream never ends.
    pub async fn status(self) -> (u16, String) {
        let response = self.send().await;
        let status = response.status().as_u16();
        if status < 400 {
            return (status, String::new());
        }
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    pub async fn go(self) -> Answer {
        let (parts, body) = self.send().await.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    async fn send(self) -> Response<Body> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(self.body).unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        self.house.router.clone().oneshot(request).await.unwrap()
    }
}

impl House {
    /// An empty installation with one release type and one group that may do everything with releases.
    pub async fn new() -> Self {
        Self::with(Options::new(None, false), Site::none()).await
    }

    pub async fn with_site(site: Site) -> Self {
        Self::with(Options::new(None, false), site).await
    }

    pub async fn with(options: Options, site: Site) -> Self {
        let store = Store::open("mem://").await.unwrap();
        let group = GroupId(Ulid::new());
        let new = NewGroup {
            group: Group::new(group, "Crew"),
            rights: Right::ALL
                .into_iter()
                .map(|right| (right, Types::All))
                .collect::<BTreeMap<_, _>>(),
        };
        store.add_group(&new).await.unwrap();
        let kind = ReleaseType {
            description: "For most".into(),
            default_group: Some(group),
            ..ReleaseType::new("standard".parse().unwrap(), "Standard")
        };
        store.add_release_type(&kind).await.unwrap();
        let state = Shared::new(store.clone(), options, site);
        Self {
            store,
            router: app(state),
            group,
        }
    }

    pub fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        Ask {
            house: self,
            method: method.parse().unwrap(),
            path: path.into(),
            headers: Vec::new(),
            peer: None,
            body: Body::empty(),
        }
    }

    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask("GET", path)
    }

    pub fn post(&self, path: &str) -> Ask<'_> {
        self.ask("POST", path)
    }

    /// Drafts a release.
    pub async fn draft(&self, token: &str, new: &Value) -> Answer {
        self.post("/api/v1/releases")
            .token(token)
            .json(new)
            .go()
            .await
            .expect(201)
    }

    /// Somebody with these roles; in the crew or in no group.
    pub async fn person(&self, login: &str, roles: &[Role], in_crew: bool) -> UserId {
        let id = UserId(Ulid::new());
        let new = NewUser {
            login: login.into(),
            person: Person {
                id,
                login: login.into(),
                name: format!("{login} the tester"),
                phone: None,
                email: None,
                unit: None,
                location: None,
            },
            password: Some(password::hash(PASSWORD).unwrap()),
            roles: roles.iter().copied().collect(),
            groups: in_crew.then_some(self.group).into_iter().collect(),
        };
        self.store.add_user(&new, chrono::Utc::now()).await.unwrap();
        id
    }

    /// Somebody may no longer sign in.
    pub async fn disable(&self, user: UserId) {
        let by = By::command_line();
        let done = self.store.set_disabled(&by, user, true, chrono::Utc::now());
        done.await.unwrap();
    }

    /// A token of somebody, as the command line makes it.
    pub async fn token_of(&self, user: UserId, scopes: &[Scope]) -> String {
        let secret = token::mint().unwrap();
        let row = TokenRow {
            id: Ulid::new().to_string(),
            name: "test".into(),
            hash: secret.hash,
            user,
            scopes: scopes.iter().copied().collect::<BTreeSet<_>>(),
            created: chrono::Utc::now(),
            expires: None,
            last_used: None,
            revoked: None,
        };
        self.store.token_create(&By::command_line(), &row).await.unwrap();
        secret.clear
    }

    /// An administrator's token with all scopes.
    pub async fn admin(&self) -> String {
        let id = self.person("admin", &[Role::Administrator], true).await;
        self.token_of(id, &[Scope::Read, Scope::Write, Scope::Import, Scope::Admin])
            .await
    }

    /// Signs in as a browser does; the cookie.
    pub async fn sign_in(&self, login: &str) -> String {
        let answer = self.try_sign_in(login, PASSWORD).await.expect(200);
        answer.cookie().unwrap()
    }

    pub async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        self.signing_in(login, password).go().await
    }

    pub fn signing_in(&self, login: &str, password: &str) -> Ask<'_> {
        self.post("/api/session/sign_in")
            .with("sec-fetch-site", "same-origin")
            .json(&serde_json::json!({"login": login, "password": password}))
    }

    /// Brings NDJSON in; the report.
    pub async fn import(&self, token: &str, lines: &str) -> Value {
        self.post("/api/v1/imports?format=ndjson")
            .token(token)
            .raw("application/x-ndjson", lines.to_owned())
            .go()
            .await
            .expect(200)
            .json()
    }
}
