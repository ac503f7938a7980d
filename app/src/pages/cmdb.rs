//! The list of CIs: search, filters, paging. All of it is in the address.

use domain::ClassKey;
use domain::access::Deed;
use domain::cmdb::Lifecycle;
use domain::wire::Page as Rows;
use domain::wire::cmdb::{CiQuery, CiSummary};
use leptos::prelude::*;

use crate::parts::ci;
use crate::parts::more::{self, ROWS};
use crate::paths;
use crate::state::catalogue::{Names, use_names};
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_overview, use_query, use_session};
use crate::ui::{
    Button, ButtonKind, FilterChip, For, Icon, LinkButton, Page, SelectField, StateKind, TableFrame,
    TextField, icon, show, skeleton_table, state_view,
};
use crate::words;

/// The page.
#[component]
pub fn CmdbPage() -> impl IntoView {
    let query = use_query();
    let session = use_session();
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(
        true,
        move || wanted.get(),
        |wanted| async move { ci::fetch(&wanted).await },
    );
    let actions = move || {
        session
            .may(Deed::Import)
            .then(|| view! { <LinkButton href="/import" icon=Icon::Import>"Import"</LinkButton> })
    };
    view! {
        <Page title="Configuration items" actions=actions>
            <div class="ui-stack">
                <Filters query=query />
                {show(list, "the list of CIs", || skeleton_table(14), move |page| rows(page, list, wanted))}
            </div>
        </Page>
    }
}

fn wanted(query: QueryState) -> CiQuery {
    query.now.with(|query| CiQuery {
        q: query.get("q").map(str::to_owned),
        class: query.get("class").and_then(|class| class.parse().ok()),
        lifecycle: query.get("lifecycle").and_then(Lifecycle::parse),
        site: query.get("site").and_then(|site| site.parse().ok()),
        limit: Some(ROWS),
        after: None,
    })
}

/// Search field, three choices, and what is on as chips.
#[component]
fn Filters(query: QueryState) -> impl IntoView {
    let names = use_names();
    let overview = use_overview();
    let text = query.typed("q");
    let class = RwSignal::new(String::new());
    let lifecycle = RwSignal::new(String::new());
    let site = RwSignal::new(String::new());
    // The address is the truth; the controls follow it.
    Effect::new(move |_| {
        for (field, name) in [(class, "class"), (lifecycle, "lifecycle"), (site, "site")] {
            field.set(query.get(name));
        }
    });
    let set =
        move |name: &'static str, value: &str| query.set(query.now.get_untracked().with(name, value.trim()));
    let classes = Signal::derive(move || {
        let mut options = vec![(String::new(), "All classes".to_owned())];
        overview.value.with(|value| {
            for class in value.iter().flat_map(|v| &v.classes) {
                let count = value
                    .as_ref()
                    .and_then(|v| v.by_class.get(&class.key))
                    .copied()
                    .unwrap_or(0);
                options.push((
                    class.key.to_string(),
                    format!("{} ({})", class.name, words::count(count)),
                ));
            }
        });
        options
    });
    let lifecycles = Signal::derive(|| {
        let all = Lifecycle::ALL
            .into_iter()
            .map(|l| (l.as_str().to_owned(), l.label().to_owned()));
        [(String::new(), "Any lifecycle".to_owned())]
            .into_iter()
            .chain(all)
            .collect()
    });
    let sites = Signal::derive(move || {
        let mut options = vec![(String::new(), "All sites".to_owned())];
        overview.value.with(|value| {
            options.extend(
                value
                    .iter()
                    .flat_map(|v| &v.sites)
                    .map(|s| (s.key.to_string(), s.name.clone())),
            );
        });
        options
    });
    view! {
        <search class="part-filters" aria-label="Filter the list">
            <TextField label="Search" kind="search" value=text />
            <SelectField label="Class" value=class options=classes on_change=move |v: String| set("class", &v) />
            <SelectField
                label="Lifecycle"
                value=lifecycle
                options=lifecycles
                on_change=move |v: String| set("lifecycle", &v)
            />
            <SelectField label="Site" value=site options=sites on_change=move |v: String| set("site", &v) />
        </search>
        <Chips query=query names=names />
    }
}

