//! Photos and files of this person on their way to the server. A record names them by content and never waits for
//! them: they are kept on this device, and travel in pieces when changes have gone and the server answers.

mod document;
mod photo;
mod shelf;

use domain::grow::Grow;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use domain::files::FileName;
use domain::release::FileRef;
use domain::wire::blob::{BLOB_PIECE, MAX_BLOB, NewBlob, UploadState};
use domain::{BlobId, UserId};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, File};

use super::http::{self, ApiError};
use super::sync::Sync;
use crate::state::connection::Connection;
use crate::state::session::Session;
use shelf::Shelf;
pub use shelf::Waiting;

/// Another look at what waits, in milliseconds: another tab may have kept something, or have been closed.
const LOOK_AGAIN: u32 = 30_000;

/// What waits on this device. `Copy`, like a signal.
#[derive(Debug, Clone, Copy)]
pub struct Blobs {
    /// By name; photos and files that are not on the server yet.
    pub waiting: RwSignal<BTreeMap<BlobId, Waiting>>,
    /// Bytes that the server has of those that are being sent.
    pub sent: RwSignal<BTreeMap<BlobId, u64>>,
    shelf: StoredValue<Option<(UserId, Shelf)>>,
    sending: StoredValue<bool>,
    /// Another look is due by itself.
    due: StoredValue<bool>,
    session: Session,
    connection: Connection,
    sync: Sync,
}

/// The photos and files of this device.
///
/// # Panics
/// Only outside [`crate::App`], which provides them.
#[must_use]
pub fn use_blobs() -> Blobs {
    expect_context()
}

/// Creates it; called once, inside the router.
pub fn provide(session: Session, connection: Connection, sync: Sync) {
    let blobs = Blobs {
        waiting: RwSignal::new(BTreeMap::new()),
        sent: RwSignal::new(BTreeMap::new()),
        shelf: StoredValue::new(None),
        sending: StoredValue::new(false),
        due: StoredValue::new(false),
        session,
        connection,
        sync,
    };
    provide_context(blobs);
    let user = Memo::new(move |_| session.me().map(|me| me.actor.user));
    // What waits for one person is nothing for the next at the same tablet; it stays on their shelf.
    Effect::new(move |_| {
        user.track();
        blobs.shelf.set_value(None);
        blobs.waiting.set(BTreeMap::new());
    });
    let sent = Memo::new(move |_| sync.standing().waiting == 0);
    // Whenever something may have changed for the better: somebody signs in, the server is back, changes have gone.
    Effect::new(move |_| {
        connection.restored.track();
        session.sign_ins.track();
        if user.get().is_some() && sent.get() {
            blobs.send();
        }
    });
    window_event_listener(leptos::ev::focus, move |_| blobs.send());
}

/// Sending is not for the first page: its code comes with that of sync.
#[leptos::wasm_split::wasm_split(sync, wasm_split_path = leptos::wasm_split, fallible)]
fn fetch_and_send(blobs: Blobs, user: UserId) -> Result<Sending, SplitLoaderError> {
    Ok(Box::pin(async move {
        alone(&format!("slipway-blobs-{user}"), blobs.send_all()).await;
    }))
}

type Sending = Pin<Box<dyn Future<Output = ()>>>;

