use domain::StepId;
use domain::release::StepState;
use leptos::prelude::*;

use super::{state_words, use_run};
use crate::client::clock;
use crate::parts::people::use_people;
use crate::state::{use_query, use_release};
use crate::ui::For;
use crate::words;

/// All steps with large marks of state; each leads to its sheet.
#[component]
pub fn StepList() -> impl IntoView {
    let view = use_run();
    let order = Memo::new(move |_| {
        view.run
            .with(|run| run.steps.iter().map(|step| step.step).collect::<Vec<_>>())
    });
    view! {
        <nav class="part-run-list" aria-label="Steps">
            <ol>
                <For each=move || order.get() key=|id| *id let:id>
                    <Entry id=id />
                </For>
            </ol>
        </nav>
    }
}

#[component]
fn Entry(id: StepId) -> impl IntoView {
    let (open, view, query, people) = (use_release(), use_run(), use_query(), use_people());
    let state = Memo::new(move |_| view.step(id).map_or(StepState::Waiting, |step| step.state));
    let here = Memo::new(move |_| view.chosen.get() == Some(id));
    let told = Memo::new(move |_| {
        open.with(|release| {
            release
                .steps
                .get(&id)
                .map(|step| (step.title().to_owned(), step.minutes()))
        })
        .flatten()
        .unwrap_or_default()
    });
    let href = move || {
        let base = format!("/releases/{}/run", open.name());
        query.now.get().with("step", &id.to_string()).on(&base)
    };
    let minutes = move || {
        told.get()
            .1
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map(words::minutes)
    };
    // Who and since when, or what it waits for.
    let more = move || {
        let step = view.step(id)?;
        match step.state {
            StepState::Running => {
                let (_, claim) = view.claim(id)?;
                let since = clock::time_of_day(claim.started);
                Some(if open.is_me(claim.mark.by) {
                    format!("you, since {since}")
                } else {
                    format!("{} is on it since {since}", people.name(claim.mark.by))
                })
            }
            StepState::Waiting => {
                let places: Vec<String> = step
                    .waits_for
                    .iter()
                    .map(|need| view.place(*need).to_string())
                    .collect();
                Some(format!("needs {}", places.join(", ")))
            }
            StepState::Ready | StepState::Disputed => None,
            _ => {
                let last = step.standing.last()?;
                let (by, ended) = open
                    .with(|release| {
                        release
                            .records
                            .get(last)
                            .map(|record| (record.mark.by, record.ended))
                    })
                    .flatten()?;
                Some(format!("{} · {}", clock::time_of_day(ended), people.name(by)))
            }
        }
    };
    view! {
        <li>
            <a
                href=href
                aria-current=move || here.get().then_some("step")
                data-state=move || state.get().as_str()
                data-noscroll=""
            >
                <span class="mark" data-tone=move || state_words(state.get()).2 aria-hidden="true">
                    {move || state_words(state.get()).0}
                </span>
                <span class="told">
                    <span class="title">{move || format!("{} · {}", view.place(id), told.get().0)}</span>
                    <span class="meta">
                        <strong>{move || state_words(state.get()).1}</strong>
                        {move || more().map(|text| format!(" · {text}"))}
                    </span>
                </span>
                <span class="minutes">{minutes}</span>
            </a>
        </li>
    }
}
