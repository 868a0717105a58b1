//! Calls that are cancelled: in tasks and in threads, between attempts and before the first.
#![deny(warnings, clippy::pedantic)]

mod closures;
mod deadlines;
mod functions;
mod layers;
