//! The documents of the release, by class, with their versions; what is dropped here is kept on the device at once.

use std::collections::BTreeMap;

use domain::release::{Command, DOCUMENT_CLASSES, Document, DocumentField};
use domain::{BlobId, DocumentId};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::blobs::use_blobs;
use crate::parts::document::DocumentRow;
use crate::parts::focus::DOCUMENTS;
use crate::state::{use_release, use_toasts};
use crate::ui::{Button, ButtonKind, For, Icon, SelectField, StateKind, icon, state_view};
use crate::words;

/// The tab.
#[component]
pub fn DocumentsTab() -> impl IntoView {
    let open = use_release();
    let may = Memo::new(move |_| open.papers_locked.with(Option::is_none));
    let classes = Memo::new(move |_| {
        open.with(|release| {
            let mut all: BTreeMap<usize, Vec<DocumentId>> = BTreeMap::new();
            for (id, document) in release.documents() {
                let place = DOCUMENT_CLASSES
                    .iter()
                    .position(|(value, _)| *value == document.class());
                all.entry(place.unwrap_or_default()).or_default().push(id);
            }
            all
        })
        .unwrap_or_default()
    });
    let places = Memo::new(move |_| classes.with(|all| all.keys().copied().collect::<Vec<_>>()));
    let class_of = move |place: usize| {
        let label = DOCUMENT_CLASSES
            .get(place)
            .map_or("Documents", |(_, label)| *label);
        let ids = Memo::new(move |_| classes.with(|all| all.get(&place).cloned().unwrap_or_default()));
        view! {
            <section class="ui-panel">
                <h2>{label} " " <span class="soft meta">{move || words::count(ids.with(Vec::len) as u64)}</span></h2>
                <ul class="part-documents">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <DocumentRow id=id may=may />
                    </For>
                </ul>
            </section>
        }
    };
    view! {
        <div class="ui-stack" id=DOCUMENTS tabindex="-1">
            {move || match may.get() {
                true => view! { <Drop /> }.into_any(),
                false => view! { <p class="soft">{move || open.papers_locked.get()}</p> }.into_any(),
            }}
            {move || {
                places
                    .with(Vec::is_empty)
                    .then(|| {
                        state_view(
                            StateKind::Empty,
                            "No document yet",
                            "Plans, contracts and reports that belong to the release are kept here, each with its versions.",
                            None,
                        )
                    })
            }}
            <For each=move || places.get() key=|place| *place children=class_of />
            <TakenOff may=may />
        </div>
    }
}

/// A file that is being read, or could not be kept.
#[derive(Clone, PartialEq)]
struct Reading {
    name: String,
    done: (u64, u64),
    wrong: Option<String>,
}

