//! How the pages talk to the server.

pub mod blobs;
pub mod clock;
pub mod fresh;
pub mod http;
pub mod install;
pub mod line;
pub mod marks;
pub mod person;
pub mod room;
pub mod store;
pub mod sync;
pub mod tabs;
pub mod wake;
pub mod worker;
