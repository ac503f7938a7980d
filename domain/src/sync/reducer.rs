//! The one function that changes a release.

mod act;
mod checklists;
mod documents;
mod links;
mod notes;
mod record;
mod register;
mod resolve;
mod run;
mod steps;
mod workflow;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::journal::{Category, Note};
use super::outcome::{MergeNote, Reason, Verdict};
use super::{OpEnvelope, ReleaseOp, Rules};
use crate::access::{self, Actor, Right};
use crate::calendar::Timetable;
use crate::registry::{RecordFact, RecordRef};
use crate::release::{
    CiFact, CiState, ConflictAbout, Disposition, FieldRef, FieldVer, Form, MAX_SCOPE, Mark, OpId, Release,
    ReleaseField, Rev, ScopeLink, Stage, Value,
};
use crate::wire::session::Directory;
use crate::{CiKey, ContractId, FormKey, ReleaseNumber, ReleaseTypeKey, StepId};

/// What the reducer may ask about the world outside the release.
pub trait World {
    /// What is known about a CI.
    fn ci(&self, key: &CiKey) -> CiFact;
    /// What is known about a record of a register.
    fn record(&self, _record: &RecordRef) -> RecordFact {
        RecordFact::Unknown
    }
    /// What became of an earlier op of the same client; `None` if unknown.
    fn outcome(&self, op: OpId) -> Option<super::Outcome>;
    /// People who may sign in, groups and release types; `None` where nothing is known of them.
    fn directory(&self) -> Option<&Directory> {
        None
    }
    /// Release types and calendars; `None` where nothing is known of them.
    fn rules(&self) -> Option<Rules<'_>> {
        self.directory().map(Directory::rules)
    }
    /// Can the times of a release of this type be reckoned here? Without a type they go round the clock.
    fn reckons(&self, kind: Option<&ReleaseTypeKey>) -> bool {
        kind.is_none() || self.rules().is_some()
    }
    /// Where a CI is in its life; `None` where nothing is known of it.
    fn ci_state(&self, _key: &CiKey) -> Option<CiState> {
        None
    }
    /// Working time between two moments by the calendar of a release type; round the clock without one.
    fn worked(&self, kind: Option<&ReleaseTypeKey>, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        match calendar_of(self.rules(), kind) {
            Some(calendar) => calendar.clock().worked(from, to),
            None => (to - from).max(TimeDelta::zero()),
        }
    }
    /// The moment by which so much working time has passed after another one. By a calendar without working time
    /// (none such is taken into the register) it passes round the clock.
    fn after_working(
        &self,
        kind: Option<&ReleaseTypeKey>,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> DateTime<Utc> {
        calendar_of(self.rules(), kind)
            .and_then(|calendar| calendar.clock().after(from, work))
            .or_else(|| from.checked_add_signed(work))
            .unwrap_or(from)
    }
    /// Is there such a contract, in use or retired? A device believes what it was offered; the server looks.
    fn knows_contract(&self, _: ContractId) -> bool {
        true
    }
    /// Did a checklist template ever ask exactly this? A device believes its own copy; the server looks.
    fn knows_form(&self, template: &FormKey, form: &Form) -> bool {
        let _ = (template, form);
        true
    }
}

fn calendar_of<'a>(rules: Option<Rules<'a>>, kind: Option<&ReleaseTypeKey>) -> Option<&'a Timetable> {
    rules?.calendar_of(kind?)
}

/// Circumstances of an op.
pub struct Ctx<'a> {
    /// Who acts. Decides what is allowed.
    pub actor: &'a Actor,
    /// The server's clock, or the device's while predicting.
    pub now: DateTime<Utc>,
    /// The version the op's changes get: a revision on the server, the op itself while predicting.
    pub stamp: FieldVer,
    /// The number a new release gets; only the server gives numbers.
    pub number: Option<ReleaseNumber>,
    /// The world outside the release.
    pub world: &'a dyn World,
}

impl Ctx<'_> {
    fn mark(&self) -> Mark {
        Mark {
            ver: self.stamp,
            by: self.actor.user,
            at: self.now,
        }
    }
}

/// An op that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The refused op it rests on.
    pub depends_on: Option<OpId>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            depends_on: None,
        }
    }
}

