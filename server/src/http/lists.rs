//! Lists of releases, what is planned when, the search over everything, and a list as a file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use domain::access::{Deed, may};
use domain::list::Column;
use domain::release::ReleaseField;
use domain::wire::cmdb::CiQuery;
use domain::wire::counts::ReleaseCounts;
use domain::wire::list::{ReleasePage, ReleaseQuery};
use domain::wire::schedule::{Schedule, ScheduleQuery};
use domain::wire::search::SearchAnswer;
use serde::Deserialize;

use super::cmdb::page_limit;
use super::extract::Query;
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::export::list::{Sheet, csv};
use crate::state::AppState;

/// Rows of each kind in a search, unless asked otherwise.
const FOUND: u32 = 8;
/// Most rows in a file.
const MAX_ROWS: usize = 20_000;
/// Releases whose descriptions are read at a time.
const CHUNK: usize = 200;

/// A list as its address asks for it.
pub struct Wanted(pub ReleaseQuery);

/// A schedule as its address asks for it.
pub struct Planned(pub ScheduleQuery);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let pairs = pairs(parts);
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        ReleaseQuery::read(pairs)
            .map(Self)
            .map_err(|bad| Refusal::invalid(bad.name, bad.message))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Planned {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let pairs = pairs(parts);
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        ScheduleQuery::read(pairs)
            .map(Self)
            .map_err(|bad| Refusal::invalid(bad.name, bad.message))
    }
}

fn pairs(parts: &Parts) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let text = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes()).collect()
}

/// The filters of a list, for the description of the interface.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only described; `Wanted` reads them")]
pub struct Filters {
    /// `drafts`: own drafts; `waiting`: those that wait for the caller; `mine`: assigned to the caller; `groups`: of the
    /// caller's groups; `work`: all of these, and what the caller wrote or asked for; `all`
    #[param(inline)]
    view: Option<domain::wire::list::View>,
    /// Words that must all occur in number or title
    q: Option<String>,
    /// Words that must all begin a word of title, description or journal; best first unless `sort` says otherwise
    text: Option<String>,
    /// Exactly this number
    number: Option<String>,
    /// In one of these stages, separated by commas
    stage: Option<String>,
    /// One of `active`, `on_hold`, `concluded`, `cancelled`, or several
    disposition: Option<String>,
    /// Of one of these types
    release_type: Option<String>,
    /// The same as `release_type`, as addresses of pages have it
    r#type: Option<String>,
    /// With one of these priorities, 1 (highest) to 5
    priority: Option<String>,
    /// For one of these people: ids, `me`, `none`
    requester: Option<String>,
    /// One of these people works on it: ids, `me`, `none`
    assignee: Option<String>,
    /// The work of one of these groups: ids, `me` for one's own groups, `none`
    group: Option<String>,
    /// Under one of these contracts: ids, `me` for one's own, `none`
    contract: Option<String>,
    /// Of a contact in this business unit
    unit: Option<String>,
    /// Touches the CI with this key
    ci: Option<String>,
    /// Past its time limit, or not
    overdue: Option<bool>,
    /// First stored at or after this day or time
    opened_from: Option<String>,
    /// First stored before it
    opened_until: Option<String>,
    /// Concluded or cancelled at or after this day or time
    closed_from: Option<String>,
    /// Concluded or cancelled before it
    closed_until: Option<String>,
    /// In the order of a column: `number`, `title`, `priority`, `due`, `overdue`, `stage`, `requester`, ...; newest change
    /// first without it
    sort: Option<String>,
    /// `asc` or `desc`
    order: Option<String>,
}

/// What the address of a page says beside the filters, so that it can be taken as it is.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only described; `Wanted` passes them over")]
pub struct OfPages {
    /// Columns of the page; changes nothing here
    cols: Option<String>,
    /// Whether a file has the descriptions; changes nothing here
    description: Option<String>,
    /// Whether the page shows the list or charts; changes nothing here
    show: Option<String>,
}

/// How much of a list.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only described; `Wanted` reads them")]
pub struct PagingOf {
    /// Rows in a page
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// `next` of the page before, of the same list
    after: Option<String>,
}

/// Releases one may see; all filters together must hold. Counts are taken after the permission filter.
#[utoipa::path(get, path = "/api/v1/releases", tag = "releases", params(Filters, PagingOf, OfPages),
    responses((status = 200, body = ReleasePage)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Wanted(mut query): Wanted,
) -> Result<Json<ReleasePage>, Refusal> {
    query.limit = Some(page_limit(query.limit)?);
    let page = state.store.releases(&caller.actor, &query, Utc::now()).await?;
    Ok(Json(page))
}

/// A list counted by what it can be filtered by: disposition, stage, priority and group. Takes the filters of the list, and
/// each number is that of the list with this value; the order changes nothing. Counts are taken after the permission
/// filter.
#[utoipa::path(get, path = "/api/v1/releases/counts", tag = "releases", params(Filters, OfPages),
    responses((status = 200, body = ReleaseCounts)))]
