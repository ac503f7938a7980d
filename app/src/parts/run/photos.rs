use domain::BlobId;
use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Url;

use crate::client::blobs::use_blobs;
use crate::state::unrecorded::Draft;
use crate::ui::{Button, ButtonKind, For, Icon, icon};

/// Pauses before another look for a photo that is not on the server, in milliseconds.
const FIRST_LOOK: u32 = 4_000;
const SLOWEST_LOOK: u32 = 60_000;

/// Takes photos and shows those that were taken for this record.
#[component]
pub fn PhotoField(
    /// Where they are noted.
    draft: Draft,
) -> impl IntoView {
    let blobs = use_blobs();
    let input = NodeRef::<html::Input>::new();
    let (busy, wrong) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let take = move |_| {
        let Some(field) = input.get_untracked() else {
            return;
        };
        let file = field.files().and_then(|files| files.get(0));
        field.set_value("");
        let Some(file) = file else { return };
        busy.set(true);
        wrong.set(None);
        spawn_local(async move {
            match blobs.keep(file.into()).await {
                Ok(id) => {
                    draft.photos.try_update(|photos| {
                        if !photos.contains(&id) {
                            photos.push(id);
                        }
                    });
                }
                Err(why) => {
                    wrong.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    let remove = move |id: BlobId| {
        draft.photos.update(|photos| photos.retain(|photo| *photo != id));
        blobs.forget(id);
    };
    let press = move |()| {
        if let Some(field) = input.get_untracked() {
            field.click();
        }
    };
    view! {
        <div class="part-run-photos">
            <input
                type="file"
                accept="image/*"
                capture="environment"
                class="sr-only"
                tabindex="-1"
                aria-label="Photo"
                node_ref=input
                on:change=take
            />
            <Button icon=Icon::Plus busy=busy on_press=press>"Photo"</Button>
            <p class="error" aria-live="polite">{move || wrong.get()}</p>
            <ul>
                <For each=move || draft.photos.get() key=|id| *id let:id>
                    <li>
                        <Picture id=id />
                        <Button kind=ButtonKind::Quiet on_press=move |()| remove(id)>
                            {icon(Icon::Close)}
                            <span class="sr-only">"Remove photo"</span>
                        </Button>
                    </li>
                </For>
            </ul>
        </div>
    }
}

/// One photo of a record: from the server, or from this device while it waits here. It says where it is.
#[component]
pub fn Picture(
    /// Which.
    id: BlobId,
) -> impl IntoView {
    let blobs = use_blobs();
    let waits = Memo::new(move |_| blobs.waiting.with(|all| all.get(&id).cloned()));
    let here = Memo::new(move |_| waits.with(Option::is_some));
    let local = RwSignal::new(None::<String>);
    let missing = RwSignal::new(false);
    let patience = StoredValue::new(FIRST_LOOK);
    // Nobody says when a photo of another device has arrived: look again, ever more slowly.
    let miss = move || {
        if here.get_untracked() {
            return;
        }
        missing.set(true);
        let pause = patience.get_value();
        patience.set_value((pause * 2).min(SLOWEST_LOOK));
        spawn_local(async move {
            TimeoutFuture::new(pause).await;
            missing.try_set(false);
        });
    };
    let drop_url = move || {
        if let Some(Some(url)) = local.try_update(Option::take) {
            let _ = Url::revoke_object_url(&url);
        }
    };
    Effect::new(move |_| {
        if !here.get() {
            // It has left for the server: from there it comes from now on.
            drop_url();
            missing.set(false);
            return;
        }
        spawn_local(async move {
            let content = blobs.content(id).await;
            let url = content.and_then(|content| Url::create_object_url_with_blob(&content).ok());
            if let Some(Some(url)) = local.try_set(url) {
                let _ = Url::revoke_object_url(&url);
            }
        });
    });
    on_cleanup(drop_url);
    let address = move || {
        let server = format!("/api/v1/blobs/{id}");
        if here.get() { local.get() } else { Some(server) }
    };
    let said = move || match waits.get() {
        Some(waiting) => Some(match waiting.refused {
            Some(why) => format!("On this device; the server does not take it. {why}"),
            None => "On this device, not uploaded yet".to_owned(),
        }),
        None => missing
            .get()
            .then(|| "Not on the server yet; it is on the device that took it".to_owned()),
    };
    view! {
        <figure class="part-run-photo">
            {move || {
                let shown = address().filter(|_| !missing.get());
                shown
                    .map(|url| {
                        let source = url.clone();
                        view! {
                            <a href=url target="_blank" rel="noopener">
                                <img src=source alt="Photo of the record" loading="lazy" on:error=move |_| miss() />
                            </a>
                        }
                    })
            }}
            {move || said().map(|text| view! { <figcaption>{text}</figcaption> })}
        </figure>
    }
}
