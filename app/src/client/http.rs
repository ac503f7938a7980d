//! Typed requests to `/api/v1/*`, with the cookies of this origin.
//!
//! Every answer, good or bad, is reported to one watcher ([`watch`]), which keeps the connection indicator
//! and the session state true. Callers get the value or an [`ApiError`] that a page can show.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use domain::sync::client::Failure;
use domain::wire::blob::{PIECE_TYPE, UPLOAD_OFFSET, UploadState};
use domain::wire::problem::Problem;
use gloo_net::http::{Method, Request, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::line::{Line, Sent as SentAt, Turn};
use crate::api;

/// After so many milliseconds without an answer, nobody is there. Files have no limit: they take what they take.
const PATIENCE: u32 = 20_000;

/// In every request to `/sync/*` and every answer to one: the protocol its sender speaks.
const PROTO_HEADER: &str = "x-sync-proto";

/// Why a request has no value to show.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// The server answered, and said what is wrong.
    Problem(Box<Problem>),
    /// No answer: no network, or the server is not running.
    Unreachable,
    /// Somebody else answered: a captive portal, a proxy, a page instead of data. Holds the status.
    NotOurs(u16),
}

impl ApiError {
    /// The HTTP status, where our server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            Self::Unreachable | Self::NotOurs(_) => None,
        }
    }

    /// What is wrong and what to do, as a sentence for people.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Problem(problem) => problem.detail.clone().unwrap_or_else(|| problem.title.clone()),
            Self::Unreachable => {
                "The server cannot be reached. Check the network; nothing was changed.".into()
            }
            Self::NotOurs(status) => format!(
                "Something between this device and the server answered instead of it (status {status}). \
                 A guest network may want you to sign in to it first."
            ),
        }
    }

    /// What the server says about one field of a form.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let Self::Problem(problem) = self else { return None };
        let here = |at: &str| at == name || at.trim_start_matches('/') == name;
        problem
            .errors
            .iter()
            .find(|e| here(&e.at))
            .map(|e| e.message.clone())
    }
}

/// What the watcher learns from each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Our server answered.
    Answered,
    /// Our server says that nobody is signed in.
    SignedOut,
    /// Nobody answered, or somebody else did.
    Silence,
}

type Watcher = Rc<dyn Fn(Seen, Option<Turn>)>;

thread_local! {
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
    static LINE: Cell<Line> = Cell::new(Line::default());
}

/// Sets the one watcher; the app does it once at the start. It hears of each request, and whether the line to the server
/// was lost or came back with it.
pub fn watch(watcher: impl Fn(Seen, Option<Turn>) + 'static) {
    WATCHER.with(|slot| *slot.borrow_mut() = Some(Rc::new(watcher)));
}

/// The browser says that there is no network. Bad news counts at once.
pub fn lost() {
    report(Seen::Silence, now());
}

/// To be remembered by a request that is sent now.
fn now() -> SentAt {
    LINE.get().sent()
}

fn report(seen: Seen, sent: SentAt) {
    let mut line = LINE.get();
    let turn = line.hear(seen != Seen::Silence, sent);
    LINE.set(line);
    let watcher = WATCHER.with(|slot| slot.borrow().clone());
    if let Some(watcher) = watcher {
        watcher(seen, turn);
    }
}

/// Reads.
///
/// # Errors
/// See [`ApiError`].
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    read(&send(Method::GET, path, None).await?)
}

/// Sends a value and reads the answer.
///
/// # Errors
/// See [`ApiError`].
pub async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    read(&send(Method::POST, path, Some(json(body)?)).await?)
}

/// Changes a thing and reads it as it is now.
///
/// # Errors
/// See [`ApiError`].
pub async fn patch<B: Serialize + ?Sized, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    read(&send(Method::PATCH, path, Some(json(body)?)).await?)
}

/// Takes a thing away.
///
/// # Errors
/// See [`ApiError`].
pub async fn delete(path: &str) -> Result<(), ApiError> {
    read(&send(Method::DELETE, path, None).await?)
}

/// Sends the next piece of an upload and reads how far it is.
///
/// # Errors
/// See [`ApiError`].
pub async fn patch_piece(path: &str, offset: u64, piece: &web_sys::Blob) -> Result<UploadState, ApiError> {
    let body = Body {
        content: piece.into(),
        kind: Some(PIECE_TYPE),
        offset: Some(offset),
    };
    read(&send(Method::PATCH, path, Some(body)).await?)
}

