//! Who changed what in the registers, newest first, with what was there before and afterwards.

use domain::grow::{Arrange, Grow};
use std::collections::BTreeSet;

use domain::wire::Page as Rows;
use domain::wire::admin::{AuditDeed, AuditEntry};
use leptos::prelude::*;
use serde_json::Value;

use super::frame::AdminPage;
use super::list::{clear_button, search_field};
use super::names::{Names, Source};
use super::register::Register;
use super::{registers, words as values};
use crate::client::http;
use crate::fields::same;
use crate::parts::more::{self, ROWS};
use crate::paths::Query;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_query};
use crate::ui::{FilterChip, For, Moment, SelectField, StateKind, show, skeleton_lines, state_view};
use crate::words;

const FILTERS: &[&str] = &["register", "record", "by", "q"];

/// Registers that are kept elsewhere than on these pages, and what people call them.
const OTHERS: [(&str, &str); 4] = [
    ("tokens", "Tokens"),
    ("webhooks", "Webhooks"),
    ("mails", "Mails"),
    ("views", "Saved views"),
];

async fn fetch(query: Query) -> Result<Rows<AuditEntry>, http::ApiError> {
    http::get(&query.on("/api/v1/admin/audit")).await
}

/// The page.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query();
    let names = Names::load([Source::People, Source::Units].into_iter());
    let wanted = Memo::new(move |_| wanted(query));
    let list = remote(true, move || wanted.get(), fetch);
    view! {
        <AdminPage title="Audit">
            <p class="soft page-admin-about">
                "Every change of a register, who made it, and how it was before. Rows are only ever added; changes of releases are in the history of each release."
            </p>
            <Filters query=query names=names />
            {show(list, "the audit", || skeleton_lines(12), move |page| entries(page, list, wanted, names))}
        </AdminPage>
    }
}

fn wanted(query: QueryState) -> Query {
    query.now.with(|query| {
        let taken = FILTERS.iter().fold(Query::default(), |wanted, name| {
            wanted.with(name, query.get(name).unwrap_or_default())
        });
        taken.with("limit", &ROWS.to_string())
    })
}

/// What people call a register.
fn title(name: &str) -> String {
    let other = || {
        OTHERS
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, title)| title)
    };
    let title = registers::find(name)
        .map(|register| register.title)
        .or_else(other);
    title.map_or_else(|| words::plain(name), str::to_owned)
}

#[component]
fn Filters(query: QueryState, names: Names) -> impl IntoView {
    let register = RwSignal::new(String::new());
    let by = RwSignal::new(String::new());
    // The address is the truth; the controls follow it.
    Effect::new(move |_| {
        register.set(query.get("register"));
        by.set(query.get("by"));
    });
    let set = move |name: &'static str, value: &str| {
        let next = query.now.get_untracked().with(name, value);
        query.set(if name == "register" {
            next.with("record", "")
        } else {
            next
        });
    };
    let mut titles: Vec<(String, String)> = registers::ALL
        .into_iter()
        .map(|register| register.name)
        .chain(OTHERS.into_iter().map(|(name, _)| name))
        .map(|name| (name.to_owned(), title(name)))
        .collect();
    titles.arrange_by(|a, b| a.1.cmp(&b.1));
    titles.insert(0, (String::new(), "All registers".to_owned()));
    let people = Signal::derive(move || {
        let fixed = [(String::new(), "Anybody"), ("cli".to_owned(), "The command line")];
        let fixed = fixed.into_iter().map(|(key, label)| (key, label.to_owned()));
        let people = names
            .all(Source::People)
            .into_iter()
            .map(|known| (known.id, known.name));
        fixed.chain(people).collect::<Vec<_>>()
    });
    let record = move || {
        let record = query.get("record");
        (!record.is_empty()).then(|| {
            let remove = Callback::new(move |()| query.set(query.now.get_untracked().with("record", "")));
            view! { <div class="ui-chips"><FilterChip name="only" value="one record" on_remove=remove /></div> }
        })
    };
    view! {
        <search class="page-admin-filters" aria-label="Filter the audit">
            {search_field(query, "q", "Search")}
            <SelectField
                label="Register"
                value=register
                options=titles
                on_change=move |v: String| set("register", &v)
            />
            <SelectField label="By" value=by options=people on_change=move |v: String| set("by", &v) />
        </search>
        {record}
    }
}

