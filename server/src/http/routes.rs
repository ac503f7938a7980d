//! The one table of routes: method, path, who may call it, how much body it takes, how long it may run.
//! The router is built from it, so there is no route without a policy.

use std::time::Duration;

use axum::routing::{MethodFilter, MethodRouter, on};
use domain::access::{Deed, Scope};
use domain::wire::blob::BLOB_PIECE;

use super::policy::Policy;
use super::{
    admin, backups, blobs, bulk, cmdb, documents, forms, functions, health, identity, imports, lists, mail,
    metrics, openapi, registry, releases, sync, versions, views, webhooks,
};
use crate::state::AppState;

/// Bytes of body a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit(pub u64);

impl Default for BodyLimit {
    fn default() -> Self {
        SMALL
    }
}

/// How long a route may take; `None`: as long as it needs (streams, imports).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Option<Duration>);

const SMALL: BodyLimit = BodyLimit(256 * 1024);
/// Largest file taken by an import.
pub const IMPORT_LIMIT: BodyLimit = BodyLimit(4 * 1024 * 1024 * 1024);
/// Largest file taken by an import into a register.
pub const REGISTER_LIMIT: BodyLimit = BodyLimit(16 * 1024 * 1024);
const ORDINARY: Deadline = Deadline(Some(Duration::from_secs(30)));
const UNLIMITED: Deadline = Deadline(None);

/// An HTTP method we offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Reads; also answers HEAD.
    Get,
    /// Creates or runs.
    Post,
    /// Changes in part.
    Patch,
    /// Takes away.
    Delete,
}

impl Verb {
    pub(super) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Where the interface for programs begins.
pub const INTERFACE: &str = "/api/v1/";

/// One route.
pub struct Route {
    /// Method.
    pub verb: Verb,
    /// Path template.
    pub path: &'static str,
    /// Who may call it.
    pub policy: Policy,
    /// Bytes of body it takes.
    pub body: BodyLimit,
    /// How long it may take.
    pub deadline: Deadline,
    /// For programs, and so in the OpenAPI document; the others serve only our own pages.
    pub public_interface: bool,
    pub(super) handler: fn(MethodFilter) -> MethodRouter<AppState>,
}

impl Route {
    const fn new(
        verb: Verb,
        path: &'static str,
        policy: Policy,
        handler: fn(MethodFilter) -> MethodRouter<AppState>,
    ) -> Self {
        Self {
            verb,
            path,
            policy,
            body: SMALL,
            deadline: ORDINARY,
            public_interface: true,
            handler,
        }
    }

    const fn body(mut self, body: BodyLimit) -> Self {
        self.body = body;
        self
    }

    const fn without_deadline(mut self) -> Self {
        self.deadline = UNLIMITED;
        self
    }

