//! The times of a release, computed in one place (D10, D11): every list, page and report shows these.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Disposition, Release, ReleaseField, Stage};
use crate::sync::World;

/// The times of a release. Minutes are working minutes of its calendar, but for `overdue`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// From the planned start to the planned end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<i64>,
    /// From its beginning until somebody claimed it, without holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<i64>,
    /// From there to its end, or now, without holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<i64>,
    /// From its beginning to its end, or now, without holds.
    pub elapsed: i64,
    /// On hold.
    pub held: i64,
    /// By the clock on the wall, how long it is past due; 0 while it is on hold or a draft.
    pub overdue: i64,
}

/// How many minutes a release is past due at `until` (now, or its end), by the clock on the wall; 0 where it is not, and
/// while it is on hold or a draft.
#[must_use]
pub fn overdue_minutes(
    stage: Stage,
    disposition: Disposition,
    due: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
) -> i64 {
    let waits = stage == Stage::Draft || disposition == Disposition::OnHold;
    let late = due.filter(|_| !waits).map(|due| (until - due).num_minutes());
    late.unwrap_or(0).max(0)
}

impl Release {
    /// When it is due: the planned end, unless a hold has moved it.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.course
            .due_moved
            .or_else(|| self.time(ReleaseField::PlannedEnd))
    }

    /// How many minutes it is past due at `now`, see [`overdue_minutes`].
    #[must_use]
    pub fn overdue_minutes(&self, now: DateTime<Utc>) -> i64 {
        let until = self.course.ended.as_ref().map_or(now, |ended| ended.mark.at);
        overdue_minutes(self.stage, self.disposition, self.due(), until)
    }

    /// Its times at `now`; once it has ended, as they were fixed then.
    #[must_use]
    pub fn figures(&self, now: DateTime<Utc>, world: &dyn World) -> Figures {
        if let Some(ended) = &self.course.ended {
            return ended.figures;
        }
        let course = &self.course;
        let kind = self.release_type();
        // Reckoned in seconds; whole minutes only at the end (D10).
        let worked = |from, to| world.worked(kind.as_ref(), from, to).num_seconds();
        let began = course.reopened.map_or(self.created, |mark| mark.at);
        let on_hold = course.hold.as_ref().map_or(0, |hold| worked(hold.mark.at, now));
        let held = course.held_seconds + on_hold;
        let capture = course
            .captured
            .map(|mark| worked(began, mark.at) - course.held_before_capture);
        let service = course
            .captured
            .map(|mark| worked(mark.at, now) - (held - course.held_before_capture));
        let window = self
            .time(ReleaseField::PlannedStart)
            .zip(self.time(ReleaseField::PlannedEnd));
        Figures {
            due: self.due(),
            effort: window.map(|(start, end)| worked(start, end) / 60),
            capture: capture.map(|seconds| seconds.max(0) / 60),
            service: service.map(|seconds| seconds.max(0) / 60),
            elapsed: (worked(began, now) - held).max(0) / 60,
            held: held / 60,
            overdue: self.overdue_minutes(now),
        }
    }
}
