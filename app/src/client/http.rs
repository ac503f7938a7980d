//! Typed requests to `/api/v1/*`, with the cookies of this origin.
//!
//! Every answer, good or bad, is reported to one watcher ([`watch`]), which keeps the connection indicator
//! and the session state true. Callers get the value or an [`ApiError`] that a page can show.

use std::cell::RefCell;
use std::rc::Rc;

use domain::wire::blob::{PIECE_TYPE, UPLOAD_OFFSET, UploadState};
use domain::wire::problem::Problem;
use gloo_net::http::{Method, Request, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::api;

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

type Watcher = Rc<dyn Fn(Seen)>;

thread_local! {
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
}

/// Sets the one watcher; the app does it once at the start.
pub fn watch(watcher: impl Fn(Seen) + 'static) {
    WATCHER.with(|slot| *slot.borrow_mut() = Some(Rc::new(watcher)));
}

fn report(seen: Seen) {
    let watcher = WATCHER.with(|slot| slot.borrow().clone());
    if let Some(watcher) = watcher {
        watcher(seen);
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
    let outcome = answer.await.map_err(|error| {
        if error.is_unreachable() {
            ApiError::Unreachable
        } else {
            ApiError::Problem(Box::new(error.0))
        }
    });
    // A refused sign-in is no ended session, so 401 counts as an answer here.
    report(if matches!(outcome, Err(ApiError::Unreachable)) {
        Seen::Silence
    } else {
        Seen::Answered
    });
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
    serde_json::from_str(text).map_err(|e| unreadable(&e))
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

async fn send(method: Method, path: &str, body: Option<Body>) -> Result<String, ApiError> {
    let request = RequestBuilder::new(path)
        .method(method)
        .header("accept", "application/json");
    // Sync says in every request which protocol it speaks.
    let request = if path.starts_with("/sync/") {
        request.header("x-sync-proto", &domain::sync::PROTOCOL.to_string())
    } else {
        request
    };
    let request = match body {
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
    let outcome = exchange(request).await;
    report(match &outcome {
        Ok(_) => Seen::Answered,
        Err(ApiError::Problem(problem)) if problem.status == 401 => Seen::SignedOut,
        Err(ApiError::Problem(_)) => Seen::Answered,
        Err(ApiError::Unreachable | ApiError::NotOurs(_)) => Seen::Silence,
    });
    outcome
}

async fn exchange(request: Result<Request, gloo_net::Error>) -> Result<String, ApiError> {
    let request = request.map_err(|e| local("unsendable", e.to_string()))?;
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    let status = response.status();
    let kind = response.headers().get("content-type").unwrap_or_default();
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    let empty = status == 204 || (response.ok() && text.is_empty());
    if !empty && !kind.contains("json") {
        return Err(ApiError::NotOurs(status));
    }
    if response.ok() {
        return Ok(text);
    }
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => Err(ApiError::Problem(Box::new(problem))),
        Err(_) => Err(ApiError::NotOurs(status)),
    }
}
