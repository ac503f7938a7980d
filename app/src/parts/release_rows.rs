//! Releases in lists: the table, and the short list on the home page.

use domain::wire::Page;
use domain::wire::release::{ReleaseQuery, ReleaseSummary, View};
use leptos::prelude::*;

use super::people::{People, use_people};
use super::stage::{priority_badge, stage_badge};
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::paths::{self, Query};
use crate::state::remote;
use crate::ui::{Badge, Moment, StateKind, Tone, show, skeleton_lines, state_view};
use crate::words;

/// Rows on the home page.
const FEW: u32 = 5;

/// The word of a view in addresses.
#[must_use]
pub fn view_word(view: View) -> &'static str {
    match view {
        View::All => "all",
        View::Drafts => "drafts",
        View::Waiting => "waiting",
    }
}

/// Reads a page of releases.
///
/// # Errors
/// See [`ApiError`].
pub async fn fetch(query: &ReleaseQuery) -> Result<Page<ReleaseSummary>, ApiError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let path = Query::default()
        .with("view", view_word(query.view))
        .with("q", &text(&query.q))
        .with("stage", query.stage.map_or("", |stage| stage.as_str()))
        .with(
            "release_type",
            &query
                .release_type
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )
        .with(
            "limit",
            &query.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        )
        .with("after", &text(&query.after))
        .on("/api/v1/releases");
    http::get(&path).await
}

/// The address of a release in a list.
#[must_use]
pub fn href(release: &ReleaseSummary) -> String {
    release
        .number
        .map_or_else(|| paths::release_by_id(release.id), paths::release)
}

/// A row of the table of releases.
#[must_use]
pub fn row(release: ReleaseSummary, people: People) -> AnyView {
    let link = href(&release);
    let number = release
        .number
        .map_or_else(|| "no number yet".to_owned(), |n| n.to_string());
    let kind = release.release_type.clone();
    let (requester, group) = (release.requester, release.group);
    let window = window_view(&release);
    let conflicts = (release.conflicts > 0).then(|| {
        let text = words::many(u64::from(release.conflicts), "conflict", "conflicts");
        view! { <Badge tone=Tone::Danger shape="⚡" text=text /> }
    });
    view! {
        <tr>
            <th scope="row">
                <a data-row="" href=link>{release.title}</a>
                <span class="second">
                    <span class="mono">{number}</span>
                    {move || kind.as_ref().map(|kind| format!(" · {}", people.release_type(kind)))}
                </span>
            </th>
            <td>{stage_badge(release.stage, release.disposition)} {conflicts}</td>
            <td>{priority_badge(release.priority)}</td>
            <td class="time">{window}</td>
            <td>{move || requester.map(|id| people.name(id))}</td>
            <td>{move || group.map(|id| people.group(id))}</td>
            <td class="number" data-label="steps">{release.steps.to_string()}</td>
        </tr>
    }
    .into_any()
}

fn window_view(release: &ReleaseSummary) -> AnyView {
    match (release.planned_start, release.planned_end) {
        (Some(start), Some(end)) => {
            let minutes = u64::try_from((end - start).num_minutes()).unwrap_or(0);
            view! { <Moment at=start /> <span class="soft meta">" · " {words::minutes(minutes)}</span> }
                .into_any()
        }
        (Some(start), None) => view! { <Moment at=start /> }.into_any(),
        (None, _) => view! { <span class="soft">"not planned"</span> }.into_any(),
    }
}

/// The first releases of a view, for the home page; follows changes of others.
#[component]
pub fn ReleaseWidget(
    /// Which.
    view: View,
    /// The heading.
    title: &'static str,
    /// What it means that there are none.
    none: &'static str,
) -> impl IntoView {
    let (people, sync) = (use_people(), use_sync());
    let list = remote(
        true,
        move || sync.pokes.get(),
        move |_| async move {
            fetch(&ReleaseQuery {
                view,
                limit: Some(FEW),
                ..ReleaseQuery::default()
            })
            .await
        },
    );
    let all = Query::default().with("view", view_word(view)).on("/releases");
    let total = move || {
        list.value
            .with(|page| page.as_ref().map(|page| words::count(page.total)))
    };
    let ready = move |page: Page<ReleaseSummary>| {
        if page.items.is_empty() {
            return state_view(StateKind::Empty, none, "", None);
        }
        let one = |release: ReleaseSummary| {
            let link = href(&release);
            let requester = release.requester;
            view! {
                <li>
                    <a href=link>{release.title.clone()}</a>
                    <span class="facts">
                        <span class="mono soft">{release.number.map(|n| n.to_string())}</span>
                        {stage_badge(release.stage, release.disposition)}
                        {priority_badge(release.priority)}
                        <span class="soft">{move || requester.map(|id| people.name(id))}</span>
                        <span class="soft"><Moment at=release.updated ago=true /></span>
                    </span>
                </li>
            }
        };
        view! { <ul class="part-release-list">{page.items.into_iter().map(one).collect_view()}</ul> }
            .into_any()
    };
    view! {
        <section class="ui-panel part-release-widget">
            <header>
                <h2>{title} " " <span class="soft">{total}</span></h2>
                <a href=all>"Show all"</a>
            </header>
            {show(list, "releases", || skeleton_lines(5), ready)}
        </section>
    }
}
