//! What can be done to the open release, by whom, and what is in the way: the table of the workflow, asked on this
//! device, so that it also answers without a network.

mod accept;
mod buttons;
mod dates;
mod decide;
mod dialogs;
mod hand;
mod missing;
mod reason;
mod state;
mod why;

use domain::CiKey;
use domain::registry::{RecordFact, RecordRef};
use domain::release::{
    Action, CiFact, CiState, FieldPlace, Next, OpId, Party, ReleaseField, ReleaseType, Scene, Stage,
    warnings_for,
};
use domain::sync::{Outcome, Rules, World};
use domain::wire::actions::{ActionState, Actions, Obstacle};
use domain::wire::session::{Directory, Me};
use leptos::prelude::*;

pub use buttons::Buttons;
pub use decide::SentBackBar;
pub use missing::MissingPanel;
pub use reason::figures_said;
pub use state::StateCard;

use crate::client::sync::{self, use_sync};
use crate::client::{clock, http};
use crate::state::offers::Offer;
use crate::state::session::Session;
use crate::state::{
    OpenRelease, Remote, remote, use_connection, use_directory, use_offers, use_session, use_toasts,
};
use crate::words;

/// Why an action cannot be queued on this device.
const NEEDS_SERVER: &str = "Needs the server: it decides on exactly what is stored there, and cannot wait on this \
                            device. Connect first.";

/// The workflow of the open release. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct Workflow {
    open: OpenRelease,
    session: Session,
    sync: sync::Sync,
    directory: Remote<Directory>,
    /// What the server said can be done, once it was submitted: it knows the linked records.
    told: Remote<Option<Actions>>,
    offline: Signal<bool>,
    /// Every action, for the signed-in person.
    states: Memo<Vec<ActionState>>,
    /// The action whose dialog is shown.
    asked: RwSignal<Option<Action>>,
    /// It is open.
    dialog: RwSignal<bool>,
    /// The dialog that explains what somebody can do is open.
    why: RwSignal<bool>,
}

/// The world around the release: what this device knows, with the latest directory.
struct Around<'a> {
    directory: Option<&'a Directory>,
    device: Option<&'a dyn World>,
    /// The server has answered: what only it can know of CIs came with that.
    answered: bool,
}

impl World for Around<'_> {
    fn ci(&self, key: &CiKey) -> CiFact {
        let device = self.device.filter(|_| !self.answered);
        device.map_or(CiFact::Unknown, |device| device.ci(key))
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        self.device
            .map_or(RecordFact::Unknown, |device| device.record(record))
    }
    fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.device?.outcome(op)
    }
    fn directory(&self) -> Option<&Directory> {
        self.directory
    }
    fn ci_state(&self, key: &CiKey) -> Option<CiState> {
        self.device?.ci_state(key)
    }
    fn rules(&self) -> Option<Rules<'_>> {
        let device = self.device.and_then(World::rules);
        device.or_else(|| self.directory.map(Directory::rules))
    }
}

/// Provides it to the page of a release.
pub fn provide(open: OpenRelease) {
    let (session, sync, connection) = (use_session(), use_sync(), use_connection());
    let directory = use_directory();
    let seen = StoredValue::new(None::<Workflow>);
    // Asked anew after each confirmed change; a draft changes with every word.
    let submitted = Memo::new(move |_| {
        open.with(|release| {
            let number = release.number.filter(|_| release.stage != Stage::Draft)?;
            Some((number, release.updated.ver))
        })
        .flatten()
    });
    let told = remote(
        true,
        move || submitted.get(),
        |submitted| async move {
            let Some((number, _)) = submitted else {
                return Ok(None);
            };
            http::get(&format!("/api/v1/releases/{number}/actions"))
                .await
                .map(Some)
        },
    );
    let states = Memo::new(move |_| {
        let (Some(me), Some(workflow)) = (session.me(), seen.get_value()) else {
            return Vec::new();
        };
        let mut states = workflow.scene(&me, |scene| Actions::of(scene, None, clock::now()).actions);
        workflow.hear(&mut states);
        states
    });
    let workflow = Workflow {
        open,
        session,
        sync,
        directory,
        told,
        offline: Signal::derive(move || connection.offline_since.get().is_some()),
        states,
        asked: RwSignal::new(None),
        dialog: RwSignal::new(false),
        why: RwSignal::new(false),
    };
    seen.set_value(Some(workflow));
    provide_context(workflow);
    offer(workflow);
}

