//! One command for many releases: for each what becomes of it, decided and stored like every other change. A release is a
//! gesture of its own: what is refused for one does not hold up the others.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::{Extension, Json};
use chrono::Utc;
use domain::access::Actor;
use domain::release::Release;
use domain::sync::client::Replica;
use domain::sync::{Outcome, PushResp, Reason, Stamp};
use domain::wire::bulk::{Bulk, BulkAnswer, BulkItem, MAX_BULK};
use domain::wire::list::ReleaseQuery;
use domain::{ClientId, GestureId, ReleaseId};

use super::extract::Body;
use super::problem::Refusal;
use super::releases::Which;
use crate::auth::caller::Caller;
use crate::db::views::read_query;
use crate::state::AppState;

/// Releases that are decided together: large enough to store hundreds in a second, small enough to let others in between.
const CHUNK: usize = 50;

/// Does one thing to many releases, or says for which it would be done. Each is decided by itself, with the reasons of those
/// that it is not done for.
#[utoipa::path(post, path = "/api/v1/releases/bulk", tag = "releases", request_body(content = Bulk, example = json!({
    "releases": ["REL-000012", "REL-000013"],
    "command": {"command": "set", "field": "assignee", "value": "01JD3Q7V3M8Z6N4K2T9R5W1XYZ"},
    "preview": true,
})), responses((status = 200, body = BulkAnswer)))]
pub async fn run(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Body(bulk): Body<Bulk>,
) -> Result<Json<BulkAnswer>, Refusal> {
    if !bulk.command.suits_many() {
        return Err(Refusal::invalid(
            "command",
            "belongs to one release; send it to that release's own address",
        ));
    }
    let named = named(&state, &caller.actor, &bulk).await?;
    let mut answer = BulkAnswer {
        preview: bulk.preview,
        ..BulkAnswer::default()
    };
    for chunk in named.chunks(CHUNK) {
        answer
            .items
            .extend(chunk_of(&state, &caller.actor, chunk, &bulk).await?);
    }
    let will = answer.items.iter().filter(|item| item.will).count();
    answer.will = u64::try_from(will).unwrap_or(u64::MAX);
    answer.will_not = u64::try_from(answer.items.len() - will).unwrap_or(u64::MAX);
    Ok(Json(answer))
}

/// A release as it was asked for, and which it is.
type Named = (String, Option<ReleaseId>);

/// The releases meant, each once.
async fn named(state: &AppState, actor: &Actor, bulk: &Bulk) -> Result<Vec<Named>, Refusal> {
    let too_many = |at: &str, many: u64| {
        Refusal::invalid(
            at,
            format!("means {many} releases, at most {MAX_BULK} are done at once"),
        )
    };
    let Some(query) = &bulk.query else {
        if bulk.releases.is_empty() {
            return Err(Refusal::invalid("releases", "names no release"));
        }
        if bulk.releases.len() > MAX_BULK {
            return Err(too_many(
                "releases",
                u64::try_from(bulk.releases.len()).unwrap_or(u64::MAX),
            ));
        }
        // Each once, under whatever name; a name that means nothing to the caller is answered once, too.
        let (mut named, mut seen, mut said) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for text in &bulk.releases {
            let id = match text.parse() {
                Ok(Which::Id(id)) => Some(id),
                Ok(Which::Number(number)) => state.store.release_id(actor, number).await?,
                Err(_) => None,
            };
            if said.insert(text) && id.is_none_or(|id| seen.insert(id)) {
                named.push((domain::shorten(text), id));
            }
        }
        return Ok(named);
    };
    if !bulk.releases.is_empty() {
        return Err(Refusal::invalid("query", "does not go together with `releases`"));
    }
    let query = read_query(query).map_err(|message| Refusal::invalid("query", message))?;
    let query = ReleaseQuery { after: None, ..query };
    let page = state
        .store
        .list_releases(actor, &query, MAX_BULK, Utc::now())
        .await?;
    if page.next.is_some() {
        return Err(too_many("query", page.total));
    }
    let named = page.items.into_iter().map(|item| {
        let name = item
            .number
            .map_or_else(|| item.id.to_string(), |number| number.to_string());
        (name, Some(item.id))
    });
    Ok(named.collect())
}

