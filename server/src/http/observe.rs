//! Around every request: an id, one log line, counters, and an end to panics.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::problem::{LogDetail, Refusal};
use crate::state::AppState;

/// The header that ties an answer to its log line.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Counts and logs a request. An id sent along is kept when it is short and plain.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| {
            id.len() <= 64
                && id
                    .as_bytes()
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
        })
        .cloned()
        .or_else(|| HeaderValue::from_str(&ulid::Ulid::new().to_string()).ok());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let shown = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    let span = tracing::info_span!("request", id = %shown, %method, %route);

    let mut response = next.run(request).instrument(span.clone()).await;

    let status = response.status();
    let took = started.elapsed();
    state.metrics.request(&method, &route, status, took);
    span.in_scope(|| {
        let ms = took.as_secs_f64() * 1000.0;
        match response.extensions().get::<LogDetail>() {
            Some(LogDetail(detail)) => {
                tracing::error!(status = status.as_u16(), ms, detail, "request failed");
            }
            None => tracing::debug!(status = status.as_u16(), ms, "request"),
        }
    });
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What a panic in a handler becomes: 500 without detail, logged with the request id.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over like this")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Refusal::internal(format!("panic: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_tells_the_log_and_not_the_caller() {
        for panic in [
            Box::new("the secret") as Box<dyn Any + Send>,
            Box::new("the secret".to_owned()),
        ] {
            let response = panicked(panic);
            assert_eq!(response.status(), 500);
            let logged = response.extensions().get::<LogDetail>().unwrap().0.clone();
            assert_eq!(logged, "panic: the secret");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("secret"));
        }
    }
}
