//! The blast radius beside a plan: what stops working, where, and why, for a step and for the whole release.

use domain::grow::Grow;
use std::collections::BTreeSet;

use domain::release::Release;
use domain::wire::cmdb::{Direction, ImpactAnswer, ImpactItem, ImpactRequest, State};
use domain::{CiKey, StepId};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::on_device::is_silent;
use super::plan::use_plan;
use crate::client::http::{self, ApiError};
use crate::client::sync::{LocalImpact, use_sync};
use crate::explain;
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::{Remote, remote, use_release};
use crate::ui::{Moment, show, skeleton_lines};
use crate::words;

/// Quiet time after the last edit until the server is asked, in milliseconds.
const QUIET: u32 = 350;
/// Rows beside the plan.
const FEW: u32 = 8;

/// Sets of CIs that are down together, one set after the other.
pub type Outages = Vec<Vec<CiKey>>;

/// What the whole plan takes down: steps that may run at the same time are one set.
#[must_use]
pub fn outages_of_plan() -> Memo<Outages> {
    let open = use_release();
    Memo::new(move |_| open.with(Release::outages).unwrap_or_default())
}

/// What one step takes down.
fn outages_of_step(step: Memo<Option<StepId>>) -> Memo<Outages> {
    let open = use_release();
    Memo::new(move |_| {
        let step = step.get();
        let down = open
            .with(|release| {
                Some(
                    release
                        .steps
                        .get(&step?)?
                        .takes_down()
                        .cloned()
                        .collect::<Vec<_>>(),
                )
            })
            .flatten()
            .unwrap_or_default();
        if down.is_empty() { Vec::new() } else { vec![down] }
    })
}

/// Different CIs in all sets.
#[must_use]
pub fn down_at_some_time(outages: &Outages) -> Vec<CiKey> {
    let all: BTreeSet<&CiKey> = outages.iter().flatten().grow();
    all.into_iter().cloned().collect()
}

/// Asks what these CIs take with them, once nobody has changed the question for a moment.
#[must_use]
pub fn impact_of(outages: Memo<Outages>, limit: u32) -> Remote<ImpactAnswer> {
    let asked = RwSignal::new(outages.get_untracked());
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let now = outages.get();
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
    remote(true, move || asked.get(), move |outages| ask(outages, limit))
}

async fn ask(mut outages: Outages, limit: u32) -> Result<ImpactAnswer, ApiError> {
    let mut request = ImpactRequest {
        direction: Direction::Dependants,
        limit: Some(limit),
        ..ImpactRequest::default()
    };
    match outages.len() {
        0 => return Ok(ImpactAnswer::default()),
        1 => request.down = outages.swap_remove(0),
        _ => request.phases = outages,
    }
    http::post("/api/v1/impact", &request).await
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
    let of_step = outages_of_step(step);
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
            {blast(outages_of_plan(), "No step takes anything down. Say so on a step's targets: “Outage expected: Down”.")}
        </section>
    }
}

/// One blast radius: how many, where, the first rows with why.
fn blast(outages: Memo<Outages>, nothing: &'static str) -> AnyView {
    let reached = reached(outages, FEW, impact_summary);
    let none = Memo::new(move |_| outages.with(Vec::is_empty));
    let down = Memo::new(move |_| outages.with(|outages| down_at_some_time(outages).len()));
    view! {
        {move || {
            if none.get() {
                view! { <p class="soft">{nothing}</p> }.into_any()
            } else {
                view! {
                    <p class="assumed">
                        <span class="soft">{move || words::many(amount(down.get()), "CI", "CIs")} " taken down by plan; with it"</span>
                    </p>
                    {reached}
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

/// What these CIs take with them, at most `limit` rows of it: as the server says, and while it is away as this device
/// says.
pub fn reached(
    outages: Memo<Outages>,
    limit: u32,
    body: fn(&ImpactAnswer) -> AnyView,
) -> impl Fn() -> AnyView + Copy + Send + 'static {
    let answer = impact_of(outages, limit);
    let sync = use_sync();
    let silent = Memo::new(move |_| is_silent(answer));
    let local = Memo::new(move |_| {
        silent
            .get()
            .then(|| outages.with(|outages| sync.local_impact(outages, limit as usize)))
            .flatten()
    });
    move || match local.get() {
        Some(local) => on_device(&local, body),
        None => show(
            answer,
            "the blast radius",
            || skeleton_lines(4),
            move |answer| body(&answer),
        ),
    }
}

/// What this device says, and how old its knowledge is.
fn on_device(local: &LocalImpact, body: fn(&ImpactAnswer) -> AnyView) -> AnyView {
    let cut = (local.cut > 0).then(|| {
        format!(
            " At least this many: {} are not on this device.",
            words::many(local.cut, "affected CI", "affected CIs")
        )
    });
    view! {
        <p class="soft meta">"Computed on this device, with the CIs as of " <Moment at=local.at ago=true /> "." {cut}</p>
        {body(&local.answer)}
    }
    .into_any()
}

fn amount(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Counts, spread over classes and sites, and the first rows.
fn impact_summary(answer: &ImpactAnswer) -> AnyView {
    let shown = amount(answer.items.len());
    let rows: Vec<_> = answer.items.iter().map(impact_row).collect();
    view! {
        {impact_numbers(answer)}
        {(answer.total > 0)
            .then(|| {
                view! {
                    <p class="soft meta">{format!("Nearest first: {}", words::of(shown, answer.total))}</p>
                    <ul class="rows">{rows}</ul>
                }
            })}
    }
    .into_any()
}

/// Counts, and how they spread over classes and sites.
#[must_use]
pub fn impact_numbers(answer: &ImpactAnswer) -> AnyView {
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
