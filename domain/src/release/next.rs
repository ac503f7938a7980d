//! What a release wants next of somebody: the one thing that its page offers first, and a script may look for.

use serde::{Deserialize, Serialize};

use super::{Action, Scene, Stage};
use crate::wire::release::{May, ReleaseSummary};
use crate::wire::waiting::Waiting;

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "what", content = "action", rename_all = "snake_case")]
pub enum Next {
    /// An action of the workflow. It may have conditions that are not met yet; it says which.
    Act(Action),
    /// Carry out the steps.
    Run,
}

impl Scene<'_> {
    /// What the release wants next of the actor: what waits for them, or else what they may do for it to go on.
    /// O(size of the release).
    #[must_use]
    pub fn next(&self) -> Option<Next> {
        let may = May::of(self.actor, self.release);
        let act = match ReleaseSummary::from(self.release).waits_for(self.actor) {
            Some(Waiting::Execute) if !self.is_carried_out() => return Some(Next::Run),
            Some(Waiting::Execute | Waiting::Test) => Action::Forward,
            Some(Waiting::Conflicts | Waiting::Rework) => Action::Submit,
            Some(Waiting::GoAhead) => Action::Authorise,
            Some(Waiting::Claim) => Action::Claim,
            Some(Waiting::Accept) => Action::Accept,
            Some(Waiting::Close) => Action::Close,
            None if may.act(Action::Resume) => Action::Resume,
            // Whoever edits sees what is missing, also where somebody else submits it.
            None if self.release.stage == Stage::Draft && (may.submit || may.edit) => Action::Submit,
            None if may.withdraw => Action::Withdraw,
            None if self.release.stage == Stage::Execution && may.act(Action::Forward) => {
                return Some(Next::Run);
            }
            None => return None,
        };
        Some(Next::Act(act))
    }

    fn is_carried_out(&self) -> bool {
        let run = self.release.run_state();
        run.steps.iter().all(|step| step.state.is_finished())
    }
}
