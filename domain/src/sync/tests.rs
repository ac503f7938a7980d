//! The laws of the write path, as properties over generated histories (invariants of docs/design/sync.md).

mod acts;
mod bench;
mod cases;
mod golden;
mod laws;
mod links;
mod matrix;
mod records;
mod running;
