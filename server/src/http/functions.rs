//! The server functions of the pages (`app::api`), behind the same rules as every other route: bounded
//! bodies, problems instead of bare errors, no redirects.

use std::sync::Arc;

use app::backend::Backend;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::wire::problem::Problem;
use leptos::prelude::provide_context;

use super::extract;
use super::problem::Refusal;
use crate::backend::RequestBackend;
use crate::state::AppState;

/// Largest problem a server function answers with.
const MAX_PROBLEM: usize = 64 * 1024;

/// Runs the server function at the request's path.
pub async fn run(State(state): State<AppState>, request: Request) -> Response {
    match answer(state, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(state: AppState, request: Request) -> Result<Response, Refusal> {
    let path = request.uri().path();
    let known = leptos::server_fn::axum::server_fn_paths().any(|(known, _)| known == path);
    if !known {
        return Err(Refusal::not_found("There is nothing at this address."));
    }
    let (mut parts, body) = request.into_parts();
    let bytes = {
        let request = Request::from_parts(parts.clone(), body);
        extract::json_bytes(request).await?
    };
    // Text that is no JSON is told from JSON of a wrong shape, which the function itself refuses.
    extract::from_json::<serde::de::IgnoredAny>(&bytes)?;
    // With these, leptos_axum would answer a form post with a redirect.
    parts.headers.remove(header::ACCEPT);
    parts.headers.remove(header::REFERER);

    let backend = Arc::new(RequestBackend::new(state, &parts));
    let port: Arc<dyn Backend> = Arc::clone(&backend) as Arc<dyn Backend>;
    let request = Request::from_parts(parts, Body::from(bytes));
    let response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(Arc::clone(&port)), request)
            .await
            .into_response();
    let mut response = if response.status().is_success() {
        response
    } else {
        as_problem(response).await
    };
    for (name, value) in backend.take_headers() {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

/// leptos answers every error with 500 and the error as its body; the status is in there.
async fn as_problem(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes: Bytes = to_bytes(body, MAX_PROBLEM).await.unwrap_or_default();
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        return Refusal::internal(format!("a server function failed: {text}")).into_response();
    };
    parts.status = axum::http::StatusCode::from_u16(problem.status).unwrap_or(parts.status);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_functions_are_registered_under_one_prefix() {
        app::api::session::register();
        let mut paths: Vec<_> = leptos::server_fn::axum::server_fn_paths()
            .map(|(path, _)| path)
            .collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(
            paths,
            [
                "/api/session/current",
                "/api/session/password",
                "/api/session/sign_in",
                "/api/session/sign_out"
            ]
        );
    }
}
