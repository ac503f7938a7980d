//! The description of the interface, OpenAPI 3.1. What a handler answers is written beside it; what every
//! route of its kind may answer as well follows from the table of routes.

use std::sync::{Arc, LazyLock};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::cmdb::Lifecycle;
use domain::release::Stage;
use domain::wire::list::View;
use domain::wire::problem::Problem;
use domain::wire::webhook::Message;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::policy::Policy;
use super::problem::Refusal;
use super::routes::{self, INTERFACE, Route, Verb};
use super::{
    admin, backups, blobs, bulk, cmdb, documents, forms, health, identity, imports, lists, mail, metrics,
    registry, releases, sync, versions, views, webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Slipway",
        description = "Release management for IT infrastructure. Errors are `application/problem+json` with a stable `code`. \
                       Lists answer `{items, next, total}` and page by key: pass `next` back as `after`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        health::live,
        health::ready,
        metrics::metrics,
        document,
        identity::me,
        identity::directory,
        identity::tokens,
        identity::create_token,
        identity::revoke_token,
        cmdb::overview,
        cmdb::list,
        cmdb::detail,
        cmdb::patch,
        cmdb::neighbours,
        cmdb::path,
        cmdb::impact_of,
        cmdb::elevation,
        cmdb::contents,
        cmdb::impact,
        backups::take,
        backups::confirm,
        admin::audit,
        admin::explain,
        admin::calendars,
        admin::create_calendar,
        admin::calendar,
        admin::calendar_update,
        admin::calendar_retire,
        admin::types,
        admin::create_type,
        admin::release_type,
        admin::type_update,
        admin::type_retire,
        admin::mail_templates,
        admin::create_mail_template,
        admin::mail_template,
        admin::mail_template_update,
        admin::mail_template_retire,
        mail::preview,
        mail::standing,
        mail::try_out,
        mail::list,
        mail::again,
        admin::people::users,
        admin::people::create_user,
        admin::people::user,
        admin::people::user_update,
        admin::people::user_retire,
        admin::groups,
        admin::create_group,
        admin::group,
        admin::group_update,
        admin::group_retire,
        admin::units,
        admin::create_unit,
        admin::unit,
        admin::unit_update,
        admin::unit_retire,
        admin::contracts,
        admin::create_contract,
        admin::contract,
        admin::contract_update,
        admin::contract_retire,
        admin::categories,
        admin::create_category,
        admin::category,
        admin::category_update,
        admin::category_retire,
        admin::substitutes,
        admin::create_substitute,
        admin::substitute,
        admin::substitute_update,
        admin::substitute_retire,
        admin::people::set_password,
        admin::rights::rights,
        admin::rights::change_rights,
        admin::tokens::tokens,
        admin::tokens::revoke_token,
        imports::run,
        imports::list,
        imports::detail,
        registry::list,
        registry::add,
        registry::detail,
        registry::patch,
        registry::delete,
        registry::import,
        lists::list,
        lists::counts,
        lists::export,
        lists::schedule,
        lists::search,
        bulk::run,
        views::list,
        views::create,
        views::change,
        views::delete,
        releases::create,
        releases::detail,
        releases::commands,
        releases::actions,
        releases::impact,
        releases::clashes,
        releases::order,
        releases::journal,
        webhooks::list,
        webhooks::create,
        webhooks::detail,
        webhooks::change,
        webhooks::remove,
        webhooks::rotate,
        webhooks::try_out,
        webhooks::deliveries,
        webhooks::redeliver,
        blobs::begin,
        blobs::add,
        blobs::read,
        versions::list,
        versions::detail,
        versions::changes,
        versions::restore,
        documents::content,
        forms::list,
        forms::detail,
        forms::create,
        forms::change,
        sync::push,
        sync::pull,
        sync::package,
        sync::events,
    ),
    components(schemas(Problem, View, Stage, Lifecycle, Message)),
    tags(
        (name = "cmdb", description = "Configuration items and their relations"),
        (name = "impact", description = "What stops working when something is down"),
        (name = "imports", description = "Bringing an estate in"),
        (name = "registers", description = "Changes, problems, knowledge articles, purchases and definitive media"),
        (name = "releases", description = "Plans of rollouts, and what becomes of them"),
        (name = "views", description = "Lists that people keep under a name"),
        (name = "search", description = "One search over everything that has a name"),
        (name = "evidence", description = "Photos and files that records show"),
        (name = "webhooks", description = "Telling other programs what happens; what they are sent is the schema `Message`"),
        (name = "mails", description = "Mails to requesters and groups, and the words of them"),
        (name = "documents", description = "Documents of releases"),
        (name = "checklists", description = "Templates of checklists"),
        (name = "sync", description = "How browsers and tablets keep up"),
        (name = "identity", description = "Who is calling, and API tokens"),
        (name = "administration", description = "People, groups, rights and the other registers around releases"),
        (name = "operation", description = "For whoever runs the server"),
    ),
)]
struct Described;

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(describe);

