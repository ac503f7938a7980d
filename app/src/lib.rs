//! The Leptos application. Built twice: for the browser (`csr`: pages, widgets, client state) and for
//! the server (`ssr`: only the server functions and the port they call).

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
