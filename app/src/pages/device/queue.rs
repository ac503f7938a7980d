//! Everything of one's own that the server does not have, has refused or has changed: what, where, when, how safe it
//! is, and what can be done about it.

use domain::json;
use domain::release::ReleaseField;
use domain::sync::OpEnvelope;
use domain::sync::client::{Kept, Link};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::client::clock;
use crate::client::sync::{LeftText, use_sync};
use crate::parts::describe::{op_content, op_words, place_words};
use crate::parts::people::use_people;
use crate::parts::refused::{HaltBar, Told, ToldCard, key, use_told};
use crate::paths;
use crate::state::{use_session, use_toasts};
use crate::ui::{
    Badge, Button, ButtonKind, Confirm, For, Icon, LinkButton, Moment, Page, StateKind, TableFrame, Tone,
    state_view,
};
use crate::words;

/// An own change on its way.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    op: OpEnvelope,
    kept: Kept,
    taken_back: bool,
    /// Title of the release it belongs to.
    title: String,
    what: String,
}

/// The page.
#[component]
pub fn QueuePage() -> impl IntoView {
    let (sync, toasts) = (use_sync(), use_toasts());
    let export = move |()| {
        let text = untrack(|| {
            sync.read(|machine| {
                let export = json::to_value(&machine.export()?).ok()?;
                serde_json::to_string_pretty(&export).ok()
            })
        });
        if text.flatten().and_then(|text| save_file(&text)).is_none() {
            toasts.fail("There is nothing to export, or the browser did not let the page save a file.");
        }
    };
    let actions = move || {
        view! {
            <LinkButton href=paths::DEVICE>"This device"</LinkButton>
            <Button on_press=export>"Export to a file"</Button>
            <Button kind=ButtonKind::Primary icon=Icon::Retry on_press=move |()| sync.wake()>"Send now"</Button>
        }
    };
    let told = use_told();
    let waiting = use_waiting();
    let typed = Memo::new(move |_| sync.typed());
    let nothing = Memo::new(move |_| {
        told.with(Vec::is_empty) && waiting.with(Vec::is_empty) && typed.with(Vec::is_empty)
    });
    let of = move |wanted: fn(&Told) -> bool| {
        Signal::derive(move || {
            told.with(|told| {
                told.iter()
                    .filter(|told| wanted(told))
                    .cloned()
                    .collect::<Vec<_>>()
            })
        })
    };
    view! {
        <Page title="Your changes on this device" actions=actions>
            <div class="ui-stack">
                <Standing />
                <HaltBar />
                {move || {
                    (nothing.get() && sync.is_loaded())
                        .then(|| {
                            state_view(
                                StateKind::Empty,
                                "Everything is with the server",
                                "Changes appear here from the moment you make them until the server has them, and stay when it refuses one.",
                                None,
                            )
                        })
                }}
                <Cards title="Need you" list=of(|told| !told.is_refused() && told.open) />
                <Cards title="Refused" list=of(Told::is_refused) />
                <WaitingTable items=waiting />
                <TypedList typed=typed />
                <Cards title="For your information" list=of(|told| !told.is_refused() && !told.open) />
            </div>
        </Page>
    }
}

/// Own changes on their way, oldest first; tracks.
fn use_waiting() -> Memo<Vec<Item>> {
    let (sync, session) = (use_sync(), use_session());
    Memo::new(move |_| {
        let Some(me) = session.me() else {
            return Vec::new();
        };
        let items = sync.read(|machine| {
            let mut releases = std::collections::BTreeMap::new();
            let waiting = machine.waiting().into_iter();
            let item = |waiting: domain::sync::client::Waiting<'_>| {
                let id = waiting.op.release;
                let release = releases
                    .entry(id)
                    .or_insert_with(|| machine.shown(id, &me.actor).release)
                    .as_ref();
                Item {
                    op: waiting.op.clone(),
                    kept: waiting.kept,
                    taken_back: waiting.taken_back,
                    title: release.map_or_else(|| "a release".into(), |release| release.title().to_owned()),
                    what: op_words(&waiting.op.op, release),
                }
            };
            waiting.map(item).collect()
        });
        items.unwrap_or_default()
    })
}

/// The connection, in a sentence.
#[component]
fn Standing() -> impl IntoView {
    let sync = use_sync();
    let standing = Memo::new(move |_| sync.standing());
    let text = move || match standing.get().link {
        Link::Online { .. } => "The server answers. Changes are sent at once.".to_owned(),
        Link::Offline { since } => format!(
            "No answer from the server since {}. Your changes are kept on this device and sent as soon as it answers.",
            clock::local(since)
        ),
        Link::Unknown => "The server has not been asked yet.".to_owned(),
        _ => "Nothing is sent at the moment.".to_owned(),
    };
    let contact = move || {
        standing
            .get()
            .contact
            .map(|at| view! { " Last heard from it: " <Moment at=at ago=true /> "." })
    };
    view! { <p class="page-queue-standing" role="status">{text} {contact}</p> }
}

#[component]
fn Cards(title: &'static str, list: Signal<Vec<Told>>) -> impl IntoView {
    let count = Memo::new(move |_| list.with(Vec::len));
    view! {
        {move || {
            (count.get() > 0)
                .then(|| {
                    view! {
                        <section class="page-queue-cards" aria-label=title>
                            <h2>{title} " " <span class="soft">{count}</span></h2>
                            <For each=move || list.get() key=key children=|told| view! { <ToldCard told=told named=true /> } />
                        </section>
                    }
                })
        }}
    }
}

