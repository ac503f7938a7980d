use domain::StepId;
use domain::release::{StepField, StepState, TargetField};
use leptos::prelude::*;

use super::{state_words, use_run};
use crate::parts::step::outage_words;
use crate::paths;
use crate::state::use_release;
use crate::ui::CopyButton;
use crate::words;

/// One step as it is carried out: how, with what, on what, and the way back.
#[component]
pub fn StepSheet(
    /// Which.
    id: StepId,
) -> impl IntoView {
    let (open, view) = (use_release(), use_run());
    let text = move |field: StepField| {
        Memo::new(move |_| {
            open.with(|release| release.steps.get(&id).map(|step| step.text(field).to_owned()))
                .flatten()
                .unwrap_or_default()
        })
    };
    let flag = move |field: StepField| {
        open.with(|release| {
            release
                .steps
                .get(&id)
                .is_some_and(|step| step.value(field).as_flag())
        })
        .unwrap_or(false)
    };
    let state = Memo::new(move |_| view.step(id).map_or(StepState::Waiting, |step| step.state));
    let title = move || {
        let title = open.with(|release| release.steps.get(&id).map(|step| step.title().to_owned()));
        format!("{} · {}", view.place(id), title.flatten().unwrap_or_default())
    };
    let minutes = move || {
        let minutes = open.with(|release| release.steps.get(&id)?.minutes()).flatten();
        minutes
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map(words::minutes)
    };
    let prose = move |heading: &'static str, field: StepField| {
        let text = text(field);
        move || {
            let text = text.get();
            (!text.is_empty())
                .then(|| view! { <section><h3>{heading}</h3><p class="prose">{text}</p></section> })
        }
    };
    let command = text(StepField::Command);
    view! {
        <header class="part-run-head">
            <h2>{title}</h2>
            <span class="ui-badge" data-tone=move || state_words(state.get()).2>
                <span class="shape" aria-hidden="true">{move || state_words(state.get()).0}</span>
                {move || state_words(state.get()).1}
            </span>
            <span class="soft">{minutes}</span>
            {move || {
                flag(StepField::PointOfNoReturn)
                    .then(|| view! { <span class="ui-badge" data-tone="warning">"⚑ point of no return"</span> })
            }}
            {move || {
                flag(StepField::ConfirmBySecond).then(|| view! { <span class="ui-badge" data-tone="info">"two people"</span> })
            }}
        </header>
        {prose("Instructions", StepField::Instructions)}
        {move || {
            let text = command.get();
            (!text.is_empty())
                .then(|| {
                    view! {
                        <section>
                            <h3>"Run exactly this"</h3>
                            <div class="part-run-command">
                                <pre tabindex="0">{text.clone()}</pre>
                                <CopyButton text=text what="command" />
                            </div>
                        </section>
                    }
                })
        }}
        <Targets id=id />
        {prose("Record", StepField::Evidence)}
        {prose("Back-out", StepField::BackOut)}
    }
}

#[component]
fn Targets(id: StepId) -> impl IntoView {
    let open = use_release();
    let targets = Memo::new(move |_| {
        open.with(|release| {
            let step = release.steps.get(&id)?;
            let row = |(key, target): (&domain::CiKey, &domain::release::Target)| {
                let word = |field| target.text(field).to_owned();
                (
                    key.clone(),
                    target.name.clone(),
                    word(TargetField::Action),
                    word(TargetField::Outage),
                )
            };
            Some(step.targets.iter().map(row).collect::<Vec<_>>())
        })
        .flatten()
        .unwrap_or_default()
    });
    let rows = move || {
        targets
            .get()
            .into_iter()
            .map(|(key, name, action, outage)| {
                view! {
                    <li>
                        <a href=paths::ci(&key)>{name}</a>
                        <span>{words::plain(&action)}</span>
                        <span class="outage" data-outage=outage.clone()>{outage_words(&outage)}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        {move || {
            targets
                .with(|targets| !targets.is_empty())
                .then(|| view! { <section><h3>"Targets"</h3><ul class="part-run-targets">{rows}</ul></section> })
        }}
    }
}
