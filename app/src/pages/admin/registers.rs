//! The registers there are, in the order of the sidebar.

mod people;
mod questions;
mod scope;
mod words;
mod work;

use super::register::Register;

/// Every register with a list and a form of its own.
pub const ALL: [&Register; 9] = [
    &people::USERS,
    &people::GROUPS,
    &scope::UNITS,
    &scope::CONTRACTS,
    &work::TYPES,
    &work::CALENDARS,
    &questions::TEMPLATES,
    &people::SUBSTITUTES,
    &words::CATEGORIES,
];

/// The register with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Register> {
    ALL.into_iter().find(|register| register.name == name)
}
