//! The blast radius beside a plan: what stops working, where, and why, for a step and for the whole release.

use domain::wire::cmdb::{Direction, ImpactAnswer, ImpactItem, ImpactRequest, State};
use domain::{CiKey, StepId};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::plan::use_plan;
use crate::client::http;
use crate::explain;
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::{Remote, remote, use_release};
use crate::ui::{show, skeleton_lines};
use crate::words;

/// Quiet time after the last edit until the server is asked, in milliseconds.
const QUIET: u32 = 350;
/// Rows beside the plan.
const FEW: u32 = 8;
/// Most CIs the server assumes down at once.
const MOST_DOWN: usize = 1_000;

/// CIs that the whole plan takes down at some time.
#[must_use]
pub fn down_of_plan() -> Memo<Vec<CiKey>> {
    let open = use_release();
    Memo::new(move |_| {
        open.with(|release| {
            let plan = release.plan();
            let down: std::collections::BTreeSet<CiKey> = plan
                .iter()
                .flat_map(|(_, step)| step.takes_down())
                .cloned()
                .collect();
            down.into_iter().take(MOST_DOWN).collect()
        })
        .unwrap_or_default()
    })
}

/// CIs that one step takes down.
fn down_of_step(step: Memo<Option<StepId>>) -> Memo<Vec<CiKey>> {
    let open = use_release();
    Memo::new(move |_| {
        let step = step.get();
        open.with(|release| {
            let step = release.steps.get(&step?)?;
            Some(step.takes_down().take(MOST_DOWN).cloned().collect())
        })
        .flatten()
        .unwrap_or_default()
    })
}

/// Asks what these CIs take with them, once nobody has changed the question for a moment.
#[must_use]
pub fn impact_of(down: Memo<Vec<CiKey>>, limit: u32) -> Remote<ImpactAnswer> {
    let asked = RwSignal::new(down.get_untracked());
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let now = down.get();
        if before.is_none() {
            return;
        }
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        spawn_local(async move {
            TimeoutFuture::new(QUIET).await;
            if turn.try_get_value() == Some(mine) && asked.with_untracked(|asked| *asked != now) {
                asked.set(now);
            }
        });
    });
    remote(
        true,
        move || asked.get(),
        move |down: Vec<CiKey>| async move {
            if down.is_empty() {
                return Ok(ImpactAnswer::default());
            }
            let request = ImpactRequest {
                down,
                direction: Direction::Dependants,
                max_depth: None,
                limit: Some(limit),
            };
            http::post("/api/v1/impact", &request).await
        },
    )
}

/// Both blast radii, as a panel.
#[component]
pub fn BlastPanel() -> impl IntoView {
    let plan = use_plan();
    // The focused step, or the first while none is: a fresh page shows something.
    let step = Memo::new(move |_| {
        plan.order.with(|order| {
            plan.focused
                .get()
                .filter(|focused| order.contains(focused))
                .or_else(|| order.first().copied())
        })
    });
    let of_step = down_of_step(step);
    let title = move || match step.get() {
        Some(step) => format!("While step {} runs", plan.place(step)),
        None => "While a step runs".into(),
    };
    view! {
        <section class="ui-panel part-blast" aria-label="Blast radius of the step">
            <h2>{title}</h2>
            {blast(of_step, "This step takes nothing down.")}
        </section>
        <section class="ui-panel part-blast" aria-label="Blast radius of the whole release">
            <h2>"The whole release"</h2>
            {blast(down_of_plan(), "No step takes anything down. Say so on a step's targets: “Outage expected: Down”.")}
        </section>
    }
}

/// One blast radius: how many, where, the first rows with why.
fn blast(down: Memo<Vec<CiKey>>, nothing: &'static str) -> AnyView {
    let answer = impact_of(down, FEW);
    let none = Memo::new(move |_| down.with(Vec::is_empty));
    view! {
        {move || {
            if none.get() {
                view! { <p class="soft">{nothing}</p> }.into_any()
            } else {
                view! {
                    <p class="assumed">
                        <span class="soft">{move || words::many(amount(down.with(Vec::len)), "CI", "CIs")} " taken down by plan; with it"</span>
                    </p>
                    {show(answer, "the blast radius", || skeleton_lines(4), |answer| impact_summary(&answer))}
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

fn amount(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Counts, spread over classes and sites, and the first rows.
#[must_use]
pub fn impact_summary(answer: &ImpactAnswer) -> AnyView {
    let names = use_names();
    let classes: Vec<_> = answer
        .by_class
        .iter()
        .map(|(class, count)| {
            let (class, count) = (class.clone(), *count);
            view! { <li>{move || names.class(&class)} " " <b>{words::count(count)}</b></li> }
        })
        .collect();
    let sites: Vec<_> = answer
        .by_site
        .iter()
        .map(|(site, count)| {
            let key = site.parse::<CiKey>().ok();
            let name = move || {
                key.as_ref()
                    .map_or_else(|| "no site".to_owned(), |key| names.site(key))
            };
            view! { <li>{name} " " <b>{words::count(*count)}</b></li> }
        })
        .collect();
    let shown = amount(answer.items.len());
    let rows: Vec<_> = answer.items.iter().map(impact_row).collect();
    view! {
        <p class="numbers">
            <span data-state="down"><i aria-hidden="true">"▼"</i> <b>{words::count(answer.down)}</b> " down"</span>
            <span data-state="degraded"><i aria-hidden="true">"◐"</i> <b>{words::count(answer.degraded)}</b> " degraded"</span>
        </p>
        {(answer.total > 0)
            .then(|| {
                view! {
                    <ul class="spread" aria-label="By class">{classes}</ul>
                    <ul class="spread" aria-label="By site">{sites}</ul>
                    <p class="soft meta">{format!("Nearest first: {}", words::of(shown, answer.total))}</p>
                    <ul class="rows">{rows}</ul>
                }
            })}
    }
    .into_any()
}

fn impact_row(item: &ImpactItem) -> AnyView {
    let (state, shape, word) = match item.state {
        State::Down => ("down", "▼", "down"),
        State::Degraded => ("degraded", "◐", "degraded"),
    };
    let why = explain::sentence(&item.path, Direction::Dependants, item.state);
    view! {
        <li data-state=state>
            <details>
                <summary>
                    <i aria-hidden="true">{shape}</i>
                    <span class="name">{item.name.clone()}</span>
                    <span class="word">{word}</span>
                    <span class="why">"why?"</span>
                </summary>
                <p>{why} " " <a href=paths::ci(&item.key)>"Open"</a></p>
            </details>
        </li>
    }
    .into_any()
}
