//! Other releases that are planned for the same time and get in the way: which, when, at which CIs, and why.

use chrono::{DateTime, Utc};
use domain::release::{Release, ReleaseField};
use domain::wire::clash::{Clashes, MeetKind, Meeting, ReleaseClash};
use domain::wire::cmdb::{Direction, PathHop, State};
use domain::{CiKey, ReleaseNumber};
use leptos::prelude::*;

use super::blast::Outages;
use super::stage::stage_badge;
use crate::client::clock;
use crate::client::http::{self, ApiError};
use crate::explain;
use crate::paths;
use crate::state::{Remote, remote, use_query, use_release};
use crate::ui::{StateKind, show, skeleton_lines, state_view};
use crate::words;

/// CIs that are named for each release; all are counted.
const MEETS: usize = 20;

/// What an answer depends on: when the release runs, what it takes down, and what it works on.
type Question = (
    Option<ReleaseNumber>,
    [Option<DateTime<Utc>>; 2],
    Outages,
    Vec<CiKey>,
);

fn question(release: &Release) -> Question {
    let window = [ReleaseField::PlannedStart, ReleaseField::PlannedEnd].map(|field| release.time(field));
    let targets = release
        .plan()
        .into_iter()
        .flat_map(|(_, step)| step.targets.keys());
    let touched = targets.chain(release.scope.keys()).cloned().collect();
    (release.number, window, release.outages(), touched)
}

/// Asks the server, and again when it has stored something that matters.
fn asked() -> Remote<Clashes> {
    let open = use_release();
    let now = Memo::new(move |before: Option<&Question>| {
        let unsent = open.shown.with(|shown| !shown.pending.is_empty());
        match before {
            // What the server does not have yet it cannot compare.
            Some(before) if unsent => before.clone(),
            _ => open.with(question).unwrap_or_default(),
        }
    });
    remote(
        true,
        move || now.get(),
        |(number, ..): Question| async move {
            let Some(number) = number else {
                return Ok::<_, ApiError>(Clashes::default());
            };
            http::get(&format!("/api/v1/releases/{number}/clashes?limit={MEETS}")).await
        },
    )
}

/// Beside the plan: which releases, and the way to the whole.
#[component]
pub fn ClashPanel() -> impl IntoView {
    let (open, query) = (use_release(), use_query());
    let href = Signal::derive(move || {
        let base = format!("/releases/{}", open.name());
        query.now.get().with("tab", "impact").on(&base)
    });
    let shown = show(
        asked(),
        "the clashes",
        || skeleton_lines(2),
        move |found| {
            if found.items.is_empty() {
                return view! { <p class="soft">{nothing(&found).1}</p> }.into_any();
            }
            let row = |clash: &ReleaseClash| {
                view! {
                    <li>
                        <a href=address(clash)>{name(clash)}</a>
                        <span class="soft meta">{window(clash)}</span>
                    </li>
                }
            };
            view! {
                <ul class="rows">{found.items.iter().map(row).collect_view()}</ul>
                <a href=href data-noscroll="">"Where they meet, and why"</a>
            }
            .into_any()
        },
    );
    view! {
        <section class="ui-panel part-clashes" aria-label="Clashes">
            <h2>"Releases in the way"</h2>
            {shown}
        </section>
    }
}

/// All of them with the CIs at which they meet.
#[component]
pub fn ClashSection() -> impl IntoView {
    let open = use_release();
    let answer = asked();
    let title = move || {
        let found = answer
            .value
            .with(|found| found.as_ref().map_or(0, |found| found.items.len()));
        match found {
            0 => "Releases in the way".to_owned(),
            found => words::many(found as u64, "release in the way", "releases in the way"),
        }
    };
    let shown = show(
        answer,
        "the clashes",
        || skeleton_lines(4),
        move |found| {
            if found.items.is_empty() {
                let (title, text) = nothing(&found);
                return state_view(StateKind::Empty, title, &text, None);
            }
            let rows = untrack(|| open.with(|release| whole(&found, release)));
            rows.unwrap_or_else(|| ().into_any())
        },
    );
    view! {
        <section class="ui-panel part-clashes" aria-label="Clashes">
            <h2>{title}</h2>
            {shown}
        </section>
    }
}

/// Why there is none, as a title and a sentence.
fn nothing(found: &Clashes) -> (&'static str, String) {
    match found.overlapping {
        None => (
            "Nothing to compare yet",
            "Say when it starts and ends (Record); then other releases at that time are compared with it."
                .to_owned(),
        ),
        Some(0) => (
            "Nothing else is planned",
            "No other open release is planned for this time.".to_owned(),
        ),
        Some(others) => (
            "Nothing is in the way",
            format!(
                "{} planned for this time; none works on what this one needs, or the other way round.",
                words::many(others, "other release is", "other releases are")
            ),
        ),
    }
}

fn address(clash: &ReleaseClash) -> String {
    clash
        .number
        .map_or_else(|| paths::release_by_id(clash.id), paths::release)
}

fn name(clash: &ReleaseClash) -> String {
    match clash.number {
        Some(number) => format!("{number} {}", clash.title),
        None => clash.title.clone(),
    }
}

