//! Releases in lists: reading them, and the short lists on the home page.

use domain::wire::list::{ReleasePage, ReleaseQuery};
use domain::wire::release::ReleaseSummary;
use leptos::prelude::*;

use super::on_device::{is_unknown, on_device};
use super::people::use_people;
use super::release_cells::overdue;
use super::stage::{priority_badge, stage_badge};
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::paths::{self, Query};
use crate::state::remote;
use crate::ui::{Moment, StateKind, show, skeleton_lines, state_view};
use crate::words;

/// Rows on the home page.
const FEW: u32 = 5;

/// Reads a page of releases.
///
/// # Errors
/// See [`ApiError`].
pub async fn fetch(query: &ReleaseQuery) -> Result<ReleasePage, ApiError> {
    let mut address = Query::default();
    for (name, value) in query.pairs() {
        address.add(name, &value);
    }
    http::get(&address.on("/api/v1/releases")).await
}

/// The address of a release in a list.
#[must_use]
pub fn href(release: &ReleaseSummary) -> String {
    release
        .number
        .map_or_else(|| paths::release_by_id(release.id), paths::release)
}

/// The first releases of a list, for the home page; follows changes of others. Without the server, those on this device.
#[component]
pub fn ReleaseWidget(
    /// Which.
    query: ReleaseQuery,
    /// The address of all of them.
    #[prop(into)]
    all: String,
    /// The heading.
    title: &'static str,
    /// What it means that there are none.
    none: &'static str,
    /// What would be here.
    #[prop(optional)]
    about: &'static str,
) -> impl IntoView {
    let sync = use_sync();
    let query = StoredValue::new(ReleaseQuery {
        limit: Some(FEW),
        ..query
    });
    let list = remote(
        true,
        move || sync.pokes.get(),
        move |_| async move {
            let page = fetch(&query.get_value()).await?;
            sync.saw(page.rev);
            Ok(page)
        },
    );
    let unknown = Memo::new(move |_| is_unknown(list));
    let here = Memo::new(move |_| unknown.get().then(|| on_device(&query.get_value(), FEW as usize)));
    let total = move || {
        let page = list.value.get().or_else(|| here.get());
        page.map(|page| words::count(page.total))
    };
    let ready = move |page: ReleasePage| {
        if page.items.is_empty() {
            return state_view(StateKind::Empty, none, about, None);
        }
        let items = page.items.into_iter().map(item).collect_view();
        view! { <ul class="part-release-list">{items}</ul> }.into_any()
    };
    view! {
        <section class="ui-panel part-release-widget">
            <header>
                <h2>{title} " " <span class="soft">{total}</span></h2>
                <a href=all>"Show all"</a>
            </header>
            {move || match here.get() {
                Some(page) => {
                    view! {
                        <p class="soft meta">"Of the releases on this device:"</p>
                        {ready(page)}
                    }
                        .into_any()
                }
                None => show(list, "releases", || skeleton_lines(5), ready),
            }}
        </section>
    }
}

fn item(release: ReleaseSummary) -> AnyView {
    let people = use_people();
    let link = href(&release);
    let requester = release.requester;
    view! {
        <li>
            <a href=link>{release.title.clone()}</a>
            <span class="facts">
                <span class="mono soft">{release.number.map(|n| n.to_string())}</span>
                {stage_badge(release.stage, release.disposition)}
                {priority_badge(release.priority)}
                {overdue(&release)}
                <span class="soft">{move || requester.map(|id| people.name(id))}</span>
                <span class="soft">"changed " <Moment at=release.updated ago=true /></span>
            </span>
        </li>
    }
    .into_any()
}