fn malformed(what: impl Into<String>) -> Refusal {
    Reason::Malformed { what: what.into() }.into()
}

fn no_such(what: impl Into<String>) -> Refusal {
    Reason::NoSuch { what: what.into() }.into()
}

/// What an op did: the verdict and what the journal says about it.
pub(super) type Done = (Verdict, Note);

fn applied(category: Category, text: impl Into<String>, before: Value, after: Value) -> Done {
    (
        Verdict::Applied,
        Note {
            category,
            text: text.into(),
            before,
            after,
        },
    )
}

/// Applies one op. On `Err` the release is unchanged. O(size of what the op touches), but for cycle checks and
/// submission, which read the plan.
///
/// # Errors
/// [`Refusal`] with the reason for the author.
pub fn apply(slot: &mut Option<Release>, envelope: &OpEnvelope, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let done = match (slot.as_mut(), &envelope.op) {
        (None, ReleaseOp::Create { fields }) => {
            let (release, done) = create(envelope, fields, ctx)?;
            *slot = Some(release);
            return Ok(done);
        }
        (Some(_), ReleaseOp::Create { .. }) => {
            return Err(Reason::Duplicate {
                what: "This release".into(),
            }
            .into());
        }
        (None, _) => return Err(no_such(format!("release {}", envelope.release))),
        (Some(release), op) => {
            authorise(release, op, ctx.actor)?;
            apply_to(release, envelope, op, ctx)?
        }
    };
    if let Some(release) = slot {
        release.updated = ctx.mark();
    }
    Ok(done)
}

