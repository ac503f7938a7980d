use domain::release::ReleaseField;
use leptos::prelude::*;

use crate::parts::people::use_people;
use crate::parts::stage::{priority_badge, stage_badge};
use crate::state::{OpenRelease, use_release};
use crate::ui::Moment;
use crate::words;

/// Above the title: where it belongs, its number, its type.
pub fn over(open: OpenRelease, name: Memo<String>) -> AnyView {
    let people = use_people();
    view! {
        <a href="/releases">"Releases"</a>
        <span aria-hidden="true">"/"</span>
        <span class="mono">
            {move || match (open.number(), open.shown.with(|shown| shown.release.is_some())) {
                (Some(number), _) => number.to_string(),
                (None, true) => "number comes with the first storing".to_owned(),
                // Nothing is known of it but what the address says.
                (None, false) => name.get(),
            }}
        </span>
        {move || {
            open.with(|release| release.release_type())
                .flatten()
                .map(|kind| view! { <span>"· " {people.release_type(&kind)}</span> })
        }}
    }
    .into_any()
}

/// Beside the title: stage, disposition, priority.
pub fn badges(open: OpenRelease) -> AnyView {
    let state =
        Memo::new(move |_| open.with(|release| (release.stage, release.disposition, release.priority())));
    view! {
        {move || {
            state.get().map(|(stage, disposition, priority)| {
                view! { {stage_badge(stage, disposition)} {priority_badge(priority)} }
            })
        }}
    }
    .into_any()
}

/// One line of facts: what the plan adds up to, when, for whom, by whom.
#[component]
pub fn Facts() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let totals = Memo::new(move |_| open.with(|release| release.totals()).unwrap_or_default());
    let window = Memo::new(move |_| {
        open.with(|release| {
            (
                release.time(ReleaseField::PlannedStart),
                release.time(ReleaseField::PlannedEnd),
            )
        })
        .unwrap_or_default()
    });
    let who = Memo::new(move |_| {
        open.with(|release| (release.requester(), release.assignment_group()))
            .unwrap_or_default()
    });
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let minutes = |number: i64| u64::try_from(number).unwrap_or(0);
    view! {
        <div class="page-facts">
            <p class="total" role="status">
                {move || {
                    let t = totals.get();
                    let missing = (t.without_minutes > 0)
                        .then(|| format!(" · {} without time", words::many(count(t.without_minutes), "step", "steps")));
                    format!(
                        "{} · {} one after the other · {} at best · {}{}",
                        words::many(count(t.steps), "step", "steps"),
                        words::minutes(minutes(t.minutes)),
                        words::minutes(minutes(t.chain_minutes)),
                        words::many(count(t.targets), "CI", "CIs"),
                        missing.unwrap_or_default(),
                    )
                }}
            </p>
            <p class="soft">
                {move || match window.get() {
                    (Some(start), Some(end)) => {
                        view! { <Moment at=start /> " to " <Moment at=end /> }.into_any()
                    }
                    (Some(start), None) => view! { "from " <Moment at=start /> }.into_any(),
                    _ => "no window planned".into_any(),
                }}
            </p>
            <p class="soft">
                {move || {
                    let (requester, group) = who.get();
                    let requester = requester.map(|id| format!("for {}", people.name(id)));
                    let group = group.map(|id| format!("by {}", people.group(id)));
                    requester.into_iter().chain(group).collect::<Vec<_>>().join(" · ")
                }}
            </p>
        </div>
    }
}
