//! Carrying out a plan, beside the records: claims of work, second persons, and decisions between records that
//! contradict each other.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::steps::title;
use super::{Ctx, Done, Refusal, applied, malformed, no_such};
use crate::release::{Claim, ExecutionRecord, MAX_RECORDS, Release, StepState, Value, start_unmet};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::{AttemptId, StepId};

/// Claims a step. A gate: unlike a record it is refused where the step cannot be started.
pub(super) fn start(
    release: &mut Release,
    attempt: AttemptId,
    step: StepId,
    started: DateTime<Utc>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if !release.steps.contains_key(&step) {
        return Err(no_such(format!("step {step}")));
    }
    if release.claims.contains_key(&attempt) {
        return Err(Reason::Duplicate {
            what: format!("The claim {attempt}"),
        }
        .into());
    }
    let unmet = start_unmet(release, step);
    if !unmet.is_empty() {
        return Err(Reason::NotReady { unmet }.into());
    }
    if release.claims.len() >= MAX_RECORDS {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_RECORDS} claims at a time."),
        }
        .into());
    }
    let mark = ctx.mark();
    release.claims.insert(attempt, Claim { step, started, mark });
    Ok(said(format!("started step “{}”", title(release, step))))
}

/// Ends a claim without a record. One that has ended already is left as it is.
pub(super) fn leave(release: &mut Release, attempt: AttemptId) -> Done {
    match release.claims.remove(&attempt) {
        Some(claim) => said(format!(
            "ended the claim of step “{}” without a record",
            title(release, claim.step)
        )),
        None => said("ended a claim that had ended"),
    }
}

/// The second person's word. The first confirmation stays.
pub(super) fn confirm(release: &mut Release, attempt: AttemptId, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let record = known(release, attempt)?;
    if record.mark.by == ctx.actor.user {
        return Err(Reason::SamePerson.into());
    }
    record.confirmed.get_or_insert(ctx.mark());
    let (step, word) = (record.step, record.result.word());
    Ok(said(format!(
        "confirmed that step “{}” is {word}",
        title(release, step)
    )))
}

/// Decides between records that contradict each other.
pub(super) fn settle(
    release: &mut Release,
    step: StepId,
    attempt: AttemptId,
    over: &BTreeSet<AttemptId>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let run = release.run_state();
    let Some(state) = run.step(step) else {
        return Err(no_such(format!("step {step}")));
    };
    if !state.standing.contains(&attempt) {
        return Err(no_such(format!("standing record {attempt} of this step")));
    }
    if state.state != StepState::Disputed {
        return Err(Reason::Duplicate {
            what: "A decision about this step".into(),
        }
        .into());
    }
    if over.contains(&attempt) {
        return Err(malformed("over: the record that counts is not overruled"));
    }
    let word = known(release, attempt)?.result.word();
    for other in over.iter().filter(|other| state.standing.contains(other)) {
        known(release, *other)?.overruled = Some(ctx.mark());
    }
    Ok(said(format!(
        "decided that step “{}” is {word}",
        title(release, step)
    )))
}

fn known(release: &mut Release, attempt: AttemptId) -> Result<&mut ExecutionRecord, Refusal> {
    release
        .records
        .get_mut(&attempt)
        .ok_or_else(|| no_such(format!("record {attempt}")))
}

fn said(text: impl Into<String>) -> Done {
    applied(Category::Execution, text, Value::Empty, Value::Empty)
}