#[component]
fn WaitingTable(items: Memo<Vec<Item>>) -> impl IntoView {
    let sync = use_sync();
    let count = Memo::new(move |_| items.with(Vec::len));
    let chosen = RwSignal::new(None::<Item>);
    let asking = RwSignal::new(false);
    let text = Signal::derive(move || {
        chosen.with(|item| {
            item.as_ref().map_or_else(String::new, |item| {
                format!(
                    "“{}” in {} has not reached the server and will not. What was done in the same stroke goes with it.",
                    item.what, item.title
                )
            })
        })
    });
    let discard = move |()| {
        if let Some(item) = chosen.get_untracked() {
            sync.discard(vec![item.op.id]);
        }
    };
    let caption = Signal::derive(move || {
        let count = u64::try_from(count.get()).unwrap_or(u64::MAX);
        format!(
            "{} to send, oldest first",
            words::many(count, "change", "changes")
        )
    });
    view! {
        {move || {
            (count.get() > 0)
                .then(|| {
                    view! {
                        <section class="page-queue-waiting" aria-label="Waiting">
                            <h2>"Waiting"</h2>
                            <TableFrame caption=caption>
                                <thead>
                                    <tr>
                                        <th scope="col">"What"</th>
                                        <th scope="col">"Release"</th>
                                        <th scope="col">"When"</th>
                                        <th scope="col">"Where it is"</th>
                                        <th scope="col"><span class="sr-only">"Discard"</span></th>
                                    </tr>
                                </thead>
                                <tbody>
                                    <For
                                        each=move || items.get()
                                        key=|item| (item.op.id, item.kept as u8, item.taken_back)
                                        children=move |item| row(item, chosen, asking)
                                    />
                                </tbody>
                            </TableFrame>
                        </section>
                    }
                })
        }}
        <Confirm open=asking title="Discard this change?" text=text action="Discard it" danger=true on_confirm=Callback::new(discard) />
    }
}

/// Text that was left in fields; it goes on when its field is shown.
#[component]
fn TypedList(typed: Memo<Vec<LeftText>>) -> impl IntoView {
    let (sync, session) = (use_sync(), use_session());
    let line = move |left: LeftText| {
        let Some((id, at)) = left.at else {
            return new_release_line(&left.text);
        };
        let shown = untrack(|| session.me()).map(|me| untrack(|| sync.shown(id, &me.actor)));
        let release = shown.and_then(|shown| shown.release);
        let title = release
            .as_ref()
            .map_or_else(|| "a release".to_owned(), |release| release.title().to_owned());
        view! {
            <li>
                <a href=paths::release_by_id(id)>{title}</a>
                <span class="soft">{place_words(&at, release.as_ref())}</span>
                <span class="text">{left.text}</span>
            </li>
        }
        .into_any()
    };
    move || {
        (!typed.with(Vec::is_empty)).then(|| {
            view! {
                <section class="ui-panel" aria-label="Typed, not queued yet">
                    <h2>"Typed, not queued yet"</h2>
                    <p class="soft meta">"Open it: the text is in its field and is kept when you leave it."</p>
                    <ul class="part-list">{typed.get().into_iter().map(line).collect_view()}</ul>
                </section>
            }
        })
    }
}

/// The form for a new release, by the title it has so far.
fn new_release_line(text: &str) -> AnyView {
    let fields: std::collections::BTreeMap<ReleaseField, String> = json::from_str(text).unwrap_or_default();
    let title = fields.get(&ReleaseField::Title).cloned();
    view! {
        <li>
            <a href="/releases/new">"New release"</a>
            <span class="text">{title.unwrap_or_else(|| "without a title yet".to_owned())}</span>
        </li>
    }
    .into_any()
}

fn row(item: Item, chosen: RwSignal<Option<Item>>, asking: RwSignal<bool>) -> impl IntoView {
    let content = op_content(&item.op.op, use_people());
    let state = if item.taken_back {
        view! { <Badge text="Taken back" /> }.into_any()
    } else {
        kept_badge(item.kept)
    };
    let may_discard = !item.taken_back && item.kept != Kept::Sent;
    let (what, title, id, made) = (
        item.what.clone(),
        item.title.clone(),
        item.op.release,
        item.op.made.wall,
    );
    let ask = move |()| {
        chosen.set(Some(item.clone()));
        asking.set(true);
    };
    view! {
        <tr>
            <th scope="row">{what} {(!content.is_empty()).then(|| view! { <span class="second">{content}</span> })}</th>
            <td><a data-row="" href=paths::release_by_id(id)>{title}</a></td>
            <td class="time"><Moment at=made /></td>
            <td>{state}</td>
            <td>{may_discard.then(|| view! { <Button kind=ButtonKind::Quiet on_press=ask>"Discard"</Button> })}</td>
        </tr>
    }
}

fn kept_badge(kept: Kept) -> AnyView {
    match kept {
        Kept::Unsaved => view! { <Badge tone=Tone::Warning shape="○" text="Only in this tab" /> }.into_any(),
        Kept::Saved => view! { <Badge tone=Tone::Info shape="◐" text="Saved on this device" /> }.into_any(),
        Kept::Sent => view! { <Badge tone=Tone::Success shape="●" text="Synced" /> }.into_any(),
    }
}

/// Lets the browser save a text as a file; `None` where it will not.
pub fn save_file(text: &str) -> Option<()> {
    let parts = js_sys::Array::of1(&text.into());
    let blob = web_sys::Blob::new_with_str_sequence(&parts).ok()?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let link: web_sys::HtmlElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_attribute("href", &url).ok()?;
    let name = format!("slipway-{}.json", clock::to_input(clock::now()).replace(':', ""));
    link.set_attribute("download", &name).ok()?;
    link.click();
    let _ = web_sys::Url::revoke_object_url(&url);
    Some(())
}
