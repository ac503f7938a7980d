//! The list of releases: three views, filters, paging. All of it is in the address.

use domain::access::Deed;
use domain::release::Stage;
use domain::wire::Page as Rows;
use domain::wire::release::{ReleaseQuery, ReleaseSummary, View};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::sync::use_sync;
use crate::parts::more::{self, ROWS};
use crate::parts::on_device::{OnDeviceTable, is_unknown};
use crate::parts::people::{or_none, use_people};
use crate::parts::release_rows::{fetch, row, view_word};
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_query, use_session};
use crate::ui::{
    ButtonKind, FilterChip, Icon, LinkButton, Page, SelectField, StateKind, TabLink, TabLinks, TableFrame,
    TextField, show, skeleton_table, state_view,
};
use crate::words;

const FILTERS: [(&str, &str); 3] = [("q", "words"), ("stage", "stage"), ("type", "type")];

/// The page.
#[component]
pub fn ReleasesPage() -> impl IntoView {
    let (query, session, sync) = (use_query(), use_session(), use_sync());
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(
        true,
        // Others' changes appear by themselves.
        move || (wanted.get(), sync.pokes.get()),
        |(wanted, _)| async move { fetch(&wanted).await },
    );
    let unknown = Memo::new(move |_| is_unknown(list));
    let actions = move || {
        session.may(Deed::CreateRelease).then(|| {
            view! {
                <LinkButton href="/releases/new" kind=ButtonKind::Primary icon=Icon::Plus>"New release"</LinkButton>
            }
        })
    };
    let tabs = Signal::derive(move || {
        let now = wanted.with(|wanted| wanted.view);
        [
            (View::Drafts, "My drafts"),
            (View::Waiting, "Waiting for me"),
            (View::All, "All"),
        ]
        .into_iter()
        .map(|(view, label)| TabLink {
            href: query
                .now
                .get()
                .with("view", if view == View::All { "" } else { view_word(view) })
                .on("/releases"),
            label: label.to_owned(),
            count: None,
            current: view == now,
        })
        .collect()
    });
    view! {
        <Page title="Releases" actions=actions>
            <TabLinks label="Which releases" tabs=tabs />
            <div class="ui-stack">
                <Filters query=query />
                {move || {
                    if unknown.get() {
                        view! { <OnDeviceTable view=wanted.with(|wanted| wanted.view) /> }.into_any()
                    } else {
                        show(list, "the list of releases", || skeleton_table(10), move |page| rows(page, list, wanted))
                    }
                }}
            </div>
        </Page>
    }
}

fn wanted(query: QueryState) -> ReleaseQuery {
    query.now.with(|query| ReleaseQuery {
        view: match query.get("view") {
            Some("drafts") => View::Drafts,
            Some("waiting") => View::Waiting,
            _ => View::All,
        },
        q: query.get("q").map(str::to_owned),
        stage: query.get("stage").and_then(Stage::parse),
        release_type: query.get("type").and_then(|key| key.parse().ok()),
        limit: Some(ROWS),
        after: None,
    })
}

