//! Commands of a script as the ops of one gesture, pushed by a client that lives for one request. So a
//! script's changes are checked, stored and journaled exactly like those of a tablet.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::release::{CommandError, FieldPlace, Release, Unmet};
use domain::sync::client::Replica;
use domain::sync::{MAX_OPS, Outcome, PushResp, Reason, ReleaseOp, Stamp};
use domain::{ClientId, GestureId, ReleaseId};

use super::problem::Refusal;
use crate::db::Store;

/// Ops to be applied all or none.
pub struct Gesture<'a> {
    actor: &'a Actor,
    release: ReleaseId,
    id: GestureId,
    now: DateTime<Utc>,
    replica: Replica,
}

impl<'a> Gesture<'a> {
    /// On a release as it is seen now; `None` where it is about to be made.
    #[must_use]
    pub fn on(release: ReleaseId, seen: Option<Release>, actor: &'a Actor, now: DateTime<Utc>) -> Self {
        let mut replica = Replica::new(ClientId(ulid::Ulid::new()));
        replica.follow(release);
        if let Some(seen) = seen {
            replica.seed(seen);
        }
        Self {
            actor,
            release,
            id: GestureId(ulid::Ulid::new()),
            now,
            replica,
        }
    }

    /// The release with the ops so far.
    #[must_use]
    pub fn shown(&self) -> Option<Release> {
        self.replica.shown(self.release, self.actor).release
    }

    /// Adds ops.
    ///
    /// # Errors
    /// 422 when they become too many for one request.
    pub fn add(&mut self, ops: Vec<ReleaseOp>) -> Result<(), Refusal> {
        if self.replica.waiting() + ops.len() > MAX_OPS {
            return Err(Refusal::invalid(
                "body",
                format!("more than {MAX_OPS} steps of work in one request; send them in several"),
            ));
        }
        let stamp = Stamp {
            wall: self.now,
            skew_ms: None,
        };
        self.replica
            .enqueue(self.actor.user, self.release, self.id, stamp, ops);
        Ok(())
    }

    /// Sends them.
    ///
    /// # Errors
    /// What refused them, as a problem; nothing was done then.
    pub async fn push(self, store: &Store) -> Result<Vec<Outcome>, Refusal> {
        let build = concat!("slipway-api ", env!("CARGO_PKG_VERSION"));
        let request = self
            .replica
            .next_push(build)
            .map_err(|error| Refusal::internal(error.to_string()))?
            .ok_or_else(|| Refusal::invalid("body", "nothing to do"))?;
        let outcomes = match store.push(self.actor, &request, self.now).await? {
            PushResp::Ok { outcomes, .. } => outcomes,
            other => {
                return Err(Refusal::internal(format!(
                    "a fresh client was answered {other:?}"
                )));
            }
        };
        let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        // Where one op sinks a gesture, the others only say that it sank.
        let reasons = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Rejected { reason, .. } => Some(reason),
            _ => None,
        });
        match reasons.min_by_key(|reason| matches!(reason, Reason::GestureRefused | Reason::RestsOnRefused)) {
            Some(reason) => Err(refusal(reason)),
            None => Ok(outcomes),
        }
    }
}

/// A refused op as a problem.
fn refusal(reason: &Reason) -> Refusal {
    let text = reason.to_string();
    let conflict = |code: &str, title: &str| Refusal::new(StatusCode::CONFLICT, code, title, text.clone());
    match reason {
        Reason::NotAllowed { .. } => Refusal::not_allowed(text),
        Reason::Frozen { .. } => conflict("frozen", "It is not a draft"),
        Reason::WrongStage { .. } => conflict("wrong_stage", "It is in another stage"),
        Reason::SamePerson => conflict("same_person", "A second person is needed"),
        Reason::ContentChanged { .. } => conflict("content_changed", "It changed since you looked"),
        Reason::NotReady { unmet } => unmet.iter().fold(not_ready(unmet, &text), |refusal, unmet| {
            refusal.with_error(place_text(&unmet.at), unmet.text.clone())
        }),
        Reason::Duplicate { .. } => conflict("duplicate", "It is there already"),
        Reason::GestureRefused | Reason::RestsOnRefused | Reason::TakenBack => {
            conflict("conflict", "It is not as you last saw it")
        }
        Reason::Malformed { .. } | Reason::NoSuch { .. } | Reason::Cycle { .. } | Reason::TooMany { .. } => {
            Refusal::invalid("body", text)
        }
    }
}

/// The problem for conditions that are not met: who may not do it at all is told so, whatever else is missing.
fn not_ready(unmet: &[Unmet], text: &str) -> Refusal {
    let has = |code: &str| unmet.iter().any(|unmet| unmet.code == code);
    let conflict = |code: &str, title: &str| Refusal::new(StatusCode::CONFLICT, code, title, text);
    match () {
        () if has("not_allowed") => Refusal::not_allowed(text),
        () if has("wrong_stage") => conflict("wrong_stage", "It is in another stage"),
        () if has("wrong_disposition") => conflict("wrong_disposition", "It is on hold, or not open"),
        () if has("claimed") => conflict("claimed", "Somebody else has it"),
        () => conflict("not_ready", "Something is missing"),
    }
}

/// A place as a path: `title`, `steps/01JD.../minutes`, `plan`.
fn place_text(at: &FieldPlace) -> String {
    match at {
        FieldPlace::Release { field } => word(field),
        FieldPlace::Step { step, field: None } => format!("steps/{step}"),
        FieldPlace::Step {
            step,
            field: Some(field),
        } => format!("steps/{step}/{}", word(field)),
        FieldPlace::Plan => "plan".into(),
        FieldPlace::Conflicts => "conflicts".into(),
        FieldPlace::Documents => "documents".into(),
        FieldPlace::Checklists { checklist, question } => {
            let checklist = checklist.map(|id| format!("/{id}")).unwrap_or_default();
            let question = question.as_ref().map(|key| format!("/{key}")).unwrap_or_default();
            format!("checklists{checklist}{question}")
        }
        FieldPlace::Approvals => "approvals".into(),
        FieldPlace::Links => "links".into(),
        FieldPlace::Workflow => "workflow".into(),
    }
}

/// The word that stands for it in JSON.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A command that names what is not there, as a problem.
#[must_use]
pub fn command_refusal(place: usize, error: &CommandError) -> Refusal {
    Refusal::invalid(format!("commands[{place}]"), error.to_string())
}
