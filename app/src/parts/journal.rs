//! The journal of a release: facts, newest first, with what was and what became of it.

use std::collections::BTreeSet;

use domain::ReleaseNumber;
use domain::release::{NoteBody, Value};
use domain::sync::{Category, JournalEntry};
use domain::wire::Page;
use domain::wire::admin::CategoryKind;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::people::{People, use_people};
use crate::client::http::{self, ApiError};
use crate::client::sync::use_sync;
use crate::paths::Query;
use crate::state::{remote, use_directory, use_query, use_release, use_toasts};
use crate::ui::{Badge, Button, For, Moment, StateKind, Tone, show, skeleton_lines, state_view};
use crate::words;

/// Rows in a page.
const PAGE: &str = "50";

/// What the journal can be narrowed down to: (value in the address, words).
const KINDS: [(&str, &str); 12] = [
    ("", "Everything"),
    ("note", "Written by people"),
    ("edit", "Record"),
    ("plan", "Plan"),
    ("scope", "Scope"),
    ("link", "Links"),
    ("workflow", "Workflow"),
    ("execution", "Execution"),
    ("document", "Documents"),
    ("checklist", "Checklists"),
    ("conflict", "Conflicts"),
    ("baseline", "Baselines"),
];

/// What is asked for: kinds of the address are categories; `note:` before a word asks for entries of that word.
fn asked(kind: &str) -> Query {
    match kind.strip_prefix("note:") {
        Some(word) => Query::default().with("note", word),
        None => Query::default().with("category", kind),
    }
}

async fn load(number: ReleaseNumber, kind: &str, after: String) -> Result<Page<JournalEntry>, ApiError> {
    let query = asked(kind).with("limit", PAGE).with("after", &after);
    http::get(&query.on(&format!("/api/v1/releases/{number}/journal"))).await
}

/// The journal of the open release.
#[component]
pub fn Journal() -> impl IntoView {
    let (open, sync, query) = (use_release(), use_sync(), use_query());
    let number = Memo::new(move |_| open.number());
    let updated = Memo::new(move |_| open.with(|release| release.updated.ver));
    let kind = Memo::new(move |_| query.get("kind"));
    let entries = remote(
        true,
        move || {
            sync.pokes.track();
            updated.track();
            (number.get(), kind.get())
        },
        |(number, kind): (Option<ReleaseNumber>, String)| async move {
            match number {
                Some(number) => load(number, &kind, String::new()).await,
                None => Ok(Page {
                    items: Vec::new(),
                    next: None,
                    total: 0,
                }),
            }
        },
    );
    let shown = show(
        entries,
        "the history",
        || skeleton_lines(8),
        move |page| match number.get_untracked() {
            Some(number) if page.total > 0 => view! { <Entries number=number first=page /> }.into_any(),
            _ if !kind.get_untracked().is_empty() => state_view(
                StateKind::NoMatch,
                "No such entry",
                "Nothing of this kind has happened yet.",
                None,
            ),
            _ => state_view(
                StateKind::Empty,
                "Nothing is stored yet",
                "Each stored change becomes an entry: who, when, what it was before and after.",
                None,
            ),
        },
    );
    view! {
        <Filter kind=kind />
        {shown}
    }
}

/// Which entries are shown; stands in the address.
#[component]
fn Filter(kind: Memo<String>) -> impl IntoView {
    let query = use_query();
    let option = move |value: String, label: String| {
        let mine = value.clone();
        view! { <option value=value prop:selected=move || kind.with(|kind| *kind == mine)>{label}</option> }
    };
    let directory = use_directory();
    // Those of the register come later than the page, and one in the address may have been retired meanwhile.
    let words = Memo::new(move |_| {
        let built_in = NoteBody::CATEGORIES.iter().copied().chain(["Restoration"]);
        let mut words: Vec<String> = built_in.map(str::to_owned).collect();
        directory.value.with(|known| {
            let all = known.iter().flat_map(|known| &known.categories);
            let own = all.filter(|one| one.value.kind == CategoryKind::JournalCategory);
            words.extend(own.map(|one| one.value.name.clone()));
        });
        words.extend(kind.with(|kind| kind.strip_prefix("note:").map(str::to_owned)));
        let mut seen = BTreeSet::new();
        words.retain(|word| seen.insert(word.clone()));
        words
    });
    view! {
        <div class="part-journal-filter">
            <label for="journal-kind">"Show"</label>
            <select
                id="journal-kind"
                class="ui-input"
                on:change=move |ev| {
                    query.set(query.now.get_untracked().with("kind", &event_target_value(&ev)));
                }
            >
                {KINDS.into_iter().map(|(value, label)| option(value.to_owned(), label.to_owned())).collect_view()}
                <optgroup label="Written by people, of the category">
                    <For each=move || words.get() key=Clone::clone children=move |word| option(format!("note:{word}"), word) />
                </optgroup>
            </select>
        </div>
    }
}