impl Blobs {
    /// Keeps a photo or file on this device, and sends it when possible. It is on the disk when this returns.
    ///
    /// # Errors
    /// A sentence for people; nothing is kept then.
    pub async fn keep(self, file: Blob) -> Result<BlobId, String> {
        let photo = photo::prepare(file).await?;
        let shelf = self.shelf().await?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size between 1 and 20 MiB"
        )]
        let waiting = Waiting {
            id: photo.id,
            bytes: photo.content.size() as u64,
            kind: photo.content.type_(),
            refused: None,
            paused: false,
            withdrawn: false,
        };
        let kept = shelf.keep(&waiting, &photo.content).await;
        kept.map_err(|why| format!("The photo could not be kept on this device ({why})."))?;
        self.waiting.update(|all| {
            all.insert(photo.id, waiting);
        });
        self.send();
        Ok(photo.id)
    }

    /// Keeps a document on this device as it is, and sends it when possible. It is on the disk when this returns.
    /// `read` hears how many bytes were read, and says whether to go on.
    ///
    /// # Errors
    /// A sentence for people; nothing is kept then.
    pub async fn keep_document(self, file: &File, read: impl Fn(u64) -> bool) -> Result<FileRef, String> {
        let most = untrack(|| self.session.me()).map_or(MAX_BLOB, |me| me.largest_file);
        let prepared = document::prepare(file, most, read).await?;
        let shelf = self.shelf().await?;
        let waiting = Waiting {
            id: prepared.id,
            bytes: prepared.bytes,
            kind: prepared.kind.media().to_owned(),
            refused: None,
            paused: false,
            withdrawn: false,
        };
        let kept = shelf.keep(&waiting, file).await;
        kept.map_err(|why| format!("It could not be kept on this device ({why})."))?;
        let named = FileRef {
            blob: waiting.id,
            bytes: waiting.bytes,
            kind: waiting.kind.clone(),
            name: FileName::clean(&file.name()),
        };
        self.waiting.update(|all| {
            all.insert(waiting.id, waiting);
        });
        self.send();
        Ok(named)
    }

    /// Stops sending one, until [`Blobs::go_on`]. What the server has of it stays there for a week.
    pub fn pause(self, id: BlobId) {
        self.change(id, |waiting| waiting.paused = true);
    }

    /// Does not send one: its document was taken off. It stays here until that is put back, or it is forgotten.
    pub fn withdraw(self, id: BlobId) {
        self.change(id, |waiting| waiting.withdrawn = true);
    }

    /// Goes on sending one that was paused, withdrawn or refused.
    pub fn go_on(self, id: BlobId) {
        self.change(id, |waiting| {
            waiting.paused = false;
            waiting.withdrawn = false;
            waiting.refused = None;
        });
    }

    fn change(self, id: BlobId, change: impl Fn(&mut Waiting) + 'static) {
        spawn_local(async move {
            // What has arrived meanwhile is not noted again.
            let Ok(shelf) = self.shelf().await else { return };
            let Ok(Some(mut one)) = shelf.row(id).await else {
                return;
            };
            change(&mut one);
            if shelf.note(&one).await.is_ok() {
                self.waiting.update(|all| {
                    all.insert(id, one);
                });
                self.send();
            }
        });
    }

    /// The bytes of one that waits on this device.
    pub async fn content(self, id: BlobId) -> Option<Blob> {
        self.shelf().await.ok()?.content(id).await.ok()?
    }

    /// Forgets one for good: a photo taken by mistake, before a record names it; a document that was taken off.
    pub fn forget(self, id: BlobId) {
        spawn_local(async move {
            if let Ok(shelf) = self.shelf().await
                && shelf.forget(id).await.is_ok()
            {
                self.waiting.update(|all| {
                    all.remove(&id);
                });
            }
        });
    }

    /// Who is signed in.
    fn user(self) -> Option<UserId> {
        untrack(|| self.session.me()).map(|me| me.actor.user)
    }

    /// The shelf of who is signed in.
    async fn shelf(self) -> Result<Shelf, String> {
        let user = self.user().ok_or("Nobody is signed in.")?;
        if let Some((owner, shelf)) = self.shelf.get_value()
            && owner == user
        {
            return Ok(shelf);
        }
        let opened = Shelf::open(user).await;
        let shelf = opened.map_err(|why| format!("This browser keeps no photos on the device ({why})."))?;
        self.shelf.set_value(Some((user, shelf.clone())));
        Ok(shelf)
    }

    /// Sends what waits, in the one tab that gets the lock.
    fn send(self) {
        if self.sending.try_get_value() != Some(false) {
            return;
        }
        self.sending.set_value(true);
        spawn_local(async move {
            // Without its code, or without anybody signed in, there is a later occasion.
            if let Some(user) = self.user()
                && let Ok(sending) = fetch_and_send(self, user).await
            {
                sending.await;
            }
            self.sending.set_value(false);
            let open = |all: &BTreeMap<_, Waiting>| all.values().any(Waiting::is_open);
            if self.waiting.with_untracked(open) && !self.due.get_value() {
                self.due.set_value(true);
                TimeoutFuture::new(LOOK_AGAIN).await;
                self.due.set_value(false);
                self.send();
            }
        });
    }

    /// Sends one after the other, the small ones first. What is on the disk counts, not what this tab knows.
    async fn send_all(self) {
        let user = self.user();
        let Ok(shelf) = self.shelf().await else { return };
        loop {
            let Ok(rows) = shelf.waiting().await else { return };
            if self.user() != user {
                return;
            }
            self.waiting
                .set(rows.iter().map(|row| (row.id, row.clone())).grow());
            let open = rows.into_iter().filter(Waiting::is_open);
            let Some(next) = open.min_by_key(|row| row.bytes) else {
                return;
            };
            let held = untrack(|| self.sync.standing().waiting > 0)
                || self.connection.offline_since.get_untracked().is_some();
            if held {
                return;
            }
            let Ok(Some(content)) = shelf.content(next.id).await else {
                return;
            };
            let sent = upload(self, &shelf, &next, &content).await;
            self.sent.update(|sent| {
                sent.remove(&next.id);
            });
            let done = match sent {
                Ok(true) => shelf.forget(next.id).await,
                // Paused or taken back; the next one's turn.
                Ok(false) => continue,
                Err(error) => match error.status() {
                    // The server will not take it, however often it is sent. It stays here, with the reason.
                    Some(413 | 415 | 422) => {
                        let refused = Some(error.message());
                        shelf.note(&Waiting { refused, ..next }).await
                    }
                    _ => return,
                },
            };
            if done.is_err() {
                return;
            }
        }
    }
}

