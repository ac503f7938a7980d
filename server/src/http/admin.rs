//! Administration: registers around releases, and who changed what in them.
//!
//! Each register has the same five routes, made by `register!`; what is special about one is in its own handlers.

pub mod people;
pub mod rights;
pub mod tokens;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::Utc;
use domain::calendar::Calendar;
use domain::mail::MailTemplate;
use domain::release::ReleaseType;
use domain::wire::Page;
use domain::wire::admin::{
    AuditEntry, AuditQuery, Category, Contract, ExplainQuery, Explanation, GroupRecord, Kept, Patch,
    RegisterQuery, Substitute, Unit,
};
use domain::{BadId, ReleaseTypeKey, shorten};

use super::extract::{Body, Query, Segment};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::db::new_key;
use crate::state::AppState;

/// Who changed which record of a register, newest first. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "administration", params(
    ("register" = Option<String>, Query, description = "Only of this register, as `users`"),
    ("record" = Option<String>, Query, description = "Only of the record with this key"),
    ("by" = Option<String>, Query, description = "Only by this person: their identity, or `cli` for the command line"),
    ("q" = Option<String>, Query, description = "A text that occurs in the record's name, in who did it, or in what was there before or afterwards"),
    ("limit" = Option<u32>, Query, description = "Rows in a page, 1 to 500"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<AuditEntry>)))]
pub async fn audit(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    Ok(Json(state.store.audit(&caller.actor, &query).await?))
}

/// Why somebody can see a release and do things to it, or cannot: which group grants what, how they reach its contract,
/// for whom they stand in. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/explain", tag = "administration", params(
    ("user" = String, Query, description = "About whom: their identity"),
    ("release" = String, Query, description = "Number of the release, as REL-000123"),
), responses((status = 200, body = Explanation), (status = 404, description = "There is no such person or release")))]
pub async fn explain(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<Explanation>, Refusal> {
    let explained = state.store.explain(&caller.actor, query.user, query.release);
    Ok(Json(explained.await?))
}

/// The key of a record in a path.
pub struct Key(pub String);

impl std::str::FromStr for Key {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.parse::<ReleaseTypeKey>() {
            Ok(key) => Ok(Self(key.to_string())),
            Err(_) => Err(BadId(format!("`{}` is not a key", shorten(text)))),
        }
    }
}

/// Listing, reading, changing and retiring the records of a register.
macro_rules! keep {
    (
        $record:ty, $path:literal, $one:literal, $whose:literal;
        $list_doc:literal $list:ident, $get_doc:literal $get:ident, $patch_doc:literal $update:ident,
        $delete_doc:literal $retire:ident
    ) => {
        #[doc = $list_doc]
        #[doc = $whose]
        #[utoipa::path(get, path = $path, tag = "administration", params(
            ("q" = Option<String>, Query, description = "Words that must all occur"),
            ("retired" = Option<bool>, Query, description = "Also those that are retired"),
            ("limit" = Option<u32>, Query, description = "Rows in a page, 1 to 500"),
            ("after" = Option<String>, Query, description = "`next` of the page before"),
        ), responses((status = 200, body = Page<Kept<$record>>)))]
        pub async fn $list(
            State(state): State<AppState>,
            Extension(caller): Extension<Caller>,
            Query(query): Query<RegisterQuery>,
        ) -> Result<Json<Page<Kept<$record>>>, Refusal> {
            Ok(Json(state.store.list_kept(&caller.actor, &query).await?))
        }

        #[doc = $get_doc]
        #[doc = $whose]
        #[utoipa::path(get, path = $one, tag = "administration", params(
            ("id" = String, Path, description = "Its identity"),
        ), responses((status = 200, body = Kept<$record>)))]
        pub async fn $get(
            State(state): State<AppState>,
            Extension(caller): Extension<Caller>,
            Segment(Key(id)): Segment<Key>,
        ) -> Result<Json<Kept<$record>>, Refusal> {
            Ok(Json(state.store.kept(&caller.actor, &id).await?))
        }

        #[doc = $patch_doc]
        #[doc = $whose]
        #[utoipa::path(patch, path = $one, tag = "administration", request_body = Patch, params(
            ("id" = String, Path, description = "Its identity"),
        ), responses(
            (status = 200, body = Kept<$record>),
            (status = 409, description = "It was changed meanwhile (`stale`, with the record as it is now), or a value is taken"),
        ))]
        pub async fn $update(
            State(state): State<AppState>,
            Extension(caller): Extension<Caller>,
            Segment(Key(id)): Segment<Key>,
            Body(patch): Body<Patch>,
        ) -> Result<Json<Kept<$record>>, Refusal> {
            let changed = state.store.change_kept(&caller.actor, &id, &patch, Utc::now());
            Ok(Json(changed.await?))
        }

        #[doc = $delete_doc]
        #[doc = $whose]
        #[utoipa::path(delete, path = $one, tag = "administration", params(
            ("id" = String, Path, description = "Its identity"),
        ), responses(
            (status = 204, description = "It is retired; `PATCH` with `retired: false` gives it back"),
            (status = 409, description = "It cannot be done without"),
        ))]
        pub async fn $retire(
            State(state): State<AppState>,
            Extension(caller): Extension<Caller>,
            Segment(Key(id)): Segment<Key>,
        ) -> Result<StatusCode, Refusal> {
            let store = &state.store;
            store.retire_kept::<$record>(&caller.actor, &id, Utc::now()).await?;
            Ok(StatusCode::NO_CONTENT)
        }
    };
}
use keep;

