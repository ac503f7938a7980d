//! Execution records: facts are added, flagged where they are odd, and never refused for state.

use crate::grow::Grow;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Ctx, Done, Refusal, applied, is_newer, malformed};
use crate::release::{
    CLOCK_TOLERANCE, Claim, Disposition, ExecutionRecord, FieldVer, MAX_EVIDENCE, MAX_RECORDS, RecordFlag,
    Release, Stage, Step, StepResult, Value,
};
use crate::sync::Stamp;
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::{AttemptId, BlobId, StepId};

/// What the author says happened.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub step: StepId,
    pub seen: FieldVer,
    pub result: StepResult,
    pub started: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    pub made: Stamp,
    pub note: &'a str,
    pub evidence: &'a [BlobId],
    pub after: &'a BTreeSet<AttemptId>,
}

/// Longest note, in characters.
const MAX_NOTE: usize = 4_000;

pub(super) fn record(
    release: &mut Release,
    attempt: AttemptId,
    told: Told<'_>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let step = release
        .steps
        .get(&told.step)
        .ok_or_else(|| malformed(format!("step: there never was a step {}", told.step)))?;
    check(&told)?;
    if release.records.contains_key(&attempt) {
        return Err(Reason::Duplicate {
            what: format!("The record {attempt}"),
        }
        .into());
    }
    if release.records.len() >= MAX_RECORDS {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_RECORDS} records."),
        }
        .into());
    }
    let flags = flags(release, step, &told, ctx);
    let text = format!("recorded step “{}” as {}", step.title(), told.result.word());
    // What ended before the release was reopened belongs to the run before, whenever it comes in.
    let ended = told.made.put_right(told.ended);
    let began = release.course.run_began(ctx.actor.user);
    let earlier = began.is_some_and(|began| ended < began);
    let record = ExecutionRecord {
        step: told.step,
        run: release.run - u32::from(earlier),
        result: told.result,
        started: told.started,
        ended: told.ended,
        skew_ms: told.made.skew_ms,
        note: told.note.to_owned(),
        evidence: told.evidence.to_vec(),
        after: told.after.clone(),
        mark: ctx.mark(),
        flags,
        confirmed: None,
        overruled: None,
    };
    let own = |claim: &Claim| claim.step == told.step && claim.mark.by == ctx.actor.user;
    release.claims.retain(|_, claim| !own(claim));
    release.records.insert(attempt, record);
    Ok(applied(
        Category::Execution,
        text,
        Value::Empty,
        Value::from(told.note),
    ))
}

fn check(told: &Told<'_>) -> Result<(), Refusal> {
    if told.note.chars().count() > MAX_NOTE {
        return Err(malformed(format!(
            "note: at most {MAX_NOTE} characters are allowed"
        )));
    }
    if told.ended < told.started {
        return Err(malformed("ended: is before started"));
    }
    if told.evidence.len() > MAX_EVIDENCE {
        return Err(malformed(format!(
            "evidence: at most {MAX_EVIDENCE} files are allowed"
        )));
    }
    if told.after.len() > MAX_RECORDS {
        return Err(malformed(format!(
            "after: at most {MAX_RECORDS} attempts are allowed"
        )));
    }
    Ok(())
}

fn flags(release: &Release, step: &Step, told: &Told<'_>, ctx: &Ctx<'_>) -> BTreeSet<RecordFlag> {
    // A version that cannot be compared was surely not the current one; the fact stands.
    let older = is_newer(step.updated.ver, told.seen, ctx).map_or(true, |seen| seen.is_newer());
    let off = told
        .made
        .skew_ms
        .and_then(TimeDelta::try_milliseconds)
        .is_some_and(|skew| skew.abs() > CLOCK_TOLERANCE);
    let ended = matches!(
        release.disposition,
        Disposition::Cancelled | Disposition::Concluded
    );
    [
        (release.stage != Stage::Execution, RecordFlag::NotInExecution),
        (ended, RecordFlag::AfterEnd),
        (step.deleted.is_some(), RecordFlag::StepDeleted),
        (older, RecordFlag::OlderInstructions),
        (off, RecordFlag::ClockOff),
    ]
    .into_iter()
    .filter_map(|(odd, flag)| odd.then_some(flag))
    .grow()
}
