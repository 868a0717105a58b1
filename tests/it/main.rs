//! The tests that share a process, by subject.

#[path = "../support/mod.rs"]
mod support;

mod adapters;
mod attribute;
mod cancel;
mod chaos;
mod classify;
mod closure;
mod driver;
mod engine;
mod layers;
mod observing;
mod package;
mod policy;
mod public_paths;
mod stream;
