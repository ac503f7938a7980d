//! The registers there are, in the order of the sidebar.

pub mod mail;
mod people;
mod questions;
mod scope;
mod words;
mod work;

use super::register::Register;

/// Every register with a list and a form of its own.
pub const ALL: [&Register; 10] = [
    &people::USERS,
    &people::GROUPS,
    &scope::UNITS,
    &scope::CONTRACTS,
    &work::TYPES,
    &work::CALENDARS,
    &questions::TEMPLATES,
    &mail::MAIL_TEMPLATES,
    &people::SUBSTITUTES,
    &words::CATEGORIES,
];

/// The register with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Register> {
    ALL.into_iter().find(|register| register.name == name)
}
