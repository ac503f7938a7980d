//! The small set of pieces every page is built from, on native HTML. No domain words in here.
//!
//! | piece | use |
//! |---|---|
//! | [`Page`] | one page: title, `h1` with focus on navigation, actions top right (bottom on touch) |
//! | [`show`] | a [`crate::state::Remote`]: skeleton, content, error with retry, offline, no permission, not found |
//! | [`Button`], [`LinkButton`] | actions; `blocked` says why one is disabled |
//! | [`TextField`], [`TextArea`], [`SelectField`], [`Combobox`] | form fields with label, hint, error |
//! | [`Badge`], [`FilterChip`] | a state as a word; a removable filter |
//! | [`TabLinks`] | tabs that are links, so that each has an address |
//! | [`Dialog`], [`Confirm`], [`Menu`] | native dialog and popover |
//! | [`TableFrame`] | table with caption, scrolling, J/K/arrow keys between row links |
//! | [`For`] | rows that stay where their keys do |
//! | [`Moment`], [`Progress`], [`CopyButton`], [`icon`] | a time, a bar, copy, an inline SVG |
//!
//! Styles: one class `ui-name` for each piece in `style/ui.css`, variants in `data-*` attributes.
//! No `style="…"` attributes anywhere: the content security policy forbids them.

mod badge;
mod button;
mod combobox;
mod copy;
mod dialog;
mod field;
mod icon;
mod menu;
mod moment;
mod page;
mod progress;
mod rows;
mod show;
mod skeleton;
mod state_view;
mod table;
mod tabs;
mod toast;

pub use badge::{Badge, FilterChip, Tone};
pub use button::{Button, ButtonKind, LinkButton};
pub use combobox::{Answer, Choice, Combobox, Found, Search};
pub use copy::CopyButton;
pub use dialog::{Confirm, Dialog};
pub use field::{Field, SelectField, TextArea, TextField};
pub use icon::{Icon, icon};
pub use menu::{Menu, MenuButton};
pub use moment::Moment;
pub use page::Page;
pub use progress::Progress;
pub use rows::For;
pub use show::show;
pub use skeleton::{skeleton_lines, skeleton_table};
pub use state_view::{StateKind, failure_view, state_view};
pub use table::TableFrame;
pub use tabs::{TabLink, TabLinks};
pub use toast::ToastHost;

use std::sync::atomic::{AtomicU32, Ordering};

/// An element id nobody else on the page has.
#[must_use]
pub fn unique_id(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
