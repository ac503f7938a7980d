//! Handing a release to somebody: who does the work, whose group it is, and who may look on.

use super::{duplicate, give_to, handed, named, set};
use crate::release::{FieldPlace, Party, Release, ReleaseField, Stage, Unmet, Value, Who};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::sync::reducer::{Ctx, Done, Refusal, applied, malformed};
use crate::{GroupId, UserId};

/// Most people and groups that a release is shared with.
const MAX_SHARED: usize = 100;

pub(super) fn claim(release: &mut Release, seen: Option<UserId>, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    unseen_holder(release, seen, ctx)?;
    let before = release.assignee();
    give_to(release, Some(ctx.actor.user), ctx);
    if release.course.captured.is_none() {
        release.course.captured = Some(ctx.mark());
        release.course.held_before_capture = release.course.held_seconds;
    }
    let text = match before {
        None => "claimed it".to_owned(),
        Some(other) => format!("claimed it from {}", named(Party::User(other), release, ctx)),
    };
    Ok(handed(text, before, Some(ctx.actor.user)))
}

pub(super) fn delegate(
    release: &mut Release,
    to: UserId,
    seen: Option<UserId>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    unseen_holder(release, seen, ctx)?;
    known(Party::User(to), "to", ctx)?;
    let before = release.assignee();
    if before == Some(to) {
        return Err(malformed("to: they have it already"));
    }
    give_to(release, Some(to), ctx);
    let text = format!("gave it to {}", named(Party::User(to), release, ctx));
    Ok(handed(text, before, Some(to)))
}

/// It is taken from nobody unseen (D15).
fn unseen_holder(release: &Release, seen: Option<UserId>, ctx: &Ctx<'_>) -> Result<(), Refusal> {
    let now = release.assignee();
    if now == seen {
        return Ok(());
    }
    let (text, who) = match now {
        None => ("Nobody has it any more.".to_owned(), Vec::new()),
        Some(user) => {
            let name = named(Party::User(user), release, ctx);
            let party = Party::User(user);
            (format!("{name} has it."), vec![Who { party, name }])
        }
    };
    let unmet = vec![Unmet {
        code: "claimed".to_owned(),
        text,
        who,
        at: FieldPlace::Release {
            field: ReleaseField::Assignee,
        },
    }];
    Err(Reason::NotReady { unmet }.into())
}

pub(super) fn share(release: &mut Release, with: Party, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    known(with, "with", ctx)?;
    if release.course.shared_with.len() >= MAX_SHARED {
        let what = format!("A release is shared with at most {MAX_SHARED} people and groups.");
        return Err(Reason::TooMany { what }.into());
    }
    let name = named(with, release, ctx);
    if !release.course.shared_with.insert(with) {
        return Err(duplicate(format!("The share with {name}")));
    }
    Ok(applied(
        Category::Workflow,
        format!("shared it with {name}"),
        Value::Empty,
        name.into(),
    ))
}

pub(super) fn unshare(release: &mut Release, with: Party, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let name = named(with, release, ctx);
    if !release.course.shared_with.remove(&with) {
        return Err(malformed(format!("with: it is not shared with {name}")));
    }
    Ok(applied(
        Category::Workflow,
        format!("no longer shares it with {name}"),
        name.into(),
        Value::Empty,
    ))
}

pub(super) fn change_group(release: &mut Release, to: GroupId, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    known(Party::Group(to), "to", ctx)?;
    let before: Vec<GroupId> = release.working_groups().into_iter().collect();
    if before == [to] {
        return Err(malformed("to: it is the work of this group already"));
    }
    if matches!(release.stage, Stage::Test | Stage::Acceptance) {
        release.course.duties = [to].into();
    } else {
        set(release, ReleaseField::AssignmentGroup, to.to_string().into(), ctx);
    }
    give_to(release, None, ctx);
    let name = |group| named(Party::Group(group), release, ctx);
    let names: Vec<String> = before.into_iter().map(name).collect();
    let text = format!("gave it to the group {}", name(to));
    Ok(applied(
        Category::Workflow,
        text,
        names.join(", ").into(),
        name(to).into(),
    ))
}

/// A person or group that is there, as far as anything is known.
pub(super) fn known(party: Party, at: &str, ctx: &Ctx<'_>) -> Result<(), Refusal> {
    match ctx.world.directory() {
        Some(directory) if directory.name(party).is_none() => {
            let what = match party {
                Party::User(_) => "person who may sign in",
                Party::Group(_) => "group",
            };
            Err(malformed(format!("{at}: there is no such {what}")))
        }
        Some(directory) if directory.is_retired(party) => {
            let what = match party {
                Party::User(_) => "that person may no longer sign in; choose somebody else",
                Party::Group(_) => "that group is retired; choose another one",
            };
            Err(malformed(format!("{at}: {what}")))
        }
        _ => Ok(()),
    }
}
