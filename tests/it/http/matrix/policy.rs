//! Who may do what, by hand: the other opinion that `matrix.rs` holds the server against.

use serde_json::{Value, json};

use super::world::Subject;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nobody known.
    Anonymous,
    /// Signed in, without any right or role, in no group.
    Stranger,
    /// Sees the CMDB and, through a group, all releases.
    Viewer,
    /// Drafts releases.
    Author,
    /// Carries out releases of their group.
    Executor,
    /// Sees all releases and gives the go-ahead.
    Approver,
    /// May everything.
    Administrator,
}

impl Role {
    /// The columns.
    pub const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Viewer,
        Self::Author,
        Self::Executor,
        Self::Approver,
        Self::Administrator,
    ];
}

/// How whoever asks stands to what they ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is there; nobody in particular stands closer to it than others.
    There,
    /// One's own: made by or, for a release, requested by whoever asks. The author has written it.
    Own,
    /// The work of a group of theirs; somebody else's otherwise. The stranger is in none.
    SameGroup,
    /// The work of another group, and somebody else's.
    OtherGroup,
    /// The same, under a contract that none of their groups and units works under.
    OtherContract,
    /// It is not there: it never was, or was taken away.
    Deleted,
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Nothing.
    Nothing,
    /// A release in draft.
    Release,
    /// A CI.
    Ci,
    /// A CI that is a rack.
    Rack,
    /// A record of a register.
    Record,
    /// An API token.
    Token,
    /// A list under a name, shared with nobody.
    View,
    /// The report of an import.
    Import,
    /// A backup that was handed out.
    Backup,
    /// A webhook.
    Webhook,
    /// A message in the log of a webhook.
    Delivery,
    /// A release and the stranger, in a query.
    Explained,
    /// A record of this register, as administrators keep it.
    Kept(&'static str),
    /// A photo that was uploaded, and that no release shows.
    Blob,
    /// An upload that has begun.
    Upload,
    /// A checklist template.
    Template,
}

impl About {
    /// The relations in which somebody can stand to it.
    pub fn relations(self) -> &'static [Relation] {
        use Relation::{Deleted, OtherContract, OtherGroup, Own, SameGroup, There};
        match self {
            Self::Nothing => &[There],
            Self::Explained => &[Deleted],
            Self::Release => &[Own, SameGroup, OtherGroup, OtherContract, Deleted],
            Self::Ci
            | Self::Rack
            | Self::Record
            | Self::Import
            | Self::Webhook
            | Self::Template
            | Self::Kept(_) => &[There, Deleted],
            Self::Token | Self::View | Self::Blob | Self::Upload => &[Own, OtherGroup, Deleted],
            // Made by requests to other machines, or too heavy to make for each cell.
            Self::Backup | Self::Delivery => &[Deleted],
        }
    }
}

/// Statuses by role, for each relation.
pub type Shape = &'static [(Relation, &'static str)];

/// What is sent.
#[derive(Clone, Copy)]
pub enum Sent {
    /// No body.
    Nothing,
    /// JSON.
    Json(fn(&Subject) -> Value),
    /// Something else: content type and text.
    Raw(&'static str, &'static str),
}

/// One route, or one route with one body.
#[derive(Clone, Copy)]
pub struct Row {
    pub route: &'static str,
    pub about: About,
    pub shape: Shape,
    pub ok: u16,
    pub query: &'static str,
    pub sent: Sent,
    pub header: Option<(&'static str, &'static str)>,
}

const fn row(route: &'static str, about: About, shape: Shape) -> Row {
    Row {
        route,
        about,
        shape,
        ok: 200,
        query: "",
        sent: Sent::Nothing,
        header: None,
    }
}

impl Row {
    /// What success is; 200 unless said.
    const fn ok(mut self, ok: u16) -> Self {
        self.ok = ok;
        self
    }

    const fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    const fn json(mut self, body: fn(&Subject) -> Value) -> Self {
        self.sent = Sent::Json(body);
        self
    }

