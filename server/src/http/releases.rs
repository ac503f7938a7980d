//! Releases for scripts and lists. Everything that changes one becomes ops and goes the way of every op.

use std::str::FromStr;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::{Extension, Json};
use chrono::Utc;
use domain::access::Actor;
use domain::graph::rollout_order;
use domain::release::{Command, MAX_WORD, NewRelease, Party, Release};
use domain::sync::{Category, JournalEntry, Outcome};
use domain::wire::Page;
use domain::wire::actions::Actions;
use domain::wire::clash::Clashes;
use domain::wire::release::{CommandAnswer, Commands, ReleaseImpact, ReleaseView, RolloutOrder};
use domain::{BadId, GroupId, ReleaseId, ReleaseNumber, StepId, UserId};
use serde::Deserialize;

use super::cmdb::{Paging, page_limit};
use super::extract::{Body, Query, Segment, from_value};
use super::gesture::{self, Gesture};
use super::problem::Refusal;
use crate::auth::caller::Caller;
use crate::db::JournalOf;
use crate::state::AppState;

pub(super) type Answer<T> = Result<Json<T>, Refusal>;

/// A release as an address names it.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// By its shown number.
    Number(ReleaseNumber),
    /// By its identity; drafts have one before they have a number.
    Id(ReleaseId),
}

impl FromStr for Which {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Number),
        }
    }
}

impl Which {
    pub(super) async fn find(self, state: &AppState, actor: &Actor) -> Result<Release, Refusal> {
        Ok(match self {
            Self::Number(number) => state.store.release(actor, number).await?,
            Self::Id(id) => state.store.release_by_id(actor, id).await?,
        })
    }
}

/// Drafts a release, with its steps if they are known.
#[utoipa::path(post, path = "/api/v1/releases", tag = "releases", request_body(content = NewRelease, example = json!({
    "fields": {"title": "Firmware of hv-1", "description": "The vendor's fix for the memory fault."},
    "steps": [{
        "title": "Flash the firmware", "minutes": 45, "back_out": "Flash the image before",
        "targets": [{"ci": "hv-1", "action": "upgrade", "outage": "down"}],
    }],
})), responses(
    (status = 201, body = CommandAnswer, headers(("location" = String, description = "The new release"))),
    (status = 409, description = "Refused as things stand"),
))]
pub async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewRelease>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<CommandAnswer>), Refusal> {
    let id = ReleaseId(ulid::Ulid::new());
    let mut gesture = Gesture::on(id, None, &caller.actor, Utc::now());
    gesture.add(new.into_ops(ulid::Ulid::new))?;
    let outcomes = gesture.push(&state.store).await?;
    let release = state.store.release_by_id(&caller.actor, id).await?;
    let number = release
        .number
        .ok_or_else(|| Refusal::internal(format!("release {id} was stored without a number")))?;
    let view = state.store.release_view(&caller.actor, release).await?;
    let location = format!("/api/v1/releases/{number}");
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(CommandAnswer {
            outcomes,
            view,
            kept: None,
        }),
    ))
}

/// One release with everything that follows from it.
#[utoipa::path(get, path = "/api/v1/releases/{number}", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
), responses((status = 200, body = ReleaseView)))]
pub async fn detail(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
) -> Answer<ReleaseView> {
    let release = which.find(&state, &caller.actor).await?;
    Ok(Json(state.store.release_view(&caller.actor, release).await?))
}

/// Does one thing to a release, or several all or none.
#[utoipa::path(post, path = "/api/v1/releases/{number}/commands", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
), request_body(content = Commands, example = json!([
    {"command": "set", "field": "title", "value": "Firmware of hv-1 and hv-2"},
    {"command": "add_step", "title": "Watch it for an hour", "minutes": 60, "back_out": "Nothing to undo"},
])), responses(
    (status = 200, body = CommandAnswer),
    (status = 409, description = "Refused as things stand: frozen, changed meanwhile, or not ready"),
))]
pub async fn commands(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Body(body): Body<serde_json::Value>,
) -> Answer<CommandAnswer> {
    // Read by hand: an untagged enum could not say what is wrong where.
    let commands = match body {
        list @ serde_json::Value::Array(_) => from_value(list)?,
        one => vec![from_value(one)?],
    };
    let seen = which.find(&state, &caller.actor).await?;
    let outcomes = carry_out(&state, &caller.actor, seen, commands).await?;
    let release = which.find(&state, &caller.actor).await?;
    let view = state.store.release_view(&caller.actor, release).await?;
    Ok(Json(CommandAnswer {
        outcomes,
        view,
        kept: None,
    }))
}

/// For whom `GET /api/v1/releases/{number}/actions` answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct As {
    #[serde(default, rename = "as")]
    user: Option<UserId>,
    #[serde(default)]
    person: Option<UserId>,
    #[serde(default)]
    group: Option<GroupId>,
}

impl As {
    /// Whom it may be handed to.
    fn to(&self) -> Result<Option<Party>, Refusal> {
        match (self.person, self.group) {
            (Some(_), Some(_)) => Err(Refusal::invalid("group", "does not go together with `person`")),
            (person, group) => Ok(person.map(Party::User).or(group.map(Party::Group))),
        }
    }
}

/// What can be done to a release, and everything that keeps one from the rest.
#[utoipa::path(get, path = "/api/v1/releases/{number}/actions", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("as" = Option<String>, Query, description = "For administrators: what this person can do, by their id"),
    ("person" = Option<String>, Query, description = "With what to know before it is handed to or shared with this person, in the `warnings` of `delegate` and `share`"),
    ("group" = Option<String>, Query, description = "The same for a group, in the `warnings` of `change_group` and `share`"),
), responses(
    (status = 200, body = Actions),
    (status = 403, description = "Only administrators ask for somebody else"),
))]
pub async fn actions(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Query(asked): Query<As>,
) -> Answer<Actions> {
    let release = which.find(&state, &caller.actor).await?;
    let actions = state
        .store
        .release_actions(&caller.actor, &release, asked.user, asked.to()?)
        .await?;
    Ok(Json(actions))
}

