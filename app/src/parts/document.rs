//! One document: what it is, where its bytes are, its versions, and what can be done with it.

use std::collections::{BTreeMap, BTreeSet};

use domain::release::{Command, DOCUMENT_CLASSES, Document, DocumentField, FileRef};
use domain::sync::ReleaseOp;
use domain::{BlobId, DocumentId, files};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Url;

use super::cell::{ChoiceCell, TextCell, of_document};
use super::people::use_people;
use crate::client::blobs::{Blobs, Waiting, use_blobs};
use crate::client::http;
use crate::paths::Query;
use crate::state::{OpenRelease, use_release, use_toasts};
use crate::ui::{Badge, Button, ButtonKind, Dialog, Icon, Moment, Tone, icon};
use crate::words;

/// A row in the list of documents.
#[component]
pub fn DocumentRow(
    /// Which.
    id: DocumentId,
    /// The person may change it.
    may: Memo<bool>,
) -> impl IntoView {
    let (open, people, blobs) = (use_release(), use_people(), use_blobs());
    let document = Memo::new(move |_| open.with(|release| release.documents.get(&id).cloned()).flatten());
    let file = Memo::new(move |_| document.with(|document| newest(document.as_ref())));
    let waits = Memo::new(move |_| {
        let blob = file.get()?.blob;
        blobs.waiting.with(|all| all.get(&blob).cloned())
    });
    // Sent by nobody yet, as far as the server said last.
    let missing = Memo::new(move |_| {
        waits.with(Option::is_none) && file.get().is_some_and(|file| is_missing(open, file.blob))
    });
    Effect::new(move |before: Option<bool>| {
        let sending = waits.with(Option::is_some);
        if before == Some(true) && !sending {
            open.view.reload();
        }
        sending
    });
    let (editing, looking) = (RwSignal::new(false), RwSignal::new(false));
    let title = Signal::derive(move || {
        document.with(|document| {
            document
                .as_ref()
                .map_or_else(String::new, |one| one.title().to_owned())
        })
    });
    let about = Signal::derive(move || {
        let text = |one: &Document| one.text(DocumentField::Description).to_owned();
        document.with(|one| one.as_ref().map(text)).unwrap_or_default()
    });
    let facts = move || {
        let file = file.get()?;
        let versions = document.with(|one| one.as_ref().map_or(0, |one| one.files.len()));
        let version = (versions > 1).then(|| format!(", version {versions}"));
        let kind = files::Kind::from_media(&file.kind).map_or("file", files::Kind::word);
        Some(format!(
            "{kind}, {}{}",
            words::bytes(file.bytes),
            version.unwrap_or_default()
        ))
    };
    let brought = move || {
        let mark = document.with(|one| one.as_ref()?.file().map(|file| file.mark))?;
        Some(view! { <Moment at=mark.at ago=true /> " by " {people.name(mark.by)} })
    };
    let address = Signal::derive(move || content_address(&open.name(), id, None, false));
    let shows = Memo::new(move |_| {
        let kind = file.get().and_then(|file| files::Kind::from_media(&file.kind));
        kind.is_some_and(files::Kind::can_be_shown)
    });
    view! {
        <li>
            <div class="head">
                {icon(Icon::File)}
                {move || {
                    // The server has nothing to give.
                    if waits.with(Option::is_some) || missing.get() {
                        view! { <b class="title">{title}</b> }.into_any()
                    } else {
                        view! { <a class="title" href=address download="">{title}</a> }.into_any()
                    }
                }}
                <span class="soft meta">{facts}</span>
            </div>
            {move || about.with(|text| !text.is_empty()).then(|| view! { <p class="about">{about}</p> })}
            <p class="soft meta">{brought}</p>
            {move || {
                missing
                    .get()
                    .then(|| {
                        view! {
                            <p class="way">
                                <Badge tone=Tone::Warning text="not arrived" />
                                <span class="soft meta">"Whoever attached it has not sent it, or the server does not keep such files."</span>
                                <Button kind=ButtonKind::Quiet on_press=move |()| open.view.reload()>"Look again"</Button>
                            </p>
                        }
                    })
            }}
            {move || waits.get().map(|waiting| view! { <OnItsWay id=id title=title may=may waiting=waiting /> })}
            <div class="acts">
                {move || (shows.get() && !missing.get()).then(|| view! { <Button kind=ButtonKind::Quiet on_press=move |()| looking.set(true)>"Look at it"</Button> })}
                {move || may.get().then(|| view! { <Changes id=id editing=editing title=title /> })}
            </div>
            <Earlier id=id document=document />
            {move || {
                (editing.get() && may.get())
                    .then(|| {
                        let classes: Signal<Vec<(String, String)>> = Signal::derive(|| {
                            let own = |(value, label): &(&str, &str)| ((*value).to_owned(), (*label).to_owned());
                            DOCUMENT_CLASSES.iter().map(own).collect()
                        });
                        view! {
                            <div class="edit">
                                <TextCell at=of_document(id, DocumentField::Name) hint="The name of the file, where this is empty" />
                                <ChoiceCell at=of_document(id, DocumentField::Class) options=classes />
                                <TextCell at=of_document(id, DocumentField::Description) rows=2 />
                            </div>
                        }
                    })
            }}
            <Look looking=looking title=title id=id file=file waits=waits />
        </li>
    }
}

