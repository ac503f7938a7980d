//! Administration: people, groups, rights and the other registers around releases, and who changed what in them.
//!
//! One list, one form and one way to settle a stale edit serve every register; what is special about one is said as
//! data in [`registers`].

mod audit;
mod conflict;
mod editors;
mod form;
mod frame;
mod list;
pub mod mail;
mod names;
mod overview;
mod password;
mod record;
mod register;
mod registers;
mod rights;
mod save;
mod templates;
mod timetable;
mod tokens;
pub mod webhook;
pub mod webhooks;
mod why;
mod words;

pub use audit::AuditPage;
pub use frame::AdminPage;
pub use list::RegisterPage;
pub use overview::OverviewPage;
pub use record::RecordPage;
pub use rights::RightsPage;
pub use tokens::TokensPage;