#[component]
fn Chips(query: QueryState, names: Names) -> impl IntoView {
    let filters = [
        ("q", "words"),
        ("class", "class"),
        ("lifecycle", "lifecycle"),
        ("site", "site"),
    ];
    let remove = move |name: &'static str| query.set(query.now.get_untracked().with(name, ""));
    let value = move |name: &'static str| {
        let raw = query.get(name);
        match name {
            "class" => raw.parse().map(|key| names.class(&key)).unwrap_or(raw),
            "site" => raw.parse().map(|key| names.site(&key)).unwrap_or(raw),
            "lifecycle" => Lifecycle::parse(&raw).map_or(raw, |l| l.label().to_owned()),
            _ => raw,
        }
    };
    let chip = move |(name, word): (&'static str, &'static str)| {
        move || {
            (!query.get(name).is_empty()).then(|| {
                let on_remove = Callback::new(move |()| remove(name));
                view! { <FilterChip name=word value=Signal::derive(move || value(name)) on_remove=on_remove /> }
            })
        }
    };
    let several = Memo::new(move |_| {
        filters
            .iter()
            .filter(|(name, _)| !query.get(name).is_empty())
            .count()
            > 1
    });
    let clear = move |()| {
        let empty = filters
            .iter()
            .fold(query.now.get_untracked(), |query, (name, _)| query.with(name, ""));
        query.set(empty);
    };
    let any = Memo::new(move |_| filters.iter().any(|(name, _)| !query.get(name).is_empty()));
    view! {
        <div class="ui-chips" hidden=move || !any.get()>
            {filters.into_iter().map(chip).collect_view()}
            {move || {
                several.get().then(|| {
                    view! { <Button kind=ButtonKind::Quiet on_press=clear>"Clear all"</Button> }
                })
            }}
        </div>
    }
}

fn rows(page: Rows<CiSummary>, list: Remote<Rows<CiSummary>>, wanted: Memo<CiQuery>) -> AnyView {
    if page.total == 0 {
        return nothing(wanted);
    }
    let names = use_names();
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after| {
        let query = CiQuery {
            after: Some(after),
            ..wanted.get_untracked()
        };
        async move { ci::fetch(&query).await }
    };
    let shown = more::count(items);
    let caption = Signal::derive(move || match shown.get() {
        all if all >= total => words::many(total, "CI", "CIs"),
        some => format!("{} CIs", words::of(some, total)),
    });
    let row = move |item: CiSummary| {
        let site = item.site.clone();
        let class = item.class.clone();
        view! {
            <tr>
                <th scope="row">
                    <a class="part-ci" data-row="" href=paths::ci(&item.key)>
                        {icon(ci::class_icon(&item.class))}
                        <span>{item.name}</span>
                    </a>
                </th>
                <td class="soft">{move || names.class(&class)}</td>
                <td>{ci::lifecycle_badge(item.lifecycle)}</td>
                <td>{move || site.as_ref().map(|site| names.site(site))}</td>
                <td class="mono" data-label="serial">{item.serial}</td>
                <td class="key">{item.key.to_string()}</td>
            </tr>
        }
    };
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Class"</th>
                    <th scope="col">"Lifecycle"</th>
                    <th scope="col">"Site"</th>
                    <th scope="col">"Serial number"</th>
                    <th scope="col">"Key"</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || items.get() key=|item| item.key.clone() children=row />
            </tbody>
        </TableFrame>
        {more::more(next, items, list, total, following)}
    }
    .into_any()
}

fn nothing(wanted: Memo<CiQuery>) -> AnyView {
    let filtered = wanted
        .with_untracked(|w| w.q.is_some() || w.class.is_some() || w.lifecycle.is_some() || w.site.is_some());
    if filtered {
        let all = view! { <LinkButton href="/cmdb">"Show all CIs"</LinkButton> }.into_any();
        return state_view(
            StateKind::NoMatch,
            "No CI matches",
            "All words must occur in the name, key, serial number or asset tag. Take a filter off, or search for less.",
            Some(all),
        );
    }
    let may = untrack(|| use_session().may(Deed::Import));
    let action = may.then(|| {
        view! { <LinkButton href="/import" kind=ButtonKind::Primary icon=Icon::Import>"Import a CMDB"</LinkButton> }
            .into_any()
    });
    state_view(
        StateKind::Empty,
        "The CMDB is empty",
        "Here is everything that releases touch: sites, racks, devices, virtual machines, applications. Import it from NetBox, NDJSON or CSV.",
        action,
    )
}

/// The address of the list filtered by class, for links from elsewhere.
#[must_use]
pub fn of_class(class: &ClassKey) -> String {
    paths::Query::default().with("class", class.as_str()).on("/cmdb")
}
