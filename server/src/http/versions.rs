//! The versions of a release: what it was, what changed, and bringing one back.

use axum::extract::State;
use axum::{Extension, Json};
use chrono::Utc;
use domain::access::may_edit;
use domain::release::{NoteBody, Rev, differences, kept_words, restore_ops};
use domain::sync::ReleaseOp;
use domain::wire::Page;
use domain::wire::records::{ReleaseVersion, VersionDiff, VersionView};
use domain::wire::release::CommandAnswer;
use domain::{BadId, shorten};
use serde::Deserialize;

use super::cmdb::{Paging, page_limit};
use super::extract::{Query, Segment, Segments};
use super::gesture::Gesture;
use super::problem::Refusal;
use super::releases::{Answer, Which};
use crate::auth::caller::Caller;
use crate::state::AppState;

/// A revision in an address.
#[derive(Debug, Clone, Copy)]
pub struct RevName(Rev);

impl std::str::FromStr for RevName {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let number = text
            .parse()
            .ok()
            .filter(|rev| (1..=i64::MAX as u64).contains(rev));
        number
            .map(|rev| Self(Rev(rev)))
            .ok_or_else(|| BadId(format!("`{}` is not a revision", shorten(text))))
    }
}

/// The versions of a release, newest first.
#[utoipa::path(get, path = "/api/v1/releases/{number}/versions", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"), Paging,
), responses((status = 200, body = Page<ReleaseVersion>)))]
pub async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Query(paging): Query<Paging>,
) -> Answer<Page<ReleaseVersion>> {
    let limit = page_limit(paging.limit)?;
    let release = which.find(&state, &caller.actor).await?;
    let after = paging.after.as_deref();
    Ok(Json(
        state
            .store
            .versions(&caller.actor, release.id, limit, after)
            .await?,
    ))
}

/// A release as it was. A revision between two versions answers the version it was stored with.
#[utoipa::path(get, path = "/api/v1/releases/{number}/versions/{rev}", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("rev" = u64, Path, description = "The revision of the version", example = 7),
), responses((status = 200, body = VersionView)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segments(which, RevName(rev)): Segments<Which, RevName>,
) -> Answer<VersionView> {
    let release = which.find(&state, &caller.actor).await?;
    Ok(Json(state.store.version(&caller.actor, release.id, rev).await?))
}

/// What to compare with.
#[derive(Debug, Default, Deserialize)]
pub struct Compared {
    /// The earlier revision.
    #[serde(default)]
    from: Option<u64>,
}

/// What is different in a version: from the version before, or from any other.
#[utoipa::path(get, path = "/api/v1/releases/{number}/versions/{rev}/changes", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("rev" = u64, Path, description = "The revision of the version", example = 7),
    ("from" = Option<u64>, Query, description = "The revision to compare with; the version before without it"),
), responses((status = 200, body = VersionDiff)))]
pub async fn changes(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segments(which, RevName(rev)): Segments<Which, RevName>,
    Query(compared): Query<Compared>,
) -> Answer<VersionDiff> {
    let release = which.find(&state, &caller.actor).await?;
    let (before, version) = match compared.from {
        None => {
            state
                .store
                .version_and_before(&caller.actor, release.id, rev)
                .await?
        }
        Some(from) if from == 0 || from > i64::MAX as u64 => {
            return Err(Refusal::invalid("from", "must be a revision"));
        }
        Some(from) => (
            Some(state.store.version(&caller.actor, release.id, Rev(from)).await?),
            state.store.version(&caller.actor, release.id, rev).await?,
        ),
    };
    let found = before
        .as_ref()
        .map(|before| differences(&before.release, &version.release));
    Ok(Json(VersionDiff {
        from: before.map(|before| before.version.rev),
        to: version.version.rev,
        differences: found.unwrap_or_default(),
    }))
}

/// Brings the content of a version back, as ordinary changes of now; nothing of the history is rewritten. Needs the
/// right to edit, and a draft. A field that chose what is not in the registers any more keeps its value; `kept` says which.
#[utoipa::path(post, path = "/api/v1/releases/{number}/versions/{rev}/restoration", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("rev" = u64, Path, description = "The revision of the version", example = 7),
), responses(
    (status = 200, body = CommandAnswer),
    (status = 409, description = "It is no draft, or what the version names is not there any more"),
))]
pub async fn restore(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segments(which, RevName(rev)): Segments<Which, RevName>,
) -> Answer<CommandAnswer> {
    let seen = which.find(&state, &caller.actor).await?;
    if !seen.with_facts(|facts| may_edit(&caller.actor, facts)) {
        return Err(Refusal::not_allowed(
            "You do not hold the right to edit this release.",
        ));
    }
    let version = state.store.version(&caller.actor, seen.id, rev).await?;
    let (wanted, kept) = state.store.restorable(&seen, version.release).await?;
    let mut ops = restore_ops(&seen, &wanted);
    if !ops.is_empty() {
        let note = NoteBody::of_restoration(&version.version, &kept);
        ops.push(ReleaseOp::Note { note });
    }
    let outcomes = if ops.is_empty() {
        Vec::new()
    } else {
        let mut gesture = Gesture::on(seen.id, Some(seen), &caller.actor, Utc::now());
        gesture.add(ops)?;
        gesture.push(&state.store).await?
    };
    let release = which.find(&state, &caller.actor).await?;
    let view = state.store.release_view(&caller.actor, release).await?;
    Ok(Json(CommandAnswer {
        outcomes,
        view,
        kept: kept_words(&kept),
    }))
}
