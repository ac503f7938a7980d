//! The list of a register: search, what is retired, paging. All of it is in the address.

use domain::wire::Page as Rows;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::frame::{AdminPage, Standing, use_standing};
use super::names::Names;
use super::register::{Record, Register, value};
use super::{registers, words as values};
use crate::fields::blank;
use crate::pages::not_found::NotFoundPage;
use crate::parts::more::{self, ROWS};
use crate::paths::Query;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_query};
use crate::ui::{
    Badge, Button, ButtonKind, For, Icon, LinkButton, StateKind, TableFrame, TextField, Tone, show,
    skeleton_table, state_view,
};
use crate::words;

/// The page.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("register").unwrap_or_default()));
    move || match registers::find(&name.get()) {
        Some(register) => view! { <List register=register /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn List(register: &'static Register) -> impl IntoView {
    let query = use_query();
    let standing = use_standing();
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(
        true,
        move || wanted.get(),
        move |wanted| async move { register.list(wanted).await },
    );
    let names = Names::load(register.sources());
    let actions = move || {
        (standing.get() == Standing::Administrator).then(|| {
            let href = register.record_page("new");
            view! {
                <LinkButton href=href kind=ButtonKind::Primary icon=Icon::Plus>
                    {format!("Add {}", register.one)}
                </LinkButton>
            }
        })
    };
    view! {
        <AdminPage title=register.title led=!register.led.is_empty() actions=actions>
            <p class="soft page-admin-about">{register.about}</p>
            <Filters query=query />
            {show(
                list,
                "this list",
                || skeleton_table(10),
                move |page| rows(register, page, list, wanted, names),
            )}
        </AdminPage>
    }
}

fn wanted(query: QueryState) -> Query {
    query.now.with(|query| {
        let retired = if query.get("retired").is_some() {
            "true"
        } else {
            ""
        };
        Query::default()
            .with("q", query.get("q").unwrap_or_default())
            .with("retired", retired)
            .with("limit", &ROWS.to_string())
    })
}

/// A text field whose words go into the address as `name`, a moment after the last key.
pub fn search_field(query: QueryState, name: &'static str, label: &'static str) -> AnyView {
    let text = query.typed(name);
    view! { <TextField label=label kind="search" value=text /> }.into_any()
}

/// A box that puts `name=1` into the address.
pub fn flag_field(query: QueryState, name: &'static str, label: &'static str) -> AnyView {
    view! {
        <label class="ui-check">
            <input
                type="checkbox"
                prop:checked=move || !query.get(name).is_empty()
                on:change=move |ev| {
                    let on = if event_target_checked(&ev) { "1" } else { "" };
                    query.set(query.now.get_untracked().with(name, on));
                }
            />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

#[component]
fn Filters(query: QueryState) -> impl IntoView {
    view! {
        <search class="page-admin-filters" aria-label="Filter the list">
            {search_field(query, "q", "Search")}
            {flag_field(query, "retired", "Also retired ones")}
        </search>
    }
}

fn rows(
    register: &'static Register,
    page: Rows<Record>,
    list: Remote<Rows<Record>>,
    wanted: Memo<Query>,
    names: Names,
) -> AnyView {
    if page.total == 0 {
        return nothing(register, wanted);
    }
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after: String| {
        let query = wanted.get_untracked().with("after", &after);
        async move { register.list(query).await }
    };
    let shown = more::count(items);
    let caption = Signal::derive(move || match shown.get() {
        all if all >= total => format!("{} {}", words::of(all, total), register.many),
        some => format!("{} {}", words::of(some, total), register.many),
    });
    let heads = register.columns.iter().filter_map(|key| register.field(key));
    let heads = heads
        .map(|spec| view! { <th scope="col">{spec.label}</th> })
        .collect_view();
    let row = move |record: Record| {
        let fields = StoredValue::new(record.fields);
        let label = move || fields.with_value(|fields| (register.label)(fields, names));
        let cells = register.columns.iter().filter_map(move |key| register.field(key));
        let cells = cells
            .map(|spec| {
                let words = move || {
                    cell(
                        fields.with_value(|fields| value(fields, spec.key)),
                        spec.key,
                        register,
                        names,
                    )
                };
                view! { <td data-label=spec.label.to_lowercase()>{words}</td> }
            })
            .collect_view();
        let retired = record
            .retired
            .then(|| view! { <Badge tone=Tone::Warning text="retired" /> });
        view! {
            <tr>
                <th scope="row">
                    <a data-row="" href=register.record_page(&record.id)>{label}</a>
                    " "
                    {retired}
                </th>
                {cells}
            </tr>
        }
    };
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    {heads}
                </tr>
            </thead>
            <tbody>
                <For each=move || items.get() key=|item| (item.id.clone(), item.version, item.retired) children=row />
            </tbody>
        </TableFrame>
        {more::more(next, items, list, total, following)}
    }
    .into_any()
}

/// Longest text of a cell; more is on the page of the record.
const CELL: usize = 90;

fn cell(value: serde_json::Value, key: &str, register: &'static Register, names: Names) -> AnyView {
    if key == "disabled" {
        return (!blank(&value))
            .then(|| view! { <Badge tone=Tone::Danger text="may not sign in" /> })
            .into_any();
    }
    let text = values::of(Some(register), key, &value, names);
    let long = text.chars().count() > CELL;
    let text = if long {
        text.chars().take(CELL).chain(['…']).collect()
    } else {
        text
    };
    text.into_any()
}

fn nothing(register: &'static Register, wanted: Memo<Query>) -> AnyView {
    if wanted.with_untracked(|query| query.get("q").is_some()) {
        let href = register.page();
        let all =
            view! { <LinkButton href=href>{format!("Show all {}", register.many)}</LinkButton> }.into_any();
        return state_view(
            StateKind::NoMatch,
            "Nothing matches",
            "All words must occur. Search for less, or look among the retired ones, too.",
            Some(all),
        );
    }
    state_view(
        StateKind::Empty,
        &format!("There are no {} yet", register.many),
        register.about,
        None,
    )
}

/// A button that asks the address for less, in a list that shows nothing.
pub fn clear_button(query: QueryState, names: &'static [&'static str]) -> AnyView {
    let clear = move |()| {
        let now = query.now.get_untracked();
        query.set(names.iter().fold(now, |query, name| query.with(name, "")));
    };
    view! { <Button on_press=clear>"Take all filters off"</Button> }.into_any()
}