fn entries(
    page: Rows<AuditEntry>,
    list: Remote<Rows<AuditEntry>>,
    wanted: Memo<Query>,
    names: Names,
) -> AnyView {
    if page.total == 0 {
        let filtered = wanted.with_untracked(|wanted| FILTERS.iter().any(|name| wanted.get(name).is_some()));
        let action = filtered.then(|| clear_button(use_query(), FILTERS));
        let text = "Whenever somebody changes a register, it is kept here with who, before and after.";
        return state_view(StateKind::NoMatch, "No change matches", text, action);
    }
    let total = page.total;
    let next = RwSignal::new(page.next);
    let items = RwSignal::new(page.items);
    let following = move |after: String| fetch(wanted.get_untracked().with("after", &after));
    let shown = more::count(items);
    view! {
        <p class="soft meta">{move || format!("{} changes", words::of(shown.get(), total))}</p>
        <ol class="page-admin-audit">
            <For each=move || items.get() key=|it| it.id.clone() let:entry>
                <Entry entry=entry names=names />
            </For>
        </ol>
        {more::more(next, items, list, total, following)}
    }
    .into_any()
}

fn deed(deed: AuditDeed) -> &'static str {
    match deed {
        AuditDeed::Created => "added",
        AuditDeed::Changed => "changed",
        AuditDeed::Retired => "retired",
        AuditDeed::Restored => "put back into use",
        AuditDeed::PasswordSet => "set the password of",
        AuditDeed::Revoked => "revoked",
        AuditDeed::Imported => "imported",
        AuditDeed::Deleted => "deleted",
        AuditDeed::SecretSet => "set a new secret of",
        AuditDeed::SentAgain => "sent again",
    }
}

#[component]
fn Entry(entry: AuditEntry, names: Names) -> impl IntoView {
    let register = registers::find(&entry.register);
    let place = title(&entry.register);
    let fields = [&entry.after, &entry.before]
        .into_iter()
        .flatten()
        .find_map(Value::as_object)
        .cloned();
    let (own, id) = (entry.label.clone(), entry.record.clone());
    // A record without a name of its own is called as its register calls it.
    let label = move || {
        let nameless = own.is_empty() || own == id;
        let called = register.zip(fields.as_ref()).filter(|_| nameless);
        let called = called.map(|(register, fields)| (register.label)(fields, names));
        called
            .filter(|called| !called.is_empty())
            .unwrap_or_else(|| if own.is_empty() { id.clone() } else { own.clone() })
    };
    let record = match register {
        Some(register) => view! { <a href=register.record_page(&entry.record)>{label}</a> }.into_any(),
        None => view! { <strong>{label}</strong> }.into_any(),
    };
    let differences = differences(&entry);
    let count = differences.len();
    let table = (count > 0).then(|| {
        let rows = differences
            .into_iter()
            .map(|(key, before, after)| row(register, key, before, after, names));
        view! {
            <details class="part-twin" open=count <= 3 && entry.deed == AuditDeed::Changed>
                <summary>{words::many(count as u64, "field", "fields")}</summary>
                <table class="part-diff">
                    <caption class="sr-only">"What was changed"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">"Was"</th>
                            <th scope="col">"Now"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </details>
        }
    });
    let by = if entry.by == "cli" {
        "The command line".to_owned()
    } else {
        entry.by
    };
    view! {
        <li class="ui-panel">
            <p>
                <strong>{by}</strong>
                " "
                {deed(entry.deed)}
                " "
                {record}
                <span class="soft">" in " {place}</span>
            </p>
            <p class="soft meta"><Moment at=entry.at ago=true /></p>
            {table}
        </li>
    }
}

/// Fields that differ, with what was there before and afterwards.
fn differences(entry: &AuditEntry) -> Vec<(String, Value, Value)> {
    let side = |side: &Option<Value>| {
        side.as_ref()
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (before, after) = (side(&entry.before), side(&entry.after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).grow();
    let known = keys
        .into_iter()
        .filter(|key| !matches!(key.as_str(), "id" | "version"));
    known
        .map(|key| {
            let value =
                |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
            (key.clone(), value(&before), value(&after))
        })
        .filter(|(_, before, after)| !same(before, after, false))
        .collect()
}

fn row(
    register: Option<&'static Register>,
    key: String,
    before: Value,
    after: Value,
    names: Names,
) -> impl IntoView {
    let label = values::field(register, &key);
    let side = move |key: &str, value: &Value, was: bool| {
        let text = values::of(register, key, value, names);
        match (text.is_empty(), was) {
            (true, _) => view! { <span class="soft">"nothing"</span> }.into_any(),
            (false, true) => view! { <del>{text}</del> }.into_any(),
            (false, false) => view! { <ins>{text}</ins> }.into_any(),
        }
    };
    let other = key.clone();
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td data-label="was">{move || side(&key, &before, true)}</td>
            <td data-label="now">{move || side(&other, &after, false)}</td>
        </tr>
    }
}
