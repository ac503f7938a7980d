//! Everything that moves a release on after its submission, or hands it to somebody. Whether it may be done says the
//! table of the workflow; here is what it does.

mod dates;
mod hand;

use crate::grow::Grow;
use chrono::TimeDelta;

use super::workflow::{exactly, reason_of, void_approvals};
use super::{Ctx, Done, Refusal, applied, malformed};
use crate::UserId;
use crate::release::{
    Act, Awaits, Cell, ContentHash, Course, Disposition, Ended, Hold, Party, Release, ReleaseField, Scene,
    SentBack, Stage, Submission, Value, judge, unmet_for, visible,
};
use crate::sync::Stamp;
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;

/// Longest instruction of an activity and longest note of a hold, in characters.
const MAX_NOTE: usize = 4_000;
/// Shown until the server has answered, where nothing is known of release types.
const UNKNOWN_REASON: &str = "The reason is not known on this device yet";

/// Carries out an act, or says every condition that keeps it from being done.
pub(super) fn act(release: &mut Release, act: &Act, made: Stamp, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let unmet = unmet_for(act.action(), &scene(release, ctx));
    if !unmet.is_empty() {
        return Err(Reason::NotReady { unmet }.into());
    }
    match act {
        Act::Forward { from } => forward(release, *from, ctx),
        Act::Unresolved { from, reason } => unresolved(release, *from, reason, ctx),
        Act::Accept { seen } => accept(release, seen, ctx),
        Act::Close => Ok(close(release, ctx)),
        Act::Cancel { reason } => cancel(release, reason, ctx),
        Act::Reopen { reason } => reopen(release, reason, made, ctx),
        Act::Hold { reason, note } => hold(release, reason, note, ctx),
        Act::Resume => Ok(resume(release, ctx)),
        Act::Claim { seen } => hand::claim(release, *seen, ctx),
        Act::Delegate { to, seen } => hand::delegate(release, *to, *seen, ctx),
        Act::Share { with } => hand::share(release, *with, ctx),
        Act::Unshare { with } => hand::unshare(release, *with, ctx),
        Act::ChangeGroup { to } => hand::change_group(release, *to, ctx),
        Act::ReDate { start, end, seen } => dates::re_date(release, *start, *end, seen, ctx),
        Act::Schedule { activity } => dates::schedule(release, activity.as_ref(), ctx),
    }
}

fn scene<'a>(release: &'a Release, ctx: &'a Ctx<'_>) -> Scene<'a> {
    Scene {
        actor: ctx.actor,
        release,
        world: ctx.world,
    }
}

fn forward(release: &mut Release, from: Stage, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    still(release, from)?;
    let scene = scene(release, ctx);
    let (to, group) = match (scene.leads_to(), scene.kind()) {
        (Some(Stage::Test), kind) => (Stage::Test, kind.and_then(|kind| kind.test_group)),
        (_, kind) => (Stage::Acceptance, kind.and_then(|kind| kind.acceptance_group)),
    };
    let said = match from {
        Stage::Execution => &mut release.course.executed,
        _ => &mut release.course.tested,
    };
    *said = Some(ctx.mark());
    release.stage = to;
    release.course.duties = group.into_iter().grow();
    give_to(release, None, ctx);
    let text = format!("moved it on from {} to {}", from.as_str(), to.as_str());
    Ok(moved(&text, from, to))
}

fn unresolved(release: &mut Release, from: Stage, reason: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    still(release, from)?;
    let reason = reason_of(reason, "say what did not work")?;
    release.stage = Stage::Authorisation;
    ask_anew(release, ctx);
    if from != Stage::Execution {
        give_to(release, None, ctx);
    }
    release.course.duties.clear();
    release.sent_back = Some(SentBack {
        reason: reason.clone(),
        mark: ctx.mark(),
        from: Some(from),
    });
    let text = format!("found it unresolved in {}, back to authorisation", from.as_str());
    Ok(applied(
        Category::Workflow,
        text,
        from.as_str().into(),
        reason.into(),
    ))
}

