use domain::CiKey;
use domain::wire::cmdb::{DependencyPath, PathHop};
use leptos::prelude::*;

use crate::client::http;
use crate::explain;
use crate::parts::ci::CiPicker;
use crate::paths::{self, Query};
use crate::state::location::QueryState;
use crate::state::remote;
use crate::ui::{StateKind, show, skeleton_lines, state_view};
use crate::words;

/// "Why does it depend on …": the shortest way from a CI to another, which is in the address.
pub fn view(key: CiKey, query: QueryState) -> impl IntoView {
    let other = Memo::new(move |_| query.get("why").parse::<CiKey>().ok());
    let pick = move |other: CiKey| query.set(query.now.get_untracked().with("why", other.as_str()));
    let answer = move || {
        match other.get() {
        None => view! { <p class="soft">"Choose a CI to see the shortest chain of relations that leads there."</p> }
            .into_any(),
        Some(other) if other == key => state_view(
            StateKind::Empty,
            "That is this CI",
            "Choose another one.",
            None,
        ),
        Some(other) => way(key.clone(), other),
    }
    };
    view! {
        <section class="ui-panel part-why" aria-label="Why does it depend on another CI">
            <h2>"Why does it depend on …"</h2>
            <CiPicker label="Another CI" on_pick=pick />
            {answer}
        </section>
    }
}

fn way(from: CiKey, to: CiKey) -> AnyView {
    let way = remote(
        false,
        move || (from.clone(), to.clone()),
        |(from, to)| async move {
            let path = format!("{}/path", paths::api_ci(&from));
            http::get::<DependencyPath>(&Query::default().with("to", to.as_str()).on(&path)).await
        },
    );
    show(way, "the way to that CI", || skeleton_lines(3), told)
}

fn told(found: DependencyPath) -> AnyView {
    if found.path.is_empty() {
        return state_view(
            StateKind::Empty,
            &format!("It does not depend on {}", found.to.name),
            "No chain of relations leads from this CI to that one, so an outage there is not felt here.",
            None,
        );
    }
    let hops = u64::try_from(found.path.len() - 1).unwrap_or(u64::MAX);
    let hop = |hop: PathHop| {
        let verb = hop
            .kind
            .map(|kind| view! { <span class="soft">{explain::verb(kind)}</span> });
        view! { <li>{verb} <a href=paths::ci(&hop.key)>{hop.name}</a></li> }
    };
    view! {
        <p role="status">
            {format!("It depends on {}, over {}:", found.to.name, words::many(hops, "hop", "hops"))}
        </p>
        <ol class="way">{found.path.into_iter().map(hop).collect_view()}</ol>
    }
    .into_any()
}
