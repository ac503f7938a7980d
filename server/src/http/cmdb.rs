//! The CMDB: lists, one CI, its surroundings and what hangs on it.

use axum::extract::State;
use axum::{Extension, Json};
use domain::CiKey;
use domain::cmdb::CiPatch;
use domain::wire::cmdb::{
    CiDetail, CiQuery, CiSummary, CmdbOverview, DependencyPath, Direction, ImpactAnswer, ImpactRequest,
    Neighbourhood, RackElevation,
};
use domain::wire::{DEFAULT_LIMIT, MAX_LIMIT, Page};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Query, Segment};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::state::AppState;

/// Most hops of a neighbourhood.
const MAX_DEPTH: u32 = 6;

type Answer<T> = Result<Json<T>, Refusal>;

/// A page size within its bounds.
///
/// # Errors
/// 422 naming `limit`.
pub(super) fn page_limit(asked: Option<u32>) -> Result<u32, Refusal> {
    let limit = asked.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        Ok(limit)
    } else {
        Err(Refusal::invalid(
            "limit",
            format!("{limit} is not between 1 and {MAX_LIMIT}"),
        ))
    }
}

/// How many CIs and relations there are, the classes and the sites.
#[utoipa::path(get, path = "/api/v1/cmdb", tag = "cmdb", responses((status = 200, body = CmdbOverview)))]
pub async fn overview(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Answer<CmdbOverview> {
    Ok(Json(state.store.overview(&caller.actor).await?))
}

/// CIs, by name; all filters together must hold.
#[utoipa::path(get, path = "/api/v1/cis", tag = "cmdb", params(
    ("q" = Option<String>, Query, description = "Words that must all occur in name, key, serial or asset tag; the last may be unfinished"),
    ("class" = Option<String>, Query, description = "Only this class"),
    ("lifecycle" = Option<domain::cmdb::Lifecycle>, Query, description = "Only this lifecycle stage"),
    ("site" = Option<String>, Query, description = "Only at this site"),
    ("limit" = Option<u32>, Query, description = "Rows in a page", minimum = 1, maximum = 500),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<CiSummary>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(mut query): Query<CiQuery>,
) -> Answer<Page<CiSummary>> {
    query.limit = Some(page_limit(query.limit)?);
    Ok(Json(state.store.cis(&caller.actor, &query).await?))
}

/// One CI with its relations, releases and latest versions.
#[utoipa::path(get, path = "/api/v1/cis/{key}", tag = "cmdb", params(
    ("key" = String, Path, description = "Natural key, percent-encoded as one segment (`device%2Frtr01`)"),
), responses((status = 200, body = CiDetail)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
) -> Answer<CiDetail> {
    Ok(Json(state.store.ci(&caller.actor, &key).await?))
}

/// Changes a CI by hand. With `revision`, one that was changed meanwhile is refused with 409.
#[utoipa::path(patch, path = "/api/v1/cis/{key}", tag = "cmdb", params(
    ("key" = String, Path, description = "Natural key, percent-encoded as one segment"),
), request_body = CiPatch, responses(
    (status = 200, body = CiDetail),
    (status = 409, description = "Another revision is there now"),
))]
pub async fn patch(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
    Body(patch): Body<CiPatch>,
) -> Answer<CiDetail> {
    Ok(Json(
        state
            .store
            .patch_ci(&caller.actor, &key, patch, chrono::Utc::now())
            .await?,
    ))
}

/// How far and how much around a CI.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Around {
    /// Hops; 1 by default.
    #[param(minimum = 1, maximum = 6)]
    pub depth: Option<u32>,
    /// CIs in the picture, nearest first; 50 by default.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// The surroundings of a CI, breadth first, capped.
#[utoipa::path(get, path = "/api/v1/cis/{key}/neighbours", tag = "cmdb", params(
    ("key" = String, Path, description = "Natural key, percent-encoded as one segment"), Around,
), responses((status = 200, body = Neighbourhood)))]
pub async fn neighbours(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
    Query(around): Query<Around>,
) -> Answer<Neighbourhood> {
    let depth = around.depth.unwrap_or(1);
    if !(1..=MAX_DEPTH).contains(&depth) {
        return Err(Refusal::invalid(
            "depth",
            format!("{depth} is not between 1 and {MAX_DEPTH}"),
        ));
    }
    let limit = page_limit(around.limit)?;
    Ok(Json(
        state.store.neighbours(&caller.actor, &key, depth, limit).await?,
    ))
}