/// The names that the address of a route takes in its query, as they are described; none for a route that is not.
#[must_use]
pub fn query_names(route: &Route) -> Option<Arc<[&'static str]>> {
    let item = DOCUMENT.paths.paths.get(route.path)?;
    let operation = match route.verb {
        Verb::Get => item.get.as_ref(),
        Verb::Post => item.post.as_ref(),
        Verb::Patch => item.patch.as_ref(),
        Verb::Delete => item.delete.as_ref(),
    }?;
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let in_query = parameters
        .iter()
        .filter(|it| it.parameter_in == ParameterIn::Query);
    Some(in_query.map(|it| it.name.as_str()).collect())
}

/// The finished document.
#[must_use]
pub fn describe() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    add_security(document.components.get_or_insert_default());
    for route in routes::table().iter().filter(|route| route.public_interface) {
        let operation = document
            .paths
            .paths
            .get_mut(route.path)
            .and_then(|item| match route.verb {
                Verb::Get => item.get.as_mut(),
                Verb::Post => item.post.as_mut(),
                Verb::Patch => item.patch.as_mut(),
                Verb::Delete => item.delete.as_mut(),
            });
        if let Some(operation) = operation {
            complete(route, operation);
        }
    }
    document
}

fn add_security(components: &mut Components) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token, `slp_...`"))
        .build();
    let cookie = ApiKeyValue::with_description(
        "slipway_session",
        "The session of a browser; over https the name is `__Host-slipway_session`",
    );
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let problem = ResponseBuilder::new()
        .description("What is wrong, where, and what to do")
        .content("application/problem+json", problem_content())
        .build();
    components.responses.insert("Problem".into(), problem.into());
}

fn problem_content() -> utoipa::openapi::Content {
    ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
        .build()
}

/// `get_cis_by_key_impact`: unique, and the same as long as the address is.
fn operation_id(route: &Route) -> String {
    let mut id = route.verb.as_str().to_lowercase();
    let path = route.path.trim_start_matches("/api/v1");
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let named = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        id.push_str(if named.is_some() { "_by_" } else { "_" });
        id.push_str(&named.unwrap_or(segment).replace('.', "_"));
    }
    id
}

fn complete(route: &Route, operation: &mut Operation) {
    operation.operation_id = Some(operation_id(route));
    let mut also: Vec<u16> = vec![500, 503];
    if route.policy == Policy::Public {
        operation.security = Some(Vec::new());
    } else {
        also.extend([401, 403]);
        let either = ["token", "session"].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
        operation.security = Some(either.into());
    }
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    if parameters.iter().any(|p| p.parameter_in == ParameterIn::Path) {
        also.extend([400, 404]);
    }
    if parameters.iter().any(|p| p.parameter_in == ParameterIn::Query) {
        also.push(400);
    }
    // For a name in the query that is none: see `policy`.
    if route.path.starts_with(INTERFACE) {
        also.push(422);
    }
    if operation.request_body.is_some() {
        also.extend([400, 413, 415, 422]);
    }
    for status in also {
        let problem = RefOr::Ref(Ref::from_response_name("Problem"));
        operation
            .responses
            .responses
            .entry(status.to_string())
            .or_insert(problem);
    }
    // A status that a handler names without a body is a problem as well.
    for (status, response) in &mut operation.responses.responses {
        let is_problem = status.starts_with('4') || status.starts_with('5');
        if let RefOr::T(response) = response
            && is_problem
            && response.content.is_empty()
        {
            response
                .content
                .insert("application/problem+json".into(), problem_content());
        }
    }
}

static TEXT: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let mut document = serde_json::to_value(&*DOCUMENT).map_err(|error| error.to_string())?;
    open_parts(&mut document);
    Ok(document.to_string())
});

/// A schema that is one part of another (`allOf`) must not forbid the properties of the other parts: a body may be
/// closed where it is sent, and stand beside `id` and `version` where it is answered.
fn open_parts(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                    part.remove("additionalProperties");
                }
            }
            fields.values_mut().for_each(open_parts);
        }
        Value::Array(items) => items.iter_mut().for_each(open_parts),
        _ => {}
    }
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operation", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json"),
))]
pub async fn document() -> Response {
    match &*TEXT {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response(),
        Err(error) => {
            Refusal::internal(format!("the interface cannot be described: {error}")).into_response()
        }
    }
}