/// Applies the ops of one gesture: all of them or none. The outcome of each, in order.
pub fn apply_gesture(
    slot: &mut Option<Release>,
    gesture: &[(&OpEnvelope, Ctx<'_>)],
) -> Vec<Result<Done, Refusal>> {
    if let [(envelope, ctx)] = gesture {
        return vec![apply(slot, envelope, ctx)];
    }
    let mut trial = slot.clone();
    let mut results: Vec<_> = gesture
        .iter()
        .map(|(envelope, ctx)| apply(&mut trial, envelope, ctx))
        .collect();
    // What is marked is the version that the gesture leaves.
    let last = gesture.len().saturating_sub(1);
    for ((envelope, _), result) in gesture.iter().zip(&mut results).take(last) {
        if matches!(envelope.op, ReleaseOp::Baseline { .. }) && result.is_ok() {
            *result = Err(malformed(
                "a baseline is the last of what is done together: nothing may follow it",
            ));
        }
    }
    let culprit = gesture
        .iter()
        .zip(&results)
        .find(|(_, result)| result.is_err())
        .map(|((e, _), _)| e.id);
    match culprit {
        None => *slot = trial,
        Some(culprit) => {
            for result in results.iter_mut().filter(|result| result.is_ok()) {
                *result = Err(Refusal {
                    reason: Reason::GestureRefused,
                    depends_on: Some(culprit),
                });
            }
        }
    }
    results
}

fn create(
    envelope: &OpEnvelope,
    fields: &BTreeMap<ReleaseField, Value>,
    ctx: &Ctx<'_>,
) -> Result<(Release, Done), Refusal> {
    let mut release = Release::draft(envelope.release, ctx.actor.user, ctx.now, ctx.mark());
    release.number = ctx.number;
    release.fields = register::first_values(fields, |field| (field.kind(), field.label()), ctx.mark())?;
    if !ctx.actor.holds(Right::Create, release.release_type().as_ref()) {
        return Err(Reason::NotAllowed { needs: Right::Create }.into());
    }
    for (field, cell) in &release.fields {
        register::known_choice(&FieldRef::Release { field: *field }, &cell.value, ctx)?;
    }
    let done = applied(
        Category::Creation,
        "started the draft",
        Value::Empty,
        release.title().into(),
    );
    Ok((release, done))
}

/// Rights first: what one may not see does not even exist; then what one may not do.
fn authorise(release: &Release, op: &ReleaseOp, actor: &Actor) -> Result<(), Refusal> {
    release.with_facts(|facts| {
        if !access::may_view(actor, facts) {
            return Err(no_such(format!("release {}", release.id)));
        }
        let papers = keeps_records(release, op);
        match op {
            ReleaseOp::Note { .. } => access::may_note(actor, facts).then_some(()).ok_or(Right::View),
            ReleaseOp::Baseline { .. } => access::may_edit(actor, facts).then_some(()).ok_or(Right::Edit),
            _ if papers => access::may_contribute(actor, facts)
                .then_some(())
                .ok_or(Right::Edit),
            ReleaseOp::Submit { .. } | ReleaseOp::Withdraw => access::may_submit(actor, facts)
                .then_some(())
                .ok_or(Right::Create),
            ReleaseOp::Authorise { .. } | ReleaseOp::Refuse { .. } => access::may_authorise(actor, facts)
                .then_some(())
                .ok_or(Right::Authorise),
            ReleaseOp::Start { .. } | ReleaseOp::Leave { .. } | ReleaseOp::Record { .. } => {
                access::may_execute(actor, facts)
                    .then_some(())
                    .ok_or(Right::Execute)
            }
            ReleaseOp::Confirm { attempt } => {
                let record = release.records.get(attempt);
                let early = record.is_some_and(|record| release.is_early(record));
                access::may_confirm(actor, facts, early)
                    .then_some(())
                    .ok_or(Right::Execute)
            }
            ReleaseOp::Settle { .. } => access::may_settle(actor, facts)
                .then_some(())
                .ok_or(Right::Execute),
            // The table of the workflow says who may, and who else could.
            ReleaseOp::Act { .. } => Ok(()),
            op if is_late(release, op) => access::may_note_end(actor, facts, release.stage)
                .then_some(())
                .ok_or(Right::Execute),
            op if op.accompanies() => access::may_accompany(actor, facts)
                .then_some(())
                .ok_or(Right::Edit),
            _ => access::may_edit(actor, facts).then_some(()).ok_or(Right::Edit),
        }
        .map_err(|needs| Reason::NotAllowed { needs }.into())
    })
}

fn apply_to(
    release: &mut Release,
    envelope: &OpEnvelope,
    op: &ReleaseOp,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let frozen = release.stage != Stage::Draft || release.disposition != Disposition::Active;
    if frozen && op.edits() && !is_late(release, op) && !keeps_records(release, op) {
        return Err(Reason::Frozen { stage: release.stage }.into());
    }
    if let Some(step) = changed_tombstone(release, op) {
        let about = ConflictAbout::ChangeOfDeleted {
            step,
            change: Box::new(op.clone()),
        };
        return Ok(register::beside(
            release,
            envelope,
            about,
            Value::Empty,
            None,
            Value::Empty,
            ctx,
        ));
    }
    match op {
        // `apply` has dealt with it; a second one is a duplicate wherever it comes from.
        ReleaseOp::Create { .. } => Err(Reason::Duplicate {
            what: "This release".into(),
        }
        .into()),
        ReleaseOp::SetField { at, base, from, to } => {
            register::set(release, envelope, at, *base, from, to, ctx)
        }
        ReleaseOp::EditText {
            at,
            base,
            base_text,
            text,
        } => register::edit_text(release, envelope, at, *base, base_text, text, ctx),
        ReleaseOp::AddStep {
            step,
            place,
            after,
            body,
        } => steps::add(release, *step, place, *after, body, ctx),
        ReleaseOp::MoveStep { step, base, from, to } => {
            steps::move_to(release, envelope, *step, *base, from, to, ctx)
        }
        ReleaseOp::DeleteStep { step, base } => steps::delete(release, envelope, *step, *base, ctx),
        ReleaseOp::RestoreStep { step } => steps::restore(release, *step, ctx),
        ReleaseOp::AddPrerequisite { step, needs } => {
            steps::add_prerequisite(release, envelope, *step, *needs, ctx)
        }
        ReleaseOp::RemovePrerequisite { step, needs, base } => {
            steps::remove_prerequisite(release, *step, *needs, *base, ctx)
        }
        ReleaseOp::AddTarget { step, ci, body } => steps::add_target(release, *step, ci, body, ctx),
        ReleaseOp::RemoveTarget { step, ci, base } => steps::remove_target(release, *step, ci, *base, ctx),
        ReleaseOp::LinkCi { ci } => link(release, ci, ctx),
        ReleaseOp::UnlinkCi { ci, base } => unlink(release, ci, *base, ctx),
        ReleaseOp::LinkRecord { register, key } => links::record(release, *register, key, ctx),
        ReleaseOp::LinkPerson { link, person } => links::person(release, *link, person, ctx),
        ReleaseOp::Unlink { link, base } => links::end(release, link, *base, ctx),
        ReleaseOp::SetChangeStatus { change, base, status } => {
            links::set_status(release, change, *base, *status, ctx)
        }
        ReleaseOp::FollowChange { change } => links::follow(release, change, ctx),
        ReleaseOp::Submit { seen } => workflow::submit(release, seen, ctx),
        ReleaseOp::Withdraw => workflow::withdraw(release, ctx),
        ReleaseOp::Authorise { seen } => workflow::authorise(release, seen, ctx),
        ReleaseOp::Refuse { reason } => workflow::refuse(release, reason, ctx),
        ReleaseOp::Act { act } => act::act(release, act, envelope.made, ctx),
        ReleaseOp::Start {
            attempt,
            step,
            started,
        } => run::start(release, *attempt, *step, *started, ctx),
        ReleaseOp::Leave { attempt } => Ok(run::leave(release, *attempt)),
        ReleaseOp::Confirm { attempt } => run::confirm(release, *attempt, ctx),
        ReleaseOp::Settle { step, attempt, over } => run::settle(release, *step, *attempt, over, ctx),
        ReleaseOp::Record {
            attempt,
            step,
            seen,
            result,
            started,
            ended,
            note,
            evidence,
            after,
        } => {
            let told = record::Told {
                step: *step,
                seen: *seen,
                result: *result,
                started: *started,
                ended: *ended,
                made: envelope.made,
                note,
                evidence,
                after,
            };
            record::record(release, *attempt, told, ctx)
        }
        ReleaseOp::Note { note } => notes::note(note),
        ReleaseOp::Attach {
            document,
            file,
            fields,
        } => documents::attach(release, *document, file, fields, ctx),
        ReleaseOp::Detach { document, base } => documents::detach(release, *document, *base, ctx),
        ReleaseOp::Reattach { document } => documents::reattach(release, *document, ctx),
        ReleaseOp::AddChecklist {
            checklist,
            template,
            form,
        } => checklists::add(release, *checklist, template, form, ctx),
        ReleaseOp::ConfirmChecklist { checklist, seen } => {
            checklists::confirm(release, *checklist, *seen, ctx)
        }
        ReleaseOp::RemoveChecklist { checklist, base } => checklists::remove(release, *checklist, *base, ctx),
        ReleaseOp::Baseline { name } => notes::baseline(release, name, ctx),
        ReleaseOp::Resolve { conflict, take, base } => {
            resolve::resolve(release, envelope, *conflict, take, *base, ctx)
        }
    }
}

/// Does the op say how the work ended, on a release that is being worked on or waits to be closed? The content is frozen
/// then, this is not.
fn is_late(release: &Release, op: &ReleaseOp) -> bool {
    let late = |at: &FieldRef| matches!(at, FieldRef::Release { field } if field.is_late());
    let about_end = match op {
        ReleaseOp::SetField { at, .. } | ReleaseOp::EditText { at, .. } => late(at),
        ReleaseOp::Resolve { conflict, .. } => release
            .conflicts
            .get(conflict)
            .is_some_and(|conflict| matches!(&conflict.about, ConflictAbout::Field { at } if late(at))),
        _ => false,
    };
    let ends = !matches!(release.stage, Stage::Draft | Stage::Authorisation);
    about_end && ends && release.disposition == Disposition::Active
}

/// Is it about documents, checklists or the journal? They accompany a release through its whole life, so that
/// neither its stage nor the right to edit its content matters.
fn keeps_records(release: &Release, op: &ReleaseOp) -> bool {
    match op {
        ReleaseOp::Resolve { conflict, .. } => {
            let open = release.conflicts.get(conflict);
            open.is_some_and(|open| !open.about.is_content())
        }
        _ => op.keeps_records(),
    }
}

/// The deleted step whose targets or prerequisites an op would change. Such a change is kept for a decision:
/// made to a tombstone it would be invisible.
fn changed_tombstone(release: &Release, op: &ReleaseOp) -> Option<StepId> {
    let (ReleaseOp::AddPrerequisite { step: id, .. }
    | ReleaseOp::RemovePrerequisite { step: id, .. }
    | ReleaseOp::AddTarget { step: id, .. }
    | ReleaseOp::RemoveTarget { step: id, .. }) = op
    else {
        return None;
    };
    let step = release.steps.get(id)?;
    let changes = match op {
        ReleaseOp::AddPrerequisite { needs, .. } => !step.needs.contains_key(needs),
        ReleaseOp::RemovePrerequisite { needs, .. } => step.needs.contains_key(needs),
        ReleaseOp::AddTarget { ci, .. } => !step.targets.contains_key(ci),
        ReleaseOp::RemoveTarget { ci, .. } => step.targets.contains_key(ci),
        _ => false,
    };
    (changes && step.deleted.is_some()).then_some(*id)
}

fn link(release: &mut Release, ci: &CiKey, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let name = known_ci(ci, ctx)?;
    if !release.scope.contains_key(ci) && release.scope.len() >= MAX_SCOPE {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_SCOPE} CIs in scope."),
        }
        .into());
    }
    let text = format!("took {name} into scope");
    release.scope.entry(ci.clone()).or_insert_with(|| ScopeLink {
        name,
        mark: ctx.mark(),
    });
    Ok(applied(Category::Scope, text, Value::Empty, ci.as_str().into()))
}

