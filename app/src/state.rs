//! What every page may ask: who is signed in, whether the server is there, preferences, toasts, and data
//! loaded from the server.

pub mod catalogue;
pub mod connection;
pub mod location;
pub mod offers;
pub mod open_release;
pub mod preferences;
pub mod remote;
pub mod session;
pub mod toasts;
pub mod unrecorded;

pub use catalogue::{use_directory, use_overview};
pub use connection::{offline, use_connection};
pub use location::{use_path, use_query};
pub use offers::use_offers;
pub use open_release::{OpenRelease, use_release};
pub use preferences::use_preferences;
pub use remote::{Remote, remote};
pub use session::use_session;
pub use toasts::use_toasts;
pub use unrecorded::use_unrecorded;

use crate::client::sync::use_sync;

/// Creates all of it; called once, inside the router.
pub fn provide() {
    let connection = connection::provide();
    let session = session::provide();
    toasts::provide();
    offers::provide();
    preferences::provide();
    catalogue::provide();
    unrecorded::provide(session);
    crate::client::http::watch(move |seen, turn| {
        if let Some(turn) = turn {
            connection.note(turn);
        }
        session.note(seen);
    });
    crate::client::sync::provide(session, connection, use_toasts());
    crate::client::worker::provide(connection, use_sync());
    crate::client::install::provide();
    crate::client::blobs::provide(session, connection, use_sync());
}
