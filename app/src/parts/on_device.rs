//! The releases on this device, in place of a list that only the server has.

use domain::grow::Grow;
use domain::list::{Column, Listing, Names, Row, line_of};
use domain::wire::counts::ReleaseCounts;
use domain::wire::list::{ReleasePage, ReleaseQuery};
use domain::wire::release::ReleaseSummary;
use leptos::prelude::*;

use super::more::ROWS;
use super::people::use_people;
use super::release_cells::{cell, title_cell};
use crate::client::clock;
use crate::client::sync::use_sync;
use crate::paths;
use crate::state::{Remote, use_session};
use crate::ui::{Button, For, Icon, LinkButton, StateKind, TableFrame, icon, state_view};
use crate::words;

/// The server cannot be asked; tracks.
#[must_use]
pub fn is_silent<T: Clone + Send + Sync + 'static>(remote: Remote<T>) -> bool {
    remote
        .error
        .with(|error| error.as_ref().is_some_and(|error| error.status().is_none()))
}

/// The server cannot be asked and nothing of its answer is known; tracks.
#[must_use]
pub fn is_unknown<T: Clone + Send + Sync + 'static>(remote: Remote<T>) -> bool {
    is_silent(remote) && remote.value.with(Option::is_none)
}

/// Says that something cannot be done on this device alone.
#[must_use]
pub fn needs_server(what: &str) -> AnyView {
    let text =
        format!("{what} needs the server, and it cannot be reached. It works again when the server answers.");
    view! { <div class="ui-bar" data-tone="warning" role="status">{icon(Icon::Offline)} <span>{text}</span></div> }
        .into_any()
}

/// Their table, by the same filters and in the same order as the server would have them.
#[component]
pub fn OnDeviceTable(
    /// What the list it stands in for asks for.
    query: Memo<ReleaseQuery>,
    /// Which columns.
    columns: Memo<Vec<Column>>,
) -> impl IntoView {
    let people = use_people();
    let most = RwSignal::new(ROWS as usize);
    let page = Memo::new(move |_| on_device(&query.get(), most.get()));
    // As many rows as the server would send: a start with 500 releases waits for the first screen, not for all of them.
    let more = move || {
        let (shown, total) = page.with(|page| (page.items.len(), page.total));
        page.with(|page| page.next.is_some()).then(|| {
            let shown = u64::try_from(shown).unwrap_or(u64::MAX);
            let show = move |()| most.update(|most| *most += ROWS as usize);
            view! {
                <div class="part-more">
                    <Button on_press=show>{format!("Show {ROWS} more")}</Button>
                    <span class="soft">{words::of(shown, total)}</span>
                </div>
            }
        })
    };
    let caption = Signal::derive(move || {
        let total = page.with(|page| page.total);
        format!("{} on this device", words::many(total, "release", "releases"))
    });
    let row = move |release: ReleaseSummary| {
        let now = ArcRwSignal::new(release);
        let cells = move || {
            let columns = columns.get();
            let numbered = columns.contains(&Column::Number);
            let cell = |column: Column| {
                if column == Column::Title {
                    return title_cell(now.clone().into(), people, !numbered, None);
                }
                let now = now.clone();
                view! {
                    <td data-label=column.label()>{move || now.with(|release| cell(column, release, people))}</td>
                }
                .into_any()
            };
            columns.into_iter().map(cell).collect_view()
        };
        view! { <tr>{cells}</tr> }
    };
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    view! {
        {only_here()}
        {move || {
            if empty.get() {
                return none_here();
            }
            view! {
                <div class="part-release-table">
                    <TableFrame caption=caption>
                        <thead>
                            <tr>
                                {move || {
                                    let heading = |column: Column| view! { <th scope="col">{column.label()}</th> };
                                    columns.get().into_iter().map(heading).collect_view()
                                }}
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || page.with(|page| page.items.clone())
                                key=|item| (item.id, item.updated, item.steps)
                                children=row
                            />
                        </tbody>
                    </TableFrame>
                    {more}
                </div>
            }
                .into_any()
        }}
    }
}

/// Says that what follows is only of this device.
#[must_use]
pub fn only_here() -> AnyView {
    view! {
        <div class="ui-bar" data-tone="warning" role="status">
            {icon(Icon::Offline)}
            <span>"The server cannot be reached. These are the releases on this device; there may be others."</span>
            <LinkButton href=paths::DEVICE>"This device"</LinkButton>
        </div>
    }
    .into_any()
}

/// What it means that there is none of them.
#[must_use]
pub fn none_here() -> AnyView {
    state_view(
        StateKind::Offline,
        "None on this device",
        "Releases come here when they are yours or when you open them. You can draft a new one without the server.",
        None,
    )
}

/// The first rows of a list over the releases on this device; tracks.
#[must_use]
pub fn on_device(query: &ReleaseQuery, most: usize) -> ReleasePage {
    let page = ask(query, |listing, rows| listing.page(rows.into_iter(), most));
    page.and_then(Result::ok).unwrap_or_default()
}

/// What they are counted by; tracks.
#[must_use]
pub fn count_on_device(query: &ReleaseQuery) -> ReleaseCounts {
    ask(query, |listing, rows| listing.counts(rows.into_iter())).unwrap_or_default()
}

/// Asks a list over the releases on this device; tracks. Journals are not on the device: words are looked for in numbers and
/// titles.
fn ask<T>(query: &ReleaseQuery, answer: impl FnOnce(&Listing<'_>, Vec<Row<'_>>) -> T) -> Option<T> {
    let (sync, session, people) = (use_sync(), use_session(), use_people());
    let me = session.me()?;
    let query = ReleaseQuery {
        q: query.q.clone().or_else(|| query.text.clone()),
        text: None,
        ..query.clone()
    };
    let releases = sync.on_device(&me.actor);
    let rows: Vec<(u64, ReleaseSummary, String)> = (1..)
        .zip(releases.iter().rev())
        .map(|(change, release)| {
            let summary = ReleaseSummary::from(release);
            let lower = line_of(&summary);
            (change, summary, lower)
        })
        .collect();
    let touching = query.ci.as_ref().map(|ci| {
        let touching = releases
            .iter()
            .filter(|release| release.touched_cis().contains(ci));
        touching.map(|release| release.id).grow()
    });
    let names = if query.sort.is_some_and(Column::is_named) {
        people.names()
    } else {
        Names::default()
    };
    let listing = Listing {
        actor: &me.actor,
        query: &query,
        now: clock::now(),
        names: &names,
        found: None,
        touching: touching.as_ref(),
    };
    let rows = rows.iter().map(|(rev, summary, lower)| Row {
        rev: *rev,
        summary,
        lower,
    });
    Some(answer(&listing, rows.collect()))
}