fn accept(release: &mut Release, seen: &ContentHash, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let content = exactly(release, seen)?;
    release.stage = Stage::Closure;
    release.course.accepted = Some(ctx.mark());
    release.course.duties.clear();
    give_to(release, None, ctx);
    Ok(applied(
        Category::Workflow,
        "accepted it",
        Value::Empty,
        content.0.into(),
    ))
}

fn close(release: &mut Release, ctx: &Ctx<'_>) -> Done {
    let requester = release.requester();
    let on_behalf_of = requester.and_then(|requester| ctx.actor.on_behalf_of(requester));
    let owner = requester.map(|user| named(Party::User(user), release, ctx));
    let judged = judge(release, owner.as_deref().unwrap_or_default(), ctx.now, ctx.world);
    let differ = judged.values().filter(|one| !one.matches).count();
    let text = match (judged.len(), differ) {
        (0, _) => String::new(),
        (1, 0) => "; its CI is as planned".to_owned(),
        (all, 0) => format!("; its {all} CIs are as planned"),
        (all, differ) => format!("; {differ} of {all} CIs to be verified"),
    };
    release.course.judged = judged;
    end(release, Disposition::Concluded, String::new(), on_behalf_of, ctx);
    let text = format!("closed it{}{text}", stood_in(on_behalf_of, release, ctx));
    applied(
        Category::Workflow,
        text,
        Value::Empty,
        Disposition::Concluded.as_str().into(),
    )
}

fn cancel(release: &mut Release, reason: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let reason = reason_of(reason, "say why it is cancelled")?;
    let before = release.disposition.as_str();
    end(release, Disposition::Cancelled, reason.clone(), None, ctx);
    Ok(applied(
        Category::Workflow,
        "cancelled it",
        before.into(),
        reason.into(),
    ))
}

/// Fixes its times; a hold ends with it.
fn end(release: &mut Release, how: Disposition, reason: String, on_behalf_of: Option<UserId>, ctx: &Ctx<'_>) {
    let figures = release.figures(ctx.now, ctx.world);
    release.disposition = how;
    release.course.hold = None;
    release.claims.clear();
    release.course.ended = Some(Ended {
        mark: ctx.mark(),
        on_behalf_of,
        reason,
        figures,
    });
}

fn reopen(release: &mut Release, reason: &str, made: Stamp, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let reason = reason_of(reason, "say why it is opened again")?;
    let before = release.disposition.as_str();
    release.disposition = Disposition::Active;
    release.run += 1;
    // Never submitted: there is nothing to authorise yet.
    if release.stage != Stage::Draft {
        release.stage = Stage::Authorisation;
    }
    ask_anew(release, ctx);
    release.sent_back = None;
    give_to(release, None, ctx);
    for field in [
        ReleaseField::ClosureCode,
        ReleaseField::ClosureNotes,
        ReleaseField::ReleaseDate,
    ] {
        set(release, field, Value::Empty, ctx);
    }
    let old = std::mem::take(&mut release.course);
    release.course = Course {
        approvals: old.approvals,
        awaits: old.awaits,
        shared_with: old.shared_with,
        activity: old.activity,
        reopened: Some(ctx.mark()),
        reopened_made: Some(made.put_right(made.wall)),
        ..Course::default()
    };
    let text = format!("reopened it, run {}", release.run);
    Ok(applied(Category::Workflow, text, before.into(), reason.into()))
}

fn hold(release: &mut Release, key: &str, note: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let kind = scene(release, ctx).kind();
    let key_of_type = release.release_type();
    let reckons = ctx.world.reckons(key_of_type.as_ref());
    let text = match kind {
        Some(kind) => kind.hold_reason(key).map(|choice| choice.text.clone()),
        None if !reckons => Some(UNKNOWN_REASON.to_owned()),
        None => Some(key.to_owned()),
    };
    let text = text.ok_or_else(|| malformed("reason: is not a hold reason of this release type"))?;
    if key.trim().is_empty() || key.chars().count() > 60 {
        return Err(malformed("reason: must be the key of a hold reason"));
    }
    within(note, "note")?;
    let left = release.due().filter(|due| *due > ctx.now && reckons);
    release.course.hold = Some(Hold {
        reason: key.to_owned(),
        text: text.clone(),
        note: note.trim().to_owned(),
        seconds_left: left.map(|due| ctx.world.worked(key_of_type.as_ref(), ctx.now, due).num_seconds()),
        mark: ctx.mark(),
    });
    release.disposition = Disposition::OnHold;
    let said = format!("put it on hold: {text}");
    Ok(applied(
        Category::Workflow,
        said,
        Value::Empty,
        note.trim().into(),
    ))
}