/// The server has said that it does not have these bytes; tracks.
fn is_missing(open: OpenRelease, blob: BlobId) -> bool {
    open.view.value.with(|view| {
        let view = view.as_ref().and_then(Option::as_ref);
        view.is_some_and(|view| view.not_arrived.contains(&blob))
    })
}

fn newest(document: Option<&Document>) -> Option<FileRef> {
    document?.file().map(|version| version.file.clone())
}

/// Where the bytes of a document are.
fn content_address(release: &str, id: DocumentId, version: Option<usize>, inline: bool) -> String {
    let version = version.map(|version| version.to_string()).unwrap_or_default();
    let query = Query::default().with("version", &version);
    let query = query.with("inline", if inline { "true" } else { "" });
    query.on(&format!("/api/v1/releases/{release}/documents/{id}/content"))
}

/// What whoever takes part may do.
#[component]
fn Changes(id: DocumentId, editing: RwSignal<bool>, title: Signal<String>) -> impl IntoView {
    let (open, blobs, toasts) = (use_release(), use_blobs(), use_toasts());
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let take = move |_| {
        let Some(field) = input.get_untracked() else {
            return;
        };
        let file = field.files().and_then(|files| files.get(0));
        field.set_value("");
        let Some(file) = file else { return };
        busy.set(true);
        spawn_local(async move {
            match blobs.keep_document(&file, |_| true).await {
                Ok(file) => open.act(Command::Attach {
                    document: Some(id),
                    file,
                    fields: BTreeMap::new(),
                }),
                Err(why) => toasts.fail(format!("{} was not attached. {why}", file.name())),
            }
            busy.try_set(false);
        });
    };
    let choose = move |()| {
        if let Some(field) = input.get_untracked() {
            field.click();
        }
    };
    let detach = move |()| take_off(open, blobs, id, &title.get_untracked());
    view! {
        <input type="file" class="sr-only" tabindex="-1" aria-label="New version" node_ref=input on:change=take />
        <Button kind=ButtonKind::Quiet busy=busy on_press=choose>"New version…"</Button>
        <Button kind=ButtonKind::Quiet icon=Icon::Edit on_press=move |()| editing.update(|editing| *editing = !*editing)>
            {move || if editing.get() { "Close" } else { "Describe" }}
        </Button>
        <Button kind=ButtonKind::Quiet on_press=detach>"Take off"</Button>
    }
}

/// Takes a document off. What is on its way is not sent on; it stays on this device for when the document is put back.
fn take_off(open: OpenRelease, blobs: Blobs, id: DocumentId, title: &str) {
    let newest = untrack(|| open.with(|release| newest(release.documents.get(&id)))).flatten();
    open.act(Command::Detach { document: id });
    if let Some(file) = newest {
        blobs.withdraw(file.blob);
    }
    open.undoable(
        format!("“{title}” was taken off."),
        ReleaseOp::Reattach { document: id },
    );
}