    const fn for_pages(mut self) -> Self {
        self.public_interface = false;
        self
    }
}

const PUBLIC: Policy = Policy::Public;
/// Thousands of field edits, or hundreds with prose and command blocks; a client that is told 413 sends half.
const PUSH_LIMIT: BodyLimit = BodyLimit(4 * 1024 * 1024);
/// One piece of an upload.
pub const PIECE_LIMIT: BodyLimit = BodyLimit(BLOB_PIECE);
const READ: Policy = Policy::SignedIn(Scope::Read);
const WRITE: Policy = Policy::SignedIn(Scope::Write);
const CREATE_RELEASE: Policy = Policy::Deed(Deed::CreateRelease);
const OWN_TOKENS: Policy = Policy::SignedIn(Scope::Admin);
const VIEW_CMDB: Policy = Policy::Deed(Deed::ViewCmdb);
const EDIT_CMDB: Policy = Policy::Deed(Deed::EditCmdb);
const IMPORT: Policy = Policy::Deed(Deed::Import);
const ADMINISTER: Policy = Policy::Deed(Deed::Administer);

/// All routes. What is not here is a page or a file of the site, which everybody may read.
#[must_use]
pub fn table() -> Vec<Route> {
    use Verb::{Delete, Get, Patch, Post};
    vec![
        Route::new(Get, "/healthz", PUBLIC, |m| on(m, health::live)),
        Route::new(Get, "/readyz", PUBLIC, |m| on(m, health::ready)),
        Route::new(Get, "/metrics", PUBLIC, |m| on(m, metrics::metrics)),
        Route::new(Get, "/api/v1/openapi.json", PUBLIC, |m| on(m, openapi::document)),
        Route::new(Post, "/api/session/{function}", PUBLIC, |m| on(m, functions::run)).for_pages(),
        Route::new(Get, "/api/v1/me", READ, |m| on(m, identity::me)),
        Route::new(Get, "/api/v1/directory", READ, |m| on(m, identity::directory)),
        Route::new(Get, "/api/v1/tokens", OWN_TOKENS, |m| on(m, identity::tokens)),
        Route::new(Post, "/api/v1/tokens", OWN_TOKENS, |m| {
            on(m, identity::create_token)
        }),
        Route::new(Delete, "/api/v1/tokens/{id}", OWN_TOKENS, |m| {
            on(m, identity::revoke_token)
        }),
        Route::new(Get, "/api/v1/cmdb", VIEW_CMDB, |m| on(m, cmdb::overview)),
        Route::new(Get, "/api/v1/cis", VIEW_CMDB, |m| on(m, cmdb::list)),
        Route::new(Get, "/api/v1/cis/{key}", VIEW_CMDB, |m| on(m, cmdb::detail)),
        Route::new(Patch, "/api/v1/cis/{key}", EDIT_CMDB, |m| on(m, cmdb::patch)),
        Route::new(Get, "/api/v1/cis/{key}/neighbours", VIEW_CMDB, |m| {
            on(m, cmdb::neighbours)
        }),
        Route::new(Get, "/api/v1/cis/{key}/path", VIEW_CMDB, |m| on(m, cmdb::path)),
        Route::new(Get, "/api/v1/cis/{key}/impact", VIEW_CMDB, |m| {
            on(m, cmdb::impact_of)
        }),
        Route::new(Get, "/api/v1/cis/{key}/elevation", VIEW_CMDB, |m| {
            on(m, cmdb::elevation)
        }),
        Route::new(Get, "/api/v1/cis/{key}/contents", VIEW_CMDB, |m| {
            on(m, cmdb::contents)
        }),
        Route::new(Post, "/api/v1/impact", VIEW_CMDB, |m| on(m, cmdb::impact)),
        Route::new(Post, "/api/v1/imports", IMPORT, |m| on(m, imports::run))
            .body(IMPORT_LIMIT)
            .without_deadline(),
        Route::new(Get, "/api/v1/imports", IMPORT, |m| on(m, imports::list)),
        Route::new(Get, "/api/v1/imports/{id}", IMPORT, |m| on(m, imports::detail)),
        Route::new(Get, "/api/v1/registers/{kind}", VIEW_CMDB, |m| {
            on(m, registry::list)
        }),
        Route::new(Post, "/api/v1/registers/{kind}", EDIT_CMDB, |m| {
            on(m, registry::add)
        }),
        Route::new(Post, "/api/v1/registers/{kind}/imports", IMPORT, |m| {
            on(m, registry::import)
        })
        .body(REGISTER_LIMIT)
        .without_deadline(),
        Route::new(Get, "/api/v1/registers/{kind}/{key}", VIEW_CMDB, |m| {
            on(m, registry::detail)
        }),
        Route::new(Patch, "/api/v1/registers/{kind}/{key}", EDIT_CMDB, |m| {
            on(m, registry::patch)
        }),
        Route::new(Delete, "/api/v1/registers/{kind}/{key}", EDIT_CMDB, |m| {
            on(m, registry::delete)
        }),
        Route::new(Post, "/api/v1/backups", ADMINISTER, |m| on(m, backups::take)).without_deadline(),
        Route::new(Post, "/api/v1/backups/{id}/confirmation", ADMINISTER, |m| {
            on(m, backups::confirm)
        }),
        Route::new(Get, "/api/v1/admin/users", ADMINISTER, |m| {
            on(m, admin::people::users)
        }),
        Route::new(Post, "/api/v1/admin/users", ADMINISTER, |m| {
            on(m, admin::people::create_user)
        }),
        Route::new(Get, "/api/v1/admin/users/{id}", ADMINISTER, |m| {
            on(m, admin::people::user)
        }),
        Route::new(Patch, "/api/v1/admin/users/{id}", ADMINISTER, |m| {
            on(m, admin::people::user_update)
        }),
        Route::new(Delete, "/api/v1/admin/users/{id}", ADMINISTER, |m| {
            on(m, admin::people::user_retire)
        }),
        Route::new(Get, "/api/v1/admin/groups", READ, |m| on(m, admin::groups)),
        Route::new(Post, "/api/v1/admin/groups", ADMINISTER, |m| {
            on(m, admin::create_group)
        }),
        Route::new(Get, "/api/v1/admin/groups/{id}", READ, |m| on(m, admin::group)),
        Route::new(Patch, "/api/v1/admin/groups/{id}", WRITE, |m| {
            on(m, admin::group_update)
        }),
        Route::new(Delete, "/api/v1/admin/groups/{id}", ADMINISTER, |m| {
            on(m, admin::group_retire)
        }),
        Route::new(Get, "/api/v1/admin/units", ADMINISTER, |m| on(m, admin::units)),
        Route::new(Post, "/api/v1/admin/units", ADMINISTER, |m| {
            on(m, admin::create_unit)
        }),
        Route::new(Get, "/api/v1/admin/units/{id}", ADMINISTER, |m| {
            on(m, admin::unit)
        }),
        Route::new(Patch, "/api/v1/admin/units/{id}", ADMINISTER, |m| {
            on(m, admin::unit_update)
        }),
        Route::new(Delete, "/api/v1/admin/units/{id}", ADMINISTER, |m| {
            on(m, admin::unit_retire)
        }),
        Route::new(Get, "/api/v1/admin/contracts", ADMINISTER, |m| {
            on(m, admin::contracts)
        }),
        Route::new(Post, "/api/v1/admin/contracts", ADMINISTER, |m| {
            on(m, admin::create_contract)
        }),
        Route::new(Get, "/api/v1/admin/contracts/{id}", ADMINISTER, |m| {
            on(m, admin::contract)
        }),
        Route::new(Patch, "/api/v1/admin/contracts/{id}", ADMINISTER, |m| {
            on(m, admin::contract_update)
        }),
        Route::new(Delete, "/api/v1/admin/contracts/{id}", ADMINISTER, |m| {
            on(m, admin::contract_retire)
        }),
        Route::new(Get, "/api/v1/admin/categories", ADMINISTER, |m| {
            on(m, admin::categories)
        }),
        Route::new(Post, "/api/v1/admin/categories", ADMINISTER, |m| {
            on(m, admin::create_category)
        }),
        Route::new(Get, "/api/v1/admin/categories/{id}", ADMINISTER, |m| {
            on(m, admin::category)
        }),
        Route::new(Patch, "/api/v1/admin/categories/{id}", ADMINISTER, |m| {
            on(m, admin::category_update)
        }),
        Route::new(Delete, "/api/v1/admin/categories/{id}", ADMINISTER, |m| {
            on(m, admin::category_retire)
        }),
        Route::new(Get, "/api/v1/admin/substitutes", ADMINISTER, |m| {
            on(m, admin::substitutes)
        }),
        Route::new(Post, "/api/v1/admin/substitutes", ADMINISTER, |m| {
            on(m, admin::create_substitute)
        }),
        Route::new(Get, "/api/v1/admin/substitutes/{id}", ADMINISTER, |m| {
            on(m, admin::substitute)
        }),
        Route::new(Patch, "/api/v1/admin/substitutes/{id}", ADMINISTER, |m| {
            on(m, admin::substitute_update)
        }),
        Route::new(Delete, "/api/v1/admin/substitutes/{id}", ADMINISTER, |m| {
            on(m, admin::substitute_retire)
        }),
        Route::new(Post, "/api/v1/admin/users/{id}/password", ADMINISTER, |m| {
            on(m, admin::people::set_password)
        }),
        Route::new(Get, "/api/v1/admin/rights", ADMINISTER, |m| {
            on(m, admin::rights::rights)
        }),
        Route::new(Patch, "/api/v1/admin/rights", ADMINISTER, |m| {
            on(m, admin::rights::change_rights)
        }),
        Route::new(Get, "/api/v1/admin/tokens", ADMINISTER, |m| {
            on(m, admin::tokens::tokens)
        }),
        Route::new(Delete, "/api/v1/admin/tokens/{id}", ADMINISTER, |m| {
            on(m, admin::tokens::revoke_token)
        }),
        Route::new(Get, "/api/v1/admin/calendars", ADMINISTER, |m| {
            on(m, admin::calendars)
        }),
        Route::new(Post, "/api/v1/admin/calendars", ADMINISTER, |m| {
            on(m, admin::create_calendar)
        }),
        Route::new(Get, "/api/v1/admin/calendars/{id}", ADMINISTER, |m| {
            on(m, admin::calendar)
        }),
        Route::new(Patch, "/api/v1/admin/calendars/{id}", ADMINISTER, |m| {
            on(m, admin::calendar_update)
        }),
        Route::new(Delete, "/api/v1/admin/calendars/{id}", ADMINISTER, |m| {
            on(m, admin::calendar_retire)
        }),
        Route::new(Get, "/api/v1/admin/types", ADMINISTER, |m| on(m, admin::types)),
        Route::new(Post, "/api/v1/admin/types", ADMINISTER, |m| {
            on(m, admin::create_type)
        }),
        Route::new(Get, "/api/v1/admin/types/{id}", ADMINISTER, |m| {
            on(m, admin::release_type)
        }),
        Route::new(Patch, "/api/v1/admin/types/{id}", ADMINISTER, |m| {
            on(m, admin::type_update)
        }),
        Route::new(Delete, "/api/v1/admin/types/{id}", ADMINISTER, |m| {
            on(m, admin::type_retire)
        }),
        Route::new(Get, "/api/v1/admin/mail-templates", ADMINISTER, |m| {
            on(m, admin::mail_templates)
        }),
        Route::new(Post, "/api/v1/admin/mail-templates", ADMINISTER, |m| {
            on(m, admin::create_mail_template)
        }),
        Route::new(Post, "/api/v1/admin/mail-templates/preview", ADMINISTER, |m| {
            on(m, mail::preview)
        }),
        Route::new(Get, "/api/v1/admin/mail-templates/{id}", ADMINISTER, |m| {
            on(m, admin::mail_template)
        }),
        Route::new(Patch, "/api/v1/admin/mail-templates/{id}", ADMINISTER, |m| {
            on(m, admin::mail_template_update)
        }),
        Route::new(Delete, "/api/v1/admin/mail-templates/{id}", ADMINISTER, |m| {
            on(m, admin::mail_template_retire)
        }),
        Route::new(Get, "/api/v1/admin/mail", ADMINISTER, |m| on(m, mail::standing)),
        Route::new(Post, "/api/v1/admin/mail/test", ADMINISTER, |m| {
            on(m, mail::try_out)
        })
        .without_deadline(),
        Route::new(Get, "/api/v1/admin/mails", ADMINISTER, |m| on(m, mail::list)),
        Route::new(Post, "/api/v1/admin/mails/{id}/again", ADMINISTER, |m| {
            on(m, mail::again)
        }),
        Route::new(Get, "/api/v1/admin/explain", ADMINISTER, |m| {
            on(m, admin::explain)
        }),
        Route::new(Get, "/api/v1/admin/audit", ADMINISTER, |m| on(m, admin::audit)),
        Route::new(Get, "/api/v1/search", READ, |m| on(m, lists::search)),
        Route::new(Get, "/api/v1/schedule", READ, |m| on(m, lists::schedule)),
        Route::new(Get, "/api/v1/views", READ, |m| on(m, views::list)),
        Route::new(Post, "/api/v1/views", WRITE, |m| on(m, views::create)),
        Route::new(Patch, "/api/v1/views/{id}", WRITE, |m| on(m, views::change)),
        Route::new(Delete, "/api/v1/views/{id}", WRITE, |m| on(m, views::delete)),
        Route::new(Get, "/api/v1/releases", READ, |m| on(m, lists::list)),
        Route::new(Get, "/api/v1/releases/counts", READ, |m| on(m, lists::counts)),
        Route::new(Get, "/api/v1/releases/export", READ, |m| on(m, lists::export)),
        Route::new(Post, "/api/v1/releases/bulk", WRITE, |m| on(m, bulk::run)).without_deadline(),
        Route::new(Post, "/api/v1/releases", CREATE_RELEASE, |m| {
            on(m, releases::create)
        })
        .body(PUSH_LIMIT),
        Route::new(Get, "/api/v1/releases/{number}", READ, |m| {
            on(m, releases::detail)
        }),
        Route::new(Post, "/api/v1/releases/{number}/commands", WRITE, |m| {
            on(m, releases::commands)
        })
        .body(PUSH_LIMIT),
        Route::new(Get, "/api/v1/releases/{number}/actions", READ, |m| {
            on(m, releases::actions)
        }),
        Route::new(Get, "/api/v1/releases/{number}/impact", READ, |m| {
            on(m, releases::impact)
        }),
        Route::new(Get, "/api/v1/releases/{number}/clashes", READ, |m| {
            on(m, releases::clashes)
        }),
        Route::new(Get, "/api/v1/releases/{number}/order", READ, |m| {
            on(m, releases::order)
        }),
        Route::new(Get, "/api/v1/releases/{number}/journal", READ, |m| {
            on(m, releases::journal)
        }),
        Route::new(Get, "/api/v1/admin/webhooks", ADMINISTER, |m| {
            on(m, webhooks::list)
        }),
        Route::new(Post, "/api/v1/admin/webhooks", ADMINISTER, |m| {
            on(m, webhooks::create)
        }),
        Route::new(Get, "/api/v1/admin/webhooks/{id}", ADMINISTER, |m| {
            on(m, webhooks::detail)
        }),
        Route::new(Patch, "/api/v1/admin/webhooks/{id}", ADMINISTER, |m| {
            on(m, webhooks::change)
        }),
        Route::new(Delete, "/api/v1/admin/webhooks/{id}", ADMINISTER, |m| {
            on(m, webhooks::remove)
        }),
        Route::new(Post, "/api/v1/admin/webhooks/{id}/secret", ADMINISTER, |m| {
            on(m, webhooks::rotate)
        }),
        Route::new(Post, "/api/v1/admin/webhooks/{id}/test", ADMINISTER, |m| {
            on(m, webhooks::try_out)
        }),
        Route::new(Get, "/api/v1/admin/webhooks/{id}/deliveries", ADMINISTER, |m| {
            on(m, webhooks::deliveries)
        }),
        Route::new(
            Post,
            "/api/v1/admin/webhooks/{id}/deliveries/{delivery}/redelivery",
            ADMINISTER,
            |m| on(m, webhooks::redeliver),
        ),
        Route::new(Get, "/api/v1/releases/{number}/versions", READ, |m| {
            on(m, versions::list)
        }),
        Route::new(Get, "/api/v1/releases/{number}/versions/{rev}", READ, |m| {
            on(m, versions::detail)
        }),
        Route::new(
            Get,
            "/api/v1/releases/{number}/versions/{rev}/changes",
            READ,
            |m| on(m, versions::changes),
        ),
        Route::new(
            Post,
            "/api/v1/releases/{number}/versions/{rev}/restoration",
            WRITE,
            |m| on(m, versions::restore),
        ),
        Route::new(
            Get,
            "/api/v1/releases/{number}/documents/{document}/content",
            READ,
            |m| on(m, documents::content),
        )
        .without_deadline(),
        Route::new(Get, "/api/v1/checklist-templates", READ, |m| on(m, forms::list)),
        Route::new(Post, "/api/v1/checklist-templates", ADMINISTER, |m| {
            on(m, forms::create)
        }),
        Route::new(Get, "/api/v1/checklist-templates/{key}", READ, |m| {
            on(m, forms::detail)
        }),
        Route::new(Patch, "/api/v1/checklist-templates/{key}", ADMINISTER, |m| {
            on(m, forms::change)
        }),
        Route::new(Post, "/api/v1/blobs", WRITE, |m| on(m, blobs::begin)),
        Route::new(Patch, "/api/v1/blobs/{sha256}", WRITE, |m| on(m, blobs::add)).body(PIECE_LIMIT),
        Route::new(Get, "/api/v1/blobs/{sha256}", READ, |m| on(m, blobs::read)),
        Route::new(Post, "/sync/v1/push", WRITE, |m| on(m, sync::push)).body(PUSH_LIMIT),
        Route::new(Post, "/sync/v1/pull", READ, |m| on(m, sync::pull)),
        Route::new(Post, "/sync/v1/package", VIEW_CMDB, |m| on(m, sync::package)),
        Route::new(Get, "/sync/v1/events", READ, |m| on(m, sync::events)),
    ]
}
