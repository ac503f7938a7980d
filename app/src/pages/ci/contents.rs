use std::collections::BTreeMap;

use domain::CiKey;
use domain::wire::Page;
use domain::wire::cmdb::CiSummary;
use leptos::prelude::*;

use crate::client::http;
use crate::parts::ci;
use crate::paths::{self, Query};
use crate::state::catalogue::use_names;
use crate::state::remote;
use crate::ui::{LinkButton, StateKind, show, skeleton_lines, state_view};
use crate::words;

/// Most that is listed by class; a room holds less, and the list of CIs pages through a whole site.
const MOST: u32 = 500;

/// What stands directly in a site, room or row, grouped by class.
pub fn view(key: CiKey) -> AnyView {
    let wanted = key.clone();
    let contents = remote(
        false,
        move || wanted.clone(),
        |key| async move {
            let path = format!("{}/contents", paths::api_ci(&key));
            http::get::<Page<CiSummary>>(&Query::default().with("limit", &MOST.to_string()).on(&path)).await
        },
    );
    show(
        contents,
        "what stands here",
        || skeleton_lines(10),
        move |page| grouped(page, &key),
    )
}

fn grouped(page: Page<CiSummary>, key: &CiKey) -> AnyView {
    if page.items.is_empty() {
        return state_view(
            StateKind::Empty,
            "Nothing stands here",
            "No CI is located directly in this place.",
            None,
        );
    }
    let names = use_names();
    let shown = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    let all_here = Query::default().with("site", key.as_str()).on("/cmdb");
    let rest = (page.total > shown).then(|| {
        view! {
            <p class="part-more">
                <span>{words::of(shown, page.total)} " shown"</span>
                <LinkButton href=all_here>"All CIs of this site"</LinkButton>
            </p>
        }
    });
    let mut by_class: BTreeMap<_, Vec<CiSummary>> = BTreeMap::new();
    for item in page.items {
        by_class.entry(item.class.clone()).or_default().push(item);
    }
    let panel = move |(class, items): (domain::ClassKey, Vec<CiSummary>)| {
        let count = words::count(u64::try_from(items.len()).unwrap_or(u64::MAX));
        let item = |item: CiSummary| {
            let badge = ci::lifecycle_badge(item.lifecycle);
            view! { <li>{ci::ci_link(&item.key, &item.name, &item.class)} {badge}</li> }
        };
        view! {
            <section class="ui-panel">
                <header>
                    <h2>{move || names.class(&class)}</h2>
                    <span class="soft">{count}</span>
                </header>
                <ul class="part-list">{items.into_iter().map(item).collect_view()}</ul>
            </section>
        }
    };
    view! {
        <div class="part-relations">{by_class.into_iter().map(panel).collect_view()}</div>
        {rest}
    }
    .into_any()
}
