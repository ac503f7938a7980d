//! The releases on this device, in place of a list that only the server has.

use domain::release::{Release, Stage};
use domain::wire::release::{ReleaseSummary, View};
use leptos::prelude::*;

use super::more::ROWS;
use super::people::use_people;
use super::release_rows::row;
use crate::client::sync::use_sync;
use crate::paths;
use crate::state::{Remote, use_session};
use crate::ui::{Button, Icon, LinkButton, StateKind, TableFrame, icon, state_view};
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

/// Their table.
#[component]
pub fn OnDeviceTable(
    /// The view of the list it stands in for.
    view: View,
) -> impl IntoView {
    let (sync, session, people) = (use_sync(), use_session(), use_people());
    let releases = Memo::new(move |_| {
        let Some(me) = session.me() else {
            return Vec::new();
        };
        let wanted = |release: &Release| match view {
            View::All => true,
            View::Drafts => release.author == me.actor.user && release.stage == Stage::Draft,
            // Without the server nobody knows who was asked since; conflicts in own drafts are known.
            View::Waiting => release.author == me.actor.user && !release.conflicts.is_empty(),
        };
        let all = sync.on_device(&me.actor);
        all.iter()
            .filter(|release| wanted(release))
            .map(ReleaseSummary::from)
            .collect::<Vec<_>>()
    });
    // As many rows as the server would send: a start with 500 releases waits for the first screen, not for all of them.
    let most = RwSignal::new(ROWS as usize);
    let rows = move || releases.with(|all| all.iter().take(most.get()).cloned().collect::<Vec<_>>());
    let more = move || {
        let (shown, total) = (most.get(), releases.with(Vec::len));
        (shown < total).then(|| {
            let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            let show = move |()| most.update(|most| *most += ROWS as usize);
            view! {
                <div class="part-more">
                    <Button on_press=show>{format!("Show {ROWS} more")}</Button>
                    <span class="soft">{words::of(number(shown), number(total))}</span>
                </div>
            }
        })
    };
    let caption = Signal::derive(move || {
        let count = u64::try_from(releases.with(Vec::len)).unwrap_or(u64::MAX);
        format!(
            "{} on this device, newest change first",
            words::many(count, "release", "releases")
        )
    });
    view! {
        <div class="ui-bar" data-tone="warning" role="status">
            {icon(Icon::Offline)}
            <span>"The server cannot be reached. These are the releases on this device; there may be others."</span>
            <LinkButton href=paths::DEVICE>"This device"</LinkButton>
        </div>
        {move || {
            if releases.with(Vec::is_empty) {
                return state_view(
                    StateKind::Offline,
                    "None on this device",
                    "Releases come here when they are yours or when you open them. You can draft a new one without the server.",
                    None,
                );
            }
            view! {
                <div class="part-release-table">
                    <TableFrame caption=caption>
                        <thead>
                            <tr>
                                <th scope="col">"Release"</th>
                                <th scope="col">"Stage"</th>
                                <th scope="col">"Priority"</th>
                                <th scope="col">"Planned window"</th>
                                <th scope="col">"Requester"</th>
                                <th scope="col">"Group"</th>
                                <th scope="col" class="number">"Steps"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=rows key=|item| (item.id, item.updated, item.steps) children=move |item| row(item, people) />
                        </tbody>
                    </TableFrame>
                    {more}
                </div>
            }
                .into_any()
        }}
    }
}
