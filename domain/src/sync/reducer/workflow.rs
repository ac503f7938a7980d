//! Submission and withdrawal; the later stages join in `domain::release::workflow`.

use super::{Ctx, Done, Refusal, applied};
use crate::release::{ContentHash, Disposition, Release, Stage, Submission, Value, unmet};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;

/// Draft to authorisation: exactly what was seen, and only if nothing is missing.
pub(super) fn submit(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    if release.stage != Stage::Draft || release.disposition != Disposition::Active {
        return Err(Reason::Frozen { stage: release.stage }.into());
    }
    let content = release.content_hash();
    if *seen != content {
        return Err(Reason::ContentChanged { now: content }.into());
    }
    let unmet = unmet(release, &|key| ctx.world.ci(key));
    if !unmet.is_empty() {
        return Err(Reason::NotReady { unmet }.into());
    }
    release.stage = Stage::Authorisation;
    let hash = content.0.clone();
    release.submitted = Some(Submission {
        content,
        mark: ctx.mark(),
    });
    Ok(applied(
        Category::Workflow,
        "submitted it for authorisation",
        Value::Empty,
        hash.into(),
    ))
}

/// Authorisation back to draft.
pub(super) fn withdraw(release: &mut Release) -> Result<Done, Refusal> {
    if release.stage != Stage::Authorisation {
        return Err(Reason::Frozen { stage: release.stage }.into());
    }
    release.stage = Stage::Draft;
    let before = release
        .submitted
        .take()
        .map_or(Value::Empty, |s| s.content.0.into());
    Ok(applied(
        Category::Workflow,
        "withdrew it to draft",
        before,
        Value::Empty,
    ))
}
