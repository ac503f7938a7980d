use std::collections::HashMap;

use domain::CiKey;
use domain::cmdb::Spread;
use domain::wire::cmdb::Neighbourhood;
use leptos::prelude::*;

use crate::client::http;
use crate::layout;
use crate::parts::ci;
use crate::parts::picture::{Edge, Feel, Node, Picture};
use crate::paths::{self, Query};
use crate::state::catalogue::use_names;
use crate::state::location::QueryState;
use crate::state::remote;
use crate::ui::{Button, SelectField, StateKind, TableFrame, show, skeleton_lines, state_view};
use crate::words;

/// CIs in the first picture; "show more" doubles it.
const FIRST: u32 = 60;
/// More are not readable as a picture.
const MOST: u32 = 480;

/// What surrounds a CI, as a picture and as a table. Depth and size are in the address.
pub fn view(key: CiKey, query: QueryState) -> AnyView {
    let depth = Memo::new(move |_| query.get("depth").parse::<u32>().unwrap_or(1).clamp(1, 4));
    let limit = Memo::new(move |_| query.get("limit").parse::<u32>().unwrap_or(FIRST).clamp(10, MOST));
    let around = remote(
        true,
        move || (key.clone(), depth.get(), limit.get()),
        |(key, depth, limit)| async move {
            let path = format!("{}/neighbours", paths::api_ci(&key));
            let query = Query::default()
                .with("depth", &depth.to_string())
                .with("limit", &limit.to_string());
            http::get::<Neighbourhood>(&query.on(&path)).await
        },
    );
    let chosen = RwSignal::new(untrack(|| depth.get()).to_string());
    let depths: Vec<(String, String)> = (1..=4)
        .map(|n| (n.to_string(), words::many(n, "hop", "hops")))
        .collect();
    let set_depth = move |depth: String| query.set(query.now.get_untracked().with("depth", &depth));
    view! {
        <div class="ui-stack">
            <div class="part-bar">
                <SelectField label="How far" value=chosen options=depths on_change=set_depth />
                <p class="soft meta legend">
                    "Left: what needs it. Right: what it needs. Dashed: connected without a direction of need."
                </p>
            </div>
            {show(around, "the neighbourhood", || skeleton_lines(12), move |found| drawn(found, query, limit))}
        </div>
    }
    .into_any()
}

fn drawn(found: Neighbourhood, query: QueryState, limit: Memo<u32>) -> AnyView {
    if found.nodes.len() < 2 {
        return state_view(
            StateKind::Empty,
            "Alone",
            "This CI has no relations to other CIs that you may see.",
            None,
        );
    }
    let shown = u64::try_from(found.nodes.len()).unwrap_or(u64::MAX);
    let more = (found.truncated && limit.get_untracked() < MOST).then(|| {
        let press = move |()| {
            let next = (limit.get_untracked() * 2).min(MOST).to_string();
            query.set(query.now.get_untracked().with("limit", &next));
        };
        view! { <Button on_press=press>"Show more"</Button> }
    });
    let (nodes, edges) = graph(&found);
    let caption = format!(
        "{} CIs and the {} between them",
        words::of(shown, found.total),
        words::many(
            u64::try_from(found.relations.len()).unwrap_or(0),
            "relation",
            "relations"
        )
    );
    view! {
        <Picture label=format!("Neighbourhood of {}", found.centre) nodes=nodes edges=edges />
        <div class="part-more"><span>{caption.clone()}</span> {more}</div>
        {twin(&found, caption)}
    }
    .into_any()
}

fn graph(found: &Neighbourhood) -> (Vec<Node>, Vec<Edge>) {
    let index: HashMap<&CiKey, usize> = found
        .nodes
        .iter()
        .enumerate()
        .map(|(i, n)| (&n.ci.key, i))
        .collect();
    let edges: Vec<Edge> = found
        .relations
        .iter()
        .filter_map(|relation| {
            Some(Edge {
                from: *index.get(&relation.from)?,
                to: *index.get(&relation.to)?,
                words: relation.kind.forward(),
                loose: relation.kind.spread() == Spread::None,
            })
        })
        .collect();
    let directed: Vec<(usize, usize, bool)> = edges
        .iter()
        .map(|edge| (edge.from, edge.to, !edge.loose))
        .collect();
    let ranks = layout::neighbour_ranks(found.nodes.len(), &directed);
    let nodes = found.nodes.iter().zip(ranks).map(|(node, rank)| Node {
        key: node.ci.key.clone(),
        name: node.ci.name.clone(),
        class: Some(node.ci.class.clone()),
        feel: if node.ci.key == found.centre {
            Feel::Centre
        } else {
            Feel::Plain
        },
        rank,
        via: None,
    });
    (nodes.collect(), edges)
}

/// The same as a table: each relation a row.
fn twin(found: &Neighbourhood, caption: String) -> impl IntoView + use<> {
    let names = use_names();
    let by_key: HashMap<&CiKey, _> = found.nodes.iter().map(|node| (&node.ci.key, node)).collect();
    let mut rows: Vec<_> = found
        .relations
        .iter()
        .filter_map(|r| Some((*by_key.get(&r.from)?, r.kind, *by_key.get(&r.to)?)))
        .collect();
    rows.sort_by_key(|(from, kind, to)| (from.depth.min(to.depth), *kind, &from.ci.name, &to.ci.name));
    let end = |node: &domain::wire::cmdb::Neighbour, first: bool| {
        let class = node.ci.class.clone();
        let link = view! {
            <a class="part-ci" data-row=first.then_some("") href=paths::ci(&node.ci.key)>
                {crate::parts::picture::twin_icon(&node.ci.class)}
                <span>{node.ci.name.clone()}</span>
            </a>
            <span class="soft meta">" " {move || names.class(&class)}</span>
        };
        link.into_any()
    };
    let body = rows
        .into_iter()
        .map(|(from, kind, to)| {
            view! {
                <tr>
                    <th scope="row">{end(from, true)}</th>
                    <td class="soft">{kind.forward()}</td>
                    <td>{end(to, false)}</td>
                    <td>{ci::lifecycle_badge(to.ci.lifecycle)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="part-twin">
            <summary>"The same as a table"</summary>
            <TableFrame caption=caption>
                <thead>
                    <tr>
                        <th scope="col">"CI"</th>
                        <th scope="col">"Relation"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"Lifecycle of that"</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </TableFrame>
        </details>
    }
}