    const fn raw(mut self, kind: &'static str, text: &'static str) -> Self {
        self.sent = Sent::Raw(kind, text);
        self
    }

    const fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }
}

use Relation::{Deleted, OtherContract, OtherGroup, Own, SameGroup, There};

//                              anon strn view auth exec appr admin
const PUBLIC: Shape = &[(There, "ok ok ok ok ok ok ok")];
const SIGNED_IN: Shape = &[(There, "401 ok ok ok ok ok ok")];
const CREATOR: Shape = &[(There, "401 403 403 ok 403 403 ok")];
const CMDB: Shape = &[(There, "401 403 ok ok ok ok ok")];
const ADMIN: Shape = &[(There, "401 403 403 403 403 403 ok")];
const CI: Shape = &[
    (There, "401 403 ok ok ok ok ok"),
    (Deleted, "401 403 404 404 404 404 404"),
];
/// Read by everybody who is signed in.
const READ_BY_ALL: Shape = &[
    (There, "401 ok ok ok ok ok ok"),
    (Deleted, "401 404 404 404 404 404 404"),
];
/// Changed by keepers of the CMDB, of whom only the administrator is one here; also what only administrators know of.
const KEPT: Shape = &[
    (There, "401 403 403 403 403 403 ok"),
    (Deleted, "401 403 403 403 403 403 404"),
];
/// Anybody's tokens.
const ALL_TOKENS: Shape = &[
    (Own, "401 403 403 403 403 403 ok"),
    (OtherGroup, "401 403 403 403 403 403 ok"),
    (Deleted, "401 403 403 403 403 403 404"),
];
const ONLY_DELETED: Shape = &[(Deleted, "401 403 403 403 403 403 404")];
/// Who may see a release. What one may not see is not there.
const SEEN: Shape = &[
    (Own, "401 ok ok ok ok ok ok"),
    (SameGroup, "401 404 ok ok ok ok ok"),
    (OtherGroup, "401 404 ok 404 404 ok ok"),
    (OtherContract, "401 404 404 404 404 404 ok"),
    (Deleted, "401 404 404 404 404 404 404"),
];
/// The same where the answer tells of CIs, which the stranger may not see.
const SEEN_WITH_CIS: Shape = &[
    (Own, "401 403 ok ok ok ok ok"),
    (SameGroup, "401 404 ok ok ok ok ok"),
    (OtherGroup, "401 404 ok 404 404 ok ok"),
    (OtherContract, "401 404 404 404 404 404 ok"),
    (Deleted, "401 404 404 404 404 404 404"),
];
/// Drafts are edited by their author and by whoever has the right, which only the administrator has here. Who sees it
/// is told that it is not for them.
const EDITED: Shape = &[
    (Own, "401 403 403 ok 403 403 ok"),
    (SameGroup, "401 404 403 403 403 403 ok"),
    (OtherGroup, "401 404 403 404 404 403 ok"),
    (OtherContract, "401 404 404 404 404 404 ok"),
    (Deleted, "401 404 404 404 404 404 404"),
];
/// One's own and nobody else's, not even for the administrator.
const OWN_ONLY: Shape = &[
    (Own, "401 ok ok ok ok ok ok"),
    (OtherGroup, "401 404 404 404 404 404 404"),
    (Deleted, "401 404 404 404 404 404 404"),
];

/// A text that is not taken.
fn new_name() -> String {
    ulid::Ulid::new().to_string()
}

