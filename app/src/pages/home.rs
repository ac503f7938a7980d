//! The start page: what waits for the person, and the estate in numbers.

use domain::access::Deed;
use domain::list::Column;
use domain::release::{Disposition, Stage};
use domain::wire::cmdb::{CiSummary, CmdbOverview};
use domain::wire::list::{ReleaseQuery, View};
use domain::{CiKey, ClassKey};
use leptos::prelude::*;

use super::cmdb;
use crate::client::sync::use_sync;
use crate::parts::ci::class_icon;
use crate::parts::release_rows::ReleaseWidget;
use crate::paths;
use crate::state::{use_overview, use_session};
use crate::ui::{ButtonKind, Icon, LinkButton, Page, StateKind, icon, show, skeleton_lines, state_view};
use crate::words;

/// The page.
#[component]
pub fn HomePage() -> impl IntoView {
    let session = use_session();
    let title = Memo::new(move |_| {
        let name = session.me().map(|me| me.actor.name.clone()).unwrap_or_default();
        match name.split_whitespace().next() {
            Some(first) => format!("Welcome, {first}"),
            None => "Welcome".to_owned(),
        }
    });
    let may_see = Memo::new(move |_| session.may(Deed::ViewCmdb));
    let of = |view: View| ReleaseQuery {
        view,
        ..ReleaseQuery::default()
    };
    let running = ReleaseQuery {
        stage: vec![Stage::Execution],
        disposition: vec![Disposition::Active],
        ..of(View::Work)
    };
    let late = ReleaseQuery {
        overdue: Some(true),
        sort: Some(Column::Due),
        ..of(View::Work)
    };
    view! {
        <Page title=Signal::derive(move || title.get())>
            <div class="ui-stack">
                <Standing />
                <div class="ui-columns">
                    <ReleaseWidget
                        query=of(View::Waiting)
                        all="/work?view=waiting"
                        title="Waiting for me"
                        none="Nothing waits for you"
                        about="Releases that wait for your decision or your work."
                    />
                    <ReleaseWidget
                        query=running
                        all="/work?stage=execution&disposition=active"
                        title="Running now"
                        none="Nothing of yours is being carried out"
                        about="Your releases and those of your groups, while they are in execution."
                    />
                    <ReleaseWidget
                        query=late
                        all="/work?overdue=true&sort=due"
                        title="Late"
                        none="Nothing is late"
                        about="Your releases and those of your groups that are past their time limit."
                    />
                    <ReleaseWidget
                        query=of(View::Drafts)
                        all="/releases?view=drafts"
                        title="My drafts"
                        none="You have no drafts"
                        about="Plans that nobody else has to look at yet."
                    />
                </div>
                {move || may_see.get().then(|| view! { <Estate /> })}
            </div>
        </Page>
    }
}

/// What of this device is not yet with the server, or waits for a decision; nothing where all is well.
#[component]
fn Standing() -> impl IntoView {
    let sync = use_sync();
    let says = Memo::new(move |_| {
        let standing = sync.standing();
        let part = |count: usize, one: &str, more: &str| {
            (count > 0).then(|| words::many(u64::try_from(count).unwrap_or(u64::MAX), one, more))
        };
        let parts = [
            part(
                standing.waiting,
                "change waits to be sent",
                "changes wait to be sent",
            ),
            part(
                standing.needs_you,
                "conflict waits for you",
                "conflicts wait for you",
            ),
            part(standing.refused, "change was refused", "changes were refused"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    move || {
        says.with(|says| !says.is_empty()).then(|| {
            view! {
                <div class="ui-bar" data-tone="warning">
                    {icon(Icon::Saving)}
                    <span>{move || says.get()}</span>
                    <LinkButton href=paths::QUEUE>"Look at them"</LinkButton>
                </div>
            }
        })
    }
}

/// The CMDB in numbers, each a link to what it counts.
#[component]
fn Estate() -> impl IntoView {
    let overview = use_overview();
    view! {
        <section class="ui-stack">
            <h2>"The estate"</h2>
            {show(overview, "the estate", || skeleton_lines(6), estate)}
        </section>
    }
}

fn estate(overview: CmdbOverview) -> AnyView {
    let may_import = untrack(|| use_session().may(Deed::Import));
    if overview.total == 0 {
        let import = may_import.then(|| {
            view! { <LinkButton href="/import" kind=ButtonKind::Primary icon=Icon::Import>"Import a CMDB"</LinkButton> }
                .into_any()
        });
        return state_view(
            StateKind::Empty,
            "The CMDB is empty",
            "Releases target configuration items, so begin with them: import what you have from NetBox, NDJSON or CSV.",
            import,
        );
    }
    let classes: Vec<(ClassKey, String, u64)> = overview
        .classes
        .iter()
        .filter_map(|class| {
            let count = overview
                .by_class
                .get(&class.key)
                .copied()
                .filter(|count| *count > 0)?;
            Some((class.key.clone(), class.name.clone(), count))
        })
        .collect();
    let card = |(key, name, count): (ClassKey, String, u64)| {
        view! {
            <a class="part-card" href=cmdb::of_class(&key)>
                <span class="number">{words::count(count)}</span>
                <span class="word">{icon(class_icon(&key))} {name}</span>
            </a>
        }
    };
    view! {
        <p class="soft">
            {words::many(overview.total, "configuration item", "configuration items")} ", "
            {words::many(overview.relations, "relation", "relations")}
            " · " <a href="/cmdb">"Search the list"</a>
            " · " <a href="/impact">"What if something fails?"</a>
        </p>
        <div class="part-cards">{classes.into_iter().map(card).collect_view()}</div>
        {sites(overview.sites)}
    }
    .into_any()
}

/// Sites shown on the start page; the list has all.
const SITES: usize = 12;

fn sites(sites: Vec<CiSummary>) -> Option<AnyView> {
    if sites.is_empty() {
        return None;
    }
    let total = u64::try_from(sites.len()).unwrap_or(u64::MAX);
    let rest = (sites.len() > SITES).then(|| {
        let all = "site"
            .parse::<ClassKey>()
            .map(|class| cmdb::of_class(&class))
            .unwrap_or_default();
        view! { <a href=all>{format!("All {} sites", words::count(total))}</a> }
    });
    let racks = |site: &CiKey| {
        paths::Query::default()
            .with("class", "rack")
            .with("site", site.as_str())
            .on("/cmdb")
    };
    let row = |site: CiSummary| {
        view! {
            <li>
                <a class="part-ci" href=paths::ci(&site.key)>{icon(Icon::Place)} <span>{site.name.clone()}</span></a>
                <a class="meta" href=racks(&site.key)>"racks" <span class="sr-only">{format!(" of {}", site.name)}</span></a>
            </li>
        }
    };
    Some(
        view! {
            <section class="ui-panel">
                <header>
                    <h3>"Sites"</h3>
                    {rest}
                </header>
                <ul class="part-list">{sites.into_iter().take(SITES).map(row).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
}
