//! Lists of releases: the work list, and the list of all. Which rows, in which order and with which columns is in the
//! address; what is less often needed comes in a chunk of its own ([`tools`]).

mod address;
pub mod charts;
mod filters;
mod rows;
mod state;
pub mod tools;

use domain::access::Deed;
use domain::wire::list::View;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

pub use state::{List, ListState, Tool};

use crate::lazy::lazy_part;
use crate::parts::on_device::{OnDeviceTable, is_unknown};
use crate::parts::paper::Paper;
use crate::routes::lists;
use crate::state::{use_preferences, use_session};
use crate::ui::{
    Button, ButtonKind, Icon, LinkButton, Page, StateKind, TabLink, TabLinks, icon, show, skeleton_table,
    state_view,
};
use crate::words;

/// Open releases that one has to do with: `/work`.
#[component]
pub fn WorkPage() -> impl IntoView {
    view! { <ListPage list=List::Work /> }
}

/// All releases: `/releases`.
#[component]
pub fn ReleasesPage() -> impl IntoView {
    view! { <ListPage list=List::All /> }
}

#[component]
fn ListPage(list: List) -> impl IntoView {
    let state = ListState::new(list);
    provide_context(state);
    let session = use_session();
    let answer = state.load();
    let unknown = Memo::new(move |_| is_unknown(answer));
    let actions = move || {
        session.may(Deed::CreateRelease).then(|| {
            view! {
                <LinkButton href="/releases/new" kind=ButtonKind::Primary icon=Icon::Plus>"New release"</LinkButton>
            }
        })
    };
    let tabs = Signal::derive(move || {
        let now = state.wanted.with(|wanted| wanted.view);
        list.views()
            .iter()
            .map(|(view, label)| TabLink {
                href: state
                    .query
                    .now
                    .get()
                    .with("view", if *view == list.view() { "" } else { view.as_str() })
                    .on(list.path()),
                label: (*label).to_owned(),
                count: None,
                current: *view == now,
            })
            .collect()
    });
    // Once it was needed it stays: a dialog must be there to close.
    let tools = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or(false)
            || state.tool.with(Option::is_some)
            || state.picked.with(|picked| !picked.is_empty())
    });
    view! {
        <Page title=list.title() actions=actions>
            <TabLinks label="Which releases" tabs=tabs />
            <div class="ui-stack part-list-page" on:keydown=move |ev| state.key(&ev)>
                <filters::Filters />
                <Toolbar />
                {move || tools.get().then(|| lazy_part(lists::tools))}
                {move || {
                    if let Some(wrong) = state.wrong.get() {
                        unreadable(&wrong, state)
                    } else if state.charts.get() {
                        lazy_part(lists::charts)
                    } else if unknown.get() {
                        view! { <OnDeviceTable query=state.wanted columns=state.columns /> }.into_any()
                    } else {
                        show(
                            answer,
                            "the list of releases",
                            || skeleton_table(10),
                            move |answer| match answer {
                                Some(_) => rows::table(state),
                                // Not asked for before: charts were shown.
                                None => skeleton_table(10),
                            },
                        )
                    }
                }}
            </div>
        </Page>
    }
}