/// Sends what the server does not have of it yet, piece by piece; `false` when it is not wanted any more. Any tab may
/// have stopped it meanwhile, so each piece looks at the disk.
async fn upload(blobs: Blobs, shelf: &Shelf, one: &Waiting, content: &Blob) -> Result<bool, ApiError> {
    let path = format!("/api/v1/blobs/{}", one.id);
    let new = NewBlob {
        sha256: one.id,
        bytes: one.bytes,
        kind: one.kind.clone(),
    };
    let mut now: UploadState = http::post("/api/v1/blobs", &new).await?;
    while !now.is_complete() {
        blobs.sent.update(|sent| {
            sent.insert(one.id, now.offset);
        });
        let row = shelf.row(one.id).await.map_err(|_| ApiError::Unreachable)?;
        if !row.is_some_and(|row| row.is_open()) {
            return Ok(false);
        }
        let end = now.bytes.min(now.offset + BLOB_PIECE);
        #[expect(clippy::cast_precision_loss, reason = "at most some GiB")]
        let piece = content.slice_with_f64_and_f64(now.offset as f64, end as f64);
        let piece = piece.map_err(|_| ApiError::Unreachable)?;
        now = match http::patch_piece(&path, now.offset, &piece).await {
            // Another tab or an answer that was lost: ask where it is.
            Err(error) if error.status() == Some(409) => http::post("/api/v1/blobs", &new).await?,
            other => other?,
        };
    }
    Ok(true)
}

/// Does it while no other tab does the same; not at all while one does.
async fn alone(name: &str, work: impl Future<Output = ()> + 'static) {
    let locks = Reflect::get(&window().navigator(), &"locks".into());
    let request = locks.as_ref().ok().and_then(|locks| {
        let request = Reflect::get(locks, &"request".into()).ok()?;
        request.dyn_into::<Function>().ok()
    });
    let (Ok(locks), Some(request)) = (locks, request) else {
        // Without locks there is still the server, which takes each piece once.
        return work.await;
    };
    let granted = Closure::once_into_js(move |lock: JsValue| -> Promise {
        future_to_promise(async move {
            if !lock.is_null() {
                work.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    });
    let options = js_sys::Object::new();
    let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
    let asked = request.call3(&locks, &name.into(), &options, &granted);
    if let Ok(Ok(promise)) = asked.map(JsCast::dyn_into::<Promise>) {
        let _ = JsFuture::from(promise).await;
    }
}
