//! A register: search, filters, paging, all in the address; import and new records for keepers.

pub mod record;

use domain::access::Deed;
use domain::registry::{RecordRef, RegisterKind};
use domain::wire::Page as Rows;
use domain::wire::registry::{RecordDetail, RecordSummary, RegisterQuery};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use crate::parts::more::{self, ROWS};
use crate::parts::registry::{self, editor::RecordEditor, import::ImportDialog};
use crate::paths;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_query, use_session};
use crate::ui::{
    Button, ButtonKind, For, Icon, LinkButton, Moment, Page, SelectField, StateKind, TabLink, TabLinks,
    TableFrame, TextField, show, skeleton_table, state_view,
};
use crate::words;

/// The page.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let params = use_params_map();
    let kind = Memo::new(move |_| {
        let text = params.with(|params| params.get("kind").unwrap_or_default());
        text.parse::<RegisterKind>().ok()
    });
    // Another register is another page.
    move || {
        match kind.get() {
        Some(kind) => view! { <OneRegister register=kind /> }.into_any(),
        None => view! {
            <Page title="No such register">
                {state_view(
                    StateKind::NotFound,
                    "There is no such register",
                    "There are registers of changes, problems, knowledge articles, purchases and definitive media.",
                    Some(view! { <LinkButton href="/registers/changes">"Show the changes"</LinkButton> }.into_any()),
                )}
            </Page>
        }
        .into_any(),
    }
    }
}

#[component]
fn OneRegister(register: RegisterKind) -> impl IntoView {
    let (query, session) = (use_query(), use_session());
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(
        true,
        move || wanted.get(),
        move |wanted| async move { registry::fetch(register, &wanted).await },
    );
    let (editing, importing) = (RwSignal::new(false), RwSignal::new(false));
    let actions = move || {
        let import = session.may(Deed::Import).then(|| {
            view! { <Button icon=Icon::Import on_press=move |()| importing.set(true)>"Import"</Button> }
        });
        let new = session.may(Deed::EditCmdb).then(|| {
            view! {
                <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=move |()| editing.set(true)>
                    {format!("New {}", register.one())}
                </Button>
            }
        });
        view! { {import} {new} }
    };
    let navigate = use_navigate();
    let saved = Callback::new(move |saved: RecordDetail| {
        let at = RecordRef {
            register,
            key: saved.record.key,
        };
        navigate(&paths::record(&at), leptos_router::NavigateOptions::default());
    });
    view! {
        <Page title=register.label() actions=actions>
            <div class="ui-stack">
                {kinds(register)}
                <Filters register=register query=query />
                {show(list, "the register", || skeleton_table(10), move |page| rows(register, page, list, wanted))}
            </div>
            <RecordEditor register=register record=Signal::derive(|| None) open=editing on_saved=saved />
            <ImportDialog register=register open=importing on_done=move |()| list.reload() />
        </Page>
    }
}

/// The five registers, as tabs.
fn kinds(now: RegisterKind) -> impl IntoView {
    let tabs = Signal::derive(move || {
        let tab = |kind: RegisterKind| TabLink {
            href: paths::register(kind),
            label: kind.label().to_owned(),
            count: None,
            current: kind == now,
        };
        RegisterKind::ALL.into_iter().map(tab).collect()
    });
    view! { <TabLinks label="Registers" tabs=tabs /> }
}

fn wanted(query: QueryState) -> RegisterQuery {
    query.now.with(|query| RegisterQuery {
        q: query.get("q").map(str::to_owned),
        status: query.get("status").map(str::to_owned),
        deleted: query.get("deleted").map(|word| word == "true"),
        limit: Some(ROWS),
        after: None,
    })
}

