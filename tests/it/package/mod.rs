//! The manifests and the pages, compared with each other and with the library.

mod adapters;
mod claims;
mod columns;
mod commands;
mod features;
mod manifests;
mod minimum_rust;
mod pages;
mod statements;