/// Most characters of a text that is shown in a page.
const MOST_SHOWN: usize = 200_000;

/// Reads a document that is plain text, to be shown; the end of a long one is left out.
///
/// # Errors
/// See [`ApiError`].
pub async fn get_text(path: &str) -> Result<String, ApiError> {
    let sent = RequestBuilder::new(path).method(Method::GET).send().await;
    let response = sent.map_err(|_| ApiError::Unreachable)?;
    let (status, headers) = (response.status(), response.headers());
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    // Our server says of every file how long it is; a guest portal does not.
    if response.ok() && headers.get("upload-length").is_some() {
        return Ok(shown(text));
    }
    match domain::json::from_str::<Problem>(&text) {
        Ok(problem) => Err(ApiError::Problem(Box::new(problem))),
        Err(_) => Err(ApiError::NotOurs(status)),
    }
}

/// The same of a file on this device.
///
/// # Errors
/// A sentence for people.
pub async fn text_of(content: &web_sys::Blob) -> Result<String, String> {
    let text = wasm_bindgen_futures::JsFuture::from(content.text()).await;
    let text = text.ok().and_then(|text| text.as_string());
    text.map(shown)
        .ok_or_else(|| "The browser could not read it.".to_owned())
}

fn shown(text: String) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => {
            let beginning = text.get(..end).unwrap_or_default();
            format!("{beginning}\n\n… the rest is left out here; save the document to read it.")
        }
        None => text,
    }
}

/// Asks the sync endpoint `path`, for the sync machine: it wants to know exactly what kind of silence it met.
///
/// # Errors
/// See [`Failure`].
pub async fn sync<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    timeout_ms: u32,
) -> Result<T, Failure> {
    let body = json(body).map_err(|error| Failure::Status(0, error.message()))?;
    let begun = now();
    let sent = exchange(Method::POST, path, Some(body), Some(timeout_ms)).await;
    // Its silence is the machine's affair, which knows how to wait; the rest of the page may be served all the same.
    let how = seen(&sent);
    if how != Seen::Silence {
        report(how, begun);
    }
    let error = match sent {
        Ok(text) => return read(&text).map_err(|error| Failure::Status(0, error.message())),
        Err(error) => error,
    };
    Err(match error {
        Refusal {
            error: ApiError::Unreachable,
            ..
        } => Failure::Unreachable,
        Refusal {
            error: ApiError::NotOurs(_),
            ..
        } => Failure::NotOurs,
        Refusal {
            error: ApiError::Problem(problem),
            retry_after_ms,
        } => match (problem.status, retry_after_ms) {
            (401, _) => Failure::LoginNeeded,
            (429 | 503, Some(ms)) => Failure::RetryAfter(ms),
            (status, _) => Failure::Status(status, problem.detail.unwrap_or(problem.title)),
        },
    })
}

/// Sends files as the parts of a form, under their own names, and reads the answer.
///
/// # Errors
/// See [`ApiError`].
pub async fn post_files<T: DeserializeOwned>(path: &str, files: &[web_sys::File]) -> Result<T, ApiError> {
    let unsendable = |_| {
        local(
            "unsendable",
            "The browser could not read the file; choose it again.".into(),
        )
    };
    let form = web_sys::FormData::new().map_err(unsendable)?;
    for file in files {
        form.append_with_blob_and_filename("file", file, &file.name())
            .map_err(unsendable)?;
    }
    let body = Body {
        content: form.into(),
        kind: None,
        offset: None,
    };
    read(&send(Method::POST, path, Some(body)).await?)
}

/// Awaits a server function and reports how it went, like any other request.
///
/// # Errors
/// See [`ApiError`].
pub async fn call<T>(answer: impl Future<Output = Result<T, api::ApiError>>) -> Result<T, ApiError> {
    let begun = now();
    let outcome = answer.await.map_err(|error| {
        if error.is_unreachable() {
            ApiError::Unreachable
        } else {
            ApiError::Problem(Box::new(error.0))
        }
    });
    // A refused sign-in is no ended session, so 401 counts as an answer here.
    let silent = matches!(outcome, Err(ApiError::Unreachable));
    report(if silent { Seen::Silence } else { Seen::Answered }, begun);
    outcome
}

