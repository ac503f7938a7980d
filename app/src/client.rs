//! How the pages talk to the server.

pub mod blobs;
pub mod clock;
pub mod fresh;
pub mod http;
pub mod install;
pub mod outbox;
pub mod sync;
pub mod wake;
pub mod worker;