async fn carry_out(
    state: &AppState,
    actor: &Actor,
    seen: Release,
    commands: Vec<Command>,
) -> Result<Vec<Outcome>, Refusal> {
    if commands.is_empty() {
        return Err(Refusal::invalid(
            "body",
            "no command; send one, or a list of them",
        ));
    }
    let mut gesture = Gesture::on(seen.id, Some(seen), actor, Utc::now());
    for (place, mut command) in commands.into_iter().enumerate() {
        fill_in(state, &mut command).await?;
        // Each command sees what the ones before it do.
        let seen = gesture
            .shown()
            .ok_or_else(|| Refusal::conflict("The release is gone."))?;
        let ops = command
            .into_ops(&seen, ulid::Ulid::new)
            .map_err(|error| gesture::command_refusal(place, &error))?;
        gesture.add(ops)?;
    }
    gesture.push(&state.store).await
}

/// What a script may leave out because only the server knows it.
async fn fill_in(state: &AppState, command: &mut Command) -> Result<(), Refusal> {
    if let Command::AddChecklist { template, form } = command
        && form.is_none()
    {
        let found = state.store.checklist_template(template).await?;
        *form = found.map(|found| found.form);
    }
    Ok(())
}

/// Which entries of a journal.
#[derive(Debug, Default, Deserialize)]
pub struct JournalFilter {
    /// Entries in a page.
    #[serde(default)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Only of this category.
    #[serde(default)]
    category: Option<Category>,
    /// Only entries that somebody wrote, of this category in words.
    #[serde(default)]
    note: Option<String>,
}

impl JournalFilter {
    fn of(&self) -> JournalOf<'_> {
        match (&self.note, self.category) {
            (Some(words), _) => JournalOf::Words(words),
            (None, Some(category)) => JournalOf::Category(category),
            (None, None) => JournalOf::All,
        }
    }
}

/// What a release takes down: as a whole, and while each step runs.
#[utoipa::path(get, path = "/api/v1/releases/{number}/impact", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("limit" = Option<u32>, Query, description = "Rows of each list; counts are always complete", minimum = 1, maximum = 500),
), responses((status = 200, body = ReleaseImpact)))]
pub async fn impact(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Query(paging): Query<Paging>,
) -> Answer<ReleaseImpact> {
    let limit = page_limit(paging.limit)?;
    let release = which.find(&state, &caller.actor).await?;
    Ok(Json(
        state.store.release_impact(&caller.actor, &release, limit).await?,
    ))
}

/// Which other releases are planned for the same time and get in its way: both work on a CI, one needs what the other
/// takes down, their outages meet, or the spares of a CI are in both. Only releases that the caller may see.
#[utoipa::path(get, path = "/api/v1/releases/{number}/clashes", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("limit" = Option<u32>, Query, description = "CIs of each release; counts are always complete", minimum = 1, maximum = 500),
), responses((status = 200, body = Clashes)))]
pub async fn clashes(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Query(paging): Query<Paging>,
) -> Answer<Clashes> {
    let limit = page_limit(paging.limit)?;
    let release = which.find(&state, &caller.actor).await?;
    Ok(Json(
        state
            .store
            .release_clashes(&caller.actor, &release, limit)
            .await?,
    ))
}

/// In which order the steps may run: waves, each needing the ones before.
#[utoipa::path(get, path = "/api/v1/releases/{number}/order", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
), responses(
    (status = 200, body = RolloutOrder),
    (status = 409, description = "Steps wait for each other in a circle"),
))]
pub async fn order(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
) -> Answer<RolloutOrder> {
    let release = which.find(&state, &caller.actor).await?;
    let steps: Vec<(StepId, Vec<StepId>)> = release
        .plan()
        .into_iter()
        .map(|(id, step)| (id, step.needs.keys().copied().collect()))
        .collect();
    let waves = rollout_order(steps).map_err(|cycle| Refusal::conflict(cycle.to_string()))?;
    Ok(Json(RolloutOrder { waves }))
}

/// What happened to a release, newest first.
#[utoipa::path(get, path = "/api/v1/releases/{number}/journal", tag = "releases", params(
    ("number" = String, Path, description = "`REL-000123`, or the id of the release", example = "REL-000123"),
    ("category" = Option<Category>, Query, description = "Only of this category"),
    ("note" = Option<String>, Query, description = "Only entries that somebody wrote, of this category in words", max_length = 100),
    ("limit" = Option<u32>, Query, description = "Entries in a page", minimum = 1, maximum = 500),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
), responses((status = 200, body = Page<JournalEntry>)))]
pub async fn journal(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Segment(which): Segment<Which>,
    Query(filter): Query<JournalFilter>,
) -> Answer<Page<JournalEntry>> {
    let limit = page_limit(filter.limit)?;
    if filter
        .note
        .as_ref()
        .is_some_and(|words| words.chars().count() > MAX_WORD)
    {
        return Err(Refusal::invalid(
            "note",
            format!("has more than {MAX_WORD} characters"),
        ));
    }
    let release = which.find(&state, &caller.actor).await?;
    let number = release
        .number
        .ok_or_else(|| Refusal::internal(format!("release {} was stored without a number", release.id)))?;
    Ok(Json(
        state
            .store
            .journal(&caller.actor, number, limit, filter.after.as_deref(), filter.of())
            .await?,
    ))
}