struct Body {
    content: JsValue,
    /// Content type; `None` where the browser knows it better: a form has a boundary.
    kind: Option<&'static str>,
    /// Where in an upload it belongs.
    offset: Option<u64>,
}

fn json<B: Serialize + ?Sized>(body: &B) -> Result<Body, ApiError> {
    let text = serde_json::to_string(body).map_err(|e| local("unsendable", e.to_string()))?;
    Ok(Body {
        content: JsValue::from_str(&text),
        kind: Some("application/json"),
        offset: None,
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    // 204 has no text; a caller that wants nothing reads `()`.
    let text = if text.is_empty() { "null" } else { text };
    domain::json::from_str(text).map_err(|e| unreadable(&e))
}

fn unreadable(error: &serde_json::Error) -> ApiError {
    local(
        "unreadable_answer",
        format!(
            "This page does not understand the server's answer; it may be older than the server. Reload. ({error})"
        ),
    )
}

fn local(code: &str, detail: String) -> ApiError {
    ApiError::Problem(Box::new(Problem::new(
        0,
        code,
        "Something is wrong with this page",
        detail,
    )))
}

/// A request under way. Boxed, so that its code is there once and not in everything that asks for something.
type Sent = Pin<Box<dyn Future<Output = Result<String, ApiError>>>>;

fn send(method: Method, path: &str, body: Option<Body>) -> Sent {
    let patience = body
        .as_ref()
        .is_none_or(|body| body.kind.is_some())
        .then_some(PATIENCE);
    let path = path.to_owned();
    Box::pin(async move {
        let begun = now();
        let outcome = exchange(method, &path, body, patience).await;
        report(seen(&outcome), begun);
        outcome.map_err(|refusal| refusal.error)
    })
}

fn seen(outcome: &Result<String, Refusal>) -> Seen {
    match outcome.as_ref().map_err(|refusal| &refusal.error) {
        Err(ApiError::Problem(problem)) if problem.status == 401 => Seen::SignedOut,
        Ok(_) | Err(ApiError::Problem(_)) => Seen::Answered,
        Err(ApiError::Unreachable | ApiError::NotOurs(_)) => Seen::Silence,
    }
}

/// An answer that is none, and how long to wait before asking again where the server says so.
struct Refusal {
    error: ApiError,
    retry_after_ms: Option<u64>,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            retry_after_ms: None,
        }
    }
}

async fn exchange(
    method: Method,
    path: &str,
    body: Option<Body>,
    timeout_ms: Option<u32>,
) -> Result<String, Refusal> {
    let patience = timeout_ms.map(AbortSignal::timeout_with_u32);
    // Sync says in every request which protocol it speaks, and so does every answer of our server.
    let syncs = path.starts_with("/sync/");
    let request = RequestBuilder::new(path)
        .method(method)
        .abort_signal(patience.as_ref())
        .header("accept", "application/json");
    let request = if syncs {
        request.header(PROTO_HEADER, &domain::sync::PROTOCOL.to_string())
    } else {
        request
    };
    let request: Result<Request, gloo_net::Error> = match body {
        Some(body) => {
            let request = match body.kind {
                Some(kind) => request.header("content-type", kind),
                None => request,
            };
            let request = match body.offset {
                Some(offset) => request.header(UPLOAD_OFFSET, &offset.to_string()),
                None => request,
            };
            request.body(body.content)
        }
        None => request.build(),
    };
    let request = request.map_err(|e| local("unsendable", e.to_string()))?;
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    let (status, headers) = (response.status(), response.headers());
    let kind = headers.get("content-type").unwrap_or_default();
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    let empty = status == 204 || (response.ok() && text.is_empty());
    // A guest portal answers anything with a page, or worse, with JSON of its own. Refusals are told from it by being
    // problem documents.
    let unsigned = syncs && response.ok() && headers.get(PROTO_HEADER).is_none();
    if unsigned || (!empty && !kind.contains("json")) {
        return Err(ApiError::NotOurs(status).into());
    }
    if response.ok() {
        return Ok(text);
    }
    let seconds = headers
        .get("retry-after")
        .and_then(|text| text.parse::<u64>().ok());
    match domain::json::from_str::<Problem>(&text) {
        Ok(problem) => Err(Refusal {
            error: ApiError::Problem(Box::new(problem)),
            retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1_000)),
        }),
        Err(_) => Err(ApiError::NotOurs(status).into()),
    }
}
