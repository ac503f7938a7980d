use domain::StepId;
use domain::release::Command;
use leptos::prelude::*;

use crate::parts::plan::use_plan;
use crate::state::use_release;
use crate::ui::{For, Icon, icon, unique_id};

/// "after 2, 4", in plan order; `None` where a step waits for nothing.
#[must_use]
pub fn wait_text(id: StepId) -> Memo<Option<String>> {
    let needs = live_needs(id);
    let plan = use_plan();
    Memo::new(move |_| {
        let places: Vec<String> = needs
            .get()
            .into_iter()
            .map(|need| plan.place(need).to_string())
            .collect();
        (!places.is_empty()).then(|| format!("after {}", places.join(", ")))
    })
}

/// Live prerequisites in plan order.
fn live_needs(id: StepId) -> Memo<Vec<StepId>> {
    let (plan, open) = (use_plan(), use_release());
    Memo::new(move |_| {
        let needs = open.with(|release| {
            release
                .steps
                .get(&id)
                .map(|step| step.needs.keys().copied().collect::<Vec<_>>())
        });
        let needs = needs.flatten().unwrap_or_default();
        plan.order.with(|order| {
            order
                .iter()
                .copied()
                .filter(|step| needs.contains(step))
                .collect()
        })
    })
}

/// What a step waits for, as chips, and a list to add one.
#[component]
pub fn Needs(
    /// Which step.
    id: StepId,
) -> impl IntoView {
    let (plan, open) = (use_plan(), use_release());
    let needs = live_needs(id);
    let select = unique_id("needs");
    let locked = Memo::new(move |_| open.locked.with(Option::is_some));
    let title = move |step: StepId| {
        open.with(|release| release.steps.get(&step).map(|s| s.title().to_owned()))
            .flatten()
            .unwrap_or_default()
    };
    let chip = move |need: StepId| {
        let text = Memo::new(move |_| format!("after {} · {}", plan.place(need), title(need)));
        let remove = move |_| {
            open.act(Command::RemovePrerequisite {
                step: id,
                needs: need,
            });
        };
        view! {
            <li class="part-chip">
                <span>{move || text.get()}</span>
                {move || {
                    (!locked.get())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    aria-label=move || format!("Do not wait: {}", text.get())
                                    on:click=remove
                                >
                                    {icon(Icon::Close)}
                                </button>
                            }
                        })
                }}
            </li>
        }
    };
    // Steps that may still be waited for; those that would close a circle say so.
    let choices = Memo::new(move |_| {
        let needs = needs.get();
        open.with(|release| {
            let plan = release.plan();
            plan.iter()
                .enumerate()
                .filter(|(_, (other, _))| *other != id && !needs.contains(other))
                .map(|(place, (other, step))| {
                    let circle = release.cycle_through(id, *other).is_some();
                    (*other, format!("{} · {}", place + 1, step.title()), circle)
                })
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let add = move |ev: leptos::ev::Event| {
        if let Ok(need) = event_target_value(&ev).parse::<StepId>() {
            open.act(Command::AddPrerequisite {
                step: id,
                needs: need,
            });
        }
    };
    let option = |(step, text, circle): (StepId, String, bool)| {
        let text = if circle {
            format!("{text} (waits for this step)")
        } else {
            text
        };
        view! { <option value=step.to_string() disabled=circle>{text}</option> }
    };
    let label_for = select.clone();
    view! {
        <div class="part-needs">
            <label for=label_for>"Prerequisites"</label>
            <ul class="ui-chips">
                <For each=move || needs.get() key=|need| *need children=chip />
                {move || needs.with(Vec::is_empty).then(|| view! { <li class="soft meta">"Waits for nothing"</li> })}
            </ul>
            {move || {
                let choices = choices.get();
                (!locked.get() && !choices.is_empty())
                    .then(|| {
                        view! {
                            <select id=select.clone() class="ui-input" on:change=add>
                                <option value="" selected=true>"Wait for a step…"</option>
                                {choices.into_iter().map(option).collect_view()}
                            </select>
                        }
                    })
            }}
        </div>
    }
}