#[component]
fn Entries(number: ReleaseNumber, first: Page<JournalEntry>) -> impl IntoView {
    let (people, toasts, query) = (use_people(), use_toasts(), use_query());
    let total = first.total;
    let next = RwSignal::new(first.next);
    let list = RwSignal::new(first.items);
    let busy = RwSignal::new(false);
    let more = move |()| {
        let Some(after) = next.get_untracked() else { return };
        let kind = untrack(|| query.get("kind"));
        busy.set(true);
        spawn_local(async move {
            match load(number, &kind, after).await {
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

/// The word and tone of a category.
#[must_use]
pub fn category_words(category: Category) -> (Tone, &'static str) {
    match category {
        Category::Creation => (Tone::Success, "creation"),
        Category::Edit => (Tone::Neutral, "record"),
        Category::Plan => (Tone::Info, "plan"),
        Category::Scope => (Tone::Neutral, "scope"),
        Category::Link => (Tone::Neutral, "link"),
        Category::Workflow => (Tone::Success, "workflow"),
        Category::Conflict => (Tone::Warning, "conflict"),
        Category::Note => (Tone::Neutral, "entry"),
        Category::Document => (Tone::Info, "document"),
        Category::Checklist => (Tone::Info, "checklist"),
        Category::Baseline => (Tone::Success, "baseline"),
        _ => (Tone::Info, "execution"),
    }
}

fn entry_view(entry: JournalEntry, people: People) -> AnyView {
    let (tone, word) = category_words(entry.category);
    let changed = says_more(&entry);
    let (before, after) = (entry.before.clone(), entry.after.clone());
    let long = |value: &Value| value.as_text().chars().count() > 80 || value.as_text().contains('\n');
    let block = long(&before) || long(&after);
    let badge = entry
        .note
        .as_ref()
        .map_or_else(|| word.to_owned(), |note| note.category.clone());
    let written = entry.note.is_some().then_some(": ");
    let told = entry.note.as_ref().map(note_view);
    let whole = RwSignal::new(false);
    let full = entry.clone();
    view! {
        <li>
            <div class="line">
                <Moment at=entry.at ago=true />
                <Badge tone=tone text=badge />
                <span class="what"><b>{entry.by_name.clone()}</b> {written} " " {entry.text.clone()}</span>
                <button
                    type="button"
                    class="link"
                    aria-expanded=move || if whole.get() { "true" } else { "false" }
                    on:click=move |_| whole.update(|whole| *whole = !*whole)
                >
                    {move || if whole.get() { "Less" } else { "All about it" }}
                    <span class="sr-only">{format!(", revision {}", entry.rev)}</span>
                </button>
            </div>
            {told}
            {move || {
                (changed && !whole.get())
                    .then(|| {
                        let (before, after) = (before.clone(), after.clone());
                        view! {
                            <div class="change" data-block=block.then_some("")>
                                <del><span class="sr-only">"before: "</span>{move || readable(&before, people)}</del>
                                <span aria-hidden="true">"→"</span>
                                <ins><span class="sr-only">"after: "</span>{move || readable(&after, people)}</ins>
                            </div>
                        }
                    })
            }}
            {move || whole.get().then(|| whole_view(&full, people))}
        </li>
    }
    .into_any()
}

/// What somebody wrote, beyond its line.
fn note_view(note: &NoteBody) -> AnyView {
    let minutes = (note.minutes > 0).then(|| words::minutes(u64::from(note.minutes)));
    let facts: Vec<String> = [
        (!note.source.is_empty()).then(|| format!("by {}", note.source.to_lowercase())),
        minutes.map(|minutes| format!("{minutes} spent")),
        (!note.contact.is_empty()).then(|| format!("contact: {}", note.contact)),
        note.stage.map(|stage| format!("about {}", stage.as_str())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let text = note.text.clone();
    view! {
        <div class="told">
            {(!text.is_empty()).then(|| view! { <p class="text">{text}</p> })}
            {(!facts.is_empty()).then(|| view! { <p class="soft meta">{facts.join(" · ")}</p> })}
        </div>
    }
    .into_any()
}

/// Everything that is kept about an entry.
fn whole_view(entry: &JournalEntry, people: People) -> AnyView {
    let (before, after) = (entry.before.clone(), entry.after.clone());
    let made = entry.made;
    view! {
        <dl class="ui-facts whole">
            <dt>"Before"</dt>
            <dd class="value">{move || readable(&before, people)}</dd>
            <dt>"After"</dt>
            <dd class="value">{move || readable(&after, people)}</dd>
            <dt>"Stored"</dt>
            <dd><Moment at=entry.at ago=false /></dd>
            <dt>"By the device"</dt>
            <dd><Moment at=made ago=false /></dd>
            <dt>"Revision"</dt>
            <dd class="mono">{entry.rev.to_string()}</dd>
            <dt>"Op"</dt>
            <dd class="mono">{entry.op.to_string()}</dd>
        </dl>
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
#[must_use]
pub fn readable(value: &Value, people: People) -> String {
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