/// What becomes of some of them.
async fn chunk_of(
    state: &AppState,
    actor: &Actor,
    named: &[Named],
    bulk: &Bulk,
) -> Result<Vec<BulkItem>, Refusal> {
    let ids: Vec<ReleaseId> = named.iter().filter_map(|(_, id)| *id).collect();
    let releases = state.store.releases_by_id(actor, &ids).await?;
    let mut releases: BTreeMap<ReleaseId, Release> = releases
        .into_iter()
        .map(|release| (release.id, release))
        .collect();
    let now = Utc::now();
    let mut replica = Replica::new(ClientId(ulid::Ulid::new()));
    let mut ops = BTreeMap::new();
    let mut items = Vec::with_capacity(named.len());
    for (asked, id) in named {
        let Some(release) = id.and_then(|id| releases.remove(&id)) else {
            items.push(refused(
                asked,
                None,
                "There is no such release, or you may not see it.",
            ));
            continue;
        };
        match bulk.command.clone().into_ops(&release, ulid::Ulid::new) {
            Err(error) => items.push(refused(asked, Some(&release), error.to_string())),
            Ok(made) if made.is_empty() => {
                items.push(refused(
                    asked,
                    Some(&release),
                    "It is so already; nothing is to be done.",
                ));
            }
            Ok(made) => {
                let stamp = Stamp {
                    wall: now,
                    skew_ms: None,
                };
                let place = items.len();
                items.push(item(asked, Some(&release)));
                let id = release.id;
                replica.follow(id);
                replica.seed(release);
                for op in replica.enqueue(actor.user, id, GestureId(ulid::Ulid::new()), stamp, made) {
                    ops.insert(op.seq, place);
                }
            }
        }
    }
    let build = concat!("slipway-api ", env!("CARGO_PKG_VERSION"));
    let request = replica
        .next_push(build)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let Some(request) = request else { return Ok(items) };
    let answer = if bulk.preview {
        state.store.foresee(actor, &request, now).await?
    } else {
        state.store.push(actor, &request, now).await?
    };
    let PushResp::Ok { outcomes, .. } = answer else {
        return Err(Refusal::internal(format!(
            "a fresh client was answered {answer:?}"
        )));
    };
    for (seq, outcome) in outcomes {
        if let Some(item) = ops.get(&seq).and_then(|place| items.get_mut(*place)) {
            note(item, outcome);
        }
    }
    Ok(items)
}

fn item(asked: &str, release: Option<&Release>) -> BulkItem {
    BulkItem {
        asked: asked.to_owned(),
        id: release.map(|release| release.id),
        number: release.and_then(|release| release.number),
        title: release.map_or_else(String::new, |release| release.title().to_owned()),
        will: true,
        text: None,
        unmet: Vec::new(),
    }
}

fn refused(asked: &str, release: Option<&Release>, text: impl Into<String>) -> BulkItem {
    BulkItem {
        will: false,
        text: Some(text.into()),
        ..item(asked, release)
    }
}

/// Takes the outcome of one of the ops. One that is refused sinks the gesture; its reason counts more than that of those
/// that sank with it.
fn note(item: &mut BulkItem, outcome: Outcome) {
    match outcome {
        Outcome::Applied { .. } | Outcome::Merged { .. } => {}
        Outcome::Conflicted { .. } => {
            item.text =
                Some("Somebody else changed the same just now: there is a conflict to decide.".into());
        }
        Outcome::Rejected { reason, .. } => {
            let follows = matches!(reason, Reason::GestureRefused | Reason::RestsOnRefused);
            if item.will || !follows {
                item.text = Some(reason.to_string());
            }
            item.will = false;
            if let Reason::NotReady { unmet } = reason {
                item.text = None;
                item.unmet = unmet;
            }
        }
    }
}
