//! The journal of a release: facts, newest first, with what was and what became of it.

use domain::ReleaseNumber;
use domain::release::Value;
use domain::sync::{Category, JournalEntry};
use domain::wire::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::people::{People, use_people};
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::paths::Query;
use crate::state::{remote, use_release, use_toasts};
use crate::ui::{Badge, Button, Moment, StateKind, Tone, show, skeleton_lines, state_view};
use crate::words;

/// Rows in a page.
const PAGE: &str = "50";

async fn load(number: ReleaseNumber, after: String) -> Result<Page<JournalEntry>, ApiError> {
    let query = Query::default().with("limit", PAGE).with("after", &after);
    http::get(&query.on(&format!("/api/v1/releases/{number}/journal"))).await
}

/// The journal of the open release.
#[component]
pub fn Journal() -> impl IntoView {
    let (open, sync) = (use_release(), use_sync());
    let number = Memo::new(move |_| open.number());
    let updated = Memo::new(move |_| open.with(|release| release.updated.ver));
    let entries = remote(
        true,
        move || {
            sync.pokes.track();
            updated.track();
            number.get()
        },
        |number: Option<ReleaseNumber>| async move {
            match number {
                Some(number) => load(number, String::new()).await,
                None => Ok(Page {
                    items: Vec::new(),
                    next: None,
                    total: 0,
                }),
            }
        },
    );
    show(
        entries,
        "the history",
        || skeleton_lines(8),
        move |page| match number.get_untracked() {
            Some(number) if page.total > 0 => view! { <Entries number=number first=page /> }.into_any(),
            _ => state_view(
                StateKind::Empty,
                "Nothing is stored yet",
                "Each stored change becomes an entry: who, when, what it was before and after.",
                None,
            ),
        },
    )
}

#[component]
fn Entries(number: ReleaseNumber, first: Page<JournalEntry>) -> impl IntoView {
    let (people, toasts) = (use_people(), use_toasts());
    let total = first.total;
    let next = RwSignal::new(first.next);
    let list = RwSignal::new(first.items);
    let busy = RwSignal::new(false);
    let more = move |()| {
        let Some(after) = next.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match load(number, after).await {
                Ok(page) => {
                    list.update(|list| list.extend(page.items));
                    next.set(page.next);
                }
                Err(error) => toasts.fail(error.message()),
            }
            busy.set(false);
        });
    };
    view! {
        <p class="soft meta">{move || words::of(list.with(Vec::len) as u64, total)} " entries, newest first"</p>
        <ol class="part-journal">
            <For each=move || list.get() key=|entry| entry.rev children=move |entry| entry_view(entry, people) />
        </ol>
        {move || next.with(Option::is_some).then(|| view! { <Button busy=busy on_press=more>"Show older entries"</Button> })}
    }
}

fn entry_view(entry: JournalEntry, people: People) -> AnyView {
    let (tone, word) = match entry.category {
        Category::Creation => (Tone::Success, "creation"),
        Category::Edit => (Tone::Neutral, "record"),
        Category::Plan => (Tone::Info, "plan"),
        Category::Scope => (Tone::Neutral, "scope"),
        Category::Link => (Tone::Neutral, "link"),
        Category::Workflow => (Tone::Success, "workflow"),
        Category::Conflict => (Tone::Warning, "conflict"),
        _ => (Tone::Info, "execution"),
    };
    let changed = says_more(&entry);
    let (before, after) = (entry.before.clone(), entry.after.clone());
    let long = |value: &Value| value.as_text().chars().count() > 80 || value.as_text().contains('\n');
    let block = long(&before) || long(&after);
    view! {
        <li>
            <div class="line">
                <Moment at=entry.at ago=true />
                <Badge tone=tone text=word />
                <span><b>{entry.by_name.clone()}</b> " " {entry.text.clone()}</span>
            </div>
            {changed
                .then(|| {
                    view! {
                        <div class="change" data-block=block.then_some("")>
                            <del><span class="sr-only">"before: "</span>{move || readable(&before, people)}</del>
                            <span aria-hidden="true">"→"</span>
                            <ins><span class="sr-only">"after: "</span>{move || readable(&after, people)}</ins>
                        </div>
                    }
                })}
        </li>
    }
    .into_any()
}

/// Whether before and after say something that the sentence does not. Places in the plan are keys nobody reads.
fn says_more(entry: &JournalEntry) -> bool {
    let said = |value: &Value| *value == Value::Empty || entry.text.contains(value.as_text());
    let moved = entry.text.starts_with("moved ");
    let alone = entry.before == Value::Empty && said(&entry.after)
        || entry.after == Value::Empty && said(&entry.before);
    entry.before != entry.after && !moved && (!alone || entry.category == Category::Edit)
}

/// Values in the journal do not say of which kind they are: identities and times are recognised by their form.
fn readable(value: &Value, people: People) -> String {
    if *value == Value::Empty {
        return "nothing".into();
    }
    if let Some(time) = value.as_time() {
        return crate::client::clock::local(time);
    }
    let text = value.as_text();
    // A content hash: its beginning is what people compare.
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return format!("content {}", &text[..12]);
    }
    if text.len() == 26 {
        if let Some(person) = text.parse().ok().and_then(|id| people.person(id)) {
            return person.name;
        }
        if let Some(group) = text.parse().ok().and_then(|id| people.group_name(id)) {
            return group;
        }
    }
    value.to_string()
}
