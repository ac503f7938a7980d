//! A release: its plan with what it takes down beside it, and everything else one press away.

mod checklists;
mod documents;
mod head;
mod history;
mod impact;
mod links;
pub mod print;
mod record;
mod workflow;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::client::http::ApiError;
use crate::parts::blast::BlastPanel;
use crate::parts::clashes::ClashPanel;
use crate::parts::conflicts::ConflictPanel;
use crate::parts::document::send_what_is_attached;
use crate::parts::note_form::NoteDraft;
use crate::parts::plan::{Plan, PlanView};
use crate::parts::refused::RefusedCards;
use crate::parts::waves::Waves;
use crate::paths::decode;
use crate::state::{OpenRelease, open_release, use_connection, use_query, use_release};
use crate::ui::{
    Icon, LinkButton, Page, StateKind, TabLink, TabLinks, failure_view, icon, skeleton_lines, skeleton_table,
    state_view,
};

/// What the page can show of the release.
#[derive(Clone, PartialEq)]
enum Phase {
    Waiting,
    Ready,
    Missing,
    Failed(ApiError),
}

/// The page.
#[component]
pub fn ReleasePage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| decode(&params.get("id").unwrap_or_default())));
    let open = open_release::open(move || name.get());
    let phase = Memo::new(move |_| phase(open, &name.get()));
    let title = Signal::derive(move || {
        open.with(|release| release.title().to_owned())
            .unwrap_or_else(|| name.get())
    });
    let ready = Memo::new(move |_| *phase.read() == Phase::Ready);
    // Made once the release is there, and kept: what is typed must outlive every change of it.
    let _plan = PlanView::provide();
    NoteDraft::provide();
    workflow::provide(open);
    view! {
        <Page
            title=title
            over=move || head::over(open, name)
            beside=move || head::badges(open)
            actions=move || view! { <Show when=move || ready.get()><workflow::Buttons /></Show> }
        >
            <RefusedCards release=open.id />
            {move || match phase.get() {
                Phase::Ready => view! { <Body /> }.into_any(),
                Phase::Waiting => view! { <Waiting /> }.into_any(),
                Phase::Missing => missing(),
                Phase::Failed(error) => {
                    let retry = Callback::new(move |()| open.view.reload());
                    failure_view("this release", &error, Some(retry))
                }
            }}
        </Page>
    }
}

fn phase(open: OpenRelease, name: &str) -> Phase {
    let (there, heard) = open.shown.with(|shown| (shown.release.is_some(), shown.heard));
    let named = name.parse::<domain::ReleaseNumber>().is_ok() || name.parse::<domain::ReleaseId>().is_ok();
    match open.view.error.get() {
        _ if there => Phase::Ready,
        _ if heard || !named => Phase::Missing,
        Some(error) if error.status() == Some(404) => Phase::Missing,
        Some(error) => Phase::Failed(error),
        None => Phase::Waiting,
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let connection = use_connection();
    view! {
        {move || {
            if connection.offline_since.get().is_some() {
                failure_view("this release", &ApiError::Unreachable, None)
            } else {
                view! {
                    <p class="sr-only" role="status">"Loading the release"</p>
                    {skeleton_lines(2)}
                    <div class="page-release">{skeleton_table(6)} {skeleton_lines(8)}</div>
                }
                    .into_any()
            }
        }}
    }
}

fn missing() -> AnyView {
    let list = view! { <LinkButton href="/releases">"Show all releases"</LinkButton> }.into_any();
    state_view(
        StateKind::NotFound,
        "There is no such release",
        "Either it does not exist, or your account may not see it. Numbers look like REL-000123.",
        Some(list),
    )
}

/// Facts, tabs, and the tab that is open.
#[component]
fn Body() -> impl IntoView {
    let (open, query) = (use_release(), use_query());
    let tab = Memo::new(move |_| query.get("tab"));
    let tabs = Signal::derive(move || {
        let base = format!("/releases/{}", open.name());
        let now = tab.get();
        let (steps, linked, documents, checklists) = open
            .with(|release| {
                let papers = (release.documents().len(), release.checklists().len());
                (release.totals().steps, links::count(release), papers.0, papers.1)
            })
            .unwrap_or_default();
        let count = |number: usize| Some(u64::try_from(number).unwrap_or(u64::MAX));
        [
            ("", "Plan", count(steps)),
            ("impact", "Impact", None),
            ("record", "Record", None),
            ("links", "Links", count(linked)),
            ("documents", "Documents", count(documents)),
            ("checklists", "Checklists", count(checklists)),
            ("history", "History", None),
        ]
        .into_iter()
        .map(|(word, label, count)| TabLink {
            href: query.now.get().with("tab", word).on(&base),
            label: label.to_owned(),
            count,
            current: word == now,
        })
        .collect()
    });
    send_what_is_attached();
    view! {
        <head::Facts />
        <workflow::StateCard />
        <FrozenBar />
        <workflow::SentBackBar />
        <ConflictPanel />
        <TabLinks label="Parts of the release" tabs=tabs />
        {move || match tab.get().as_str() {
            "impact" => view! { <impact::ImpactTab /> }.into_any(),
            "record" => view! { <record::RecordTab /> }.into_any(),
            "links" => view! { <links::LinksTab /> }.into_any(),
            "documents" => view! { <documents::DocumentsTab /> }.into_any(),
            "checklists" => view! { <checklists::ChecklistsTab /> }.into_any(),
            "history" => view! { <history::HistoryTab /> }.into_any(),
            _ => view! { <PlanTab /> }.into_any(),
        }}
    }
}

/// Why the release cannot be edited, where it cannot.
#[component]
fn FrozenBar() -> impl IntoView {
    let open = use_release();
    view! {
        {move || {
            open.locked
                .get()
                .map(|why| {
                    view! {
                        <div class="ui-bar page-frozen" data-tone="info">
                            {icon(Icon::Lock)}
                            <span>{why}</span>
                        </div>
                    }
                })
        }}
    }
}

/// The plan, and beside it what it takes down and what is missing.
#[component]
fn PlanTab() -> impl IntoView {
    view! {
        <div class="page-release">
            <Plan />
            <aside class="side ui-stack" aria-label="Beside the plan">
                <workflow::MissingPanel />
                <BlastPanel />
                <ClashPanel />
                <Waves />
                <super::device::KeepPanel />
            </aside>
        </div>
    }
}