fn unlink(release: &mut Release, ci: &CiKey, base: FieldVer, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let text = format!("took {ci} out of scope");
    if let Some(link) = release.scope.get(ci)
        && is_newer(link.mark.ver, base, ctx)?.is_newer()
    {
        return Ok(kept(Category::Scope, text));
    }
    release.scope.remove(ci);
    Ok(applied(Category::Scope, text, ci.as_str().into(), Value::Empty))
}

/// Removing what somebody touched meanwhile: it stays, and the author is told.
fn kept(category: Category, text: impl Into<String>) -> Done {
    let note = Note {
        category,
        text: format!("{}: kept, it was changed meanwhile", text.into()),
        before: Value::Empty,
        after: Value::Empty,
    };
    (Verdict::Merged(MergeNote::KeptElement), note)
}

/// The name of a CI that is newly referred to. Retired and vanished CIs may be named (the plan check says so);
/// one that never existed may not.
fn known_ci(ci: &CiKey, ctx: &Ctx<'_>) -> Result<String, Refusal> {
    match ctx.world.ci(ci) {
        CiFact::Live { name } | CiFact::Retired { name } => Ok(name),
        CiFact::Gone | CiFact::Unknown => Ok(ci.to_string()),
        CiFact::Never => Err(no_such(format!("CI {ci}"))),
    }
}

