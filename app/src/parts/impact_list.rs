//! A blast radius in words: totals, counts by class and site, and the rows with "why?".

use domain::wire::cmdb::{Direction, ImpactAnswer, ImpactItem, State};
use domain::{CiKey, ClassKey};
use leptos::prelude::*;

use super::ci::class_icon;
use super::picture::{Edge, Feel, Node};
use crate::explain;
use crate::paths::{self, Query};
use crate::state::catalogue::use_names;
use crate::ui::{Badge, TableFrame, Tone, icon};
use crate::words;

/// CIs in a picture of an impact; the rows say the rest.
const DRAWN: usize = 60;

/// Down or degraded, as a word with its shape.
#[must_use]
pub fn state_badge(state: State) -> AnyView {
    match state {
        State::Down => view! { <Badge tone=Tone::Danger shape="▼" text="down" /> }.into_any(),
        State::Degraded => view! { <Badge tone=Tone::Warning shape="◐" text="degraded" /> }.into_any(),
    }
}

/// "▼ 4 down ◐ 31 degraded" for a blast radius; "42 needed" the other way round.
#[must_use]
pub fn totals(answer: &ImpactAnswer, direction: Direction) -> AnyView {
    if direction == Direction::Dependencies {
        return view! {
            <p class="part-totals">
                <span class="big">{words::count(answer.total)}</span>
                <span>{if answer.total == 1 { "CI is needed" } else { "CIs are needed" }}</span>
            </p>
        }
        .into_any();
    }
    view! {
        <p class="part-totals">
            <span class="big">{words::count(answer.total)}</span>
            <span>{if answer.total == 1 { "CI affected" } else { "CIs affected" }}</span>
            <span data-state="down">"▼ " {words::count(answer.down)} " down"</span>
            <span data-state="degraded">"◐ " {words::count(answer.degraded)} " degraded"</span>
        </p>
    }
    .into_any()
}

/// Counts by class and by site, each a link to `path` with the filter set or, where it is set, taken off.
#[must_use]
pub fn counts(answer: &ImpactAnswer, path: &'static str, query: &Query) -> AnyView {
    let names = use_names();
    let link = |filter: &'static str, value: String, word: Signal<String>, count: u64| {
        let on = query.get(filter) == Some(value.as_str());
        let href = query.clone().with(filter, if on { "" } else { &value }).on(path);
        view! {
            <a href=href data-noscroll="" aria-current=on.then_some("true")>
                {move || word.get()}
                <span class="count">{words::count(count)}</span>
            </a>
        }
    };
    let classes = answer.by_class.iter().map(|(class, count)| {
        let key = class.clone();
        link(
            "class",
            class.to_string(),
            Signal::derive(move || names.class(&key)),
            *count,
        )
    });
    let sites = answer.by_site.iter().map(|(site, count)| {
        let key = site.parse::<CiKey>().ok();
        let word = Signal::derive(move || {
            key.as_ref()
                .map_or("Site unknown".to_owned(), |key| names.site(key))
        });
        link(
            "site",
            if site.is_empty() {
                "-".to_owned()
            } else {
                site.clone()
            },
            word,
            *count,
        )
    });
    view! {
        <div class="part-counts"><h2>"By class"</h2> {classes.collect_view()}</div>
        <div class="part-counts"><h2>"By site"</h2> {sites.collect_view()}</div>
    }
    .into_any()
}

/// Which rows to show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only this class.
    pub class: Option<ClassKey>,
    /// Only this site; `-` where it is unknown.
    pub site: Option<String>,
}

impl Filter {
    /// From the address of the page.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        Self {
            class: query.get("class").and_then(|class| class.parse().ok()),
            site: query.get("site").map(str::to_owned),
        }
    }

    fn takes(&self, item: &ImpactItem) -> bool {
        let class = self.class.as_ref().is_none_or(|class| *class == item.class);
        let at = item.site.as_ref().map_or("-", CiKey::as_str);
        class && self.site.as_ref().is_none_or(|site| site == at)
    }

    /// All that match, also those that are not among the rows, where that is known.
    fn total(&self, answer: &ImpactAnswer) -> Option<u64> {
        match (&self.class, &self.site) {
            (None, None) => Some(answer.total),
            (Some(class), None) => answer.by_class.get(class).copied(),
            (None, Some(site)) => answer.by_site.get(if site == "-" { "" } else { site }).copied(),
            (Some(_), Some(_)) => None,
        }
    }
}

