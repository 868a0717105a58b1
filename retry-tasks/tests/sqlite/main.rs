//! Tasks in a file: what is wrong with files, and several processes on one.
#![cfg(feature = "sqlite")]

mod files;
mod many;
#[path = "../processes/mod.rs"]
mod processes;
mod several;

pub(crate) use processes::{Count, count};
