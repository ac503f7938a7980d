//! The ways between stages. Each names the stage it starts from ([`from`]) and what it decides on; a decision names
//! exactly the content that was seen ([`exactly`]).

use super::act::stood_in;
use super::{Ctx, Done, Refusal, applied, links, malformed};
use crate::release::{
    Action, Approval, Awaits, ContentHash, Disposition, Release, Scene, SentBack, Stage, Submission, Value,
    awaited_words, awaits, says_something, unmet_for, visible,
};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;

/// Longest reason, in characters.
const MAX_REASON: usize = 4_000;

/// Draft to authorisation: exactly what was seen, and only if nothing is missing.
pub(super) fn submit(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    if release.stage != Stage::Draft || release.disposition != Disposition::Active {
        let unmet = unmet_for(Action::Submit, &scene(release, ctx));
        return Err(Reason::NotReady { unmet }.into());
    }
    let content = exactly(release, seen)?;
    ready(Action::Submit, release, ctx)?;
    release.stage = Stage::Authorisation;
    release.sent_back = None;
    release.course.awaits = Some(Awaits::of(scene(release, ctx).kind()));
    release.course.due_moved = None;
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
pub(super) fn withdraw(release: &mut Release, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    ready(Action::Withdraw, release, ctx)?;
    let before = thaw(release, ctx);
    Ok(decided("withdrew it to draft", before, Value::Empty))
}

/// The go-ahead for exactly what was seen. The last one that is missing starts the execution, or lets it go on.
pub(super) fn authorise(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    undecided(release)?;
    let content = exactly(release, seen)?;
    ready(Action::Authorise, release, ctx)?;
    let Some(mut missing) = awaits(&scene(release, ctx)) else {
        return Err(malformed("it waits for no go-ahead"));
    };
    let Some(gives) = release.with_facts(|facts| missing.of_actor(ctx.actor, facts)) else {
        return Err(malformed("it waits for the go-ahead of others"));
    };
    let requester = release.requester().filter(|_| gives.requester);
    let on_behalf_of = requester.and_then(|requester| ctx.actor.on_behalf_of(requester));
    missing.take(ctx.actor.user, release.author, &gives);
    let over = missing.is_over();
    release.course.awaits = Some(missing.clone());
    let hash = content.0.clone();
    release.course.approvals.push(Approval {
        mark: ctx.mark(),
        on_behalf_of,
        groups: gives.groups,
        content,
        void: None,
    });
    let mut text = format!("authorised it{}", stood_in(on_behalf_of, release, ctx));
    if over {
        release.authorised = Some(ctx.mark());
        release.sent_back = None;
        if release.stage == Stage::Authorisation {
            release.stage = Stage::Execution;
        }
    } else {
        let words = awaited_words(&scene(release, ctx), &missing);
        text = format!("{text}; it still waits for {words}");
    }
    Ok(decided(&text, Value::Empty, hash.into()))
}

/// Back to draft, with what has to change. One refusal ends it, whoever else has given their go-ahead.
pub(super) fn refuse(release: &mut Release, reason: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    undecided(release)?;
    let reason = reason_of(reason, "say what has to change")?;
    let before = thaw(release, ctx);
    release.sent_back = Some(SentBack {
        reason: reason.clone(),
        mark: ctx.mark(),
        from: None,
    });
    Ok(decided("refused it, back to draft", before, reason.into()))
}

/// A reason that says something.
pub(super) fn reason_of(reason: &str, what: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if !says_something(reason) {
        return Err(malformed(format!("reason: {what}")));
    }
    visible(reason).map_err(|wrong| malformed(format!("reason: {wrong}")))?;
    if reason.chars().count() > MAX_REASON {
        return Err(malformed(format!(
            "reason: at most {MAX_REASON} characters are allowed"
        )));
    }
    Ok(reason.to_owned())
}

/// What was given counts no longer. Whether there was anything.
pub(super) fn void_approvals(release: &mut Release, ctx: &Ctx<'_>) -> bool {
    let mark = ctx.mark();
    let standing = release
        .course
        .approvals
        .iter_mut()
        .filter(|one| one.void.is_none());
    let voided = standing.map(|one| one.void = Some(mark)).count() > 0;
    voided || release.authorised.is_some()
}

/// Only an active release that waits for a go-ahead goes the way.
fn undecided(release: &Release) -> Result<(), Refusal> {
    if release.awaits_go_ahead() && release.disposition == Disposition::Active {
        return Ok(());
    }
    let (stage, needs) = (release.stage, Stage::Authorisation);
    Err(Reason::WrongStage { stage, needs }.into())
}

fn scene<'a>(release: &'a Release, ctx: &'a Ctx<'_>) -> Scene<'a> {
    Scene {
        actor: ctx.actor,
        release,
        world: ctx.world,
    }
}

fn ready(action: Action, release: &Release, ctx: &Ctx<'_>) -> Result<(), Refusal> {
    let unmet = unmet_for(action, &scene(release, ctx));
    if unmet.is_empty() {
        return Ok(());
    }
    Err(Reason::NotReady { unmet }.into())
}

/// What was decided on is what is there.
pub(super) fn exactly(release: &Release, seen: &ContentHash) -> Result<ContentHash, Refusal> {
    let now = release.content_hash();
    if *seen == now {
        Ok(now)
    } else {
        Err(Reason::ContentChanged { now }.into())
    }
}

/// Back to draft; what was submitted, for the journal. A draft follows its changes again.
fn thaw(release: &mut Release, ctx: &Ctx<'_>) -> Value {
    void_approvals(release, ctx);
    release.stage = Stage::Draft;
    links::follow_all(release, ctx);
    release.authorised = None;
    release.course.awaits = None;
    release.course.duties.clear();
    let submission = release.submitted.take();
    submission.map_or(Value::Empty, |submission| submission.content.0.into())
}

fn decided(text: &str, before: Value, after: Value) -> Done {
    applied(Category::Workflow, text, before, after)
}
