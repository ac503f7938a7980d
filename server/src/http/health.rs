//! For whoever starts and watches the server.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Refusal;
use crate::state::AppState;

/// A server that answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
    /// Version of the server.
    pub version: &'static str,
}

const OK: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// The process runs and answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(OK)
}

/// The database answers and the server is not stopping: send requests.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, body = Health)))]
pub async fn ready(State(state): State<AppState>) -> Result<Json<Health>, Refusal> {
    if state.stopping.is_cancelled() {
        return Err(Refusal::busy("The server is stopping."));
    }
    state
        .store
        .ping()
        .await
        .map_err(|error| Refusal::busy(format!("The database does not answer: {error}")))?;
    Ok(Json(OK))
}
