//! Tests of classify.

mod classification;
mod derive;
mod derive_forms;
mod erased;
