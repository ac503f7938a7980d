//! The Leptos application. Built twice: for the browser (`csr`: pages, widgets, client state) and for
//! the server (`ssr`: only the server functions and the port they call).

#![cfg_attr(
    feature = "csr",
    allow(
        clippy::needless_pass_by_value,
        reason = "components own their props, and views move them into closures"
    )
)]

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "csr")]
pub mod client;
pub mod explain;
pub mod fields;
#[cfg(feature = "csr")]
pub mod frame;
pub mod grants;
pub mod layout;
#[cfg(feature = "csr")]
pub mod lazy;
pub mod lines;
#[cfg(feature = "csr")]
pub mod pages;
#[cfg(feature = "csr")]
pub mod parts;
pub mod paths;
#[cfg(feature = "csr")]
pub mod routes;
#[cfg(feature = "csr")]
pub mod state;
#[cfg(feature = "csr")]
pub mod ui;
pub mod words;

#[cfg(feature = "csr")]
pub use routes::App;
