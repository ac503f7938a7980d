//! When: the planned dates, and the place in the calendar of a group.

use chrono::{DateTime, Utc};

use super::hand::known;
use super::{ask_anew, named, set, within};
use crate::release::{Activity, ContentHash, Party, Release, ReleaseField, Value, likely, says_something};
use crate::sync::journal::Category;
use crate::sync::reducer::workflow::exactly;
use crate::sync::reducer::{Ctx, Done, Refusal, applied, malformed};

/// Longest activity: a month.
const MAX_MINUTES: u32 = 31 * 24 * 60;

/// The go-ahead was given for other dates: it is void (N10).
pub(super) fn re_date(
    release: &mut Release,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    seen: &ContentHash,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    exactly(release, seen)?;
    for (at, time) in [("start", start), ("end", end)] {
        likely(time).map_err(|wrong| malformed(format!("{at}: {wrong}")))?;
    }
    if end < start {
        return Err(malformed("end: is before start"));
    }
    let need = release.totals().chain_minutes;
    let have = (end - start).num_minutes();
    if have < need {
        return Err(malformed(format!(
            "end: the steps need {need} minutes one after the other, this window has {have}"
        )));
    }
    let (from, to) = (Value::time(start), Value::time(end));
    let window = |release: &Release| {
        let value = |field| release.value(field).to_string();
        let (start, end) = (value(ReleaseField::PlannedStart), value(ReleaseField::PlannedEnd));
        Value::from(format!("{start} to {end}"))
    };
    if *release.value(ReleaseField::PlannedStart) == from && *release.value(ReleaseField::PlannedEnd) == to {
        return Err(malformed("start: the dates are these already"));
    }
    let (before, started) = (window(release), release.time(ReleaseField::PlannedStart));
    set(release, ReleaseField::PlannedStart, from, ctx);
    set(release, ReleaseField::PlannedEnd, to, ctx);
    release.course.due_moved = None;
    if let Some(hold) = &mut release.course.hold {
        let kind = release.fields.get(&ReleaseField::ReleaseType);
        let kind = kind.and_then(|cell| cell.value.as_text().parse().ok());
        let since = hold.mark.at;
        let reckoned = end > since && ctx.world.reckons(kind.as_ref());
        hold.seconds_left = reckoned.then(|| ctx.world.worked(kind.as_ref(), since, end).num_seconds());
    }
    if let (Some(activity), Some(started)) = (&mut release.course.activity, started) {
        activity.at += start - started;
    }
    let voided = ask_anew(release, ctx);
    let text = if voided {
        "moved the dates; the go-ahead is void and asked for again"
    } else {
        "moved the dates"
    };
    let after = window(release);
    Ok(applied(Category::Workflow, text, before, after))
}

pub(super) fn schedule(
    release: &mut Release,
    activity: Option<&Activity>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let show = |activity: &Option<Activity>| {
        let shown = activity.as_ref().map(|activity| {
            let minutes = activity.minutes;
            let at = Value::time(activity.at);
            Value::from(format!("{at}, {minutes} minutes"))
        });
        shown.unwrap_or_default()
    };
    let before = show(&release.course.activity);
    let Some(activity) = activity else {
        release.course.activity = None;
        let text = "took it out of the calendar";
        return Ok(applied(Category::Workflow, text, before, Value::Empty));
    };
    known(Party::Group(activity.group), "activity.group", ctx)?;
    if !says_something(&activity.instruction) {
        return Err(malformed("activity.instruction: say what is to be done"));
    }
    within(&activity.instruction, "activity.instruction")?;
    likely(activity.at).map_err(|wrong| malformed(format!("activity.at: {wrong}")))?;
    if !(1..=MAX_MINUTES).contains(&activity.minutes) {
        return Err(malformed(format!("activity.minutes: must be 1 to {MAX_MINUTES}")));
    }
    release.course.activity = Some(activity.clone());
    let name = named(Party::Group(activity.group), release, ctx);
    let text = format!("scheduled it in the calendar of {name}");
    let after = show(&release.course.activity);
    Ok(applied(Category::Workflow, text, before, after))
}
