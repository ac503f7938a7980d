//! The threads everything runs on.

use std::io;

/// Stack of each worker. The database plans and runs queries recursively; two megabytes are not enough.
const STACK: usize = 16 * 1024 * 1024;

/// A multi-threaded runtime with stacks large enough for the database.
///
/// # Errors
/// When the operating system gives no threads.
pub fn build() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("slipway")
        .thread_stack_size(STACK)
        .build()
}