/// Takes files by dropping, choosing or pasting a file from the device.
#[component]
fn Drop() -> impl IntoView {
    let (open, blobs) = (use_release(), use_blobs());
    let over = RwSignal::new(false);
    let class = RwSignal::new("attachment".to_owned());
    let input = NodeRef::<html::Input>::new();
    let reading = RwSignal::new(BTreeMap::<u32, Reading>::new());
    let turn = StoredValue::new(0_u32);
    let take_one = move |file: web_sys::File| {
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size in bytes"
        )]
        let size = file.size() as u64;
        let begun = Reading {
            name: file.name(),
            done: (0, size),
            wrong: None,
        };
        reading.update(|all| {
            all.insert(mine, begun);
        });
        let class = class.get_untracked();
        spawn_local(async move {
            // Whoever stopped it, or left the page, does not want the rest read.
            let progress = move |bytes: u64| {
                let wanted = reading.try_update(|all| {
                    let one = all.get_mut(&mine)?;
                    one.done.0 = bytes;
                    Some(())
                });
                wanted.flatten().is_some()
            };
            match blobs.keep_document(&file, progress).await {
                Ok(file) => {
                    open.act(Command::Attach {
                        document: None,
                        file,
                        fields: BTreeMap::from([(DocumentField::Class, class.into())]),
                    });
                    reading.try_update(|all| all.remove(&mine));
                }
                Err(why) => {
                    reading.try_update(|all| {
                        if let Some(one) = all.get_mut(&mine) {
                            one.wrong = Some(why);
                        }
                    });
                }
            }
        });
    };
    let take = move |list: Option<web_sys::FileList>| {
        let Some(list) = list else { return };
        (0..list.length())
            .filter_map(|index| list.get(index))
            .for_each(take_one);
    };
    let classes: Signal<Vec<(String, String)>> = Signal::derive(|| {
        let own = |(value, label): &(&str, &str)| ((*value).to_owned(), (*label).to_owned());
        DOCUMENT_CLASSES.iter().map(own).collect()
    });
    let one_read = move |(key, one): (u32, Reading)| {
        let name = one.name;
        let away = move |()| {
            reading.update(|all| {
                all.remove(&key);
            });
        };
        match one.wrong {
            Some(why) => view! {
                <li class="ui-bar" data-tone="danger">
                    {icon(Icon::Warning)}
                    <span><b>{name}</b> " was not attached. " {why}</span>
                    <Button kind=ButtonKind::Quiet on_press=away>"Understood"</Button>
                </li>
            }
            .into_any(),
            None => {
                let share = move || reading.with(|all| all.get(&key).map_or(0, |one| percent(one.done)));
                let label = format!("Stop reading {name}");
                view! {
                    <li>
                        <span class="soft">"Reading " {name} ", " {share} " %"</span>
                        <Button kind=ButtonKind::Quiet title=label on_press=away>"Stop"</Button>
                    </li>
                }
                .into_any()
            }
        }
    };
    view! {
        <div class="page-documents-drop">
            <SelectField label="Attach as" value=class options=classes />
            <label
                class="part-drop"
                data-over=move || over.get().then_some("")
                on:drop=move |ev: leptos::ev::DragEvent| {
                    ev.prevent_default();
                    over.set(false);
                    take(ev.data_transfer().and_then(|data| data.files()));
                }
                on:dragover=move |ev: leptos::ev::DragEvent| {
                    ev.prevent_default();
                    over.set(true);
                }
                on:dragleave=move |_| over.set(false)
            >
                {icon(Icon::File)}
                <strong>"Drop documents here or choose them"</strong>
                <span class="soft">"PDF, office documents, pictures and plain text. They are kept on this device at once and sent when possible."</span>
                <input
                    type="file"
                    multiple
                    node_ref=input
                    on:change=move |_| {
                        if let Some(input) = input.get_untracked() {
                            take(input.files());
                            // The same file may be chosen again after it was corrected.
                            input.set_value("");
                        }
                    }
                />
            </label>
        </div>
        <ul class="part-reading" aria-live="polite">
            <For each=move || reading.get() key=|(key, one)| (*key, one.wrong.clone()) children=one_read />
        </ul>
    }
}

/// How much of a whole, in percent.
fn percent((done, all): (u64, u64)) -> u64 {
    (done * 100).checked_div(all).unwrap_or(0)
}

/// What was taken off; it can be put back.
#[component]
fn TakenOff(may: Memo<bool>) -> impl IntoView {
    let (open, blobs, toasts) = (use_release(), use_blobs(), use_toasts());
    let off = Memo::new(move |_| {
        let waiting = blobs.waiting.get();
        open.with(|release| {
            let off = release
                .documents
                .iter()
                .filter(|(_, document)| document.detached.is_some());
            let only_here = |document: &Document| {
                let blob = document.file()?.file.blob;
                waiting.contains_key(&blob).then_some(blob)
            };
            off.map(|(id, document)| (*id, document.title().to_owned(), only_here(document)))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    // Its bytes are nowhere else: that takes two deliberate presses.
    let doomed = RwSignal::new(None::<BlobId>);
    let destroy = move |blob: BlobId| {
        doomed.set(None);
        blobs.forget(blob);
    };
    let back = move |id: DocumentId, title: &str| {
        open.act(Command::Reattach { document: id });
        toasts.say(format!("“{title}” is back."));
    };
    view! {
        {move || {
            off.with(|off| !off.is_empty())
                .then(|| {
                    let row = |(id, title, only_here): (DocumentId, String, Option<BlobId>)| {
                        let name = title.clone();
                        let here = only_here
                            .map(|blob| {
                                view! {
                                    <span class="soft meta">"Its file is only on this device"</span>
                                    {move || match doomed.get() == Some(blob) {
                                        true => view! {
                                            <Button kind=ButtonKind::Danger on_press=move |()| destroy(blob)>"Delete it for good"</Button>
                                            <Button kind=ButtonKind::Quiet on_press=move |()| doomed.set(None)>"Keep it"</Button>
                                        }
                                        .into_any(),
                                        false => view! {
                                            <Button kind=ButtonKind::Quiet on_press=move |()| doomed.set(Some(blob))>"Delete from this device…"</Button>
                                        }
                                        .into_any(),
                                    }}
                                }
                            });
                        view! {
                            <li>
                                <span>{title}</span>
                                {may.get().then(|| view! { <Button kind=ButtonKind::Quiet on_press=move |()| back(id, &name)>"Put back"</Button> })}
                                {here}
                            </li>
                        }
                    };
                    view! {
                        <details class="part-taken-off">
                            <summary>{words::many(off.with(Vec::len) as u64, "document was taken off", "documents were taken off")}</summary>
                            <ul>{off.get().into_iter().map(row).collect_view()}</ul>
                        </details>
                    }
                })
        }}
    }
}
