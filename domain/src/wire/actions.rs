//! What can be done to a release, and what keeps one from doing it: `GET /api/v1/releases/{number}/actions`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::UserId;
use crate::release::{Action, FieldPlace, Next, Party, Scene, Unmet, Who, unmet_for, warnings_for};

/// Every action of the workflow, for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actions {
    /// For whom.
    pub user: UserId,
    /// What the release wants next of them, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// Each action, in the order of the workflow.
    pub actions: Vec<ActionState>,
}

/// One action: done if asked for now, or everything that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActionState {
    /// Which.
    pub action: Action,
    /// What people read: the words on the button of the page.
    pub label: String,
    /// Nothing is in the way.
    pub allowed: bool,
    /// Must be decided on what is on the server: it cannot be queued on a device.
    pub needs_server: bool,
    /// Everything that is in the way.
    pub unmet: Vec<Obstacle>,
    /// What to know before it is done; none of it is in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Obstacle>,
}

/// A condition that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Obstacle {
    /// Stable word for programs.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
    /// Who can cure it, where that is somebody in particular.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// Where.
    pub at: FieldPlace,
    /// The address of that place.
    pub link: String,
}

impl Obstacle {
    /// A condition of a scene, with its address.
    #[must_use]
    pub fn of(unmet: Unmet, scene: &Scene<'_>) -> Self {
        let release = scene.release;
        let name = release
            .number
            .map_or_else(|| release.id.to_string(), |number| number.to_string());
        Self {
            link: format!("/releases/{name}{}", unmet.at.query()),
            code: unmet.code,
            text: unmet.text,
            who: unmet.who,
            at: unmet.at,
        }
    }
}

impl Actions {
    /// What the actor of a scene can do at a moment; with `to`, with what to know before it is handed to that person or
    /// group. O(size of the release + people).
    #[must_use]
    pub fn of(scene: &Scene<'_>, to: Option<Party>, now: DateTime<Utc>) -> Self {
        let obstacle = |unmet| Obstacle::of(unmet, scene);
        let state = |action: Action| {
            let unmet: Vec<_> = unmet_for(action, scene).into_iter().map(obstacle).collect();
            ActionState {
                action,
                label: scene.label(action).to_owned(),
                allowed: unmet.is_empty(),
                warnings: warnings_for(action, to, scene, now)
                    .into_iter()
                    .map(obstacle)
                    .collect(),
                needs_server: action.needs_server(),
                unmet,
            }
        };
        Self {
            user: scene.actor.user,
            next: scene.next(),
            actions: Action::ALL.into_iter().map(state).collect(),
        }
    }
}