/// How the version that stands relates to the one the author saw.
enum Seen {
    /// It is the one they saw.
    Same,
    /// Somebody changed it since.
    Newer,
    /// The op it rests on is itself an open conflict: this edit continues that one.
    Continues(crate::release::ConflictId),
}

impl Seen {
    fn is_newer(&self) -> bool {
        !matches!(self, Self::Same)
    }
}

/// Compares the version that stands with the one the author saw.
///
/// # Errors
/// The op rests on one that was refused, or that never was.
fn is_newer(stands: FieldVer, base: FieldVer, ctx: &Ctx<'_>) -> Result<Seen, Refusal> {
    use super::Outcome;
    if stands == base {
        return Ok(Seen::Same);
    }
    let newer_than = |seen: Rev| match stands {
        FieldVer::Rev(rev) if rev <= seen => Seen::Same,
        _ => Seen::Newer,
    };
    match base {
        FieldVer::Rev(seen) => Ok(newer_than(seen)),
        FieldVer::Mine(op) => match ctx.world.outcome(op) {
            Some(Outcome::Applied { rev } | Outcome::Merged { rev, .. }) => Ok(newer_than(rev)),
            Some(Outcome::Conflicted { conflict, .. }) => Ok(Seen::Continues(conflict)),
            Some(Outcome::Rejected { .. }) => Err(Refusal {
                reason: Reason::RestsOnRefused,
                depends_on: Some(op),
            }),
            None => Err(malformed(format!("base: op {op} is not known"))),
        },
    }
}