/// Making a record of a register.
macro_rules! make {
    ($record:ty, $path:literal, $doc:literal $create:ident) => {
        #[doc = $doc]
        #[utoipa::path(post, path = $path, tag = "administration", request_body = $record, responses(
                                    (status = 201, body = Kept<$record>),
                                    (status = 409, description = "A value is taken; the field is named"),
                                ))]
        pub async fn $create(
            State(state): State<AppState>,
            Extension(caller): Extension<Caller>,
            Body(new): Body<$record>,
        ) -> Result<(StatusCode, Json<Kept<$record>>), Refusal> {
            let made = state
                .store
                .make_kept(&caller.actor, new_key(), new, Utc::now());
            Ok((StatusCode::CREATED, Json(made.await?)))
        }
    };
}

keep! {
    GroupRecord, "/api/v1/admin/groups", "/api/v1/admin/groups/{id}", "For administrators; who leads groups sees these.";
    "Groups with their members and rights, by name." groups, "One group." group,
    "Changes a group. Its leader may change `members`." group_update, "Retires a group: it grants nothing any more, and is still named where it was." group_retire
}
make!(GroupRecord, "/api/v1/admin/groups", "Makes a group. For administrators." create_group);
keep! {
    Unit, "/api/v1/admin/units", "/api/v1/admin/units/{id}", "For administrators.";
    "Units, by name." units, "One unit." unit, "Changes a unit." unit_update, "Retires a unit." unit_retire
}
make!(Unit, "/api/v1/admin/units", "Makes a unit. For administrators." create_unit);
keep! {
    Contract, "/api/v1/admin/contracts", "/api/v1/admin/contracts/{id}", "For administrators.";
    "Contracts with the groups and units that reach them, by name." contracts, "One contract." contract,
    "Changes a contract." contract_update, "Retires a contract: its releases stay reachable, no release can newly name it." contract_retire
}
make!(Contract, "/api/v1/admin/contracts", "Makes a contract. For administrators." create_contract);
keep! {
    Category, "/api/v1/admin/categories", "/api/v1/admin/categories/{id}", "For administrators.";
    "Categories and sources of journal entries, by name." categories, "One category." category,
    "Changes a category." category_update, "Retires a category." category_retire
}
make!(Category, "/api/v1/admin/categories", "Makes a category. For administrators." create_category);
keep! {
    Substitute, "/api/v1/admin/substitutes", "/api/v1/admin/substitutes/{id}", "For administrators.";
    "Who stands in for whom, and when." substitutes, "One substitution." substitute,
    "Changes a substitution." substitute_update, "Ends a substitution." substitute_retire
}
make!(Substitute, "/api/v1/admin/substitutes", "Lets somebody stand in for somebody else. For administrators." create_substitute);
keep! {
    Calendar, "/api/v1/admin/calendars", "/api/v1/admin/calendars/{id}", "For administrators.";
    "Calendars of working time, by name." calendars, "One calendar." calendar,
    "Changes a calendar. What is due is reckoned anew when a hold ends; times that are fixed stay." calendar_update,
    "Retires a calendar: release types that have it go on by it, no type can newly choose it." calendar_retire
}
make!(Calendar, "/api/v1/admin/calendars", "Makes a calendar. One without working time is refused. For administrators." create_calendar);
keep! {
    MailTemplate, "/api/v1/admin/mail-templates", "/api/v1/admin/mail-templates/{id}", "For administrators.";
    "The words of mails, by name." mail_templates, "The words of one kind of mail." mail_template,
    "Changes the words of mails. Those that wait to be sent stay as they are." mail_template_update,
    "Retires a mail template: release types that name it go on by it, no type can newly choose it." mail_template_retire
}
make!(MailTemplate, "/api/v1/admin/mail-templates", "Makes a mail template. A placeholder that is not known is refused, and those that are known are named. For administrators." create_mail_template);
keep! {
    ReleaseType, "/api/v1/admin/types", "/api/v1/admin/types/{id}", "For administrators.";
    "Release types, by name." types, "One release type." release_type,
    "Changes a release type. What was asked for when a release was submitted stays as it was." type_update,
    "Retires a release type: releases that have it go on, no release can newly choose it." type_retire
}

/// Makes a release type. Its `key` names it for good. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/types", tag = "administration", request_body = ReleaseType, responses(
    (status = 201, body = Kept<ReleaseType>),
    (status = 409, description = "The key is taken"),
))]
pub async fn create_type(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<ReleaseType>,
) -> Result<(StatusCode, Json<Kept<ReleaseType>>), Refusal> {
    let key = new.key.to_string();
    let made = state.store.make_kept(&caller.actor, key, new, Utc::now());
    Ok((StatusCode::CREATED, Json(made.await?)))
}