/// The actions of this stage can be asked for by name from everywhere on the page.
fn offer(workflow: Workflow) {
    let toasts = use_toasts();
    let list = Callback::new(move |()| {
        let (ready, blocked) = buttons::listed(workflow, None);
        let ready = ready.into_iter().map(|action| (action, None));
        let blocked = blocked.into_iter().map(|(action, why)| (action, Some(why)));
        let offer = |(action, why): (Action, _)| Offer {
            key: format!("{action:?}"),
            label: workflow.label(action).to_owned(),
            why,
        };
        ready.chain(blocked).map(offer).collect()
    });
    let run = Callback::new(move |key: String| {
        let action = Action::ALL
            .into_iter()
            .find(|action| format!("{action:?}") == key);
        let Some(action) = action else { return };
        match untrack(|| workflow.blocked(action)) {
            None => workflow.ask(action),
            Some(why) => toasts.fail(format!("{}: not now. {why}", workflow.label(action))),
        }
    });
    use_offers().open(list, run);
}

/// The workflow of the page around this widget.
///
/// # Panics
/// Only outside the page of a release.
#[must_use]
pub fn use_workflow() -> Workflow {
    expect_context()
}

impl Workflow {
    /// Looks at the release with everything around it; tracks. The default where there is no release.
    fn scene<T: Default>(self, me: &Me, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        let mut look = Some(look);
        let known = self.sync.read(|machine| {
            let device = machine.world();
            look.take().map(|look| self.around(me, Some(&device), look))
        });
        // Before there is a machine, from what the server answered.
        known
            .flatten()
            .or_else(|| look.map(|look| self.around(me, None, look)))
            .unwrap_or_default()
    }

    fn around<T: Default>(
        self,
        me: &Me,
        device: Option<&dyn World>,
        look: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        let answered = self.open.view.value.with(|view| matches!(view, Some(Some(_))));
        self.directory.value.with(|directory| {
            let world = Around {
                directory: directory.as_ref(),
                device,
                answered,
            };
            let seen = self.open.with(|release| {
                look(&Scene {
                    actor: &me.actor,
                    release,
                    world: &world,
                })
            });
            seen.unwrap_or_default()
        })
    }

    /// The same for the signed-in person; tracks.
    fn with<T: Default>(self, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        self.session
            .me()
            .map(|me| self.scene(&me, look))
            .unwrap_or_default()
    }

    /// Takes what only the server can know into what is missing: of the CIs of a draft, and of linked records.
    fn hear(self, states: &mut [ActionState]) {
        let mut add = |action: Action, obstacle: Obstacle| {
            let state = states.iter_mut().find(|state| state.action == action);
            let new = state.filter(|state| !state.unmet.iter().any(|known| known.text == obstacle.text));
            if let Some(state) = new {
                state.unmet.push(obstacle);
                state.allowed = false;
            }
        };
        if self.open.with(|release| release.stage) == Some(Stage::Draft) {
            self.open.view.value.with(|view| {
                let view = view.as_ref().and_then(|view| view.as_ref());
                let unmet = view.into_iter().flat_map(|view| view.unmet.clone());
                for unmet in unmet.filter(|unmet| unmet.code.starts_with("target_")) {
                    let obstacle = Obstacle {
                        code: unmet.code,
                        text: unmet.text,
                        who: unmet.who,
                        at: unmet.at,
                        link: String::new(),
                    };
                    add(Action::Submit, obstacle);
                }
            });
            return;
        }
        self.told.value.with(|told| {
            let told = told.as_ref().and_then(|told| told.as_ref());
            for state in told.into_iter().flat_map(|told| &told.actions) {
                let of_records = state.unmet.iter().filter(|unmet| unmet.at == FieldPlace::Links);
                for obstacle in of_records {
                    add(state.action, obstacle.clone());
                }
            }
        });
    }

