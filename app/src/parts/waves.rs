//! The order of a rollout: which steps may run at the same time.

use domain::StepId;
use domain::graph::rollout_order;
use leptos::prelude::*;

use super::plan::use_plan;
use crate::state::use_release;

/// Waves of steps; each needs the ones before.
#[component]
pub fn Waves() -> impl IntoView {
    let (plan, open) = (use_plan(), use_release());
    let waves = Memo::new(move |_| {
        open.with(|release| {
            let steps: Vec<(StepId, Vec<StepId>)> = release
                .plan()
                .into_iter()
                .map(|(id, step)| (id, step.needs.keys().copied().collect()))
                .collect();
            // The reducer refuses circles, so there is always an order.
            rollout_order(steps).unwrap_or_default()
        })
        .unwrap_or_default()
    });
    let wave = move |steps: Vec<StepId>| {
        let together = steps.len() > 1;
        let names = move || {
            steps
                .iter()
                .map(|step| plan.place(*step).to_string())
                .collect::<Vec<_>>()
                .join(", ")
        };
        view! {
            <li>
                {if together { "steps " } else { "step " }}
                <b>{names}</b>
                {together.then_some(" together")}
            </li>
        }
    };
    view! {
        {move || {
            let waves = waves.get();
            (waves.len() > 1 || waves.iter().any(|wave| wave.len() > 1))
                .then(|| {
                    view! {
                        <section class="ui-panel part-waves" aria-label="Order of the rollout">
                            <h2>"Order, as parallel as the plan allows"</h2>
                            <ol>{waves.into_iter().map(wave).collect_view()}</ol>
                        </section>
                    }
                })
        }}
    }
}
