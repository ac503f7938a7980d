//! The run sheet: a plan as it is carried out, on a tablet in a hall. The steps on one side, one step large on the
//! other, what to do at the bottom.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::client::wake::keep_awake;
use crate::parts::conflicts::ConflictPanel;
use crate::parts::refused::RefusedCards;
use crate::parts::run::{Attempts, DeedBar, RunView, StepList, StepSheet};
use crate::parts::stage::stage_badge;
use crate::paths::decode;
use crate::state::{open_release, use_release};
use crate::ui::{Icon, LinkButton, Page, StateKind, failure_view, skeleton_lines, state_view};
use crate::words;

/// The page.
#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| decode(&params.get("id").unwrap_or_default())));
    let open = open_release::open(move || name.get());
    let view = RunView::provide();
    let title = Signal::derive(move || {
        open.with(|release| release.title().to_owned())
            .unwrap_or_else(|| name.get())
    });
    let state = Memo::new(move |_| open.with(|release| (release.stage, release.disposition)));
    let there = Memo::new(move |_| state.with(Option::is_some));
    let empty = Memo::new(move |_| view.run.with(|run| run.steps.is_empty()));
    let back = Signal::derive(move || format!("/releases/{}", open.name()));
    view! {
        <Page
            title=title
            over=move || view! { <span class="mono">{move || open.name()}</span> " · Run sheet" }
            beside=move || state.get().map(|(stage, disposition)| stage_badge(stage, disposition))
            actions=move || view! { <LinkButton href=back icon=Icon::Left>"The release"</LinkButton> }
        >
            <RefusedCards release=open.id />
            {move || match (there.get(), empty.get(), open.view.error.get()) {
                (true, false, _) => view! { <Sheet /> }.into_any(),
                (true, true, _) => {
                    state_view(StateKind::Empty, "There are no steps", "The plan of this release is empty.", None)
                }
                (false, _, Some(error)) => {
                    failure_view("this run sheet", &error, Some(Callback::new(move |()| open.view.reload())))
                }
                (false, ..) => {
                    view! { <p class="sr-only" role="status">"Loading the run sheet"</p> {skeleton_lines(10)} }.into_any()
                }
            }}
        </Page>
    }
}

#[component]
fn Sheet() -> impl IntoView {
    let view = crate::parts::run::use_run();
    let awake = keep_awake();
    view! {
        <Standing awake=awake />
        <ConflictPanel />
        <div class="page-run">
            <StepList />
            <section class="step" aria-label="Current step">
                {move || {
                    view.chosen
                        .get()
                        .map(|id| {
                            view! {
                                <div class="about"><StepSheet id=id /> <Attempts id=id /></div>
                                <div class="deeds"><DeedBar id=id /></div>
                            }
                        })
                }}
            </section>
        </div>
    }
}

/// How far it is, how much is left, and whether the screen stays on.
#[component]
fn Standing(awake: RwSignal<bool>) -> impl IntoView {
    let (open, view) = (use_release(), crate::parts::run::use_run());
    let progress = Memo::new(move |_| {
        view.run
            .with(|run| open.with(|release| release.progress(run)))
            .unwrap_or_default()
    });
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let next = move || {
        let id = view.run.with(|run| run.next())?;
        let title = open
            .with(|release| release.steps.get(&id).map(|step| step.title().to_owned()))
            .flatten()?;
        Some(format!("Next: {} · {title}", view.place(id)))
    };
    view! {
        <div class="page-run-standing">
            <progress
                aria-label="Steps finished"
                max=move || progress.get().steps.to_string()
                value=move || progress.get().finished.to_string()
            ></progress>
            <p role="status">
                {move || {
                    let now = progress.get();
                    let left = words::minutes(u64::try_from(now.minutes_left).unwrap_or(0));
                    format!("{} of {} finished · {left} left", count(now.finished), words::many(count(now.steps), "step", "steps"))
                }}
            </p>
            <p class="next">{next}</p>
            <p class="soft">
                {move || if awake.get() { "The screen stays on" } else { "This browser may turn the screen off" }}
            </p>
        </div>
    }
}
