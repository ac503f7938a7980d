//! For whom a release waits (U19): one rule, for lists, counts and notices.

use serde::{Deserialize, Serialize};

use super::release::ReleaseSummary;
use crate::access::{self, Actor, ReleaseFacts};
use crate::release::{Awaits, Disposition, Stage};

/// What a release waits for from somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Decide open conflicts in one's draft.
    Conflicts,
    /// Write one's draft anew: it was refused.
    Rework,
    /// Give or refuse the go-ahead.
    GoAhead,
    /// Somebody of one's group must claim it.
    Claim,
    /// Carry it out.
    Execute,
    /// Test it.
    Test,
    /// Accept it.
    Accept,
    /// Close it.
    Close,
}

impl Waiting {
    /// What people read.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Conflicts => "Decide its conflicts",
            Self::Rework => "Refused: write it anew",
            Self::GoAhead => "Authorise or refuse",
            Self::Claim => "Claim it",
            Self::Execute => "Carry it out",
            Self::Test => "Test it",
            Self::Accept => "Accept it",
            Self::Close => "Close it",
        }
    }
}

impl ReleaseSummary {
    /// What of it matters for access.
    #[must_use]
    pub fn facts(&self) -> ReleaseFacts<'_> {
        ReleaseFacts {
            release_type: self.release_type.as_ref(),
            author: self.author,
            requester: self.requester,
            assignee: self.assignee,
            group: self.group,
            contract: self.contract,
            duties: &self.duties,
            shared_with: &self.shared_with,
            awaits: self.awaits.as_ref(),
        }
    }

    /// What it waits for from `actor`, if for anything.
    #[must_use]
    pub fn waits_for(&self, actor: &Actor) -> Option<Waiting> {
        let facts = self.facts();
        if self.disposition != Disposition::Active || !access::may_view(actor, facts) {
            return None;
        }
        let own = self.author == actor.user;
        if self.stage == Stage::Draft {
            return match (own, self.conflicts > 0, self.sent_back) {
                (true, true, _) => Some(Waiting::Conflicts),
                (true, false, true) => Some(Waiting::Rework),
                _ => None,
            };
        }
        if !self.authorised {
            let legacy = Awaits::of(None);
            let awaits = self.awaits.as_ref().unwrap_or(&legacy);
            if awaits.of_actor(actor, facts).is_some() && access::may_authorise(actor, facts) {
                return Some(Waiting::GoAhead);
            }
            // Nothing moves on without it, so it waits for nobody else.
            return None;
        }
        let work = match self.stage {
            Stage::Execution => Waiting::Execute,
            Stage::Test => Waiting::Test,
            Stage::Acceptance => Waiting::Accept,
            Stage::Closure => {
                let asked = access::may_act(actor, facts, self.stage, crate::release::Action::Close);
                return asked.then_some(Waiting::Close);
            }
            Stage::Draft | Stage::Authorisation => return None,
        };
        match self.assignee {
            Some(assignee) => (assignee == actor.user).then_some(work),
            None => access::may_work(actor, facts, self.stage).then_some(Waiting::Claim),
        }
    }
}
