//! Pages whose code is fetched when it is first needed: a chunk of WebAssembly holds a few that belong together.
//!
//! A chunk that does not come must not cost anybody the application, so a failure is a state like that of any
//! other thing that is loaded, and the next attempt really asks again.

use std::pin::Pin;

use domain::wire::problem::Problem;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::api;
use crate::client::http::{self, ApiError};
use crate::state::{Remote, remote, use_connection};
use crate::ui::{Page, failure_view, skeleton_lines};

/// What an entry of a chunk answers once the chunk is here: how its page is made.
pub type Code = Result<fn() -> AnyView, SplitLoaderError>;

/// How a page or a part of one is made.
type Make = fn() -> AnyView;

/// Fetches the chunk with one page, unless it is here already.
pub type Fetch = fn() -> Pin<Box<dyn Future<Output = Code>>>;

/// How long the first page has the line for itself before the other chunks are fetched, in milliseconds.
const FIRST_PAGE_MS: u32 = 2_000;

/// Declares chunks and their pages: `chunk { entry => path::to::Page, .. }`. Makes a module for each chunk with a
/// [`Fetch`] for each page. The linker's tool cuts the module at the entries; what
/// only they reach is in the chunk.
macro_rules! chunks {
    ($($(#[$about:meta])* $chunk:ident { $($entry:ident => $($page:ident)::+),+ $(,)? })+) => {
        $($(#[$about])* pub mod $chunk {
            $(
                #[doc = concat!("Fetches the code of [`", stringify!($($page)::+), "`].")]
                pub fn $entry() -> std::pin::Pin<Box<dyn Future<Output = $crate::lazy::Code>>> {
                    #[leptos::wasm_split::wasm_split($chunk, wasm_split_path = leptos::wasm_split, fallible)]
                    fn $entry() -> $crate::lazy::Code {
                        Ok(|| leptos::prelude::IntoAny::into_any(leptos::prelude::view! { <$($page)::+ /> }))
                    }
                    Box::pin($entry())
                }
            )+
        })+
    };
}
pub(crate) use chunks;

/// Shows a page once its code is here: until then grey lines, on failure why and "Try again".
#[must_use]
pub fn lazy(fetch: Fetch) -> AnyView {
    let (code, retry) = load(fetch);
    (move || match (code.value.get(), code.error.get()) {
        (Some(page), _) => page(),
        (None, Some(error)) => {
            let failure = failure_view("this page", &error, Some(retry));
            view! { <Page title="Page not loaded">{failure}</Page> }.into_any()
        }
        (None, None) => skeleton_lines(12),
    })
    .into_any()
}

/// The same for a part of a page that stands already: nothing until its code is here.
#[must_use]
pub fn lazy_part(fetch: Fetch) -> AnyView {
    let (code, retry) = load(fetch);
    (move || match (code.value.get(), code.error.get()) {
        (Some(part), _) => part(),
        (None, Some(error)) => failure_view("this part of the page", &error, Some(retry)),
        (None, None) => ().into_any(),
    })
    .into_any()
}

fn load(fetch: Fetch) -> (Remote<Make>, Callback<()>) {
    let code = remote(
        true,
        || (),
        move |()| async move {
            match fetch().await {
                Ok(page) => Ok(page),
                Err(_) => Err(reason().await),
            }
        },
    );
    let retry = Callback::new(move |()| {
        code.error.set(None);
        code.reload();
    });
    (code, retry)
}

/// Why a chunk did not come; the browser does not say. Asking the server for something else tells whether it is
/// there, and where it is not, the connection waits for it and the page tries again by itself.
pub async fn reason() -> ApiError {
    match http::call(api::session::session()).await {
        Err(error @ ApiError::Unreachable) => error,
        _ => ApiError::Problem(Box::new(Problem::new(
            0,
            "missing_chunk",
            "A part of Slipway is missing",
            "A part of Slipway did not arrive. Try again; if that does not help, Slipway was updated: reload the page.",
        ))),
    }
}

/// Fetches the chunks with these pages in the background, one after the other, so that going to a page does not wait.
/// What fails is fetched when its page is opened, or when the server is back.
pub fn prefetch(pages: &'static [Fetch]) {
    let connection = use_connection();
    Effect::new(move |_| {
        connection.restored.track();
        spawn_local(async move {
            TimeoutFuture::new(FIRST_PAGE_MS).await;
            for fetch in pages {
                if connection.offline_since.try_get_untracked().flatten().is_some() || fetch().await.is_err()
                {
                    return;
                }
            }
        });
    });
}