#[component]
fn Filters(register: RegisterKind, query: QueryState) -> impl IntoView {
    let text = query.typed("q");
    let status = RwSignal::new(String::new());
    let deleted = RwSignal::new(String::new());
    // The address is the truth; the controls follow it.
    Effect::new(move |_| {
        status.set(query.get("status"));
        deleted.set(query.get("deleted"));
    });
    let set =
        move |name: &'static str, value: &str| query.set(query.now.get_untracked().with(name, value.trim()));
    let status_field = match register {
        RegisterKind::Purchases => {
            let options = [("", "Open and closed"), ("open", "Open"), ("closed", "Closed")];
            let options: Vec<(String, String)> = options
                .into_iter()
                .map(|(value, label)| (value.to_owned(), label.to_owned()))
                .collect();
            Some(
                view! {
                    <SelectField label="Request" value=status options=options on_change=move |v: String| set("status", &v) />
                }
                .into_any(),
            )
        }
        RegisterKind::Media => None,
        _ => Some(
            view! { <TextField label="Status" value=status on_change=move |v: String| set("status", &v) /> }
                .into_any(),
        ),
    };
    let there: Vec<(String, String)> = [("", "In the register"), ("true", "Deleted")]
        .into_iter()
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .collect();
    view! {
        <search class="part-filters" aria-label="Filter the list">
            <TextField label="Search" kind="search" value=text />
            {status_field}
            <SelectField label="Show" value=deleted options=there on_change=move |v: String| set("deleted", &v) />
        </search>
    }
}

/// The head of the column that tells records of this register apart.
fn detail_label(register: RegisterKind) -> Option<&'static str> {
    match register {
        RegisterKind::Changes => Some("Risk"),
        RegisterKind::Purchases => Some("Project"),
        RegisterKind::Media => Some("Version"),
        RegisterKind::Problems | RegisterKind::Knowledge => None,
    }
}

fn rows(
    register: RegisterKind,
    page: Rows<RecordSummary>,
    list: Remote<Rows<RecordSummary>>,
    wanted: Memo<RegisterQuery>,
) -> AnyView {
    if page.total == 0 {
        return nothing(register, wanted);
    }
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after| {
        let query = RegisterQuery {
            after: Some(after),
            ..wanted.get_untracked()
        };
        async move { registry::fetch(register, &query).await }
    };
    let shown = more::count(items);
    let caption = Signal::derive(move || match shown.get() {
        all if all >= total => words::many(total, register.one(), register.many()),
        some => format!("{} {}", words::of(some, total), register.many()),
    });
    let has_status = register != RegisterKind::Media;
    let changes = register == RegisterKind::Changes;
    let detail = detail_label(register);
    let row = move |item: RecordSummary| {
        let at = RecordRef {
            register,
            key: item.key.clone(),
        };
        let status = registry::status_badge(register, &item.status);
        view! {
            <tr>
                <th scope="row">
                    <a data-row="" href=paths::record(&at)>{item.title}</a>
                </th>
                <td class="key">{item.key.to_string()}</td>
                {has_status.then(|| view! { <td>{status}</td> })}
                {detail.map(|label| view! { <td data-label=label.to_lowercase()>{item.detail}</td> })}
                {changes.then(|| view! { <td class="number" data-label="CIs">{words::count(item.cis)}</td> })}
                <td class="time"><Moment at=item.updated ago=true /></td>
            </tr>
        }
    };
    let title = register.fields().first().map_or("Title", |spec| spec.label);
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">{title}</th>
                    <th scope="col">"Key"</th>
                    {has_status.then(|| view! { <th scope="col">"Status"</th> })}
                    {detail.map(|label| view! { <th scope="col">{label}</th> })}
                    {changes.then(|| view! { <th scope="col" class="number">"CIs"</th> })}
                    <th scope="col">"Changed"</th>
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

fn nothing(register: RegisterKind, wanted: Memo<RegisterQuery>) -> AnyView {
    let filtered = wanted.with_untracked(|w| w.q.is_some() || w.status.is_some() || w.deleted == Some(true));
    if filtered {
        let all = view! { <LinkButton href=paths::register(register)>{format!("Show all {}", register.many())}</LinkButton> };
        return state_view(
            StateKind::NoMatch,
            "Nothing matches",
            "All words must occur in the key, the title or the status.",
            Some(all.into_any()),
        );
    }
    let text = match register {
        RegisterKind::Changes => {
            "Changes say which CIs they change and how to back out. A release that links a change takes its CIs into scope and follows it while it is a draft."
        }
        RegisterKind::Problems => "Known causes of incidents that releases solve or work around.",
        RegisterKind::Knowledge => "Articles that whoever carries out a release may have to look up.",
        RegisterKind::Purchases => {
            "What is bought for releases. A release goes on from execution once its purchases are closed."
        }
        RegisterKind::Media => {
            "What releases install from, with its digest, so that everybody installs the same."
        }
    };
    let title = format!("No {} yet", register.many());
    state_view(StateKind::Empty, &title, text, None)
}