/// Where a path is to lead.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Needed {
    /// Key of the CI that may be needed.
    #[param(value_type = String)]
    pub to: CiKey,
}

/// Why this CI depends on another: a shortest way along the relations that carry an outage, at most 256
/// hops. No way is an empty `path`.
#[utoipa::path(get, path = "/api/v1/cis/{key}/path", tag = "impact", params(
    ("key" = String, Path, description = "Natural key, percent-encoded as one segment"), Needed,
), responses(
    (status = 200, body = DependencyPath),
    (status = 404, description = "One of the two CIs is not there"),
))]
pub async fn path(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
    Query(needed): Query<Needed>,
) -> Answer<DependencyPath> {
    let path = state
        .store
        .dependency_path(&caller.actor, &key, &needed.to)
        .await?;
    Ok(Json(path))
}

/// Which way and how far to look for an impact.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Reach {
    /// `dependants` (what fails with it; the default) or `dependencies` (what it needs).
    #[serde(default)]
    #[param(inline, required = false)]
    pub direction: Direction,
    /// Hops to follow at most; all without it.
    #[param(minimum = 1)]
    pub max_depth: Option<u32>,
    /// Rows to answer; counts are always complete.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// What stops working when this CI is down, or what it needs.
#[utoipa::path(get, path = "/api/v1/cis/{key}/impact", tag = "impact", params(
    ("key" = String, Path, description = "Natural key, percent-encoded as one segment"), Reach,
), responses((status = 200, body = ImpactAnswer)))]
pub async fn impact_of(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
    Query(reach): Query<Reach>,
) -> Answer<ImpactAnswer> {
    let request = ImpactRequest {
        down: vec![key],
        direction: reach.direction,
        max_depth: reach.max_depth,
        limit: reach.limit,
        ..ImpactRequest::default()
    };
    answer_impact(&state, &caller, request).await
}

/// What stops working when these CIs are down together, or what they need.
#[utoipa::path(post, path = "/api/v1/impact", tag = "impact",
    request_body(content = ImpactRequest, example = json!({"down": ["hv-1"], "limit": 100})),
    responses((status = 200, body = ImpactAnswer), (status = 404, description = "One of the CIs is not there")))]
pub async fn impact(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<ImpactRequest>,
) -> Answer<ImpactAnswer> {
    answer_impact(&state, &caller, request).await
}

async fn answer_impact(
    state: &AppState,
    caller: &Caller,
    mut request: ImpactRequest,
) -> Answer<ImpactAnswer> {
    if request.max_depth == Some(0) {
        return Err(Refusal::invalid(
            "max_depth",
            "0 hops reach nothing; leave it out for all",
        ));
    }
    request.limit = Some(page_limit(request.limit)?);
    Ok(Json(state.store.impact(&caller.actor, &request).await?))
}

/// A rack with what stands in it, by position.
#[utoipa::path(get, path = "/api/v1/cis/{key}/elevation", tag = "cmdb", params(
    ("key" = String, Path, description = "Key of a rack, percent-encoded as one segment"),
), responses((status = 200, body = RackElevation)))]
pub async fn elevation(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
) -> Answer<RackElevation> {
    Ok(Json(state.store.elevation(&caller.actor, &key).await?))
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows in a page; 50 by default.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// What a site, room or rack directly holds, by name.
#[utoipa::path(get, path = "/api/v1/cis/{key}/contents", tag = "cmdb", params(
    ("key" = String, Path, description = "Key of a site, location or rack, percent-encoded as one segment"), Paging,
), responses((status = 200, body = Page<CiSummary>)))]
pub async fn contents(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(key): Segment<CiKey>,
    Query(paging): Query<Paging>,
) -> Answer<Page<CiSummary>> {
    let limit = page_limit(paging.limit)?;
    Ok(Json(
        state
            .store
            .contents(&caller.actor, &key, Some(limit), paging.after.as_deref())
            .await?,
    ))
}