/// What is done with a list as a whole.
#[component]
fn Toolbar() -> impl IntoView {
    let state = expect_context::<ListState>();
    let preferences = use_preferences();
    let open = move |tool: Tool| Callback::new(move |()| state.tool.set(Some(tool)));
    let export = move || {
        state
            .wanted
            .with(|wanted| state.columns.with(|columns| address::export(wanted, columns)))
    };
    let print = move |()| {
        spawn_local(async move {
            state.rest().await;
            // The rows that came must stand there before.
            TimeoutFuture::new(0).await;
            let _ = window().print();
        });
    };
    let paper = Signal::derive(move || {
        let view = state.wanted.with(|wanted| wanted.view);
        let view = state
            .list
            .views()
            .iter()
            .find(|(one, _)| *one == view)
            .map(|(_, label)| *label);
        let what = if state.charts.get() {
            "charts".to_owned()
        } else {
            let shown = state.rows.with(Vec::len) as u64;
            words::of(shown, state.counts.get().total)
        };
        format!("{}: {what}", view.unwrap_or_default())
    });
    let shape = move |charts: bool, word: &'static str| {
        let shown = if charts { address::CHARTS } else { "" };
        let href = move || {
            let address = state.query.now.get().with(address::SHOW, shown);
            address.on(state.list.path())
        };
        let current = move || (state.charts.get() == charts).then_some("true");
        view! { <a class="ui-button" data-noscroll="" href=href aria-current=current>{word}</a> }
    };
    view! {
        <Paper what=paper />
        <div class="part-toolbar" role="group" aria-label="This list">
            <nav class="part-shapes" aria-label="Show as">{shape(false, "List")} {shape(true, "Charts")}</nav>
            <Button on_press=open(Tool::Filters)>"Filters"</Button>
            {move || {
                (!state.charts.get()).then(|| view! { <Button on_press=open(Tool::Columns)>"Columns"</Button> })
            }}
            <Button on_press=open(Tool::Views)>"Views"</Button>
            <span class="rest">
                <label class="ui-check">
                    <input
                        type="checkbox"
                        role="switch"
                        prop:checked=move || preferences.with(|p| p.auto_refresh)
                        on:change=move |ev| preferences.update(|p| p.auto_refresh = event_target_checked(&ev))
                    />
                    <span>"Keep up to date"</span>
                </label>
                <Button kind=ButtonKind::Quiet icon=Icon::Retry on_press=move |()| state.refresh()>"Refresh"</Button>
                <Button kind=ButtonKind::Quiet icon=Icon::Print on_press=print>"Print"</Button>
                {move || {
                    state.wrong.with(Option::is_none).then(|| {
                        view! {
                            <a class="ui-button" data-kind="quiet" href=export download="" rel="external">
                                {icon(Icon::File)}
                                <span class="words">"Export CSV"</span>
                            </a>
                        }
                    })
                }}
            </span>
        </div>
    }
}

/// A filter that cannot be read: what is wrong with it, and a list without it.
fn unreadable(wrong: &domain::wire::list::BadFilter, state: ListState) -> AnyView {
    let label = address::filter_label(&wrong.name).to_owned();
    let title = format!("The filter “{label}” cannot be read");
    let text = format!("{}: {}.", label, wrong.message);
    let without = state.query.now.get_untracked().with(&wrong.name, "");
    let href = without.on(state.list.path());
    let off = view! { <LinkButton href=href>"Take this filter off"</LinkButton> };
    state_view(StateKind::NoMatch, &title, &text, Some(off.into_any()))
}

/// What it means that a list is empty.
fn nothing(wanted: &domain::wire::list::ReleaseQuery, list: List) -> AnyView {
    if address::is_filtered(wanted) {
        let all =
            view! { <LinkButton href=list.path()>"Show the list without filters"</LinkButton> }.into_any();
        return state_view(
            StateKind::NoMatch,
            "No release matches",
            "All filters together must hold, and all words must be found. Take a filter off, or search for less.",
            Some(all),
        );
    }
    let may = untrack(|| use_session().may(Deed::CreateRelease));
    let new = || {
        may.then(|| {
            view! { <LinkButton href="/releases/new" icon=Icon::Plus>"New release"</LinkButton> }.into_any()
        })
    };
    let (title, text, action) = match wanted.view {
        View::Waiting => (
            "Nothing waits for you",
            "Releases that wait for your decision or your work appear here.",
            None,
        ),
        View::Mine => (
            "Nothing is assigned to you",
            "Claim a release of your group, or wait for one.",
            None,
        ),
        View::Groups => (
            "Your groups have no open work",
            "Releases whose assignment group is yours appear here.",
            None,
        ),
        View::Work => (
            "No open work",
            "Releases that you wrote, asked for, work on or decide on appear here until they are concluded.",
            new(),
        ),
        View::Drafts => (
            "You have no drafts",
            "A draft is a plan that nobody else has to look at yet. Start one, add steps, see what they take down.",
            new(),
        ),
        View::All => (
            "No releases yet",
            "A release is a plan to change configuration items: steps, targets, times, and how to get back.",
            new(),
        ),
    };
    state_view(StateKind::Empty, title, text, action)
}
