//! Signing in and out, and one's own password.

use domain::wire::session::Me;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;

/// Starts a session and sets its cookie. The session id is new each time.
///
/// # Errors
/// 401 when login and password do not belong together, 429 after too many failures.
#[server(prefix = "/api/session", endpoint = "sign_in", input = Json, output = Json)]
pub async fn sign_in(
    /// Sign-in name.
    login: String,
    /// Password, as typed.
    password: String,
) -> Result<Me, ApiError> {
    crate::backend::current()?.sign_in(login, password).await
}

/// Ends the session; also answers when there is none.
///
/// # Errors
/// Only when the server cannot be reached or fails.
#[server(prefix = "/api/session", endpoint = "sign_out", input = Json, output = Json)]
pub async fn sign_out() -> Result<(), ApiError> {
    crate::backend::current()?.sign_out().await
}

/// Who is signed in; `None` when nobody is.
///
/// # Errors
/// Only when the server cannot be reached or fails.
#[server(prefix = "/api/session", endpoint = "current", input = Json, output = Json)]
pub async fn session() -> Result<Option<Me>, ApiError> {
    crate::backend::current()?.session().await
}

/// Sets one's own password; ends all other sessions of this person and renews this one.
///
/// # Errors
/// 401 without a session, 422 when the old password is wrong or the new one too short or too long, 429 after too many failures.
#[server(prefix = "/api/session", endpoint = "password", input = Json, output = Json)]
pub async fn change_password(
    /// The password so far.
    old: String,
    /// The new one: 10 to 200 characters.
    new: String,
) -> Result<(), ApiError> {
    crate::backend::current()?.change_password(old, new).await
}

/// Registers the server functions of this module. Called once at start: a static library may lose what
/// the linker does not see used.
#[cfg(feature = "ssr")]
pub fn register() {
    use leptos::server_fn::axum::register_explicit;
    register_explicit::<SignIn>();
    register_explicit::<SignOut>();
    register_explicit::<Session>();
    register_explicit::<ChangePassword>();
}