fn window(clash: &ReleaseClash) -> String {
    format!("{} to {}", clock::local(clash.start), clock::local(clash.end))
}

fn whole(found: &Clashes, release: &Release) -> AnyView {
    let others = found.overlapping.unwrap_or_default();
    let looked = (found.compared < others).then(|| {
        format!(
            " Compared with the {} nearest in time.",
            words::count(found.compared)
        )
    });
    let row = |clash: &ReleaseClash| clash_view(clash, release);
    view! {
        <p class="soft meta">
            {words::many(others, "other release is", "other releases are")} " planned for this time." {looked}
            " Which of their steps fall together nobody knows, so any two may."
        </p>
        <ul class="rows">{found.items.iter().map(row).collect_view()}</ul>
    }
    .into_any()
}

fn clash_view(clash: &ReleaseClash, release: &Release) -> AnyView {
    let both = release
        .time(ReleaseField::PlannedStart)
        .zip(release.time(ReleaseField::PlannedEnd))
        .map(|(start, end)| (start.max(clash.start), end.min(clash.end)))
        .filter(|(start, end)| start < end)
        .map(|(start, end)| format!(" · both from {} to {}", clock::local(start), clock::local(end)));
    let counts = clash.counts.iter().map(|(kind, count)| {
        let (one, more) = kind_words(*kind);
        view! { <li data-kind=kind_key(*kind)>{words::many(*count, one, more)}</li> }
    });
    let all: u64 = clash.counts.values().sum();
    let rest = all.saturating_sub(clash.meets.len() as u64);
    let meet = |meeting: &Meeting| {
        view! {
            <li>
                <a href=paths::ci(&meeting.key)>{meeting.name.clone()}</a>
                <p>{why(meeting)} {steps(meeting, release)}</p>
            </li>
        }
    };
    view! {
        <li>
            <div class="line">
                <a class="title" href=address(clash)>{name(clash)}</a>
                {stage_badge(clash.stage, domain::release::Disposition::Active)}
            </div>
            <p class="soft meta">{window(clash)} {both}</p>
            <ul class="spread" aria-label="How they meet">{counts.collect_view()}</ul>
            <details>
                <summary>"Where, and why" <span class="sr-only">{format!(": {}", clash.title)}</span></summary>
                <ul class="meets">{clash.meets.iter().map(meet).collect_view()}</ul>
                {(rest > 0).then(|| view! { <p class="soft meta">{format!("and {}", words::many(rest, "more CI", "more CIs"))}</p> })}
            </details>
        </li>
    }
    .into_any()
}

/// The colour a way of meeting has: one that breaks something, and one that only meets.
fn kind_key(kind: MeetKind) -> &'static str {
    match kind {
        MeetKind::SameCi | MeetKind::BothReach => "meets",
        MeetKind::WeNeed | MeetKind::TheyNeed | MeetKind::Redundancy => "breaks",
    }
}

/// After a count of CIs.
fn kind_words(kind: MeetKind) -> (&'static str, &'static str) {
    match kind {
        MeetKind::SameCi => ("CI both work on", "CIs both work on"),
        MeetKind::WeNeed => (
            "CI we work on and they take down",
            "CIs we work on and they take down",
        ),
        MeetKind::TheyNeed => (
            "CI they work on and we take down",
            "CIs they work on and we take down",
        ),
        MeetKind::Redundancy => ("CI that loses all its spares", "CIs that lose all their spares"),
        MeetKind::BothReach => ("CI both take down", "CIs both take down"),
    }
}

fn why(meeting: &Meeting) -> String {
    let name = &meeting.name;
    let way = |path: &[PathHop]| match path {
        [] | [_] => format!("{name} is down by plan."),
        path => explain::sentence(path, Direction::Dependants, State::Down),
    };
    match meeting.kind {
        MeetKind::SameCi => "Both releases work on it.".to_owned(),
        MeetKind::WeNeed => format!(
            "This release works on it; the other takes it down: {}",
            way(&meeting.theirs)
        ),
        MeetKind::TheyNeed => format!(
            "The other works on it; this release takes it down: {}",
            way(&meeting.ours)
        ),
        MeetKind::Redundancy => format!(
            "It survives each of them alone, and not both. This release: {} The other: {}",
            way(&meeting.ours),
            way(&meeting.theirs)
        ),
        MeetKind::BothReach => format!(
            "Both take it down. This release: {} The other: {}",
            way(&meeting.ours),
            way(&meeting.theirs)
        ),
    }
}

/// The own steps that it comes from.
fn steps(meeting: &Meeting, release: &Release) -> Option<String> {
    let from = &meeting.ours.first()?.key;
    let plan = release.plan().into_iter().enumerate();
    let steps: Vec<_> = plan
        .filter(|(_, (_, step))| step.targets.contains_key(from))
        .map(|(at, (_, step))| format!("{} “{}”", at + 1, step.title()))
        .collect();
    match steps.as_slice() {
        [] => Some(" Here: in scope, without a step.".to_owned()),
        [one] => Some(format!(" Here: step {one}.")),
        all => Some(format!(" Here: steps {}.", all.join(", "))),
    }
}
