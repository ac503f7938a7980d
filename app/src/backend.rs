//! The port between server functions and the server. The server provides one value for each request,
//! which knows who asks and from where.

use std::pin::Pin;
use std::sync::Arc;

use domain::wire::problem::Problem;
use domain::wire::session::Me;
use leptos::prelude::use_context;

use crate::api::ApiError;

/// What a backend method gives back.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// What server functions ask of the server, on behalf of whoever sent the request.
///
/// Implementations MUST check credentials and limits themselves: each server function is a public address.
pub trait Backend: Send + Sync {
    /// Checks login and password and starts a new session, whose cookie goes out with the answer.
    fn sign_in(&self, login: String, password: String) -> Answer<'_, Me>;
    /// Ends the session of this request, if it has one, and clears the cookie.
    fn sign_out(&self) -> Answer<'_, ()>;
    /// Who sent this request.
    fn session(&self) -> Answer<'_, Option<Me>>;
    /// Sets the password of who sent this request.
    fn change_password(&self, old: String, new: String) -> Answer<'_, ()>;
}

/// The backend of the request in hand.
///
/// # Errors
/// 500 when the server forgot to provide one.
pub fn current() -> Result<Arc<dyn Backend>, ApiError> {
    use_context::<Arc<dyn Backend>>().ok_or_else(|| {
        ApiError(Problem::new(
            500,
            "internal",
            "Something went wrong in the server",
            "The server function was called without a backend.",
        ))
    })
}
