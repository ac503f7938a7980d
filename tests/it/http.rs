//! The router over a database in memory, without a socket.

mod admin;
mod blobs;
mod bodies;
mod clashes;
mod cmdb;
mod counts;
mod description;
mod house;
mod identity;
mod life;
mod lists;
mod matrix;
mod package;
mod pages;
mod policies;
mod records;
mod registry;
mod releases;
mod schedule;
mod stream;
