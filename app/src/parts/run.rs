//! Carrying out a plan: what the run sheet and its widgets share.

mod attempts;
mod deed;
mod list;
mod photos;
mod sheet;

use chrono::{DateTime, Utc};
use domain::release::{Claim, Run, Stage, StepRun, StepState};
use domain::wire::release::May;
use domain::{AttemptId, StepId};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

pub use attempts::{Attempts, flag_words, until};
pub use deed::DeedBar;
pub use list::StepList;
pub use sheet::StepSheet;

use crate::client::clock;
use crate::state::{OpenRelease, use_query, use_release, use_session};

/// How often ages on the page are counted anew, in milliseconds.
const TICK: u32 = 20_000;

/// The run sheet's state. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct RunView {
    /// How far every step is.
    pub run: Memo<Run>,
    /// The step that is looked at.
    pub chosen: Memo<Option<StepId>>,
    /// What the person may do now.
    pub may: Memo<May>,
    /// Now, counted anew from time to time.
    pub now: RwSignal<DateTime<Utc>>,
    open: OpenRelease,
}

/// The run sheet around this widget.
///
/// # Panics
/// Only outside a run sheet.
#[must_use]
pub fn use_run() -> RunView {
    expect_context()
}

impl RunView {
    /// Makes it, and lets the widgets below find it.
    pub fn provide() -> Self {
        let (open, query, session) = (use_release(), use_query(), use_session());
        let me = Memo::new(move |_| session.me().map(|me| me.actor.user));
        let run = Memo::new(move |_| open.with(|release| release.run_state()).unwrap_or_default());
        // What one is at, else what comes next; it stays until something else is looked at.
        let own = move |step: &StepRun| {
            let mine = |claim: &AttemptId| {
                open.with(|release| release.claims.get(claim).map(|claim| claim.mark.by))
                    .flatten()
                    == me.get()
            };
            step.claims.iter().any(mine)
        };
        let chosen = Memo::new(move |before: Option<&Option<StepId>>| {
            let named = query.get("step").parse().ok();
            run.with(|run| {
                let there = |id: &StepId| run.step(*id).is_some();
                let running = || run.steps.iter().find(|step| own(step)).map(|step| step.step);
                let unfinished = || run.steps.iter().find(|step| !step.state.is_finished());
                named
                    .filter(there)
                    .or_else(|| before.copied().flatten().filter(there))
                    .or_else(running)
                    .or_else(|| run.next())
                    .or_else(|| unfinished().map(|step| step.step))
                    .or_else(|| run.steps.first().map(|step| step.step))
            })
        });
        let now = RwSignal::new(clock::now());
        spawn_local(async move {
            loop {
                TimeoutFuture::new(TICK).await;
                if now.try_set(clock::now()).is_some() {
                    break;
                }
            }
        });
        let view = Self {
            run,
            chosen,
            may: Memo::new(move |_| open.may()),
            now,
            open,
        };
        provide_context(view);
        view
    }

    /// How far a step is; tracks.
    #[must_use]
    pub fn step(self, id: StepId) -> Option<StepRun> {
        self.run.with(|run| run.step(id).cloned())
    }

    /// The number people say, from 1; tracks.
    #[must_use]
    pub fn place(self, id: StepId) -> usize {
        self.run.with(|run| {
            run.steps
                .iter()
                .position(|step| step.step == id)
                .map_or(0, |at| at + 1)
        })
    }

    /// The earliest claim of a step, with its identity; tracks.
    #[must_use]
    pub fn claim(self, id: StepId) -> Option<(AttemptId, Claim)> {
        let attempt = self.step(id)?.claims.first().copied()?;
        let claim = self
            .open
            .with(|release| release.claims.get(&attempt).cloned())
            .flatten()?;
        Some((attempt, claim))
    }

    /// The release is being carried out; tracks.
    #[must_use]
    pub fn executing(self) -> bool {
        self.open
            .with(|release| release.stage == Stage::Execution)
            .unwrap_or(false)
    }
}

/// The shape, the word and the tone of a state: the shape carries it without colour.
#[must_use]
pub fn state_words(state: StepState) -> (&'static str, &'static str, &'static str) {
    match state {
        StepState::Waiting => ("○", "waits", "neutral"),
        StepState::Ready => ("►", "ready", "info"),
        StepState::Running => ("◔", "running", "info"),
        StepState::AwaitsConfirmation => ("◕", "second person needed", "warning"),
        StepState::Done => ("●", "done", "success"),
        StepState::Failed => ("✕", "failed", "danger"),
        StepState::Skipped => ("⤼", "skipped", "neutral"),
        StepState::BackedOut => ("↶", "backed out", "warning"),
        StepState::Disputed => ("⚡", "disputed", "danger"),
    }
}
