//! Execution records: facts are added, flagged where they are odd, and never refused for state.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Ctx, Done, Refusal, applied, is_newer, malformed};
use crate::release::{
    Disposition, ExecutionRecord, FieldVer, MAX_RECORDS, RecordFlag, Release, Stage, StepResult, Value,
};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::{AttemptId, StepId};

/// What the author says happened.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub step: StepId,
    pub seen: FieldVer,
    pub result: StepResult,
    pub started: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    pub note: &'a str,
}

/// Longest note, in characters.
const MAX_NOTE: usize = 4_000;

pub(super) fn record(
    release: &mut Release,
    attempt: AttemptId,
    told: Told<'_>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let Told {
        step: id,
        seen,
        result,
        started,
        ended,
        note,
    } = told;
    let step = release
        .steps
        .get(&id)
        .ok_or_else(|| malformed(format!("step: there never was a step {id}")))?;
    if note.chars().count() > MAX_NOTE {
        return Err(malformed(format!(
            "note: at most {MAX_NOTE} characters are allowed"
        )));
    }
    if ended < started {
        return Err(malformed("ended: is before started"));
    }
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
    // A version that cannot be compared was surely not the current one; the fact stands.
    let older = is_newer(step.updated.ver, seen, ctx).map_or(true, |seen| seen.is_newer());
    let flags: BTreeSet<RecordFlag> = [
        (release.stage != Stage::Execution, RecordFlag::NotInExecution),
        (
            matches!(
                release.disposition,
                Disposition::Cancelled | Disposition::Concluded
            ),
            RecordFlag::AfterEnd,
        ),
        (step.deleted.is_some(), RecordFlag::StepDeleted),
        (older, RecordFlag::OlderInstructions),
    ]
    .into_iter()
    .filter_map(|(odd, flag)| odd.then_some(flag))
    .collect();
    let word = match result {
        StepResult::Done => "done",
        StepResult::Failed => "failed",
        StepResult::Skipped => "skipped",
        StepResult::BackedOut => "backed out",
    };
    let text = format!("recorded step “{}” as {word}", step.title());
    let note = note.to_owned();
    let after = Value::from(note.as_str());
    let mark = ctx.mark();
    release.records.insert(
        attempt,
        ExecutionRecord {
            step: id,
            result,
            started,
            ended,
            note,
            mark,
            flags,
        },
    );
    Ok(applied(Category::Execution, text, Value::Empty, after))
}