/// Where it was, with the time that was left (D8).
fn resume(release: &mut Release, ctx: &Ctx<'_>) -> Done {
    release.disposition = Disposition::Active;
    let key = release.release_type();
    let mut before = Value::Empty;
    if let Some(hold) = release.course.hold.take()
        && ctx.world.reckons(key.as_ref())
    {
        let held = ctx.world.worked(key.as_ref(), hold.mark.at, ctx.now);
        release.course.held_seconds += held.num_seconds();
        if let Some(left) = hold.seconds_left.and_then(TimeDelta::try_seconds) {
            let due = ctx.world.after_working(key.as_ref(), ctx.now, left);
            before = release.due().map_or(Value::Empty, Value::time);
            release.course.due_moved = Some(due);
        }
    }
    let due = release.due().map_or(Value::Empty, Value::time);
    let text = format!("resumed it in {}", release.stage.as_str());
    applied(Category::Workflow, text, before, due)
}

/// What was given so far is void; everybody is asked again. Whether there was anything to make void.
fn ask_anew(release: &mut Release, ctx: &Ctx<'_>) -> bool {
    let voided = void_approvals(release, ctx);
    release.authorised = None;
    if release.stage == Stage::Draft {
        release.course.awaits = None;
        return voided;
    }
    let awaits = Awaits::of(scene(release, ctx).kind());
    release.course.awaits = Some(awaits);
    release.submitted = Some(Submission {
        content: release.content_hash(),
        mark: ctx.mark(),
    });
    voided
}

/// The stage that the author meant is the one it is in.
fn still(release: &Release, from: Stage) -> Result<(), Refusal> {
    let stage = release.stage;
    if stage == from {
        return Ok(());
    }
    Err(Reason::WrongStage { stage, needs: from }.into())
}

fn give_to(release: &mut Release, to: Option<UserId>, ctx: &Ctx<'_>) {
    if release.assignee() != to {
        let value = to.map_or(Value::Empty, |user| user.to_string().into());
        set(release, ReleaseField::Assignee, value, ctx);
    }
}

fn set(release: &mut Release, field: ReleaseField, value: Value, ctx: &Ctx<'_>) {
    if *release.value(field) == value {
        return;
    }
    let mark = ctx.mark();
    release.fields.insert(field, Cell { value, mark });
}

fn named(party: Party, release: &Release, ctx: &Ctx<'_>) -> String {
    let directory = ctx.world.directory();
    match directory.and_then(|directory| directory.name(party)) {
        Some(name) => name.to_owned(),
        None => match party {
            Party::User(user) if release.requester() == Some(user) => "the requester".to_owned(),
            Party::User(_) => "somebody".to_owned(),
            Party::Group(_) => "a group".to_owned(),
        },
    }
}

/// ` on behalf of Ines Carvalho`, or nothing.
pub(super) fn stood_in(on_behalf_of: Option<UserId>, release: &Release, ctx: &Ctx<'_>) -> String {
    on_behalf_of.map_or_else(String::new, |user| {
        format!(" on behalf of {}", named(Party::User(user), release, ctx))
    })
}

fn within(text: &str, at: &str) -> Result<(), Refusal> {
    if text.chars().count() > MAX_NOTE {
        return Err(malformed(format!(
            "{at}: at most {MAX_NOTE} characters are allowed"
        )));
    }
    visible(text).map_err(|wrong| malformed(format!("{at}: {wrong}")))
}

fn duplicate(what: String) -> Refusal {
    Reason::Duplicate { what }.into()
}

fn moved(text: &str, from: Stage, to: Stage) -> Done {
    applied(Category::Workflow, text, from.as_str().into(), to.as_str().into())
}

fn handed(text: String, before: Option<UserId>, after: Option<UserId>) -> Done {
    let value = |user: Option<UserId>| user.map_or(Value::Empty, |user| user.to_string().into());
    applied(Category::Workflow, text, value(before), value(after))
}
