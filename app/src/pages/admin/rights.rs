//! The matrix of rights: what each group may do with releases of which type. Nothing counts until it was looked at
//! and saved, and then it can be undone.

mod grid;

pub use grid::word;

use std::collections::BTreeMap;

use domain::GroupId;
use domain::wire::admin::{RightChange, RightChanges, RightsMatrix, RightsRow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::form::Form;
use super::frame::AdminPage;
use super::names::Names;
use super::register::text;
use super::words as values;
use crate::client::http::{self, ApiError};
use crate::grants::{Rights, changes};
use crate::paths::Query;
use crate::state::toasts::Toasts;
use crate::state::{Remote, offline, remote, use_connection, use_query, use_toasts};
use crate::ui::{
    Button, ButtonKind, Icon, LinkButton, SelectField, StateKind, icon, show, skeleton_table, state_view,
};
use crate::words;

const ROUTE: &str = "/api/v1/admin/rights";

/// Rights of groups that were changed here and are not saved.
type Pending = RwSignal<BTreeMap<GroupId, Rights>>;

/// The page.
#[component]
pub fn RightsPage() -> impl IntoView {
    let matrix = remote(true, || (), |()| async { http::get::<RightsMatrix>(ROUTE).await });
    let pending: Pending = RwSignal::new(BTreeMap::new());
    let guard = window_event_listener(leptos::ev::beforeunload, move |ev| {
        if pending.try_with_untracked(|pending| !pending.is_empty()) == Some(true) {
            ev.prevent_default();
        }
    });
    on_cleanup(move || guard.remove());
    view! {
        <AdminPage title="Rights">
            <p class="soft page-admin-about">
                "What the members of a group may do with releases, by type. Whoever belongs to several groups may do what any of them may."
            </p>
            {show(matrix, "the rights", || skeleton_table(14), move |found| of_groups(matrix, &found, pending))}
        </AdminPage>
    }
}

fn of_groups(matrix: Remote<RightsMatrix>, found: &RightsMatrix, pending: Pending) -> AnyView {
    if found.rows.is_empty() {
        let add = view! { <LinkButton href="/admin/groups/new" icon=Icon::Plus>"Add a group"</LinkButton> };
        return state_view(
            StateKind::Empty,
            "There are no groups yet",
            "Rights are given to groups, and people get them by belonging to one.",
            Some(add.into_any()),
        );
    }
    let query = use_query();
    let first = found
        .rows
        .first()
        .map(|row| row.group.to_string())
        .unwrap_or_default();
    let rows = StoredValue::new(found.rows.clone());
    let types = StoredValue::new(found.types.clone());
    let wanted = Memo::new(move |_| {
        let wanted = query.get("group");
        let there = rows.with_value(|rows| rows.iter().any(|row| row.group.to_string() == wanted));
        if there { wanted } else { first.clone() }
    });
    let chosen = RwSignal::new(wanted.get_untracked());
    Effect::new(move |_| chosen.set(wanted.get()));
    let options = Signal::derive(move || {
        let edited = move |row: &RightsRow| pending.with(|pending| pending.contains_key(&row.group));
        rows.with_value(|rows| {
            let option = |row: &RightsRow| {
                let mark = if edited(row) { " · changed" } else { "" };
                (row.group.to_string(), format!("{}{mark}", row.name))
            };
            rows.iter().map(option).collect::<Vec<_>>()
        })
    });
    let choose = move |group: String| query.set(query.now.get_untracked().with("group", &group));
    let table = move || {
        let row = rows.with_value(|rows| {
            rows.iter()
                .find(|row| row.group.to_string() == wanted.get())
                .cloned()
        });
        row.map(|row| view! { <grid::Grid row=row types=types.get_value() pending=pending /> })
    };
    view! {
        <div class="page-admin-filters">
            <SelectField label="Group" value=chosen options=options on_change=choose />
        </div>
        {table}
        <Preview matrix=matrix rows=rows pending=pending />
    }
    .into_any()
}

/// What differs from what counts now, group by group.
fn differences(rows: &[RightsRow], pending: &BTreeMap<GroupId, Rights>) -> Vec<(RightsRow, RightChange)> {
    let difference = |row: &RightsRow| {
        let rights = changes(&row.rights, pending.get(&row.group)?);
        let change = RightChange {
            group: row.group,
            version: row.version,
            rights,
        };
        (!change.rights.is_empty()).then(|| (row.clone(), change))
    };
    rows.iter().filter_map(difference).collect()
}

/// What will be different, in words, and the button that does it.
#[component]
fn Preview(
    matrix: Remote<RightsMatrix>,
    rows: StoredValue<Vec<RightsRow>>,
    pending: Pending,
) -> impl IntoView {
    let names = Names::load(std::iter::empty());
    let (toasts, connection) = (use_toasts(), use_connection());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let all = Memo::new(move |_| {
        let found = rows.with_value(|rows| pending.with(|pending| differences(rows, pending)));
        found
            .into_iter()
            .map(|(row, change)| Difference { row, change })
            .collect::<Vec<_>>()
    });
    let blocked = offline();
    let save = move |()| {
        let all = all.get_untracked();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let _saving = connection.saving();
            let answer = send(all.iter().map(|it| it.change.clone()).collect()).await;
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    pending.set(BTreeMap::new());
                    say_saved(&all, &now, matrix, toasts);
                    matrix.put(now);
                }
                Err(error) => {
                    if error.status() == Some(409) {
                        matrix.reload();
                    }
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let trouble = move || {
        failed.get().map(|error| {
            let text = if error.status() == Some(409) {
                "Somebody changed one of these groups meanwhile. The table shows what counts now, with your changes on it: look again, and save.".to_owned()
            } else {
                format!("Not saved. {}", error.message())
            };
            view! { <div class="ui-bar" data-tone="danger" role="alert">{icon(Icon::Warning)} <span>{text}</span></div> }
        })
    };
    let discard = move |()| pending.set(BTreeMap::new());
    let list = move || {
        let all = all.get();
        (!all.is_empty()).then(|| {
            let count: usize = all.iter().map(|it| it.change.rights.len()).sum();
            let items = all.iter().map(|it| difference(it, names)).collect_view();
            view! {
                <section class="page-admin-save" aria-label="What will change">
                    <h2>{words::many(count as u64, "change", "changes")} ", not saved yet"</h2>
                    <ul class="page-admin-changes">{items}</ul>
                    <div class="ui-actions">
                        <Button on_press=discard>"Discard"</Button>
                        <Button kind=ButtonKind::Primary busy=busy blocked=blocked on_press=save>"Save"</Button>
                    </div>
                </section>
            }
        })
    };
    view! {
        {trouble}
        {list}
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Difference {
    row: RightsRow,
    change: RightChange,
}

fn difference(it: &Difference, names: Names) -> AnyView {
    let types = move |types: Option<&domain::access::Types>| match types {
        None => "no type".to_owned(),
        Some(domain::access::Types::All) => "all types".to_owned(),
        Some(domain::access::Types::Only(types)) => {
            let types = types.iter().map(|key| names.release_type(key.as_str()));
            types.collect::<Vec<_>>().join(", ")
        }
    };
    let line = |(right, after): (&domain::access::Right, &Option<domain::access::Types>)| {
        let before = types(it.row.rights.get(right));
        let after = types(after.as_ref());
        view! {
            <li>
                <strong>{word(*right)}</strong>
                ": "
                <del>{before}</del>
                <span aria-hidden="true">" → "</span>
                <span class="sr-only">" becomes "</span>
                <ins>{after}</ins>
            </li>
        }
    };
    let lines = it.change.rights.iter().map(line).collect_view();
    view! {
        <li>
            {it.row.name.clone()}
            <ul>{lines}</ul>
        </li>
    }
    .into_any()
}

async fn send(changes: Vec<RightChange>) -> Result<RightsMatrix, ApiError> {
    http::patch(ROUTE, &RightChanges { changes }).await
}

/// Says so, and offers the way back.
fn say_saved(all: &[Difference], now: &RightsMatrix, matrix: Remote<RightsMatrix>, toasts: Toasts) {
    let back: Vec<RightChange> = all
        .iter()
        .filter_map(|it| {
            let row = now.rows.iter().find(|row| row.group == it.row.group)?;
            Some(RightChange {
                group: row.group,
                version: row.version,
                rights: changes(&row.rights, &it.row.rights),
            })
        })
        .collect();
    let undo = Callback::new(move |()| {
        let back = back.clone();
        spawn_local(async move {
            match send(back).await {
                Ok(now) => {
                    if matrix.value.try_get_untracked().is_some() {
                        matrix.put(now);
                    }
                    toasts.say("The rights are as they were before");
                }
                Err(error) => toasts.fail(format!("The rights were not put back. {}", error.message())),
            }
        });
    });
    let names: Vec<&str> = all.iter().map(|it| it.row.name.as_str()).collect();
    toasts.undoable(format!("Saved the rights of {}", names.join(", ")), undo);
}

/// Beside the form of a group: the way to its rights.
pub fn aside(form: Form, _: Names) -> AnyView {
    if form.is_new() {
        return ().into_any();
    }
    let record = form.base.get_untracked();
    let href = Query::default().with("group", &record.id).on("/admin/rights");
    let name = text(&record.fields, "name");
    view! {
        <section class="ui-panel">
            <h2>"What its members may do"</h2>
            <div class="ui-stack">
                <p class="soft">{format!("Rights over releases, by type, are given to {name} in the matrix.")}</p>
                <div class="ui-actions page-admin-start">
                    <LinkButton href=href icon=Icon::Check>"Rights of this group"</LinkButton>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// The rights of a group in its form: in words, they are given in the matrix.
pub fn in_words(value: RwSignal<Value>, names: Names) -> AnyView {
    let text = move || {
        let text = value.with(|value| values::by_kind(super::register::Kind::Rights, value, names));
        if text.is_empty() { "none".to_owned() } else { text }
    };
    view! {
        <div class="ui-field">
            <span class="page-admin-label">"Rights"</span>
            <p class="page-admin-shown">{text}</p>
        </div>
    }
    .into_any()
}
