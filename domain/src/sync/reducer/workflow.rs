//! The ways between stages. Each names the stage it starts from ([`from`]) and what it decides on; a decision names
//! exactly the content that was seen ([`exactly`]).

use super::{Ctx, Done, Refusal, applied, malformed};
use crate::release::{
    ContentHash, Disposition, Release, SentBack, Stage, Submission, Value, conflicts_open, unmet,
};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;

/// Longest reason, in characters.
const MAX_REASON: usize = 4_000;

/// Draft to authorisation: exactly what was seen, and only if nothing is missing.
pub(super) fn submit(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    if release.stage != Stage::Draft || release.disposition != Disposition::Active {
        return Err(Reason::Frozen { stage: release.stage }.into());
    }
    let content = exactly(release, seen)?;
    let unmet = unmet(release, &|key| ctx.world.ci(key));
    if !unmet.is_empty() {
        return Err(Reason::NotReady { unmet }.into());
    }
    release.stage = Stage::Authorisation;
    release.sent_back = None;
    let hash = content.0.clone();
    release.submitted = Some(Submission {
        content,
        mark: ctx.mark(),
    });
    Ok(decided(
        "submitted it for authorisation",
        Value::Empty,
        hash.into(),
    ))
}

/// Authorisation back to draft, by the author.
pub(super) fn withdraw(release: &mut Release) -> Result<Done, Refusal> {
    if release.stage != Stage::Authorisation {
        return Err(Reason::Frozen { stage: release.stage }.into());
    }
    let before = thaw(release);
    Ok(decided("withdrew it to draft", before, Value::Empty))
}

/// Authorisation to execution: the go-ahead for exactly what was seen.
pub(super) fn authorise(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    from(Stage::Authorisation, release)?;
    let content = exactly(release, seen)?;
    if let Some(open) = conflicts_open(release.conflicts.len()) {
        return Err(Reason::NotReady { unmet: vec![open] }.into());
    }
    release.stage = Stage::Execution;
    release.authorised = Some(ctx.mark());
    Ok(decided("authorised it", Value::Empty, content.0.into()))
}

/// Authorisation back to draft, with what has to change.
pub(super) fn refuse(release: &mut Release, reason: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    from(Stage::Authorisation, release)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(malformed("reason: say what has to change"));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(malformed(format!(
            "reason: at most {MAX_REASON} characters are allowed"
        )));
    }
    let before = thaw(release);
    release.sent_back = Some(SentBack {
        reason: reason.to_owned(),
        mark: ctx.mark(),
    });
    Ok(decided("refused it, back to draft", before, reason.into()))
}

/// Only an active release in this stage goes the way.
fn from(needs: Stage, release: &Release) -> Result<(), Refusal> {
    if release.stage == needs && release.disposition == Disposition::Active {
        return Ok(());
    }
    let stage = release.stage;
    Err(Reason::WrongStage { stage, needs }.into())
}

/// What was decided on is what is there.
fn exactly(release: &Release, seen: &ContentHash) -> Result<ContentHash, Refusal> {
    let now = release.content_hash();
    if *seen == now {
        Ok(now)
    } else {
        Err(Reason::ContentChanged { now }.into())
    }
}

/// Back to draft; what was submitted, for the journal.
fn thaw(release: &mut Release) -> Value {
    release.stage = Stage::Draft;
    let submission = release.submitted.take();
    submission.map_or(Value::Empty, |submission| submission.content.0.into())
}

fn decided(text: &str, before: Value, after: Value) -> Done {
    applied(Category::Workflow, text, before, after)
}
