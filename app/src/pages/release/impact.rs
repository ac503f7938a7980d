use domain::wire::cmdb::{Direction, ImpactAnswer};
use leptos::prelude::*;

use crate::parts::blast::{down_at_some_time, impact_numbers, outages_of_plan, reached};
use crate::parts::clashes::ClashSection;
use crate::parts::impact_list::{Filter, rows};
use crate::parts::waves::Waves;
use crate::paths;
use crate::state::use_release;
use crate::ui::{Icon, LinkButton, StateKind, state_view};
use crate::words;

/// Rows at most; counts are always complete.
const MANY: u32 = 500;

/// What the whole release takes down: all rows, counts by class and site, and what is assumed.
#[component]
pub fn ImpactTab() -> impl IntoView {
    let open = use_release();
    let outages = outages_of_plan();
    let down = Memo::new(move |_| outages.with(down_at_some_time));
    let none = Memo::new(move |_| down.with(Vec::is_empty));
    let reached = reached(outages, MANY, all);
    let named = move || {
        down.get()
            .into_iter()
            .map(|key| {
                let name = open
                    .with(|release| {
                        let mut targets = release.steps.values().filter_map(|step| step.targets.get(&key));
                        targets.next().map(|target| target.name.clone())
                    })
                    .flatten()
                    .unwrap_or_else(|| key.to_string());
                view! { <li><a href=paths::ci(&key)>{name}</a></li> }
            })
            .collect_view()
    };
    view! {
        <div class="ui-stack page-impact">
            {move || {
                if none.get() {
                    state_view(
                        StateKind::Empty,
                        "No step takes anything down",
                        "Say on a step's targets what is down while it runs; then this page shows what goes with it, and why.",
                        None,
                    )
                } else {
                    view! {
                        <section class="ui-panel">
                            <header>
                                <h2>
                                    {move || words::many(down.with(Vec::len) as u64, "CI", "CIs")}
                                    " down at some time"
                                </h2>
                                <LinkButton href=Signal::derive(move || down.with(|down| paths::impact(down))) icon=Icon::Impact>
                                    "Picture, all at once"
                                </LinkButton>
                            </header>
                            <p class="soft meta">
                                "Steps that may run at the same time are taken together, the others one after the other; each CI is shown in its worst state."
                            </p>
                            <ul class="page-assumed">{named}</ul>
                        </section>
                        <section class="ui-panel part-blast" aria-label="What goes with it">
                            <h2>"What goes with it"</h2>
                            {reached}
                        </section>
                    }
                        .into_any()
                }
            }}
            <ClashSection />
            <Idle />
            <Waves />
        </div>
    }
}

/// CIs in scope of which no step says what happens to them: the plan assumes no outage of them.
#[component]
fn Idle() -> impl IntoView {
    let open = use_release();
    let idle = Memo::new(move |_| {
        let all = open.with(domain::release::Release::scope_without_steps);
        all.unwrap_or_default().into_iter().collect::<Vec<_>>()
    });
    move || {
        let all = idle.get();
        if all.is_empty() {
            return None;
        }
        let what_if = paths::impact(all.iter().map(|(key, _)| key));
        let count = words::many(u64::try_from(all.len()).unwrap_or(u64::MAX), "CI", "CIs");
        let rows = all
            .into_iter()
            .map(|(key, name)| view! { <li><a href=paths::ci(&key)>{name}</a></li> })
            .collect_view();
        Some(view! {
            <section class="ui-panel" aria-label="In scope without a step">
                <header>
                    <h2>{count} " in scope without a step"</h2>
                    <LinkButton href=what_if icon=Icon::Impact>"What if they were down"</LinkButton>
                </header>
                <p class="soft meta">
                    "They are in scope by themselves or through changes. No step says what happens to them, so no outage is assumed."
                </p>
                <ul class="page-assumed">{rows}</ul>
            </section>
        })
    }
}

/// Counts and every row.
fn all(answer: &ImpactAnswer) -> AnyView {
    view! {
        {impact_numbers(answer)}
        {(answer.total > 0).then(|| rows(answer, Direction::Dependants, &Filter::default()))}
    }
    .into_any()
}
