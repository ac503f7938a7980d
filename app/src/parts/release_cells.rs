//! What a list shows of a release, column by column.

use chrono::{DateTime, Utc};
use domain::list::Column;
use domain::wire::list::{Hit, HitPlace};
use domain::wire::release::ReleaseSummary;
use leptos::prelude::*;

use super::people::People;
use super::release_rows::href;
use super::stage::{priority_badge, stage_badge};
use crate::client::clock;
use crate::ui::{Badge, Moment, Tone};
use crate::words;

/// The title, as the link of its row. It stays the same element while its release changes: the focus stays on it.
#[must_use]
pub fn title_cell(
    now: Signal<ReleaseSummary>,
    people: People,
    with_number: bool,
    found: Option<AnyView>,
) -> AnyView {
    let number = move || {
        now.with(|release| {
            let number = release
                .number
                .map_or_else(|| "no number yet".to_owned(), |number| number.to_string());
            with_number.then_some(number)
        })
    };
    let kind = move || {
        now.with(|release| {
            let kind = release
                .release_type
                .as_ref()
                .map(|kind| people.release_type(kind));
            let glue = if with_number { " · " } else { "" };
            kind.map(|kind| format!("{glue}{kind}"))
        })
    };
    view! {
        <th scope="row">
            <a data-row="" href=move || now.with(href)>{move || now.with(|release| release.title.clone())}</a>
            <span class="second"><span class="mono">{number}</span> {kind}</span>
            {found}
        </th>
    }
    .into_any()
}

/// What stands in another column.
#[must_use]
pub fn cell(column: Column, release: &ReleaseSummary, people: People) -> AnyView {
    let none = || view! { <span class="soft">"–"</span> }.into_any();
    let time = |at: Option<DateTime<Utc>>| {
        at.map_or_else(none, |at| {
            view! { <span class="nowrap"><Moment at=at /></span> }.into_any()
        })
    };
    let text = |text: Option<String>| text.map_or_else(none, IntoAny::into_any);
    match column {
        Column::Number => text(release.number.map(|number| number.to_string())),
        Column::Title => text(Some(release.title.clone())),
        Column::ReleaseType => text(
            release
                .release_type
                .as_ref()
                .map(|kind| people.release_type(kind)),
        ),
        Column::Requester => text(release.requester.map(|id| people.name(id))),
        Column::Created => time(Some(release.created)),
        Column::Priority => priority_badge(release.priority),
        Column::Due => due(release),
        Column::Overdue => overdue(release).unwrap_or_else(none),
        Column::Stage => stage(release),
        Column::Now => text(release.now.clone()),
        Column::Group => text(release.group.map(|id| people.group(id))),
        Column::Assignee => text(release.assignee.map(|id| people.name(id))),
        Column::Shared => {
            let names = release.shared_with.iter().map(|party| people.party(*party));
            let names = names.collect::<Vec<_>>().join(", ");
            text(Some(names).filter(|names| !names.is_empty()))
        }
        Column::PlannedStart => window(release),
        Column::PlannedEnd => time(release.planned_end),
        Column::Contract => text(release.contract.map(|id| people.contract(id))),
        Column::Unit => text(release.unit.clone()),
        Column::Version => text(release.version.clone()),
        Column::Steps => text(Some(release.steps.to_string())),
        Column::Updated => time(Some(release.updated)),
        Column::Closed => time(release.ended),
    }
}

fn stage(release: &ReleaseSummary) -> AnyView {
    let conflicts = (release.conflicts > 0).then(|| {
        let text = words::many(u64::from(release.conflicts), "conflict", "conflicts");
        view! { <Badge tone=Tone::Danger shape="⚡" text=text /> }
    });
    let hold = release.hold.as_ref().map(|hold| {
        let text = hold.text.clone();
        view! { <span class="second">{text}</span> }
    });
    view! {
        {stage_badge(release.stage, release.disposition)}
        {conflicts}
        {hold}
    }
    .into_any()
}

/// The time limit, and how much it is over it.
fn due(release: &ReleaseSummary) -> AnyView {
    let Some(at) = release.due else {
        return view! { <span class="soft">"no limit"</span> }.into_any();
    };
    view! {
        <span class="nowrap"><Moment at=at /></span>
        {overdue(release)}
    }
    .into_any()
}

/// How late a release is: a sign, a word and a colour.
#[must_use]
pub fn overdue(release: &ReleaseSummary) -> Option<AnyView> {
    let late = u64::try_from(release.overdue_minutes(clock::now()))
        .ok()
        .filter(|late| *late > 0)?;
    let text = words::late(late);
    Some(view! { <Badge tone=Tone::Danger shape="!" text=text /> }.into_any())
}

fn window(release: &ReleaseSummary) -> AnyView {
    match (release.planned_start, release.planned_end) {
        (Some(start), Some(end)) => {
            let minutes = u64::try_from((end - start).num_minutes()).unwrap_or(0);
            view! {
                <span class="nowrap"><Moment at=start /></span>
                <span class="soft meta nowrap">" · " {words::minutes(minutes)}</span>
            }
            .into_any()
        }
        (Some(start), None) => view! { <span class="nowrap"><Moment at=start /></span> }.into_any(),
        (None, _) => view! { <span class="soft">"not planned"</span> }.into_any(),
    }
}

/// Where words were found, with the words marked.
#[must_use]
pub fn found(hit: &Hit) -> AnyView {
    let place = match hit.place {
        HitPlace::Title => return ().into_any(),
        HitPlace::Description => "Description: ",
        HitPlace::Journal => "Journal: ",
    };
    let part = |text: &str, mark: bool| {
        let text = text.to_owned();
        if mark {
            view! { <mark>{text}</mark> }.into_any()
        } else {
            text.into_any()
        }
    };
    let parts: Vec<AnyView> = hit.parts.iter().map(|it| part(&it.text, it.mark)).collect();
    view! { <span class="second part-found">{place} {parts}</span> }.into_any()
}