#[component]
fn Filters(query: QueryState) -> impl IntoView {
    let people = use_people();
    let text = RwSignal::new(untrack(|| query.get("q")));
    let (stage, kind) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // The address is the truth; the controls follow it.
    Effect::new(move |_| {
        stage.set(query.get("stage"));
        kind.set(query.get("type"));
        let wanted = query.get("q");
        if text.with_untracked(|text| text.trim() != wanted) {
            text.set(wanted);
        }
    });
    let set = move |name: &'static str, value: &str| {
        let next = query.now.get_untracked().with(name, value.trim());
        if name == "q" {
            query.replace(next);
        } else {
            query.set(next);
        }
    };
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let wanted = text.get();
        if before.is_none() || wanted.trim() == untrack(|| query.get("q")) {
            return;
        }
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        spawn_local(async move {
            TimeoutFuture::new(200).await;
            if turn.try_get_value() == Some(mine) {
                set("q", &wanted);
            }
        });
    });
    let stages = Signal::derive(|| {
        let all = Stage::ALL
            .into_iter()
            .map(|s| (s.as_str().to_owned(), s.as_str().to_owned()));
        or_none(all.collect(), "Any stage")
    });
    let kinds = Signal::derive(move || or_none(people.types(), "Any type"));
    let chip = move |(name, word): (&'static str, &'static str)| {
        let value = Signal::derive(move || {
            let raw = query.get(name);
            match name {
                "type" => raw.parse().map(|key| people.release_type(&key)).unwrap_or(raw),
                _ => raw,
            }
        });
        let remove = Callback::new(move |()| set(name, ""));
        move || {
            (!query.get(name).is_empty())
                .then(|| view! { <FilterChip name=word value=value on_remove=remove /> })
        }
    };
    let any = Memo::new(move |_| FILTERS.iter().any(|(name, _)| !query.get(name).is_empty()));
    view! {
        <search class="part-filters" aria-label="Filter the list">
            <TextField label="Search" kind="search" value=text />
            <SelectField label="Stage" value=stage options=stages on_change=move |v: String| set("stage", &v) />
            <SelectField label="Type" value=kind options=kinds on_change=move |v: String| set("type", &v) />
        </search>
        <div class="ui-chips" hidden=move || !any.get()>{FILTERS.into_iter().map(chip).collect_view()}</div>
    }
}

type Listed = Remote<Rows<ReleaseSummary>>;

fn rows(page: Rows<ReleaseSummary>, list: Listed, wanted: Memo<ReleaseQuery>) -> AnyView {
    if page.total == 0 {
        return nothing(wanted);
    }
    let people = use_people();
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after| {
        let query = ReleaseQuery {
            after: Some(after),
            ..wanted.get_untracked()
        };
        async move { fetch(&query).await }
    };
    let shown = more::count(items);
    let caption =
        Signal::derive(move || format!("{} releases, newest change first", words::of(shown.get(), total)));
    view! {
        <div class="part-release-table">
            <TableFrame caption=caption>
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"Stage"</th>
                        <th scope="col">"Priority"</th>
                        <th scope="col">"Planned window"</th>
                        <th scope="col">"Requester"</th>
                        <th scope="col">"Group"</th>
                        <th scope="col" class="number">"Steps"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || items.get() key=|item| (item.id, item.updated) children=move |item| row(item, people) />
                </tbody>
            </TableFrame>
        </div>
        {more::more(next, items, list, total, following)}
    }
    .into_any()
}

fn nothing(wanted: Memo<ReleaseQuery>) -> AnyView {
    let wanted = wanted.get_untracked();
    if wanted.q.is_some() || wanted.stage.is_some() || wanted.release_type.is_some() {
        let all = view! { <LinkButton href="/releases">"Show all releases"</LinkButton> }.into_any();
        return state_view(
            StateKind::NoMatch,
            "No release matches",
            "All words must occur in the number or the title. Take a filter off, or search for less.",
            Some(all),
        );
    }
    let may = untrack(|| use_session().may(Deed::CreateRelease));
    let new = || {
        may.then(|| {
            view! { <LinkButton href="/releases/new" icon=Icon::Plus>"New release"</LinkButton> }.into_any()
        })
    };
    match wanted.view {
        View::Waiting => state_view(
            StateKind::Empty,
            "Nothing waits for you",
            "Releases that you may authorise, and conflicts in your drafts, appear here.",
            None,
        ),
        View::Drafts => state_view(
            StateKind::Empty,
            "You have no drafts",
            "A draft is a plan that nobody else has to look at yet. Start one, add steps, see what they take down.",
            new(),
        ),
        View::All => state_view(
            StateKind::Empty,
            "No releases yet",
            "A release is a plan to change configuration items: steps, targets, times, and how to get back.",
            new(),
        ),
    }
}
