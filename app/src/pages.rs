//! One module for each page. A page reads its state from the address, loads with [`crate::state::remote`]
//! and shows with [`crate::ui::show`].

pub mod account;
pub mod admin;
pub mod ci;
pub mod cmdb;
pub mod device;
pub mod home;
pub mod impact;
pub mod import;
pub mod not_found;
pub mod registers;
pub mod release;
pub mod release_new;
pub mod releases;
pub mod run;
pub mod schedule;
pub mod sign_in;