/// The rows, nearest first.
#[must_use]
pub fn rows(answer: &ImpactAnswer, direction: Direction, filter: &Filter) -> AnyView {
    let names = use_names();
    let items: Vec<&ImpactItem> = answer.items.iter().filter(|item| filter.takes(item)).collect();
    let shown = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let caption = match filter.total(answer) {
        Some(total) => format!("{} CIs, nearest first", words::of(shown, total)),
        None if answer.truncated => {
            format!("{} among the nearest CIs", words::many(shown, "match", "matches"))
        }
        None => format!("{}, nearest first", words::many(shown, "CI", "CIs")),
    };
    let affected = direction == Direction::Dependants;
    let row = |item: &&ImpactItem| {
        let (class, site) = (item.class.clone(), item.site.clone());
        let why = explain::sentence(&item.path, direction, item.state);
        view! {
            <tr>
                <th scope="row">
                    <a class="part-ci" data-row="" href=paths::ci(&item.key)>
                        {icon(class_icon(&item.class))}
                        <span>{item.name.clone()}</span>
                    </a>
                </th>
                {affected.then(|| view! { <td>{state_badge(item.state)}</td> })}
                <td class="soft">{move || names.class(&class)}</td>
                <td>{move || site.as_ref().map(|site| names.site(site))}</td>
                <td class="number" data-label="hops">{item.depth.to_string()}</td>
                <td>
                    <details class="part-why-details">
                        <summary>"why?" <span class="sr-only">" " {item.name.clone()}</span></summary>
                        <p class="part-path">{why}</p>
                    </details>
                </td>
            </tr>
        }
    };
    let state = affected.then(|| view! { <th scope="col">"State"</th> });
    let body = items.iter().map(row).collect_view();
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"CI"</th>
                    {state}
                    <th scope="col">"Class"</th>
                    <th scope="col">"Site"</th>
                    <th scope="col" class="number">"Hops"</th>
                    <th scope="col">"Path"</th>
                </tr>
            </thead>
            <tbody>{body}</tbody>
        </TableFrame>
    }
    .into_any()
}

/// What [`super::picture::Picture`] needs to draw an impact: the CIs assumed down at the left, the nearest
/// affected to the right, each by its explaining hop. Answers how many affected CIs are drawn. `roots` are all
/// that was asked about: one that explains nothing by the shortest path is drawn too.
#[must_use]
pub fn drawing(
    answer: &ImpactAnswer,
    direction: Direction,
    filter: &Filter,
    roots: &[CiKey],
) -> (Vec<Node>, Vec<Edge>, usize) {
    let mut nodes: Vec<Node> = Vec::new();
    let mut edges = Vec::new();
    let mut index = std::collections::HashMap::new();
    let mut drawn = 0;
    for item in answer.items.iter().filter(|item| filter.takes(item)) {
        // With its whole path, or not at all: a node without its reason explains nothing.
        let fresh = item
            .path
            .iter()
            .filter(|hop| !index.contains_key(&hop.key))
            .count();
        if nodes.len() + fresh > DRAWN {
            continue;
        }
        drawn += 1;
        let mut via = None;
        for (rank, hop) in item.path.iter().enumerate() {
            let known = answer.items.iter().find(|other| other.key == hop.key);
            let node = *index.entry(hop.key.clone()).or_insert_with(|| {
                nodes.push(Node {
                    key: hop.key.clone(),
                    name: hop.name.clone(),
                    class: known.map(|known| known.class.clone()),
                    feel: feel(direction, rank, known.map(|known| known.state)),
                    rank: i32::try_from(rank).unwrap_or(i32::MAX),
                    via,
                });
                if let (Some(from), Some(kind)) = (via, hop.kind) {
                    edges.push(Edge {
                        from,
                        to: nodes.len() - 1,
                        words: kind.forward(),
                        loose: false,
                    });
                }
                nodes.len() - 1
            });
            via = Some(node);
        }
    }
    for root in roots.iter().filter(|root| !index.contains_key(*root)) {
        nodes.push(Node {
            key: root.clone(),
            name: root.to_string(),
            class: None,
            feel: feel(direction, 0, None),
            rank: 0,
            via: None,
        });
    }
    (nodes, edges, drawn)
}

fn feel(direction: Direction, rank: usize, state: Option<State>) -> Feel {
    match (direction, rank, state) {
        (Direction::Dependants, 0, _) => Feel::Assumed,
        (Direction::Dependencies, 0, _) => Feel::Centre,
        (Direction::Dependencies, _, _) => Feel::Plain,
        (Direction::Dependants, _, Some(State::Degraded)) => Feel::Degraded,
        (Direction::Dependants, _, _) => Feel::Down,
    }
}
