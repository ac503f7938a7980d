//! Administration over HTTP: the registers around releases, and who changed what in them.

mod audit;

pub use audit::{AuditDeed, AuditEntry, AuditQuery};