/// Goes on sending what was withdrawn and is attached after all: it was put back, here or by somebody else.
pub fn send_what_is_attached() {
    let (open, blobs) = (use_release(), use_blobs());
    let wanted = Memo::new(move |_| {
        let withdrawn: Vec<BlobId> = blobs.waiting.with(|all| {
            let rows = all.values().filter(|waiting| waiting.withdrawn);
            rows.map(|waiting| waiting.id).collect()
        });
        if withdrawn.is_empty() {
            return withdrawn;
        }
        let attached: BTreeSet<BlobId> = open
            .with(|release| {
                let newest = release.documents().into_iter().filter_map(|(_, one)| one.file());
                newest.map(|version| version.file.blob).collect()
            })
            .unwrap_or_default();
        withdrawn
            .into_iter()
            .filter(|blob| attached.contains(blob))
            .collect()
    });
    Effect::new(move |_| wanted.get().into_iter().for_each(|blob| blobs.go_on(blob)));
}

/// How far a document is that is still on this device.
#[component]
fn OnItsWay(id: DocumentId, title: Signal<String>, may: Memo<bool>, waiting: Waiting) -> impl IntoView {
    let (open, blobs, toasts) = (use_release(), use_blobs(), use_toasts());
    // The version before is the newest again, or, without one, the document is taken off.
    let cancel = move |blob: BlobId| {
        let title = title.get_untracked();
        let before = untrack(|| {
            open.with(|release| {
                let (_, before) = release.documents.get(&id)?.files.split_last()?;
                Some(before.last()?.file.clone())
            })
        });
        let Some(file) = before.flatten() else {
            return take_off(open, blobs, id, &title);
        };
        open.act(Command::Attach {
            document: Some(id),
            file,
            fields: BTreeMap::new(),
        });
        blobs.withdraw(blob);
        toasts.say(format!("The version before is the newest of “{title}” again."));
    };
    let (blob, bytes) = (waiting.id, waiting.bytes);
    let sent = Memo::new(move |_| blobs.sent.with(|sent| sent.get(&blob).copied()));
    let stop = move || {
        let label = format!("Cancel the upload of {}", title.get());
        may.get().then(|| view! { <Button kind=ButtonKind::Quiet title=label on_press=move |()| cancel(blob)>"Cancel upload"</Button> })
    };
    let words = move || match sent.get() {
        Some(sent) => format!("{} of {} sent", words::bytes(sent), words::bytes(bytes)),
        None => "On this device, not sent yet".to_owned(),
    };
    match (waiting.refused.clone(), waiting.paused) {
        (Some(why), _) => view! {
            <div class="ui-bar" data-tone="danger">
                {icon(Icon::Warning)}
                <span>"The server does not take it. " {why} " Take it off, or try again."</span>
                <Button kind=ButtonKind::Quiet on_press=move |()| blobs.go_on(blob)>"Try again"</Button>
            </div>
        }
        .into_any(),
        (None, true) => view! {
            <div class="way">
                <Badge tone=Tone::Neutral text="paused".to_owned() />
                <span class="soft meta">"On this device; sending is paused"</span>
                <Button kind=ButtonKind::Quiet on_press=move |()| blobs.go_on(blob)>"Go on"</Button>
                {stop}
            </div>
        }
        .into_any(),
        (None, false) => view! {
            <div class="way">
                <progress
                    aria-label="Sent"
                    max=bytes.to_string()
                    value=move || sent.get().unwrap_or(0).to_string()
                ></progress>
                <span class="soft meta">{words}</span>
                <Button kind=ButtonKind::Quiet on_press=move |()| blobs.pause(blob)>"Pause"</Button>
                {stop}
            </div>
        }
        .into_any(),
    }
}