/// The routes of a register, and what is sent to make a record of it.
fn register(routes: [&'static str; 5], name: &'static str, new: fn(&Subject) -> Value) -> [Row; 5] {
    let [list, make, read, change, retire] = routes;
    [
        row(list, About::Nothing, ADMIN),
        row(make, About::Nothing, ADMIN).ok(201).json(new),
        row(read, About::Kept(name), KEPT),
        row(change, About::Kept(name), KEPT).json(|_| json!({ "version": 1, "name": new_name() })),
        row(retire, About::Kept(name), KEPT).ok(204),
    ]
}

macro_rules! register {
    ($name:literal, $new:expr) => {
        register(
            [
                concat!("GET /api/v1/admin/", $name),
                concat!("POST /api/v1/admin/", $name),
                concat!("GET /api/v1/admin/", $name, "/{id}"),
                concat!("PATCH /api/v1/admin/", $name, "/{id}"),
                concat!("DELETE /api/v1/admin/", $name, "/{id}"),
            ],
            $name,
            $new,
        )
    };
}

/// What is sent to make a record of a register.
pub fn new_record(register: &str) -> Value {
    let name = new_name();
    match register {
        "users" => json!({ "name": name, "login": name }),
        "categories" => json!({ "name": name, "kind": "journal_source" }),
        "mail-templates" => json!({ "name": name, "subject": "{number}", "text": "{what}" }),
        "types" => json!({ "name": name, "key": name }),
        "calendars" => json!({
            "name": name, "zone": "Europe/Berlin", "week": { "monday": "day" },
            "patterns": [{ "name": "day", "intervals": [{ "from": "08:00", "to": "17:00" }] }],
        }),
        "substitutes" => json!({
            "person": "", "substitute": "", "from": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z",
        }),
        _ => json!({ "name": name }),
    }
}

/// The routes of all registers.
fn registers() -> Vec<Row> {
    let mut rows = [
        register!("users", |_| new_record("users")),
        register!("groups", |_| new_record("groups")),
        register!("units", |_| new_record("units")),
        register!("contracts", |_| new_record("contracts")),
        register!("calendars", |_| new_record("calendars")),
        register!("categories", |_| new_record("categories")),
        register!("types", |_| new_record("types")),
        register!("mail-templates", |_| new_record("mail-templates")),
        register!("substitutes", |subject| subject.substitute.clone()),
    ]
    .concat();
    for row in &mut rows {
        if row.route == "PATCH /api/v1/admin/substitutes/{id}" {
            row.sent = Sent::Json(|_| json!({ "version": 1, "note": new_name() }));
        }
    }
    rows
}

/// The policy.
pub fn rows() -> Vec<Row> {
    let mut rows = registers();
    rows.extend(other_rows());
    rows
}

fn other_rows() -> Vec<Row> {
    use About::{
        Backup, Blob, Ci, Delivery, Import, Nothing, Rack, Record, Release, Template, Token, Upload, View,
        Webhook,
    };
    vec![
        row("GET /healthz", Nothing, PUBLIC),
        row("GET /readyz", Nothing, PUBLIC),
        row("GET /metrics", Nothing, PUBLIC),
        row("GET /api/v1/openapi.json", Nothing, PUBLIC),
        row("POST /api/session/{function}", Nothing, PUBLIC).json(|_| json!({})),
        row("GET /api/v1/me", Nothing, SIGNED_IN),
        row("GET /api/v1/directory", Nothing, SIGNED_IN),
        row("GET /api/v1/tokens", Nothing, SIGNED_IN),
        row("POST /api/v1/tokens", Nothing, SIGNED_IN)
            .ok(201)
            .json(|_| json!({ "name": "robot", "scopes": ["read"] })),
        row("DELETE /api/v1/tokens/{id}", Token, OWN_ONLY).ok(204),
        row("GET /api/v1/cmdb", Nothing, CMDB),
        row("GET /api/v1/cis", Nothing, CMDB),
        row("GET /api/v1/cis/{key}", Ci, CI),
        row("PATCH /api/v1/cis/{key}", Ci, KEPT).json(|_| json!({ "serial": "S-1" })),
        row("GET /api/v1/cis/{key}/neighbours", Ci, CI),
        row("GET /api/v1/cis/{key}/path", Ci, CI).query("to=device%2Fhv-1"),
        row("GET /api/v1/cis/{key}/impact", Ci, CI),
        row("GET /api/v1/cis/{key}/elevation", Rack, CI),
        row("GET /api/v1/cis/{key}/contents", Ci, CI),
        row("POST /api/v1/impact", Nothing, CMDB).json(|_| json!({ "down": ["device/hv-1"] })),
        row("POST /api/v1/imports", Nothing, ADMIN).query("format=ndjson").raw(
            "application/x-ndjson",
            r#"{"type":"ci","key":"vm/imported","name":"imported","class":"vm"}"#,
        ),
        row("GET /api/v1/imports", Nothing, ADMIN),
        row("GET /api/v1/imports/{id}", Import, KEPT),
        row("GET /api/v1/registers/{kind}", Nothing, CMDB),
        row("POST /api/v1/registers/{kind}", Nothing, ADMIN)
            .ok(201)
            .json(|_| json!({ "key": ulid::Ulid::new().to_string(), "fields": { "title": "Leak" } })),
        row("POST /api/v1/registers/{kind}/imports", Nothing, ADMIN).raw("text/csv", "key,title\nPRB-1,Leak\n"),
        row("GET /api/v1/registers/{kind}/{key}", Record, CI),
        row("PATCH /api/v1/registers/{kind}/{key}", Record, KEPT)
            .json(|_| json!({ "version": 1, "fields": { "status": "closed" } })),
        row("DELETE /api/v1/registers/{kind}/{key}", Record, KEPT).ok(204),
        row("POST /api/v1/backups", Nothing, ADMIN),
        row("POST /api/v1/backups/{id}/confirmation", Backup, ONLY_DELETED)
            .json(|_| json!({ "sha256": "ab".repeat(32) })),
        row("GET /api/v1/admin/audit", Nothing, ADMIN),
        row("POST /api/v1/admin/users/{id}/password", About::Kept("users"), KEPT)
            .ok(204)
            .json(|_| json!({ "password": "a good long one" })),
        row("GET /api/v1/admin/explain", About::Explained, ONLY_DELETED)
            .query("release=REL-999999&user=01JD3Q7V3M8Z6N4K2T9R5W1XYZ"),
        row("GET /api/v1/admin/rights", Nothing, ADMIN),
        row("PATCH /api/v1/admin/rights", Nothing, ADMIN).json(|_| json!({ "changes": [] })),
        row("GET /api/v1/admin/tokens", Nothing, ADMIN),
        row("DELETE /api/v1/admin/tokens/{id}", Token, ALL_TOKENS).ok(204),
        row("GET /api/v1/releases", Nothing, SIGNED_IN),
        row("GET /api/v1/releases/counts", Nothing, SIGNED_IN),
        row("GET /api/v1/releases/export", Nothing, SIGNED_IN),
        // What one may not see or do is said for each release.
        row("POST /api/v1/releases/bulk", Nothing, SIGNED_IN)
            .json(|_| json!({ "releases": ["REL-000001"], "command": { "command": "resume" }, "preview": true })),
        row("GET /api/v1/search", Nothing, SIGNED_IN).query("q=firmware"),
        row("GET /api/v1/schedule", Nothing, SIGNED_IN).query("from=2026-11-23&to=2026-11-30"),
        row("GET /api/v1/views", Nothing, SIGNED_IN),
        row("POST /api/v1/views", Nothing, SIGNED_IN)
            .ok(201)
            .json(|_| json!({ "name": "Mine", "query": "view=mine" })),
        row("PATCH /api/v1/views/{id}", View, OWN_ONLY).json(|_| json!({ "name": "Renamed" })),
        row("DELETE /api/v1/views/{id}", View, OWN_ONLY).ok(204),
        row("POST /api/v1/releases", Nothing, CREATOR)
            .ok(201)
            .json(|_| json!({ "fields": { "title": "Another" } })),
        row("GET /api/v1/releases/{number}", Release, SEEN),
        row("POST /api/v1/releases/{number}/commands", Release, EDITED)
            .json(|_| json!({ "command": "set", "field": "title", "value": "Changed" })),
        row("GET /api/v1/releases/{number}/actions", Release, SEEN),
        row("GET /api/v1/releases/{number}/impact", Release, SEEN_WITH_CIS),
        row("GET /api/v1/releases/{number}/clashes", Release, SEEN_WITH_CIS),
        row("GET /api/v1/releases/{number}/order", Release, SEEN),
        row("GET /api/v1/releases/{number}/journal", Release, SEEN),
        row("GET /api/v1/releases/{number}/versions", Release, SEEN),
        row("GET /api/v1/releases/{number}/versions/{rev}", Release, SEEN),
        row("GET /api/v1/releases/{number}/versions/{rev}/changes", Release, SEEN),
        row(
            "POST /api/v1/releases/{number}/versions/{rev}/restoration",
            Release,
            EDITED,
        ),
        row(
            "GET /api/v1/releases/{number}/documents/{document}/content",
            Release,
            SEEN,
        ),
        row("GET /api/v1/checklist-templates", Nothing, SIGNED_IN),
        row("POST /api/v1/checklist-templates", Nothing, ADMIN)
            .ok(201)
            .json(|_| {
                let key = ulid::Ulid::new().to_string().to_lowercase();
                let groups = json!([{ "title": "G", "questions": [{ "key": "a", "text": "A?", "answer": { "as": "text" } }] }]);
                json!({ "key": key, "form": { "title": "T", "groups": groups } })
            }),
        row("GET /api/v1/checklist-templates/{key}", Template, READ_BY_ALL),
        row("PATCH /api/v1/checklist-templates/{key}", Template, KEPT)
            .json(|subject| json!({ "revision": subject.revision, "deleted": false })),
        row("GET /api/v1/admin/webhooks", Nothing, ADMIN),
        row("POST /api/v1/admin/webhooks", Nothing, ADMIN)
            .ok(201)
            .json(|_| json!({ "name": ulid::Ulid::new().to_string(), "url": "https://example.com/", "events": ["release.closed"] })),
        row("GET /api/v1/admin/webhooks/{id}", Webhook, KEPT),
        row("PATCH /api/v1/admin/webhooks/{id}", Webhook, KEPT).json(|_| json!({ "state": "paused" })),
        row("DELETE /api/v1/admin/webhooks/{id}", Webhook, KEPT).ok(204),
        row("POST /api/v1/admin/webhooks/{id}/secret", Webhook, KEPT),
        row("POST /api/v1/admin/webhooks/{id}/test", Webhook, KEPT),
        row("GET /api/v1/admin/webhooks/{id}/deliveries", Webhook, KEPT),
        row(
            "POST /api/v1/admin/webhooks/{id}/deliveries/{delivery}/redelivery",
            Delivery,
            ONLY_DELETED,
        ),
        row("GET /api/v1/admin/mail", Nothing, ADMIN),
        row("GET /api/v1/admin/mails", Nothing, ADMIN),
        // Without a mail server, an administrator is told so.
        row("POST /api/v1/admin/mail/test", Nothing, ADMIN).ok(409),
        row("POST /api/v1/admin/mails/{id}/again", Nothing, ADMIN).ok(409),
        row("POST /api/v1/admin/mail-templates/preview", Nothing, ADMIN).ok(404).json(
            |_| json!({ "template": { "name": "T", "subject": "S", "text": "T" }, "release": "REL-999999" }),
        ),
        row("POST /api/v1/blobs", Nothing, SIGNED_IN)
            .json(|_| json!({ "sha256": "cd".repeat(32), "bytes": 8, "type": "image/png" })),
        row("PATCH /api/v1/blobs/{sha256}", Upload, OWN_ONLY)
            .raw("application/offset+octet-stream", "12345678")
            .header("upload-offset", "0"),
        row("GET /api/v1/blobs/{sha256}", Blob, OWN_ONLY),
        row("POST /sync/v1/push", Nothing, SIGNED_IN)
            .json(|_| json!({ "proto": 2, "client": ulid::Ulid::new().to_string(), "ops": [] })),
        row("POST /sync/v1/pull", Nothing, SIGNED_IN)
            .json(|_| json!({ "proto": 2, "client": ulid::Ulid::new().to_string(), "follow": [], "through": 0 })),
        row("POST /sync/v1/package", Nothing, CMDB).json(|_| json!({})),
        row("GET /sync/v1/events", Nothing, SIGNED_IN),
    ]
}
