//! How the pages talk to the server.

pub mod clock;
pub mod http;