/// Older versions; each can still be read.
#[component]
fn Earlier(id: DocumentId, document: Memo<Option<Document>>) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let older = Memo::new(move |_| {
        document.with(|one| {
            let files = one.as_ref().map(|one| one.files.as_slice()).unwrap_or_default();
            let mut older: Vec<_> = files.iter().cloned().enumerate().collect();
            older.pop();
            older.reverse();
            older
        })
    });
    view! {
        {move || {
            older
                .with(|older| !older.is_empty())
                .then(|| {
                    let row = |(place, version): (usize, domain::release::DocumentFile)| {
                        let by = version.mark.by;
                        let name = format!("Version {}: {}", place + 1, version.file.name);
                        view! {
                            <li>
                                {if is_missing(open, version.file.blob) {
                                    view! { <span>{name} ", not arrived"</span> }.into_any()
                                } else {
                                    let address = content_address(&open.name(), id, Some(place + 1), false);
                                    view! { <a href=address download="">{name}</a> }.into_any()
                                }}
                                " " <span class="soft meta">{words::bytes(version.file.bytes)} ", " <Moment at=version.mark.at ago=false /> " by " {people.name(by)}</span>
                            </li>
                        }
                    };
                    view! {
                        <details class="earlier">
                            <summary>{words::many(older.with(Vec::len) as u64, "earlier version", "earlier versions")}</summary>
                            <ul>{older.get().into_iter().map(row).collect_view()}</ul>
                        </details>
                    }
                })
        }}
    }
}

/// A picture or a text in the page; both are shown as nothing else.
#[component]
fn Look(
    looking: RwSignal<bool>,
    title: Signal<String>,
    id: DocumentId,
    file: Memo<Option<FileRef>>,
    waits: Memo<Option<Waiting>>,
) -> impl IntoView {
    view! {
        <Dialog open=looking title=title>
            {move || {
                let kind = file.get().and_then(|file| files::Kind::from_media(&file.kind));
                let here = waits.get().map(|waiting| waiting.id);
                match kind {
                    Some(kind) if kind.is_safe_picture() => view! { <PictureOf id=id here=here /> }.into_any(),
                    _ => view! { <TextOf id=id here=here /> }.into_any(),
                }
            }}
        </Dialog>
    }
}

#[component]
fn PictureOf(id: DocumentId, here: Option<BlobId>) -> impl IntoView {
    let (open, blobs) = (use_release(), use_blobs());
    let missing = RwSignal::new(false);
    let address = RwSignal::new(None::<String>);
    match here {
        None => address.set(Some(untrack(|| content_address(&open.name(), id, None, true)))),
        Some(blob) => spawn_local(async move {
            let content = blobs.content(blob).await;
            let url = content.and_then(|content| Url::create_object_url_with_blob(&content).ok());
            address.try_set(url);
        }),
    }
    on_cleanup(move || {
        if let Some(Some(url)) = address.try_get_untracked()
            && url.starts_with("blob:")
        {
            let _ = Url::revoke_object_url(&url);
        }
    });
    view! {
        {move || match (missing.get(), address.get()) {
            (true, _) => view! { <p class="soft">"It has not arrived on the server."</p> }.into_any(),
            (false, Some(url)) => view! { <img class="part-look" src=url alt="The document" on:error=move |_| missing.set(true) /> }.into_any(),
            (false, None) => view! { <p class="soft">"Loading"</p> }.into_any(),
        }}
    }
}

#[component]
fn TextOf(id: DocumentId, here: Option<BlobId>) -> impl IntoView {
    let (open, blobs) = (use_release(), use_blobs());
    let text = RwSignal::new(None::<Result<String, String>>);
    spawn_local(async move {
        let read = match here {
            Some(blob) => match blobs.content(blob).await {
                Some(content) => http::text_of(&content).await,
                None => Err("It is not on this device any more.".to_owned()),
            },
            None => {
                let address = untrack(|| content_address(&open.name(), id, None, true));
                http::get_text(&address).await.map_err(|error| error.message())
            }
        };
        text.try_set(Some(read));
    });
    view! {
        {move || match text.get() {
            Some(Ok(text)) => view! { <pre class="part-look" tabindex="0">{text}</pre> }.into_any(),
            Some(Err(why)) => view! { <p class="soft">{why}</p> }.into_any(),
            None => view! { <p class="soft">"Loading"</p> }.into_any(),
        }}
    }
}