pub async fn counts(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Wanted(query): Wanted,
) -> Result<Json<ReleaseCounts>, Refusal> {
    let counts = state
        .store
        .release_counts(&caller.actor, &query, Utc::now())
        .await?;
    Ok(Json(counts))
}

/// What is planned within a time of at most 92 days: the windows of releases, and the work that was put into the
/// calendars of groups; the earliest first, at most 1,000. Only of releases that the caller may see, and nothing that was
/// cancelled.
#[utoipa::path(get, path = "/api/v1/schedule", tag = "releases", params(
    ("from" = String, Query, description = "What ends after this day or time", example = "2026-11-23"),
    ("to" = String, Query, description = "What begins before this day or time", example = "2026-11-30T12:00:00Z"),
    ("group" = Option<String>, Query, description = "The work of one of these groups: ids, `me` for one's own groups, `none`"),
), responses((status = 200, body = Schedule)))]
pub async fn schedule(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Planned(asked): Planned,
) -> Result<Json<Schedule>, Refusal> {
    Ok(Json(state.store.schedule(&caller.actor, &asked).await?))
}

/// What is looked for, and how much of it.
#[derive(Debug, Deserialize)]
pub struct Looked {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

/// Releases by their texts and CIs by name, key, serial or asset tag, as far as the caller may see them.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(
    ("q" = String, Query, description = "Words; all must be found, the beginning of a word is enough"),
    ("limit" = Option<u32>, Query, description = "Rows of each kind", minimum = 1, maximum = 500),
), responses((status = 200, body = SearchAnswer)))]
pub async fn search(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(looked): Query<Looked>,
) -> Result<Json<SearchAnswer>, Refusal> {
    let limit = page_limit(looked.limit.or(Some(FOUND)))?;
    let read = ReleaseQuery::read([("text", looked.q.as_str())]);
    let query = read.map_err(|bad| Refusal::invalid("q", bad.message))?;
    if query.text.is_none() {
        return Err(Refusal::invalid("q", "has no word to look for"));
    }
    let query = ReleaseQuery {
        limit: Some(limit),
        ..query
    };
    let releases = match state.store.releases(&caller.actor, &query, Utc::now()).await {
        Err(crate::db::Error::Invalid { at, message }) if at == "text" => {
            return Err(Refusal::invalid("q", message));
        }
        other => other?,
    };
    let cis = if may(&caller.actor, Deed::ViewCmdb) {
        let query = CiQuery {
            q: Some(looked.q),
            limit: Some(limit),
            ..CiQuery::default()
        };
        Some(state.store.cis(&caller.actor, &query).await?)
    } else {
        None
    };
    Ok(Json(SearchAnswer { releases, cis }))
}

/// What a file shows.
#[derive(Debug, Deserialize)]
pub struct Shown {
    cols: Option<String>,
    #[serde(default)]
    description: bool,
}

/// A whole list as CSV that spreadsheets open: what was asked for, the rows, and how many there are.
#[utoipa::path(get, path = "/api/v1/releases/export", tag = "releases", params(
    Filters,
    ("cols" = Option<String>, Query, description = "Columns, separated by commas"),
    ("description" = Option<bool>, Query, description = "Also the descriptions"),
    ("show" = Option<String>, Query, description = "Whether the page shows the list or charts; changes nothing here"),
), responses((status = 200, description = "CSV in UTF-8", body = String, content_type = "text/csv")))]
pub async fn export(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Wanted(query): Wanted,
    Query(shown): Query<Shown>,
) -> Result<Response, Refusal> {
    let columns = columns(shown.cols.as_deref())?;
    let query = ReleaseQuery { after: None, ..query };
    let now = Utc::now();
    let page = state
        .store
        .list_releases(&caller.actor, &query, MAX_ROWS, now)
        .await?;
    if page.next.is_some() {
        return Err(Refusal::invalid(
            "limit",
            format!(
                "{} releases match, a file takes {MAX_ROWS}; filter the list",
                page.total
            ),
        ));
    }
    let mut descriptions = BTreeMap::new();
    if shown.description {
        let ids: Vec<_> = page.items.iter().map(|item| item.id).collect();
        for ids in ids.chunks(CHUNK) {
            for release in state.store.releases_by_id(&caller.actor, ids).await? {
                descriptions.insert(release.id, release.text(ReleaseField::Description).to_owned());
            }
        }
    }
    let names = state.store.names().await?;
    let sheet = Sheet {
        by: &caller.actor.name,
        now,
        query: &query,
        names: &names,
        columns: &columns,
        descriptions: shown.description.then_some(&descriptions),
    };
    let name = format!("attachment; filename=\"releases-{}.csv\"", now.format("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, csv(&sheet, &page.items)).into_response())
}

fn columns(text: Option<&str>) -> Result<Vec<Column>, Refusal> {
    let Some(text) = text else {
        return Ok(Column::ALL.to_vec());
    };
    text.split(',')
        .map(|word| {
            Column::parse(word.trim())
                .ok_or_else(|| Refusal::invalid("cols", format!("`{}` is no column", domain::shorten(word))))
        })
        .collect()
}