    /// What is in the way of an action; tracks.
    fn unmet(self, action: Action) -> Vec<Obstacle> {
        self.states.with(|states| {
            let state = states.iter().find(|state| state.action == action);
            state.map(|state| state.unmet.clone()).unwrap_or_default()
        })
    }

    /// What to know before an action; tracks.
    fn warnings(self, action: Action) -> Vec<Obstacle> {
        self.states.with(|states| {
            let state = states.iter().find(|state| state.action == action);
            state.map(|state| state.warnings.clone()).unwrap_or_default()
        })
    }

    /// What to know before it is handed to somebody, or shared with them; tracks.
    fn warnings_of(self, action: Action, to: Party) -> Vec<Obstacle> {
        self.with(|scene| {
            let warnings = warnings_for(action, Some(to), scene, clock::now()).into_iter();
            warnings.map(|one| Obstacle::of(one, scene)).collect()
        })
    }

    /// Stage, disposition and rights let the person do it, whatever else may be missing; tracks.
    fn offers(self, action: Action) -> bool {
        self.open.may().act(action)
    }

    /// Why it cannot be done now, in a few words; tracks.
    fn blocked(self, action: Action) -> Option<String> {
        let unmet = self.unmet(action);
        let not_yours = unmet.iter().any(|unmet| unmet.code == "not_allowed");
        if action == Action::Submit && not_yours {
            return Some("Only its author submits it".to_owned());
        }
        // What its dialog asks for is missing before it is opened.
        let asks = |code: &str| action == Action::Accept && code != "not_allowed";
        let unmet: Vec<_> = unmet.into_iter().filter(|unmet| !asks(&unmet.code)).collect();
        self.held_up(action).or(match (unmet.as_slice(), action) {
            ([], _) => None,
            ([one], Action::Authorise | Action::Claim) => Some(one.text.clone()),
            ([one], _) if one.code == "not_allowed" => Some(one.text.clone()),
            (many, _) => Some(format!(
                "{} first",
                words::many(many.len() as u64, "problem", "problems")
            )),
        })
    }

    /// Why nothing of the kind can be done on this device now; tracks.
    fn held_up(self, action: Action) -> Option<String> {
        let lapsed = self.session.lapsed();
        lapsed.or_else(|| (action.needs_server() && self.offline.get()).then(|| NEEDS_SERVER.to_owned()))
    }

    /// The type of the release, where it is known; tracks.
    fn kind(self) -> Option<ReleaseType> {
        self.with(|scene| scene.kind().cloned())
    }

    /// The words for an action here: it says where it leads; tracks.
    fn label(self, action: Action) -> &'static str {
        self.with(|scene| Some(scene.label(action)))
            .unwrap_or(action.label())
    }

    /// Opens the dialog of an action, or does what needs none.
    fn ask(self, action: Action) {
        let free = self.open.with(|release| release.assignee().is_none());
        if action == Action::Claim && free == Some(true) {
            self.open.act(domain::release::Command::Claim { from: None });
            return;
        }
        self.asked.set(Some(action));
        self.dialog.set(true);
    }

    fn close(self) {
        self.dialog.set(false);
    }

    /// What it wants next of the person; tracks.
    fn next(self) -> Option<Next> {
        self.with(|scene| scene.next())
    }
}

/// It is filled in where the release is accepted.
fn is_asked_at_acceptance(at: &FieldPlace) -> bool {
    let asked = [
        ReleaseField::ClosureCode,
        ReleaseField::ClosureNotes,
        ReleaseField::ReleaseDate,
    ];
    matches!(at, FieldPlace::Release { field } if asked.contains(field))
}

/// The names of those who can cure something, as people say them.
fn names(obstacle: &Obstacle) -> String {
    let names = obstacle.who.iter().map(|who| who.name.as_str());
    names
        .filter(|name| !name.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}
