//! Server functions: what only the pages need and no script should build on. Everything else the pages
//! fetch is the documented REST and sync interface.

mod error;
pub mod session;

pub use error::ApiError;
